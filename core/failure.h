#pragma once

#include <exception>
#include <string>

#include "core/error.h"

namespace codectrace {

/// What an exception means to the user: an Error is itself; anything else is one of Environment, of
/// no place: memory or threads that couldn't be had, or what a library says, without its stack of
/// calls.
[[nodiscard]] Error error_of(const std::exception_ptr& exception);

/// An error as it is told: its message, and where the environment failed the place in the source.
[[nodiscard]] std::string told(const Error& error);

}  // namespace codectrace
