#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace codectrace::log {

enum class Level { Quiet, Normal, Verbose };

/// Everything goes to stderr; results go to stdout and aren't logged. Quiet: warnings only.
void set_level(Level level);

/// Rank 0 speaks; on other ranks nothing is printed.
void info(std::string_view message);
/// As info, shown with --verbose only.
void debug(std::string_view message);
/// Every rank, with its number. A message that repeats is shown once and counted; see
/// flush_repeats.
void warn(std::string_view message);
/// Prints how often repeated warnings came; called once before a process ends.
void flush_repeats();

template <class... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
  info(std::string_view(fmt::format(format, std::forward<Args>(args)...)));
}
template <class... Args>
void debug(fmt::format_string<Args...> format, Args&&... args) {
  debug(std::string_view(fmt::format(format, std::forward<Args>(args)...)));
}
template <class... Args>
void warn(fmt::format_string<Args...> format, Args&&... args) {
  warn(std::string_view(fmt::format(format, std::forward<Args>(args)...)));
}

/// Rate and time left of a long loop on rank 0: one line that is redrawn on a terminal, a plain
/// line at most every ten seconds elsewhere.
class Progress {
 public:
  /// @param what   "preprocess", the line's first word
  /// @param total  0 if unknown
  /// @param unit   "utterances"
  /// @param start  what was done before this process, e.g. by an earlier run; not in the rate
  Progress(std::string what, std::uint64_t total, std::string unit, std::uint64_t start = 0);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();

  /// @param note  shown at the line's end: "loss 0.123"
  void update(std::uint64_t done, std::string_view note = {});

 private:
  using Clock = std::chrono::steady_clock;
  void print(std::string_view note);

  std::string what_;
  std::uint64_t total_;
  std::string unit_;
  std::uint64_t start_;
  std::uint64_t done_;
  Clock::time_point begun_;
  Clock::time_point printed_;
  bool on_terminal_;
  bool line_open_ = false;
};

/// 7325 → "2:02:05", 65 → "1:05"
[[nodiscard]] std::string format_duration(double seconds);

}  // namespace codectrace::log
