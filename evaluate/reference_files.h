#pragma once

#include <map>
#include <string>

#include "evaluate/score_table.h"

namespace codectrace::evaluate {

/// A float32 as numpy prints it: the fewest digits that read back to it, positional with a point
/// for 0 and 1e-4 <= |x| < 1e16, else with an exponent of at least two digits.
[[nodiscard]] std::string numpy_float(float value);

/// What the reference's result lines say beside the figures.
struct ReferenceNames {
  std::string model_type;  ///< "M1"
  std::string dataset;     ///< "CoRS" or "CoSG"
};

/// Whether what the reference fails to write is left out.
enum class ReferenceBugs { Mended, Reproduced };

/// W2V2-AASIST's text files by name: `bin_score.txt` (id, P(bona fide)), `aux_score.txt` and so on
/// (id, class probabilities) for the tasks there are, and `results.txt` with its figures: the EER
/// by the reference's rule, weighted F1. Byte for byte the reference's formats, in list order. A
/// task that can't be computed has no line.
///
/// The reference writes the binary scores of a model without a BIN head (M2) to a scratch file that
/// it deletes, and then stops where it would read them: ReferenceBugs::Reproduced has neither
/// `bin_score.txt` nor `results.txt` of such a model.
[[nodiscard]] std::map<std::string, std::string> reference_files(
    const ScoreTable& table, const ReferenceNames& names,
    ReferenceBugs bugs = ReferenceBugs::Mended);

}  // namespace codectrace::evaluate
