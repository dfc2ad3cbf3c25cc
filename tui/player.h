// Player: where in a file the screen looks: a cursor that is moved, jumps, or runs at a speed. It reads no clock: time is told to it.
#pragma once

#include <optional>
#include <string>

#include "base/time.h"

namespace espy::tui {

class Player {
 public:
  static constexpr int kFastest = 1 << 16;

  // The file, as far as it is known.
  void set_bounds(base::Time begin, base::Time end);
  // nullopt: the end, whatever it becomes.
  std::optional<base::Time> cursor() const { return cursor_; }
  void go_to(std::optional<base::Time> moment);
  void move(base::Duration step);
  bool playing() const { return playing_; }
  void toggle();  // from the start when it stood at the end
  void faster();
  void slower();
  // So much time of the person went by.
  void advance(base::Duration elapsed);
  std::string words() const;  // "> x16", "|| x16"; empty while the end is shown

 private:
  base::Time begin_, end_;
  std::optional<base::Time> cursor_;
  bool playing_ = false;
  int speed_ = 1;
};

}  // namespace espy::tui
