#pragma once

#include <CLI/CLI.hpp>

#include "cli/job.h"

namespace codectrace::cli {

/// codectrace report RESULTS…
void add_report(CLI::App& app, Job& job);

}  // namespace codectrace::cli
