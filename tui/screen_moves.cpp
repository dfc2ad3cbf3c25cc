// What moves inside a view: the selection, which belongs to an item and not to a row (T4), the focus, the scrolled lines, the cursor in
// time.
#include <fmt/format.h>

#include <algorithm>

#include "tui/screen.h"

namespace espy::tui {
namespace {

constexpr int kTimelineMargins = 8;  // cells of the timeline's rows that are not time

bool is_bad(const Item& item) { return item.state == State::kLeak || item.state == State::kWarn; }
bool newest_last(ViewId view) { return view == ViewId::kEvents || view == ViewId::kTimeline; }

}  // namespace

std::size_t Screen::position(const std::vector<Item>& items) const {
  const auto selected = level().selected.find(level().focus);
  if (selected != level().selected.end()) {
    const auto found = std::ranges::find(items, selected->second, &Item::key);
    if (found != items.end()) return static_cast<std::size_t>(found - items.begin());
  }
  return newest_last(level().step.view) && !items.empty() ? items.size() - 1 : 0;
}

std::string Screen::selected_key() const {
  const std::vector<Item> list = items();
  return list.empty() ? "" : list[position(list)].key;
}

void Screen::select(const std::vector<Item>& items, std::size_t index) {
  level().selected[level().focus] = items[index].key;
  level().row[level().focus] = index;
  level().follows = false;
}

// An item that is gone leaves the selection at its row.
void Screen::settle_selection() {
  const Scene now = scene();
  for (const Pane pane : current().panes(now)) {
    const auto selected = level().selected.find(pane);
    if (selected == level().selected.end()) continue;
    const std::vector<Item> list = current().items(now, pane);
    const auto found = std::ranges::find(list, selected->second, &Item::key);
    if (found != list.end()) {
      level().row[pane] = static_cast<std::size_t>(found - list.begin());
    } else if (!list.empty()) {
      selected->second = list[std::min(level().row[pane], list.size() - 1)].key;
    }
  }
  if (level().follows) level().selected.erase(level().focus);
}

int Screen::page() const {
  const auto rows = std::ranges::count(drawn_.lines, level().focus, &Drawn::Line::pane);
  return std::max(static_cast<int>(rows) - 1, 1);
}

void Screen::scroll(int distance) {
  const int height = body_area(size_, display().layout).height;
  level().scroll = std::clamp(level().scroll + distance, 0, std::max(drawn_.rows - height, 0));
}

void Screen::move(int distance) {
  const std::vector<Item> list = items();
  const auto last = static_cast<int>(list.size()) - 1;
  const int from = static_cast<int>(position(list));
  const int to = std::clamp(from + distance, 0, std::max(last, 0));
  if (list.empty() || to == from) return scroll(distance);
  select(list, static_cast<std::size_t>(to));
  if (level().step.view == ViewId::kTimeline) show_event_time(list[static_cast<std::size_t>(to)].key);
}

void Screen::move_to_end(bool last) {
  const std::vector<Item> list = items();
  scroll(last ? drawn_.rows : -drawn_.rows);
  if (!list.empty()) select(list, last ? list.size() - 1 : 0);
}

// One cell of the timeline, less where it is zoomed.
void Screen::move_cursor(int direction) {
  const std::int64_t cells = std::max(size_.width - kTimelineMargins, 1);
  const Period shown = in_sight(whole_period(), player_.cursor(), level().zoom);
  player_.move({direction * std::max<std::int64_t>(shown.length().nanoseconds / cells, 1)});
}

void Screen::sideways(int direction) {
  const ViewId view = level().step.view;
  if (view == ViewId::kTimeline && !feed_.live()) return move_cursor(direction);
  if (view == ViewId::kTimeline || view == ViewId::kSequence) {
    level().offset = std::max(level().offset - direction * (view == ViewId::kSequence ? 64 : 1), 0);
    return;
  }
  level().columns_skipped = std::clamp(level().columns_skipped + direction, 0, 40);
}

// In a file the state shown is that of the event.
void Screen::show_event_time(const std::string& key) {
  if (feed_.live()) return;
  const auto& events = moment_.chronicle->events();
  const auto found = std::ranges::find_if(events, [&](const Event& event) { return std::to_string(event.number) == key; });
  if (found != events.end() && found->time.known()) player_.go_to(found->time);
}

// Through the panes in their order, from the selected item on and around.
void Screen::next_bad(bool forward) {
  const Scene now = scene();
  if (const auto step = current().beside(now, forward)) {
    level().step = *step;
    level().selected.clear();
    level().scroll = 0;
    return;
  }
  struct Place {
    Pane pane;
    std::string key;
    bool bad, here;
  };
  std::vector<Place> places;
  const std::string selected = selected_key();
  for (const Pane pane : current().panes(now)) {
    for (const Item& item : current().items(now, pane)) {
      places.push_back({pane, item.key, is_bad(item), pane == level().focus && item.key == selected});
    }
  }
  if (!forward) std::ranges::reverse(places);
  const auto here = std::ranges::find(places, true, &Place::here);
  if (here != places.end()) std::rotate(places.begin(), here + 1, places.end());
  const auto found = std::ranges::find(places, true, &Place::bad);
  if (found == places.end()) return tell("nothing bad is in this view");
  level().focus = found->pane;
  level().selected[found->pane] = found->key;
  level().follows = false;
  if (level().step.view == ViewId::kTimeline) show_event_time(found->key);
}

void Screen::next_match(bool forward) {
  if (level().filter.empty()) return tell("no filter is set; / sets one");
  const std::vector<Item> list = items();
  if (list.empty()) return scroll(forward ? 1 : -1);
  const std::size_t count = list.size();
  select(list, (position(list) + (forward ? 1 : count - 1)) % count);
}

void Screen::focus_next(int direction) {
  const std::vector<Pane> panes = current().panes(scene());
  const auto found = std::ranges::find(panes, level().focus);
  const auto count = static_cast<int>(panes.size());
  if (count < 2 || found == panes.end()) return tell("this view has one pane");
  level().focus = panes[static_cast<std::size_t>((static_cast<int>(found - panes.begin()) + direction + count) % count)];
  level().columns_skipped = 0;
}

// From anywhere: the number of a pane leads to it.
void Screen::focus_pane(Pane pane) {
  if (pane == Pane::kTimeline) return open_step({ViewId::kTimeline, ""});
  if (pane == Pane::kSequence) return open_sequence();
  const bool again = levels_.size() == 1 && level().focus == pane;
  if (again && pane == Pane::kEvents) return open_step({ViewId::kEvents, ""});
  levels_.resize(1, levels_.front());
  level().focus = pane;
  level().columns_skipped = 0;
}

}  // namespace espy::tui
