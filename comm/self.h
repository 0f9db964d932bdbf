#pragma once

#include "comm/communicator.h"

namespace codectrace::comm {

/// One process by itself: every collective is already done. Needs no library.
class SelfCommunicator : public Communicator {
 public:
  [[nodiscard]] int rank() const override { return 0; }
  [[nodiscard]] int size() const override { return 1; }
  [[nodiscard]] int local_rank() const override { return 0; }
  [[nodiscard]] int local_size() const override { return 1; }
  [[nodiscard]] std::string name() const override { return "self"; }
  [[nodiscard]] Pending all_reduce(Buffer values, Reduce operation) override;
  void broadcast(Buffer values, int root) override;
  void all_gather(Buffer mine, Buffer gathered) override;
  void all_to_all(Buffer mine, Buffer received) override { all_gather(mine, received); }
  void barrier() override {}
  [[nodiscard]] std::unique_ptr<WorkCounter> work_counter() override;
  [[nodiscard]] std::unique_ptr<Communicator> split(int color) override;
  void set_time_limit(double /*seconds*/) override {}
  [[noreturn]] void abort(int exit_code) override;
};

}  // namespace codectrace::comm
