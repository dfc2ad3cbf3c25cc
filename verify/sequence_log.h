// SequenceLog: what was odd about the numbers of each SA, packet by packet: gaps, late ones, copies, replays, resets, and how its highest
// number rose. For a screen; a verdict needs only the tracker's figures. Bounded: the oldest events of an SA go first, and further SAs are
// left out. Not thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <unordered_map>
#include <vector>

#include "base/limits.h"
#include "verdict/picture.h"
#include "verify/sequence.h"
#include "verify/sequence_trail.h"

namespace espy::verify {

struct SequenceOddities {
  // One for each number behind the highest up to kExactLateness, then one for each doubling. Those in order are not counted.
  static constexpr std::size_t kLatenessClasses = verdict::kExactLateness + 1 + 58;

  std::deque<verdict::SequenceEvent> events;  // oldest first, at most verdict::kSequenceEvents
  std::uint64_t left_out = 0;                 // older ones
  std::array<std::uint64_t, 5> late{};        // as verdict::SequenceDetail::late, but for those in order
  std::array<std::uint64_t, kLatenessClasses> distances{};
  std::uint64_t largest_distance = 0, largest_before = 0;  // and what it was before it was raised

  // Where `in_order` more packets came in order.
  verdict::Lateness lateness(std::uint64_t in_order) const;
};

class SequenceLog {
 public:
  // Of so many SAs.
  explicit SequenceLog(std::size_t limit = 4 * base::Limits{}.samples) : limit_(limit) {}

  // The tracker of row `association` has just added `packet`.
  void add(std::uint32_t association, const SequenceTracker& tracker, const NumberedPacket& packet, Sighting sighting);
  // nullptr: nothing odd.
  const SequenceOddities* find(std::uint32_t association) const;
  // Empty: nothing of this row was followed.
  std::vector<verdict::SequencePoint> points(std::uint32_t association) const;

 private:
  void follow(std::uint32_t association, const SequenceTracker& tracker, base::Time time) {
    if (association < trails_.size()) {
      trails_[association].add({time, tracker.highest_extended()});
    } else {
      begin_trail(association, {time, tracker.highest_extended()});
    }
  }
  void begin_trail(std::uint32_t association, const verdict::SequencePoint& point);
  SequenceOddities* oddities_of(std::uint32_t association);
  static void push(SequenceOddities& oddities, const verdict::SequenceEvent& event);

  std::size_t limit_;
  std::unordered_map<std::uint32_t, SequenceOddities> rows_;
  std::vector<SequenceTrail> trails_;  // by row
};

}  // namespace espy::verify
