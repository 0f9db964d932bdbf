#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace codectrace::shard {

/// Code of what isn't known.
inline constexpr std::int32_t kUnknownCode = -1;

/// A categorical column: code i stands for categories[i]. All shards of a corpus have the same.
struct ColumnSpec {
  std::string name;  ///< "speaker", "codec", "label", "VQ" …
  std::vector<std::string> categories;

  bool operator==(const ColumnSpec&) const = default;
};

/// One code an utterance.
struct Column {
  ColumnSpec spec;
  std::vector<std::int32_t> codes;  ///< kUnknownCode, or an index into spec.categories
};

/// @throws Error(Usage) if `code` is neither kUnknownCode nor an index into the categories
void check_code(const ColumnSpec& spec, std::int32_t code);

/// @throws Error(Usage): two columns of a name, a name that isn't [A-Za-z0-9_]+ or that the format
///         itself uses, two equal categories, a category that isn't UTF-8 or is empty
void check_column_specs(std::span<const ColumnSpec> specs);

/// Texts end to end: bytes, and where each begins.
class TextColumn {
 public:
  TextColumn() = default;
  /// @param offsets  one more than texts; in order, from 0 to bytes.size()
  TextColumn(std::string bytes, std::vector<std::uint64_t> offsets);

  void append(std::string_view text);
  [[nodiscard]] std::string_view operator[](std::size_t i) const {
    return std::string_view(bytes_).substr(offsets_[i], offsets_[i + 1] - offsets_[i]);
  }
  [[nodiscard]] std::size_t size() const { return offsets_.size() - 1; }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }
  [[nodiscard]] const std::vector<std::uint64_t>& offsets() const { return offsets_; }

 private:
  std::string bytes_;
  std::vector<std::uint64_t> offsets_{0};
};

/// What can be an utterance's id: UTF-8, not empty, no control characters.
/// @throws Error(BadData) saying what is wrong with it
void check_utterance_id(std::string_view id);

}  // namespace codectrace::shard
