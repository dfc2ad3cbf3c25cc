#include "tui/events_view.h"

#include <fmt/format.h>

#include <algorithm>

#include "tui/block.h"
#include "tui/event_graph.h"
#include "tui/overview_panes.h"
#include "tui/text.h"
#include "tui/wireshark.h"
#include "verdict/catalogue.h"

namespace espy::tui {
namespace {

constexpr int kDetailFrom = 16;  // lines: from here on the selected event is told in full below

class EventsView final : public View {
 public:
  std::vector<Pane> panes(const Scene&) const override { return {Pane::kMain}; }

  std::vector<Item> items(const Scene& scene, Pane) const override { return items_of(rows(scene)); }

  std::pair<State, std::string> headline(const Scene& scene) const override {
    const auto& events = scene.chronicle.events();
    State worst = State::kNote;
    std::size_t critical = 0, warnings = 0;
    for (const Event& event : events) {
      worst = std::min(worst, state_of(event.severity));
      critical += event.severity == verdict::Severity::kCritical ? 1 : 0;
      warnings += event.severity == verdict::Severity::kWarning ? 1 : 0;
    }
    std::string words = fmt::format("{}: {} critical, {}", counted(events.size(), "event"), critical, counted(warnings, "warning"));
    if (scene.chronicle.events_left_out() > 0) words += fmt::format("; {} older ones are gone", scene.chronicle.events_left_out());
    return {events.empty() ? State::kNote : worst, words};
  }

  Drawn draw(const Scene& scene, Canvas& canvas, Area area) const override {
    const std::vector<EventRow> shown = rows(scene);
    const std::string key = chosen(scene, shown);
    area = draw_graph(scene, canvas, area, shown);
    Area list = area;
    std::vector<Line> detail;
    if (area.height >= kDetailFrom) {
      detail = detail_lines(scene, shown, key, area.width);
      list.height = std::max(area.height - static_cast<int>(std::ssize(detail)), area.height / 2);
    }
    const Drawn drawn = draw_block(
        canvas, list, list_block(scene, shown, key, list),
        {.tier = scene.display.tier, .pane = Pane::kMain, .selected = key, .focused = true, .scroll = 0, .marked = &scene.marked});
    Area below = area;
    below.row += list.height;
    below.height -= list.height;
    if (below.height > 0)
      draw_block(canvas, below, {.head = {}, .body = std::move(detail)},
                 {.tier = scene.display.tier, .pane = Pane::kMain, .selected = "", .focused = false});
    return drawn;
  }

  std::optional<Step> open(const Scene& scene, Pane, const std::string& key) const override { return open_event(scene, key); }
  std::vector<std::string> columns() const override { return {"state", "name", "rule", "spi", "sev", "kind", "code"}; }
  std::string wireshark_filter(const Scene& scene, Pane, const std::string& key) const override {
    return wireshark_filter_of(scene, open_event(scene, key));
  }

 private:
  static std::vector<EventRow> rows(const Scene& scene) { return event_rows(scene, EventOrder::kNewestLast, Narrowing::kAsked); }

  // The rest of the area.
  static Area draw_graph(const Scene& scene, Canvas& canvas, Area area, const std::vector<EventRow>& rows) {
    std::vector<Line> lines = event_graph(scene, rows, area.width);
    const int height = static_cast<int>(std::ssize(lines));
    if (height == 0 || area.height < height + kDetailFrom) return area;
    draw_block(canvas, {area.row, area.column, area.width, height}, {.head = {}, .body = std::move(lines)},
               {.tier = scene.display.tier, .pane = Pane::kMain, .selected = "", .focused = false});
    return {area.row + height, area.column, area.width, area.height - height};
  }

  // The newest where nothing is selected.
  static std::string chosen(const Scene& scene, const std::vector<EventRow>& rows) {
    const auto selected = scene.selected.find(Pane::kMain);
    if (selected != scene.selected.end() && std::ranges::find(rows, selected->second, &EventRow::key) != rows.end())
      return selected->second;
    return rows.empty() ? "" : rows.back().key;
  }

  static Block list_block(const Scene& scene, const std::vector<EventRow>& rows, const std::string& key, Area area) {
    const int width = area.width;
    const auto selected = std::ranges::find(rows, key, &EventRow::key) - rows.begin();
    Block block;
    const std::size_t all = scene.chronicle.events().size();
    const Table table = event_table(scene, rows, scene.display.layout.wide(width) ? 6 : 3,
                                    {static_cast<std::size_t>(selected), static_cast<std::size_t>(area.height)});
    block.head.push_back(title_line(scene.display, width, "4 Events", fmt::format("{} of {}, newest last", rows.size(), all), true));
    if (rows.empty()) {
      Writer writer(scene.display, width);
      writer.line(all == 0 ? "  none so far" : "  no event matches the filter", {.role = Role::kDim});
      block.body = writer.take();
      return block;
    }
    block.head.push_back(table.head(width, scene.columns_skipped));
    block.body = table.lines(scene.display, width, scene.columns_skipped);
    return block;
  }

  static std::vector<Line> detail_lines(const Scene& scene, const std::vector<EventRow>& rows, const std::string& key, int width) {
    const auto row = std::ranges::find(rows, key, &EventRow::key);
    if (row == rows.end()) return {};
    const Event& event = *row->event;
    Writer writer(scene.display, width);
    writer.title("Selected", open_event(scene, key) ? "Enter opens what it is of" : "");
    writer.facts({{"time", date_text(event.time, scene.display.utc, 6)},
                  {"severity", std::string(verdict::name(event.severity)), style_of(row->state)},
                  {"rule", event.requirement.empty() ? "-" : requirement_words(scene, event.requirement)},
                  {"SA", event.association.empty() ? "-" : event.association}});
    writer.text(event.text);
    if (const verdict::CatalogueEntry* entry = verdict::find(event.code)) {
      writer.text(fmt::format("{}: {}.", event.code, entry->title), {.role = Role::kDim});
      writer.text(fmt::format("Do: {}", entry->advice), {.role = Role::kDim});
    }
    return writer.take();
  }

  static std::string requirement_words(const Scene& scene, const std::string& id) {
    const auto* requirement = find_requirement(scene.picture, id);
    return requirement == nullptr ? id : fmt::format("{} {}", id, requirement->name);
  }
};

}  // namespace

const View& events_view() {
  static const EventsView made;
  return made;
}

}  // namespace espy::tui
