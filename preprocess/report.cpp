#include "preprocess/report.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/log.h"
#include "core/utf8.h"

namespace codectrace::preprocess {
namespace {

using Json = nlohmann::ordered_json;

Json lists_of(const Scan& scan) {
  Json lists = Json::array();
  for (const auto& list : scan.lists) {
    lists.push_back({{"file", list.path.filename().string()},
                     {"label_typos", list.report.label_typos},
                     {"duplicates", list.report.duplicates},
                     {"lines_with_unknown_codec_or_system", list.report.unknown_origins}});
  }
  return lists;
}

Json first_of(const std::vector<std::string>& names) {
  constexpr std::size_t kExamples = 10;
  Json examples = Json::array();
  for (std::size_t i = 0; i < std::min(kExamples, names.size()); ++i) {
    examples.push_back(escaped(names[i]));
  }
  return examples;
}

double seconds(const Config& config, std::uint64_t samples) {
  return static_cast<double>(samples) / config.shard.sample_rate_hz;
}

}  // namespace

std::string report_text(const Config& config, const Scan& scan, const Identity& identity,
                        const Tally& total) {
  constexpr int kIndent = 2;
  const Json json{{"schema", "codectrace.preprocess-report/1"},
                  {"config_hash", identity.hash},
                  {"made_from", Json::parse(identity.to_json()).at("made_from")},
                  {"lists", lists_of(scan)},
                  {"files",
                   {{"taken", scan.work.size()},
                    {"named_by_no_list", scan.unlisted},
                    {"superseded_by_another_extension", scan.superseded},
                    {"names_unusable", scan.unnamed_files.size()},
                    {"names_unusable_examples", first_of(scan.unnamed_files)}}},
                  {"duration_s", seconds(config, total.samples())},
                  {"result", total.to_json()}};
  return json.dump(kIndent) + "\n";
}

std::string summary_line(const Config& config, const Tally& total) {
  std::string line = fmt::format("{} utterances, {}", total.utterances(),
                                 log::format_duration(seconds(config, total.samples())));
  for (std::size_t i = 0; i < kOddityNames.size(); ++i) {
    const auto& count = total.count(static_cast<Oddity>(i));
    if (count.files == 0) continue;
    line += fmt::format("; {} {}", count.files, kOddityNames[i]);
    if (count.left_out > 0) line += fmt::format(" ({} left out)", count.left_out);
  }
  return line;
}

}  // namespace codectrace::preprocess
