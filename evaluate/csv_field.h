#pragma once

#include <string>

namespace codectrace::evaluate {

/// A field of a CSV line (RFC 4180): in quotes where it needs them.
[[nodiscard]] inline std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

}  // namespace codectrace::evaluate
