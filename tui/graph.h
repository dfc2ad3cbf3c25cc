// graph: a series over time as rows of glyphs: sparklines, the rate graph (encrypted above, clear below on its own scale), presence, rekeys
// and blind periods, and the time under them. It makes text and draws nothing.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tui/block.h"
#include "tui/chronicle.h"

namespace espy::tui {

// What one cell of a graph stands for: some slices merged, or a part of one.
struct Moments {
  double encrypted = 0, clear = 0;  // packets per second
  bool known = false;               // there was a slice
  bool blind = false, rekey = false, forged = false;
};

// A slice as a part of a cell: its packets times `per_second` are rates.
void merge(const Slice& slice, double per_second, Moments& cell);
// The series in `cells` cells: slices are merged, or repeated.
std::vector<Moments> resample(const Series& series, int cells);
// The part of a series that `zoom` leaves, halved with each step, around `middle`, or its end where that is not known.
Series part_of(const Series& series, std::optional<base::Time> middle, int zoom);
// With empty slices in front, so that a rolling graph begins at its right edge.
Series padded(Series series, std::size_t slices);

// One row, a glyph a cell. `most` is the rate of a full bar; 0: the highest there is.
std::string rate_bars(const std::vector<Moments>& cells, Tier tier, double most = 0);
std::string clear_marks(const std::vector<Moments>& cells, Tier tier);     // ! where anything was clear
std::string presence_marks(const std::vector<Moments>& cells, Tier tier);  // # where anything was encrypted
enum class Ground : bool { kBlank, kLine };
std::string rekey_marks(const std::vector<Moments>& cells, Tier tier, Ground ground);  // R
std::string blind_marks(const std::vector<Moments>& cells, Tier tier, Ground ground);  // ?

struct GraphPlan {
  int width = 80;
  int height = 6;  // lines in all; the rates take what the others leave, one at least
  std::optional<base::Time> cursor;
};

// With labels at the left, rekeys and blind periods where there are any, and the time below. Plain: a sentence.
std::vector<Line> rate_graph(const Series& series, const Display& display, const GraphPlan& plan);

// Clock times under `cells` cells that begin at column `at` of a line.
Line time_axis(const Series& series, const Display& display, int at, int cells);
// Which of `cells` cells `time` falls into; nullopt: none.
std::optional<int> cell_of(const Series& series, base::Time time, int cells);
base::Time end_of(const Series& series);
// "1 min, 1 s a cell"
std::string scale_words(const Series& series, int cells);

}  // namespace espy::tui
