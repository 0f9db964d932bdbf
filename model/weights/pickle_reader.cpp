#include "model/weights/pickle_reader.h"

#include "model/weights/byte_reader.h"
#include "model/weights/pickle_machine.h"
#include "model/weights/pickle_op.h"

namespace codectrace::model {

Pickle::Pickle(std::span<const std::byte> bytes) {
  ByteReader input(bytes);
  root_ = follow_pickle(input, values_);
  size_ = input.position();
}

bool Pickle::looks_like_one(std::span<const std::byte> bytes) {
  return bytes.size() >= 2 && bytes[0] == static_cast<std::byte>(PickleOp::Proto) &&
         bytes[1] <= std::byte{5};
}

}  // namespace codectrace::model
