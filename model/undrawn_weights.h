#pragma once

#include <c10/core/impl/LocalDispatchKeySet.h>

namespace codectrace::model {

/// While it lives, tensors of this thread are not filled with random numbers: a network is made
/// whose weights are about to be read from a file, or are never looked at. Drawing those of
/// XLS-R 300M takes seconds.
class UndrawnWeights {
 public:
  UndrawnWeights();

 private:
  c10::impl::IncludeDispatchKeyGuard guard_;
};

}  // namespace codectrace::model
