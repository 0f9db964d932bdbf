#include "preprocess/scan.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/error.h"
#include "core/log.h"
#include "core/utf8.h"
#include "preprocess/input_policy.h"
#include "preprocess/list_union.h"
#include "preprocess/utterance_columns.h"
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

/// @param describe  index of a file → Description; called twice for each
template <class Describe>
WorkList work_of(const std::vector<AudioFile>& files, ColumnCoder coder, Describe describe) {
  WorkList work;
  for (std::size_t i = 0; i < files.size(); ++i) coder.meet(describe(i));
  work.columns = coder.settle();
  work.codes.reserve(files.size() * work.columns.size());
  for (std::size_t i = 0; i < files.size(); ++i) {
    coder.append(describe(i), work.codes);
    append_file(files[i], work);
  }
  return work;
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
  if (const auto& unnamed = found.unnamed_files; !unnamed.empty()) {
    log::warn(
        "{} files of {} are left out: their names aren't UTF-8, or hold control characters; "
        "{} first",
        unnamed.size(), config.audio, escaped(unnamed.front()));
  }

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
  found.work = work_of(files.files, ColumnCoder(config, taxonomy), describe);
  return found;
}

}  // namespace codectrace::preprocess
