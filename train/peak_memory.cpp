#include "train/peak_memory.h"

#include <sys/resource.h>

#include <c10/core/CachingDeviceAllocator.h>

namespace codectrace::train {

double peak_memory_mib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024.0;  // ru_maxrss is in KiB
}

double peak_gpu_memory_mib(torch::Device gpu) {
  const auto all = static_cast<std::size_t>(c10::CachingAllocator::StatType::AGGREGATE);
  const auto stats = at::getDeviceAllocator(gpu.type())->getDeviceStats(gpu.index());
  return static_cast<double>(stats.allocated_bytes.at(all).peak) / (1 << 20);
}

}  // namespace codectrace::train
