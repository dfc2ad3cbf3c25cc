#include "tui/rise_graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "tui/area.h"
#include "tui/graph.h"
#include "tui/text.h"

namespace espy::tui {
namespace {

using verdict::SequenceDetail;
using verdict::SequenceEvent;
using verdict::SequenceEventKind;
using verdict::SequencePoint;

constexpr int kLabelWidth = 11;

// The time from the first to the last point, in so many parts.
Series period_of(const std::vector<SequencePoint>& points, int parts) {
  const std::int64_t length = (points.back().time - points.front().time).nanoseconds;
  Series series{.begin = points.front().time, .step = {length / parts}, .slices = {}};
  series.slices.resize(static_cast<std::size_t>(parts));
  return series;
}

Line labelled(const Display& display, std::string label, std::string glyphs, Style style) {
  Line line;
  line.spans.push_back({std::max(kLabelWidth - 1 - width_of(label), 0), kLabelWidth - 1, std::move(label), {.role = Role::kDim}});
  line.spans.push_back({kLabelWidth, kLabelWidth + 1, display.tier == Tier::kAscii ? "|" : "│", {.role = Role::kFrame}});
  line.spans.push_back({kLabelWidth + 1, kLabelWidth + 1 + width_of(glyphs), std::move(glyphs), style});
  return line;
}

std::vector<double> samples_of(const std::vector<SequencePoint>& points, int count, double lowest, double highest) {
  const double length = static_cast<double>((points.back().time - points.front().time).nanoseconds);
  std::vector<double> samples;
  for (int index = 0; index < count; ++index) {
    const auto offset = static_cast<std::int64_t>(length * (index + 1) / count);
    const double number = risen(points, {points.front().time.nanoseconds + offset});
    // The lowest number is no nothing: it shows as the least there is.
    samples.push_back(std::max((number - lowest) / std::max(highest - lowest, 1.0), 1e-9));
  }
  return samples;
}

// Whole where it fits.
std::string number_text(std::uint64_t number) {
  const std::string whole = std::to_string(number);
  return width_of(whole) < kLabelWidth ? whole : count_text(number);
}

std::string marks(const SequenceDetail& detail, const Series& period, int cells) {
  std::string text(static_cast<std::size_t>(cells), ' ');
  for (const SequenceEvent& event : detail.events) {
    const auto cell = event.kind == SequenceEventKind::kReset ? cell_of(period, event.time, cells) : std::nullopt;
    if (cell) text[static_cast<std::size_t>(*cell)] = 'R';
  }
  return text;
}

void add_below(const SequenceDetail& detail, const Display& display, const RisePlan& plan, std::vector<Line>& lines) {
  const int cells = plan.width - kLabelWidth - 1;
  const Series period = period_of(detail.points, cells);
  const std::string resets = marks(detail, period, cells);
  if (resets.find('R') != std::string::npos) lines.push_back(labelled(display, "reset", resets, {.role = Role::kWarn, .bold = true}));
  if (const auto at = plan.cursor ? cell_of(period, *plan.cursor, cells) : std::nullopt) {
    std::string text(static_cast<std::size_t>(cells), ' ');
    text[static_cast<std::size_t>(*at)] = '^';
    lines.push_back(labelled(display, "cursor", text, {.role = Role::kTitle, .bold = true}));
  }
  lines.push_back(time_axis(period, display, kLabelWidth + 1, cells));
}

}  // namespace

double risen(const std::vector<SequencePoint>& points, base::Time time) {
  const auto after = std::ranges::upper_bound(points, time, {}, &SequencePoint::time);
  if (after == points.begin()) return 0;
  const SequencePoint& before = *std::prev(after);
  const auto from = static_cast<double>(before.number);
  if (after == points.end() || after->number < before.number) return from;
  const double part = static_cast<double>((time - before.time).nanoseconds) / static_cast<double>((after->time - before.time).nanoseconds);
  return from + (static_cast<double>(after->number) - from) * part;
}

std::vector<Line> rise_graph(const SequenceDetail& detail, const Display& display, const RisePlan& plan) {
  const std::vector<SequencePoint>& points = detail.points;
  const int cells = plan.width - kLabelWidth - 1;
  if (points.size() < 2 || cells < 1 || points.back().time <= points.front().time) return {};
  const std::uint64_t lowest = std::ranges::min(points, {}, &SequencePoint::number).number;
  const std::uint64_t highest = std::ranges::max(points, {}, &SequencePoint::number).number;
  const std::vector<double> samples =
      samples_of(points, cells * samples_a_cell(display.tier), static_cast<double>(lowest), static_cast<double>(highest));
  std::vector<Line> lines;
  for (int row = 0; row < plan.rows; ++row) {
    const std::string label = row == 0 ? number_text(highest) : row == plan.rows - 1 ? number_text(lowest) : "";
    lines.push_back(labelled(display, label, area_row(samples, display.tier, row, plan.rows), {.role = Role::kEncrypted}));
  }
  add_below(detail, display, plan, lines);
  return lines;
}

}  // namespace espy::tui
