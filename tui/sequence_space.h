// sequence_space: the numbers of an SA as rows of cells, oldest first. Rows that are all alike are folded into one line, so that the whole
// of an SA fits although its cells are fine; what is odd always has a row of its own.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tui/sequence_map.h"

namespace espy::tui {

// How the numbers are laid out.
struct SequenceGrid {
  std::uint64_t cell = 1;  // numbers
  int cells = 64;          // a row
  int rows = 6;            // lines in sight
  std::uint64_t row_size() const { return cell * static_cast<std::uint64_t>(cells); }
};

// Rows beside one another, from number `first` on.
struct SequenceRows {
  std::uint64_t first = 0;
  std::uint64_t count = 1;
  Sighting all = Sighting::kSeen;  // of every number, where `alike`
  bool alike = false;
  bool operator==(const SequenceRows&) const = default;
};

// A fine size at which what is odd fits into `grid.rows` lines, halved with each step of `zoom`, or doubled.
SequenceGrid fitted(SequenceGrid grid, const verdict::SequenceDetail& detail, int zoom);
// All numbers, in order; takes time by the number of events, not of numbers. Where lines are left, the shortest runs are not folded.
std::vector<SequenceRows> sequence_rows(const SequenceMap& map, const verdict::SequenceDetail& detail, const SequenceGrid& grid);
// Of a folded line: "59 rows, all seen".
std::string folded_words(const SequenceRows& rows);

}  // namespace espy::tui
