#pragma once

#include <span>
#include <string_view>
#include <vector>

#include <torch/torch.h>

#include "model/network.h"
#include "model/precision.h"

namespace codectrace::model {

/// Logits of a batch as evaluation sees them: eval mode, no gradient, float32 on the host.
/// @param waveform  [B, T] float32 on the host
/// @return          [B, classes] a head, in heads()' order
[[nodiscard]] std::vector<torch::Tensor> logits_of(Network& network, const torch::Tensor& waveform,
                                                   Precision precision);

/// The whole answer to a batch, likewise: of features, and with what is drawn from seeds.
/// @param input  its tensors float32 on the host
[[nodiscard]] Output answer_of(Network& network, const Input& input, Precision precision);

/// An utterance's detection score; higher = more likely bona fide.
struct Score {
  double probability = 0;  ///< P(bona fide)
  double llr = 0;  ///< ln p − ln(1 − p), from the logits, so that nothing rounds to 0 or 1
};

/// P(bona fide) is softmax(BIN)[bonafide]. Without a BIN head (type M2), 1 − (Π q_k)^(1/K) over the
/// heads, q_k the spoof mass 1 − softmax[bona fide], as the reference combines AUX, DEC and VQ. A
/// head whose class 0 is bona fide alone gives 1 − q of it.
/// @param logits  one span a head
[[nodiscard]] Score detection_score(const std::vector<Head>& heads,
                                    const std::vector<std::span<const float>>& logits);

/// In double, shifted by the largest: exact for any finite logits.
[[nodiscard]] std::vector<double> softmax(std::span<const float> logits);

}  // namespace codectrace::model
