#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "core/random.h"
#include "tests/support/damage.h"

// Stands in for libFuzzer where there is none: damage_main FOLDER [RANDOM COPIES OF EACH, 100]
//
// Runs a fuzz target on every file of a folder: whole, cut at every byte, with every byte changed,
// and on copies damaged at random, which are the same in every run. What a reader doesn't stand is
// named when it ends the process.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace codectrace::fuzz {
namespace {

struct Seed {
  std::string name;
  std::string bytes;
};

std::array<char, 256> current;  // what is tried, for the message at the end

void on_abort(int /*signal*/) {
  const std::string_view tried(current.data());
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, tried.data(), tried.size());
}

/// Of its own size on the heap, so that AddressSanitizer sees a read beyond its end.
void try_bytes(const std::string& bytes, const std::string& what) {
  what.copy(current.data(), current.size() - 1);
  current.at(std::min(what.size(), current.size() - 1)) = '\0';
  const std::vector<std::uint8_t> input(bytes.begin(), bytes.end());
  LLVMFuzzerTestOneInput(input.data(), input.size());
}

std::size_t try_cuts(const Seed& seed) {
  for (std::size_t size = 0; size <= seed.bytes.size(); ++size) {
    try_bytes(seed.bytes.substr(0, size), fmt::format("{} cut to {} bytes\n", seed.name, size));
  }
  return seed.bytes.size() + 1;
}

/// All bits of a byte or the lowest, in turn.
std::size_t try_changed_bytes(const Seed& seed) {
  for (std::size_t at = 0; at < seed.bytes.size(); ++at) {
    const unsigned char mask = at % 2 == 0 ? 0xFF : 0x01;
    auto bytes = seed.bytes;
    bytes[at] = static_cast<char>(static_cast<unsigned char>(bytes[at]) ^ mask);
    try_bytes(bytes, fmt::format("{} with byte {} xor {:#04x}\n", seed.name, at, mask));
  }
  return seed.bytes.size();
}

/// One random change; `draw` is where its random numbers begin.
void damage(std::string& bytes, const std::string& other, const CounterRandom& random,
            std::uint64_t draw) {
  constexpr std::array<std::uint64_t, 8> kTelling{0,          1,          0x7F,       0xFFFF,
                                                  0x7FFFFFFF, 0xFFFFFFFF, 1ULL << 63, ~0ULL};
  constexpr std::uint64_t kLongest = 64;  // piece that is moved
  const auto at = random.below(bytes.size() + 1, draw);
  const auto length = 1 + random.below(kLongest, draw + 1);
  switch (random.below(5, draw + 2)) {
    case 0: {  // a number that sizes and offsets may trip over
      const auto number = kTelling.at(random.below(kTelling.size(), draw + 3));
      const auto size = std::min<std::size_t>(std::size_t{1} << length % 4, bytes.size() - at);
      std::memcpy(bytes.data() + at, &number, size);
      return;
    }
    case 1:
      bytes.erase(at, length);
      return;
    case 2:
      bytes.insert(at, bytes.substr(random.below(bytes.size() + 1, draw + 3), length));
      return;
    case 3:
      bytes.insert(at, other.substr(random.below(other.size() + 1, draw + 3), length));
      return;
    default:
      if (at < bytes.size()) bytes[at] = static_cast<char>(random.below(256, draw + 3));
  }
}

std::size_t try_random_damage(const Seed& seed, const std::vector<Seed>& seeds,
                              std::uint64_t copies) {
  constexpr std::uint64_t kMostChanges = 6;
  constexpr std::uint64_t kDrawsOfAChange = 4;
  for (std::uint64_t copy = 0; copy < copies; ++copy) {
    const CounterRandom random(1, seed.name, 0, copy);
    const auto& other = seeds[random.below(seeds.size(), 0)].bytes;
    auto bytes = seed.bytes;
    const auto changes = 1 + random.below(kMostChanges, 1);
    for (std::uint64_t change = 1; change <= changes; ++change) {
      damage(bytes, other, random, change * kDrawsOfAChange);
    }
    try_bytes(bytes, fmt::format("{}, damaged copy {}\n", seed.name, copy));
  }
  return copies;
}

/// In the order of their names.
std::vector<Seed> seeds_in(const std::filesystem::path& folder) {
  std::vector<Seed> seeds;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    seeds.push_back({entry.path().filename().string(), test::bytes_of(entry.path())});
  }
  std::ranges::sort(seeds, {}, &Seed::name);
  return seeds;
}

std::size_t try_all(const std::vector<Seed>& seeds, std::uint64_t random_copies) {
  std::size_t runs = 0;
  for (const auto& seed : seeds) {
    runs +=
        try_cuts(seed) + try_changed_bytes(seed) + try_random_damage(seed, seeds, random_copies);
  }
  return runs;
}

}  // namespace
}  // namespace codectrace::fuzz

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  std::signal(SIGABRT, codectrace::fuzz::on_abort);
  constexpr std::uint64_t kRandomCopies = 100;
  const std::uint64_t copies = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : kRandomCopies;
  const auto runs = codectrace::fuzz::try_all(codectrace::fuzz::seeds_in(argv[1]), copies);
  std::printf("%zu inputs\n", runs);
  return runs > 0 ? 0 : 1;
}
