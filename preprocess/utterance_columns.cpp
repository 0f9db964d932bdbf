#include "preprocess/utterance_columns.h"

#include <utility>

#include "core/error.h"

namespace codectrace::preprocess {
namespace {

using protocol::Layout;

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

}  // namespace

Categories::Categories(std::vector<std::string> known) : names_(std::move(known)) {
  for (std::size_t i = 0; i < names_.size(); ++i) index_[names_[i]] = static_cast<std::int32_t>(i);
}

void Categories::meet(std::string_view name) {
  if (!name.empty() && !index_.contains(name)) met_.emplace(name);
}

void Categories::settle() {
  for (const auto& name : met_) {
    index_[name] = static_cast<std::int32_t>(names_.size());
    names_.push_back(name);
  }
  met_.clear();
}

std::int32_t Categories::code(std::string_view name) const {
  const auto found = index_.find(name);
  return found == index_.end() ? shard::kUnknownCode : found->second;
}

ColumnCoder::ColumnCoder(const Config& config, const protocol::Taxonomy& taxonomy)
    : layout_(config.layout),
      taxonomy_(taxonomy),
      corpus_(corpus_name(config)),
      codecs_(names_of(taxonomy.codecs())),
      systems_(names_of(taxonomy.systems())) {}

Categories& ColumnCoder::origins() { return layout_ == Layout::Cosg ? systems_ : codecs_; }

void ColumnCoder::meet(const Description& description) {
  speakers_.meet(description.speaker);
  origins().meet(description.origin);
}

std::vector<shard::ColumnSpec> ColumnCoder::settle() {
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

void ColumnCoder::append(const Description& d, std::vector<std::int32_t>& codes) const {
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

}  // namespace codectrace::preprocess
