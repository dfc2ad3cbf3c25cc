#include "tui/canvas.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "tui/unicode.h"

namespace espy::tui {
namespace {

constexpr int kLargestSide = 4096;  // of a canvas, whatever a terminal claims

// What a code point is shown as: itself, or its number.
void append_escaped(std::string& text, std::string_view octets, char32_t value) {
  if (value == kNoCodePoint) {
    fmt::format_to(std::back_inserter(text), "\\x{:02x}", static_cast<unsigned char>(octets[0]));
  } else if (cell_count(value) > 0) {
    text.append(octets);
  } else {
    const auto number = static_cast<std::uint32_t>(value);
    text += value < 0x100 ? fmt::format("\\x{:02x}", number) : fmt::format("\\u{:04x}", number);
  }
}

// Calls with each code point of an escaped text, until `visit` says false.
template <class Visit>
void each_glyph(std::string_view escaped, Visit visit) {
  while (!escaped.empty()) {
    const CodePoint point = first_code_point(escaped);
    if (!visit(point.value, escaped.substr(0, point.size))) return;
    escaped.remove_prefix(point.size);
  }
}

}  // namespace

Canvas::Canvas(int width, int height)
    : width_(std::clamp(width, 1, kLargestSide)),
      height_(std::clamp(height, 1, kLargestSide)),
      cells_(static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_)) {}

Cell* Canvas::cell(int row, int column) {
  if (row < 0 || row >= height_ || column < 0 || column >= width_) return nullptr;
  return &cells_[static_cast<std::size_t>(row) * static_cast<std::size_t>(width_) + static_cast<std::size_t>(column)];
}

const Cell& Canvas::at(int row, int column) const {
  static const Cell kOutside;
  const Cell* found = const_cast<Canvas*>(this)->cell(row, column);
  return found == nullptr ? kOutside : *found;
}

// A wide character that loses a half is blanked: half of it cannot be shown.
void Canvas::clear_halves(int row, int column) {
  const bool right_half = at(row, column).glyph == 0;
  const bool left_half = cell_count(at(row, column).glyph) == 2;
  if (Cell* left = cell(row, column - 1); right_half && left != nullptr) left->glyph = U' ';
  if (Cell* right = cell(row, column + 1); left_half && right != nullptr) right->glyph = U' ';
}

void Canvas::place(int row, int column, char32_t glyph, Style style) {
  Cell* target = cell(row, column);
  if (target == nullptr) return;
  clear_halves(row, column);
  *target = {glyph, style};
}

int Canvas::put(int row, int column, std::string_view text, Style style) { return put(row, column, width_, text, style); }

int Canvas::put(int row, int column, int end_column, std::string_view text, Style style) {
  const int end = std::min(end_column, width_);
  if (row < 0 || row >= height_) return column;
  each_glyph(escape(text), [&](char32_t glyph, std::string_view) {
    const int cells = cell_count(glyph);
    if (column + cells > end) return false;
    place(row, column, glyph, style);
    if (cells == 2) place_right_half(row, column + 1, style);
    column += cells;
    return true;
  });
  return column;
}

void Canvas::place_right_half(int row, int column, Style style) {
  clear_halves(row, column);
  Cell* right = cell(row, column);
  if (right == nullptr) return;
  *right = {column > 0 ? U'\0' : U' ', style};
}

void Canvas::set(int row, int column, char32_t glyph, Style style) { place(row, column, cell_count(glyph) == 1 ? glyph : U'?', style); }

void Canvas::restyle(int row, int column, int count, Style style) {
  for (int i = 0; i < count; ++i) {
    if (Cell* target = cell(row, column + i)) target->style = style;
  }
}

void Canvas::reverse(int row, int column, int count) {
  for (int i = 0; i < count; ++i) {
    if (Cell* target = cell(row, column + i)) target->style.reverse = true;
  }
}

std::string Canvas::text() const {
  std::string all;
  for (int row = 0; row < height_; ++row) {
    std::string line;
    for (int column = 0; column < width_; ++column) {
      if (const char32_t glyph = at(row, column).glyph; glyph != 0) append_utf8(line, glyph);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    all += line + '\n';
  }
  return all;
}

int width_of(std::string_view text) {
  int width = 0;
  each_glyph(escape(text), [&](char32_t glyph, std::string_view) {
    width += cell_count(glyph);
    return true;
  });
  return width;
}

std::string escape(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  while (!text.empty()) {
    const CodePoint point = first_code_point(text);
    append_escaped(escaped, text.substr(0, point.size), point.value);
    text.remove_prefix(point.size);
  }
  return escaped;
}

std::string shorten(std::string_view text, int width) {
  const std::string escaped = escape(text);
  if (width_of(escaped) <= width) return escaped;
  std::string cut;
  int used = 0;
  each_glyph(escaped, [&](char32_t glyph, std::string_view octets) {
    used += cell_count(glyph);
    if (used >= width) return false;
    cut += octets;
    return true;
  });
  return width > 0 ? cut + '~' : cut;
}

}  // namespace espy::tui
