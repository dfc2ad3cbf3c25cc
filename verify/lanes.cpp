#include "verify/lanes.h"

#include <algorithm>
#include <ranges>

#include "base/prefetch.h"
#include "decode/numbers.h"

namespace espy::verify {
namespace {

// What the states of a requirement count a class in.
std::uint64_t& slot(verdict::ClassCounts& counts, verdict::Class packet_class) {
  return packet_class == verdict::Class::kProtected ? counts.protected_ : counts.unverified;
}

// The innermost layer of a packet that was opened, where it is one that an observation can speak of; else null.
const decode::Layer* opened_layer(const Inspection& inspection) {
  const decode::Packet& packet = inspection.packet;
  const HeaderCheck& check = inspection.checks[0];
  if (check.checked != Checked::kGood || !check.opened || packet.layer_count > 2 || packet.trouble != decode::Trouble::kNone)
    return nullptr;
  const decode::Layer& layer = packet.layers[packet.layer_count - 1U];
  const bool carried = packet.layer_count == 1 ? layer.carrier == decode::Carrier::kLink : layer.carrier == decode::Carrier::kEspTunnel;
  const bool ported =
      layer.payload == decode::Payload::kClear && (layer.protocol == decode::kTcp || layer.protocol == decode::kUdp) && layer.ports_known;
  return carried && ported && !layer.fragment ? &layer : nullptr;
}

// What both kinds of observation say.
inline NumberedEsp numbered_esp(std::uint32_t association, base::Time time, Legibility legible, const auto& seen) {
  return {.association = association,
          .sequence = seen.sequence,
          .fingerprint = seen.fingerprint,
          .legible = legible,
          .offset = seen.offset,
          .size = seen.size,
          .time = time};
}

}  // namespace

void Lanes::learn(const Inspection& inspection, const FrameFacts& facts, std::uint32_t association, const Outcome& outcome) {
  const decode::Packet& packet = inspection.packet;
  const bool lone = packet.security_count == 1 && packet.security[0].protocol == decode::SecurityProtocol::kEsp;
  const std::uint64_t interface = interface_key(facts, packet);
  if (!lone || !outcome.secured || outcome.bad != Associations::kMissing || !is_upper_half(interface)) return;
  if (outcome.packet_class == verdict::Class::kUnverified) learn_lone(upper_half(interface), association, outcome);
  if (outcome.packet_class == verdict::Class::kProtected) learn_opened(upper_half(interface), inspection, association, outcome);
}

void Lanes::learn_lone(std::uint32_t interface_upper, std::uint32_t association, const Outcome& outcome) {
  if (outcome.group == Outcome{}.group) return;
  GroupRow& group = classifier_.groups()[outcome.group].row;
  // What counts in four requirements could serve more: only where the ends of those do not matter.
  const auto needs_ends = [&](StateId state) { return states_[state].provisional || states_[state].requirement->any_tunnel_ends; };
  if (std::ranges::any_of(group.states | std::views::drop(Lane::kStates), needs_ends)) return;
  if (association >= lanes_.size()) lanes_.resize(std::max<std::size_t>(association + 1U, lanes_.size() * 2));
  Lane& lane = lanes_[association];
  lane.group = &group;
  open(lane, interface_upper, association, std::span(outcome.states).first(outcome.state_count));
  lane.more_states = group.states.size() > lane.state_count;
  lane.tunnelled = std::ranges::any_of(group.states, [&](StateId state) { return states_.opens_tunnel(state); });
  lane.plain = !lane.tunnelled && lane.ivs.form == IvLayout::Form::kNone;
}

void Lanes::learn_opened(std::uint32_t interface_upper, const Inspection& inspection, std::uint32_t association, const Outcome& outcome) {
  using Decision = ipsec::Judgement::Decision;
  const decode::Packet& packet = inspection.packet;
  const decode::Layer* layer = opened_layer(inspection);
  const bool innermost = outcome.layer + 1U == packet.layer_count && outcome.group == Outcome{}.group;
  if (layer == nullptr || !innermost || outcome.wrong_mode || outcome.uncertain || packet.security[0].wrapped) return;
  const bool tunnelled = packet.layer_count == 2;
  const Decision outer = inspection.judgements[0].decision;
  if (tunnelled && (outer == Decision::kProtect || outer == Decision::kOptional)) return;  // it serves a policy of its own
  const auto states = std::span(outcome.states).first(outcome.state_count);
  const auto has_tunnel = [&](StateId state) { return states_.opens_tunnel(state); };
  if (!tunnelled && std::ranges::any_of(states, has_tunnel)) return;
  const std::uint32_t row = opened_.insert({.association = association,
                                            .source = tunnelled ? layer->source : base::Address{},
                                            .destination = tunnelled ? layer->destination : base::Address{},
                                            .source_port = layer->source_port,
                                            .destination_port = layer->destination_port,
                                            .protocol = layer->protocol,
                                            .tunnelled = tunnelled});
  if (row == OpenedTable::kMissing) return;
  Lane& lane = opened_[row].row.lane;
  lane.packet_class = verdict::Class::kProtected;
  open(lane, interface_upper, association, states);
  lane.tunnelled = tunnelled;
}

void Lanes::open(Lane& lane, std::uint32_t interface_upper, std::uint32_t association, std::span<const StateId> states) {
  lane.interface_upper = interface_upper;
  lane.configured = associations_.rows()[association].row.configured;
  if (lane.row != nullptr) return;
  lane.association = association;
  lane.spi = associations_.rows()[association].key.spi;
  lane.row = &associations_.rows()[association].row;
  lane.ivs = associations_.iv_layout(lane.configured);
  lane.state_count = static_cast<std::uint8_t>(states.size());
  if (!states.empty()) lane.state = states.front();
  if (states.size() > 1) {
    Lane::States key;
    key.fill(kNoState);
    std::ranges::copy(states, key.begin());
    lane.several = &several_[key];
    lane.several->states = key;
  }
  gather(lane);
}

void Lanes::gather(Lane& lane) {
  lane.known_states = static_cast<std::uint32_t>(states_.size());
  const auto mirror_of = [&](StateId id) { return states_[id].mirror == kNoState ? id : states_[id].mirror; };
  if (lane.state_count == 1) lane.both = {&states_.last_protected(lane.state), &states_.last_protected(mirror_of(lane.state))};
  if (!lane.serves_several()) return;
  for (std::size_t index = 0; index < Lane::kStates; ++index) {
    const StateId id = lane.states()[std::min<std::size_t>(index, lane.state_count - 1U)];
    lane.several->served[index] = &states_.last_protected(id);
    lane.several->mirrors[index] = &states_.last_protected(mirror_of(id));
  }
}

void Lanes::prefetch_row(const EspObservation& esp) const {
  if (esp.association >= lanes_.size()) return;
  const Lane& lane = lanes_[esp.association];
  if (lane.known_states == Lane::kNotGathered) return;
  associations_.prefetch_numbers(esp.association, esp.sequence);
  if (!lane.plain) associations_.prefetch_nonces(lane.ivs);
  prefetch_states(lane);
}

inline void Lanes::tally(Lane& lane, const Observation& seen) {
  ++lane.packets;
  lane.bytes += seen.size;
  lane.octets += seen.original_size;
}

inline void Lanes::count(Lane& lane, const Observation& seen, bool in_udp) {
  if (lane.packets == 0) lane.first = lane.last = seen.time;
  if (lane.in_udp != in_udp) carry(lane, in_udp);
  tally(lane, seen);
  lane.first = std::min(lane.first, seen.time);
  lane.last = std::max(lane.last, seen.time);
}

// Of a lone lane: its packets without the one to come are counted, and what flush() will count too much is taken off.
void Lanes::recheck(Lane& lane, Checked checked) {
  lane.row->checked[static_cast<std::size_t>(lane.checked)] += lane.packets;
  lane.checked = checked;
  lane.row->checked[static_cast<std::size_t>(checked)] -= lane.packets;
}

// The same of those in UDP.
void Lanes::carry(Lane& lane, bool in_udp) {
  lane.more_in_udp += in_udp ? -lane.packets : lane.packets;
  lane.in_udp = in_udp;
}

// What each packet changes in its requirements.
inline void Lanes::settle(Lane& lane) {
  if (lane.known_states != states_.size()) gather(lane);
  settle_gathered(lane, lane.association);
}

inline void Lanes::settle_gathered(const Lane& lane, std::uint32_t association) {
  if (lane.state_count == 1) return settle_both(lane, association);
  if (lane.serves_several()) settle_several(lane, association);
}

void Lanes::settle_several(const Lane& lane, std::uint32_t association) {
  bool run_open = false;
  for (std::size_t index = 0; index < Lane::kStates; ++index) {
    LastProtected& last = *lane.several->served[index];
    LastProtected& mirror = *lane.several->mirrors[index];
    run_open |= last.run_open | mirror.run_open;
    last.spi = mirror.spi = lane.spi;
    last.row = association;
  }
  if (run_open) close_runs(lane);
}

void Lanes::close_runs(const Lane& lane) {
  for (LastProtected* last : lane.several->served) states_.see_protected(*last, lane.spi);
  for (LastProtected* last : lane.several->mirrors) states_.see_protected(*last, lane.spi);
}

// The number of the next packet of its SA. False: there is more to it.
inline bool Lanes::number_usual(const Lane& lane, const Observation& seen, const EspObservation& esp) {
  const NumberedPacket packet{.sequence = esp.sequence, .fingerprint = esp.fingerprint, .time = seen.time, .authentic = false};
  return lane.checked == esp.checked && lane.in_udp == esp.in_udp && associations_.number_usual(esp.association, packet, esp.legible);
}

inline bool Lanes::number_usual(const Lane& lane, const Frame& frame, const Observation& seen, const OpenedObservation& opened) {
  const NumberedPacket packet{.sequence = opened.sequence, .fingerprint = opened.fingerprint, .time = seen.time, .authentic = true};
  if (!opened.traits.usual() || lane.in_udp != opened.traits.in_udp) return false;
  if (!associations_.number_usual(lane.association, packet, opened.traits.legible)) return false;
  if (lane.ivs.form == IvLayout::Form::kNonce) associations_.see_nonce(*lane.row, frame, lane.ivs, opened.nonce.data());
  return true;
}

std::size_t Lanes::add_usual(std::span<const Frame> frames, std::span<const Observation> seen, std::size_t begin, std::size_t end,
                             std::uint32_t interface_upper) {
  if (associations_.log() != nullptr) return begin;
  const std::span<Lane> lanes = lanes_;
  const auto takes = [interface_upper, known_states = states_.size()](const Lane& lane, const Observation& one) {
    return lane.plain && lane.known_states == known_states && lane.interface_upper == interface_upper && one.time >= lane.last;
  };
  for (; begin < end && seen[begin].interface_upper == interface_upper; ++begin) {
    const Observation& one = seen[begin];
    Lane* lane = nullptr;
    std::uint32_t association = 0;
    if (const auto* esp = std::get_if<EspObservation>(&one.of)) {
      if (esp->association >= lanes.size()) break;
      association = esp->association;
      lane = &lanes[association];
      if (!takes(*lane, one) || !number_usual(*lane, one, *esp)) break;
    } else if (const auto* opened = std::get_if<OpenedObservation>(&one.of)) {
      lane = &opened_[opened->lane].row.lane;
      association = lane->association;
      if (!takes(*lane, one) || !number_usual(*lane, frames[begin], one, *opened)) break;
    } else {
      break;
    }
    tally(*lane, one);
    lane->last = one.time;
    settle_gathered(*lane, association);
  }
  return begin;
}

bool Lanes::add(const Frame& frame, const Observation& seen, const EspObservation& esp) {
  if (esp.association >= lanes_.size()) return false;
  Lane& lane = lanes_[esp.association];
  if (lane.row == nullptr || lane.interface_upper != seen.interface_upper) return false;
  if (esp.checked != lane.checked) recheck(lane, esp.checked);
  count(lane, seen, esp.in_udp);
  NumberedEsp numbered = numbered_esp(esp.association, seen.time, esp.legible, esp);
  if (esp.size >= Associations::kNonceEnd) numbered.nonce = frame.data.data() + esp.offset + Associations::kEspHeaderSize;
  associations_.number(*lane.row, lane.ivs, frame, numbered);
  settle(lane);
  if (lane.tunnelled) remember(lane, frame, esp.size, {});
  return true;
}

bool Lanes::add(const Frame& frame, const Observation& seen, const OpenedObservation& opened, const TwinContent& content) {
  Lane& lane = opened_[opened.lane].row.lane;
  if (lane.interface_upper != seen.interface_upper) return false;
  count(lane, seen, opened.traits.in_udp);
  NumberedEsp numbered = numbered_esp(lane.association, seen.time, opened.traits.legible, opened);
  numbered.esn_high = opened.esn_high;
  numbered.icv_size = opened.traits.icv_size;
  numbered.authentic = true;
  numbered.nonce = opened.nonce.data();  // nothing that has one opens without it
  associations_.number(*lane.row, lane.ivs, frame, numbered);
  if (!opened.traits.usual()) lane.row->see_opened(opened, frame);
  settle(lane);
  if (lane.tunnelled) remember(lane, frame, opened.size, content);
  return true;
}

// V20: for the clear packets after it.
void Lanes::remember(const Lane& lane, const Frame& frame, std::uint32_t size, const TwinContent& content) {
  const auto served = lane.more_states ? std::span<const StateId>(lane.group->states) : lane.states();
  const bool all = content.known || (lane.group != nullptr && served.size() == 1);  // then the one has the tunnel
  for (const StateId state : served) {
    if (!all && !states_.opens_tunnel(state)) continue;
    classifier_.twins().remember(state, frame, size, lane.configured, content);
  }
}

void Lanes::count_flow(OpenedRow& row, verdict::PacketCounts& counts) {
  flush(row.lane, counts);
  row.lane.counts_flow = true;
  const IvLayout::Form form = row.lane.ivs.form;
  row.lane.plain = !row.lane.tunnelled && (form == IvLayout::Form::kNone || form == IvLayout::Form::kNonce);
}

void Lanes::flush(verdict::PacketCounts& counts, Flows& flows) {
  for (Lane& lane : lanes_) flush(lane, counts);
  for (auto [key, row] : opened_) {
    if (row.lane.counts_flow && row.lane.packets > 0) flows[row.flow].row.add(row.lane.packets, row.lane.octets, row.lane.last);
    flush(row.lane, counts);
  }
}

void Lanes::flush(Lane& lane, verdict::PacketCounts& counts) {
  if (lane.packets == 0) return;
  counts.esp += lane.packets;
  counts.esp_in_udp += lane.more_in_udp + (lane.in_udp ? lane.packets : 0);
  counts.by_class[static_cast<std::size_t>(lane.packet_class)] += lane.packets;
  lane.row->add(lane.packets, lane.bytes, lane.last);
  if (lane.group == nullptr) {
    lane.row->add_opened(lane.packets);
  } else {
    lane.row->checked[static_cast<std::size_t>(lane.checked)] += lane.packets;
    lane.group->packets += lane.packets;
    lane.group->bytes += lane.octets;
    lane.group->last = std::max(lane.group->last, lane.last);
  }
  for (const StateId id : lane.states()) {
    RequirementState& state = states_[id];
    slot(state.packets, lane.packet_class) += lane.packets;
    slot(state.bytes, lane.packet_class) += lane.octets;
    if (!state.first.known() || lane.first < state.first) state.first = lane.first;
    if (!state.last.known() || lane.last > state.last) state.last = lane.last;
  }
  lane.packets = lane.more_in_udp = 0;
  lane.bytes = lane.octets = 0;
  lane.last = Lane::kNoneYet;
}

}  // namespace espy::verify
