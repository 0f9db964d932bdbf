#pragma once

#include <optional>
#include <string>

namespace codectrace::evaluate {

/// Draws a gnuplot script as an SVG to put into a page: it fills its parent's width, and what
/// gnuplot draws in black takes the page's text colour.
/// @param script       everything but terminal and output
/// @param description  for those who can't see it
/// @return             nullopt if gnuplot isn't installed
/// @throws Error(Environment) with gnuplot's own message
[[nodiscard]] std::optional<std::string> gnuplot_svg(const std::string& script,
                                                     const std::string& description, int width,
                                                     int height);

}  // namespace codectrace::evaluate
