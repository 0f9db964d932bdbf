#include "evaluate/results.h"

#include <array>
#include <string_view>

#include <fmt/format.h>

#include "comm/self.h"
#include "core/atomic_file.h"
#include "core/error.h"
#include "evaluate/csv_field.h"

namespace codectrace::evaluate {
namespace {

Json counts_json(const Counts& counts) {
  return {{"listed", counts.listed},
          {"scored", counts.scored},
          {"unlisted", counts.unlisted},
          {"unscored", counts.unscored},
          {"scored_twice", counts.scored_twice},
          {"unreadable", counts.unreadable},
          {"label_typos", counts.label_typos},
          {"duplicates", counts.duplicates},
          {"unknown_origins", counts.unknown_origins}};
}

/// Collective.
Json subset_json(const ScoreTable& table, const Subset& subset, const Figures& figures,
                 comm::Communicator& comm) {
  Json tasks = Json::object();
  if (table.detects()) tasks["BIN"] = figures.detection(subset.detection_rows);
  for (std::size_t task = 0; task < table.tasks().size(); ++task) {
    const auto& name = table.tasks()[task].name;
    if (name == "BIN") continue;
    tasks[name] = figures.classification(task, subset.tracing_rows);
  }
  Json json;
  json["name"] = subset.name;
  json["by"] = subset.by.empty() ? Json(nullptr) : Json(subset.by);
  json["n"] = comm.reduced(std::ssize(subset.detection_rows), comm::Reduce::Sum);
  json["tasks"] = std::move(tasks);
  return json;
}

void require_both_classes(const Json& whole) {
  const auto bin = whole.at("tasks").find("BIN");
  if (bin == whole.at("tasks").end() || !bin->at("eer").is_null()) return;
  throw Error(ErrorKind::BadData,
              fmt::format("the list has {}: an equal error rate needs both; evaluate a list with "
                          "bona fide and spoof utterances",
                          bin->at("reasons").at("eer").get<std::string>()));
}

/// One line a figure.
class CsvTable {
 public:
  CsvTable() : text_("by,subset,task,class,metric,value,low,high\n") {}

  void add_subset(const Json& subset) {
    const auto by = subset.at("by").is_null() ? "" : subset.at("by").get<std::string>();
    for (const auto& [name, task] : subset.at("tasks").items()) {
      prefix_ = csv_field(by) + "," + csv_field(subset.at("name")) + "," + csv_field(name) + ",";
      add_task(task);
    }
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  void add_task(const Json& task) {
    for (const auto& [metric, value] : task.items()) {
      if (!value.is_number() && !value.is_null()) continue;
      if (metric.ends_with("_ci95")) continue;
      const auto interval = task.find(metric + "_ci95");
      line("", metric, value, interval == task.end() ? Json(nullptr) : *interval);
    }
    const auto per_class = task.find("per_class");
    if (per_class == task.end()) return;
    for (const auto& [class_name, figures] : per_class->items()) {
      for (const auto& [metric, value] : figures.items()) line(class_name, metric, value, nullptr);
    }
  }
  void line(const std::string& class_name, const std::string& metric, const Json& value,
            const Json& interval) {
    const auto number = [](const Json& json) { return json.is_null() ? "" : json.dump(); };
    text_ += prefix_ + csv_field(class_name) + "," + metric + "," + number(value) + ",";
    text_ += interval.is_null() ? "," : number(interval[0]) + "," + number(interval[1]);
    text_ += '\n';
  }

  std::string text_;
  std::string prefix_;
};

}  // namespace

Json subset_json(const ScoreTable& table, const Subset& subset, const FigureOptions& options) {
  comm::SelfCommunicator alone;
  return subset_json(table, subset, Figures(table, options, alone), alone);
}

Json make_results(const ScoreTable& table, const std::vector<Subset>& subsets, const Counts& counts,
                  const Json& model, const Json& provenance, const FigureOptions& options) {
  comm::SelfCommunicator alone;
  return make_results(table, subsets, counts, model, provenance, options, alone);
}

Json make_results(const ScoreTable& table, const std::vector<Subset>& subsets, const Counts& counts,
                  const Json& model, const Json& provenance, const FigureOptions& options,
                  comm::Communicator& comm) {
  const Figures figures(table, options, comm);
  Json results;
  results["schema"] = kResultsSchema;
  results["model"] = model;
  results["provenance"] = provenance;
  results["score_kind"] = table.meaning().score == ScoreKind::Probability ? "probability" : "llr";
  results["training_prior"] = options.training_prior;
  results["intervals_over"] =
      options.clusters == BootstrapClusters::Speaker ? "speakers" : "utterances";
  results["counts"] = counts_json(counts);
  results["subsets"] = Json::array();
  for (const auto& subset : subsets) {
    results["subsets"].push_back(subset_json(table, subset, figures, comm));
    if (subset.by.empty()) require_both_classes(results["subsets"].back());
  }
  return results;
}

Json read_results(const std::filesystem::path& path) {
  if (!std::filesystem::exists(path)) {
    throw Error(ErrorKind::BadData,
                fmt::format("{} isn't there: expected a results directory, which \"codectrace "
                            "evaluate\" makes",
                            path.string()));
  }
  try {
    auto results = Json::parse(read_file(path));
    if (results.at("schema") != kResultsSchema) {
      throw Error(ErrorKind::BadData, fmt::format("its schema is {}, this program reads \"{}\"",
                                                  results.at("schema").dump(), kResultsSchema));
    }
    (void)pooled(results);
    return results;
  } catch (const Json::exception& error) {
    throw Error(ErrorKind::BadData, fmt::format("{} isn't a results.json that can be read: {}",
                                                path.string(), error.what()));
  } catch (const Error& error) {
    throw error.within(path.string());
  }
}

const Json& pooled(const Json& results) {
  for (const auto& subset : results.at("subsets")) {
    if (subset.at("by").is_null()) return subset;
  }
  throw Error(ErrorKind::BadData, "no subset is the whole list (\"by\": null)");
}

std::map<std::string, std::vector<std::string>> task_classes(const Json& results) {
  std::map<std::string, std::vector<std::string>> classes;
  for (const auto& [name, task] : pooled(results).at("tasks").items()) {
    classes[name] = task.at("classes").get<std::vector<std::string>>();
  }
  return classes;
}

std::string results_csv(const Json& results) {
  CsvTable table;
  for (const auto& subset : results.at("subsets")) table.add_subset(subset);
  if (const auto shuffled = results.find(kShuffledTokens); shuffled != results.end()) {
    table.add_subset(*shuffled);
  }
  return table.text();
}

}  // namespace codectrace::evaluate
