#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace codectrace::slurm {

enum class State { Queued, Running, Finished, Interrupted, Failed };
[[nodiscard]] std::string_view name_of(State state);

/// Where the making of a directory is, from files alone; what can't be said is absent.
struct Status {
  std::string stage;  ///< "preprocess", "train", "evaluate", "sweep"
  State state = State::Queued;
  std::string job;     ///< Slurm's number; empty: no job of Slurm's
  std::string nodes;   ///< that it ran on last
  std::string worker;  ///< "process 4711 on n7": who is at work in it
  int requeues = 0;
  std::optional<int> exit_code;  ///< of the job that ended last
  /// train: steps; preprocess and evaluate: utterances; sweep: evaluations
  std::uint64_t done = 0;
  std::optional<std::uint64_t> total;
  std::string unit;
  std::optional<std::uint64_t> epoch;  ///< begun, from 1
  std::optional<double> rate;          ///< utterances a second
  std::optional<double> left_s;
  std::optional<double> loss;
  std::string checkpoint;  ///< the last one
  std::string best_metric;
  std::optional<double> best_value;
  std::optional<std::uint64_t> best_step;
};

/// @param folder  run, corpus, results or sweep directory, there or still to come
/// @throws Error(Usage) if nothing tells of it; Error(BadData) if a file of it is corrupt
[[nodiscard]] Status status_of(const std::filesystem::path& folder);

}  // namespace codectrace::slurm
