#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace codectrace::metrics {

/// A sum of doubles without rounding: it depends neither on the order of its terms nor on how they
/// are spread over ranks. A fixed-point number as wide as a double's range, in 32-bit digits that
/// carry late (after Kulisch).
class ExactSum {
 public:
  /// Adds `count` times a value. @param value  not NaN   @param count  below 2^62, not negative
  void add(double value, std::int64_t count = 1);
  void add(const ExactSum& other);

  /// The sum, rounded: the same bits for the same terms. ±infinity if a term was; NaN if both
  /// were.
  [[nodiscard]] double value() const;

  /// Digits, added element by element over ranks. After up to 2^20 terms a digit is normalised, so
  /// thousands of ranks can't overflow one.
  [[nodiscard]] std::span<std::int64_t> digits();

 private:
  static constexpr int kDigitBits = 32;
  static constexpr int kLowestExponent = -1088;  // below a double's last bit, 2^-1074
  static constexpr std::size_t kDigits = 72;     // up to 2^1216: 2^62 of the largest double fit
  static constexpr std::int64_t kTermsBeforeCarry = 1 << 20;

  void carry();

  /// The last two count infinities.
  std::array<std::int64_t, kDigits + 2> digits_{};
  std::int64_t terms_ = 0;
};

}  // namespace codectrace::metrics
