// What keys do besides moving: steps into views and back, freezing, copying, saving.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tui/detail_view.h"
#include "tui/saving.h"
#include "tui/screen.h"
#include "tui/text.h"

namespace espy::tui {
namespace {

constexpr int kClosestZoom = 40;
constexpr std::size_t kDeepest = 16;  // steps of the breadcrumb

// Row `row` of a canvas without the marks of selection at its left.
std::string row_text(const Canvas& canvas, int row) {
  std::string all = canvas.text();
  for (int i = 0; i < row; ++i) all.erase(0, all.find('\n') + 1);
  all.erase(std::min(all.find('\n'), all.size()));
  const std::size_t begin = all.find_first_not_of("> ");
  return begin == std::string::npos ? "" : all.substr(begin);
}

base::Duration stepped(base::Duration interval, int direction) {
  const std::int64_t changed = direction > 0 ? interval.nanoseconds * 2 : interval.nanoseconds / 2;
  return {std::clamp(changed, kShortestInterval.nanoseconds, kLongestInterval.nanoseconds)};
}

}  // namespace

void Screen::open_step(Step step) {
  if (levels_.size() >= kDeepest) return tell("too many steps; Esc goes back");
  if (level().step.view == step.view && level().step.key == step.key) return;
  const bool events = step.view == ViewId::kEvents;
  levels_.push_back({.step = std::move(step), .follows = events && feed_.live()});
  const std::vector<Pane> panes = current().panes(scene());
  level().focus = panes.empty() ? Pane::kMain : panes.front();
}

void Screen::open_selected() {
  const std::string key = selected_key();
  if (key.empty()) return tell("nothing is selected");
  if (current().unfolds(key)) {
    if (level().unfolded.erase(key) == 0) level().unfolded.insert(key);
    return;
  }
  auto step = current().open(scene(), level().focus, key);
  if (!step) return tell("there is nothing more to open");
  open_step(std::move(*step));
}

void Screen::back() {
  if (!level().filter.empty()) {
    level().filter = {};
  } else if (levels_.size() > 1) {
    levels_.pop_back();
  } else if (level().maximised) {
    level().maximised = false;
  } else {
    tell(fmt::format("{} quits", options_.settings.keymap.shown(Action::kQuit)));
  }
}

void Screen::toggle_help() {
  if (level().step.view == ViewId::kHelp) {
    levels_.pop_back();
  } else {
    open_step({ViewId::kHelp, std::string(name(level().step.view))});
  }
}

void Screen::freeze() {
  if (!feed_.live()) return player_.toggle();
  if (frozen_) {
    frozen_.reset();
  } else {
    frozen_.emplace(moment_, *moment_.chronicle, steady_);
  }
}

void Screen::follow() {
  const ViewId view = level().step.view;
  const bool has_newest = view == ViewId::kEvents || view == ViewId::kTimeline || level().focus == Pane::kEvents;
  if (!has_newest) return tell("the selection stays with its row wherever that moves; f in events stays with the newest");
  level().follows = !level().follows;
  tell(level().follows ? "following the newest event" : "no longer following");
}

void Screen::more(int direction) {
  const ViewId view = level().step.view;
  const bool zooms = view != ViewId::kOverview && view != ViewId::kEvents && view != ViewId::kHelp && view != ViewId::kCapture;
  if (zooms) {
    const bool closest = in_sight(whole_period(), {}, level().zoom).length() <= kShortestPeriod;
    if (view == ViewId::kTimeline && !feed_.live() && direction > 0 && closest) return tell("this is as close as it gets");
    level().zoom = std::clamp(level().zoom + direction, view == ViewId::kSequence ? -kClosestZoom : 0, kClosestZoom);
    return;
  }
  if (!feed_.live()) return tell("a file needs no refresh; + and - zoom in the timeline and in sequence views");
  options_.settings.interval = stepped(options_.settings.interval, direction);
  effects_.interval = true;
}

void Screen::span(int direction) {
  if (!feed_.live()) {
    const base::Duration wanted = next_length(window(), direction);
    if (direction < 0 || wanted < whole_period().length()) window_ = wanted;
    return tell(
        fmt::format("window {}{}", span_text(window()), player_.cursor() ? "" : " before and around the cursor; Left or e sets one"));
  }
  const int now = static_cast<int>(options_.settings.display.span);
  options_.settings.display.span = static_cast<Chronicle::Span>(std::clamp(now + direction, 0, 2));
}

void Screen::hold_order() {
  if (!level().held_order.empty()) {
    level().held_order.clear();
    return tell("rows are in order again");
  }
  const Scene now = scene();
  for (const Pane pane : current().panes(now)) {
    for (Item& item : current().items(now, pane)) level().held_order[pane].push_back(std::move(item.key));
  }
  tell("rows hold their order; new ones come last");
}

// The SA that the view is of, or the selected one.
std::string Screen::association_at_hand() const {
  const ViewId view = level().step.view;
  if (view == ViewId::kAssociation || view == ViewId::kSequence) return level().step.key;
  const Scene now = scene();
  const std::string key = selected_key();
  const auto step = key.empty() ? std::nullopt : current().open(now, level().focus, key);
  if (step && step->view == ViewId::kAssociation) return step->key;
  if (view != ViewId::kOverview) return "";
  const auto chosen = level().selected.find(Pane::kAssociations);
  if (chosen != level().selected.end()) return chosen->second;
  const std::vector<Item> list = current().items(now, Pane::kAssociations);
  return list.empty() ? "" : list.front().key;
}

void Screen::open_sequence() {
  const std::string key = association_at_hand();
  if (key.empty()) return tell("select an SA first");
  open_step({ViewId::kSequence, key});
}

// The latest SA of the other direction.
void Screen::open_peer() {
  const auto& all = shown().summary.associations;
  const auto own = std::ranges::find(all, association_at_hand(), association_key);
  if (own == all.end()) return tell("the picture has this SA no more");
  const verdict::AssociationSummary* peer = nullptr;
  for (const verdict::AssociationSummary& other : all) {
    const bool opposite = other.source == own->destination && other.destination == own->source && other.protocol == own->protocol;
    if (opposite && (peer == nullptr || other.last > peer->last)) peer = &other;
  }
  if (peer == nullptr) return tell("no SA of the other direction was seen");
  level().step.key = association_key(*peer);
  level().selected.clear();
}

void Screen::open_menu(MenuKind kind) {
  std::vector<Menu::Entry> entries;
  std::size_t selected = 0;
  if (kind == MenuKind::kTheme) {
    theme_before_ = options_.settings.theme;
    for (const Theme& each : options_.settings.themes) {
      if (each.name == options_.settings.theme) selected = entries.size();
      entries.push_back({each.name, false});
    }
    menu_.emplace(kind, "Theme", std::move(entries), selected);
    return;
  }
  if (kind == MenuKind::kSort) entries.push_back({"worst first", false});
  for (const std::string& column : current().columns()) {
    if (column == level().sort.column) selected = entries.size();
    entries.push_back({column, !level().hidden_columns.contains(column)});
  }
  if (kind == MenuKind::kSort) {
    for (Menu::Entry& entry : entries) entry.ticked = false;
  }
  menu_.emplace(kind, kind == MenuKind::kSort ? "Sort by" : "Columns", std::move(entries), selected);
}

void Screen::mark() {
  const std::string key = selected_key();
  if (key.empty()) return tell("nothing is selected");
  if (level().marked.erase(key) == 0) level().marked.insert(key);
  move(1);
}

void Screen::toggle_payload() {
  if (!display().redacted_by.empty()) return tell(redaction_words(display()));
  options_.settings.display.payload = !options_.settings.display.payload;
}

void Screen::copy_row() {
  const auto line = std::ranges::find(drawn_.lines, drawn_.cursor_row, &Drawn::Line::row);
  if (!picture_ || line == drawn_.lines.end()) return tell("no row is selected");
  effects_.copy = row_text(picture_->canvas, line->row);
}

std::string Screen::save_copy(const std::string& text) const {
  const auto saved = save_text("espy-copy", wall_, text + '\n');
  return saved ? fmt::format("this terminal has no clipboard; saved {}", *saved) : saved.error().message;
}

void Screen::copy_filter() {
  const std::string filter = current().wireshark_filter(scene(), level().focus, selected_key());
  if (filter.empty()) return tell("no Wireshark filter describes this");
  effects_.copy = filter;
}

void Screen::save_view() {
  if (!picture_) return;
  const auto saved = save_text(fmt::format("espy-{}", name(level().step.view)), wall_, picture_->canvas.text());
  tell(saved ? fmt::format("saved {}", *saved) : saved.error().message);
}

// The leak or SA that is open, or the selected one.
std::string Screen::evidence_key() const {
  for (auto step = levels_.rbegin(); step != levels_.rend(); ++step) {
    const ViewId view = step->step.view;
    if (view == ViewId::kLeak || view == ViewId::kAssociation || view == ViewId::kSequence) return step->step.key;
  }
  const auto step = current().open(scene(), level().focus, selected_key());
  return step && (step->view == ViewId::kLeak || step->view == ViewId::kAssociation) ? step->key : "";
}

void Screen::save_packets() {
  const std::string key = evidence_key();
  if (key.empty()) return tell("select a leak or an SA first");
  const auto saved = feed_.save_packets(key);
  tell(saved ? *saved : saved.error().message);
}

void Screen::save_report() {
  const auto saved = feed_.save_report();
  tell(saved ? *saved : saved.error().message);
}

void Screen::save_settings() {
  if (options_.settings_path.empty()) return tell("there is no place for settings: HOME is not set");
  const auto saved = replace_file(options_.settings_path, to_toml(options_.settings));
  tell(saved ? fmt::format("saved {}", options_.settings_path) : saved.error().message);
}

void Screen::toggle_mouse() {
  Mouse& mouse = options_.settings.mouse;
  mouse = mouse == Mouse::kOn ? Mouse::kOff : Mouse::kOn;
  effects_.mouse = mouse;
  tell(mouse == Mouse::kOn ? "mouse on; Shift and drag selects text" : "mouse off");
}

}  // namespace espy::tui
