#include "tui/sequence_space.h"

#include <fmt/format.h>

#include <algorithm>

namespace espy::tui {
namespace {

using verdict::SequenceDetail;
using verdict::SequenceEvent;
using verdict::SequenceEventKind;

constexpr std::uint64_t kLargestCell = std::uint64_t{1} << 50;  // times cells and rows it still fits
constexpr std::uint64_t kFineness = 40;                         // rows for each line in sight
constexpr std::uint64_t kFewestFolded = 3;

std::uint64_t row_of(std::uint64_t number, const SequenceGrid& grid) { return number / grid.row_size(); }

std::uint64_t rows_between(const SequenceDetail& detail, const SequenceGrid& grid) {
  return row_of(detail.highest, grid) - std::min(row_of(detail.first, grid), row_of(detail.highest, grid)) + 1;
}

// Rows at which what is known of the numbers may change; all between two of them are alike. Those of the replay window are apart: their
// numbers are known one by one.
std::set<std::uint64_t> turning_rows(const SequenceDetail& detail, const SequenceGrid& grid) {
  std::set<std::uint64_t> rows{row_of(detail.first, grid), row_of(detail.highest, grid)};
  for (const SequenceEvent& event : detail.events) {
    for (const std::uint64_t number : {event.number, event.number + event.count - 1, event.number + event.count}) {
      if (number >= detail.first && number <= detail.highest) rows.insert(row_of(number, grid));
    }
  }
  return rows;
}

void add_window(const SequenceDetail& detail, const SequenceGrid& grid, std::set<std::uint64_t>& rows) {
  const std::uint64_t from = std::max(detail.first, detail.highest - std::min(detail.highest, verdict::kSequenceWindow - 1));
  for (std::uint64_t row = row_of(from, grid); row <= row_of(detail.highest, grid); ++row) rows.insert(row);
}

class Folding {
 public:
  Folding(const SequenceMap& map, const SequenceGrid& grid) : map_(map), grid_(grid) {}

  // `edge`: where the numbers begin or end, which is always shown.
  void add_turning(std::uint64_t row, bool edge) {
    const Sighting worst = map_.of(row * grid_.row_size(), grid_.row_size());
    add({.first = row * grid_.row_size(), .count = 1, .all = worst, .alike = !edge && worst == Sighting::kSeen});
  }
  void add_alike(std::uint64_t row, std::uint64_t count) {
    const std::uint64_t first = row * grid_.row_size();
    add({.first = first, .count = count, .all = map_.of(first, grid_.row_size()), .alike = true});
  }
  std::vector<SequenceRows> take() { return std::move(rows_); }

 private:
  void add(const SequenceRows& rows) {
    SequenceRows* last = rows_.empty() ? nullptr : &rows_.back();
    if (rows.alike && last != nullptr && last->alike && last->all == rows.all) {
      last->count += rows.count;
    } else {
      rows_.push_back(rows);
    }
  }

  const SequenceMap& map_;
  const SequenceGrid& grid_;
  std::vector<SequenceRows> rows_;
};

// One line for each row of a run.
std::vector<SequenceRows> unfolded(const std::vector<SequenceRows>& rows, std::uint64_t longest, const SequenceGrid& grid) {
  std::vector<SequenceRows> made;
  for (const SequenceRows& run : rows) {
    if (run.count > longest) {
      made.push_back(run);
      continue;
    }
    for (std::uint64_t index = 0; index < run.count; ++index)
      made.push_back({.first = run.first + index * grid.row_size(), .count = 1, .all = run.all, .alike = run.alike});
  }
  return made;
}

// The longest run that needs no folding if all up to its length are shown row by row.
std::uint64_t longest_in_sight(const std::vector<SequenceRows>& rows, const SequenceGrid& grid) {
  std::vector<std::uint64_t> counts;
  for (const SequenceRows& run : rows) counts.push_back(run.count);
  std::ranges::sort(counts);
  const auto room = static_cast<std::uint64_t>(grid.rows);
  std::uint64_t lines = counts.size(), longest = kFewestFolded - 1;
  for (const std::uint64_t count : counts) {
    if (count > room || lines + count - 1 > room) break;
    lines += count - 1;
    longest = std::max(longest, count);
  }
  return longest;
}

}  // namespace

SequenceGrid fitted(SequenceGrid grid, const SequenceDetail& detail, int zoom) {
  const auto lines = static_cast<std::uint64_t>(grid.rows);
  const auto fits = [&] {
    const std::uint64_t rows = rows_between(detail, grid);
    return rows <= lines || (rows <= lines * kFineness && 2 * turning_rows(detail, grid).size() <= lines + 1);
  };
  while (grid.cell < kLargestCell && !fits()) grid.cell *= 2;
  for (; zoom > 0 && grid.cell > 1; --zoom) grid.cell /= 2;
  for (; zoom < 0 && rows_between(detail, grid) > 1 && grid.cell < kLargestCell; ++zoom) grid.cell *= 2;
  return grid;
}

std::vector<SequenceRows> sequence_rows(const SequenceMap& map, const SequenceDetail& detail, const SequenceGrid& grid) {
  std::set<std::uint64_t> turning = turning_rows(detail, grid);
  add_window(detail, grid, turning);
  Folding folding(map, grid);
  std::uint64_t next = *turning.begin();
  for (const std::uint64_t row : turning) {
    if (row > next) folding.add_alike(next, row - next);
    folding.add_turning(row, row == *turning.begin() || row == *turning.rbegin());
    next = row + 1;
  }
  const std::vector<SequenceRows> rows = folding.take();
  return unfolded(rows, longest_in_sight(rows, grid), grid);
}

std::string folded_words(const SequenceRows& rows) {
  const std::string_view words = rows.all == Sighting::kLost        ? "all lost"
                                 : rows.all == Sighting::kForgotten ? "not remembered"
                                                                    : "all seen";
  return fmt::format("{} rows, {}", rows.count, words);
}

}  // namespace espy::tui
