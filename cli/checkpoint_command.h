#pragma once

#include <CLI/CLI.hpp>

#include "cli/job.h"

namespace codectrace::cli {

/// codectrace checkpoint inspect|convert
void add_checkpoint(CLI::App& app, Job& job);

}  // namespace codectrace::cli
