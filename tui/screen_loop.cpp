// The loop: input at once, pictures once in a while, signals to the caller.
#include <algorithm>
#include <csignal>

#include "tui/screen.h"

namespace espy::tui {
namespace {

constexpr base::Duration kPatience = base::milliseconds(50);  // before the screen is taken: how often a first packet is looked for
constexpr int kInputsAtOnce = 64;                             // that share one redraw

class Loop {
 public:
  Loop(Feed& feed, Terminal& terminal, ScreenOptions options, const Clocks& clocks)
      : feed_(feed), terminal_(terminal), clocks_(clocks), screen_(feed, std::move(options)) {}

  base::Result<Outcome> run() {
    if (!wait_for_something()) return outcome_;
    if (auto started = terminal_.start(); !started) return std::unexpected(started.error());
    terminal_.set_theme(screen_.theme());
    terminal_.set_mouse(screen_.settings().mouse);
    feed_.set_interval(screen_.settings().interval);
    while (!ended_) {
      show();
      listen();
    }
    terminal_.finish(keep_ ? &screen_.draw().canvas : nullptr);
    return outcome_;
  }

 private:
  // T26: until there is a picture, or a key. False: the program is to end before.
  bool wait_for_something() {
    while (!screen_.started()) {
      const Input input = terminal_.read(kPatience);
      if (input.kind == InputKind::kKey) return true;
      take_end(input);
      if (ended_) return false;
      screen_.look(clocks_.wall(), clocks_.steady());
    }
    return true;
  }

  void show() {
    const base::Time now = clocks_.steady();
    if (!next_.known() || now >= next_) {
      screen_.look(clocks_.wall(), now);
      next_ = {now.nanoseconds + screen_.interval().nanoseconds};
    }
    screen_.resize(terminal_.size());
    const Screen::Picture& picture = screen_.draw();
    terminal_.draw(picture.canvas, picture.cursor_row, picture.cursor_column);
  }

  void listen() {
    const base::Duration left = next_ - clocks_.steady();
    Input input = terminal_.read(std::max(left, base::Duration{0}));
    for (int i = 0; i < kInputsAtOnce && input.kind != InputKind::kNone; ++i) {
      take(input);
      if (ended_) return;
      input = terminal_.read({0});
    }
  }

  void take(const Input& input) {
    switch (input.kind) {
      case InputKind::kKey: screen_.press(input.key); break;
      case InputKind::kClick: screen_.click(input.row); break;
      case InputKind::kWheelUp: screen_.wheel(-1); break;
      case InputKind::kWheelDown: screen_.wheel(1); break;
      default: take_end(input);
    }
    // What the screen says of rows is of the last picture drawn; keys in one burst see it up to date.
    if (input.kind == InputKind::kKey) screen_.draw();
    apply(screen_.take_effects());
  }

  void take_end(const Input& input) {
    if (input.kind == InputKind::kSignal) outcome_.signal = input.signal;
    if (input.kind == InputKind::kClosed) outcome_.closed = true;
    ended_ = ended_ || input.kind == InputKind::kSignal || input.kind == InputKind::kClosed;
  }

  void apply(const Effects& effects) {
    if (effects.theme) terminal_.set_theme(screen_.theme());
    if (effects.interval) {
      feed_.set_interval(screen_.settings().interval);
      next_ = clocks_.steady();
    }
    if (effects.mouse) terminal_.set_mouse(*effects.mouse);
    if (effects.redraw) terminal_.redraw();
    if (effects.suspend) terminal_.suspend();
    if (effects.copy) copy(*effects.copy);
    ended_ = ended_ || effects.end != Effects::End::kNot;
    keep_ = effects.end == Effects::End::kQuitKeep;
  }

  void copy(const std::string& text) {
    const auto copied = terminal_.copy(text);
    if (copied) return screen_.tell("copied to " + *copied + ": " + text);
    screen_.tell(screen_.save_copy(text));
  }

  Feed& feed_;
  Terminal& terminal_;
  const Clocks& clocks_;
  Screen screen_;
  Outcome outcome_;
  base::Time next_;
  bool ended_ = false;
  bool keep_ = false;
};

}  // namespace

base::Result<Outcome> run(Feed& feed, Terminal& terminal, ScreenOptions options, const Clocks& clocks) {
  return Loop(feed, terminal, std::move(options), clocks).run();
}

}  // namespace espy::tui
