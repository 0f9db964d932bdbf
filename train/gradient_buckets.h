#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <vector>

#include <torch/torch.h>

#include "comm/communicator.h"
#include "core/config.h"

namespace codectrace::train {

/// What gradients travel as. bf16 halves what goes over the network, and rounds each rank's part
/// and each sum to 8 bits.
enum class Compression { None, Bf16 };
inline constexpr auto enum_names(Compression) {
  return std::array<config::EnumName<Compression>, 2>{
      {{Compression::None, "none"}, {Compression::Bf16, "bf16"}}};
}

/// Sums gradients over ranks while backward is still computing others.
///
/// Parameters lie in buckets in reverse order of registration, which is about the order in which
/// their gradients come. A bucket's all-reduce starts when all its gradients are there and all
/// buckets before it have started, so every rank starts the same buckets in the same order, however
/// its backward went. What a bucket holds never changes: sums have the same bits in every run with
/// the same number of ranks. On a single rank it does nothing and holds nothing.
///
/// Order of use, each step: backward(loss), once a micro-batch, the last one with
/// `LastMicroBatch::Yes`; then finish(); then read the gradients, until the next backward.
class GradientBuckets {
 public:
  struct Sizes {
    std::size_t first_bytes = std::size_t{1} << 20;  ///< small, so that the first one starts early
    std::size_t bytes = std::size_t{25} << 20;
  };
  enum class LastMicroBatch { No, Yes };

  /// Hooks onto the parameters until destroyed. The same parameters on every rank.
  GradientBuckets(std::vector<torch::Tensor> parameters, comm::Communicator& comm, Sizes sizes,
                  Compression compression = Compression::None);
  GradientBuckets(const GradientBuckets&) = delete;
  GradientBuckets& operator=(const GradientBuckets&) = delete;
  ~GradientBuckets();

  /// loss.backward(); with the last micro-batch, gradients leave for the other ranks as they come.
  /// Collective with LastMicroBatch::Yes.
  void backward(const torch::Tensor& loss, LastMicroBatch last);

  /// Collective: waits for the sums. Then each parameter that got a gradient on any rank has the
  /// sum of all ranks', and every other has none.
  /// @returns seconds that the buckets were under way, one after the other; 0 where that isn't
  /// known
  double finish();

  [[nodiscard]] std::size_t buckets() const { return buckets_.size(); }

 private:
  struct Bucket {
    torch::Tensor memory;              // flat
    torch::Tensor compressed;          // what travels instead; undefined without compression
    std::vector<std::size_t> members;  // parameter numbers
    std::size_t missing = 0;           // gradients that backward will still bring
    comm::Pending pending;
  };
  struct Slot {
    std::size_t bucket = 0;
    torch::Tensor view;  // of the bucket's memory, with the parameter's shape and strides
  };
  struct Hook;

  void fill_buckets(Sizes sizes);
  void close_bucket(std::vector<std::size_t> members, std::int64_t elements);
  /// Finds out which gradients this backward will bring, fills in the others, tells all ranks.
  void expect_gradients_of(const torch::Tensor& loss);
  void arrived(std::size_t parameter);
  void fill_slot(std::size_t parameter);
  void start_ready_buckets();

  std::vector<torch::Tensor> parameters_;
  comm::Communicator& comm_;
  Compression compression_;
  std::vector<Bucket> buckets_;
  std::vector<Slot> slots_;             // by parameter
  std::vector<bool> awaited_;           // by parameter: announced and not here yet
  std::vector<std::int32_t> received_;  // by parameter: a gradient on any rank
  comm::Pending received_pending_;
  std::size_t started_ = 0;  // buckets
  bool sending_ = false;
};

}  // namespace codectrace::train
