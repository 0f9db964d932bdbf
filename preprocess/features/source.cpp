#include "preprocess/features/source.h"

#include <fmt/format.h>

#include "core/error.h"
#include "model/saved_model.h"
#include "model/whisper/whisper_file.h"

namespace codectrace::preprocess {

std::shared_ptr<model::FrozenPart> open_frozen_part(const std::filesystem::path& path,
                                                    torch::Device device) {
  if (std::filesystem::is_regular_file(path)) {
    auto whisper =
        std::make_shared<model::FrozenWhisper>(model::open_frozen_whisper(model::WeightFile(path)));
    whisper->to(device);
    return whisper;
  }
  const auto network = model::open_model(model::checkpoint_folder(path)).network;
  if (network->frozen_part() == nullptr) {
    throw Error(ErrorKind::Usage,
                fmt::format("{}: the network has no frozen part, so there are no features to keep; "
                            "all of it is trained",
                            path.string()));
  }
  network->to(device);
  return {network, network->frozen_part()};
}

}  // namespace codectrace::preprocess
