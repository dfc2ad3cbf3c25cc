// SequenceLog: what was odd about the numbers of each SA, packet by packet: gaps, late ones, copies, replays, resets. For a screen; a
// verdict needs only the tracker's figures. Bounded: the oldest events of an SA go first, and further SAs are left out. Not thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <unordered_map>

#include "verdict/picture.h"
#include "verify/sequence.h"

namespace espy::verify {

struct SequenceOddities {
  std::deque<verdict::SequenceEvent> events;  // oldest first, at most verdict::kSequenceEvents
  std::uint64_t left_out = 0;                 // older ones
  std::array<std::uint64_t, 5> late{};        // as verdict::SequenceDetail::late, but for those in order
};

class SequenceLog {
 public:
  static constexpr std::size_t kAssociationLimit = 4'096;

  // The tracker of row `association` has just added `packet`.
  void add(std::uint32_t association, const SequenceTracker& tracker, const NumberedPacket& packet, Sighting sighting);
  // nullptr: nothing odd.
  const SequenceOddities* find(std::uint32_t association) const;

 private:
  SequenceOddities* oddities_of(std::uint32_t association);
  static void push(SequenceOddities& oddities, const verdict::SequenceEvent& event);

  std::unordered_map<std::uint32_t, SequenceOddities> rows_;
};

}  // namespace espy::verify
