#include "verify/ledger.h"

#include <algorithm>

#include "base/hash.h"

namespace espy::verify {
namespace {

using verdict::Class;

constexpr base::Duration kHoldFor = base::seconds(1);
constexpr std::size_t kFinishedLimit = 8'192;
constexpr std::size_t kIkePairLimit = 65'536;

std::uint64_t pair_key(const base::Address& one, const base::Address& other) {
  const std::uint64_t left = base::hash_bytes(one.octets, base::hash_seed());
  const std::uint64_t right = base::hash_bytes(other.octets, base::hash_seed());
  return base::mix(left ^ right);   // the same in both directions
}

bool tells_direction(const decode::Packet& packet) {
  return packet.link_type == base::LinkType::kLinuxSll || packet.link_type == base::LinkType::kLinuxSll2 || packet.link_type == base::LinkType::kNflog ||
         packet.link_type == base::LinkType::kEnc;
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
      associations_(world),
      states_(world),
      classifier_(world, associations_, states_),
      inspector_(world, options.ports),
      learner_(world),
      streams_(options.ports),
      flows_(kFlowLimit, base::hash_seed()),
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

Ledger::Rows Ledger::see_associations(const Frame& frame, const decode::Packet& packet, base::Bytes datagram, bool whole) {
  Rows rows;
  rows.fill(Associations::kMissing);
  for (std::size_t index = 0; index < packet.security_count; ++index) {
    const decode::SecurityHeader& header = packet.security[index];
    const bool quoted = packet.layers[header.layer].carrier == decode::Carrier::kIcmpQuote;
    if (quoted || header.protocol == decode::SecurityProtocol::kIpcomp) continue;
    rows[index] = associations_.see(frame, packet, header, datagram, whole).index;
  }
  return rows;
}

Outcome Ledger::decide_datagram(const Frame& frame, Inspection& inspection, base::Bytes datagram, bool whole) {
  count_datagram(inspection.packet);
  const Rows rows = see_associations(frame, inspection.packet, datagram, whole);
  Outcome outcome = classifier_.decide(inspection, facts_of(frame), rows);
  describe(inspection.packet, datagram, outcome);
  return outcome;
}

// What the summary needs of the packet when its frame is counted, which may be later.
void Ledger::describe(const decode::Packet& packet, base::Bytes datagram, Outcome& outcome) {
  outcome.cut_short = packet.trouble == decode::Trouble::kCutShort;
  if (outcome.packet_class != Class::kLeaked || outcome.group != Outcome{}.group) return;
  const decode::Layer& layer = packet.layers[std::min<std::size_t>(outcome.layer, packet.layer_count - 1U)];
  outcome.flow = {.source = layer.source,
                  .destination = layer.destination,
                  .protocol = layer.protocol,
                  .ports_known = layer.ports_known,
                  .source_port = layer.ports_known ? layer.source_port : std::uint16_t{0},
                  .destination_port = layer.ports_known ? layer.destination_port : std::uint16_t{0},
                  .application = {}};
  outcome.flow.application = decode::guess_application(layer.protocol, outcome.flow.source_port, outcome.flow.destination_port, payload_of(layer, datagram));
}

void Ledger::commit(const Frame& frame, Inspection& inspection) {
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

// A message of a stream as a datagram of its own: its headers count, its SA is seen.
Outcome Ledger::decide_message(const Frame& frame, const Inspection& segment, const assemble::StreamMessage& message) {
  Inspection inspection = segment;
  EspInTcp::make_packet(segment.packet, message, inspection.packet);
  return decide_datagram(frame, inspection, message.bytes, message.complete);
}

// A segment is what the messages are that it brings to an end; one without any goes with the connection.
void Ledger::commit_segment(const Frame& frame, Inspection& inspection) {
  const std::uint64_t connection = EspInTcp::connection_id(inspection.packet);
  const assemble::StreamOutcome stream = streams_.add(frame, inspection.packet, ++segments_);
  if (stream.status == assemble::StreamStatus::kEsp) {
    Outcome outcome;
    outcome.packet_class = Class::kControl;
    if (EspInTcp::payload_size(inspection.packet) > 0) outcome = streams_.last_outcome(connection);
    bool first = true;
    for (const assemble::StreamMessage& message : stream.messages) {
      const Outcome one = decide_message(frame, inspection, message);
      if (first || severity(one.packet_class) > severity(outcome.packet_class)) outcome = one;
      first = false;
    }
    if (!first) streams_.last_outcome(connection) = outcome;
    settle_stream(connection, outcome);
    pass(frame, inspection, outcome);
    return;
  }
  const std::array<std::uint32_t, decode::kMaxSecurityHeaders> none = see_associations(frame, inspection.packet, frame.data, true);
  Outcome plain = classifier_.decide(inspection, facts_of(frame), none);
  describe(inspection.packet, frame.data, plain);
  plain.may_be_clear_side = false;
  if (stream.status == assemble::StreamStatus::kNotEsp) {
    count_datagram(inspection.packet);
    settle_datagram(connection, nullptr);
    pass(frame, inspection, plain);
  } else {
    hold(frame, inspection, plain, HeldFor::kStream, connection);
  }
}

// The frames that waited for what this connection carries.
void Ledger::settle_stream(std::uint64_t connection, const Outcome& outcome) {
  for (const std::uint64_t position : hold_.take_datagram(connection)) {
    HeldFrame* held = hold_.at(position);
    if (held == nullptr || held->settled) continue;
    held->settled = true;
    held->outcome = outcome;
    if (held->inspection == nullptr || EspInTcp::payload_size(held->inspection->packet) > 0) continue;
    held->outcome = {};
    held->outcome.packet_class = Class::kControl;
  }
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

void Ledger::hold(const Frame& frame, const Inspection& inspection, const Outcome& outcome, HeldFor why, std::uint64_t datagram) {
  if (hold_.full()) {
    // The oldest settles as what it is by itself, the worst that it can be.
    ++tallies_.held_overflow;
    HeldFrame& oldest = hold_.front();
    oldest.settled = true;
    release();
  }
  HeldFrame held;
  held.facts = facts_of(frame);
  held.held_for = why;
  held.settled = why == HeldFor::kNothing;
  held.datagram = datagram;
  held.interface = Classifier::interface_key(held.facts, inspection.packet);
  held.outcome = outcome;
  const bool first_fragment = why == HeldFor::kDatagram && inspection.packet.layers[0].fragment_offset == 0;
  if (tap_ != nullptr || why == HeldFor::kClearSide || why == HeldFor::kStream || first_fragment) {
    held.inspection = std::make_unique<Inspection>(inspection);
    held.data.assign(frame.data.begin(), frame.data.end());
  }
  hold_.push(std::move(held));
}

void Ledger::commit_fragment(const Frame& frame, Inspection& inspection) {
  const assemble::FragmentOutcome result = fragments_.add(inspection.packet, 0, frame.data, frame.original_size, frame.time);
  Outcome alone = classifier_.decide_fragment(inspection);
  describe(inspection.packet, frame.data, alone);
  using assemble::FragmentKind;
  if (result.kind == FragmentKind::kComplete) {
    Inspection whole = inspection;
    inspector_.inspect_datagram(result.datagram, whole);
    Outcome outcome = decide_datagram(frame, whole, result.datagram, true);
    outcome.may_be_clear_side = false;
    if (finished_datagrams_.size() >= kFinishedLimit) finished_datagrams_.clear();
    finished_datagrams_[result.id] = outcome;
    settle_datagram(result.id, &outcome);
    settle_dropped(frame.time);
    release();
    pass(frame, inspection, outcome);
    return;
  }
  settle_dropped(frame.time);
  const auto finished = finished_datagrams_.find(result.id);
  if (result.kind == FragmentKind::kDuplicate && finished != finished_datagrams_.end()) {
    Outcome outcome = finished->second;
    pass(frame, inspection, outcome);
  } else if (result.kind == FragmentKind::kRejected || result.id == 0) {
    settle_datagram(result.id, nullptr);
    pass(frame, inspection, alone);
  } else {
    hold(frame, inspection, alone, HeldFor::kDatagram, result.id);
    if (result.cut_short && result.all_seen) settle_datagram(result.id, nullptr);
  }
}

// What a first fragment whose datagram never became whole is: its headers count, its SAs are seen.
Outcome Ledger::lone_fragment(HeldFrame& held) {
  const Frame frame{.data = held.data,
                    .original_size = held.facts.original_size,
                    .time = held.facts.time,
                    .number = held.facts.number,
                    .source = held.facts.source,
                    .interface = held.facts.interface,
                    .link_type = held.inspection->packet.link_type,
                    .direction = held.inspection->packet.direction};
  Outcome outcome = decide_datagram(frame, *held.inspection, held.data, false);
  outcome.may_be_clear_side = false;
  return outcome;
}

// `outcome` is the whole datagram's, or null when it was given up: then the first fragment speaks for all, and without it each for itself.
void Ledger::settle_datagram(std::uint64_t id, const Outcome* outcome) {
  const std::vector<std::uint64_t> positions = hold_.take_datagram(id);
  Outcome first;
  for (const std::uint64_t position : positions) {
    HeldFrame* held = hold_.at(position);
    const bool speaks = held != nullptr && !held->settled && held->held_for == HeldFor::kDatagram && held->inspection != nullptr;
    if (outcome != nullptr || !speaks) continue;
    if (held->inspection->packet.layers[0].fragment_offset != 0) continue;
    first = lone_fragment(*held);
    outcome = &first;
  }
  for (const std::uint64_t position : positions) {
    HeldFrame* held = hold_.at(position);
    if (held == nullptr || held->settled) continue;
    held->settled = true;
    if (outcome != nullptr) held->outcome = *outcome;
  }
}

void Ledger::settle_dropped(base::Time now) {
  while (const auto dropped = fragments_.next_dropped(now)) settle_datagram(dropped->id, nullptr);
}

// V21: a second of frame time decides.
void Ledger::settle_aged(base::Time now) {
  aged_ = std::max(aged_, hold_.begin_position());
  for (; aged_ < hold_.end_position(); ++aged_) {
    HeldFrame& held = *hold_.at(aged_);
    if (!tallies_.ended && now - held.facts.time <= kHoldFor) return;
    if (held.held_for == HeldFor::kStream && !held.settled) settle_datagram(held.datagram, nullptr);
    if (held.held_for != HeldFor::kClearSide || held.settled) continue;
    held.settled = true;
    held.outcome.may_be_clear_side = false;
    if (!classifier_.is_clear_side(held.outcome.state(), held.interface, held.facts.time)) continue;
    held.outcome.packet_class = Class::kExempt;
    held.outcome.exemption = Exemption::kClearSide;
    const bool by_sender = held.inspection->packet.link_type == base::LinkType::kLinuxSll;
    if (by_sender) states_[held.outcome.state()].guessed_side = true;
  }
}

void Ledger::release() {
  while (!hold_.empty() && hold_.front().settled) {
    HeldFrame& held = hold_.front();
    settle(held.facts, held.inspection.get(), held.data, held.outcome);
    hold_.pop();
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
  if (inspection != nullptr) show(facts, inspection->packet, data, outcome);
}

void Ledger::show(const FrameFacts& facts, const decode::Packet& packet, base::Bytes data, const Outcome& outcome) {
  if (tap_ == nullptr) return;
  Outcome shown = outcome;
  // A provisional leak is one only once its pair is known (V6, V8).
  if (outcome.state() != kNoState && outcome.packet_class == Class::kLeaked && !confirmed(states_[outcome.state()])) shown.packet_class = Class::kUnrelated;
  tap_->settled({.facts = facts, .packet = &packet, .data = data, .outcome = &shown});
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
    state.guessed_twin = state.guessed_twin || outcome.packet_class == Class::kDecapsulated;
    if (outcome.secured && outcome.association != Associations::kMissing) states_.see_protected(id, associations_.rows()[outcome.association].key.spi);
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
  }
  if (outcome.packet_class == Class::kLeaked) count_leak(facts, outcome);
}

void Ledger::count_leak(const FrameFacts& facts, const Outcome& outcome) {
  const StateId id = outcome.state();
  if (id == kNoState) return;
  ++states_[id].named_leaks;
  for (std::size_t position = 0; position < outcome.state_count; ++position) {
    states_.leak(outcome.states[position], outcome.reason, facts.time, facts.number, facts.source);
  }
  if (outcome.group != Outcome{}.group) return;   // groups make their own rows
  const LeakedFlow& flow = outcome.flow;
  const std::uint32_t index = flows_.insert({.source = flow.source,
                                             .destination = flow.destination,
                                             .requirement = id,
                                             .source_port = flow.source_port,
                                             .destination_port = flow.destination_port,
                                             .protocol = flow.protocol,
                                             .ports_known = flow.ports_known,
                                             .reason = outcome.reason});
  if (index == Flows::kMissing) return;
  FlowRow& row = flows_[index].row;
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
