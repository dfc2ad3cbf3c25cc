#include "tui/curses_painter.h"

#define NCURSES_NOMACROS 1
#include <ncurses.h>

#include <array>
#include <cstdlib>

namespace espy::tui {
namespace {

attr_t attributes(const Paint& paint, const Style& style) {
  attr_t attributes = A_NORMAL;
  if (paint.bold || style.bold) attributes |= A_BOLD;
  if (paint.dim && !style.bold) attributes |= A_DIM;
  if (paint.underline || style.underline) attributes |= A_UNDERLINE;
  if (paint.reverse != style.reverse) attributes |= A_REVERSE;
  return attributes;
}

}  // namespace

void CursesPainter::start(ColourChoice choice, bool utf8) {
  utf8_ = utf8;
  const char* refused = std::getenv("NO_COLOR");
  const bool wanted = choice == ColourChoice::kAuto && (refused == nullptr || *refused == '\0');
  if (!wanted || !::has_colors() || ::start_color() == ERR || ::use_default_colors() == ERR) return;
  colours_ = COLORS >= 256 ? 256 : COLORS >= 16 ? 16 : COLORS >= 8 ? 8 : 0;
}

void CursesPainter::set_theme(const Theme& theme) {
  for (std::size_t role = 0; role < kRoleCount; ++role) {
    palette_[role] = paint(theme, static_cast<Role>(role), colours_);
    if (colours_ > 0) ::init_extended_pair(static_cast<int>(role) + 1, palette_[role].foreground, palette_[role].background);
  }
}

void CursesPainter::draw(int row, int column, const Cell& cell) const {
  const auto role = static_cast<std::size_t>(cell.style.role);
  const char32_t glyph = utf8_ || cell.glyph < 0x7f ? cell.glyph : U'?';
  const std::array<wchar_t, 2> text = {static_cast<wchar_t>(glyph), L'\0'};
  const int pair = colours_ > 0 ? static_cast<int>(role) + 1 : 0;
  cchar_t character;
  ::setcchar(&character, text.data(), attributes(palette_[role], cell.style), static_cast<short>(pair), nullptr);
  ::mvwadd_wch(stdscr, row, column, &character);
}

void CursesPainter::draw_row(const Canvas& canvas, int row) const {
  for (int column = 0; column < canvas.width(); ++column) {
    if (canvas.at(row, column).glyph != 0) draw(row, column, canvas.at(row, column));
  }
}

}  // namespace espy::tui
