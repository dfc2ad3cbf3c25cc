#include "tui/block.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "tui/text.h"

namespace espy::tui {
namespace {

constexpr int kTextColumn = 1;
constexpr int kItemColumn = 3;  // after the selection mark and the sign
constexpr int kFactWidth = 38;
constexpr int kFigureWidth = 26;
constexpr int kLabelWidth = 13;
constexpr int kNarrowest = 8;

Role role_of(State state) {
  switch (state) {
    case State::kLeak: return Role::kLeak;
    case State::kWarn: return Role::kWarn;
    case State::kNone: return Role::kNone;
    case State::kOk: return Role::kOk;
    case State::kAcked: return Role::kAcked;
    case State::kNote: return Role::kText;
  }
  return Role::kText;
}

}  // namespace

Style style_of(State state) { return {.role = role_of(state)}; }

Line title_line(const Display& display, int width, std::string_view title, std::string_view right, bool strong) {
  Line line;
  const Style style{.role = Role::kTitle, .bold = strong};
  if (display.plain) {
    line.spans.push_back({0, width, right.empty() ? fmt::format("{}:", title) : fmt::format("{}: {}", title, right), style});
    return line;
  }
  line.spans.push_back({0, width, repeat(horizontal(display.tier), width), {.role = Role::kFrame}});
  const std::string shown = shorten(title, std::max(width - 4, 1));
  line.spans.push_back({1, width - 1, fmt::format("[{}]", shown), style});
  const int begin = width - 3 - width_of(right);
  if (!right.empty() && begin > width_of(shown) + 3)
    line.spans.push_back({begin, width - 1, fmt::format(" {} ", right), {.role = Role::kFrame}});
  return line;
}

void Writer::title(std::string_view title, std::string_view right) { add(title_line(display_, width_, title, right)); }

void Writer::line(std::string_view text, Style style) {
  Line made;
  made.spans.push_back({kTextColumn, width_, shorten(text, std::max(width_ - kTextColumn, 1)), style});
  add(std::move(made));
}

void Writer::text(std::string_view text, Style style, int indent) {
  for (const std::string& part : wrap(text, std::max(width_ - indent, kNarrowest))) {
    Line made;
    made.spans.push_back({indent, width_, part, style});
    add(std::move(made));
  }
}

void Writer::facts(const std::vector<Fact>& facts, Density density) {
  const int columns = std::max(width_ / (density == Density::kFigures ? kFigureWidth : kFactWidth), 1);
  const int each = std::max((width_ - kTextColumn) / columns, 1);
  Line line;
  int at = 0;
  const auto flush = [&] {
    if (!line.spans.empty()) add(std::exchange(line, {}));
    at = 0;
  };
  for (const Fact& fact : facts) {
    const int value_width = std::max(width_of(fact.value), 1);
    const int taken = std::min((kLabelWidth + value_width + each) / each, columns);
    if (at + taken > columns) flush();
    const int column = kTextColumn + at * each;
    const int end = at + taken == columns ? width_ : column + taken * each - 1;
    line.spans.push_back({column, column + kLabelWidth - 1, fact.label, {.role = Role::kDim}});
    line.spans.push_back({column + kLabelWidth, end, shorten(fact.value, std::max(end - column - kLabelWidth, 1)), fact.style});
    at += taken;
  }
  flush();
}

void Writer::item(State state, std::string key, std::string_view lead, std::string_view text) {
  const int hanging = lead.empty() ? kItemColumn : kItemColumn + width_of(lead) + 2;
  const bool deep = hanging > width_ / 2;
  const int indent = deep ? kItemColumn : hanging;
  std::vector<std::string> parts = wrap(text, std::max(width_ - indent, kNarrowest));
  Line first{.spans = {}, .key = std::move(key), .state = state};
  first.spans.push_back({1, 2, std::string(sign(state, display_.tier)), style_of(state)});
  if (!lead.empty()) first.spans.push_back({kItemColumn, width_, std::string(lead), style_of(state)});
  if (!deep) {
    first.spans.push_back({indent, width_, parts.front(), {}});
    parts.erase(parts.begin());
  }
  add(std::move(first));
  for (const std::string& part : parts) {
    Line made;
    made.spans.push_back({indent, width_, part, {}});
    add(std::move(made));
  }
}

void Writer::row(State state, std::string key, std::string_view text, Style style) {
  Line made{.spans = {}, .key = std::move(key), .state = state};
  made.spans.push_back({1, 2, std::string(sign(state, display_.tier)), style_of(state)});
  made.spans.push_back({kItemColumn, width_, shorten(text, std::max(width_ - kItemColumn, 1)), style});
  add(std::move(made));
}

void Writer::add(std::vector<Line> lines) { std::ranges::move(lines, std::back_inserter(body_)); }

std::vector<Item> items_of(const std::vector<Line>& lines) {
  std::vector<Item> items;
  for (const Line& line : lines) {
    if (!line.key.empty()) items.push_back({line.key, line.state});
  }
  return items;
}

namespace {

struct Cursor {
  int first = -1, last = -1, selected = -1;  // lines of the body with items
};

Cursor find_cursor(const std::vector<Line>& body, const std::string& selected) {
  Cursor cursor;
  for (int index = 0; index < std::ssize(body); ++index) {
    const Line& line = body[static_cast<std::size_t>(index)];
    if (line.key.empty()) continue;
    if (cursor.first < 0) cursor.first = index;
    cursor.last = index;
    if (line.key == selected) cursor.selected = index;
  }
  if (cursor.selected < 0) cursor.selected = cursor.first;
  return cursor;
}

int first_line(const Cursor& cursor, int lines, int height, int scroll) {
  const int furthest = std::max(lines - height, 0);
  const int start = std::clamp(scroll, 0, furthest);
  const bool seen = cursor.selected >= start && cursor.selected < start + height;
  if (cursor.selected < 0 || cursor.selected == cursor.first) return height == 1 && cursor.first >= 0 ? cursor.first : start;
  if (cursor.selected == cursor.last) return std::min(cursor.selected, furthest);
  return seen ? start : std::clamp(cursor.selected - height / 2, 0, furthest);
}

void draw_line(Canvas& canvas, Area area, int row, const Line& line) {
  const int edge = area.column + area.width;
  for (const Span& span : line.spans) {
    const int begin = area.column + std::max(span.column, 0);
    canvas.put(row, begin, std::min(area.column + span.end, edge), span.text, span.style);
  }
}

void mark_selected(Canvas& canvas, Area area, int row, bool focused) {
  canvas.put(row, area.column, ">", {.role = Role::kTitle, .bold = true});
  if (focused) canvas.reverse(row, area.column, area.width);
}

// Names from the wire and from files hold anything; a wide character becomes two marks.
void make_ascii(Canvas& canvas, Area area) {
  constexpr char32_t kLast = 0x7e;
  for (int row = area.row; row < area.row + area.height; ++row) {
    for (int column = area.column; column < area.column + area.width; ++column) {
      const Cell cell = canvas.at(row, column);
      if (cell.glyph == 0 || cell.glyph > kLast) canvas.set(row, column, U'?', cell.style);
    }
  }
}

Drawn draw_lines(Canvas& canvas, Area area, const Block& block, const Placing& placing) {
  Drawn drawn;
  drawn.cursor_row = area.row;
  drawn.rows = static_cast<int>(std::ssize(block.body));
  const int heads = std::clamp(static_cast<int>(std::ssize(block.head)), 0, std::max(area.height - 1, 0));
  for (int index = 0; index < heads; ++index) draw_line(canvas, area, area.row + index, block.head[static_cast<std::size_t>(index)]);
  const int height = area.height - heads;
  if (height <= 0) return drawn;
  const Cursor cursor = find_cursor(block.body, placing.selected);
  const int start = first_line(cursor, drawn.rows, height, placing.scroll);
  for (int index = start; index < std::min(start + height, drawn.rows); ++index) {
    const Line& line = block.body[static_cast<std::size_t>(index)];
    const int row = area.row + heads + index - start;
    draw_line(canvas, area, row, line);
    if (!line.key.empty()) drawn.lines.push_back({row, placing.pane, line.key});
    if (placing.marked != nullptr && placing.marked->contains(line.key))
      canvas.put(row, area.column + 2, "*", {.role = Role::kTitle, .bold = true});
    if (index != cursor.selected || (!placing.focused && placing.selected.empty())) continue;
    mark_selected(canvas, area, row, placing.focused);
    if (placing.focused) drawn.cursor_row = row;
  }
  return drawn;
}

}  // namespace

Drawn draw_block(Canvas& canvas, Area area, const Block& block, const Placing& placing) {
  Drawn drawn = draw_lines(canvas, area, block, placing);
  if (placing.tier == Tier::kAscii) make_ascii(canvas, area);
  return drawn;
}

void join(Drawn& all, Drawn pane, bool focused) {
  std::ranges::move(pane.lines, std::back_inserter(all.lines));
  if (!focused) return;
  all.cursor_row = pane.cursor_row;
  all.rows = pane.rows;
}

}  // namespace espy::tui
