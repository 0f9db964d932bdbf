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

/// W2V2-AASIST's text files by name: `bin_score.txt` (id, P(bona fide)), `aux_score.txt` and so on
/// (id, class probabilities) for the tasks there are, and `results.txt` with its figures: the EER
/// by the reference's rule, weighted F1. Byte for byte the reference's formats, in list order. A
/// task that can't be computed has no line.
[[nodiscard]] std::map<std::string, std::string> reference_files(const ScoreTable& table,
                                                                 const ReferenceNames& names);

}  // namespace codectrace::evaluate
