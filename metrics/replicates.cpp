#include "metrics/replicates.h"

namespace codectrace::metrics {

std::vector<std::vector<double>> replicate_figures(
    int replicates, std::size_t width, comm::Communicator& comm,
    const std::function<void(std::uint64_t, std::span<double>)>& figure) {
  const auto count = static_cast<std::size_t>(replicates);
  const auto ranks = static_cast<std::size_t>(comm.size());
  std::vector<double> values(count * width);
  for (auto r = static_cast<std::size_t>(comm.rank()); r < count; r += ranks) {
    figure(r, std::span(values).subspan(r * width, width));
  }
  comm.all_reduce_sum(values).wait();  // with the other ranks' zeros: exact
  std::vector<std::vector<double>> by_figure(width, std::vector<double>(count));
  for (std::size_t r = 0; r < count; ++r) {
    for (std::size_t f = 0; f < width; ++f) by_figure[f][r] = values[r * width + f];
  }
  return by_figure;
}

}  // namespace codectrace::metrics
