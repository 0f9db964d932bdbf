#pragma once

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

/// Typed configuration. A config struct lists its keys once, in a static member
///
///   template <class Self, class Visit> static void fields(Self& self, Visit&& visit) {
///     visit("lr", self.lr, above(0), "peak learning rate");
///     visit("optimizer", self.optimizer, "[optimizer]");   // a struct of its own: a table
///   }
///
/// and that list is what the reader, --set, the range check, the resolved dump and docs/config.md
/// walk. Values: bool, int, int64, uint64, double, string, vectors of string, int and double, and
/// enums that have `enum_names`. A number's range holds for each element of a vector.
namespace codectrace::config {

/// Allowed values of a number; `text` ends the message "must be …".
struct Range {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool low_open = false;
  bool high_open = false;
  std::string text;
};
Range any();
Range above(double bound);
Range at_least(double bound);
Range between(double low, double high);
Range half_open(double low, double high);  ///< without high itself

/// An enum is a config value if an overload of `enum_names(E)`, found by its argument, returns a
/// container of these.
template <class E>
struct EnumName {
  E value;
  std::string_view name;
};

/// The name of an enum's value in configs. @throws std::logic_error if it has none
template <class E>
requires std::is_enum_v<E>
[[nodiscard]] std::string_view name_of(E value) {
  for (const auto& known : enum_names(value)) {
    if (known.value == value) return known.name;
  }
  throw std::logic_error("an enum value without a name");
}

template <class T>
concept Section = std::is_class_v<T> && requires(T& t) {
  T::fields(t, [](auto&&...) {});
};

/// A TOML file with the command line's overrides on top.
class Document {
 public:
  Document();  ///< empty: defaults and overrides only
  /// @throws Error(Usage) naming file and line if it can't be read or isn't TOML
  static Document from_file(const std::filesystem::path& path);
  static Document from_text(std::string_view text, std::string name);

  /// "optimizer.lr=1e-5". What isn't a TOML value is taken as a string, so quotes can be left out.
  /// @throws Error(Usage) without a key or "="
  void set(std::string_view assignment);

  struct Impl;
  [[nodiscard]] std::shared_ptr<const Impl> impl() const { return impl_; }

 private:
  std::shared_ptr<Impl> impl_;
};

/// Where a field's value comes from; the non-template half of reading.
class FieldReader {
 public:
  explicit FieldReader(const Document& document);

  void operator()(std::string_view key, bool& value, const Range&, std::string_view about);
  void operator()(std::string_view key, int& value, const Range&, std::string_view about);
  void operator()(std::string_view key, std::int64_t& value, const Range&, std::string_view about);
  void operator()(std::string_view key, std::uint64_t& value, const Range&, std::string_view about);
  void operator()(std::string_view key, double& value, const Range&, std::string_view about);
  void operator()(std::string_view key, std::string& value, const Range&, std::string_view about);
  void operator()(std::string_view key, std::vector<std::string>& value, const Range&,
                  std::string_view about);
  void operator()(std::string_view key, std::vector<int>& value, const Range&,
                  std::string_view about);
  void operator()(std::string_view key, std::vector<double>& value, const Range&,
                  std::string_view about);

  template <class E>
  requires std::is_enum_v<E>
  void operator()(std::string_view key, E& value, const Range&, std::string_view about) {
    std::vector<std::string_view> names;
    for (const auto& known : enum_names(E{})) names.push_back(known.name);
    const int index = read_choice(key, names, about);
    if (index >= 0) value = enum_names(E{})[static_cast<std::size_t>(index)].value;
  }

  template <Section S>
  void operator()(std::string_view key, S& section, std::string_view /*about*/) {
    enter(key);
    S::fields(section, *this);
    leave();
  }

  /// Complains about keys that no field asked for, with the nearest known one.
  void leave();

 private:
  void enter(std::string_view key);
  int read_choice(std::string_view key, std::span<const std::string_view> names,
                  std::string_view about);

  struct Level;
  std::shared_ptr<const Document::Impl> document_;
  std::vector<std::shared_ptr<Level>> levels_;
};

/// @throws Error(Usage): unknown key, wrong type, value out of range; names file, line and key
template <Section T>
[[nodiscard]] T read(const Document& document) {
  T config;
  FieldReader reader(document);
  T::fields(config, reader);
  reader.leave();
  return config;
}

/// Collects fields as lines of TOML, or of a Markdown table.
class FieldWriter {
 public:
  enum class Format { Toml, TomlWithComments, Markdown };
  explicit FieldWriter(Format format) : format_(format) {}

  void operator()(std::string_view key, bool value, const Range&, std::string_view about);
  void operator()(std::string_view key, double value, const Range&, std::string_view about);
  void operator()(std::string_view key, const std::string& value, const Range&,
                  std::string_view about);
  template <std::integral I>
  requires(!std::same_as<I, bool>) void operator()(std::string_view key, I value,
                                                   const Range& range, std::string_view about) {
    line(key, std::to_string(value), range, about);
  }
  template <class T>
  void operator()(std::string_view key, const std::vector<T>& values, const Range& range,
                  std::string_view about) {
    std::string text;
    for (const auto& value : values) text += (text.empty() ? "" : ", ") + literal(value);
    line(key, "[" + text + "]", range, about);
  }
  template <class E>
  requires std::is_enum_v<E>
  void operator()(std::string_view key, E value, const Range&, std::string_view about) {
    Range choices;
    for (const auto& known : enum_names(E{})) {
      choices.text += (choices.text.empty() ? "" : " | ") + std::string(known.name);
    }
    line(key, literal(std::string(name_of(value))), choices, about);
  }
  template <Section S>
  void operator()(std::string_view key, const S& section, std::string_view about) {
    FieldWriter inner(format_);
    inner.path_ = path_.empty() ? std::string(key) : path_ + "." + std::string(key);
    S::fields(section, inner);
    append_section(inner, about);
  }

  /// Tables after plain keys, as TOML wants it.
  [[nodiscard]] std::string text() const { return keys_ + sections_; }

 private:
  static std::string literal(const std::string& value);
  static std::string literal(double value);
  static std::string literal(int value) { return std::to_string(value); }
  void line(std::string_view key, const std::string& value, const Range& range,
            std::string_view about);
  void append_section(const FieldWriter& inner, std::string_view about);

  Format format_;
  std::string path_;
  std::string keys_;
  std::string sections_;
};

/// The resolved config as TOML that reads back to the same values; written beside every output.
template <Section T>
[[nodiscard]] std::string dump(const T& config,
                               FieldWriter::Format format = FieldWriter::Format::Toml) {
  FieldWriter writer(format);
  T::fields(config, writer);
  return writer.text();
}

}  // namespace codectrace::config
