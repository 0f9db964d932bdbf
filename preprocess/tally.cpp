#include "preprocess/tally.h"

#include <charconv>
#include <utility>

#include <nlohmann/json.hpp>

namespace codectrace::preprocess {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kExamples = 10;

template <class Number>
Json json_of(const std::map<Number, std::uint64_t>& files_by) {
  Json json = Json::object();
  for (const auto& [value, files] : files_by) json[std::to_string(value)] = files;
  return json;
}

template <class Number>
void read_map(const Json& json, std::map<Number, std::uint64_t>& files_by) {
  for (const auto& [key, files] : json.items()) {
    Number value{};
    std::from_chars(key.data(), key.data() + key.size(), value);
    files_by[value] = files;
  }
}

}  // namespace

void Tally::note(Oddity oddity, bool left_out, std::uint64_t samples, std::string_view id,
                 std::string detail) {
  Count& count = counts_[static_cast<std::size_t>(oddity)];
  ++count.files;
  count.left_out += left_out ? 1 : 0;
  count.samples += samples;
  if (count.examples.size() < kExamples) {
    count.examples.push_back({std::string(id), std::move(detail)});
  }
}

void Tally::note_source(std::uint32_t sample_rate_hz, int channels) {
  ++files_by_rate_[sample_rate_hz];
  ++files_by_channels_[channels];
}

void Tally::note_written(std::uint64_t samples) {
  ++utterances_;
  samples_ += samples;
}

void Tally::add(const Tally& later) {
  utterances_ += later.utterances_;
  samples_ += later.samples_;
  for (const auto& [rate, files] : later.files_by_rate_) files_by_rate_[rate] += files;
  for (const auto& [channels, files] : later.files_by_channels_) {
    files_by_channels_[channels] += files;
  }
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    counts_[i].files += later.counts_[i].files;
    counts_[i].left_out += later.counts_[i].left_out;
    counts_[i].samples += later.counts_[i].samples;
    for (const auto& example : later.counts_[i].examples) {
      if (counts_[i].examples.size() < kExamples) counts_[i].examples.push_back(example);
    }
  }
}

Json Tally::to_json() const {
  Json odd = Json::object();
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    Json examples = Json::array();
    for (const auto& [id, detail] : counts_[i].examples) {
      examples.push_back({{"utterance", id}, {"detail", detail}});
    }
    odd[std::string(kOddityNames[i])] = {{"files", counts_[i].files},
                                         {"left_out", counts_[i].left_out},
                                         {"samples", counts_[i].samples},
                                         {"examples", std::move(examples)}};
  }
  return {{"utterances", utterances_},
          {"samples", samples_},
          {"files_by_sample_rate", json_of(files_by_rate_)},
          {"files_by_channels", json_of(files_by_channels_)},
          {"odd", std::move(odd)}};
}

Tally Tally::from_json(const Json& json) {
  Tally tally;
  tally.utterances_ = json.at("utterances");
  tally.samples_ = json.at("samples");
  read_map(json.at("files_by_sample_rate"), tally.files_by_rate_);
  read_map(json.at("files_by_channels"), tally.files_by_channels_);
  for (std::size_t i = 0; i < kOddityNames.size(); ++i) {
    const Json& odd = json.at("odd").at(std::string(kOddityNames[i]));
    Count& count = tally.counts_[i];
    count.files = odd.at("files");
    count.left_out = odd.at("left_out");
    count.samples = odd.at("samples");
    for (const auto& example : odd.at("examples")) {
      count.examples.push_back({example.at("utterance"), example.at("detail")});
    }
  }
  return tally;
}

}  // namespace codectrace::preprocess
