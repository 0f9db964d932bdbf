#include "evaluate/spread_list.h"

#include <algorithm>
#include <array>
#include <limits>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "comm/agreement.h"
#include "core/error.h"
#include "core/log.h"
#include "core/mapped_file.h"
#include "evaluate/earliest_complaint.h"
#include "evaluate/text_part.h"
#include "protocol/entry_resolver.h"
#include "protocol/line_reader.h"
#include "protocol/list_line.h"
#include "protocol/published_path.h"

namespace codectrace::evaluate {
namespace {

namespace fs = std::filesystem;
constexpr std::int64_t kNoLine = std::numeric_limits<std::int64_t>::max();

void pack(const protocol::ResolvedEntry& resolved, RowPacker& packer) {
  const auto& entry = resolved.entry;
  packer.number(resolved.origin_is_unknown);
  packer.text(entry.speaker);
  packer.text(entry.origin);
  packer.number(entry.label);
  for (const int code : entry.codes) packer.number(code);
}

/// Ids of lines evenly over a part, as they most likely are; what is wrong is found later.
std::vector<std::string> sampled_ids(std::string_view text, protocol::Layout layout) {
  constexpr std::size_t kSamples = 512;
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < kSamples && !text.empty(); ++i) {
    const auto at = text.size() * i / kSamples;
    const auto begin = at == 0 ? 0 : std::min(text.find('\n', at - 1), text.size() - 1) + 1;
    std::istringstream line{std::string(text.substr(begin, text.find('\n', begin) - begin))};
    std::string subject;
    std::string utterance;
    if (!(line >> subject >> utterance)) continue;
    ids.push_back(layout == protocol::Layout::Cosg ? subject + "/" + utterance : utterance);
  }
  return ids;
}

std::string_view text_of(const MappedFile& file) {
  return {reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()};
}

/// What a rank's part of the list is.
struct ReadPart {
  RowSender sender;
  std::int64_t label_typos = 0;
  std::int64_t first_typo = kNoLine;
};

void read_part(const TextPart& part, const fs::path& path, const protocol::Taxonomy& taxonomy,
               const protocol::ListOptions& options, ReadPart& read) {
  protocol::LineReader lines(part.text, path.string(), part.first_line);
  const protocol::EntryResolver resolver(taxonomy, options);
  RowPacker rest;
  while (lines.next()) {
    const auto line = protocol::ListLine::parse(lines);
    const auto resolved = resolver.resolve(line, lines);
    if (line.label_is_typo && read.label_typos++ == 0) read.first_typo = lines.number();
    rest.bytes.clear();
    pack(resolved, rest);
    read.sender.add(resolved.entry.id, lines.number(), rest);
  }
}

/// Collective. @returns how many lines were left out
std::int64_t drop_duplicates(SpreadRows& rows, const fs::path& path,
                             protocol::OnDuplicate on_duplicate, comm::Communicator& comm) {
  EarliestComplaint complaint(path.string());
  std::int64_t dropped = 0;
  rows.keep_first([&](const SpreadRows::Row& row, std::int64_t first_line) {
    ++dropped;
    if (!complaint.is_earlier(row.line)) return;
    complaint.note(row.line, protocol::listed_twice(row.id, first_line));
  });
  if (on_duplicate == protocol::OnDuplicate::Reject) complaint.raise(comm);
  return dropped;
}

/// Collective: counts this rank's lines of unknown codec or system, and tells of them.
std::int64_t note_unknown_origins(const SpreadList& list, comm::Communicator& comm) {
  std::set<std::string> origins;
  std::int64_t count = 0;
  for (const auto& row : list.rows->rows()) {
    RowReader reader(row.rest);
    if (!reader.number<bool>()) continue;
    (void)reader.text();
    origins.emplace(reader.text());
    ++count;
  }
  for (const auto& text : comm.gathered_texts(fmt::format("{}", fmt::join(origins, "\n")))) {
    std::istringstream names(text);
    for (std::string name; std::getline(names, name);) origins.insert(name);
  }
  if (comm.is_root() && !origins.empty()) {
    log::warn("{}: the taxonomy lacks {}: classes that the list doesn't give are unknown",
              list.path.string(), fmt::join(origins, ", "));
  }
  return count;
}

}  // namespace

protocol::Entry SpreadList::entry(const SpreadRows::Row& row) {
  protocol::Entry entry;
  entry.id = row.id;
  entry.line = row.line;
  RowReader reader(row.rest);
  (void)reader.number<bool>();
  entry.speaker = reader.text();
  entry.origin = reader.text();
  entry.label = reader.number<protocol::Label>();
  while (!reader.at_end()) entry.codes.push_back(reader.number<int>());
  return entry;
}

SpreadList read_spread_list(const fs::path& as_given, const protocol::Taxonomy& taxonomy,
                            const protocol::ListOptions& options, comm::Communicator& comm) {
  const auto path = protocol::published_path(as_given);
  if (comm.is_root() && path != as_given) {
    log::info("{} isn't there; {} is the list balanced by AUX", as_given.filename().string(),
              path.string());
  }
  std::unique_ptr<MappedFile> file;
  comm::together(comm, [&] { file = std::make_unique<MappedFile>(path); });
  const auto part = part_of_text(text_of(*file), comm);
  SpreadList list{.path = path,
                  .ranges = IdRanges(sampled_ids(part.text, options.layout), comm),
                  .rows = nullptr,
                  .report = {}};
  ReadPart read{.sender = RowSender(list.ranges, comm)};
  comm::together(comm, [&] { read_part(part, path, taxonomy, options, read); });
  file.reset();
  const auto first_typo = comm.reduced(read.first_typo, comm::Reduce::Min);
  if (comm.is_root() && first_typo != kNoLine) {
    log::warn("{}:{}: \"spoofs\" taken as spoof", path.string(), first_typo);
  }
  list.rows = std::make_unique<SpreadRows>(std::move(read.sender), comm);
  const auto dropped = drop_duplicates(*list.rows, path, options.on_duplicate, comm);
  const auto unknown = note_unknown_origins(list, comm);
  std::array<std::int64_t, 4> counts{read.label_typos, dropped, unknown,
                                     std::ssize(list.rows->rows())};
  comm.all_reduce_sum(std::span<std::int64_t>(counts)).wait();
  list.report = {counts[0], counts[1], counts[2]};
  list.num_listed = counts[3];
  if (list.num_listed == 0) {
    throw Error(ErrorKind::BadData, fmt::format("{} has no lines", path.string()));
  }
  return list;
}

}  // namespace codectrace::evaluate
