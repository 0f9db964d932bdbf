#include "core/log.h"

#include <unistd.h>

#include <cstdio>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include "core/error.h"
#include "core/log_topic.h"
#include "core/rank.h"

namespace codectrace::log {
namespace {

using namespace std::chrono_literals;

spdlog::logger& logger() {
  static const std::shared_ptr<spdlog::logger> instance = [] {
    auto made = spdlog::stderr_color_mt("codectrace");
    made->set_pattern("%H:%M:%S %^%L%$ %v");
    made->set_level(spdlog::level::info);
    return made;
  }();
  return *instance;
}

struct Topic {
  std::string prefix;
  bool speaks = true;
};
std::mutex topic_mutex;
std::optional<Topic> topic;

bool this_process_speaks() {
  const std::lock_guard lock(topic_mutex);
  return topic ? topic->speaks : this_rank().rank == 0;
}

bool has_topic() {
  const std::lock_guard lock(topic_mutex);
  return topic.has_value();
}

std::string of_topic(std::string_view message) {
  const std::lock_guard lock(topic_mutex);
  return (topic ? topic->prefix : "") + std::string(message);
}

std::mutex repeats_mutex;
std::map<std::string, std::uint64_t, std::less<>>& repeats() {
  static std::map<std::string, std::uint64_t, std::less<>> counts;
  return counts;
}

}  // namespace

void set_level(Level level) {
  logger().set_level(level == Level::Quiet     ? spdlog::level::warn
                     : level == Level::Verbose ? spdlog::level::debug
                                               : spdlog::level::info);
}

void info(std::string_view message) {
  if (this_process_speaks()) logger().info(of_topic(message));
}

void debug(std::string_view message) {
  if (this_process_speaks()) logger().debug(of_topic(message));
}

void warn(std::string_view message) {
  const std::string line = rank_prefix() + of_topic(message);
  {
    const std::lock_guard lock(repeats_mutex);
    if (repeats()[line]++ > 0) return;
  }
  logger().warn(line);
}

void flush_repeats() {
  const std::lock_guard lock(repeats_mutex);
  for (auto& [line, count] : repeats()) {
    if (count > 1) logger().warn("{} times: {}", count, line);
    count = 0;
  }
}

Progress::Progress(std::string what, std::uint64_t total, std::string unit, std::uint64_t start)
    : what_(std::move(what)),
      total_(total),
      unit_(std::move(unit)),
      start_(start),
      done_(start),
      begun_(Clock::now()),
      printed_(begun_),
      on_terminal_(::isatty(STDERR_FILENO) != 0 && !has_topic()) {}

Progress::~Progress() {
  if (line_open_) std::fputc('\n', stderr);
}

void Progress::update(std::uint64_t done, std::string_view note) {
  done_ = done;
  if (!this_process_speaks() || !logger().should_log(spdlog::level::info)) return;
  const auto now = Clock::now();
  const bool is_last = total_ > 0 && done_ >= total_;
  if (!is_last && now - printed_ < (on_terminal_ ? 100ms : 10s)) return;
  printed_ = now;
  print(note);
}

void Progress::print(std::string_view note) {
  const double elapsed = std::chrono::duration<double>(printed_ - begun_).count();
  const double rate = elapsed > 0 ? static_cast<double>(done_ - start_) / elapsed : 0;
  std::string line = fmt::format("{} {}", what_, done_);
  if (total_ > 0) {
    line += fmt::format("/{} {} ({:.0f} %)", total_, unit_,
                        100.0 * static_cast<double>(done_) / static_cast<double>(total_));
  } else {
    line += " " + unit_;
  }
  line += fmt::format(", {:.1f}/s", rate);
  if (total_ > done_ && rate > 0) {
    line += ", " + format_duration(static_cast<double>(total_ - done_) / rate) + " left";
  }
  if (!note.empty()) line += fmt::format(", {}", note);
  if (on_terminal_) {
    std::fputs(fmt::format("\r\x1b[2K{}", line).c_str(), stderr);
    std::fflush(stderr);
    line_open_ = true;
  } else {
    logger().info(of_topic(line));
  }
}

std::string format_duration(double seconds) {
  const auto whole = static_cast<std::int64_t>(seconds + 0.5);
  const auto hours = whole / 3600;
  const auto minutes = whole / 60 % 60;
  return hours > 0 ? fmt::format("{}:{:02}:{:02}", hours, minutes, whole % 60)
                   : fmt::format("{}:{:02}", minutes, whole % 60);
}

}  // namespace codectrace::log

namespace codectrace {

LogTopic::LogTopic(std::string name, Speaks speaks) {
  const std::lock_guard lock(log::topic_mutex);
  CT_INVARIANT(!log::topic, "one topic at a time");
  log::topic = {std::move(name) + ": ", speaks == Speaks::Yes};
}

LogTopic::~LogTopic() {
  const std::lock_guard lock(log::topic_mutex);
  log::topic.reset();
}

}  // namespace codectrace
