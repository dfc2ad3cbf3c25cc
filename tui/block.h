// block: lines of styled text that a pane or a detail view is made of, some of them selectable, and how they are drawn and scrolled. It
// knows no traffic.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tui/canvas.h"
#include "tui/view.h"

namespace espy::tui {

// A piece of text at a place of a line, cut at `end`.
struct Span {
  int column = 0;
  int end = 0;
  std::string text;
  Style style;
};

struct Line {
  std::vector<Span> spans;
  std::string key;  // of the item whose first line this is, or empty
  State state = State::kNote;
};

struct Fact {
  std::string label;
  std::string value;
  Style style{};
};

struct Block {
  std::vector<Line> head;  // never scrolled: title and column names
  std::vector<Line> body;
};

Style style_of(State state);
// "-[title]------- right -"; plain: "title: right".
Line title_line(const Display& display, int width, std::string_view title, std::string_view right = "", bool strong = false);

// How close facts stand: what is told in words, or in figures.
enum class Density : bool { kWords, kFigures };

// Writes a block's body from top to bottom.
class Writer {
 public:
  Writer(const Display& display, int width) : display_(display), width_(width) {}

  const Display& display() const { return display_; }
  int width() const { return width_; }
  void title(std::string_view title, std::string_view right = "");
  void line(std::string_view text, Style style = {});
  // Words wrapped between `indent` and the edge.
  void text(std::string_view text, Style style = {}, int indent = 1);
  // Labels and values in as many columns as there is room for.
  void facts(const std::vector<Fact>& facts, Density density = Density::kWords);
  // A selectable sentence with a sign; `lead` stands before it, the other lines hang under its first word.
  void item(State state, std::string key, std::string_view lead, std::string_view text);
  // A selectable line with a sign, cut at the edge.
  void row(State state, std::string key, std::string_view text, Style style = {});
  void add(Line line) { body_.push_back(std::move(line)); }
  void add(std::vector<Line> lines);
  std::vector<Line> take() { return std::move(body_); }

 private:
  Display display_;
  int width_;
  std::vector<Line> body_;
};

// The items among the lines.
std::vector<Item> items_of(const std::vector<Line>& lines);

struct Placing {
  Tier tier = Tier::kBlock;  // kAscii: what is not ASCII becomes ?
  Pane pane = Pane::kMain;
  std::string selected{};  // key; "": the first
  bool focused = true;
  int scroll = 0;                                 // first line of the body, where the selection does not ask for another
  const std::set<std::string>* marked = nullptr;  // keys of items to mark
};

// Draws as much as there is room for: the selected line at least, then the title, then the column names.
Drawn draw_block(Canvas& canvas, Area area, const Block& block, const Placing& placing);

// What several panes on one screen tell back.
void join(Drawn& all, Drawn pane, bool focused);

}  // namespace espy::tui
