#include "cli/unknown_subcommand.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "core/suggestion.h"

namespace codectrace::cli {
namespace {

std::vector<std::string> subcommands_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* each : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(each->get_name());
  }
  return names;
}

}  // namespace

std::optional<std::string> unknown_subcommand(const CLI::App& app) {
  const CLI::App* last_known = &app;
  while (!last_known->get_subcommands().empty()) {
    last_known = last_known->get_subcommands().front();
  }
  const auto known = subcommands_of(*last_known);
  if (known.empty()) return std::nullopt;

  // What a subcommand doesn't understand falls through to the program's own level.
  const auto not_understood = app.remaining();
  const auto word = std::ranges::find_if(
      not_understood, [](const std::string& text) { return !text.starts_with('-'); });
  if (word == not_understood.end()) return std::nullopt;
  return fmt::format("There is no subcommand {}{}", *word, suggestion(*word, known));
}

}  // namespace codectrace::cli
