#include "evaluate/report_tables.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "evaluate/html.h"
#include "evaluate/results.h"
#include "metrics/classification.h"

namespace codectrace::evaluate {
namespace {

std::string number_html(const Json& value) {
  return value.is_null() ? "–" : fmt::format("{:.3f}", value.get<double>());
}

std::string interval_html(const Json& task, const std::string& metric, std::string_view to) {
  const auto interval = task.find(metric + "_ci95");
  if (interval == task.end() || interval->is_null()) return "";
  return fmt::format("{:.1f}{}{:.1f}", 100 * (*interval)[0].get<double>(), to,
                     100 * (*interval)[1].get<double>());
}

std::string percent_and_interval(const Json& task, const std::string& metric) {
  const auto interval = interval_html(task, metric, "–");
  const auto value = percent_html(task.at(metric));
  return interval.empty() ? value
                          : fmt::format("{} <small class=soft>({})</small>", value, interval);
}

std::string card(const std::string& name, const Json& task, const std::string& metric,
                 const std::string& note) {
  const auto interval = interval_html(task, metric, " to ");
  return fmt::format(
      "<div class=card><div class=name>{}</div><div class=value>{}{}</div>"
      "<div class=note>{}{}</div></div>\n",
      escape_html(name), percent_html(task.at(metric)), task.at(metric).is_null() ? "" : " %",
      interval.empty() ? "" : "95 %: " + interval + "<br>", note);
}

std::string row(const std::string& name, const std::string& value, const std::string& note) {
  return fmt::format("<tr><th scope=row>{}<td>{}<td class=\"text note\">{}\n", name, value, note);
}

std::string confusion_cell(std::int64_t count, std::int64_t support, bool right) {
  const double share = static_cast<double>(count) / static_cast<double>(support);
  return fmt::format("<td{} style=\"--share:{:.3f}\">{}<small>{:.1f} %</small>",
                     right ? " class=right" : "", share, count, 100 * share);
}

/// A wrong answer and how sure the model was.
struct Mistake {
  std::size_t row = 0;
  std::size_t answer = 0;
  double confidence = 0;
};

std::vector<Mistake> mistakes_of(const ScoreTable& table, std::size_t task) {
  std::vector<Mistake> mistakes;
  for (std::size_t row = 0; row < table.size(); ++row) {
    const int truth = table[row].codes[task];
    const auto answer = metrics::arg_max(table.logits(row, task));
    if (truth == protocol::kUnknown || static_cast<std::size_t>(truth) == answer) continue;
    mistakes.push_back({row, answer, metrics::softmax(table.logits(row, task))[answer]});
  }
  std::ranges::stable_sort(mistakes, std::ranges::greater{}, &Mistake::confidence);
  return mistakes;
}

std::string definition(const std::string& name, const Json& value) {
  const auto text = value.is_string() ? value.get<std::string>() : value.dump();
  return fmt::format("<dt>{}<dd>{}\n", escape_html(name), escape_html(text));
}

}  // namespace

std::string percent_html(const Json& value) {
  return value.is_null() ? "–" : fmt::format("{:.1f}", 100 * value.get<double>());
}

std::string summary_cards(const Json& whole) {
  std::string cards = "<div class=cards>\n";
  for (const auto& [name, task] : whole.at("tasks").items()) {
    if (name == "BIN") {
      cards += card("Equal error rate", task, "eer",
                    fmt::format("{} bona fide, {} spoof", task.at("n_bonafide").get<std::int64_t>(),
                                task.at("n_spoof").get<std::int64_t>()));
    } else {
      cards += card(name + ": weighted F1", task, "f1_weighted",
                    fmt::format("accuracy {} %, {} utterances", percent_html(task.at("accuracy")),
                                task.at("n").get<std::int64_t>()));
    }
  }
  return cards + "</div>\n";
}

std::string token_order_table(const Json& results) {
  const auto shuffled = results.find(kShuffledTokens);
  if (shuffled == results.end()) return "";
  std::string html =
      "<div class=scroll><table><thead><tr><th class=text>per cent<th>tokens in their order"
      "<th>shuffled, as by the reference<tbody>\n";
  const auto add = [&](const std::string& title, const std::string& task,
                       const std::string& metric) {
    html += fmt::format("<tr><th scope=row>{}", escape_html(title));
    for (const auto* whole : {&pooled(results), &*shuffled})
      html += "<td>" + percent_and_interval(whole->at("tasks").at(task), metric);
    html += '\n';
  };
  for (const auto& [name, task] : shuffled->at("tasks").items()) {
    if (name == "BIN") {
      add("EER", name, "eer");
      add("EER, reference's rule", name, "eer_reference");
    }
    add(name + " weighted F1", name, "f1_weighted");
    add(name + " accuracy", name, "accuracy");
  }
  return html + "</table></div>\n";
}

std::string detection_table(const Json& bin) {
  std::string html = "<div class=scroll><table><tbody>\n";
  html += row("EER", percent_and_interval(bin, "eer") + " %", "interpolated, exact under ties");
  html += row("EER, reference's rule", percent_html(bin.at("eer_reference")) + " %",
              "as the published figures are computed");
  html += row("Accuracy", percent_and_interval(bin, "accuracy") + " %", "at P(bona fide) = 0.5");
  html += row("Balanced accuracy", percent_html(bin.at("balanced_accuracy")) + " %",
              "mean recall of both classes");
  html += row("AUC", number_html(bin.at("auc")), "1 is perfect, 0.5 is chance");
  html += row("minDCF", number_html(bin.at("min_dcf")), "ASVspoof 5 costs, best threshold");
  html += row("actDCF", number_html(bin.at("act_dcf")), "the same at the Bayes threshold");
  html += row("Cllr", number_html(bin.at("cllr")) + " bits", "below 1 the scores inform");
  html += row("min Cllr", number_html(bin.at("min_cllr")) + " bits", "after the best calibration");
  html += row("ECE", number_html(bin.at("ece")), "expected calibration error");
  return html + "</table></div>\n";
}

std::string confusion_table(const Json& task, const std::vector<std::string>& labels) {
  if (task.at("n") == 0) return "<p class=soft>No examples.</p>\n";
  const auto& confusion = task.at("confusion");
  std::string html =
      "<div class=scroll><table class=confusion><caption>Rows: true class; columns: the model's "
      "answer; rates of the row</caption><thead><tr><th class=text>true \\ answer";
  for (const auto& label : labels) html += "<th scope=col>" + escape_html(label);
  html += "<th scope=col>n<tbody>\n";
  for (std::size_t truth = 0; truth < labels.size(); ++truth) {
    html += "<tr><th scope=row>" + escape_html(labels[truth]);
    std::int64_t support = 0;
    for (const auto& count : confusion[truth]) support += count.get<std::int64_t>();
    if (support == 0) {
      html += fmt::format("<td class=none colspan={}>no examples<td>0\n", labels.size());
      continue;
    }
    for (std::size_t c = 0; c < labels.size(); ++c) {
      html += confusion_cell(confusion[truth][c], support, c == truth);
    }
    html += fmt::format("<td class=none>{}\n", support);
  }
  return html + "</table></div>\n";
}

std::string per_class_table(const Json& task, const std::vector<std::string>& labels) {
  const auto per_class = task.find("per_class");
  if (per_class == task.end()) return "";
  std::string html =
      "<div class=scroll><table class=sortable><thead><tr><th "
      "class=text>class<th>precision<th>recall<th>F1"
      "<th>n<tbody>\n";
  for (std::size_t c = 0; const auto& figures : *per_class) {
    html += "<tr><th scope=row>" + escape_html(labels.at(c++));
    const auto support = figures.at("support").get<std::int64_t>();
    if (support == 0) {
      html += "<td class=none colspan=3>no examples<td>0\n";
      continue;
    }
    html +=
        fmt::format("<td>{}<td>{}<td>{}<td>{}\n", percent_html(figures.at("precision")),
                    percent_html(figures.at("recall")), percent_html(figures.at("f1")), support);
  }
  return html + "</table></div>\n";
}

std::string subset_table(const Json& results, const std::string& by) {
  std::string head;
  std::string body;
  for (const auto& subset : results.at("subsets")) {
    if (subset.at("by") != by) continue;
    head = "<th class=text>" + by;
    body += "<tr><th scope=row>" + escape_html(subset.at("name").get<std::string>());
    for (const auto& [name, task] : subset.at("tasks").items()) {
      if (name == "BIN") {
        head += "<th>bona fide<th>spoof<th>EER, %";
        body +=
            fmt::format("<td>{}<td>{}<td>{}{}", task.at("n_bonafide").get<std::int64_t>(),
                        task.at("n_spoof").get<std::int64_t>(), percent_and_interval(task, "eer"),
                        task.at("few_examples").get<bool>() ? " *" : "");
      } else {
        head += "<th>" + name + " accuracy, %";
        body += "<td>" + percent_and_interval(task, "accuracy");
      }
    }
    body += '\n';
  }
  if (body.empty()) return "";
  return fmt::format(
      "<div class=scroll><table class=sortable><thead><tr>{}<tbody>\n{}</table></div>\n<p "
      "class=soft>In brackets: "
      "95 % intervals. * fewer than {} utterances of a class: the interval says little.</p>\n",
      head, body, kFewExamples);
}

std::string worst_table(const ScoreTable& table, std::size_t most_of_a_task) {
  std::string body;
  for (std::size_t task = 0; task < table.tasks().size(); ++task) {
    const auto& [name, classes] = table.tasks()[task];
    auto mistakes = mistakes_of(table, task);
    mistakes.resize(std::min(mistakes.size(), most_of_a_task));
    for (const auto& mistake : mistakes) {
      const auto& utterance = table[mistake.row];
      const auto truth = static_cast<std::size_t>(utterance.codes[task]);
      body += fmt::format(
          "<tr><td class=text>{}<td class=id>{}<td class=text>{}<td class=text>{}"
          "<td class=text>{}<td>{:.1f}\n",
          escape_html(name), escape_html(utterance.id), escape_html(utterance.origin),
          escape_html(classes[truth]), escape_html(classes[mistake.answer]),
          100 * mistake.confidence);
    }
  }
  if (body.empty()) return "<p>No mistakes.</p>\n";
  return fmt::format(
      "<div class=scroll><table class=sortable><thead><tr><th class=text>task<th "
      "class=text>utterance"
      "<th class=text>{}<th class=text>true<th class=text>answer<th>confidence, %<tbody>\n{}"
      "</table></div>\n",
      escape_html(table.origin_name()), body);
}

std::string provenance_section(const Json& results) {
  std::string html = "<dl>\n";
  for (const auto& [key, value] : results.at("model").items()) html += definition(key, value);
  for (const auto& [key, value] : results.at("provenance").items()) {
    if (key == "inputs") {
      for (const auto& [name, checksum] : value.items()) {
        if (name != "settings") html += definition(name, checksum);  // they are in the config below
      }
    } else if (key != "config") {
      html += definition(key, value);
    }
  }
  for (const auto& [key, value] : results.at("counts").items()) html += definition(key, value);
  html += "</dl>\n";
  const auto config = results.at("provenance").find("config");
  if (config != results.at("provenance").end()) {
    html += "<h3>Config</h3>\n<pre>" + escape_html(config->get<std::string>()) + "</pre>\n";
  }
  return html;
}

}  // namespace codectrace::evaluate
