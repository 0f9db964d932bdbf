#pragma once

#include <string>

namespace codectrace::test {

/// Three codecs, two systems; one class is unknown.
inline const std::string kSmallTaxonomy = R"(schema = "codectrace.taxonomy/1"

[task.BIN]
classes = ["spoof", "bonafide"]

[task.AUX]
classes = ["REAL", "Trad", "SEM"]
meaning = ["bona fide", "none", "semantic distillation"]

[task.DEC]
classes = ["REAL", "TIME", "FREQ"]
plot_labels = ["Real", "Time", "Frequency"]

[task.VQ]
classes = ["REAL", "MVQ", "SQ"]

[model.sast-net.BIN]
order = ["bonafide", "spoof"]
class_weights = [0.25, 0.75]

[[codec]]
name = "mini"
family = "Mimi"
AUX = "SEM"
DEC = "TIME"
VQ = "MVQ"
aliases = ["mimicodec"]

[[codec]]
name = "SemantiCodec_1.40kbps_16k"
AUX = "SEM"
DEC = "FREQ"
VQ = "MVQ"

[[codec]]
name = "silk"
AUX = "Trad"
DEC = "TIME"
VQ = "-"

[[system]]
name = "CLAMTTS"
AUX = "Trad"
DEC = "FREQ"
VQ = "MVQ"

[[system]]
name = "NS2"
AUX = "Trad"
DEC = "TIME"
VQ = "SQ"
known = false
)";

}  // namespace codectrace::test
