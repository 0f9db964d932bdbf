#include "train/metrics_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cmath>
#include <ctime>
#include <span>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/write_all.h"

namespace codectrace::train {
namespace {

/// The lines that are whole and not after `step`.
std::string kept_lines(const std::string& text, std::uint64_t step) {
  std::string kept;
  std::size_t begin = 0;
  for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', begin)) {
    const std::string line = text.substr(begin, end + 1 - begin);
    begin = end + 1;
    const auto json = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!json.is_object()) continue;
    const auto found = json.find("step");
    if (found == json.end() || !found->is_number_unsigned()) continue;
    if (found->get<std::uint64_t>() <= step) kept += line;
  }
  return kept;
}

}  // namespace

MetricsLog::MetricsLog(const std::filesystem::path& run_folder, std::uint64_t resumed_step,
                       TensorBoard tensorboard)
    : path_(run_folder / "metrics.jsonl") {
  if (std::filesystem::exists(path_)) {
    const std::string text = read_file(path_);
    const std::string kept = kept_lines(text, resumed_step);
    if (kept != text) write_file_atomically(path_, kept);
  }
  constexpr int kMode = 0666;
  descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, kMode);
  if (descriptor_ < 0) throw_errno(fmt::format("open {}", path_.string()));
  if (tensorboard == TensorBoard::On) {
    events_.emplace(run_folder / "tensorboard", resumed_step + 1);
  }
}

MetricsLog::~MetricsLog() { ::close(descriptor_); }

void MetricsLog::add(std::string_view kind, std::uint64_t step, std::uint64_t epoch,
                     const std::vector<Scalar>& scalars) {
  nlohmann::ordered_json line;
  line["kind"] = kind;
  line["step"] = step;
  line["epoch"] = epoch;
  line["time"] = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
  std::vector<Scalar> tagged;
  for (const Scalar& scalar : scalars) {
    line[scalar.tag] = std::isfinite(scalar.value) ? nlohmann::ordered_json(scalar.value) : nullptr;
    tagged.push_back({fmt::format("{}/{}", kind, scalar.tag), scalar.value});
  }
  const std::string text = line.dump() + "\n";
  write_all(descriptor_, std::as_bytes(std::span(text)), path_);
  if (events_) events_->add(step, tagged);
}

}  // namespace codectrace::train
