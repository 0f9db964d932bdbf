#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace codectrace::protocol {

/// Class code of what a taxonomy can't say: counts for BIN, is left out of that task.
inline constexpr int kUnknown = -1;

/// One question of the taxonomy: BIN, AUX, DEC or VQ, or one that a file declares beside them.
struct Task {
  std::string name;                      ///< "AUX"
  std::vector<std::string> classes;      ///< in code order; class 0 of all but BIN is bona fide
  std::vector<std::string> meaning;      ///< one a class, for people; may be empty
  std::vector<std::string> plot_labels;  ///< one a class; `classes` where the file gives none
  /// Index into `classes`. @returns nullopt if there is no such class
  [[nodiscard]] std::optional<int> code_of(std::string_view class_name) const;
};

/// A codec of CoRS or a system of CoSG and its class in each task.
struct Origin {
  std::string name;
  std::string family;                ///< the name itself where the file gives none
  std::map<std::string, int> codes;  ///< task name → class code or kUnknown; BIN isn't in it
  bool known = true;                 ///< systems: its codec is one of the training corpus
};

/// How a model orders and weighs the classes of a task.
struct ModelTask {
  std::vector<int> order;             ///< output index → class code
  std::vector<double> class_weights;  ///< of the cross entropy, in output order
};

/// Classes, class weights and what each codec and system is: configs/taxonomy.toml as data.
/// A new codec, class or whole taxonomy is another file, never code.
class Taxonomy {
 public:
  /// @param path  as find_shipped_file() takes it: a relative one may be the installation's own
  /// @throws Error(BadData) naming file, line and entry: unknown class, duplicate name or alias, a
  ///         task that an entry lacks, weights or order that don't fit the classes, another schema
  static Taxonomy from_file(const std::filesystem::path& path);
  /// @param name  stands for the file in messages
  static Taxonomy from_text(std::string_view text, std::string name);

  [[nodiscard]] const std::vector<Task>& tasks() const { return tasks_; }
  /// @throws Error(Usage) listing the tasks there are
  [[nodiscard]] const Task& task(std::string_view name) const;
  [[nodiscard]] const std::vector<Origin>& codecs() const { return codecs_; }
  [[nodiscard]] const std::vector<Origin>& systems() const { return systems_; }
  /// By name or alias; nullptr if unknown.
  [[nodiscard]] const Origin* find_codec(std::string_view name) const;
  [[nodiscard]] const Origin* find_system(std::string_view name) const;
  /// @param model  "w2v2-aasist", "sast-net"; the classes' own order and equal weights where the
  ///               file says nothing of it
  [[nodiscard]] ModelTask model_task(std::string_view model, std::string_view task) const;
  /// Class names of a task in the model's output order. @throws as task()
  [[nodiscard]] std::vector<std::string> output_classes(std::string_view model,
                                                        std::string_view task) const;
  /// Index of `task` in tasks(). @throws Error(Usage) as task()
  [[nodiscard]] std::size_t task_index(std::string_view name) const;
  /// The file's own text: travels with a checkpoint.
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  friend class TaxonomyParser;
  std::vector<Task> tasks_;
  std::vector<Origin> codecs_;
  std::vector<Origin> systems_;
  std::map<std::string, std::size_t, std::less<>> codec_index_;  // names and aliases
  std::map<std::string, std::size_t, std::less<>> system_index_;
  std::map<std::string, std::map<std::string, ModelTask>> model_tasks_;  // model → task
  std::string text_;
};

}  // namespace codectrace::protocol
