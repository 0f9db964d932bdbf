#pragma once

#include <CLI/CLI.hpp>

#include "cli/job.h"

namespace codectrace::cli {

/// codectrace score --checkpoint C FILE…
void add_score(CLI::App& app, Job& job);

}  // namespace codectrace::cli
