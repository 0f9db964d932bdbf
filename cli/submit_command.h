#pragma once

#include <CLI/CLI.hpp>

#include "cli/job.h"

namespace codectrace::cli {

/// codectrace submit preprocess|train|evaluate|pipeline
void add_submit(CLI::App& app, Job& job);

}  // namespace codectrace::cli
