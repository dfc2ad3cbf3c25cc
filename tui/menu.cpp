#include "tui/menu.h"

#include <algorithm>

#include "tui/text.h"

namespace espy::tui {

MenuStep Menu::pick() {
  if (entries_.empty()) return MenuStep::kClosed;
  if (kind_ != MenuKind::kColumns) return MenuStep::kChosen;
  entries_[selected_].ticked = !entries_[selected_].ticked;
  return MenuStep::kTicked;
}

MenuStep Menu::press(Key pressed) {
  if (pressed == Key::kEscape || pressed == key('q')) return MenuStep::kClosed;
  if (pressed == Key::kEnter || pressed == Key::kSpace) return pick();
  if (pressed == Key::kUp || pressed == key('k')) {
    selected_ -= selected_ > 0 ? 1 : 0;
    return MenuStep::kMoved;
  }
  if (pressed == Key::kDown || pressed == key('j')) {
    selected_ += selected_ + 1 < entries_.size() ? 1 : 0;
    return MenuStep::kMoved;
  }
  return MenuStep::kGoesOn;
}

MenuStep Menu::click(int row) {
  const int index = row - first_row_ + static_cast<int>(first_shown_);
  if (row < first_row_ || index >= static_cast<int>(entries_.size())) return MenuStep::kClosed;
  selected_ = static_cast<std::size_t>(index);
  return pick();
}

int Menu::draw(Canvas& canvas, Area area, const Display& display) {
  int width = width_of(title_) + 6;
  for (const Entry& entry : entries_) width = std::max(width, width_of(entry.name) + 8);
  width = std::min(width, area.width);
  const int rows = std::min(static_cast<int>(entries_.size()), std::max(area.height - 2, 1));
  const int left = area.column + (area.width - width) / 2;
  const int top = area.row + std::max((area.height - rows - 2) / 2, 0);
  const char32_t edge = display.plain ? U' ' : horizontal(display.tier);
  const std::string blank(static_cast<std::size_t>(width), ' ');
  first_row_ = top + 1;
  first_shown_ = selected_ >= static_cast<std::size_t>(rows) ? selected_ + 1 - static_cast<std::size_t>(rows) : 0;
  canvas.put(top, left, left + width, repeat(edge, width), {.role = Role::kFrame});
  canvas.put(top, left + 1, left + width, "[" + title_ + "]", {.role = Role::kTitle});
  for (int row = 0; row < rows; ++row) {
    const std::size_t index = first_shown_ + static_cast<std::size_t>(row);
    canvas.put(first_row_ + row, left, left + width, blank, {});
    canvas.put(first_row_ + row, left, left + width, index == selected_ ? ">" : " ", {.role = Role::kTitle});
    canvas.put(first_row_ + row, left + 2, left + width, entries_[index].ticked ? "[x]" : kind_ == MenuKind::kColumns ? "[ ]" : "", {});
    canvas.put(first_row_ + row, left + 6, left + width - 1, entries_[index].name, {});
    if (index == selected_) canvas.reverse(first_row_ + row, left, width);
  }
  canvas.put(first_row_ + rows, left, left + width, repeat(edge, width), {.role = Role::kFrame});
  return first_row_ + static_cast<int>(selected_ - first_shown_);
}

}  // namespace espy::tui
