// sequence_map: what became of each number of an SA, as far as it is remembered: for cells that stand for one number or for many.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "verdict/picture.h"

namespace espy::tui {

// The worst that is known of a cell's numbers, worst first.
enum class Sighting : std::uint8_t { kReplayed, kLost, kDuplicate, kLate, kForgotten, kInFlight, kSeen, kNotSent };

// '#' all seen, 'L' lost, 'o' late, 'D' duplicate, 'R' replayed, '.' in flight, '?' not remembered, ' ' not sent.
char letter(Sighting sighting);

class SequenceMap {
 public:
  // `detail` must outlive the map. `window`: numbers behind the highest that may still come.
  SequenceMap(const verdict::SequenceDetail& detail, std::uint64_t window);

  // Of the `count` numbers from `first` on.
  Sighting of(std::uint64_t first, std::uint64_t count) const;
  // A letter for each cell of `cell` numbers.
  std::string row(std::uint64_t first, std::uint64_t cell, int cells) const;
  // Whether an event, one of the detail's, is of the numbers that the map shows: since the counter last began again.
  bool shows(const verdict::SequenceEvent& event) const;
  // How many of the numbers of a gap, one of the detail's events, came after all.
  std::uint64_t came_late(const verdict::SequenceEvent& gap) const;

 private:
  bool seen(std::uint64_t number) const;
  std::uint64_t remembered_from() const;  // the first number of which every event is kept
  Sighting in_window(std::uint64_t first, std::uint64_t last) const;
  Sighting by_events(std::uint64_t first, std::uint64_t last) const;
  Sighting by_gaps(std::uint64_t first, std::uint64_t last) const;

  const verdict::SequenceDetail& detail_;
  std::span<const verdict::SequenceEvent> events_;  // since the counter last began again
  std::uint64_t window_;
};

}  // namespace espy::tui
