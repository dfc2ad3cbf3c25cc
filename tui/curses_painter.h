// CursesPainter: cells of a canvas on curses' screen, in the colours that the terminal has.
#pragma once

#include "tui/canvas.h"
#include "tui/terminal.h"
#include "tui/theme.h"

namespace espy::tui {

class CursesPainter {
 public:
  // Between newterm() and the first cell. `utf8`: what is not ASCII can be written; else it becomes ?.
  void start(ColourChoice choice, bool utf8);
  int colours() const { return colours_; }
  void set_theme(const Theme& theme);
  void draw_row(const Canvas& canvas, int row) const;

 private:
  void draw(int row, int column, const Cell& cell) const;

  bool utf8_ = false;
  int colours_ = 0;
  Palette palette_{};
};

}  // namespace espy::tui
