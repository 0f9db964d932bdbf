#include "train/learner.h"

#include <string>

#include <fmt/format.h>

#include "comm/agreement.h"
#include "model/factory.h"
#include "train/step.h"
#include "train/task_losses.h"
#include "train/tensor_buffer.h"

namespace codectrace::train {
namespace {

void agree_on_network(const model::Network& network, comm::Communicator& comm) {
  std::string shapes;
  for (const auto& item : network.named_parameters()) {
    shapes += fmt::format("{} {}\n", item.key(), c10::str(item.value().sizes()));
  }
  comm::agree(comm, "parameters of the model", shapes);
}

/// Fresh weights are drawn on every rank, and rank 0's are taken: libraries may differ.
void share_weights(model::Network& network, comm::Communicator& comm) {
  const torch::NoGradGuard no_grad;
  for (auto& tensor : network.parameters()) comm.broadcast(tensor_buffer(tensor), 0);
  for (auto& tensor : network.buffers()) comm.broadcast(tensor_buffer(tensor), 0);
}

}  // namespace

Learner::Learner(const Config& config, const protocol::Taxonomy& taxonomy, torch::Device device)
    : config_(config) {
  torch::manual_seed(config.train.seed);
  model_ = {config.model, taxonomy.text(),
            model::make_network(config.model, output_heads(taxonomy, config.model))};
  network().to(device);
  freeze(network(), config.optimizer.frozen);
  loss_ = make_loss(config.loss, taxonomy, config.model, network());
  loss_->to(device);
}

void Learner::begin(comm::Communicator& comm) {
  agree_on_network(network(), comm);
  share_weights(network(), comm);
  optimizer_.emplace(trained_parameters(network(), loss_), config_.optimizer,
                     std::string(model::encoder_prefix(config_.model)));
  if (config_.train.average_decay > 0)
    average_.emplace(trained_parameters(network(), loss_), config_.train.average_decay);
}

void Learner::load(const std::filesystem::path& checkpoint) {
  if (config_.compat.reference) {
    load_weights(checkpoint, network());
    return;
  }
  const auto in_place = averaged();
  load_checkpoint(checkpoint, network(), loss_, *optimizer_,
                  average_ ? average_->set_aside() : SetAside());
}

void Learner::save(const std::filesystem::path& folder, const TrainingState& state) {
  const auto in_place = averaged();
  write_checkpoint(folder, state, model_, loss_, *optimizer_,
                   average_ ? average_->set_aside() : SetAside());
}

std::optional<std::string> Learner::not_finite() const {
  const auto first_of = [](const auto& named_tensors) -> std::optional<std::string> {
    for (const auto& item : named_tensors) {
      if (!item.value().isfinite().all().template item<bool>()) return item.key();
    }
    return std::nullopt;
  };
  const auto parameter = first_of(network().named_parameters());
  return parameter ? parameter : first_of(network().named_buffers());
}

void Learner::update_average(std::uint64_t steps_done) {
  if (average_) average_->update(steps_done);
}

}  // namespace codectrace::train
