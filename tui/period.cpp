#include "tui/period.h"

#include <algorithm>
#include <iterator>

namespace espy::tui {
namespace {

using base::milliseconds;
using base::seconds;

constexpr base::Duration kLengths[] = {
    milliseconds(1),   milliseconds(2),   milliseconds(5), milliseconds(10), milliseconds(20), milliseconds(50), milliseconds(100),
    milliseconds(200), milliseconds(500), seconds(1),      seconds(2),       seconds(5),       seconds(10),      seconds(20),
    seconds(60),       seconds(120),      seconds(300),    seconds(600),     seconds(1'200),   seconds(3'600),   seconds(7'200),
    seconds(21'600),   seconds(43'200),   seconds(86'400), seconds(172'800), seconds(604'800)};

// Of `cells` cells, the one that lies `offset` after the begin; outside of [0, cells) where there is none.
std::int64_t cell_at(const Period& period, std::int64_t offset, int cells) {
  if (offset < 0) return -1;
  return static_cast<std::int64_t>(static_cast<double>(offset) / static_cast<double>(period.length().nanoseconds) * cells);
}

// Each cell has the mean of its slices.
void merge_short(const Series& series, const Period& period, std::vector<Moments>& made) {
  const int cells = static_cast<int>(made.size());
  const double per_second = 1e9 / static_cast<double>(series.step.nanoseconds);
  const std::int64_t first = (series.begin - period.begin).nanoseconds + series.step.nanoseconds / 2;
  std::vector<int> merged(made.size());
  for (std::size_t index = 0; index < series.slices.size(); ++index) {
    const std::int64_t cell = cell_at(period, first + series.step.nanoseconds * static_cast<std::int64_t>(index), cells);
    if (cell < 0 || cell >= cells) continue;
    ++merged[static_cast<std::size_t>(cell)];
    merge(series.slices[index], per_second, made[static_cast<std::size_t>(cell)]);
  }
  for (std::size_t cell = 0; cell < made.size(); ++cell) {
    made[cell].encrypted /= std::max(merged[cell], 1);
    made[cell].clear /= std::max(merged[cell], 1);
  }
}

// Each cell has the slice that its middle lies in.
void merge_long(const Series& series, const Period& period, std::vector<Moments>& made) {
  const double per_second = 1e9 / static_cast<double>(series.step.nanoseconds);
  const double width = static_cast<double>(period.length().nanoseconds) / static_cast<double>(made.size());
  std::int64_t last = -1;
  for (std::size_t cell = 0; cell < made.size(); ++cell) {
    const auto middle = static_cast<std::int64_t>(width * (static_cast<double>(cell) + 0.5));
    const std::int64_t offset = (period.begin - series.begin).nanoseconds + middle;
    const std::int64_t index = offset < 0 ? -1 : offset / series.step.nanoseconds;
    if (index < 0 || index >= std::ssize(series.slices)) continue;
    merge(series.slices[static_cast<std::size_t>(index)], per_second, made[cell]);
    if (index == last) made[cell].rekey = false;
    last = index;
  }
}

}  // namespace

Period period_of(const Series& series) { return {series.begin, end_of(series)}; }

Period around(const Period& whole, base::Time middle, base::Duration length) {
  if (length >= whole.length()) return whole;
  const std::int64_t wanted = (middle - whole.begin).nanoseconds - length.nanoseconds / 2;
  const std::int64_t first = std::clamp<std::int64_t>(wanted, 0, whole.length().nanoseconds - length.nanoseconds);
  const base::Time begin{whole.begin.nanoseconds + first};
  return {begin, {begin.nanoseconds + length.nanoseconds}};
}

Period in_sight(const Period& whole, std::optional<base::Time> cursor, int zoom) {
  const std::int64_t length = whole.length().nanoseconds >> std::clamp(zoom, 0, 62);
  return around(whole, cursor.value_or(whole.end), {std::max(length, kShortestPeriod.nanoseconds)});
}

base::Duration round_length(base::Duration most) {
  const auto after = std::ranges::upper_bound(kLengths, most);
  return after == std::begin(kLengths) ? *after : *std::prev(after);
}

base::Duration next_length(base::Duration length, int direction) {
  if (direction < 0) return round_length({length.nanoseconds - 1});
  const auto after = std::ranges::upper_bound(kLengths, length);
  return after == std::end(kLengths) ? length : *after;
}

std::vector<Moments> resample(const Series& series, const Period& period, int cells) {
  std::vector<Moments> made(static_cast<std::size_t>(std::max(cells, 0)));
  if (made.empty() || !series.begin.known() || period.length().nanoseconds <= 0 || series.step.nanoseconds <= 0) return made;
  if (series.step.nanoseconds <= period.length().nanoseconds / cells) {
    merge_short(series, period, made);
  } else {
    merge_long(series, period, made);
  }
  return made;
}

std::optional<int> cell_of(const Period& period, base::Time time, int cells) { return cell_of(series_of(period), time, cells); }

Series series_of(const Period& period) { return {.begin = period.begin, .step = period.length(), .slices = {Slice{}}}; }

Series series_in(const Scene& scene, const std::string& requirement, const Period& period) {
  const auto of = [&](const Chronicle& chronicle) {
    return requirement.empty() ? chronicle.all(scene.display.span) : chronicle.requirement(requirement, scene.display.span);
  };
  if (scene.closeup != nullptr) {
    Series finer = of(*scene.closeup);
    if (period_of(finer).has(period)) return finer;
  }
  return of(scene.chronicle);
}

}  // namespace espy::tui
