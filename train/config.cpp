#include "train/config.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "core/error.h"
#include "protocol/list_config.h"
#include "protocol/published_path.h"
#include "train/placed_list.h"

namespace codectrace::train {
namespace {

/// Of the published lists' names. Those balanced by AUX have none: the published code asks for
/// "_bal_aux", which doesn't exist.
std::string_view list_suffix(BalancedBy sampling) {
  switch (sampling) {
    case BalancedBy::Aux:
      return "";
    case BalancedBy::Vq:
      return "_bal_vq";
    case BalancedBy::Dec:
      return "_bal_dec";
  }
  invariant_failed("sampling", "a sampling without lists");
}

/// Of dev lists: whether they lie in another corpus, not where, and which layout they have, both
/// of each list; none where none differs. What a corpus holds is told by checksums.
void describe_places(DataConfig& data) {
  const auto lists = dev_lists(data);
  std::vector<std::string> corpora;
  std::vector<std::string> layouts;
  for (const auto& list : lists) {
    corpora.emplace_back(list.corpus == data.corpus ? "" : "another");
    layouts.emplace_back(config::name_of(list.layout));
  }
  const auto all = [](const auto& texts, std::string_view text) {
    return std::ranges::count(texts, text) == std::ssize(texts);
  };
  data.dev_corpora = all(corpora, "") ? std::vector<std::string>{} : corpora;
  data.dev_layouts =
      all(layouts, config::name_of(data.layout)) ? std::vector<std::string>{} : layouts;
}

}  // namespace

void DataConfig::apply_sampling() {
  const auto published = [&](std::string_view part) {
    return std::vector{fmt::format("{}_mult_learn{}.txt", part, list_suffix(sampling))};
  };
  train_lists = published("train");
  dev_lists = published("dev");
  test_lists = published("test");
}

Resume parse_resume(std::string_view text) {
  if (text == "auto") return {};
  if (text == "never") return {.kind = Resume::Kind::Never, .checkpoint = {}};
  return {.kind = Resume::Kind::From, .checkpoint = std::filesystem::path(text)};
}

std::vector<std::filesystem::path> list_paths(const DataConfig& data,
                                              const std::vector<std::string>& names) {
  std::vector<std::filesystem::path> paths;
  for (const std::string& name : names) {
    paths.push_back(protocol::published_path(std::filesystem::path(data.lists) / name));
  }
  return paths;
}

void check(const Config& config, int num_ranks) {
  const auto usage = [](const std::string& message) { throw Error(ErrorKind::Usage, message); };
  if (config.data.corpus.empty()) {
    usage("data.corpus is not set: name the corpus directory that \"codectrace preprocess\" made");
  }
  if (config.data.train_lists.empty()) usage("data.train_lists is empty");
  (void)dev_lists(config.data);
  (void)watched_lists(config.data);
  if (config.out.empty()) usage("no run directory: give one with --out");
  if (config.selection.patience > 0 && config.data.dev_lists.empty())
    usage("selection.patience needs data.dev_lists: without them nothing is ever better");
  const auto& train = config.train;
  if (!train.start_from.empty() &&
      !(train.pretrained_encoder.empty() && train.pretrained_audio_mae.empty() &&
        train.pretrained_whisper.empty() && train.tuned_weights.empty()))
    usage("train.start_from brings all weights: leave out train.pretrained_* and tuned_weights");
  const std::int64_t parts = config.train.micro_batches * num_ranks;
  if (config.train.batch_size < parts) {
    usage(fmt::format("train.batch_size is {}, fewer than {} ranks x {} micro-batches",
                      config.train.batch_size, num_ranks, config.train.micro_batches));
  }
}

std::string decisive_keys(const Config& config) {
  Config copy = config;
  describe_places(copy.data);
  copy.data.corpus.clear();
  copy.data.lists.clear();
  copy.data.taxonomy.clear();
  copy.data.sampling = {};  // the lists are named beside it
  if (!config.compat.reference) copy.data.test_lists.clear();
  for (auto* texts :
       {&copy.data.watched_lists, &copy.data.watched_corpora, &copy.data.watched_layouts})
    texts->clear();
  copy.data.check_crc = true;
  // Wherever it lies, and though it may be gone by the time the run goes on.
  for (auto* file :
       {&copy.train.start_from, &copy.train.pretrained_encoder, &copy.train.pretrained_audio_mae,
        &copy.train.pretrained_whisper, &copy.train.tuned_weights}) {
    *file = std::filesystem::path(*file).filename().string();
  }
  copy.train.device = model::DeviceChoice::Auto;
  copy.train.threads = 0;
  copy.train.loader_threads = 1;
  copy.checkpoint = {};
  copy.log = {};
  copy.comm = {};
  return config::dump(copy);
}

}  // namespace codectrace::train
