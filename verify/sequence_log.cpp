#include "verify/sequence_log.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <utility>

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

constexpr int kExactBits = std::bit_width(verdict::kExactLateness);

std::size_t class_of(std::uint64_t distance) {
  if (distance <= verdict::kExactLateness) return static_cast<std::size_t>(distance);
  return verdict::kExactLateness + static_cast<std::size_t>(std::bit_width(distance) - kExactBits + 1);
}

// The largest distance that a class stands for.
std::uint64_t bound_of(std::size_t index) {
  if (index <= verdict::kExactLateness) return index;
  const std::size_t bits = index - verdict::kExactLateness + kExactBits - 1;
  return bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
}

void count(SequenceOddities& oddities, std::uint64_t distance) {
  ++oddities.late[lateness(distance)];
  ++oddities.distances[class_of(distance)];
  if (distance <= oddities.largest_distance) return;
  oddities.largest_before = std::exchange(oddities.largest_distance, distance);
}

// The packets with which a counter began again were taken for replays, or for late ones, until the last of them came.
void take_back_run(SequenceOddities& oddities, std::uint64_t number) {
  for (std::uint64_t behind = 1; behind < SequenceTracker::kRestartRun && !oddities.events.empty(); ++behind) {
    const SequenceEvent& event = oddities.events.back();
    const bool late = event.kind == SequenceEventKind::kLate;
    if ((!late && event.kind != SequenceEventKind::kReplayed) || event.number + behind != number) return;
    if (late) {
      --oddities.late[lateness(event.distance)];
      --oddities.distances[class_of(event.distance)];
      // Each number of a run is nearer to the highest than the one before: only its first can have raised the largest.
      if (event.distance == oddities.largest_distance) oddities.largest_distance = oddities.largest_before;
    }
    oddities.events.pop_back();
  }
}

}  // namespace

verdict::Lateness SequenceOddities::lateness(std::uint64_t in_order) const {
  verdict::Lateness found{.p50 = 0, .p99 = 0, .most = largest_distance};
  const std::uint64_t all = std::accumulate(distances.begin(), distances.end(), in_order);
  std::uint64_t sum = in_order;
  for (std::size_t index = 0; index < distances.size(); ++index) {
    const std::uint64_t bound = std::min(bound_of(index), largest_distance);
    if (2 * sum < all) found.p50 = bound;
    if (100.0 * static_cast<double>(sum) < 99.0 * static_cast<double>(all)) found.p99 = bound;
    sum += distances[index];
  }
  return found;
}

void SequenceLog::add(std::uint32_t association, const SequenceTracker& tracker, const NumberedPacket& packet, Sighting sighting) {
  const Gap& gap = tracker.last_gap();
  if (sighting == Sighting::kNew || sighting == Sighting::kReset) follow(association, tracker, packet.time);
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
    count(*oddities, event.distance);
  } else if (event.kind == SequenceEventKind::kReset) {
    take_back_run(*oddities, number);
  }
  push(*oddities, event);
}

void SequenceLog::begin_trail(std::uint32_t association, const verdict::SequencePoint& point) {
  if (association >= limit_) return;
  trails_.resize(association + std::size_t{1});
  trails_[association].add(point);
}

std::vector<verdict::SequencePoint> SequenceLog::points(std::uint32_t association) const {
  return association < trails_.size() ? trails_[association].points() : std::vector<verdict::SequencePoint>{};
}

const SequenceOddities* SequenceLog::find(std::uint32_t association) const {
  const auto found = rows_.find(association);
  return found == rows_.end() ? nullptr : &found->second;
}

SequenceOddities* SequenceLog::oddities_of(std::uint32_t association) {
  if (const auto found = rows_.find(association); found != rows_.end()) return &found->second;
  return rows_.size() < limit_ ? &rows_[association] : nullptr;
}

void SequenceLog::push(SequenceOddities& oddities, const SequenceEvent& event) {
  if (oddities.events.size() == verdict::kSequenceEvents) {
    oddities.events.pop_front();
    ++oddities.left_out;
  }
  oddities.events.push_back(event);
}

}  // namespace espy::verify
