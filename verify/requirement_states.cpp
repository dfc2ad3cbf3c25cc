#include "verify/requirement_states.h"

#include <algorithm>

#include "base/hash.h"
#include "decode/numbers.h"

namespace espy::verify {
namespace {

ipsec::Selector mirrored(const ipsec::Selector& selector) {
  ipsec::Selector mirror = selector;
  std::swap(mirror.source, mirror.destination);
  const bool icmp = selector.protocol == decode::kIcmp || selector.protocol == decode::kIcmpv6;
  if (!icmp) std::swap(mirror.source_port, mirror.destination_port);
  return mirror;
}

// Nothing is ever sent from such an address (RFC 1112 section 7.2, RFC 4291 section 2.7).
bool is_group(const base::Address& address) {
  if (address.family == base::Family::kIpv6) return address.octets[0] == 0xff;
  return address.family == base::Family::kIpv4 && address.octets[0] >= 224;
}

std::uint64_t* slot(verdict::ClassCounts& counts, verdict::Class packet_class) {
  switch (packet_class) {
    case verdict::Class::kProtected: return &counts.protected_;
    case verdict::Class::kUnverified: return &counts.unverified;
    case verdict::Class::kLeaked: return &counts.leaked;
    case verdict::Class::kForged: return &counts.forged;
    case verdict::Class::kExempt: return &counts.exempt;
    default: return nullptr;
  }
}

}  // namespace

std::uint64_t RequirementStates::PairKey::hash(std::uint64_t seed) const {
  return base::combine(base::hash_ends(source, destination, seed), requirement);
}

RequirementStates::RequirementStates(const ipsec::World& world, std::size_t limit) : pairs_(limit, base::hash_seed()), world_(world) {
  for (const ipsec::Requirement& requirement : world.requirements()) add(&requirement);
  std::unordered_map<std::uint64_t, std::vector<StateId>> by_selector;
  const auto key = [](const ipsec::Selector& selector) {
    const std::uint64_t ends = base::hash_bytes(selector.destination.address.octets, base::hash_bytes(selector.source.address.octets, 0));
    return base::combine(
        ends, (std::uint64_t{selector.source.length} << 16) | (std::uint64_t{selector.destination.length} << 8) | selector.protocol);
  };
  for (StateId id = 0; id < states_.size(); ++id) by_selector[key(states_[id].requirement->selector)].push_back(id);
  for (RequirementState& state : states_) {
    const ipsec::Selector mirror = mirrored(state.requirement->selector);
    for (const StateId id : by_selector[key(mirror)]) {
      const ipsec::Requirement& other = *states_[id].requirement;
      if (other.selector == mirror && other.action == state.requirement->action && other.command_line == state.requirement->command_line)
        state.mirror = id;
    }
  }
}

StateId RequirementStates::add(const ipsec::Requirement* requirement) {
  states_.push_back({});
  ++size_;
  states_.back().requirement = requirement;
  last_.push_back({.state = static_cast<StateId>(states_.size() - 1),
                   .opens_tunnel = requirement->tunnel() != nullptr || requirement->any_tunnel_ends});
  return static_cast<StateId>(states_.size() - 1);
}

StateId RequirementStates::make_provisional(const PairKey& key, ipsec::Requirement requirement) {
  const std::uint32_t index = pairs_.insert(key);
  if (index == pairs_.kMissing) {
    ++overflowed_;
    return kNoState;
  }
  requirement.selector.source = base::host_prefix(key.source);
  requirement.selector.destination = base::host_prefix(key.destination);
  bound_.push_back(std::move(requirement));
  const StateId id = add(&bound_.back());
  states_[id].provisional = true;
  states_[id].seen_source = key.source;
  states_[id].seen_destination = key.destination;
  pairs_[index].row = id;
  return id;
}

StateId RequirementStates::bind(ipsec::RequirementId id, const base::Address& source, const base::Address& destination) {
  const PairKey key{source, destination, id};
  if (const std::uint32_t found = pairs_.find(key); found != pairs_.kMissing) return pairs_[found].row;
  ipsec::Requirement requirement = world_.requirements()[id];
  const ipsec::Selector general = requirement.selector;
  const StateId state = make_provisional(key, std::move(requirement));
  if (state == kNoState) return kNoState;
  ipsec::Requirement& bound = bound_.back();
  if (!bound.source_open) bound.selector.source = general.source;
  if (!bound.destination_open) bound.selector.destination = general.destination;
  bound.source_open = bound.destination_open = false;
  for (const ipsec::RequirementId other : world_.open_requirements()) {
    const std::uint32_t back = pairs_.find({destination, source, other});
    if (back == pairs_.kMissing || !(states_[pairs_[back].row].requirement->selector == mirrored(bound.selector))) continue;
    states_[state].mirror = pairs_[back].row;
    states_[pairs_[back].row].mirror = state;
  }
  return state;
}

StateId RequirementStates::infer(const base::Address& source, const base::Address& destination) {
  if (is_group(source)) return kNoState;  // the way back from a group would never be seen
  const PairKey key{source, destination, ipsec::kNoRequirement};
  if (const std::uint32_t found = pairs_.find(key); found != pairs_.kMissing) return pairs_[found].row;
  ipsec::Requirement requirement;
  requirement.inferred = true;
  const StateId state = make_provisional(key, std::move(requirement));
  const std::uint32_t back = pairs_.find({destination, source, ipsec::kNoRequirement});
  if (state != kNoState && back != pairs_.kMissing) {
    states_[state].mirror = pairs_[back].row;
    states_[pairs_[back].row].mirror = state;
  }
  return state;
}

void RequirementStates::count(StateId id, verdict::Class packet_class, std::uint32_t octets, base::Time time) {
  RequirementState& state = states_[id];
  std::uint64_t* packets = slot(state.packets, packet_class);
  if (packets == nullptr) return;
  ++*packets;
  *slot(state.bytes, packet_class) += octets;
  if (!state.first.known() || time < state.first) state.first = time;
  if (!state.last.known() || time > state.last) state.last = time;
}

void RequirementStates::leak(StateId id, verdict::LeakReason reason, base::Time time, std::uint64_t frame, std::uint32_t source) {
  RequirementState& state = states_[id];
  if (state.leak_frame == 0 || time < state.leak_first) {
    state.leak_first = time;
    state.leak_frame = frame;
    state.leak_source = source;
  }
  if (!state.leak_last.known() || time > state.leak_last) state.leak_last = time;
  ++state.leaks_by_reason[static_cast<std::size_t>(reason)];
  if (state.run.packets == 0) {
    state.run = {
        .packets = 0, .first = time, .last = time, .first_frame = frame, .first_source = source, .before = last_[id].spi, .after = {}};
    last_[id].run_open = true;
  }
  ++state.run.packets;
  if (time < state.run.first) {  // held frames settle late
    state.run.first = time;
    state.run.first_frame = frame;
    state.run.first_source = source;
  }
  if (time > state.run.last) state.run.last = time;
}

void RequirementStates::end_run(RequirementState& state, base::Spi after) {
  if (state.run.packets == 0) return;
  state.run.after = after;
  if (state.run.before.value != 0 || after.value != 0) {
    ++state.runs;
    if (state.run.packets > state.longest.packets) state.longest = state.run;
  }
  state.run = {};
}

void RequirementStates::close_run(StateId id, base::Spi after) {
  end_run(states_[id], after);
  last_[id].run_open = false;
}

void RequirementStates::see_protected(StateId id, base::Spi spi) {
  for (const StateId direction : {id, states_[id].mirror}) {
    if (direction != kNoState) see_protected(last_[direction], spi);
  }
}

void RequirementStates::close_runs() {
  for (StateId id = 0; id < states_.size(); ++id) close_run(id, {});
}

}  // namespace espy::verify
