#include "evaluate/published_figures.h"

#include <charconv>
#include <sstream>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/shipped_file.h"

namespace codectrace::evaluate {
namespace {

constexpr std::string_view kHeader =
    "source,model,sampling,task,dataset,eer_percent,f1_weighted_percent";

enum Column : std::size_t { Source, Model, Sampling, Task, Dataset, Eer, F1, kColumns };

/// The published lists by their checksums: others may have their names.
bool is_of_list(const std::string& dataset, const std::string& list_crc32c) {
  if (dataset == "CoRS") return list_crc32c == "d22213c0";
  if (dataset == "CoSG_all") return list_crc32c == "3cf71ab7";
  if (dataset == "CoSG_known") return list_crc32c == "ca0b32ee";
  return false;
}

std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields(1);
  for (const char c : line) {
    if (c == ',') {
      fields.emplace_back();
    } else {
      fields.back() += c;
    }
  }
  return fields;
}

class Reader {
 public:
  explicit Reader(const std::filesystem::path& file) : file_(file), text_(read_file(file)) {}

  /// The next line's fields; none at the end.
  std::vector<std::string> next() {
    std::string line;
    while (std::getline(text_, line)) {
      ++line_;
      if (!line.empty() && line.back() == '\r') line.pop_back();
      if (line_ == 1 && line != kHeader) refuse(fmt::format("the first line must be {}", kHeader));
      if (line_ == 1 || line.empty()) continue;
      auto fields = fields_of(line);
      if (fields.size() != kColumns)
        refuse(fmt::format("{} fields, must be {}", fields.size(), +kColumns));
      return fields;
    }
    return {};
  }

  /// A percentage as a fraction; null if it is empty.
  [[nodiscard]] Json fraction(const std::string& field) const {
    if (field.empty()) return nullptr;
    double percent = 0;
    const auto* end = field.data() + field.size();
    const auto [stop, error] = std::from_chars(field.data(), end, percent);
    if (error != std::errc() || stop != end || !(percent >= 0 && percent <= 100))
      refuse(fmt::format("{} is no percentage", field));
    return percent / 100;
  }

 private:
  [[noreturn]] void refuse(const std::string& why) const {
    throw Error(ErrorKind::BadData, fmt::format("{}, line {}: {}", file_.string(), line_, why));
  }

  std::filesystem::path file_;
  std::istringstream text_;
  std::size_t line_ = 0;
};

}  // namespace

Json published_figures(const std::filesystem::path& file, const std::string& model,
                       const std::string& list_crc32c) {
  Json figures = Json::array();
  Reader reader(file);
  for (auto fields = reader.next(); !fields.empty(); fields = reader.next()) {
    const Json eer = reader.fraction(fields[Eer]);
    const Json f1 = reader.fraction(fields[F1]);
    if (fields[Model] != model || !is_of_list(fields[Dataset], list_crc32c)) continue;
    figures.push_back({{"source", fields[Source]},
                       {"model", fields[Model]},
                       {"sampling", fields[Sampling]},
                       {"task", fields[Task]},
                       {"dataset", fields[Dataset]},
                       {"eer", eer},
                       {"f1_weighted", f1}});
  }
  return figures;
}

std::filesystem::path shipped_published_figures() {
  auto file = find_shipped_file("configs/published_results.csv");
  return std::filesystem::exists(file) ? file : std::filesystem::path();
}

}  // namespace codectrace::evaluate
