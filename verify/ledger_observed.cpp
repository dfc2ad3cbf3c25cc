#include "verify/ledger.h"

#include <algorithm>

// The part of Ledger that deals with most frames: those of which an observation says all, because others like them were dealt with before.
namespace espy::verify {
namespace {

// Frames between a prefetch and its use, and those that are prefetched for at once.
constexpr std::size_t kLaneAhead = 24;
constexpr std::size_t kRowAhead = 12;
constexpr std::size_t kAtOnce = Lanes::kStep;

}  // namespace

// Most frames: ESP of which a lane takes one packet like the other, where nobody looks at each frame. Returns where the others begin.
inline std::size_t Ledger::commit_usual(std::span<const Frame> frames, const Inspected& found, std::size_t begin, std::size_t end) {
  if (tap_ != nullptr || samples_ != nullptr || !hold_.empty()) return begin;
  // The first interface, if its frames can be observed, and frames of the last source.
  if (tallies_.interfaces == 0 || !is_upper_half(first_interface_) || source_of(first_interface_) != last_source_) return begin;
  const std::span<const Observation> seen = found.observations();
  const auto add_opened = [&](std::size_t index) {
    const auto* opened = std::get_if<OpenedObservation>(&seen[index].of);
    return opened != nullptr && seen[index].interface() == first_interface_ && commit_opened(frames[index], seen[index], *opened, found);
  };
  std::size_t rest = begin;
  while (rest < end) {
    rest = lanes_.add_usual(frames, seen, rest, end, upper_half(first_interface_));
    if (rest == end || !add_opened(rest)) break;
    ++rest;
  }
  tallies_.packets.total += rest - begin;
  return rest;
}

inline void Ledger::commit_all(std::span<const Frame> frames, Inspected& found, std::size_t begin, std::size_t end) {
  while (begin < end) {
    begin = commit_usual(frames, found, begin, end);
    if (begin == end) return;
    commit_one(frames[begin], found.observations()[begin], found);
    ++begin;
  }
}

void Ledger::commit(std::span<const Frame> frames, Inspected& found, std::size_t begin, std::size_t end) {
  const bool many = associations_.rows().size() > kFewRows || flows_.size() > kFewRows || lanes_.opened().size() > kFewRows;
  if (!many) return commit_all(frames, found, begin, end);
  prefetch_first(found.observations().subspan(begin));
  for (; begin < end; begin += kAtOnce) {
    const std::size_t stop = std::min(begin + kAtOnce, end);
    prefetch(found.observations(), begin, stop);
    commit_all(frames, found, begin, stop);
  }
}

void Ledger::commit_one(const Frame& frame, const Observation& seen, Inspected& found) {
  if (const auto* whole = std::get_if<std::uint32_t>(&seen.of)) return commit(frame, found.whole(*whole));
  count_interface(frame, seen.interface());
  if (!hold_.empty() && may_age(frame.time)) settle_aged(frame.time);
  if (!commit_observed(frame, seen, found)) {
    commit_again(frame);
  } else if (samples_ != nullptr) {
    sample_observed(frame, seen);
  }
  if (!hold_.empty()) release();
}

// What frames will touch that come some way behind those from `begin` to `end`.
void Ledger::prefetch(std::span<const Observation> seen, std::size_t begin, std::size_t end) const {
  const auto ahead = [&](std::size_t distance) {
    return seen.first(std::min(end + distance, seen.size())).subspan(std::min(begin + distance, seen.size()));
  };
  for (const Observation& one : ahead(kLaneAhead)) prefetch_lane(one);
  for (const Observation& one : ahead(kRowAhead)) prefetch_row(one);
  if (lanes_.opened().size() == 0) return;
  for (std::size_t index = begin; index < end; ++index) lanes_.prefetch_opened(seen, index);
}

// The same of the first ones, which prefetch() comes too late for.
void Ledger::prefetch_first(std::span<const Observation> seen) const {
  for (const Observation& one : seen.first(std::min(kLaneAhead, seen.size()))) prefetch_lane(one);
  for (const Observation& one : seen.first(std::min(kRowAhead, seen.size()))) prefetch_row(one);
}

inline void Ledger::prefetch_lane(const Observation& seen) const {
  if (const auto* esp = std::get_if<EspObservation>(&seen.of)) lanes_.prefetch_lane(*esp);
}

inline void Ledger::prefetch_row(const Observation& seen) const {
  if (const auto* esp = std::get_if<EspObservation>(&seen.of)) lanes_.prefetch_row(*esp);
  if (const auto* clear = std::get_if<ClearObservation>(&seen.of)) prefetch_flow(*clear);
}

bool Ledger::commit_observed(const Frame& frame, const Observation& seen, const Inspected& found) {
  if (tap_ != nullptr) return false;
  if (const auto* esp = std::get_if<EspObservation>(&seen.of)) return lanes_.add(frame, seen, *esp);
  if (const auto* opened = std::get_if<OpenedObservation>(&seen.of)) return commit_opened(frame, seen, *opened, found);
  return commit_clear(frame, seen, std::get<ClearObservation>(seen.of));
}

void Ledger::commit_again(const Frame& frame) {
  again_arena_.reset();
  inspector_.inspect(frame, again_, again_arena_);
  commit_inspected(frame, again_);
}

bool Ledger::commit_opened(const Frame& frame, const Observation& seen, const OpenedObservation& opened, const Inspected& found) {
  OpenedRow& row = lanes_.opened()[opened.lane].row;
  const bool in_order = row.lane.last <= seen.time;  // false, too, of the first packet after a flush
  if (!lanes_.add(frame, seen, opened, found.content(opened.content))) return false;
  if (opened.traits.esn) esn_hints_.advance(row.lane.row->configured, row.lane.row->esn_highest);
  if (!row.lane.counts_flow) {
    count_protected(frame, opened, row);
  } else if (!in_order) {
    protected_flows_[row.flow].row.see_early(facts_of(frame));
  }
  return true;
}

// In the flow of a packet that was opened, whose lane does not count for it yet.
void Ledger::count_protected(const Frame& frame, const OpenedObservation& opened, OpenedRow& row) {
  if (row.flow == kNotAsked) {
    row.flow = make_protected_flow(opened.lane);
  } else if (row.flow == Flows::kMissing) {
    protected_flows_.count_overflow();
  }
  if (row.flow == Flows::kMissing) return;
  FlowRow& counted = protected_flows_[row.flow].row;
  count_in(counted, facts_of(frame), opened.application);
  if (!counted.guessed.load(std::memory_order_relaxed)) return;
  row.guessed.store(true, std::memory_order_relaxed);
  lanes_.count_flow(row, tallies_.packets);
}

// The row of the flow that an opened packet of this lane is of.
std::uint32_t Ledger::make_protected_flow(std::uint32_t lane) {
  const auto [key, row] = lanes_.opened()[lane];
  const AssociationKey& outside = associations_.rows()[key.association].key;
  return protected_flows_.insert({.source = key.tunnelled ? key.source : outside.source,
                                  .destination = key.tunnelled ? key.destination : outside.destination,
                                  .requirement = row.lane.state,
                                  .source_port = key.source_port,
                                  .destination_port = key.destination_port,
                                  .protocol = key.protocol,
                                  .ports_known = true});
}

// The row of a clear flow that had none when the worker looked.
std::uint32_t Ledger::make_flow(const Frame& frame, StateId requirement) {
  decode::Glance glance;
  glancer_.glance(frame.data, frame.original_size, frame.link_type, glance);
  const std::uint32_t row = flows_.insert({.source = glance.source,
                                           .destination = glance.destination,
                                           .requirement = requirement,
                                           .source_port = glance.source_port,
                                           .destination_port = glance.destination_port,
                                           .protocol = glance.protocol,
                                           .ports_known = true,
                                           .reason = verdict::LeakReason::kPlaintext});
  return row == Flows::kMissing ? kCounted : row;
}

bool Ledger::commit_clear(const Frame& frame, const Observation& seen, const ClearObservation& clear) {
  if (clear.learner == kNoRow) return false;
  Outcome outcome;
  if (!classifier_.decide(seen, clear, outcome)) return false;
  if (outcome.may_be_clear_side && (!clear_interfaces_.empty() || may_have_sides(frame))) return false;
  outcome.may_be_clear_side = false;
  outcome.flow_row = clear.flow == kNoRow ? make_flow(frame, outcome.state()) : clear.flow;
  outcome.flow.application = clear.application;
  ++tallies_.clear_frames;
  const bool reads = clear.learner != kNotAsked && clear.learner != kNoRoom;
  if (reads) learner_.add(clear.learner, clear.from_low, frame.data.subspan(clear.payload_offset, clear.payload_size));
  count_outcome(facts_of(frame), outcome);
  if (samples_ != nullptr && counted_flow_ != Flows::kMissing && samples_->wants_flow(counted_flow_)) sample_again(frame, outcome);
  return true;
}

}  // namespace espy::verify
