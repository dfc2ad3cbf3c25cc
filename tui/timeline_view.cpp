#include "tui/timeline_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <span>

#include "tui/block.h"
#include "tui/overview.h"
#include "tui/overview_panes.h"
#include "tui/period.h"
#include "tui/text.h"
#include "tui/window_table.h"
#include "tui/wireshark.h"
#include "tui/words.h"

namespace espy::tui {
namespace {

constexpr int kLabelWidth = 7;
constexpr int kRequirementLines = 8;  // with title and names, where the screen is low
constexpr int kLeast = 3;
constexpr int kWindowWidth = 112, kWindowHeight = 30;  // from here on the window around the cursor is shown
constexpr int kWindowLabel = 28;
constexpr std::size_t kWindowRequirements = 2;
constexpr int kEventLines = 5;  // at least, below the three spans of a live capture

struct Row {
  std::string_view label;
  std::string glyphs;
  Role role;
};

void add_row(const Row& row, int width, Writer& writer) {
  Line line;
  line.spans.push_back({1, kLabelWidth, std::string(row.label), {.role = Role::kDim}});
  line.spans.push_back({kLabelWidth, width, row.glyphs, {.role = row.role, .bold = row.role == Role::kClear}});
  writer.add(std::move(line));
}

// A cell may be less than a millisecond.
int decimals_of(const Period& period) { return period.length() < base::milliseconds(200) ? 6 : 3; }

void add_cursor(const Scene& scene, const Period& period, int cells, Writer& writer) {
  const auto at = scene.cursor ? cell_of(period, *scene.cursor, cells) : std::nullopt;
  if (!at) return;
  const std::string time =
      fmt::format("{}  window {}", clock_text(*scene.cursor, scene.display.utc, decimals_of(period)), span_text(scene.window));
  const bool turned = *at + width_of(time) + 2 > cells;
  const int column = kLabelWidth + (turned ? *at - width_of(time) - 1 : *at);
  Line line;
  line.spans.push_back({std::max(column, 0), writer.width(), turned ? time + " ^" : "^ " + time, {.role = Role::kTitle, .bold = true}});
  writer.add(std::move(line));
}

std::string plain_words(const Series& series) {
  std::uint64_t encrypted = 0, clear = 0, blind = 0;
  for (const Slice& slice : series.slices) {
    encrypted += slice.encrypted;
    clear += slice.clear;
    blind += slice.blind ? 1 : 0;
  }
  return fmt::format("{} encrypted, {} clear packets in {}; blind in {} of {} steps", encrypted, clear,
                     span_text(end_of(series) - series.begin), blind, series.slices.size());
}

// Rates, clear packets on their own row, rekeys, blind periods and the time.
void write_series(const Scene& scene, const Series& series, const Period& period, Writer& writer) {
  const int cells = std::max(writer.width() - kLabelWidth - 1, 1);
  if (series.slices.empty() || !series.begin.known()) return writer.line("no packet yet", {.role = Role::kDim});
  if (scene.display.plain) return writer.text(plain_words(series));
  const Tier tier = scene.display.tier == Tier::kBraille ? Tier::kBlock : scene.display.tier;
  const std::vector<Moments> moments = resample(series, period, cells);
  writer.add(time_axis(series_of(period), scene.display, kLabelWidth, cells));
  for (const Row& row :
       {Row{"enc/s", rate_bars(moments, tier), Role::kEncrypted}, Row{"seen", presence_marks(moments, tier), Role::kEncrypted},
        Row{"clear", clear_marks(moments, tier), Role::kClear}, Row{"rekey", rekey_marks(moments, tier, Ground::kLine), Role::kDim},
        Row{"blind", blind_marks(moments, tier, Ground::kLine), Role::kWarn}}) {
    add_row(row, writer.width(), writer);
  }
  add_cursor(scene, period, cells, writer);
}

std::vector<Line> file_lines(const Scene& scene, int width) {
  Writer writer(scene.display, width);
  const Series all = scene.chronicle.all(scene.display.span);
  if (!all.begin.known() || all.slices.empty()) {
    writer.title("6 Timeline");
    write_series(scene, all, {}, writer);
    return writer.take();
  }
  const Period period = in_sight(period_of(all), scene.cursor, scene.display.zoom);
  const int decimals = decimals_of(period);
  writer.title(fmt::format("6 Timeline {} .. {}", clock_text(period.begin, scene.display.utc, decimals),
                           clock_text(period.end, scene.display.utc, decimals)),
               fmt::format("1 cell = {}, zoom + -", span_text({period.length().nanoseconds / std::max(width - kLabelWidth - 1, 1)})));
  write_series(scene, series_in(scene, "", period), period, writer);
  return writer.take();
}

// "hq-dc2 enc |::::R::::", and the clear packets below where there are any.
void write_requirement(const Scene& scene, const verdict::RequirementSummary& requirement, const Period& period, Writer& writer) {
  const Tier tier = scene.display.tier == Tier::kBraille ? Tier::kBlock : scene.display.tier;
  const std::vector<Moments> cells =
      resample(series_in(scene, requirement.id, period), period, std::max(writer.width() - kWindowLabel - 1, 1));
  const auto add = [&](std::string_view what, std::string glyphs, Style style) {
    Line line;
    line.spans.push_back({1, kWindowLabel - 5, shorten(requirement_words(requirement), kWindowLabel - 7), {.role = Role::kDim}});
    line.spans.push_back({kWindowLabel - 5, kWindowLabel - 1, std::string(what), {.role = Role::kDim}});
    line.spans.push_back({kWindowLabel - 1, kWindowLabel, tier == Tier::kAscii ? "|" : "│", {.role = Role::kFrame}});
    line.spans.push_back({kWindowLabel, writer.width(), std::move(glyphs), style});
    writer.add(std::move(line));
  };
  add("enc", rate_bars(cells, tier), {.role = Role::kEncrypted});
  const bool leaks = std::ranges::any_of(cells, [](const Moments& cell) { return cell.clear > 0; });
  if (leaks) add("clr", clear_marks(cells, tier), {.role = Role::kClear, .bold = true});
}

// The window around the cursor, at finer cells, for the worst requirements.
std::vector<Line> window_lines(const Scene& scene, int width) {
  Writer writer(scene.display, width);
  const Series all = scene.chronicle.all(scene.display.span);
  if (!scene.cursor || !all.begin.known() || scene.display.plain) return {};
  const Period period = around(period_of(all), *scene.cursor, scene.window);
  const int decimals = decimals_of(period);
  writer.title(
      fmt::format("Window {} .. {}", clock_text(period.begin, scene.display.utc, decimals),
                  clock_text(period.end, scene.display.utc, decimals)),
      fmt::format("1 cell = {}, [ ] other lengths", span_text({period.length().nanoseconds / std::max(width - kWindowLabel - 1, 1)})));
  std::vector<RequirementRow> rows = requirement_rows(scene, Narrowing::kNone);
  for (const RequirementRow& row : std::span(rows).first(std::min(rows.size(), kWindowRequirements)))
    write_requirement(scene, *row.requirement, period, writer);
  return writer.take();
}

std::vector<Line> live_lines(const Scene& scene, int width, int height) {
  struct Span {
    Chronicle::Span span;
    std::string_view title;
    std::size_t slices;
  };
  constexpr int kLines = 7;  // of one span
  const std::array<Span, 3> spans{Span{Chronicle::Span::kMinute, "6 Timeline: last 60 s", 60},
                                  Span{Chronicle::Span::kHour, "Last hour", 60}, Span{Chronicle::Span::kDay, "Last day", 48}};
  Writer writer(scene.display, width);
  const int room = std::max(height / kLines, 1);
  for (int index = 0; index < std::min(room, 3); ++index) {
    const Span& span = room >= 3 ? spans[static_cast<std::size_t>(index)]
                                 : spans[(static_cast<std::size_t>(scene.display.span) + static_cast<std::size_t>(index)) % 3];
    writer.title(span.title, room >= 3 ? "" : "[ ] other spans");
    const Series series = padded(scene.chronicle.all(span.span), span.slices);
    write_series(scene, series, period_of(series), writer);
  }
  return writer.take();
}

class TimelineView final : public View {
 public:
  std::vector<Pane> panes(const Scene&) const override { return {Pane::kMain}; }

  std::vector<Item> items(const Scene& scene, Pane) const override { return items_of(rows(scene)); }

  std::pair<State, std::string> headline(const Scene& scene) const override {
    auto [state, words] = verdict_headline(scene);
    if (!scene.picture.live) words = "whole file: " + words;
    if (scene.cursor) {
      const auto leaking =
          std::ranges::count_if(scene.picture.summary.requirements, [](const auto& requirement) { return requirement.packets.leaked > 0; });
      words = fmt::format("whole file: {}. Up to the cursor: {} leaked", counted(scene.whole.leaked_packets, "clear packet"),
                          leaking == 0 ? "nothing" : counted(static_cast<std::uint64_t>(leaking), "requirement"));
    }
    return {state, words};
  }

  Drawn draw(const Scene& scene, Canvas& canvas, Area area) const override {
    std::vector<Line> lines = scene.picture.live
                                  ? live_lines(scene, area.width, area.height - requirement_height(scene, area.height / 2) - kEventLines)
                                  : file_lines(scene, area.width);
    if (!scene.picture.live && area.width >= kWindowWidth && area.height >= kWindowHeight)
      std::ranges::move(window_lines(scene, area.width), std::back_inserter(lines));
    const int graph = std::min(static_cast<int>(std::ssize(lines)), std::max(area.height - kLeast, 0));
    Area part{area.row, area.column, area.width, graph};
    if (graph > 0)
      draw_block(canvas, part, {.head = {}, .body = std::move(lines)},
                 {.tier = scene.display.tier, .pane = Pane::kMain, .selected = "", .focused = false});
    part.row += graph;
    int left = area.height - graph;
    const int table = requirement_height(scene, left);
    if (table >= kLeast) {
      part.height = table;
      draw_block(canvas, part, requirement_block(scene, part),
                 {.tier = scene.display.tier, .pane = Pane::kMain, .selected = "", .focused = false});
      part.row += table;
      left -= table;
    }
    part.height = left;
    return part.height > 0 ? draw_events(scene, canvas, part) : Drawn{.lines = {}, .cursor_row = area.row, .rows = 0};
  }

  std::optional<Step> open(const Scene& scene, Pane, const std::string& key) const override { return open_event(scene, key); }
  std::vector<std::string> columns() const override { return {}; }
  std::string wireshark_filter(const Scene& scene, Pane, const std::string& key) const override {
    return wireshark_filter_of(scene, open_event(scene, key));
  }

 private:
  static std::vector<EventRow> rows(const Scene& scene) { return event_rows(scene, EventOrder::kNewestLast, Narrowing::kAsked); }

  // As many lines as leave half of the room for events.
  static int requirement_height(const Scene& scene, int left) {
    const int wanted = static_cast<int>(std::ssize(scene.picture.summary.requirements)) + 2;
    return std::min(wanted, std::max(left / 2, std::min(left - kLeast, kRequirementLines)));
  }

  static Block requirement_block(const Scene& scene, Area area) {
    const int width = area.width;
    const auto found = requirement_rows(scene, Narrowing::kNone);
    const Sight sight{0, static_cast<std::size_t>(area.height)};
    Block block;
    const bool windowed = scene.cursor && !scene.picture.live;
    const std::string title = scene.picture.live ? "Requirements"
                              : windowed         ? fmt::format("Requirements at the cursor, last {}", span_text(scene.window))
                                                 : "Requirements, whole file";
    block.head = {title_line(scene.display, width, title, windowed ? "STATE, ALL: since the start" : "worst first")};
    const Table table = windowed ? window_table(scene, found, sight) : requirement_table(scene, found, sight);
    block.head.push_back(table.head(width, 0));
    for (Line& line : table.lines(scene.display, width, 0)) {
      line.key.clear();
      block.body.push_back(std::move(line));
    }
    return block;
  }

  // The selected event, or the last one before the cursor.
  static std::string chosen(const Scene& scene, const std::vector<EventRow>& rows) {
    const auto selected = scene.selected.find(Pane::kMain);
    if (selected != scene.selected.end() && std::ranges::find(rows, selected->second, &EventRow::key) != rows.end())
      return selected->second;
    std::string key = rows.empty() ? "" : rows.back().key;
    if (!scene.cursor) return key;
    for (const EventRow& row : rows) {
      if (row.event->time <= *scene.cursor) key = row.key;
    }
    return key;
  }

  static std::size_t selected(const Scene& scene, const std::vector<EventRow>& rows) {
    return static_cast<std::size_t>(std::ranges::find(rows, chosen(scene, rows), &EventRow::key) - rows.begin());
  }

  static Drawn draw_events(const Scene& scene, Canvas& canvas, Area area) {
    const std::vector<EventRow> shown = rows(scene);
    Block block;
    block.head.push_back(title_line(scene.display, area.width, scene.cursor ? "4 Events near the cursor" : "4 Events",
                                    fmt::format("{}, newest last", shown.size()), true));
    const Table table = event_table(scene, shown, 3, {selected(scene, shown), static_cast<std::size_t>(area.height)});
    block.body = table.lines(scene.display, area.width, scene.columns_skipped);
    if (shown.empty()) {
      Writer writer(scene.display, area.width);
      writer.line("  none so far", {.role = Role::kDim});
      block.body = writer.take();
    }
    return draw_block(canvas, area, block,
                      {.tier = scene.display.tier, .pane = Pane::kMain, .selected = chosen(scene, shown), .focused = true});
  }
};

}  // namespace

const View& timeline_view() {
  static const TimelineView made;
  return made;
}

}  // namespace espy::tui
