#include "preprocess/features/run.h"

#include <string>
#include <string_view>

#include <fmt/format.h>
#include <torch/torch.h>

#include "comm/comm_config.h"
#include "model/autocast.h"
#include "model/device.h"
#include "preprocess/features/add_features.h"
#include "preprocess/features/source.h"

namespace codectrace::preprocess {
namespace {

void require(const std::filesystem::path& value, std::string_view option) {
  if (value.empty()) {
    throw Error(ErrorKind::Usage, fmt::format("{0} isn't given; use --{0}", option));
  }
}

}  // namespace

ExitCode run(const FeaturesConfig& config, comm::Communicator& comm) {
  require(config.corpus, "corpus");
  require(config.checkpoint, "checkpoint");
  comm.set_time_limit(comm::CommConfig().stall_limit_s);
  model::set_gpu_products(model::Precision::Fp32);
  const auto part = open_frozen_part(
      config.checkpoint, model::device_of_rank(model::DeviceChoice::Auto, comm.local_rank()));
  return add_features(config.corpus, *part, comm);
}

}  // namespace codectrace::preprocess
