#pragma once

#include <CLI/CLI.hpp>

#include "cli/job.h"

namespace codectrace::cli {

/// codectrace shard inspect|verify PATH
void add_shard(CLI::App& app, Job& job);

}  // namespace codectrace::cli
