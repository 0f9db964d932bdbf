#pragma once

#include <optional>
#include <string>

#include <CLI/CLI.hpp>

namespace codectrace::cli {

/// The message about a word that stands where a subcommand should, after a failed parse: "There is
/// no subcommand trian; did you mean train?". Empty if no such word is the trouble.
[[nodiscard]] std::optional<std::string> unknown_subcommand(const CLI::App& app);

}  // namespace codectrace::cli
