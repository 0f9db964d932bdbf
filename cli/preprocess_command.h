#pragma once

#include <CLI/CLI.hpp>

#include "cli/job.h"

namespace codectrace::cli {

/// codectrace preprocess
void add_preprocess(CLI::App& app, Job& job);

}  // namespace codectrace::cli
