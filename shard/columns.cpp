#include "shard/columns.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"
#include "core/utf8.h"

namespace codectrace::shard {
namespace {

bool has_control_characters(std::string_view text) {
  return std::ranges::any_of(text, [](char c) {
    const auto code = static_cast<unsigned char>(c);
    return code < 0x20 || code == 0x7F;
  });
}

/// Empty if `text` is fine, else what it is instead.
std::string_view fault_of(std::string_view text) {
  if (text.empty()) return "is empty";
  if (!is_utf8(text)) return "is not UTF-8";
  if (has_control_characters(text)) return "has control characters";
  return {};
}

void check_name(const std::string& name) {
  constexpr std::array<std::string_view, 2> kTaken{"id", "id_offsets"};
  const auto is_allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  if (name.empty() || !std::ranges::all_of(name, is_allowed)) {
    throw Error(ErrorKind::Usage,
                fmt::format("column \"{}\": a name has letters, digits and _ only", name));
  }
  if (std::ranges::find(kTaken, name) != kTaken.end()) {
    throw Error(ErrorKind::Usage, fmt::format("column {}: the format itself uses that name", name));
  }
}

}  // namespace

void check_code(const ColumnSpec& spec, std::int32_t code) {
  if (code == kUnknownCode) return;
  if (code < 0 || static_cast<std::size_t>(code) >= spec.categories.size()) {
    throw Error(ErrorKind::Usage, fmt::format("column {}: code {}, but there are {} categories",
                                              spec.name, code, spec.categories.size()));
  }
}

void check_column_specs(std::span<const ColumnSpec> specs) {
  std::set<std::string_view> names;
  for (const auto& spec : specs) {
    check_name(spec.name);
    if (!names.insert(spec.name).second) {
      throw Error(ErrorKind::Usage, fmt::format("two columns named {}", spec.name));
    }
    std::set<std::string_view> categories;
    for (const auto& category : spec.categories) {
      if (const auto fault = fault_of(category); !fault.empty()) {
        throw Error(ErrorKind::Usage,
                    fmt::format("column {}: category {} {}", spec.name, categories.size(), fault));
      }
      if (!categories.insert(category).second) {
        throw Error(ErrorKind::Usage,
                    fmt::format("column {}: category {} twice", spec.name, category));
      }
    }
  }
}

TextColumn::TextColumn(std::string bytes, std::vector<std::uint64_t> offsets)
    : bytes_(std::move(bytes)), offsets_(std::move(offsets)) {
  CT_INVARIANT(!offsets_.empty() && offsets_.front() == 0 && offsets_.back() == bytes_.size(),
               "offsets of texts cover their bytes");
}

void TextColumn::append(std::string_view text) {
  bytes_ += text;
  offsets_.push_back(bytes_.size());
}

void check_utterance_id(std::string_view id) {
  if (const auto fault = fault_of(id); !fault.empty()) {
    throw Error(ErrorKind::BadData, fmt::format("utterance id \"{}\" {}", id, fault));
  }
}

}  // namespace codectrace::shard
