#pragma once

#include <CLI/CLI.hpp>

#include "cli/job.h"

namespace codectrace::cli {

/// `codectrace compare RESULTS…`
void add_compare(CLI::App& app, Job& job);

}  // namespace codectrace::cli
