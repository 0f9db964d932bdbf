#include "cli/command_line_error.h"

#include <algorithm>
#include <optional>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/suggestion.h"

namespace codectrace::cli {
namespace {

/// The program and the subcommands that were understood, outermost first.
std::vector<const CLI::App*> understood(const CLI::App& app) {
  std::vector<const CLI::App*> chain{&app};
  while (!chain.back()->get_subcommands().empty()) {
    chain.push_back(chain.back()->get_subcommands().front());
  }
  return chain;
}

std::vector<std::string> subcommands_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* each : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(each->get_name());
  }
  return names;
}

std::vector<std::string> options_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* each : app.get_options([](const CLI::Option*) { return true; })) {
    for (const auto& name : each->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

/// The first argument that nothing took and what it should have been.
std::optional<std::string> unknown_name(const CLI::App& app, const CLI::App& command) {
  // What a subcommand doesn't understand falls through to the program's own level.
  const auto not_understood = app.remaining();
  const auto is_option = [](const std::string& text) { return text.starts_with('-'); };
  const auto word = std::ranges::find_if_not(not_understood, is_option);
  if (const auto known = subcommands_of(command); !known.empty() && word != not_understood.end()) {
    return fmt::format("there is no subcommand {}{}", *word, suggestion(*word, known));
  }
  const auto option = std::ranges::find_if(not_understood, is_option);
  if (option == not_understood.end()) return std::nullopt;
  const auto name = option->substr(0, option->find('='));
  return fmt::format("there is no option {}{}", name, suggestion(name, options_of(command)));
}

}  // namespace

std::string command_line_error(const CLI::App& app, const CLI::ParseError& error) {
  const auto chain = understood(app);
  std::string command = "codectrace";
  for (const auto* each : std::span(chain).subspan(1)) command += " " + each->get_name();
  const auto what = unknown_name(app, *chain.back()).value_or(error.what());
  return fmt::format("{}: {}; see {} --help", command, what, command);
}

}  // namespace codectrace::cli
