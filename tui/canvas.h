// Canvas: a grid of styled character cells in memory, what a view draws on and what a terminal, a golden test or --once shows. Nothing
// that is written on it can hold a control character: put() escapes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace espy::tui {

// What a piece of text means; a theme makes colours and attributes of it (TUI.md 3.2).
enum class Role : std::uint8_t { kText, kDim, kTitle, kOk, kLeak, kWarn, kNone, kAcked, kEncrypted, kClear, kKey, kFrame };

struct Style {
  Role role = Role::kText;
  bool bold = false;
  bool reverse = false;
  bool underline = false;
  bool operator==(const Style&) const = default;
};

struct Cell {
  char32_t glyph = U' ';  // 0: the right half of a wide character to the left
  Style style;
  bool operator==(const Cell&) const = default;
};

// Rows and columns count from 0. Writing outside is cut off in silence.
class Canvas {
 public:
  Canvas(int width, int height);

  int width() const { return width_; }
  int height() const { return height_; }
  const Cell& at(int row, int column) const;

  // UTF-8 in, escaped (C0, C1, DEL, bidi, zero-width, invalid UTF-8, what has no width) and cut at `end_column` or the edge. Returns the
  // column after the last cell.
  int put(int row, int column, std::string_view text, Style style = {});
  int put(int row, int column, int end_column, std::string_view text, Style style);
  void set(int row, int column, char32_t glyph, Style style = {});
  // Changes the style of cells, not their glyphs.
  void restyle(int row, int column, int count, Style style);
  void reverse(int row, int column, int count);

  // The glyphs alone, UTF-8, one line a row without trailing blanks, for --once and golden tests.
  std::string text() const;

 private:
  Cell* cell(int row, int column);
  void clear_halves(int row, int column);
  void place(int row, int column, char32_t glyph, Style style);
  void place_right_half(int row, int column, Style style);

  int width_;
  int height_;
  std::vector<Cell> cells_;
};

// A part of a canvas that a pane may draw on.
struct Area {
  int row = 0;
  int column = 0;
  int width = 0;
  int height = 0;
};

// Cells that `text` takes once it is escaped.
int width_of(std::string_view text);
// `text` as it is safe to show: control characters as \x1b, bidi and zero-width characters as \u202e, invalid UTF-8 as \xff.
std::string escape(std::string_view text);
// At most `width` cells; what is cut ends with '~'.
std::string shorten(std::string_view text, int width);

}  // namespace espy::tui
