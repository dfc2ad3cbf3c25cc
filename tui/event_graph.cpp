#include "tui/event_graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "tui/text.h"
#include "tui/unicode.h"

namespace espy::tui {
namespace {

constexpr int kLabelWidth = 7;
constexpr std::size_t kMinutes = 60;
constexpr int kLeastLevel = 2;  // the lowest bar looks like the ground

std::uint64_t most(const std::vector<EventCounts>& counts, std::uint64_t EventCounts::*of) {
  std::uint64_t found = 0;
  for (const EventCounts& count : counts) found = std::max(found, count.*of);
  return found;
}

// One event still shows.
char32_t glyph(std::uint64_t count, std::uint64_t most, bool known, Tier tier) {
  constexpr int kFull = 8;
  if (count == 0) return !known ? U' ' : tier == Tier::kAscii ? U'_' : U'▁';
  const double share = static_cast<double>(count) / static_cast<double>(most);
  return bar(std::clamp(static_cast<int>(std::lround(share * kFull)), kLeastLevel, kFull), tier);
}

Line bars(const std::vector<EventCounts>& counts, std::uint64_t EventCounts::*of, Tier tier, int cells) {
  const std::uint64_t scale = most(counts, of);
  std::string text;
  for (int cell = 0; cell < cells; ++cell) {
    const EventCounts& count = counts[static_cast<std::size_t>(cell) * counts.size() / static_cast<std::size_t>(cells)];
    append_utf8(text, glyph(count.*of, scale, count.known, tier));
  }
  const bool critical = of == &EventCounts::critical;
  Line line;
  line.spans.push_back({1, kLabelWidth - 1, critical ? "crit" : "warn", {.role = Role::kDim}});
  line.spans.push_back({kLabelWidth - 1, kLabelWidth, tier == Tier::kAscii ? "|" : "│", {.role = Role::kFrame}});
  line.spans.push_back(
      {kLabelWidth, kLabelWidth + cells, std::move(text), {.role = critical ? Role::kLeak : Role::kWarn, .bold = critical}});
  return line;
}

// From when on every event is known. The first one kept tells when espy began to listen, or what it has forgotten.
base::Time known_since(const Scene& scene, base::Time begin) {
  const auto& events = scene.chronicle.events();
  const bool all = !scene.picture.live && scene.chronicle.events_left_out() == 0;
  return all || events.empty() ? begin : std::max(begin, events.front().time);
}

}  // namespace

std::vector<EventCounts> count_events(const std::vector<EventRow>& rows, const Period& period, std::size_t bins, base::Time since) {
  std::vector<EventCounts> counts(bins);
  if (bins == 0 || period.length().nanoseconds <= 0) return {};
  const double length = static_cast<double>(period.length().nanoseconds) / static_cast<double>(bins);
  for (std::size_t bin = 0; bin < bins; ++bin)
    counts[bin].known = period.begin.nanoseconds + static_cast<std::int64_t>(length * static_cast<double>(bin + 1)) > since.nanoseconds;
  for (const EventRow& row : rows) {
    if (!row.event->time.known() || !period.has(row.event->time)) continue;
    const auto offset = static_cast<double>((row.event->time - period.begin).nanoseconds);
    EventCounts& count = counts[std::min(static_cast<std::size_t>(offset / length), bins - 1)];
    count.critical += row.event->severity == verdict::Severity::kCritical ? 1 : 0;
    count.warnings += row.event->severity == verdict::Severity::kWarning ? 1 : 0;
  }
  return counts;
}

std::vector<Line> event_graph(const Scene& scene, const std::vector<EventRow>& rows, int width) {
  const Series kept = scene.chronicle.all(Chronicle::Span::kHour);
  const int cells = width - kLabelWidth - 1;
  if (!scene.display.layout.wide(scene.size) || scene.display.plain || kept.slices.empty() || !kept.begin.known()) return {};
  if (cells < static_cast<int>(kMinutes)) return {};
  const bool live = scene.picture.live;
  const Period period = period_of(live ? padded(kept, kMinutes) : kept);
  const std::size_t bins = live ? kMinutes : static_cast<std::size_t>(cells);
  const std::vector<EventCounts> counts = count_events(rows, period, bins, known_since(scene, kept.begin));
  if (counts.empty()) return {};
  const std::string span = live ? "last 60 min" : fmt::format("whole file, 1 cell = {}", span_text({period.length().nanoseconds / cells}));
  Writer writer(scene.display, width);
  writer.title(live ? "Events per minute" : "Events over the file",
               fmt::format("{}full bar = {} crit, {} warn; {}", scene.filter.empty() ? "" : "filtered, ",
                           most(counts, &EventCounts::critical), most(counts, &EventCounts::warnings), span));
  writer.add(bars(counts, &EventCounts::critical, scene.display.tier, cells));
  writer.add(bars(counts, &EventCounts::warnings, scene.display.tier, cells));
  writer.add(time_axis(series_of(period), scene.display, kLabelWidth, cells));
  return writer.take();
}

}  // namespace espy::tui
