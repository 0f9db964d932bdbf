#include "metrics/exact_sum.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "core/error.h"

namespace codectrace::metrics {
namespace {

// Of a double's last bit, where it is least, and of how many bits are stored (IEEE 754).
constexpr int kSubnormalExponent = -1074;
constexpr int kMantissaBits = 52;

}  // namespace

void ExactSum::add(double value, std::int64_t count) {
  CT_INVARIANT(!std::isnan(value) && count >= 0, "a term of a sum is a number");
  if (value == 0 || count == 0) return;
  if (std::isinf(value)) {
    digits_[kDigits + (value > 0 ? 0 : 1)] += count;
    return;
  }
  const auto bits = std::bit_cast<std::uint64_t>(std::abs(value));
  // An exponent of 0 is a subnormal number: as of 1, without a leading bit.
  const int exponent = static_cast<int>(bits >> kMantissaBits);
  const auto leading = std::uint64_t{exponent > 0} << kMantissaBits;
  const auto mantissa = leading | (bits & ((std::uint64_t{1} << kMantissaBits) - 1));
  const int position = std::max(exponent, 1) - 1 + kSubnormalExponent - kLowestExponent;
  auto product = static_cast<unsigned __int128>(mantissa) * static_cast<std::uint64_t>(count);
  const std::int64_t sign = value < 0 ? -1 : 1;
  const auto place = [&](std::size_t digit, std::uint64_t part) {
    digits_[digit] += sign * static_cast<std::int64_t>(part);
  };
  // The product is at most 115 bits; its first digit takes what fits beside the shift.
  const int shift = position % kDigitBits;
  auto digit = static_cast<std::size_t>(position / kDigitBits);
  const auto first =
      static_cast<std::uint64_t>(product) & ((std::uint64_t{1} << (kDigitBits - shift)) - 1);
  place(digit++, first << shift);
  product >>= kDigitBits - shift;
  for (; product != 0; product >>= kDigitBits) {
    place(digit++, static_cast<std::uint64_t>(product) & 0xFFFFFFFFU);
  }
  if (++terms_ >= kTermsBeforeCarry) carry();
}

void ExactSum::add(const ExactSum& other) {
  auto normal = other;
  normal.carry();
  for (std::size_t i = 0; i < digits_.size(); ++i) digits_[i] += normal.digits_[i];
  if (++terms_ >= kTermsBeforeCarry) carry();
}

std::span<std::int64_t> ExactSum::digits() {
  carry();
  return digits_;
}

void ExactSum::carry() {
  for (std::size_t i = 0; i + 1 < kDigits; ++i) {
    const std::int64_t over = digits_[i] >> kDigitBits;  // rounds down: a digit is never negative
    digits_[i] -= over << kDigitBits;
    digits_[i + 1] += over;
  }
  terms_ = 0;
}

double ExactSum::value() const {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (digits_[kDigits] > 0 || digits_[kDigits + 1] > 0) {
    return (digits_[kDigits] > 0 ? kInfinity : 0.0) - (digits_[kDigits + 1] > 0 ? kInfinity : 0.0);
  }
  auto normal = *this;
  normal.carry();
  if (normal.digits_[kDigits - 1] < 0) {
    for (auto& digit : normal.digits_) digit = -digit;
    normal.carry();
    return -normal.value();
  }
  // From the highest digit down: what three digits leave over is below the result's last bit.
  std::size_t top = kDigits - 1;
  while (top > 0 && normal.digits_[top] == 0) --top;
  double sum = 0;
  for (std::size_t i = top + 1; i-- > 0 && i + 3 > top;) {
    sum += std::ldexp(static_cast<double>(normal.digits_[i]),
                      static_cast<int>(i) * kDigitBits + kLowestExponent);
  }
  return sum;
}

}  // namespace codectrace::metrics
