#include "evaluate/plots.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <utility>

#include <fmt/format.h>

#include "evaluate/gnuplot.h"
#include "metrics/detection_curve.h"

namespace codectrace::evaluate {
namespace {

// Dark enough on white and light enough on black: contrast above 3 to 1 on both.
constexpr std::array<std::string_view, 3> kColours{"#3b82d6", "#d97706", "#0f9d74"};
constexpr std::string_view kGrid = "set grid lc rgb '#808080' lw 0.4 dt 3\n";

constexpr double kLeastRate = 0.0005;  // a DET curve's axes end here and at kMostRate
constexpr double kMostRate = 0.8;
constexpr std::size_t kMostPoints = 1500;

/// In single quotes gnuplot reads '' as a quote and nothing else.
std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string("''") : std::string(1, c);
  return result + "'";
}

std::string probit_tics(std::string_view axis) {
  std::string tics;
  for (const double percent : {0.1, 0.5, 2.0, 5.0, 10.0, 20.0, 40.0, 60.0}) {
    tics +=
        fmt::format("{}'{:g}' {:.6f}", tics.empty() ? "" : ", ", percent, probit(percent / 100));
  }
  return fmt::format("set {}tics ({}) nomirror\n", axis, tics);
}

metrics::DetectionCurve curve_of(const ScoreTable& table, const std::vector<std::size_t>& rows) {
  std::vector<double> bonafide;
  std::vector<double> spoof;
  for (const auto row : rows) {
    auto& side = table[row].label == protocol::Label::BonaFide ? bonafide : spoof;
    side.push_back(table.detection(row).log_odds);
  }
  return metrics::detection_curve(bonafide, spoof);
}

using Place = std::array<double, 2>;
using PlaceOf = Place (*)(const metrics::ErrorRates&);

Place det_place(const metrics::ErrorRates& rates) {
  const auto at = [](double rate) { return probit(std::clamp(rate, kLeastRate, 1 - kLeastRate)); };
  return {at(rates.false_acceptance), at(rates.false_rejection)};
}

Place roc_place(const metrics::ErrorRates& rates) {
  return {100 * rates.false_acceptance, 100 * (1 - rates.false_rejection)};
}

/// "x y" lines of a curve, thinned to what can be seen; its ends stay.
std::string points_of(const std::vector<metrics::ErrorRates>& rates, PlaceOf place_of) {
  std::string points;
  const auto add = [&](const metrics::ErrorRates& each) {
    const auto [x, y] = place_of(each);
    points += fmt::format("{:.5f} {:.5f}\n", x, y);
  };
  const auto step = std::max<std::size_t>(1, rates.size() / kMostPoints);
  for (std::size_t i = 0; i + 1 < rates.size(); i += step) add(rates[i]);
  if (!rates.empty()) add(rates.back());
  return points;
}

/// A curve for each subset that has both classes, as gnuplot's data and what `plot` says of them.
struct Curves {
  std::string data;
  std::string plots;
};

Curves curves_of(const ScoreTable& table, const std::vector<Subset>& subsets, PlaceOf place_of) {
  Curves curves;
  std::size_t number = 0;
  for (const auto& subset : subsets) {
    const auto curve = curve_of(table, subset.detection_rows);
    if (curve.num_bonafide == 0 || curve.num_spoof == 0 || number == kColours.size()) continue;
    curves.data += fmt::format("$curve{} << EOD\n{}EOD\n", number,
                               points_of(metrics::error_rates(curve), place_of));
    curves.plots +=
        fmt::format(", $curve{} using 1:2 with lines lw 2 lc rgb '{}' title {} noenhanced", number,
                    kColours[number], quoted(subset.name));
    ++number;
  }
  return curves;
}

/// Shares of each class in equal bins of the log odds.
class Histogram {
 public:
  static constexpr int kBins = 48;
  Histogram(double low, double high) : low_(low), width_((high - low) / kBins) {}

  void add(double value, std::size_t side) {
    const int bin = std::clamp(static_cast<int>((value - low_) / width_), 0, kBins - 1);
    ++counts_[side][static_cast<std::size_t>(bin)];
    ++totals_[side];
  }
  [[nodiscard]] std::string points() const {
    std::string text;
    for (std::size_t bin = 0; bin < kBins; ++bin) {
      text += fmt::format("{:.5f}", low_ + (static_cast<double>(bin) + 0.5) * width_);
      for (std::size_t side = 0; side < 2; ++side) {
        text += fmt::format(" {:.5f}", 100.0 * counts_[side][bin] / std::max(1, totals_[side]));
      }
      text += '\n';
    }
    return text;
  }

 private:
  double low_;
  double width_;
  std::array<std::array<int, kBins>, 2> counts_{};
  std::array<int, 2> totals_{};
};

}  // namespace

double probit(double p) {
  double low = -40;
  double high = 40;
  for (int i = 0; i < 80; ++i) {  // halves to the last bit
    const double middle = (low + high) / 2;
    const double below = std::erfc(-middle / std::numbers::sqrt2) / 2;
    (below < p ? low : high) = middle;
  }
  return (low + high) / 2;
}

std::optional<std::string> det_plot(const ScoreTable& table, const std::vector<Subset>& subsets) {
  const auto curves = curves_of(table, subsets, det_place);
  if (curves.plots.empty()) return std::nullopt;
  const double low = probit(kLeastRate);
  const double high = probit(kMostRate);
  const auto script = fmt::format(
      "{}set size square\nset border 3\n{}{}{}"
      "set xrange [{}:{}]\nset yrange [{}:{}]\nset key top right\n"
      "set xlabel 'spoof accepted, %'\nset ylabel 'bona fide rejected, %'\n"
      "plot x with lines dt 2 lc rgb '#808080' title 'equal error'{}\n",
      curves.data, kGrid, probit_tics("x"), probit_tics("y"), low, high, low, high, curves.plots);
  return gnuplot_svg(
      script,
      "Detection error trade-off: share of bona fide rejected against share of spoof "
      "accepted, for every threshold",
      620, 600);
}

std::optional<std::string> roc_plot(const ScoreTable& table, const std::vector<Subset>& subsets) {
  const auto curves = curves_of(table, subsets, roc_place);
  if (curves.plots.empty()) return std::nullopt;
  const auto script = fmt::format(
      "{}set size square\nset border 3\n{}set xtics nomirror\nset ytics nomirror\n"
      "set xrange [0:100]\nset yrange [0:100]\nset key bottom right\n"
      "set xlabel 'spoof accepted, %'\nset ylabel 'bona fide accepted, %'\n"
      "plot x with lines dt 2 lc rgb '#808080' title 'chance'{}\n",
      curves.data, kGrid, curves.plots);
  return gnuplot_svg(script,
                     "Receiver operating characteristic: share of bona fide accepted against "
                     "share of spoof accepted, for every threshold",
                     620, 600);
}

std::optional<std::string> score_plot(const ScoreTable& table) {
  if (table.size() == 0) return std::nullopt;
  std::vector<double> values;
  for (std::size_t row = 0; row < table.size(); ++row) {
    values.push_back(table.detection(row).log_odds);
  }
  const auto [least, most] = std::ranges::minmax(values);
  Histogram histogram(least, std::max(most, least + 1e-6));
  for (std::size_t row = 0; row < table.size(); ++row) {
    histogram.add(values[row], table[row].label == protocol::Label::BonaFide ? 1 : 0);
  }
  const auto script = fmt::format(
      "$bins << EOD\n{}EOD\nset border 3\n{}set xtics nomirror\nset ytics nomirror\n"
      "set yrange [0:*]\nset key top left\nset xlabel 'log odds of bona fide'\n"
      "set ylabel 'share of the class, %'\nset style fill transparent solid 0.35\n"
      "set arrow from 0, graph 0 to 0, graph 1 nohead dt 2 lc rgb '#808080'\n"
      "plot $bins using 1:2 with fillsteps lc rgb '{}' title 'spoof', "
      "$bins using 1:3 with fillsteps lc rgb '{}' title 'bona fide', "
      "$bins using 1:2 with steps lw 1.5 lc rgb '{}' notitle, "
      "$bins using 1:3 with steps lw 1.5 lc rgb '{}' notitle\n",
      histogram.points(), kGrid, kColours[1], kColours[0], kColours[1], kColours[0]);
  return gnuplot_svg(script,
                     "Histogram of the log odds of bona fide, for bona fide and for spoof "
                     "utterances; the decision is at 0",
                     620, 600);
}

std::optional<std::string> bar_plot(const std::vector<Bar>& bars, const std::string& axis) {
  if (bars.empty()) return std::nullopt;
  std::string data;
  std::string names;
  std::size_t widest = 0;
  for (std::size_t i = 0; i < bars.size(); ++i) {
    const auto& bar = bars[i];
    data +=
        fmt::format("{} {:.4f} {:.4f} {:.4f}\n", i, 100 * bar.value, 100 * bar.low, 100 * bar.high);
    const auto name = bar.name + (bar.few_examples ? " *" : "");
    names += fmt::format("{}{} {}", names.empty() ? "" : ", ", quoted(name), i);
    widest = std::max(widest, name.size());
  }
  const auto script = fmt::format(
      "$bars << EOD\n{}EOD\nset border 1\n{}set xtics nomirror\nset ytics ({}) noenhanced scale 0\n"
      "set grid noytics\nset yrange [{}:-0.6]\nset xrange [0:*]\nset xlabel {}\n"
      "set lmargin {}\nset style fill solid 0.75 noborder\nunset key\n"
      "plot $bars using ($2/2):1:($2/2):(0.33) with boxxyerror lc rgb '{}', "
      "$bars using 2:1:3:4 with xerrorbars pt 7 ps 0.3 lw 1.2 lc rgb 'black'\n",
      data, kGrid, names, static_cast<double>(bars.size()) - 0.4, quoted(axis), widest + 2,
      kColours[0]);
  return gnuplot_svg(script, axis + ", with 95 % intervals; the table beside it has the figures",
                     760, 90 + 24 * static_cast<int>(bars.size()));
}

}  // namespace codectrace::evaluate
