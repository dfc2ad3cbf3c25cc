// table: rows under column names, fitted to a width: what matters least is left out first, what is left stretches. It makes lines and
// draws nothing.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tui/block.h"

namespace espy::tui {

enum class Align : bool { kLeft, kRight };

struct Column {
  static constexpr int kLastToGo = -1;

  std::string_view name;
  int width = 0;     // the least
  int most = 0;      // that it stretches to; 0: stays
  int priority = 0;  // the highest goes first; 0: stays; kLastToGo: stays while the others fit beside it
  Align align = Align::kLeft;
  std::string_view field = {};  // its name among columns(), by which it may be hidden
};

struct TableCell {
  std::string text;
  Style style{};
  std::function<std::string(int width)> drawn{};  // instead of the text: a graph that fills the column
};

struct TableRow {
  std::string key;
  State state = State::kNote;
  std::vector<TableCell> cells;  // one for each column; none: the row is out of sight
};

// Which rows of a long table can be in sight, so that the others need no text: those near the selected one, and the first.
struct Sight {
  std::size_t selected = 0;
  std::size_t height = static_cast<std::size_t>(-1);
  bool has(std::size_t row) const { return row < height || (row < selected ? selected - row : row - selected) <= height; }
};

class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  void add(TableRow row) { rows_.push_back(std::move(row)); }
  bool empty() const { return rows_.empty(); }

  // How wide each column is in `width` cells when the first `skipped` of those that may go are gone; 0: left out. What is left over goes to
  // text that would be cut, then to graphs.
  std::vector<int> widths(int width, int skipped) const;
  Line head(int width, int skipped) const;
  // The rows, each with the sign of its state in front.
  std::vector<Line> lines(const Display& display, int width, int skipped) const;
  // Leaves out the columns of these fields where they may go.
  void hide(const std::set<std::string, std::less<>>& fields);

 private:
  int natural(std::size_t column) const;

  std::vector<Column> columns_;
  std::vector<TableRow> rows_;
};

}  // namespace espy::tui
