// What keys mean: the prompt's, the menu's, or the action that the keymap names. A key that can do nothing says why (T8).
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ctime>

#include "tui/screen.h"

namespace espy::tui {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kDay = 86'400 * kSecond;

// Midnight of the day of `time`, in UTC or in local time.
base::Time midnight(base::Time time, bool utc) {
  std::int64_t offset = 0;
  if (!utc) {
    const auto seconds = static_cast<std::time_t>(time.nanoseconds / kSecond);
    std::tm local{};
    if (::localtime_r(&seconds, &local) != nullptr) offset = local.tm_gmtoff * kSecond;
  }
  const std::int64_t shifted = time.nanoseconds + offset;
  return {shifted - (shifted % kDay + kDay) % kDay - offset};
}

std::optional<bool> read_switch(const std::string& value, std::string_view on, std::string_view off) {
  if (value == on) return true;
  return value == off ? std::optional(false) : std::nullopt;
}

}  // namespace

void Screen::press(Key key) {
  message_.clear();
  if (prompt_) return press_prompt(key);
  if (menu_) return press_menu(key);
  const Action* action = options_.settings.keymap.find(key);
  if (action == nullptr) {
    const std::string& help = options_.settings.keymap.shown(Action::kHelp);
    return tell(fmt::format("{} does nothing; {} shows the keys", escape(name(key)), help));
  }
  if (const std::string reason = why_not(*action); !reason.empty()) return tell(reason);
  act(*action);
}

std::string Screen::why_not(Action action) const {
  const ActionFacts& fact = facts(action);
  const bool live = feed_.live();
  // Help is open above the view whose keys it tells; keys that lead elsewhere go on to work.
  if ((fact.views & only(level().step.view)) == 0) return fmt::format("{}: {}", fact.name, fact.elsewhere);
  switch (action) {
    case Action::kSlower:
    case Action::kFaster: return live ? "what is live has one speed; < and > are for files" : "";
    case Action::kAcknowledge: return "acknowledging a leak comes with `espy monitor`";
    case Action::kSort:
    case Action::kReverse:
    case Action::kColumns: return current().columns().empty() ? "this view has nothing to sort or hide" : "";
    case Action::kSequence: return association_at_hand().empty() ? "select an SA first" : "";
    default: return "";
  }
}

void Screen::act(Action action) {
  if (act_move(action) || act_look(action)) return;
  act_do(action);
}

bool Screen::act_move(Action action) {
  switch (action) {
    case Action::kUp: move(-1); return true;
    case Action::kDown: move(1); return true;
    case Action::kPageUp: move(-page()); return true;
    case Action::kPageDown: move(page()); return true;
    case Action::kHalfUp: move(-std::max(page() / 2, 1)); return true;
    case Action::kHalfDown: move(std::max(page() / 2, 1)); return true;
    case Action::kFirst: move_to_end(false); return true;
    case Action::kLast: move_to_end(true); return true;
    case Action::kLeft: sideways(-1); return true;
    case Action::kRight: sideways(1); return true;
    case Action::kNextPane: focus_next(1); return true;
    case Action::kPreviousPane: focus_next(-1); return true;
    case Action::kMaximise: level().maximised = !level().maximised; return true;
    case Action::kOpen: open_selected(); return true;
    case Action::kBack: back(); return true;
    case Action::kNextBad: next_bad(true); return true;
    case Action::kPreviousBad: next_bad(false); return true;
    case Action::kFollow: follow(); return true;
    default: break;
  }
  if (action < Action::kPane1 || action > Action::kPane7) return false;
  focus_pane(static_cast<Pane>(static_cast<int>(action) - static_cast<int>(Action::kPane1) + 1));
  return true;
}

bool Screen::act_look(Action action) {
  Display& display = options_.settings.display;
  switch (action) {
    case Action::kFilter:
      filter_before_ = level().filter.text();
      prompt_.emplace(PromptKind::kFilter, filter_before_);
      return true;
    case Action::kNextMatch: next_match(true); return true;
    case Action::kPreviousMatch: next_match(false); return true;
    case Action::kSort: open_menu(MenuKind::kSort); return true;
    case Action::kReverse: level().sort.reversed = !level().sort.reversed; return true;
    case Action::kHold: hold_order(); return true;
    case Action::kColumns: open_menu(MenuKind::kColumns); return true;
    case Action::kUnits: display.bits = !display.bits; return true;
    case Action::kNames: display.names = !display.names; return true;
    case Action::kClock: display.utc = !display.utc; return true;
    case Action::kFreeze: freeze(); return true;
    case Action::kMore: more(1); return true;
    case Action::kLess: more(-1); return true;
    case Action::kSlower: player_.slower(); return true;
    case Action::kFaster: player_.faster(); return true;
    case Action::kNarrower: span(-1); return true;
    case Action::kWider: span(1); return true;
    case Action::kTimeline: open_step({ViewId::kTimeline, ""}); return true;
    case Action::kSequence: open_sequence(); return true;
    case Action::kPeer: open_peer(); return true;
    case Action::kListOnly: level().list_only = !level().list_only; return true;
    case Action::kCapture: open_step({ViewId::kCapture, ""}); return true;
    default: return false;
  }
}

bool Screen::act_do(Action action) {
  switch (action) {
    case Action::kMark: mark(); return true;
    case Action::kPayload: toggle_payload(); return true;
    case Action::kCopy: copy_row(); return true;
    case Action::kCopyFilter: copy_filter(); return true;
    case Action::kSaveView: save_view(); return true;
    case Action::kSavePackets: save_packets(); return true;
    case Action::kSaveReport: save_report(); return true;
    case Action::kCommand: prompt_.emplace(PromptKind::kCommand, ""); return true;
    case Action::kTheme: open_menu(MenuKind::kTheme); return true;
    case Action::kSaveSettings: save_settings(); return true;
    case Action::kMouse: toggle_mouse(); return true;
    case Action::kRedraw: effects_.redraw = true; return true;
    case Action::kSuspend: effects_.suspend = true; return true;
    case Action::kHelp: toggle_help(); return true;
    case Action::kQuit: effects_.end = Effects::End::kQuit; return true;
    case Action::kQuitKeep: effects_.end = Effects::End::kQuitKeep; return true;
    default: return false;
  }
}

base::Result<Filter> Screen::read_filter(const std::string& text) const {
  const std::vector<std::string> keys = current().columns();
  return keys.empty() ? Filter::read(text) : Filter::read(text, keys);
}

// As it is typed; what cannot be read leaves the last filter that could.
void Screen::judge_filter() {
  auto filter = read_filter(prompt_->text());
  prompt_->judge(filter ? "" : filter.error().message);
  if (filter) level().filter = std::move(*filter);
}

CommandWords Screen::command_words() const {
  CommandWords words{.views = {"overview", "events", "timeline", "capture"}, .themes = {}, .columns = current().columns()};
  for (const Theme& theme : options_.settings.themes) words.themes.push_back(theme.name);
  return words;
}

void Screen::press_prompt(Key key) {
  const auto completions = [&](std::string_view text) -> std::vector<std::string> {
    if (prompt_->kind() == PromptKind::kCommand) return complete_command(text, command_words());
    const std::size_t blank = text.find_last_of(" !");
    const std::string_view head = blank == std::string_view::npos ? "" : text.substr(0, blank + 1);
    std::vector<std::string> offered;
    for (const std::string& column : current().columns()) {
      if (column.starts_with(text.substr(head.size()))) offered.push_back(fmt::format("{}{}:", head, column));
    }
    return offered;
  };
  const PromptStep step = prompt_->press(key, completions);
  const bool command = prompt_->kind() == PromptKind::kCommand;
  if (step == PromptStep::kGoesOn) {
    if (!command) judge_filter();
    return;
  }
  if (step == PromptStep::kAccepted && command) return accept_command();
  if (step == PromptStep::kAccepted && !prompt_->trouble().empty()) return;
  if (step == PromptStep::kCancelled && !command) level().filter = Filter::read(filter_before_).value_or(Filter());
  prompt_.reset();
}

void Screen::accept_command() {
  const auto command = read_command(prompt_->text());
  if (!command) return prompt_->judge(command.error().message);
  prompt_.reset();
  obey(*command);
}

void Screen::obey(const Command& command) {
  switch (command.kind) {
    case CommandKind::kGotoTime:
    case CommandKind::kGotoSequence: return go_to(command);
    case CommandKind::kFilter: {
      auto filter = read_filter(command.argument);
      if (!filter) return tell(filter.error().message);
      level().filter = std::move(*filter);
      return;
    }
    case CommandKind::kView: {
      const auto found = find_view(command.argument);
      const auto& known = command_words().views;
      if (!found || std::ranges::find(known, command.argument) == known.end()) {
        return tell(fmt::format("\"{}\" is no view that opens by name", command.argument));
      }
      return *found == ViewId::kOverview ? focus_pane(Pane::kRequirements) : open_step({*found, ""});
    }
    case CommandKind::kTheme:
      if (find_theme(options_.settings.themes, command.argument) == nullptr) {
        return tell(fmt::format("no theme is called \"{}\"", command.argument));
      }
      options_.settings.theme = command.argument;
      effects_.theme = true;
      return;
    case CommandKind::kSort: {
      const auto columns = current().columns();
      if (std::ranges::find(columns, command.argument) == columns.end()) return tell(fmt::format("no column \"{}\"", command.argument));
      level().sort.column = command.argument;
      return;
    }
    case CommandKind::kSet: return set_option(command.argument, command.value);
    case CommandKind::kSave: return save_view();
    case CommandKind::kPackets: return save_packets();
    case CommandKind::kReport: return save_report();
    case CommandKind::kHelp: return toggle_help();
    case CommandKind::kQuit: effects_.end = Effects::End::kQuit; return;
  }
}

void Screen::set_option(const std::string& name, const std::string& value) {
  if (name == "payload" && !display().redacted_by.empty()) return toggle_payload();
  if (name == "mouse") {
    const auto wanted = read_switch(value, "on", "off");
    if (wanted && *wanted != (options_.settings.mouse == Mouse::kOn)) toggle_mouse();
    return wanted ? void() : tell("mouse is on or off");
  }
  const SettingEntry entry{.table = "screen", .name = name, .values = {value}};
  auto changed = read_settings({&entry, 1}, options_.settings);
  if (!changed) return tell(changed.error().message);
  effects_.theme = true;
  effects_.interval = changed->interval != options_.settings.interval;
  options_.settings = std::move(*changed);
}

void Screen::go_to(const Command& command) {
  if (command.kind == CommandKind::kGotoSequence) {
    if (level().step.view != ViewId::kSequence) return tell("open the sequence view of an SA first: v");
    level().number = command.number;
    level().offset = 0;
    return;
  }
  if (feed_.live()) return tell("goto is for files; the timeline (t) shows the time that is kept");
  const base::Time last = moment_.whole->now;
  if (!last.known()) return tell("nothing was read yet");
  const base::Time wanted = command.time.known()
                                ? command.time
                                : base::Time{midnight(player_.cursor().value_or(last), options_.settings.display.utc).nanoseconds +
                                             command.time_of_day.nanoseconds};
  player_.go_to(wanted);
}

void Screen::press_menu(Key key) { after_menu(menu_->press(key)); }

void Screen::close_menu() {
  if (menu_->kind() == MenuKind::kTheme && options_.settings.theme != theme_before_) {
    options_.settings.theme = theme_before_;
    effects_.theme = true;
  }
  menu_.reset();
}

// A theme is shown while it is looked at; columns go and come as they are ticked.
void Screen::after_menu(MenuStep step) {
  const MenuKind kind = menu_->kind();
  const std::string chosen = menu_->entries().empty() ? "" : menu_->selected().name;
  switch (step) {
    case MenuStep::kGoesOn: return;
    case MenuStep::kClosed: return close_menu();
    case MenuStep::kTicked:
      if (menu_->selected().ticked) {
        level().hidden_columns.erase(chosen);
      } else {
        level().hidden_columns.insert(chosen);
      }
      return;
    case MenuStep::kMoved:
    case MenuStep::kChosen:
      if (kind == MenuKind::kTheme) {
        options_.settings.theme = chosen;
        effects_.theme = true;
      }
  }
  if (step == MenuStep::kMoved) return;
  if (kind == MenuKind::kSort) level().sort.column = chosen == "worst first" ? "" : chosen;
  menu_.reset();
}

void Screen::click(int row) {
  message_.clear();
  if (prompt_) return;
  if (menu_) return after_menu(menu_->click(row));
  const auto line = std::ranges::find(drawn_.lines, row, &Drawn::Line::row);
  if (line == drawn_.lines.end()) return;
  const bool again = level().focus == line->pane && selected_key() == line->key;
  level().focus = line->pane;
  level().selected[line->pane] = line->key;
  level().follows = false;
  if (again) open_selected();
}

void Screen::wheel(int direction) {
  if (prompt_) return;
  if (menu_) return press_menu(direction < 0 ? Key::kUp : Key::kDown);
  move(direction * 3);
}

}  // namespace espy::tui
