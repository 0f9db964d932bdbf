#pragma once

#include <CLI/CLI.hpp>

#include "cli/job.h"

namespace codectrace::cli {

/// codectrace status DIRECTORY…
void add_status(CLI::App& app, Job& job);

}  // namespace codectrace::cli
