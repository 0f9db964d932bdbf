#pragma once

#include <CLI/CLI.hpp>

#include "cli/job.h"

namespace codectrace::cli {

/// codectrace metrics --scores FILE --protocol LIST --out RESULTS.json
void add_metrics(CLI::App& app, Job& job);

}  // namespace codectrace::cli
