#include "train/task_losses.h"

#include <algorithm>
#include <optional>
#include <sstream>
#include <string>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/config.h"
#include "core/error.h"

namespace codectrace::train {
namespace {

/// "BIN 0.1 0.9"
TaskLoss parsed(const std::string& text) {
  std::istringstream words(text);
  TaskLoss loss;
  words >> loss.task;
  for (double weight = 0; words >> weight;) loss.class_weights.push_back(weight);
  const bool sound = words.eof() && !loss.class_weights.empty() &&
                     std::ranges::all_of(loss.class_weights, [](double w) { return w >= 0; });
  if (!sound) {
    throw Error(ErrorKind::Usage,
                fmt::format("loss.class_weights: \"{}\" is not a task and its classes' weights, as "
                            "in \"BIN 0.1 0.9\"",
                            text));
  }
  return loss;
}

}  // namespace

std::vector<model::Head> output_heads(const protocol::Taxonomy& taxonomy,
                                      const model::ModelConfig& model) {
  std::vector<model::Head> heads;
  for (const protocol::Task& task : taxonomy.tasks()) {
    heads.push_back({task.name, taxonomy.output_classes(config::name_of(model.name), task.name)});
  }
  return heads;
}

std::vector<TaskLoss> task_losses(const LossConfig& config, const protocol::Taxonomy& taxonomy,
                                  const model::ModelConfig& model,
                                  const std::vector<model::Head>& heads) {
  std::vector<TaskLoss> losses;
  for (const model::Head& head : heads) {
    losses.push_back(
        {head.task, taxonomy.model_task(config::name_of(model.name), head.task).class_weights});
  }
  for (const std::string& text : config.class_weights) {
    const TaskLoss given = parsed(text);
    const auto found = std::ranges::find(losses, given.task, &TaskLoss::task);
    if (found == losses.end()) {
      throw Error(ErrorKind::Usage,
                  fmt::format("loss.class_weights: the model has no task {}", given.task));
    }
    if (given.class_weights.size() != found->class_weights.size()) {
      throw Error(ErrorKind::Usage,
                  fmt::format("loss.class_weights: {} weights for {}, which has {} classes",
                              given.class_weights.size(), given.task, found->class_weights.size()));
    }
    found->class_weights = given.class_weights;
  }
  return losses;
}

WeightedLoss make_loss(const LossConfig& config, const protocol::Taxonomy& taxonomy,
                       const model::ModelConfig& model, const model::Network& network) {
  return WeightedLoss(task_losses(config, taxonomy, model, network.heads()), config.task_weighting,
                      config.task_weights,
                      network.reconstructs() ? std::optional(config.margin) : std::nullopt);
}

}  // namespace codectrace::train
