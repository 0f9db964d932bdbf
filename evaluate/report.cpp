#include "evaluate/report.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "core/log.h"
#include "evaluate/html.h"
#include "evaluate/plots.h"
#include "evaluate/report_style.h"
#include "evaluate/report_tables.h"
#include "evaluate/results.h"

namespace codectrace::evaluate {
namespace {

constexpr std::string_view kNoGnuplot =
    "gnuplot isn't installed, so the report has tables only: install the package gnuplot-nox and "
    "run \"codectrace report\" on this folder";

std::string figure(const std::optional<std::string>& svg, const std::string& caption,
                   std::string_view css_class = "plot") {
  if (!svg) return "";
  return fmt::format("<figure class={}>{}<figcaption>{}</figcaption></figure>\n", css_class, *svg,
                     caption);
}

/// What a task's classes are called on the page; the taxonomy's plot labels where it has them.
std::vector<std::string> class_labels(const Json& results, const std::string& task) {
  const auto taxonomy = results.find("taxonomy");
  if (taxonomy != results.end() && taxonomy->contains(task)) {
    return taxonomy->at(task).at("plot_labels").get<std::vector<std::string>>();
  }
  return task_classes(results).at(task);
}

/// What the classes mean, for people: "MVQ multi-codebook, SVQ single codebook".
std::string class_meanings(const Json& results, const std::string& task) {
  const auto taxonomy = results.find("taxonomy");
  if (taxonomy == results.end() || !taxonomy->contains(task)) return "";
  const auto& entry = taxonomy->at(task);
  if (!entry.contains("meaning")) return "";
  std::string text;
  for (std::size_t c = 0; c < entry.at("meaning").size(); ++c) {
    const auto label = entry.at("plot_labels")[c].get<std::string>();
    const auto meaning = entry.at("meaning")[c].get<std::string>();
    if (meaning.empty()) continue;
    text += fmt::format("{}<b>{}</b> {}", text.empty() ? "" : ", ", escape_html(label),
                        escape_html(meaning));
  }
  return text.empty() ? "" : "<p class=soft>" + text + ".</p>\n";
}

/// EER of the subsets of one kind, highest first.
std::vector<Bar> eer_bars(const Json& results, const std::string& by) {
  std::vector<Bar> bars;
  for (const auto& subset : results.at("subsets")) {
    if (subset.at("by") != by || !subset.at("tasks").contains("BIN")) continue;
    const auto& bin = subset.at("tasks").at("BIN");
    if (bin.at("eer").is_null()) continue;
    bars.push_back({subset.at("name"), bin.at("eer"), bin.at("eer_ci95")[0], bin.at("eer_ci95")[1],
                    bin.at("few_examples")});
  }
  std::ranges::stable_sort(bars, std::ranges::greater{}, &Bar::value);
  return bars;
}

/// The whole list and, where the list has both, known and unknown apart.
std::vector<Subset> curve_subsets(const std::vector<Subset>& subsets) {
  std::vector<Subset> chosen;
  for (const auto& subset : subsets) {
    if (subset.by.empty() || subset.by == "known") chosen.push_back(subset);
  }
  return chosen;
}

std::string detection_section(const Json& results, const ScoreTable& table,
                              const std::vector<Subset>& subsets) {
  const auto& tasks = pooled(results).at("tasks");
  if (!tasks.contains("BIN")) return "";
  const auto& bin = tasks.at("BIN");
  std::string html = "<h2 id=detection>Bona fide or spoof</h2>\n<div class=plots>\n";
  const auto curves = curve_subsets(subsets);
  html += figure(det_plot(table, curves), "Detection error trade-off, on normal deviate scales.");
  html += figure(roc_plot(table, curves),
                 fmt::format("Receiver operating characteristic; area {:.3f}.",
                             bin.at("auc").is_null() ? std::nan("") : bin.at("auc").get<double>()));
  html += figure(score_plot(table), "Scores of both classes; the decision is at 0.");
  html += "</div>\n<div class=pair><div><h3>Figures</h3>\n" + detection_table(bin) + "</div>\n";
  html += "<div><h3>Decisions</h3>\n" + confusion_table(bin, {"Spoof", "Bona fide"});
  return html + "</div></div>\n";
}

std::string tracing_section(const Json& results, const std::string& name, const Json& task) {
  const auto labels = class_labels(results, name);
  std::string html = fmt::format("<h2 id=\"{}\">{}</h2>\n", escape_html(name), escape_html(name));
  html += class_meanings(results, name);
  if (task.at("n_unknown") != 0) {
    html += fmt::format("<p>{} utterances of unknown class are left out.</p>\n",
                        task.at("n_unknown").get<std::int64_t>());
  }
  html += fmt::format("<p>Accuracy {} %, balanced {} %, weighted F1 {} %, macro F1 {} %.</p>\n",
                      percent_html(task.at("accuracy")), percent_html(task.at("balanced_accuracy")),
                      percent_html(task.at("f1_weighted")), percent_html(task.at("f1_macro")));
  return html + "<div class=pair><div>\n" + confusion_table(task, labels) + "</div><div>\n" +
         per_class_table(task, labels) + "</div></div>\n";
}

std::string token_order_section(const Json& results) {
  const auto table = token_order_table(results);
  if (table.empty()) return "";
  return "<h2 id=tokens>Order of tokens</h2>\n<p>The reference shuffles an utterance's tokens at "
         "random before it scores them. Its figures are to be compared with those of the last "
         "column; all else on this page is of tokens in their order, as in training.</p>\n" +
         table;
}

std::string part_section(const Json& results, const std::string& by, const std::string& title) {
  const auto table = subset_table(results, by);
  if (table.empty()) return "";
  std::string html = fmt::format("<h2 id={}>{}</h2>\n", by, title);
  const auto bars = eer_bars(results, by);
  if (bars.size() > 2) {
    html += figure(bar_plot(bars, "EER, %"), "Equal error rate, the hardest first.", "bars");
  }
  return html + table;
}

std::string navigation(const Json& results) {
  std::string links;
  const auto link = [&](const std::string& target, const std::string& text) {
    links += fmt::format("<a href=\"#{}\">{}</a>\n", escape_html(target), escape_html(text));
  };
  if (results.contains(kShuffledTokens)) link("tokens", "Order of tokens");
  for (const auto& [name, task] : pooled(results).at("tasks").items()) {
    if (name == "BIN") {
      link("detection", "Bona fide or spoof");
    } else {
      link(name, name);
    }
  }
  for (const auto* by : {"codec", "system", "speaker", "duration"}) {
    const auto has = [by](const Json& subset) { return subset.at("by") == by; };
    if (std::ranges::any_of(results.at("subsets"), has)) link(by, fmt::format("By {}", by));
  }
  link("worst", "Mistakes");
  link("provenance", "Provenance");
  return "<nav aria-label=Sections>\n" + links + "</nav>\n";
}

std::string interval_note(const Json& results) {
  return results.value("intervals_over", std::string()) == "speakers"
             ? "Intervals: 95 %, bootstrap over speakers, over utterances where a class has one."
             : "Intervals: 95 %, bootstrap over utterances.";
}

std::string header(const Json& results) {
  const auto model = results.at("model").value("name", std::string("model"));
  const auto list = results.at("provenance").value("list", std::string("list"));
  return fmt::format(
      "<h1>{} on {}</h1>\n<p class=soft>{} utterances scored by CodecTrace. {}</p>\n",
      escape_html(model), escape_html(list), results.at("counts").at("scored").get<std::int64_t>(),
      interval_note(results));
}

}  // namespace

std::string report_html(const Json& results, const ScoreTable& table,
                        const std::vector<Subset>& subsets, const ReportOptions& options) {
  const bool has_plots = !table.detects() || score_plot(table).has_value();
  if (!has_plots) log::warn(kNoGnuplot);
  std::string html =
      "<!DOCTYPE html>\n<html lang=en>\n<meta charset=utf-8>\n"
      "<meta name=viewport content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=color-scheme content=\"light dark\">\n";
  html += fmt::format("<title>CodecTrace: {}</title>\n<style>{}</style>\n<main>\n",
                      escape_html(results.at("provenance").value("list", std::string("results"))),
                      report_style());
  html += header(results) + navigation(results);
  if (!has_plots) html += fmt::format("<p class=warning>{}</p>\n", escape_html(kNoGnuplot));
  html += summary_cards(pooled(results));
  html += token_order_section(results);
  html += detection_section(results, table, subsets);
  for (const auto& [name, task] : pooled(results).at("tasks").items()) {
    if (name != "BIN") html += tracing_section(results, name, task);
  }
  html += part_section(results, "known", "Known and unknown");
  html += part_section(results, "codec", "By codec");
  html += part_section(results, "family", "By codec family");
  html += part_section(results, "system", "By system");
  html += part_section(results, "speaker", "By speaker");
  html += part_section(results, "duration", "By duration");
  html += "<h2 id=worst>Mistakes the model was surest of</h2>\n" +
          worst_table(table, static_cast<std::size_t>(options.worst_utterances));
  html += "<h2 id=provenance>Provenance</h2>\n" + provenance_section(results);
  return html + fmt::format("</main>\n<script>{}</script>\n</html>\n", report_script());
}

}  // namespace codectrace::evaluate
