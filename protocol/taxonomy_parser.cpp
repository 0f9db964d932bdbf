#include "protocol/taxonomy_parser.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <toml++/toml.h>

#include "core/error.h"

namespace codectrace::protocol {
namespace {

constexpr std::string_view kSchema = "codectrace.taxonomy/1";
constexpr std::string_view kBinTask = "BIN";
constexpr std::string_view kUnknownClass = "-";

/// A node and how messages call it: "[task.AUX] classes".
struct Named {
  const toml::node& node;
  std::string name;
};

}  // namespace

/// Walks one parsed file. Every check ends in fail(), which names file, line and entry.
struct TaxonomyParser::Reader {
  const std::string& file;
  Taxonomy& taxonomy;

  [[noreturn]] void fail(const Named& where, const std::string& what) const {
    throw Error(ErrorKind::BadData, fmt::format("{}:{}: {}: {}", file,
                                                where.node.source().begin.line, where.name, what));
  }

  [[nodiscard]] const toml::table& table_of(const Named& named) const {
    if (!named.node.is_table()) fail(named, "must be a table");
    return *named.node.as_table();
  }

  [[nodiscard]] std::string text_of(const Named& named) const {
    const auto text = named.node.value_exact<std::string>();
    if (!text || text->empty()) fail(named, "must be a text that isn't empty");
    return *text;
  }

  [[nodiscard]] std::vector<std::string> texts_of(const Named& named) const {
    if (!named.node.is_array()) fail(named, "must be an array of texts");
    std::vector<std::string> texts;
    for (const auto& element : *named.node.as_array()) {
      texts.push_back(text_of({element, named.name}));
    }
    return texts;
  }

  /// The value of `key`, which must be there.
  [[nodiscard]] Named required(const Named& parent, std::string_view key) const {
    const auto* node = table_of(parent).get(key);
    if (node == nullptr) fail(parent, fmt::format("{} is missing", key));
    return {*node, fmt::format("{} {}", parent.name, key)};
  }

  [[nodiscard]] std::vector<std::string> optional_texts(const Named& parent,
                                                        std::string_view key) const {
    const auto* node = table_of(parent).get(key);
    if (node == nullptr) return {};
    return texts_of({*node, fmt::format("{} {}", parent.name, key)});
  }

  void allow_keys(const Named& parent, const std::set<std::string, std::less<>>& known) const {
    for (const auto& [key, node] : table_of(parent)) {
      if (known.contains(key.str())) continue;
      fail({node, parent.name},
           fmt::format("unknown key {}; known: {}", key.str(), fmt::join(known, ", ")));
    }
  }

  void read(const toml::table& root) const {
    const Named top{root, "taxonomy"};
    check_schema(top);
    allow_keys(top, {"schema", "task", "model", "codec", "system"});
    read_tasks(required(top, "task"));
    if (const auto* models = root.get("model")) read_models({*models, "[model]"});
    read_origins(root.get("codec"), "codec", taxonomy.codecs_, taxonomy.codec_index_);
    read_origins(root.get("system"), "system", taxonomy.systems_, taxonomy.system_index_);
  }

  void check_schema(const Named& top) const {
    const Named schema = required(top, "schema");
    if (const auto found = text_of(schema); found != kSchema) {
      fail(schema, fmt::format("is \"{}\", this program reads \"{}\"", found, kSchema));
    }
  }

  void read_tasks(const Named& tasks) const {
    std::vector<const toml::node*> places;
    for (const auto& [key, node] : table_of(tasks)) {
      taxonomy.tasks_.push_back(read_task(std::string(key.str()), node));
      places.push_back(&node);
    }
    sort_as_in_file(places);
    check_bin(tasks);
  }

  /// toml++ hands tables out by name; a taxonomy's order is its file's.
  void sort_as_in_file(const std::vector<const toml::node*>& places) const {
    std::vector<std::pair<toml::source_index, Task>> by_line;
    for (std::size_t i = 0; i < places.size(); ++i) {
      by_line.emplace_back(places[i]->source().begin.line, std::move(taxonomy.tasks_[i]));
    }
    std::ranges::sort(by_line, {}, &std::pair<toml::source_index, Task>::first);
    std::ranges::transform(by_line, taxonomy.tasks_.begin(),
                           [](auto& pair) { return std::move(pair.second); });
  }

  [[nodiscard]] Task read_task(const std::string& name, const toml::node& node) const {
    const Named here{node, fmt::format("[task.{}]", name)};
    allow_keys(here, {"classes", "meaning", "plot_labels"});
    const Named classes = required(here, "classes");
    Task task{name, texts_of(classes), optional_texts(here, "meaning"),
              optional_texts(here, "plot_labels")};
    if (task.classes.size() < 2) fail(classes, "needs two classes or more");
    if (std::set(task.classes.begin(), task.classes.end()).size() < task.classes.size()) {
      fail(classes, "names a class twice");
    }
    if (std::ranges::count(task.classes, kUnknownClass) > 0) {
      fail(classes, "\"-\" means unknown and can't be a class");
    }
    if (task.plot_labels.empty()) task.plot_labels = task.classes;
    for (const auto* texts : {&task.meaning, &task.plot_labels}) {
      if (!texts->empty() && texts->size() != task.classes.size()) {
        fail(here, fmt::format("{} classes, but {} texts to go with them", task.classes.size(),
                               texts->size()));
      }
    }
    return task;
  }

  void check_bin(const Named& tasks) const {
    const auto bin = std::ranges::find(taxonomy.tasks_, kBinTask, &Task::name);
    if (bin == taxonomy.tasks_.end()) fail(tasks, "[task.BIN] is missing");
    if (bin->classes != std::vector<std::string>{"spoof", "bonafide"}) {
      fail(required(tasks, kBinTask), "classes must be [\"spoof\", \"bonafide\"]");
    }
  }

  [[nodiscard]] const Task* find_task(std::string_view name) const {
    const auto found = std::ranges::find(taxonomy.tasks_, name, &Task::name);
    return found == taxonomy.tasks_.end() ? nullptr : &*found;
  }

  void read_models(const Named& models) const {
    for (const auto& [model, model_node] : table_of(models)) {
      const std::string model_name(model.str());
      for (const auto& [key, node] :
           table_of({model_node, fmt::format("[model.{}]", model_name)})) {
        const Named here{node, fmt::format("[model.{}.{}]", model_name, key.str())};
        const Task* task = find_task(key.str());
        if (task == nullptr) fail(here, "there is no such task");
        taxonomy.model_tasks_[model_name][task->name] = read_model_task(here, *task);
      }
    }
  }

  [[nodiscard]] ModelTask read_model_task(const Named& here, const Task& task) const {
    allow_keys(here, {"order", "class_weights", "head", "task_argument"});
    ModelTask model_task;
    const Named order = required(here, "order");
    for (const auto& name : texts_of(order))
      model_task.order.push_back(class_code(order, task, name));
    auto sorted = model_task.order;
    std::ranges::sort(sorted);
    const bool each_once = std::ranges::adjacent_find(sorted) == sorted.end();
    if (!each_once || sorted.size() != task.classes.size()) {
      fail(order, fmt::format("must name each of {} once", fmt::join(task.classes, ", ")));
    }
    model_task.class_weights = weights_of(required(here, "class_weights"), task);
    return model_task;
  }

  [[nodiscard]] std::vector<double> weights_of(const Named& named, const Task& task) const {
    if (!named.node.is_array()) fail(named, "must be an array of numbers");
    std::vector<double> weights;
    for (const auto& element : *named.node.as_array()) {
      const auto weight = element.value<double>();
      if (!weight || !std::isfinite(*weight) || *weight < 0) {
        fail(named, "must be numbers of 0 or more");
      }
      weights.push_back(*weight);
    }
    if (weights.size() != task.classes.size()) {
      fail(named, fmt::format("{} weights for {} classes", weights.size(), task.classes.size()));
    }
    return weights;
  }

  [[nodiscard]] int class_code(const Named& named, const Task& task,
                               std::string_view class_name) const {
    const auto code = task.code_of(class_name);
    if (!code) {
      fail(named, fmt::format("{} has no class \"{}\"; it has: {}", task.name, class_name,
                              fmt::join(task.classes, ", ")));
    }
    return *code;
  }

  using Index = std::map<std::string, std::size_t, std::less<>>;

  void read_origins(const toml::node* node, std::string_view kind, std::vector<Origin>& origins,
                    Index& index) const {
    if (node == nullptr) return;
    if (!node->is_array()) {
      fail({*node, std::string(kind)}, fmt::format("must be blocks that begin with [[{}]]", kind));
    }
    for (const auto& element : *node->as_array()) {
      const Named block{element, fmt::format("[[{}]]", kind)};
      const std::string name = text_of(required(block, "name"));
      const Named here{element, fmt::format("[[{}]] {}", kind, name)};
      origins.push_back(read_origin(here, name));
      enter(here, name, origins.size() - 1, index);
      for (const auto& alias : optional_texts(here, "aliases")) {
        enter(here, alias, origins.size() - 1, index);
      }
    }
  }

  void enter(const Named& here, const std::string& name, std::size_t place, Index& index) const {
    if (!index.emplace(name, place).second) {
      fail(here, fmt::format("the name or alias {} is taken by an entry above", name));
    }
  }

  [[nodiscard]] Origin read_origin(const Named& here, const std::string& name) const {
    std::set<std::string, std::less<>> known{"name", "family", "aliases", "known"};
    for (const auto& task : taxonomy.tasks_) {
      if (task.name != kBinTask) known.insert(task.name);
    }
    allow_keys(here, known);

    Origin origin{name, name, {}, true};
    const auto& table = table_of(here);
    if (const auto* family = table.get("family")) origin.family = text_of({*family, here.name});
    if (const auto* flag = table.get("known")) {
      if (!flag->is_boolean()) fail({*flag, here.name}, "known must be true or false");
      origin.known = *flag->value<bool>();
    }
    for (const auto& task : taxonomy.tasks_) {
      if (task.name != kBinTask) origin.codes[task.name] = origin_code(here, task);
    }
    return origin;
  }

  [[nodiscard]] int origin_code(const Named& here, const Task& task) const {
    const Named value = required(here, task.name);
    const std::string class_name = text_of(value);
    if (class_name == kUnknownClass) return kUnknown;
    const int code = class_code(value, task, class_name);
    if (code == 0) fail(value, fmt::format("{} is the class of bona fide speech", class_name));
    return code;
  }
};

Taxonomy TaxonomyParser::parse(std::string_view text) {
  toml::table root;
  try {
    root = toml::parse(text, name_);
  } catch (const toml::parse_error& error) {
    throw Error(ErrorKind::BadData,
                fmt::format("{}:{}: {}", name_, error.source().begin.line, error.description()));
  }
  Taxonomy taxonomy;
  taxonomy.text_ = text;
  Reader{name_, taxonomy}.read(root);
  return taxonomy;
}

}  // namespace codectrace::protocol
