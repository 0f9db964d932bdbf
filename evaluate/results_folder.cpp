#include "evaluate/results_folder.h"

#include <fmt/format.h>

#include "core/atomic_file.h"
#include "core/error.h"
#include "evaluate/results.h"

namespace codectrace::evaluate {
namespace {
namespace fs = std::filesystem;
}

void write_results_folder(const fs::path& folder, const Json& results, const ScoreTable& table,
                          const protocol::Taxonomy& taxonomy,
                          const std::map<std::string, std::string>& reference,
                          const ReportOptions& options) {
  const auto report = report_html(results, table, subsets_of(table, taxonomy), options);
  write_folder_atomically(folder, [&](const fs::path& unfinished) {
    const auto write = [&](const std::string& name, const std::string& text) {
      write_file_atomically(unfinished / name, text);
    };
    write("scores.tsv", table.to_tsv());
    write("results.csv", results_csv(results));
    write("report.html", report);
    write("taxonomy.toml", taxonomy.text());
    write("config.toml", results.at("provenance").at("config"));
    for (const auto& [name, text] : reference) write(name, text);
    write("results.json", results.dump(1) + "\n");
  });
}

fs::path render_report(const fs::path& folder, const ReportOptions& options) {
  const auto results = read_results(folder / "results.json");
  const auto table = ScoreTable::from_tsv(folder / "scores.tsv", task_classes(results));
  const auto taxonomy = protocol::Taxonomy::from_file(folder / "taxonomy.toml");
  const auto report = folder / "report.html";
  write_file_atomically(report, report_html(results, table, subsets_of(table, taxonomy), options));
  return report;
}

std::optional<Json> finished_inputs(const fs::path& folder) {
  if (!fs::exists(folder) || (fs::is_directory(folder) && fs::is_empty(folder))) {
    return std::nullopt;
  }
  if (!fs::exists(folder / "results.json")) {
    throw Error(ErrorKind::Usage,
                fmt::format("{} exists and isn't a results directory (no results.json): choose "
                            "another --out",
                            folder.string()));
  }
  const auto results = read_results(folder / "results.json");
  return results.at("provenance").value("inputs", Json::object());
}

}  // namespace codectrace::evaluate
