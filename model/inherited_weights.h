#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "model/network.h"
#include "model/weights/weight_file.h"

namespace codectrace::model {

/// How a network was started from the weights of one of other classes.
struct Inherited {
  std::size_t taken = 0;                 ///< tensors
  std::vector<std::string> fresh;        ///< tensors of the network that stayed as they were
  std::vector<std::string> passed_over;  ///< tensors of the file
  std::vector<std::string> other_heads;  ///< tasks whose classes are others: "AUX", output fresh
};

/// Copies what a trained network of the same architecture and size has: all but the output layers
/// of tasks whose number of classes differs, or whose classes do where the file tells them, and
/// what it has for tasks and classes that the network hasn't.
/// @throws Error(BadData) as load_state, if anything else doesn't fit; then nothing is changed
Inherited inherit_weights(Network& network, const WeightFile& file);

}  // namespace codectrace::model
