#pragma once

#include <string>

#include "preprocess/config.h"
#include "preprocess/identity.h"
#include "preprocess/scan.h"
#include "preprocess/tally.h"

namespace codectrace::preprocess {

/// preprocess-report.json: what was found and everything that was odd about it, with the first
/// examples of each. The same for any number of ranks and interruptions.
/// @param total  of the scan and all shards
[[nodiscard]] std::string report_text(const Config& config, const Scan& scan,
                                      const Identity& identity, const Tally& total);

/// What a person wants to know at once: "3884 utterances, 3:39:06, …; 2 undecodable left out".
[[nodiscard]] std::string summary_line(const Config& config, const Tally& total);

}  // namespace codectrace::preprocess
