#include "tui/graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "tui/area.h"
#include "tui/text.h"
#include "tui/unicode.h"

namespace espy::tui {
namespace {

constexpr int kLevels = 8;  // of a cell of a bar
constexpr int kLabelWidth = 9;
constexpr int kTall = 9;  // lines: from here on clear packets have two

double highest(const std::vector<Moments>& cells, double Moments::*rate) {
  double most = 0;
  for (const Moments& cell : cells) most = std::max(most, cell.*rate);
  return most;
}

// 0 only for nothing: what is small still shows.
int level_of(double rate, double most, int levels) {
  if (rate <= 0 || most <= 0) return 0;
  return std::clamp(static_cast<int>(std::lround(rate / most * levels)), 1, levels);
}

char32_t floor_glyph(Tier tier) { return tier == Tier::kAscii ? U'_' : U'▁'; }

template <class Holds>
std::string marks(const std::vector<Moments>& cells, char32_t ground, char32_t mark, Holds holds) {
  std::string text;
  for (const Moments& cell : cells) append_utf8(text, holds(cell) ? mark : cell.known ? ground : U' ');
  return text;
}

}  // namespace

void merge(const Slice& slice, double per_second, Moments& cell) {
  cell.known = true;
  cell.encrypted += static_cast<double>(slice.encrypted) * per_second;
  cell.clear += static_cast<double>(slice.clear) * per_second;
  cell.blind |= slice.blind;
  cell.rekey |= slice.rekey;
  cell.forged |= slice.forged > 0;
}

std::vector<Moments> resample(const Series& series, int cells) {
  std::vector<Moments> made(static_cast<std::size_t>(std::max(cells, 0)));
  const std::size_t size = series.slices.size();
  if (made.empty() || size == 0) return made;
  const double seconds = std::max(static_cast<double>(series.step.nanoseconds) / 1e9, 1e-9);
  if (size > made.size()) {
    std::vector<double> merged(made.size());
    for (std::size_t index = 0; index < size; ++index) ++merged[index * made.size() / size];
    for (std::size_t index = 0; index < size; ++index) {
      const std::size_t cell = index * made.size() / size;
      merge(series.slices[index], 1 / (seconds * merged[cell]), made[cell]);
    }
    return made;
  }
  for (std::size_t cell = 0; cell < made.size(); ++cell) {
    const std::size_t index = cell * size / made.size();
    merge(series.slices[index], 1 / seconds, made[cell]);
    if (cell > 0 && (cell - 1) * size / made.size() == index) made[cell].rekey = false;
  }
  return made;
}

Series part_of(const Series& series, std::optional<base::Time> middle, int zoom) {
  constexpr std::size_t kFewest = 8;  // slices
  const std::size_t size = series.slices.size();
  const std::size_t wanted = std::max(size >> std::clamp(zoom, 0, 30), std::min(size, kFewest));
  if (wanted >= size || !series.begin.known()) return series;
  const auto at = middle ? cell_of(series, *middle, static_cast<int>(size)) : std::nullopt;
  const std::size_t centre = at ? static_cast<std::size_t>(*at) : size - 1;
  const std::size_t first = std::min(centre - std::min(centre, wanted / 2), size - wanted);
  Series part{
      .begin = {series.begin.nanoseconds + series.step.nanoseconds * static_cast<std::int64_t>(first)}, .step = series.step, .slices = {}};
  part.slices.assign(series.slices.begin() + static_cast<std::ptrdiff_t>(first),
                     series.slices.begin() + static_cast<std::ptrdiff_t>(first + wanted));
  return part;
}

Series padded(Series series, std::size_t slices) {
  const std::size_t size = series.slices.size();
  if (size == 0 || size >= slices || !series.begin.known()) return series;
  series.begin.nanoseconds -= series.step.nanoseconds * static_cast<std::int64_t>(slices - size);
  series.slices.insert(series.slices.begin(), slices - size, Slice{});
  return series;
}

std::string rate_bars(const std::vector<Moments>& cells, Tier tier, double most) {
  const double scale = most > 0 ? most : highest(cells, &Moments::encrypted);
  std::string text;
  for (const Moments& cell : cells) {
    const int level = level_of(cell.encrypted, scale, kLevels);
    append_utf8(text, level == 0 && cell.known ? floor_glyph(tier) : bar(level, tier));
  }
  return text;
}

std::string clear_marks(const std::vector<Moments>& cells, Tier tier) {
  return marks(cells, floor_glyph(tier), U'!', [](const Moments& cell) { return cell.clear > 0; });
}

std::string presence_marks(const std::vector<Moments>& cells, Tier tier) {
  return marks(cells, floor_glyph(tier), tier == Tier::kAscii ? U'#' : U'█', [](const Moments& cell) { return cell.encrypted > 0; });
}

std::string rekey_marks(const std::vector<Moments>& cells, Tier tier, Ground ground) {
  return marks(cells, ground == Ground::kBlank ? U' ' : floor_glyph(tier), U'R', [](const Moments& cell) { return cell.rekey; });
}

std::string blind_marks(const std::vector<Moments>& cells, Tier tier, Ground ground) {
  return marks(cells, ground == Ground::kBlank ? U' ' : floor_glyph(tier), U'?', [](const Moments& cell) { return cell.blind; });
}

namespace {

// The rates as parts of the highest.
std::vector<double> parts_of(const std::vector<Moments>& samples, double most) {
  std::vector<double> parts;
  for (const Moments& sample : samples) parts.push_back(most > 0 ? sample.encrypted / most : 0);
  return parts;
}

std::string clear_row(const std::vector<Moments>& cells, double most, int row, int rows) {
  std::string text;
  for (const Moments& cell : cells) text += level_of(cell.clear, most, rows) >= rows - row ? '!' : ' ';
  return text;
}

Line labelled(const Display& display, std::string label, std::string glyphs, Style style, int width) {
  Line line;
  line.spans.push_back({1, kLabelWidth, std::move(label), {.role = Role::kDim}});
  line.spans.push_back({kLabelWidth, kLabelWidth + 1, display.tier == Tier::kAscii ? "|" : "│", {.role = Role::kFrame}});
  line.spans.push_back({kLabelWidth + 1, width, std::move(glyphs), style});
  return line;
}

Line sentence(const Series& series) {
  const std::vector<Moments> cells = resample(series, static_cast<int>(std::ssize(series.slices)));
  const Moments last = cells.empty() ? Moments{} : cells.back();
  Line line;
  line.spans.push_back(
      {1,
       1000,
       fmt::format("encrypted {}/s, at most {}/s; clear {}/s, at most {}/s", rate_text(last.encrypted),
                   rate_text(highest(cells, &Moments::encrypted)), rate_text(last.clear), rate_text(highest(cells, &Moments::clear))),
       {}});
  return line;
}

bool any(const std::vector<Moments>& cells, bool Moments::*flag) {
  return std::ranges::any_of(cells, [&](const Moments& cell) { return cell.*flag; });
}

std::vector<Line> rate_lines(const Series& series, const Display& display, const GraphPlan& plan, int rows) {
  std::vector<Line> lines;
  const int cells = plan.width - kLabelWidth - 1;
  const std::vector<Moments> samples = resample(series, cells * samples_a_cell(display.tier));
  const double most = highest(samples, &Moments::encrypted);
  const std::vector<double> parts = parts_of(samples, most);
  for (int row = 0; row < rows; ++row) {
    const bool bottom = row == rows - 1;
    std::string label = row == 0 ? fmt::format("enc {}", rate_text(most)) : bottom ? "    0" : "";
    lines.push_back(labelled(display, std::move(label), area_row(parts, display.tier, row, rows), {.role = Role::kEncrypted}, plan.width));
  }
  return lines;
}

std::vector<Line> clear_lines(const std::vector<Moments>& moments, const Display& display, const GraphPlan& plan) {
  const double most = highest(moments, &Moments::clear);
  const int rows = plan.height >= kTall ? 2 : 1;
  std::vector<Line> lines;
  for (int row = 0; row < rows; ++row) {
    std::string label = row == 0 ? fmt::format("clr {}", rate_text(most)) : "";
    lines.push_back(
        labelled(display, std::move(label), clear_row(moments, most, row, rows), {.role = Role::kClear, .bold = true}, plan.width));
  }
  return lines;
}

void add_cursor(const Series& series, const Display& display, const GraphPlan& plan, std::vector<Line>& lines) {
  const int cells = plan.width - kLabelWidth - 1;
  const auto at = plan.cursor ? cell_of(series, *plan.cursor, cells) : std::nullopt;
  if (!at) return;
  const std::string words = fmt::format("^ {}", clock_text(*plan.cursor, display.utc, 3));
  const int column = kLabelWidth + 1 + *at;
  const bool turned = column + width_of(words) > plan.width;
  Line line;
  line.spans.push_back({turned ? std::max(column - width_of(words) + 1, 0) : column,
                        plan.width,
                        turned ? fmt::format("{} ^", clock_text(*plan.cursor, display.utc, 3)) : words,
                        {.role = Role::kTitle, .bold = true}});
  lines.push_back(std::move(line));
}

}  // namespace

std::vector<Line> rate_graph(const Series& series, const Display& display, const GraphPlan& plan) {
  if (display.plain) return {sentence(series)};
  const int cells = plan.width - kLabelWidth - 1;
  if (cells < 1) return {};
  const std::vector<Moments> moments = resample(series, cells);
  std::vector<Line> below = clear_lines(moments, display, plan);
  if (any(moments, &Moments::rekey))
    below.push_back(labelled(display, "rekey", rekey_marks(moments, display.tier, Ground::kBlank), {.role = Role::kDim}, plan.width));
  if (any(moments, &Moments::blind))
    below.push_back(labelled(display, "blind", blind_marks(moments, display.tier, Ground::kBlank), {.role = Role::kWarn}, plan.width));
  add_cursor(series, display, plan, below);
  below.push_back(time_axis(series, display, kLabelWidth + 1, cells));
  std::vector<Line> lines = rate_lines(series, display, plan, std::max(plan.height - static_cast<int>(std::ssize(below)), 1));
  std::ranges::move(below, std::back_inserter(lines));
  return lines;
}

base::Time end_of(const Series& series) {
  if (!series.begin.known()) return series.begin;
  return {series.begin.nanoseconds + series.step.nanoseconds * static_cast<std::int64_t>(series.slices.size())};
}

Line time_axis(const Series& series, const Display& display, int at, int cells) {
  constexpr int kEvery = 20;
  Line line;
  if (!series.begin.known() || cells < 1) return line;
  const double length = static_cast<double>((end_of(series) - series.begin).nanoseconds);
  const int decimals = length < 200e6 ? 6 : length < 20e9 ? 3 : 0;
  for (int cell = 0; cell < cells; cell += kEvery) {
    const auto offset = static_cast<std::int64_t>(length * cell / cells);
    const std::string text = clock_text({series.begin.nanoseconds + offset}, display.utc, decimals);
    if (cell + width_of(text) <= cells) line.spans.push_back({at + cell, at + cells, text, {.role = Role::kDim}});
  }
  return line;
}

std::optional<int> cell_of(const Series& series, base::Time time, int cells) {
  const base::Time end = end_of(series);
  if (!series.begin.known() || !time.known() || time < series.begin || time > end || end == series.begin) return std::nullopt;
  const double part = static_cast<double>((time - series.begin).nanoseconds) / static_cast<double>((end - series.begin).nanoseconds);
  return std::min(static_cast<int>(part * cells), cells - 1);
}

std::string scale_words(const Series& series, int cells) {
  if (!series.begin.known() || series.slices.empty() || cells < 1) return "";
  const base::Duration whole = end_of(series) - series.begin;
  return fmt::format("{}, {} a cell", span_text(whole), span_text({whole.nanoseconds / cells}));
}

}  // namespace espy::tui
