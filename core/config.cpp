#include "core/config.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <toml++/toml.h>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/suggestion.h"

namespace codectrace::config {

struct Document::Impl {
  toml::table file;
  toml::table overrides;
  std::string name = "defaults";
};

struct FieldReader::Level {
  std::string path;  // "optimizer", empty at the top
  const toml::table* file = nullptr;
  const toml::table* overrides = nullptr;
  std::set<std::string, std::less<>> known;
};

namespace {

[[noreturn]] void usage(const std::string& message) { throw Error(ErrorKind::Usage, message); }

std::string joined(const std::string& path, std::string_view key) {
  return path.empty() ? std::string(key) : fmt::format("{}.{}", path, key);
}

/// A key's value and where it stands; the command line wins over the file.
struct Found {
  const toml::node* node = nullptr;
  std::string place;  // "m1.toml:14: optimizer.lr"
};

std::string place_of(const toml::node& node, const std::string& file, const std::string& path) {
  return fmt::format("{}:{}: {}", file, node.source().begin.line, path);
}

std::string shown(const toml::node& node) {
  std::string text;
  node.visit([&](const auto& value) {
    if constexpr (toml::is_value<decltype(value)>) {
      if constexpr (toml::is_string<decltype(value)>) {
        text = fmt::format("\"{}\"", value.get());
      } else if constexpr (toml::is_number<decltype(value)> || toml::is_boolean<decltype(value)>) {
        text = fmt::format("{}", value.get());
      } else {
        text = "a date or time";
      }
    } else {
      text = toml::is_array<decltype(value)> ? "an array" : "a table";
    }
  });
  return text;
}

[[noreturn]] void wrong_type(const Found& found, std::string_view expected,
                             std::string_view about) {
  usage(fmt::format("{} is {}, must be {} ({})", found.place, shown(*found.node), expected, about));
}

void check_range(const Found& found, double value, const Range& range, std::string_view about) {
  const bool low_enough = range.low_open ? value > range.low : value >= range.low;
  const bool not_too_high = range.high_open ? value < range.high : value <= range.high;
  if (low_enough && not_too_high) return;  // false for NaN
  usage(fmt::format("{} is {}, must be {} ({})", found.place, value,
                    range.text.empty() ? "a number" : range.text, about));
}

template <class T>
T as_integer(const toml::node& node, const Found& found, const Range& range,
             std::string_view about) {
  const auto value = node.value_exact<std::int64_t>();
  if (!value) wrong_type({&node, found.place}, "a whole number", about);
  if (!std::in_range<T>(*value)) {
    usage(fmt::format("{} is {}, which is out of range ({})", found.place, *value, about));
  }
  check_range(found, static_cast<double>(*value), range, about);
  return static_cast<T>(*value);
}

double as_double(const toml::node& node, const Found& found, const Range& range,
                 std::string_view about) {
  if (!node.is_number()) wrong_type({&node, found.place}, "a number", about);
  const double value = *node.value<double>();
  check_range(found, value, range, about);
  return value;
}

std::string as_string(const toml::node& node, const Found& found, std::string_view about) {
  const auto value = node.value_exact<std::string>();
  if (!value) wrong_type({&node, found.place}, "a string", about);
  return *value;
}

template <class T, class Convert>
std::vector<T> as_vector(const Found& found, std::string_view about, Convert convert) {
  const auto* array = found.node->as_array();
  if (array == nullptr) wrong_type(found, "an array", about);
  std::vector<T> values;
  for (const auto& element : *array) values.push_back(convert(element));
  return values;
}

template <class LevelPtr>
std::optional<Found> find(const LevelPtr& level, const std::string& file, std::string_view key) {
  level->known.emplace(key);
  const std::string path = joined(level->path, key);
  if (level->overrides != nullptr) {
    if (const auto* node = level->overrides->get(key)) return Found{node, "--set " + path};
  }
  if (level->file != nullptr) {
    if (const auto* node = level->file->get(key)) return Found{node, place_of(*node, file, path)};
  }
  return std::nullopt;
}

}  // namespace

Range any() { return {}; }
Range above(double bound) {
  return {.low = bound, .low_open = true, .text = fmt::format("above {}", bound)};
}
Range at_least(double bound) { return {.low = bound, .text = fmt::format("at least {}", bound)}; }
Range between(double low, double high) {
  return {.low = low, .high = high, .text = fmt::format("between {} and {}", low, high)};
}
Range half_open(double low, double high) {
  return {.low = low,
          .high = high,
          .high_open = true,
          .text = fmt::format("at least {} and below {}", low, high)};
}

Document::Document() : impl_(std::make_shared<Impl>()) {}

Document Document::from_file(const std::filesystem::path& path) {
  std::string text;
  try {
    text = read_file(path);
  } catch (const Error& error) {
    usage(error.what());
  }
  return from_text(text, path.string());
}

Document Document::from_text(std::string_view text, std::string name) {
  Document document;
  try {
    document.impl_->file = toml::parse(text, name);
  } catch (const toml::parse_error& error) {
    usage(fmt::format("{}:{}: {}", name, error.source().begin.line, error.description()));
  }
  document.impl_->name = std::move(name);
  return document;
}

void Document::set(std::string_view assignment) {
  const std::size_t equals = assignment.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    usage(fmt::format("--set {}: expected KEY=VALUE, e.g. --set optimizer.lr=1e-5", assignment));
  }
  const std::string_view path = assignment.substr(0, equals);
  const std::string_view value = assignment.substr(equals + 1);

  toml::table parsed;
  try {
    parsed = toml::parse(fmt::format("value = {}", value));
  } catch (const toml::parse_error&) {
    parsed.insert_or_assign("value", std::string(value));
  }
  toml::table* table = &impl_->overrides;
  std::size_t begin = 0;
  for (std::size_t dot = path.find('.'); dot != std::string_view::npos;
       dot = path.find('.', begin)) {
    const std::string_view section = path.substr(begin, dot - begin);
    table->emplace<toml::table>(section);
    table = table->get_as<toml::table>(section);
    if (table == nullptr)
      usage(fmt::format("--set {}: {} is a value, not a table", assignment, section));
    begin = dot + 1;
  }
  table->insert_or_assign(path.substr(begin), *parsed.get("value"));
}

FieldReader::FieldReader(const Document& document)
    : document_(document.impl()) {  // shared: a copied table forgets its lines
  auto top = std::make_shared<Level>();
  top->file = &document_->file;
  top->overrides = &document_->overrides;
  levels_.push_back(std::move(top));
}

void FieldReader::operator()(std::string_view key, bool& value, const Range&,
                             std::string_view about) {
  const auto found = find(levels_.back(), document_->name, key);
  if (!found) return;
  const auto read = found->node->value_exact<bool>();
  if (!read) wrong_type(*found, "true or false", about);
  value = *read;
}

void FieldReader::operator()(std::string_view key, int& value, const Range& range,
                             std::string_view about) {
  const auto found = find(levels_.back(), document_->name, key);
  if (found) value = as_integer<int>(*found->node, *found, range, about);
}

void FieldReader::operator()(std::string_view key, std::int64_t& value, const Range& range,
                             std::string_view about) {
  const auto found = find(levels_.back(), document_->name, key);
  if (found) value = as_integer<std::int64_t>(*found->node, *found, range, about);
}

void FieldReader::operator()(std::string_view key, std::uint64_t& value, const Range& range,
                             std::string_view about) {
  const auto found = find(levels_.back(), document_->name, key);
  if (found) value = as_integer<std::uint64_t>(*found->node, *found, range, about);
}

void FieldReader::operator()(std::string_view key, double& value, const Range& range,
                             std::string_view about) {
  const auto found = find(levels_.back(), document_->name, key);
  if (found) value = as_double(*found->node, *found, range, about);
}

void FieldReader::operator()(std::string_view key, std::string& value, const Range&,
                             std::string_view about) {
  const auto found = find(levels_.back(), document_->name, key);
  if (found) value = as_string(*found->node, *found, about);
}

void FieldReader::operator()(std::string_view key, std::vector<std::string>& value, const Range&,
                             std::string_view about) {
  const auto found = find(levels_.back(), document_->name, key);
  if (!found) return;
  value = as_vector<std::string>(
      *found, about, [&](const toml::node& node) { return as_string(node, *found, about); });
}

void FieldReader::operator()(std::string_view key, std::vector<int>& value, const Range& range,
                             std::string_view about) {
  const auto found = find(levels_.back(), document_->name, key);
  if (!found) return;
  value = as_vector<int>(*found, about, [&](const toml::node& node) {
    return as_integer<int>(node, *found, range, about);
  });
}

void FieldReader::operator()(std::string_view key, std::vector<double>& value, const Range& range,
                             std::string_view about) {
  const auto found = find(levels_.back(), document_->name, key);
  if (!found) return;
  value = as_vector<double>(
      *found, about, [&](const toml::node& node) { return as_double(node, *found, range, about); });
}

int FieldReader::read_choice(std::string_view key, std::span<const std::string_view> names,
                             std::string_view about) {
  const auto found = find(levels_.back(), document_->name, key);
  if (!found) return -1;
  const std::string expected = fmt::format("one of {}", fmt::join(names, ", "));
  const auto value = found->node->value_exact<std::string>();
  if (!value) wrong_type(*found, expected, about);
  const auto name = std::ranges::find(names, *value);
  if (name == names.end()) wrong_type(*found, expected, about);
  return static_cast<int>(name - names.begin());
}

void FieldReader::enter(std::string_view key) {
  const Level& outer = *levels_.back();
  levels_.back()->known.emplace(key);
  auto level = std::make_shared<Level>();
  level->path = joined(outer.path, key);
  const auto table = [&](const toml::table* parent,
                         const std::string& place) -> const toml::table* {
    const toml::node* node = parent == nullptr ? nullptr : parent->get(key);
    if (node == nullptr) return nullptr;
    if (!node->is_table()) {
      wrong_type({node, place == document_->name ? place_of(*node, place, level->path)
                                                 : "--set " + level->path},
                 "a table", "a section");
    }
    return node->as_table();
  };
  level->file = table(outer.file, document_->name);
  level->overrides = table(outer.overrides, "--set");
  levels_.push_back(std::move(level));
}

void FieldReader::leave() {
  const auto level = levels_.back();
  levels_.pop_back();
  const auto reject_unknown = [&](const toml::table* table, bool is_file) {
    if (table == nullptr) return;
    const std::vector<std::string> known(level->known.begin(), level->known.end());
    for (const auto& [key, node] : *table) {
      if (level->known.contains(key.str())) continue;
      const std::string path = joined(level->path, key.str());
      usage(fmt::format("{}: unknown key{}",
                        is_file ? place_of(node, document_->name, path) : "--set " + path,
                        suggestion(key.str(), known)));
    }
  };
  reject_unknown(level->file, true);
  reject_unknown(level->overrides, false);
}

std::string FieldWriter::literal(const std::string& value) {
  std::string quoted = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') quoted += '\\';
    if (static_cast<unsigned char>(c) < 0x20) {
      quoted += fmt::format("\\u{:04X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

std::string FieldWriter::literal(double value) {
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  if (std::isnan(value)) return "nan";
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  std::string text(buffer.data(), end);
  // TOML tells a float from a whole number by its point or exponent.
  return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

void FieldWriter::operator()(std::string_view key, bool value, const Range& range,
                             std::string_view about) {
  line(key, value ? "true" : "false", range, about);
}
void FieldWriter::operator()(std::string_view key, double value, const Range& range,
                             std::string_view about) {
  line(key, literal(value), range, about);
}
void FieldWriter::operator()(std::string_view key, const std::string& value, const Range& range,
                             std::string_view about) {
  line(key, literal(value), range, about);
}

void FieldWriter::line(std::string_view key, const std::string& value, const Range& range,
                       std::string_view about) {
  switch (format_) {
    case Format::Toml:
      keys_ += fmt::format("{} = {}\n", key, value);
      break;
    case Format::TomlWithComments:
      keys_ += fmt::format("{} = {}  # {}{}\n", key, value, about,
                           range.text.empty() ? "" : fmt::format(" ({})", range.text));
      break;
    case Format::Markdown:
      keys_ +=
          fmt::format("| `{}` | `{}` | {} | {} |\n", joined(path_, key), value, range.text, about);
      break;
  }
}

void FieldWriter::append_section(const FieldWriter& inner, std::string_view about) {
  if (format_ == Format::Markdown) {
    sections_ +=
        fmt::format("\n**{}** {}\n\n| key | default | allowed | meaning |\n|---|---|---|---|\n",
                    inner.path_, about);
  } else {
    sections_ += fmt::format("\n[{}]\n", inner.path_);
  }
  sections_ += inner.text();
}

}  // namespace codectrace::config
