#include "preprocess/scan.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "core/error.h"
#include "preprocess/input_policy.h"
#include "preprocess/list_union.h"
#include "protocol/entry_resolver.h"
#include "protocol/layout_cors.h"
#include "protocol/layout_cosg.h"
#include "protocol/layout_list.h"

namespace codectrace::preprocess {
namespace {

using protocol::AudioFile;
using protocol::Entry;
using protocol::Label;
using protocol::Layout;

/// What the columns of an utterance say.
struct Description {
  std::string_view speaker;
  std::string_view origin;
  std::optional<Label> label;
  std::vector<int> codes;  // one a task; empty: all unknown
};

Description description_of(const Entry& entry) {
  return {entry.speaker, entry.origin, entry.label, entry.codes};
}

/// Without a list: what the id alone tells. A label of CoSG it doesn't.
Description description_of(std::string_view id, Layout layout, const protocol::Taxonomy& taxonomy) {
  if (layout == Layout::Cosg) return {{}, id.substr(0, id.find('/')), {}, {}};
  if (layout == Layout::List) return {};
  const auto parts = protocol::CorsId::parse(id);
  if (!parts) return {};
  const auto* codec = taxonomy.find_codec(parts->codec);
  const Label label = parts->codec.empty() ? Label::BonaFide : Label::Spoof;
  return {parts->speaker, codec == nullptr ? parts->codec : std::string_view(codec->name), label,
          protocol::codes_of(taxonomy, label, codec)};
}

/// A column's categories and their codes, as they come together.
class Categories {
 public:
  explicit Categories(std::vector<std::string> known = {}) : names_(std::move(known)) {
    for (std::size_t i = 0; i < names_.size(); ++i) index_[names_[i]] = static_cast<int>(i);
  }
  /// Of names that aren't among the known ones; they come after them, sorted.
  void meet(std::string_view name) {
    if (!name.empty() && !index_.contains(name)) met_.emplace(name);
  }
  void settle() {
    for (const auto& name : met_) {
      index_[name] = static_cast<int>(names_.size());
      names_.push_back(name);
    }
    met_.clear();
  }
  [[nodiscard]] std::int32_t code(std::string_view name) const {
    const auto found = index_.find(name);
    return found == index_.end() ? shard::kUnknownCode : found->second;
  }
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }

 private:
  std::vector<std::string> names_;
  std::map<std::string, int, std::less<>> index_;
  std::set<std::string, std::less<>> met_;
};

std::vector<std::string> names_of(const std::vector<protocol::Origin>& origins) {
  std::vector<std::string> names;
  for (const auto& origin : origins) names.push_back(origin.name);
  return names;
}

std::string corpus_name(const Config& config) {
  if (!config.corpus_name.empty()) return config.corpus_name;
  switch (config.layout) {
    case Layout::Cors:
      return "CoRS";
    case Layout::Cosg:
      return "CoSG";
    case Layout::List:
      return "list";
  }
  invariant_failed("layout", "a layout without a name");
}

/// Descriptions → columns, in two passes over the utterances: which categories there are, then
/// their codes.
class ColumnCoder {
 public:
  ColumnCoder(const Config& config, const protocol::Taxonomy& taxonomy)
      : layout_(config.layout),
        taxonomy_(taxonomy),
        corpus_(corpus_name(config)),
        codecs_(names_of(taxonomy.codecs())),
        systems_(names_of(taxonomy.systems())) {}

  void meet(const Description& description) {
    speakers_.meet(description.speaker);
    origins().meet(description.origin);
  }

  [[nodiscard]] std::vector<shard::ColumnSpec> settle() {
    speakers_.settle();
    origins().settle();
    std::vector<shard::ColumnSpec> columns{{"speaker", speakers_.names()},
                                           {"codec", codecs_.names()},
                                           {"system", systems_.names()},
                                           {"corpus", {corpus_}},
                                           {"label", {"spoof", "bonafide"}}};
    for (const auto& task : taxonomy_.tasks()) columns.push_back({task.name, task.classes});
    return columns;
  }

  void append(const Description& d, std::vector<std::int32_t>& codes) const {
    const bool is_cosg = layout_ == Layout::Cosg;
    codes.push_back(speakers_.code(d.speaker));
    codes.push_back(is_cosg ? shard::kUnknownCode : codecs_.code(d.origin));
    codes.push_back(is_cosg ? systems_.code(d.origin) : shard::kUnknownCode);
    codes.push_back(0);
    codes.push_back(d.label ? static_cast<int>(*d.label) : shard::kUnknownCode);
    for (std::size_t task = 0; task < taxonomy_.tasks().size(); ++task) {
      codes.push_back(d.codes.empty() ? shard::kUnknownCode : d.codes[task]);
    }
  }

 private:
  Categories& origins() { return layout_ == Layout::Cosg ? systems_ : codecs_; }

  Layout layout_;
  const protocol::Taxonomy& taxonomy_;
  std::string corpus_;
  Categories speakers_;
  Categories codecs_;
  Categories systems_;
};

void append_file(const AudioFile& file, WorkList& work) {
  auto known = std::ranges::find(work.extensions, file.extension);
  if (known == work.extensions.end()) {
    known = work.extensions.insert(work.extensions.end(), file.extension);
  }
  work.extension.push_back(static_cast<std::uint8_t>(known - work.extensions.begin()));
  work.ids.append(file.id);
}

protocol::AudioFiles find_files(const Config& config) {
  switch (config.layout) {
    case Layout::Cors:
      return protocol::find_cors_files(config.audio);
    case Layout::Cosg:
      return protocol::find_cosg_files(config.audio);
    case Layout::List:
      return protocol::find_tree_files(config.audio);
  }
  invariant_failed("layout", "a layout without a way to find files");
}

/// The lists of --layout list name files; which of them are there shows when they are decoded.
protocol::AudioFiles read_file_lists(const Config& config) {
  if (config.protocol.size() > 1) {
    throw Error(ErrorKind::Usage, "--layout list takes one list of files");
  }
  return protocol::read_file_list(config.protocol.front());
}

/// Files and entries, both by id, side by side. Keeps the files that an entry names.
std::vector<const Entry*> match(std::vector<AudioFile>& files, const std::vector<Entry>& entries,
                                InputPolicy& policy, Scan& found) {
  std::vector<AudioFile> named;
  std::vector<const Entry*> matched;
  auto file = files.begin();
  for (const auto& entry : entries) {
    for (; file != files.end() && file->id < entry.id; ++file) ++found.unlisted;
    if (file != files.end() && file->id == entry.id) {
      named.push_back(std::move(*file++));
      matched.push_back(&entry);
    } else if (policy.accepts(Oddity::Missing, 0, entry.id, "listed, but there is no such file")) {
      invariant_failed("accepts", "a missing file can't be mended");
    }
  }
  found.unlisted += files.end() - file;
  files = std::move(named);
  return matched;
}

void check_missing(const PolicyConfig& policy, const std::vector<AudioFile>& files,
                   const std::vector<Entry>& entries, const Config& config) {
  if (policy.missing == OnUnusable::Skip) return;
  std::vector<std::string_view> missing;
  for (const auto& entry : entries) {
    if (!std::ranges::binary_search(files, entry.id, {}, &AudioFile::id))
      missing.push_back(entry.id);
  }
  if (missing.empty()) return;
  constexpr std::size_t kShown = 5;
  std::string shown;
  for (std::size_t i = 0; i < std::min(kShown, missing.size()); ++i) {
    shown += fmt::format("{}{}", i == 0 ? "" : ", ", missing[i]);
  }
  throw Error(ErrorKind::BadData,
              fmt::format("{} of {} listed utterances have no file in {}: {}{}; policy.missing = "
                          "\"skip\" goes on without them",
                          missing.size(), entries.size(), config.audio, shown,
                          missing.size() > kShown ? ", …" : ""));
}

}  // namespace

Scan scan(const Config& config) {
  const auto taxonomy = protocol::Taxonomy::from_file(config.taxonomy);
  Scan found;
  found.taxonomy_text = taxonomy.text();
  const bool is_file_list = config.layout == Layout::List && !config.protocol.empty();
  const bool is_listed = !is_file_list && !config.protocol.empty();

  auto files = is_file_list ? read_file_lists(config) : find_files(config);
  found.superseded = files.superseded;
  found.unnamed_files = std::move(files.unnamed);

  ListUnion lists;
  std::vector<const Entry*> entries;  // of each file, if listed
  if (is_listed) {
    lists = read_lists(config, taxonomy);
    check_missing(config.policy, files.files, lists.entries, config);
    InputPolicy policy(config.policy, found.tally);
    entries = match(files.files, lists.entries, policy, found);
    found.lists = std::move(lists.lists);
  }
  if (files.files.empty()) {
    throw Error(ErrorKind::BadData, fmt::format("{} holds no audio files of the layout that are "
                                                "asked for",
                                                config.audio));
  }

  const auto describe = [&](std::size_t i) {
    return is_listed ? description_of(*entries[i])
                     : description_of(files.files[i].id, config.layout, taxonomy);
  };
  ColumnCoder coder(config, taxonomy);
  for (std::size_t i = 0; i < files.files.size(); ++i) coder.meet(describe(i));
  found.work.columns = coder.settle();
  found.work.codes.reserve(files.files.size() * found.work.columns.size());
  for (std::size_t i = 0; i < files.files.size(); ++i) {
    coder.append(describe(i), found.work.codes);
    append_file(files.files[i], found.work);
  }
  return found;
}

}  // namespace codectrace::preprocess
