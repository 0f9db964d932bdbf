#include "core/mapping_guard.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstdint>
#include <mutex>
#include <string>

#include <fmt/format.h>

#include "core/error.h"
#include "core/rank.h"

namespace codectrace {
namespace {

/// What the handler looks at, which may neither allocate nor lock. `begin` is written last.
struct Mapping {
  std::atomic<const std::byte*> begin = nullptr;
  std::size_t size = 0;
  std::array<char, 1024> message = {};
  std::size_t message_size = 0;
};

constexpr std::size_t kMostMappings = 64;
std::array<Mapping, kMostMappings> mappings;
std::mutex mutex;  // of those who change it
struct sigaction previous = {};

void on_bus_error(int /*signal*/, siginfo_t* info, void* /*context*/) {
  const auto address = reinterpret_cast<std::uintptr_t>(info->si_addr);
  const bool is_fault = info->si_code > 0;  // else somebody sent it, and there is no address
  for (const auto& mapping : mappings) {
    const auto begin = reinterpret_cast<std::uintptr_t>(mapping.begin.load());
    if (!is_fault || begin == 0 || address < begin || address - begin >= mapping.size) continue;
    [[maybe_unused]] const auto written =
        ::write(STDERR_FILENO, mapping.message.data(), mapping.message_size);
    ::_exit(static_cast<int>(ExitCode::Environment));
  }
  ::sigaction(SIGBUS, &previous, nullptr);  // not ours: it comes again, to whoever had it before
}

void install_handler() {
  struct sigaction action = {};
  action.sa_sigaction = on_bus_error;
  action.sa_flags = SA_SIGINFO;
  ::sigaction(SIGBUS, &action, &previous);
}

}  // namespace

void guard_mapping(std::span<const std::byte> bytes, const std::filesystem::path& path) {
  static std::once_flag installed;
  std::call_once(installed, install_handler);
  const auto message = fmt::format(
      "codectrace: {}{} was cut short while it was read, or can't be read from its disk: leave it "
      "as "
      "it is while it is used, and run this again\n",
      rank_prefix(), path.string());
  const std::lock_guard lock(mutex);
  const auto free = std::ranges::find_if(
      mappings, [](const Mapping& mapping) { return mapping.begin.load() == nullptr; });
  if (free == mappings.end()) return;
  free->size = bytes.size();
  free->message_size = message.copy(free->message.data(), free->message.size());
  free->begin.store(bytes.data());
}

void forget_mapping(std::span<const std::byte> bytes) noexcept {
  const std::lock_guard lock(mutex);
  const auto found = std::ranges::find_if(
      mappings, [&](const Mapping& mapping) { return mapping.begin.load() == bytes.data(); });
  if (found != mappings.end()) found->begin.store(nullptr);
}

}  // namespace codectrace
