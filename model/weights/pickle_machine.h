#pragma once

#include <deque>

#include "model/weights/byte_reader.h"
#include "model/weights/pickle_value.h"

namespace codectrace::model {

/// Follows the instructions of a pickle, one after the other, up to its end.
/// @param values  gets every value that is made; they are views into `input`
/// @return        the pickle's root, one of them
/// @throws Error(BadData) as Pickle
[[nodiscard]] const PickleValue* follow_pickle(ByteReader& input, std::deque<PickleValue>& values);

}  // namespace codectrace::model
