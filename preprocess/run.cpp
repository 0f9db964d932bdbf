#include "preprocess/run.h"

#include <algorithm>
#include <future>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "comm/agreement.h"
#include "core/config_differences.h"
#include "core/log.h"
#include "core/stop_signal.h"
#include "preprocess/identity.h"
#include "preprocess/output_folder.h"
#include "preprocess/report.h"
#include "preprocess/scan.h"
#include "preprocess/shard_job.h"

namespace codectrace::preprocess {
namespace {

/// What the root knows after looking at input and output.
struct Plan {
  Scan scan;
  Identity identity;
  std::vector<std::uint64_t> missing;  ///< shards to make
  bool is_finished = false;
};

void check_config(const Config& config) {
  const auto required = [](const std::string& value, std::string_view key) {
    if (value.empty()) {
      throw Error(ErrorKind::Usage, fmt::format("{0} isn't given; use --{0}", key));
    }
  };
  required(config.audio, "audio");
  required(config.out, "out");
}

Plan make_plan(const Config& config, OutputFolder& output) {
  check_config(config);
  Plan plan;
  plan.scan = scan(config);
  plan.identity = identity_of(config, plan.scan);
  output.open(plan.identity, config);
  const auto shards = num_shards(config, plan.scan.work.size());
  check_unchanged(output.marks(), config.audio, config.out);
  output.note_origin(plan.identity, config);
  plan.is_finished = output.is_finished();
  if (plan.is_finished) {
    output.clean_up();
  } else {
    plan.missing = output.missing_shards(shards);
  }
  return plan;
}

/// Gives all ranks what they need of the root's plan. Collective.
void share(Plan& plan, comm::Communicator& comm) {
  broadcast(plan.scan.work, comm);
  broadcast(plan.identity.hash, comm);
  auto count = static_cast<std::uint64_t>(plan.missing.size());
  comm.broadcast(comm::buffer(std::span(&count, 1)), 0);
  plan.missing.resize(count);
  if (count > 0) comm.broadcast(comm::buffer(std::span(plan.missing)), 0);
}

/// Takes what is left of the work, so that the other ranks stop after their shard.
void drain(comm::WorkCounter& counter, std::uint64_t count) {
  while (counter.next() < count) {
  }
}

/// Utterances done by all ranks, as far as one rank can see: shards that were handed out, and its
/// own part of the last one.
class OverallProgress {
 public:
  OverallProgress(const Config& config, const Plan& plan)
      : per_shard_(static_cast<std::uint64_t>(config.shard.utterances)),
        total_(plan.scan.work.size()),
        start_(total_ - std::min(total_, plan.missing.size() * per_shard_)),
        line_("preprocess", total_, "utterances", start_) {}

  void update(std::uint64_t shards_handed_out, std::uint64_t utterances) {
    line_.update(std::min(total_, start_ + shards_handed_out * per_shard_ + utterances));
  }

 private:
  std::uint64_t per_shard_;
  std::uint64_t total_;
  std::uint64_t start_;
  log::Progress line_;
};

/// Writes a shard while the next one is made. At most one is under way, so a rank holds two.
class ShardWriting {
 public:
  explicit ShardWriting(const OutputFolder& output) : output_(output) {}

  void start(std::uint64_t number, MadeShard made) {
    wait();
    under_way_ = std::async(std::launch::async, [this, number, shard = std::move(made)]() mutable {
      const auto summary = shard.writer.commit();
      output_.write_outcome(number, {summary, std::move(shard.tally), std::move(shard.marks)});
    });
  }
  /// @throws what writing threw
  void wait() {
    if (under_way_.valid()) under_way_.get();
  }

 private:
  const OutputFolder& output_;
  std::future<void> under_way_;  // its destructor waits
};

/// Makes shards until none is left. @returns false if a stop was requested
bool make_shards(const Config& config, const Plan& plan, const OutputFolder& output,
                 comm::WorkCounter& counter) {
  ShardMaker maker(config, plan.scan.work, plan.identity.hash);
  ShardWriting writing(output);
  OverallProgress progress(config, plan);
  for (auto n = counter.next(); n < plan.missing.size(); n = counter.next()) {
    const std::uint64_t number = plan.missing[n];
    std::uint64_t utterances = 0;
    auto made = maker.make(number, output.shard_path(number), [&] {
      progress.update(n, ++utterances);
      return !stop_requested();
    });
    if (!made) {
      writing.wait();
      return false;
    }
    writing.start(number, std::move(*made));
  }
  writing.wait();
  return true;
}

/// Collective. @returns false if a stop was requested on any rank
bool make_missing_shards(const Config& config, const Plan& plan, const OutputFolder& output,
                         comm::Communicator& comm) {
  const auto counter = comm.work_counter();
  bool went_through = false;
  comm::together(comm, [&] {
    try {
      went_through = make_shards(config, plan, output, *counter);
    } catch (...) {
      drain(*counter, plan.missing.size());
      throw;
    }
    if (!went_through) drain(*counter, plan.missing.size());
  });
  return !comm.any(!went_through);
}

/// Nobody wants a corpus of nothing; it would only fail later.
void check_not_empty(const Config& config, const Plan& plan, const OutputFolder& output,
                     const Tally& total) {
  if (total.utterances() > 0) return;
  throw Error(ErrorKind::BadData,
              fmt::format("{}: none of {} files could be used: {}; examples are in {}",
                          config.audio, plan.scan.work.size(), summary_line(config, total),
                          output.report_path().string()));
}

void finish(const Config& config, const Plan& plan, const OutputFolder& output) {
  Tally total = plan.scan.tally;
  std::vector<shard::ShardSummary> shards;
  std::vector<FileMark> marks;
  for (std::uint64_t n = 0; n < num_shards(config, plan.scan.work.size()); ++n) {
    const ShardOutcome outcome = output.read_outcome(n);
    total.add(outcome.tally);
    shards.push_back(outcome.summary);
    marks.insert(marks.end(), outcome.marks.begin(), outcome.marks.end());
  }
  output.write_report(report_text(config, plan.scan, plan.identity, total));
  check_not_empty(config, plan, output, total);
  output.write_marks(marks);
  output.finish(shards);
  output.clean_up();
  log::info("{}: {}", config.out, summary_line(config, total));
}

}  // namespace

ExitCode run(const Config& config, comm::Communicator& comm) {
  comm.set_time_limit(config.comm.stall_limit_s);
  comm::agree(comm, "the config", config::with_whole_names(config::dump(config)));
  OutputFolder output(config.out);
  Plan plan;
  comm::together(comm, [&] {
    if (comm.is_root()) plan = make_plan(config, output);
  });
  if (comm.any(plan.is_finished)) {
    log::info("{} is already finished", config.out);
    return ExitCode::Done;
  }
  share(plan, comm);
  if (!make_missing_shards(config, plan, output, comm)) {
    log::info("{}: stopped; the same command goes on", config.out);
    return ExitCode::Interrupted;
  }
  comm::together(comm, [&] {
    if (comm.is_root()) finish(config, plan, output);
  });
  return ExitCode::Done;
}

}  // namespace codectrace::preprocess
