// Menu: a short list in front of a view, to choose one of (sort, theme) or to tick some of (columns).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tui/canvas.h"
#include "tui/key.h"
#include "tui/view.h"

namespace espy::tui {

enum class MenuKind : std::uint8_t { kSort, kColumns, kTheme };
enum class MenuStep : std::uint8_t { kGoesOn, kMoved, kChosen, kTicked, kClosed };

class Menu {
 public:
  struct Entry {
    std::string name;
    bool ticked = false;
  };

  Menu(MenuKind kind, std::string title, std::vector<Entry> entries, std::size_t selected = 0)
      : kind_(kind), title_(std::move(title)), entries_(std::move(entries)), selected_(selected) {}

  // Up, Down, j, k, Enter, Space, Esc. Of kColumns Enter and Space tick; of the others they choose.
  MenuStep press(Key key);
  // A click on a row of the screen, as drawn last.
  MenuStep click(int row);

  MenuKind kind() const { return kind_; }
  const std::vector<Entry>& entries() const { return entries_; }
  const Entry& selected() const { return entries_[selected_]; }
  // In the middle of `area`; returns the cursor's row.
  int draw(Canvas& canvas, Area area, const Display& display);

 private:
  MenuStep pick();

  MenuKind kind_;
  std::string title_;
  std::vector<Entry> entries_;
  std::size_t selected_;
  int first_row_ = 0;  // of the entries, as drawn
  std::size_t first_shown_ = 0;
};

}  // namespace espy::tui
