#include "verify/ledger.h"

#include <algorithm>

#include "base/hash.h"

namespace espy::verify {
namespace {

using verdict::Class;

constexpr std::size_t kOfEach = 2;                           // requirements that an SA serves, mostly
constexpr std::size_t kLanesOfEach = 4;                      // of a flow: in its SA, and in those after a rekey
constexpr std::size_t kDetailedOfEach = 4;                   // SAs whose odd numbers are kept, for one whose packets are
constexpr std::size_t kEarlyOctets = std::size_t{16} << 10;  // of a connection that others do not need

// What ESP hid ends before its padding.
base::Bytes payload_of(const decode::Packet& packet, const decode::Layer& layer, base::Bytes data) {
  if (layer.payload_offset == 0 || layer.payload_offset >= data.size()) return {};
  std::size_t end = std::min<std::size_t>(data.size(), std::size_t{layer.offset} + layer.size);
  for (const decode::SecurityHeader& header : std::span(packet.security).subspan(layer.first_security, layer.security_count)) {
    if (header.content_offset != 0) end = std::min<std::size_t>(end, std::size_t{header.content_offset} + header.content_size);
  }
  return layer.payload_offset < end ? data.subspan(layer.payload_offset, end - layer.payload_offset) : base::Bytes{};
}

}  // namespace

Ledger::Ledger(const ipsec::World& world, const LedgerOptions& options)
    : world_(world),
      limits_(options.limits),
      keys_(options.keys),
      esn_hints_(world),
      associations_(world, limits_.associations),
      states_(world, limits_.pairs),
      classifier_(world, associations_, states_, kOfEach * limits_.associations),
      lanes_(associations_, classifier_, states_, kLanesOfEach * limits_.protected_flows),
      inspector_(world, options.ports, options.keys, {.esn = &esn_hints_}),
      diagnoser_(world, options.keys),
      fragments_({.octets = limits_.fragments * base::kMebibyte}),
      learner_(world),
      ports_(options.ports),
      glancer_(options.ports),
      streams_({.connections = limits_.streams, .early_octets = std::max(limits_.streams * kEarlyOctets, base::kMebibyte)}),
      flows_(limits_.flows, base::hash_seed()),
      protected_flows_(limits_.protected_flows, base::hash_seed()),
      suspects_(kOfEach * limits_.associations, base::hash_seed()),
      hold_(limits_.held),
      one_interface_(options.one_interface) {
  if (!options.details) return;
  samples_ = std::make_unique<Samples>(limits_.samples);
  associations_.keep_log(kDetailedOfEach * limits_.samples);
}

void Ledger::clear_interface(std::uint32_t source, std::uint32_t interface) {
  clear_interfaces_[(std::uint64_t{source} << 32) | interface] = true;
}

void Ledger::expect_pair(const base::Address& source, const base::Address& destination) {
  const StateId state = states_.infer(source, destination);
  if (state != kNoState) states_[state].exclusive = true;
}

bool Ledger::confirmed(const RequirementState& state) const {
  if (!state.provisional || state.exclusive || state.shared) return true;
  if (state.mirror != kNoState && (states_[state.mirror].exclusive || states_[state.mirror].shared)) return true;
  return !state.requirement->inferred && saw_ike(state.seen_source, state.seen_destination);
}

// V21 can only matter where there is a second interface; in its first second a capture may not have shown it yet.
bool Ledger::may_have_sides(const Frame& frame) const {
  return !one_interface_ && (tallies_.interfaces > 1 || frame.time - began_ <= kHoldFor);
}

Ledger::Rows Ledger::see_associations(const Frame& frame, const Inspection& inspection, base::Bytes datagram, bool whole) {
  Rows rows;
  rows.fill(Associations::kMissing);
  const decode::Packet& packet = inspection.packet;
  for (std::size_t index = 0; index < packet.security_count; ++index) {
    const decode::SecurityHeader& header = packet.security[index];
    const bool quoted = packet.layers[header.layer].carrier == decode::Carrier::kIcmpQuote;
    if (quoted || header.protocol == decode::SecurityProtocol::kIpcomp) continue;
    const base::Bytes wire = inspection.checks[index].octets;
    rows[index] = associations_.see(frame, inspection, index, keys_ == nullptr || wire.empty() ? datagram : wire, whole).index;
    if (rows[index] == Associations::kMissing || !whole) continue;
    const Checked checked = inspection.checks[index].checked;
    if (checked == Checked::kBad || checked == Checked::kEsnUnknown) diagnoser_.keep(rows[index], inspection, index);
  }
  return rows;
}

Outcome Ledger::decide_datagram(const Frame& frame, Inspection& inspection, base::Bytes datagram, bool whole) {
  if (keys_ != nullptr && whole) settle_esn(inspection);
  count_datagram(inspection.packet);
  const Rows rows = see_associations(frame, inspection, datagram, whole);
  publish_esn(inspection, rows);
  count_dummy(inspection);
  Outcome outcome = classifier_.decide(inspection, facts_of(frame), rows);
  if (whole && rows[0] != Associations::kMissing) lanes_.learn(inspection, facts_of(frame), rows[0], outcome);
  describe(inspection, outcome);
  return outcome;
}

// What the summary needs of the packet when its frame is counted, which may be later.
void Ledger::describe(const Inspection& inspection, Outcome& outcome) {
  const decode::Packet& packet = inspection.packet;
  outcome.cut_short = packet.trouble == decode::Trouble::kCutShort;
  const bool has_flow = outcome.packet_class == Class::kLeaked || outcome.packet_class == Class::kProtected;
  if (!has_flow || outcome.group != Outcome{}.group) return;
  const decode::Layer& layer = packet.layers[std::min<std::size_t>(outcome.layer, packet.layer_count - 1U)];
  outcome.flow = {.source = layer.source,
                  .destination = layer.destination,
                  .protocol = layer.protocol,
                  .ports_known = layer.ports_known,
                  .source_port = layer.ports_known ? layer.source_port : std::uint16_t{0},
                  .destination_port = layer.ports_known ? layer.destination_port : std::uint16_t{0},
                  .application = {}};
  outcome.flow.application = decode::guess_application(layer.protocol, outcome.flow.source_port, outcome.flow.destination_port,
                                                       payload_of(packet, layer, inspection.octets));
}

Hints Ledger::hints() const {
  return {.esn = &esn_hints_,
          .associations = &associations_,
          .flows = &flows_,
          .learner = &learner_,
          .opened = &lanes_.opened(),
          .observe = tap_ == nullptr};
}

void Ledger::commit(const Frame& frame, Inspection& inspection) {
  count_frame(frame, inspection.packet);
  settle_aged(frame.time);
  commit_inspected(frame, inspection);
}

void Ledger::commit_inspected(const Frame& frame, Inspection& inspection) {
  arena_.reset();
  completed_.clear();
  part_of_ = PartOf::kNothing;
  const bool fragment = inspection.packet.layer_count > 0 && inspection.packet.layers[0].fragment;
  if (fragment) {
    commit_fragment(frame, inspection);
  } else if (may_carry_esp(inspection.packet, ports_)) {
    commit_segment(frame, inspection);
  } else {
    learner_.add(inspection.packet, frame.data);
    Outcome outcome = decide_datagram(frame, inspection, frame.data, true);
    pass(frame, inspection, outcome);
  }
  release();
}

// Counts the frame at once, or holds it: for its own sake, or so that a tap sees frames in order.
void Ledger::pass(const Frame& frame, const Inspection& inspection, Outcome& outcome) {
  const bool said_clear = clear_interfaces_.contains((std::uint64_t{frame.source} << 32) | frame.interface);
  if (outcome.may_be_clear_side && said_clear) {
    outcome.packet_class = Class::kExempt;
    outcome.exemption = Exemption::kClearSide;
    outcome.may_be_clear_side = false;
  }
  outcome.may_be_clear_side = outcome.may_be_clear_side && may_have_sides(frame);
  if (outcome.may_be_clear_side) {
    hold(frame, inspection, outcome, HeldFor::kClearSide, 0);
  } else if (tap_ != nullptr && !hold_.empty()) {
    hold(frame, inspection, outcome, HeldFor::kNothing, 0);
  } else {
    SettledFrame shown = make_settled(facts_of(frame), &inspection, frame.data);
    shown.completed = completed_;
    shown.part_of = part_of_;
    settle(shown, outcome);
  }
}

void Ledger::tick(base::Time now) {
  if (hold_.empty()) return;
  arena_.reset();
  completed_.clear();
  part_of_ = PartOf::kNothing;
  settle_dropped(now);
  settle_aged(now);
  release();
}

void Ledger::finish() {
  tallies_.ended = true;
  for (std::uint64_t position = hold_.begin_position(); position < hold_.end_position(); ++position) {
    if (Hold::waits(*hold_.at(position))) settle_datagram(hold_.at(position)->datagram, nullptr);
  }
  settle_aged(base::kNever);
  release();
  states_.close_runs();
  associations_.finish();
  carry_over();
}

void Ledger::carry_over() {
  lanes_.flush(tallies_.packets, protected_flows_);
  associations_.end_runs();
  for (StateId id = 0; id < states_.size(); ++id) {
    const std::uint32_t row = states_.last_protected(id).row;
    if (row == Associations::kMissing) continue;
    states_[id].seen_source = associations_.rows()[row].key.source;
    states_[id].seen_destination = associations_.rows()[row].key.destination;
  }
}

void Ledger::settle(const SettledFrame& frame, const Outcome& outcome) {
  count_outcome(frame.facts, outcome);
  if (frame.packet == nullptr) return;
  if (samples_ != nullptr) sample(frame, outcome);
  show(frame, outcome);
}

void Ledger::show(SettledFrame frame, const Outcome& outcome) {
  if (tap_ == nullptr) return;
  Outcome shown = outcome;
  if (outcome.packet_class == Class::kUnverified && !outcome.unproven && verifies(outcome.bad)) shown.packet_class = Class::kForged;
  // A provisional leak is one only once its pair is known (V6, V8).
  if (outcome.state() != kNoState && outcome.packet_class == Class::kLeaked && !confirmed(states_[outcome.state()]))
    shown.packet_class = Class::kUnrelated;
  frame.outcome = &shown;
  tap_->settled(frame);
}

}  // namespace espy::verify
