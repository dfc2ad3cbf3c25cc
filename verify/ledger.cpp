#include "verify/ledger.h"

#include <algorithm>

#include "base/hash.h"

namespace espy::verify {
namespace {

using verdict::Class;

constexpr std::size_t kIkePairLimit = 65'536;
constexpr std::uint8_t kDummyHeader = 59;
constexpr std::size_t kSuspectLimit = 131'072;

std::uint64_t pair_key(const base::Address& one, const base::Address& other) {
  const std::uint64_t left = base::hash_bytes(one.octets, base::hash_seed());
  const std::uint64_t right = base::hash_bytes(other.octets, base::hash_seed());
  return base::mix(left ^ right);  // the same in both directions
}

bool tells_direction(const decode::Packet& packet) {
  return packet.link_type == base::LinkType::kLinuxSll || packet.link_type == base::LinkType::kLinuxSll2 ||
         packet.link_type == base::LinkType::kNflog || packet.link_type == base::LinkType::kEnc;
}

base::Bytes payload_of(const decode::Layer& layer, base::Bytes data) {
  if (layer.payload_offset == 0 || layer.payload_offset >= data.size()) return {};
  const std::size_t end = std::min<std::size_t>(data.size(), std::size_t{layer.offset} + layer.size);
  return layer.payload_offset < end ? data.subspan(layer.payload_offset, end - layer.payload_offset) : base::Bytes{};
}

void see(FirstSeen& seen, const FrameFacts& facts) {
  if (seen.count++ == 0) {
    seen.first = facts.time;
    seen.frame = facts.number;
    seen.source = facts.source;
  }
  seen.last = facts.time;
}

bool is_control(const decode::Packet& packet) {
  for (std::size_t index = 0; index < packet.layer_count; ++index) {
    const decode::Payload payload = packet.layers[index].payload;
    if (payload == decode::Payload::kIke || payload == decode::Payload::kKeepalive) return true;
  }
  return false;
}

}  // namespace

Ledger::Ledger(const ipsec::World& world, const LedgerOptions& options)
    : world_(world),
      keys_(options.keys),
      hints_(world),
      associations_(world),
      states_(world),
      classifier_(world, associations_, states_),
      inspector_(world, options.ports, options.keys, &hints_),
      diagnoser_(world, options.keys),
      learner_(world),
      streams_(options.ports),
      flows_(kFlowLimit, base::hash_seed()),
      protected_flows_(kProtectedFlowLimit, base::hash_seed()),
      suspects_(kSuspectLimit, base::hash_seed()),
      one_interface_(options.one_interface) {}

void Ledger::clear_interface(std::uint32_t source, std::uint32_t interface) {
  clear_interfaces_[(std::uint64_t{source} << 32) | interface] = true;
}

void Ledger::expect_pair(const base::Address& source, const base::Address& destination) {
  const StateId state = states_.infer(source, destination);
  if (state != kNoState) states_[state].exclusive = true;
}

bool Ledger::saw_ike(const base::Address& one, const base::Address& other) const { return ike_pairs_.contains(pair_key(one, other)); }

bool Ledger::confirmed(const RequirementState& state) const {
  if (!state.provisional || state.exclusive || state.shared) return true;
  if (state.mirror != kNoState && (states_[state.mirror].exclusive || states_[state.mirror].shared)) return true;
  return !state.requirement->inferred && saw_ike(state.seen_source, state.seen_destination);
}

void Ledger::count_frame(const Frame& frame, const decode::Packet& packet) {
  ++tallies_.packets.total;
  if (packet.non_ip) ++tallies_.packets.non_ip;
  if (packet.layer_count > 0 && packet.layers[0].fragment) ++tallies_.packets.fragments;
  tallies_.host_direction = tallies_.host_direction || tells_direction(packet);
  if (frame.source != last_source_) {
    if (frame.source < sources_seen_.size() && sources_seen_[frame.source]) classifier_.set_interleaved();
    last_source_ = frame.source;
  }
  if (frame.source >= sources_seen_.size()) sources_seen_.resize(frame.source + 1, false);
  sources_seen_[frame.source] = true;
  const std::uint64_t interface = Classifier::interface_key(facts_of(frame), packet);
  if (tallies_.interfaces == 0) {
    began_ = frame.time;
    first_interface_ = interface;
    tallies_.interfaces = 1;
  } else if (interface != first_interface_) {
    tallies_.interfaces = 2;
  }
}

// V21 can only matter where there is a second interface; in its first second a capture may not have shown it yet.
bool Ledger::may_have_sides(const Frame& frame) const {
  return !one_interface_ && (tallies_.interfaces > 1 || frame.time - began_ <= kHoldFor);
}

// A datagram with AH and ESP counts in both; headers quoted in ICMP errors never count (V12).
void Ledger::count_datagram(const decode::Packet& packet) {
  bool ah = false, esp = false, udp = false, tcp = false, ipcomp = false;
  for (std::size_t index = 0; index < packet.security_count; ++index) {
    const decode::SecurityHeader& header = packet.security[index];
    if (packet.layers[header.layer].carrier == decode::Carrier::kIcmpQuote) continue;
    ah = ah || header.protocol == decode::SecurityProtocol::kAh;
    ipcomp = ipcomp || header.protocol == decode::SecurityProtocol::kIpcomp;
    if (header.protocol != decode::SecurityProtocol::kEsp) continue;
    esp = true;
    udp = udp || header.encapsulation == decode::Encapsulation::kUdp;
    tcp = tcp || header.encapsulation == decode::Encapsulation::kTcp;
  }
  verdict::PacketCounts& counts = tallies_.packets;
  counts.ah += ah;
  counts.esp += esp;
  counts.esp_in_udp += udp;
  counts.esp_in_tcp += tcp;
  counts.ipcomp += ipcomp;
  for (std::size_t index = 0; index < packet.layer_count; ++index) {
    if (packet.layers[index].carrier == decode::Carrier::kIcmpQuote) break;
    counts.ike += packet.layers[index].payload == decode::Payload::kIke;
    counts.keepalive += packet.layers[index].payload == decode::Payload::kKeepalive;
    if (packet.layers[index].payload == decode::Payload::kIke && ike_pairs_.size() < kIkePairLimit) {
      ike_pairs_[pair_key(packet.layers[index].source, packet.layers[index].destination)] = true;
    }
  }
  if (packet.layer_count > 0 && !ah && !esp && !is_control(packet)) ++tallies_.clear_frames;
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
                                                       payload_of(layer, inspection.octets));
}

// Packets that carry nothing, sent to hide how much is sent (RFC 4303 section 2.6).
void Ledger::count_dummy(const Inspection& inspection) {
  for (std::size_t index = 0; index < inspection.packet.security_count; ++index) {
    const HeaderCheck& check = inspection.checks[index];
    if (!check.opened || inspection.packet.security[index].protocol != decode::SecurityProtocol::kEsp) continue;
    if (check.trailer.next_header != kDummyHeader) continue;
    ++tallies_.packets.dummy;
    return;
  }
}

void Ledger::commit(const Frame& frame, Inspection& inspection) {
  arena_.reset();
  count_frame(frame, inspection.packet);
  settle_aged(frame.time);
  const bool fragment = inspection.packet.layer_count > 0 && inspection.packet.layers[0].fragment;
  if (fragment) {
    commit_fragment(frame, inspection);
  } else if (streams_.may_carry(inspection.packet)) {
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
    settle(facts_of(frame), &inspection, frame.data, outcome);
  }
}

void Ledger::finish() {
  tallies_.ended = true;
  for (std::uint64_t position = hold_.begin_position(); position < hold_.end_position(); ++position) {
    const HeldFor why = hold_.at(position)->held_for;
    if (why == HeldFor::kDatagram || why == HeldFor::kStream) settle_datagram(hold_.at(position)->datagram, nullptr);
  }
  settle_aged(base::kNever);
  release();
  states_.close_runs();
  associations_.finish();
}

void Ledger::settle(const FrameFacts& facts, const Inspection* inspection, base::Bytes data, Outcome& outcome) {
  count_outcome(facts, outcome);
  if (inspection != nullptr) show(facts, *inspection, data, outcome);
}

void Ledger::show(const FrameFacts& facts, const Inspection& inspection, base::Bytes data, const Outcome& outcome) {
  if (tap_ == nullptr) return;
  Outcome shown = outcome;
  if (outcome.packet_class == Class::kUnverified && !outcome.unproven && verifies(outcome.bad)) shown.packet_class = Class::kForged;
  // A provisional leak is one only once its pair is known (V6, V8).
  if (outcome.state() != kNoState && outcome.packet_class == Class::kLeaked && !confirmed(states_[outcome.state()]))
    shown.packet_class = Class::kUnrelated;
  tap_->settled({.facts = facts,
                 .packet = &inspection.packet,
                 .data = data,
                 .octets = inspection.octets,
                 .checks = std::span(inspection.checks).first(inspection.packet.security_count),
                 .outcome = &shown});
}

void Ledger::count_outcome(const FrameFacts& facts, const Outcome& outcome) {
  ++tallies_.packets.by_class[static_cast<std::size_t>(outcome.packet_class)];
  if (outcome.uncertain) {
    if (outcome.state() != kNoState) ++states_[outcome.state()].uncertain;
    if (outcome.cut_short) see(tallies_.cut_short, facts);
  }
  if (outcome.packet_class == Class::kExempt) {
    ++tallies_.exempt_packets[static_cast<std::size_t>(outcome.exemption)];
    tallies_.exempt_bytes[static_cast<std::size_t>(outcome.exemption)] += facts.original_size;
    if (outcome.exemption == Exemption::kOptional) see(tallies_.optional_clear, facts);
  }
  tallies_.saw_twin = tallies_.saw_twin || outcome.packet_class == Class::kDecapsulated;
  if (outcome.packet_class == Class::kUnrelated || outcome.packet_class == Class::kUndecodable) return;
  for (std::size_t index = 0; index < outcome.state_count; ++index) {
    const StateId id = outcome.states[index];
    states_.count(id, outcome.packet_class, facts.original_size, facts.time);
    RequirementState& state = states_[id];
    if (state.first_frame == 0) {
      state.first_frame = facts.number;
      state.first_source = facts.source;
    }
    state.twins += outcome.packet_class == Class::kDecapsulated && outcome.guessed;
    state.wrong_mode += outcome.wrong_mode;
    if (outcome.secured && outcome.association != Associations::kMissing)
      states_.see_protected(id, associations_.rows()[outcome.association].key.spi);
  }
  if (outcome.group != 0xffffffff) {
    GroupRow& group = classifier_.groups()[outcome.group].row;
    if (group.packets++ == 0) {
      group.first = facts.time;
      group.first_frame = facts.number;
      group.first_source = facts.source;
    }
    group.bytes += facts.original_size;
    group.last = facts.time;
    const bool good = outcome.packet_class == Class::kProtected;
    group.protected_packets += good;
    group.protected_bytes += good ? facts.original_size : 0;
  }
  if (outcome.bad != Associations::kMissing) count_suspect(facts, outcome);
  if (outcome.packet_class == Class::kLeaked) count_leak(facts, outcome);
  if (outcome.packet_class == Class::kProtected && outcome.group == Outcome{}.group) count_flow(facts, outcome, protected_flows_);
}

// V16: which packets are forged is known when the run has shown whether their SA verifies.
void Ledger::count_suspect(const FrameFacts& facts, const Outcome& outcome) {
  const auto add = [&](Suspects& suspects) {
    suspects.unproven += outcome.unproven;
    suspects.packets += !outcome.unproven;
    suspects.bytes += outcome.unproven ? 0 : facts.original_size;
  };
  add(suspect_frames_[outcome.bad]);
  for (std::size_t index = 0; index < outcome.state_count; ++index) {
    const std::uint32_t row = suspects_.insert({outcome.bad, outcome.states[index]});
    if (row != suspects_.kMissing) add(suspects_[row].row);
  }
}

bool Ledger::verifies(std::uint32_t association) const {
  if (association == Associations::kMissing) return false;
  return associations_.rows()[association].row.verifies() || expected_.contains(association);
}

void Ledger::count_leak(const FrameFacts& facts, const Outcome& outcome) {
  const StateId id = outcome.state();
  if (id == kNoState) return;
  ++states_[id].named_leaks;
  for (std::size_t position = 0; position < outcome.state_count; ++position) {
    states_.leak(outcome.states[position], outcome.reason, facts.time, facts.number, facts.source);
  }
  if (outcome.group == Outcome{}.group) count_flow(facts, outcome, flows_);  // groups make their own rows
}

void Ledger::count_flow(const FrameFacts& facts, const Outcome& outcome, Flows& flows) {
  const StateId id = outcome.state();
  if (id == kNoState) return;
  const CarriedFlow& flow = outcome.flow;
  const std::uint32_t index = flows.insert({.source = flow.source,
                                            .destination = flow.destination,
                                            .requirement = id,
                                            .source_port = flow.source_port,
                                            .destination_port = flow.destination_port,
                                            .protocol = flow.protocol,
                                            .ports_known = flow.ports_known,
                                            .reason = outcome.reason});
  if (index == Flows::kMissing) return;
  FlowRow& row = flows[index].row;
  // Held frames settle late: the first and the last are not those that are counted first and last.
  if (row.packets == 0 || facts.time < row.first) {
    row.first = facts.time;
    row.first_frame = facts.number;
    row.first_source = facts.source;
  }
  if (row.packets == 0 || facts.time > row.last) row.last = facts.time;
  ++row.packets;
  row.bytes += facts.original_size;
  const bool better = flow.application.by == decode::GuessedBy::kContent || row.application.by == decode::GuessedBy::kNothing;
  if (row.application.by != decode::GuessedBy::kContent && better) row.application = flow.application;
}

}  // namespace espy::verify
