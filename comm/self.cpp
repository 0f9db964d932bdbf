#include "comm/self.h"

#include <cstdlib>
#include <cstring>

namespace codectrace::comm {
namespace {

class SelfWorkCounter : public WorkCounter {
 public:
  [[nodiscard]] std::uint64_t next() override { return next_++; }

 private:
  std::uint64_t next_ = 0;
};

}  // namespace

Pending SelfCommunicator::all_reduce(Buffer /*values*/, Reduce /*operation*/) { return {}; }

void SelfCommunicator::broadcast(Buffer /*values*/, int root) {
  CT_INVARIANT(root == 0, "a root that is not a rank");
}

void SelfCommunicator::all_gather(Buffer mine, Buffer gathered) {
  CT_INVARIANT(gathered.count == mine.count && gathered.type == mine.type,
               "all_gather into a buffer of another size");
  CT_INVARIANT(mine.device == Device::Host, "all_gather of device memory");
  std::memcpy(gathered.data, mine.data, mine.count * size_of(mine.type));
}

std::unique_ptr<WorkCounter> SelfCommunicator::work_counter() {
  return std::make_unique<SelfWorkCounter>();
}

std::unique_ptr<Communicator> SelfCommunicator::split(int /*color*/) {
  return std::make_unique<SelfCommunicator>();
}

void SelfCommunicator::abort(int exit_code) { std::_Exit(exit_code); }

}  // namespace codectrace::comm
