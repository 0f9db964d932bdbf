#pragma once

#include <map>
#include <string>

#include "evaluate/score_table.h"
#include "model/reference_program.h"

namespace codectrace::evaluate {

/// A float32 as numpy prints it: the fewest digits that read back to it, positional with a point
/// for 0 and 1e-4 <= |x| < 1e16, else with an exponent of at least two digits.
[[nodiscard]] std::string numpy_float(float value);

/// What the reference ranks an utterance by: the value that a reader of its score file gets.
[[nodiscard]] double reference_score(const DetectionScore& score);

/// Which of its programs writes, and what its result lines say beside the figures.
struct ReferenceNames {
  std::string model_type;  ///< "M1"; of SAST Net its task
  std::string dataset;     ///< "CoRS" or "CoSG"
  model::ReferenceProgram program = model::ReferenceProgram::W2v2Aasist;
};

/// Whether what the reference fails to write is left out.
enum class ReferenceBugs { Mended, Reproduced };

/// The reference's text files by name, byte for byte in its formats and in list order; EERs by its
/// rule, F1 weighted. What can't be computed has no line.
///
/// W2V2-AASIST's: `bin_score.txt` (id, P(bona fide)), `aux_score.txt` and so on
/// (id, class probabilities) for the tasks there are, and `results.txt` with its figures.
/// SAST Net's: `vq_scores.txt` (id, logits; of BIN bona fide's first), which the reference calls
/// tmp_scores.txt whatever the task and deletes, and `VQ_task_CoRS_result.txt`, a line.
///
/// W2V2-AASIST's program writes the binary scores of a model without a BIN head (M2) to a scratch
/// file that it deletes, and then stops where it would read them: ReferenceBugs::Reproduced has
/// neither `bin_score.txt` nor `results.txt` of such a model.
[[nodiscard]] std::map<std::string, std::string> reference_files(
    const ScoreTable& table, const ReferenceNames& names,
    ReferenceBugs bugs = ReferenceBugs::Mended);

}  // namespace codectrace::evaluate
