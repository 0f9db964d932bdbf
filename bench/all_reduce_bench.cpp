// What sums over ranks take: the latency of small ones, as batch norm's are, and the rate of large
// ones, as buckets of gradients. For bench/scaling_model.py.
//
//     mpirun -n 2 build/release/bench/all_reduce_bench
#include <chrono>
#include <cstddef>
#include <vector>

#include <fmt/format.h>

#include "comm/create.h"
#include "comm/mpi_session.h"

namespace {

using namespace codectrace;

/// Of one sum, on average.
double seconds(comm::Communicator& comm, std::size_t floats, int times) {
  std::vector<float> values(floats, 1.0F);
  comm.barrier();
  const auto begun = std::chrono::steady_clock::now();
  for (int i = 0; i < times; ++i) comm.all_reduce_sum(values).wait();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count() / times;
}

}  // namespace

int main() {
  const comm::MpiSession session;
  const auto comm = comm::create(comm::Backend::Mpi);
  seconds(*comm, 1, 100);  // warms up
  const double small_s = seconds(*comm, 200, 10'000);
  constexpr std::size_t kBucket = std::size_t{25} << 20;  // bytes, as train/gradient_buckets.h
  const double bucket_s = seconds(*comm, kBucket / sizeof(float), 20);
  if (comm->is_root()) {
    fmt::print("{} ranks: a sum of 200 numbers takes {:.1f} us, one of 25 MiB {:.2f} ms\n",
               comm->size(), small_s * 1e6, bucket_s * 1e3);
  }
  return 0;
}
