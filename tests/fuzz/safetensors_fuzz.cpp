#include "model/weights/safetensors_format.h"
#include "tests/fuzz/reads.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return codectrace::fuzz::run(data, size, [](std::span<const std::byte> bytes) {
    codectrace::fuzz::use(codectrace::model::read_safetensors(bytes));
  });
}
