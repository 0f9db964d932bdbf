#include "model/wav2vec2/encoder_config.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"

namespace codectrace::model {
namespace {

void require(bool holds, const std::string& message) {
  if (!holds) throw Error(ErrorKind::Usage, message);
}

template <class E>
const config::EnumName<E>* find_name(const std::string& name) {
  static constexpr auto known = enum_names(E{});
  const auto found = std::ranges::find(known, name, &config::EnumName<E>::name);
  return found == known.end() ? nullptr : &*found;
}

/// The i-th value of a list of names that may be empty.
template <class E>
E value_at(const std::vector<std::string>& names, std::size_t i) {
  if (names.empty()) return E{};
  const auto* found = find_name<E>(names[i]);
  CT_INVARIANT(found != nullptr, names[i]);
  return found->value;
}

template <class E>
void check_names(const std::string& key, const std::vector<std::string>& names) {
  for (const auto& name : names) {
    if (find_name<E>(name) != nullptr) continue;
    std::vector<std::string_view> known;
    for (const auto& each : enum_names(E{})) known.push_back(each.name);
    throw Error(ErrorKind::Usage, fmt::format("model.encoder.{} has \"{}\"; there are {}", key,
                                              name, fmt::join(known, ", ")));
  }
}

/// A list a convolution each; `may_be_empty`: then the default holds for all.
void check_lengths(const EncoderConfig& encoder) {
  const auto length = encoder.conv_dims.size();
  const auto check_length = [&](const std::string& key, std::size_t size, bool may_be_empty) {
    require(size == length || (may_be_empty && size == 0),
            fmt::format("model.encoder.{} has {} values, conv_dims has {}: one a convolution", key,
                        size, length));
  };
  require(length > 0, "model.encoder.conv_dims is empty; there must be a convolution");
  check_length("conv_kernels", encoder.conv_kernels.size(), false);
  check_length("conv_strides", encoder.conv_strides.size(), false);
  check_length("conv_paddings", encoder.conv_paddings.size(), true);
  check_length("conv_norms", encoder.conv_norms.size(), true);
  check_length("conv_starts", encoder.conv_starts.size(), true);
}

void check_convolutions(const EncoderConfig& encoder) {
  check_lengths(encoder);
  check_names<ConvNorm>("conv_norms", encoder.conv_norms);
  check_names<ConvStart>("conv_starts", encoder.conv_starts);
  require(!encoder.energy || encoder.conv_dims[0] % 2 == 0,
          "model.encoder.energy needs an even number of channels in the first convolution");
  for (std::size_t i = 0; i < encoder.conv_dims.size(); ++i) {
    const auto start = encoder.conv_start(i);
    require(start != ConvStart::Filterbank || (i == 0 && encoder.conv_dims[0] % 2 == 0),
            "model.encoder.conv_starts: only the first convolution, with an even number of "
            "channels, can start as a filterbank");
    require(start != ConvStart::Cepstral ||
                (encoder.conv_dims[i] % 4 == 0 && encoder.conv_kernels[i] >= 3),
            "model.encoder.conv_starts: cepstral needs channels in fours and a kernel of 3");
  }
}

}  // namespace

int EncoderConfig::conv_padding(std::size_t i) const {
  return conv_paddings.empty() ? 0 : conv_paddings[i];
}
ConvNorm EncoderConfig::conv_norm(std::size_t i) const { return value_at<ConvNorm>(conv_norms, i); }
ConvStart EncoderConfig::conv_start(std::size_t i) const {
  return value_at<ConvStart>(conv_starts, i);
}
int EncoderConfig::conv_output(std::size_t i) const {
  return i == 0 && energy ? conv_dims[0] / 2 : conv_dims[i];
}

std::int64_t frame_count(const EncoderConfig& encoder, std::int64_t samples) {
  for (std::size_t i = 0; i < encoder.conv_kernels.size(); ++i) {
    samples += 2 * encoder.conv_padding(i);
    if (samples < encoder.conv_kernels[i]) return 0;
    samples = (samples - encoder.conv_kernels[i]) / encoder.conv_strides[i] + 1;
  }
  return samples;
}

void check(const EncoderConfig& encoder) {
  check_convolutions(encoder);
  require(encoder.dim % encoder.heads == 0,
          fmt::format("model.encoder.dim {} must be a multiple of heads {}", encoder.dim,
                      encoder.heads));
  require(encoder.dim % encoder.pos_conv_groups == 0,
          fmt::format("model.encoder.dim {} must be a multiple of pos_conv_groups {}", encoder.dim,
                      encoder.pos_conv_groups));
}

}  // namespace codectrace::model
