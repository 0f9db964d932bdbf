#pragma once

#include <CLI/CLI.hpp>

#include "cli/job.h"

namespace codectrace::cli {

/// codectrace train --config F --out RUN
void add_train(CLI::App& app, Job& job);

}  // namespace codectrace::cli
