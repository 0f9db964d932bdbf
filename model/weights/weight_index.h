#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "model/weights/stored_tensor.h"

namespace codectrace::model {

/// What a weight file holds, as its reader finds it: the tensors are views into the file's bytes.
struct WeightIndex {
  std::string format = {};                           ///< "PyTorch zip", for people
  std::vector<StoredTensor> tensors = {};            ///< in the file's order
  std::map<std::string, std::string> metadata = {};  ///< free texts
  std::vector<std::string> others = {};  ///< what stands among the tensors and isn't one
  /// Compares the tensors' bytes with the file's checksums. Reads all of them. Empty if it has
  /// none.
  /// @throws Error(BadData) if they differ
  std::function<void()> verify = {};
};

}  // namespace codectrace::model
