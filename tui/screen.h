// Screen: the state between keys and pictures: which view is open and what is selected, filtered, sorted and frozen in it. It draws on a
// canvas and asks for effects; it knows no terminal, no clock and no thread. run() joins it to a Terminal and a Feed.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tui/command.h"
#include "tui/feed.h"
#include "tui/frame.h"
#include "tui/health.h"
#include "tui/keys.h"
#include "tui/menu.h"
#include "tui/period.h"
#include "tui/player.h"
#include "tui/prompt.h"
#include "tui/settings.h"
#include "tui/terminal.h"
#include "tui/view.h"

namespace espy::tui {

struct ScreenOptions {
  Settings settings;
  std::string settings_path;  // where `C` writes; empty: nowhere
  std::string message;        // told at first
  Step first;                 // --view
};

// What a key asks of the terminal or of the program.
struct Effects {
  enum class End : std::uint8_t { kNot, kQuit, kQuitKeep };
  End end = End::kNot;
  bool redraw = false;
  bool suspend = false;
  bool theme = false;  // another one was chosen
  bool interval = false;
  std::optional<Mouse> mouse;
  std::optional<std::string> copy;
};

class Screen {
 public:
  Screen(Feed& feed, ScreenOptions options);

  // Takes the newest picture. `wall` is the time of day, `steady` only goes forward.
  void look(base::Time wall, base::Time steady);
  void resize(Size size) { size_ = size; }
  void press(Key key);
  void click(int row);
  void wheel(int direction);
  Effects take_effects();
  void tell(std::string message) { message_ = std::move(message); }

  struct Picture {
    Canvas canvas;
    int cursor_row, cursor_column;
  };
  const Picture& draw();

  // Where the terminal has no clipboard: into a file. Says where (T13).
  std::string save_copy(const std::string& text) const;
  const Theme& theme() const;
  const Settings& settings() const { return options_.settings; }
  base::Duration interval() const;
  bool started() const;  // T26: there is something to show
  const Display& display() const { return options_.settings.display; }

 private:
  // One step of the breadcrumb with all that a person set in it.
  struct Level {
    Step step;
    Pane focus = Pane::kMain;
    bool maximised = false;
    bool follows = false;
    std::map<Pane, std::string> selected = {};
    std::map<Pane, std::size_t> row = {};  // of the selected item when it was last seen
    int scroll = 0, columns_skipped = 0, offset = 0, zoom = 0;
    std::optional<std::uint64_t> number = {};  // :goto seq
    Sort sort = {};
    Filter filter = {};
    std::map<Pane, std::vector<std::string>> held_order = {};
    std::set<std::string> unfolded = {};
    bool list_only = false;
    std::set<std::string> marked = {};
    std::set<std::string, std::less<>> hidden_columns = {};
  };
  struct Frozen {
    Moment moment;
    Chronicle chronicle;
    base::Time since;
  };

  struct Addressed {
    std::shared_ptr<const verdict::Picture> of, picture;
  };

  // screen.cpp
  void address();
  Level& level() { return levels_.back(); }
  const Level& level() const { return levels_.back(); }
  const View& current() const { return view(level().step.view); }
  const verdict::Picture& shown() const;
  Scene scene() const;
  std::string requirement(const Scene& scene) const;
  FrameFacts frame_facts(const Scene& scene) const;
  std::string word_of(State state, const Scene& scene) const;
  std::vector<std::string> path() const;
  base::Duration window() const;
  Period looked_at() const;
  Period whole_period() const { return period_of(moment_.chronicle->all(Chronicle::Span::kMinute)); }
  void draw_message(Canvas& canvas, Area area) const;

  // screen_moves.cpp
  std::vector<Item> items() const { return current().items(scene(), level().focus); }
  std::size_t position(const std::vector<Item>& items) const;
  std::string selected_key() const;
  void select(const std::vector<Item>& items, std::size_t index);
  void settle_selection();
  void move(int distance);
  void scroll(int distance);
  void move_to_end(bool last);
  int page() const;
  void sideways(int direction);
  void move_cursor(int direction);
  void next_bad(bool forward);
  void next_match(bool forward);
  void focus_next(int direction);
  void focus_pane(Pane pane);
  void show_event_time(const std::string& key);

  // screen_input.cpp
  void act(Action action);
  bool act_move(Action action);
  bool act_look(Action action);
  bool act_do(Action action);
  std::string why_not(Action action) const;
  void press_prompt(Key key);
  void press_menu(Key key);
  void close_menu();
  void after_menu(MenuStep step);
  base::Result<Filter> read_filter(const std::string& text) const;
  void judge_filter();
  void accept_command();
  void obey(const Command& command);
  void set_option(const std::string& name, const std::string& value);
  void go_to(const Command& command);
  CommandWords command_words() const;

  // screen_actions.cpp
  void open_selected();
  void open_step(Step step);
  void back();
  void toggle_help();
  void freeze();
  void follow();
  void more(int direction);
  void span(int direction);
  void hold_order();
  void open_sequence();
  void open_peer();
  void open_menu(MenuKind kind);
  void mark();
  void toggle_payload();
  void copy_row();
  void copy_filter();
  void save_view();
  void save_packets();
  void save_report();
  void save_settings();
  void toggle_mouse();
  std::string association_at_hand() const;
  std::string evidence_key() const;

  Feed& feed_;
  ScreenOptions options_;
  Size size_;
  Moment moment_;
  HealthMeter meter_;
  Health health_;
  std::optional<Frozen> frozen_;
  Addressed addressed_;
  Player player_;
  base::Duration window_{};                         // 0: as long as the part in sight asks for
  std::shared_ptr<const verdict::Picture> before_;  // of its begin
  base::Time wall_, steady_;
  std::vector<Level> levels_;
  std::string message_ = std::exchange(options_.message, {});
  std::optional<Prompt> prompt_;
  std::string filter_before_;
  std::optional<Menu> menu_;
  std::string theme_before_;
  Effects effects_;
  Drawn drawn_;
  std::optional<Picture> picture_;
};

struct Clocks {
  std::function<base::Time()> wall;    // time of day
  std::function<base::Time()> steady;  // only goes forward
};

struct Outcome {
  int signal = 0;       // that asked the program to end; the caller raises it again, with the screen given back
  bool closed = false;  // the terminal went away
};

// Until a person quits or a signal asks to end. Takes the screen when there is something to show, or at a key; gives it back before it
// returns. Errors: the terminal is none.
base::Result<Outcome> run(Feed& feed, Terminal& terminal, ScreenOptions options, const Clocks& clocks);

}  // namespace espy::tui
