#pragma once

#include <CLI/CLI.hpp>

#include "cli/job.h"

namespace codectrace::cli {

/// codectrace evaluate --checkpoint C --corpus CORPUS --protocol LIST --out RESULTS
void add_evaluate(CLI::App& app, Job& job);

}  // namespace codectrace::cli
