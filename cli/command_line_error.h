#pragma once

#include <string>

#include <CLI/CLI.hpp>

namespace codectrace::cli {

/// One line for a command line that can't be parsed: which command, what is wrong and where to read
/// on. What isn't known is named first, with the nearest name there is; CLI11 would first complain
/// of what is missing beside it.
[[nodiscard]] std::string command_line_error(const CLI::App& app, const CLI::ParseError& error);

}  // namespace codectrace::cli
