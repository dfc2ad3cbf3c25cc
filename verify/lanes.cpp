#include "verify/lanes.h"

#include <algorithm>

#include "verify/classifier_context.h"

namespace espy::verify {

void Lanes::learn(const Inspection& inspection, const FrameFacts& facts, std::uint32_t association, const Outcome& outcome) {
  const decode::Packet& packet = inspection.packet;
  const bool lone = packet.security_count == 1 && packet.security[0].protocol == decode::SecurityProtocol::kEsp;
  const bool plain = outcome.packet_class == verdict::Class::kUnverified && outcome.secured && outcome.bad == Associations::kMissing;
  if (!lone || !plain || outcome.group == Outcome{}.group) return;
  GroupRow& group = classifier_.groups()[outcome.group].row;
  if (group.states.size() > Lane::kStates) return;
  if (association >= lanes_.size()) lanes_.resize(std::max<std::size_t>(association + 1U, lanes_.size() * 2));
  Lane& lane = lanes_[association];
  if (lane.packets != 0) {
    lane.interface = interface_key(facts, packet);
    return;
  }
  lane = {};
  lane.interface = interface_key(facts, packet);
  lane.association = association;
  lane.spi = associations_.rows()[association].key.spi;
  lane.row = &associations_.rows()[association].row;
  lane.group = &group;
  lane.has_ivs = associations_.has_ivs(*lane.row);
  gather(lane);
}

void Lanes::gather(Lane& lane) {
  lane.known_states = states_.size();
  lane.state_count = lane.direction_count = 0;
  const auto add = [&](StateId id) {
    const auto known = std::span(lane.directions).first(lane.direction_count);
    if (std::ranges::find(known, &states_[id]) == known.end()) lane.directions[lane.direction_count++] = &states_[id];
  };
  for (const StateId id : lane.group->states) {
    lane.served[lane.state_count] = &states_[id];
    lane.states[lane.state_count++] = id;
    lane.tunnelled = lane.tunnelled || opens_tunnel(*states_[id].requirement);
    add(id);
    if (states_[id].mirror != kNoState) add(states_[id].mirror);
  }
}

void Lanes::begin(Lane& lane, const Frame& frame) {
  carried_.push_back(lane.association);
  lane.in_udp = 0;
  lane.bytes = lane.octets = 0;
  lane.first = lane.last = frame.time;
}

bool Lanes::add(const Frame& frame, const Observation& seen, const EspObservation& esp) {
  if (esp.association >= lanes_.size()) return false;
  Lane& lane = lanes_[esp.association];
  if (lane.row == nullptr || lane.interface != seen.interface) return false;
  if (lane.packets++ == 0) begin(lane, frame);
  lane.in_udp += esp.in_udp;
  lane.bytes += seen.size;
  lane.octets += frame.original_size;
  lane.first = std::min(lane.first, frame.time);
  lane.last = std::max(lane.last, frame.time);
  lane.latest = frame.time;
  associations_.number(*lane.row, frame, esp, lane.has_ivs);
  if (lane.known_states != states_.size()) gather(lane);
  for (std::size_t index = 0; index < lane.direction_count; ++index) RequirementStates::close_run(*lane.directions[index], lane.spi);
  for (std::size_t index = 0; index < lane.state_count; ++index) lane.served[index]->seen_row = lane.association;
  if (lane.tunnelled) remember(lane, frame, esp);
  return true;
}

// V20: for the clear packets after it.
void Lanes::remember(const Lane& lane, const Frame& frame, const EspObservation& esp) {
  for (std::size_t index = 0; index < lane.state_count; ++index) {
    const StateId state = lane.states[index];
    if (opens_tunnel(*states_[state].requirement)) classifier_.twins().remember(state, frame, esp.size, lane.row->configured);
  }
}

void Lanes::flush(verdict::PacketCounts& counts) {
  for (const std::uint32_t association : carried_) {
    Lane& lane = lanes_[association];
    counts.esp += lane.packets;
    counts.esp_in_udp += lane.in_udp;
    counts.by_class[static_cast<std::size_t>(verdict::Class::kUnverified)] += lane.packets;
    lane.row->add(lane.packets, lane.bytes, lane.latest);
    lane.group->packets += lane.packets;
    lane.group->bytes += lane.octets;
    lane.group->last = lane.latest;
    for (std::size_t index = 0; index < lane.state_count; ++index) {
      RequirementState& state = *lane.served[index];
      state.packets.unverified += lane.packets;
      state.bytes.unverified += lane.octets;
      if (!state.first.known() || lane.first < state.first) state.first = lane.first;
      if (!state.last.known() || lane.last > state.last) state.last = lane.last;
    }
    lane.packets = 0;
  }
  carried_.clear();
}

}  // namespace espy::verify
