#include <algorithm>

#include "base/hash.h"
#include "decode/numbers.h"
#include "verify/ledger.h"

// The part of Ledger that counts: frames, datagrams, classes, leaks, flows.
namespace espy::verify {
namespace {

using verdict::Class;

std::uint64_t pair_key(const base::Address& one, const base::Address& other) {
  const std::uint64_t left = base::hash_bytes(one.octets, base::hash_seed());
  const std::uint64_t right = base::hash_bytes(other.octets, base::hash_seed());
  return base::mix(left ^ right);  // the same in both directions
}

bool tells_direction(const decode::Packet& packet) {
  return packet.link_type == base::LinkType::kLinuxSll || packet.link_type == base::LinkType::kLinuxSll2 ||
         packet.link_type == base::LinkType::kNflog || packet.link_type == base::LinkType::kEnc;
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

bool Ledger::saw_ike(const base::Address& one, const base::Address& other) const { return ike_pairs_.contains(pair_key(one, other)); }

void Ledger::count_frame(const Frame& frame, const decode::Packet& packet) {
  if (packet.non_ip) ++tallies_.packets.non_ip;
  if (packet.layer_count > 0 && packet.layers[0].fragment) ++tallies_.packets.fragments;
  tallies_.host_direction = tallies_.host_direction || tells_direction(packet);
  count_interface(frame, interface_key(facts_of(frame), packet));
}

void Ledger::see_interface(const Frame& frame, std::uint64_t interface) {
  if (frame.source != last_source_ || sources_seen_.empty()) {
    if (frame.source < sources_seen_.size() && sources_seen_[frame.source]) classifier_.set_interleaved();
    last_source_ = frame.source;
    if (frame.source >= sources_seen_.size()) sources_seen_.resize(frame.source + 1, false);
    sources_seen_[frame.source] = true;
  }
  if (tallies_.interfaces == 0) {
    began_ = frame.time;
    first_interface_ = interface;
    tallies_.interfaces = 1;
  } else if (interface != first_interface_) {
    tallies_.interfaces = 2;
  }
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
    if (packet.layers[index].payload == decode::Payload::kIke && ike_pairs_.size() < limits_.pairs) {
      ike_pairs_[pair_key(packet.layers[index].source, packet.layers[index].destination)] = true;
    }
  }
  if (packet.layer_count > 0 && !ah && !esp && !is_control(packet)) ++tallies_.clear_frames;
}

// Packets that carry nothing, sent to hide how much is sent (RFC 4303 section 2.6).
void Ledger::count_dummy(const Inspection& inspection) {
  for (std::size_t index = 0; index < inspection.packet.security_count; ++index) {
    const HeaderCheck& check = inspection.checks[index];
    if (!check.opened || inspection.packet.security[index].protocol != decode::SecurityProtocol::kEsp) continue;
    if (check.trailer.next_header != decode::kNoNextHeader) continue;
    ++tallies_.packets.dummy;
    return;
  }
}

void Ledger::count_outcome(const FrameFacts& facts, const Outcome& outcome) {
  counted_flow_ = Flows::kMissing;
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
    if (!outcome.secured || outcome.association == Associations::kMissing) continue;
    const auto& [key, row] = associations_.rows()[outcome.association];
    states_.see_protected(id, key.spi);
    row.serve(id);
  }
  if (outcome.group != 0xffffffff) {
    GroupRow& group = classifier_.groups()[outcome.group].row;
    if (group.packets++ == 0) {
      group.first = facts.time;
      group.first_frame = facts.number;
      group.first_source = facts.source;
    }
    group.bytes += facts.original_size;
    group.last = std::max(group.last, facts.time);
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
  if (outcome.flow_row == kCounted) return;
  if (outcome.flow_row == kNoRoom) return flows.count_overflow();
  if (outcome.flow_row != kNotAsked) {
    counted_flow_ = outcome.flow_row;
    return count_in(flows[outcome.flow_row].row, facts, outcome.flow.application);
  }
  const CarriedFlow& flow = outcome.flow;
  const std::uint32_t index = flows.insert({.source = flow.source,
                                            .destination = flow.destination,
                                            .requirement = id,
                                            .source_port = flow.source_port,
                                            .destination_port = flow.destination_port,
                                            .protocol = flow.protocol,
                                            .ports_known = flow.ports_known,
                                            .reason = outcome.reason});
  counted_flow_ = index;
  if (index != Flows::kMissing) count_in(flows[index].row, facts, flow.application);
}

// Of a flow of which it is not known yet what it is; or of a frame that was held, so that it is not counted in its turn.
void Ledger::count_first(FlowRow& row, const FrameFacts& facts, const decode::ApplicationGuess& application) {
  if (row.packets == 0 || facts.time < row.first) {
    row.first = facts.time;
    row.first_frame = facts.number;
    row.first_source = facts.source;
  }
  if (row.packets == 0 || facts.time > row.last) row.last = facts.time;
  ++row.packets;
  row.bytes += facts.original_size;
  if (row.guessed.load(std::memory_order_relaxed)) return;
  const bool better = application.by == decode::GuessedBy::kContent || row.application.by == decode::GuessedBy::kNothing;
  if (better) row.application = application;
  const bool enough = row.application.by == decode::GuessedBy::kContent || row.packets == kPacketsLookedInto;
  if (enough) row.guessed.store(true, std::memory_order_relaxed);
}

}  // namespace espy::verify
