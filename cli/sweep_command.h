#pragma once

#include <CLI/CLI.hpp>

#include "cli/job.h"

namespace codectrace::cli {

/// `codectrace sweep FILE`
void add_sweep(CLI::App& app, Job& job);

}  // namespace codectrace::cli
