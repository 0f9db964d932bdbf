#pragma once

#include <string>
#include <string_view>
#include <type_traits>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "core/config.h"

namespace codectrace::cli {

/// An option that takes one of an enum's names (core/config.h); anything else is an error of the
/// command line that lists them.
/// @param choice  the enum, or a std::optional of it; lives as long as the command
template <class E, class Choice>
CLI::Option* add_choice(CLI::App& command, const std::string& flag, Choice& choice,
                        const std::string& about) {
  std::string names;
  for (const auto& known : enum_names(E{})) {
    names += (names.empty() ? "" : "|") + std::string(known.name);
  }
  const auto take = [&choice, flag, names](const std::string& given) {
    for (const auto& known : enum_names(E{})) {
      if (known.name != given) continue;
      choice = known.value;
      return;
    }
    throw CLI::ValidationError(flag, fmt::format("{} is unknown; it is one of {}", given, names));
  };
  return command.add_option_function<std::string>(flag, take, about)->type_name(names);
}

}  // namespace codectrace::cli
