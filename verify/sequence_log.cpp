#include "verify/sequence_log.h"

namespace espy::verify {
namespace {

using verdict::SequenceEvent;
using verdict::SequenceEventKind;

SequenceEventKind kind_of(Sighting sighting) {
  switch (sighting) {
    case Sighting::kReordered: return SequenceEventKind::kLate;
    case Sighting::kDuplicate: return SequenceEventKind::kDuplicate;
    case Sighting::kReplayed: return SequenceEventKind::kReplayed;
    case Sighting::kReset: return SequenceEventKind::kReset;
    case Sighting::kNew: break;
  }
  return SequenceEventKind::kGap;
}

std::size_t lateness(std::uint64_t distance) {
  if (distance <= 2) return distance;
  return distance <= 64 ? 3 : 4;
}

}  // namespace

void SequenceLog::add(std::uint32_t association, const SequenceTracker& tracker, const NumberedPacket& packet, Sighting sighting) {
  const Gap& gap = tracker.last_gap();
  if (sighting == Sighting::kNew && gap.numbers == 0) return;
  SequenceOddities* oddities = oddities_of(association);
  if (oddities == nullptr) return;
  const std::uint64_t number = tracker.extended(packet.sequence);
  SequenceEvent event{.kind = kind_of(sighting), .time = packet.time, .before = {}, .number = number, .count = 1, .distance = 0};
  if (event.kind == SequenceEventKind::kGap) {
    event.before = gap.before;
    event.count = gap.numbers;
    event.number = number - gap.numbers;
  } else if (event.kind == SequenceEventKind::kLate) {
    event.distance = tracker.last_distance();
    ++oddities->late[lateness(event.distance)];
  }
  push(*oddities, event);
}

const SequenceOddities* SequenceLog::find(std::uint32_t association) const {
  const auto found = rows_.find(association);
  return found == rows_.end() ? nullptr : &found->second;
}

SequenceOddities* SequenceLog::oddities_of(std::uint32_t association) {
  if (const auto found = rows_.find(association); found != rows_.end()) return &found->second;
  return rows_.size() < kAssociationLimit ? &rows_[association] : nullptr;
}

void SequenceLog::push(SequenceOddities& oddities, const SequenceEvent& event) {
  if (oddities.events.size() == verdict::kSequenceEvents) {
    oddities.events.pop_front();
    ++oddities.left_out;
  }
  oddities.events.push_back(event);
}

}  // namespace espy::verify
