#include "tui/table.h"

#include <algorithm>

namespace espy::tui {
namespace {

constexpr int kFirstColumn = 3;  // after the selection mark and the sign
constexpr int kNarrowest = 8;    // of a column that gave up room

// Columns that may go, least important first.
std::vector<std::size_t> by_priority(const std::vector<Column>& columns) {
  std::vector<std::size_t> order;
  for (std::size_t index = 0; index < columns.size(); ++index) {
    if (columns[index].priority > 0) order.push_back(index);
  }
  std::ranges::stable_sort(order, [&](std::size_t left, std::size_t right) { return columns[left].priority > columns[right].priority; });
  return order;
}

int total(const std::vector<int>& widths) {
  int sum = kFirstColumn;
  for (const int width : widths) sum += width == 0 ? 0 : width + 1;
  return sum - 1;
}

void skip(const std::vector<Column>& columns, int skipped, std::vector<int>& widths) {
  for (std::size_t index = 0; index < columns.size() && skipped > 0; ++index) {
    if (columns[index].priority == 0) continue;
    widths[index] = 0;
    --skipped;
  }
}

// What is left of the width goes to columns that want more, a cell each in turn.
void stretch(const std::vector<int>& wanted, int& left, std::vector<int>& widths) {
  bool given = true;
  while (left > 0 && given) {
    given = false;
    for (std::size_t index = 0; index < widths.size() && left > 0; ++index) {
      if (widths[index] == 0 || widths[index] >= wanted[index]) continue;
      ++widths[index];
      --left;
      given = true;
    }
  }
}

// Where what must stay does not fit: first text gets narrower, then goes what may go last.
void shrink(const std::vector<Column>& columns, int width, std::vector<int>& widths) {
  for (const int priority : {0, Column::kLastToGo}) {
    for (std::size_t index = 0; index < columns.size(); ++index) {
      if (columns[index].priority == Column::kLastToGo && priority == Column::kLastToGo && total(widths) > width) widths[index] = 0;
      if (columns[index].most == 0 || widths[index] == 0) continue;
      widths[index] = std::clamp(widths[index] - std::max(total(widths) - width, 0), std::min(kNarrowest, widths[index]), widths[index]);
    }
  }
}

Span cell_span(const Column& column, int at, int width, std::string_view text, Style style) {
  const std::string shown = shorten(text, width);
  const int begin = column.align == Align::kRight ? at + width - width_of(shown) : at;
  return {begin, at + width, shown, style};
}

}  // namespace

std::vector<int> Table::widths(int width, int skipped) const {
  std::vector<int> widths;
  for (const Column& column : columns_) widths.push_back(column.width);
  skip(columns_, skipped, widths);
  for (const std::size_t index : by_priority(columns_)) {
    if (total(widths) <= width) break;
    widths[index] = 0;
  }
  shrink(columns_, width, widths);
  int left = width - total(widths);
  std::vector<int> texts, all;
  for (std::size_t index = 0; index < columns_.size(); ++index) {
    texts.push_back(natural(index));
    all.push_back(columns_[index].most);
  }
  stretch(texts, left, widths);
  stretch(all, left, widths);
  return widths;
}

// What the longest text of a column takes, as far as it stretches; graphs have no size of their own.
int Table::natural(std::size_t column) const {
  int longest = 0;
  if (columns_[column].most == 0) return 0;
  for (const TableRow& row : rows_) {
    if (!row.cells.empty()) longest = std::max(longest, width_of(row.cells[column].text));
  }
  return std::min(longest, columns_[column].most);
}

void Table::hide(const std::set<std::string, std::less<>>& fields) {
  for (Column& column : columns_) {
    if (column.priority > 0 && fields.contains(column.field)) column.width = 0;
  }
}

Line Table::head(int width, int skipped) const {
  Line line;
  const std::vector<int> sizes = widths(width, skipped);
  int at = kFirstColumn;
  for (std::size_t index = 0; index < columns_.size(); ++index) {
    if (sizes[index] == 0) continue;
    line.spans.push_back(cell_span(columns_[index], at, sizes[index], columns_[index].name, {.role = Role::kDim}));
    at += sizes[index] + 1;
  }
  return line;
}

std::vector<Line> Table::lines(const Display& display, int width, int skipped) const {
  const std::vector<int> sizes = widths(width, skipped);
  std::vector<Line> made;
  for (const TableRow& row : rows_) {
    Line line{.spans = {}, .key = row.key, .state = row.state};
    if (row.cells.empty()) {
      made.push_back(std::move(line));
      continue;
    }
    line.spans.push_back({1, 2, std::string(sign(row.state, display.tier)), style_of(row.state)});
    int at = kFirstColumn;
    for (std::size_t index = 0; index < columns_.size(); ++index) {
      if (sizes[index] == 0) continue;
      const TableCell& cell = row.cells[index];
      line.spans.push_back(cell_span(columns_[index], at, sizes[index], cell.drawn ? cell.drawn(sizes[index]) : cell.text, cell.style));
      at += sizes[index] + 1;
    }
    made.push_back(std::move(line));
  }
  return made;
}

}  // namespace espy::tui
