#pragma once

namespace codectrace::model {

/// The published program that infers with a network: its two halves rank, write and go through an
/// utterance differently, which only compat.reference and the files written for it ask about.
enum class ReferenceProgram {
  /// Writes probabilities, a file a task, and ranks by P(bona fide).
  W2v2Aasist,
  /// Writes the raw logits of its one task, ranks by bona fide's, and permutes tokens at random.
  SastNet
};

}  // namespace codectrace::model
