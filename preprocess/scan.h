#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "preprocess/config.h"
#include "preprocess/tally.h"
#include "preprocess/work_list.h"
#include "protocol/list_reader.h"

namespace codectrace::preprocess {

/// What the folder and the lists hold, before any file is opened.
struct Scan {
  WorkList work;  ///< by id
  Tally tally;    ///< of utterances that a list names and the folder lacks
  std::vector<protocol::ProtocolList> lists;  ///< without entries: paths and reports
  std::string taxonomy_text;
  std::int64_t superseded = 0;             ///< files whose utterance has a better one
  std::int64_t unlisted = 0;               ///< files that no list names
  std::vector<std::string> unnamed_files;  ///< whose paths can't be ids; left out
};

/// Reads lists and folder, on one rank. Opens no audio file.
/// @throws Error(BadData): lists, taxonomy or folder can't be read; no files; a listed file is
///         missing and policy.missing says fail; Error(Usage): keys that don't go together
[[nodiscard]] Scan scan(const Config& config);

}  // namespace codectrace::preprocess
