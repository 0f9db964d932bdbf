#include "model/weights/pickle_reader.h"
#include "tests/fuzz/reads.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return codectrace::fuzz::run(data, size, [](std::span<const std::byte> bytes) {
    const codectrace::model::Pickle pickle(bytes);
    for (const auto& value : pickle.values()) {
      static_cast<void>(codectrace::model::description(value));
      static_cast<void>(value.find("model"));
    }
    if (pickle.size() > bytes.size()) std::abort();
  });
}
