#include "ipsec/world.h"

#include <algorithm>

#include "base/hash.h"

namespace espy::ipsec {
namespace {

using Decision = Judgement::Decision;

constexpr std::size_t kAddressBits = 128;

std::uint64_t spi_key(Protocol protocol, base::Spi spi) { return (static_cast<std::uint64_t>(protocol) << 32) | spi.value; }

std::uint64_t ends_key(const base::Address& source, const base::Address& destination) {
  return base::hash_bytes(destination.octets, base::hash_bytes(source.octets, base::hash_seed()));
}

std::uint64_t selector_key(const Selector& selector) {
  const std::uint64_t ends = ends_key(selector.source.address, selector.destination.address);
  const std::uint64_t rest = (static_cast<std::uint64_t>(selector.source.length) << 56) |
                             (static_cast<std::uint64_t>(selector.destination.length) << 48) |
                             (static_cast<std::uint64_t>(selector.protocol) << 40) |
                             (static_cast<std::uint64_t>(selector.source_port.first) << 16) | selector.destination_port.first;
  return base::combine(ends, rest);
}

bool matches_everything(const Selector& selector) { return selector.source.is_everything() && selector.destination.is_everything(); }

bool matches(const base::Prefix& prefix, const base::Address& address) {
  return prefix.address.family == base::Family::kNone || prefix.contains(address);
}

bool is_wildcard(const Association& association) { return !association.spi || association.spi_mask != 0xffffffff; }

// The stricter of two decisions of one host's directions, or of two hosts: a packet must satisfy all that name it (V2).
int strictness(Decision decision) {
  switch (decision) {
    case Decision::kUnrelated: return 0;
    case Decision::kExempt: return 1;
    case Decision::kOptional: return 2;
    case Decision::kUncertain: return 3;
    case Decision::kProtect: return 4;
    case Decision::kDiscard: return 5;
  }
  return 0;
}

Decision decision_of(const Requirement& requirement) {
  switch (requirement.action) {
    case Action::kBypass: return Decision::kExempt;
    case Action::kDiscard: return Decision::kDiscard;
    case Action::kProtect: return requirement.level == PolicyLevel::kUse ? Decision::kOptional : Decision::kProtect;
  }
  return Decision::kUnrelated;
}

// Numbers the four decisions that a policy can have.
std::size_t kind_of(Decision decision) {
  switch (decision) {
    case Decision::kExempt: return 0;
    case Decision::kOptional: return 1;
    case Decision::kProtect: return 2;
    default: return 3;
  }
}

void combine(Judgement& judgement, Decision decision, RequirementId requirement) {
  if (strictness(decision) > strictness(judgement.decision)) {
    judgement.decision = decision;
    judgement.count = 0;
  }
  if (decision != judgement.decision || decision == Decision::kUnrelated) return;
  const auto end = judgement.requirements.begin() + judgement.count;
  if (judgement.count == judgement.requirements.size() || std::find(judgement.requirements.begin(), end, requirement) != end) return;
  judgement.requirements[judgement.count++] = requirement;
}

// Host-to-host `out` policies name the host's own address as source, `in` policies as destination; an `out` tunnel starts at it.
std::vector<base::Address> local_addresses(const Spd& spd) {
  std::vector<base::Address> local;
  const auto add = [&](const base::Address& address) {
    if (address.known() && !address.unspecified()) local.push_back(address);
  };
  for (const Policy& policy : spd.policies) {
    if (policy.socket || policy.from_ike) continue;
    const bool out = policy.direction == PolicyDirection::kOut;
    const bool in = policy.direction == PolicyDirection::kIn;
    if (out && policy.selector.source.is_host()) add(policy.selector.source.address);
    if (in && policy.selector.destination.is_host()) add(policy.selector.destination.address);
    for (const Template& item : policy.templates) {
      if (out) add(item.source);
      if (in) add(item.destination);
    }
  }
  std::ranges::sort(local);
  const auto again = std::ranges::unique(local);
  local.erase(again.begin(), again.end());
  return local;
}

}  // namespace

World::World(const Configuration& configuration) : has_ike_(configuration.has_ike) {
  ignored_.larval = configuration.ignored.larval;
  for (const Association& association : configuration.associations) add_association(association);
  for (const Spd& spd : configuration.spds) add_spd(spd);
  for (RequirementId id = 0; id < requirements_.size(); ++id) {
    const RequiredHeader* tunnel = requirements_[id].tunnel();
    const bool protects = requirements_[id].action == Action::kProtect && tunnel != nullptr && tunnel->has_ends();
    if (protects) tunnels_from_[tunnel->source].push_back(id);
  }
}

void World::add_association(const Association& association) {
  const auto id = static_cast<AssociationId>(associations_.size());
  associations_.push_back(association);
  if (is_wildcard(association)) {
    wildcards_.push_back(id);
  } else {
    by_spi_[spi_key(association.protocol, *association.spi)].push_back(id);
  }
}

RequirementId World::merge(Requirement requirement) {
  std::vector<RequirementId>& same_selector = merged_[selector_key(requirement.selector)];
  for (const RequirementId id : same_selector) {
    Requirement& known = requirements_[id];
    if (!same_requirement(known, requirement)) continue;
    for (Origin& origin : requirement.origins) {
      if (std::ranges::find(known.origins, origin) == known.origins.end()) known.origins.push_back(std::move(origin));
    }
    for (const std::uint32_t reqid : requirement.reqids) {
      if (std::ranges::find(known.reqids, reqid) == known.reqids.end()) known.reqids.push_back(reqid);
    }
    return id;
  }
  const auto id = static_cast<RequirementId>(requirements_.size());
  same_selector.push_back(id);
  if (requirement.action == Action::kProtect) {
    if (requirement.open()) open_.push_back(id);
    const RequiredHeader& outermost = requirement.headers.front();
    const Selector& selector = requirement.selector;
    if (outermost.has_ends()) {
      by_ends_[ends_key(outermost.source, outermost.destination)].push_back(id);
    } else if (!requirement.any_tunnel_ends && !requirement.open() && selector.source.is_host() && selector.destination.is_host()) {
      by_ends_[ends_key(selector.source.address, selector.destination.address)].push_back(id);
    } else {
      by_prefix_.push_back(id);
    }
  }
  requirements_.push_back(std::move(requirement));
  return id;
}

void World::AddressMask::widen(std::size_t length) {
  for (std::size_t bit = 0; bit < std::min(length, kAddressBits); ++bit) octets[bit / 8] |= static_cast<std::uint8_t>(0x80 >> bit % 8);
}

base::Address World::AddressMask::apply(const base::Address& address) const {
  base::Address masked = address;
  for (std::size_t index = 0; index < octets.size(); ++index) masked.octets[index] &= octets[index];
  return masked;
}

void World::see_selector(const Selector& selector) {
  looks_at_ports_ = looks_at_ports_ || selector.protocol != 0 || !selector.source_port.any() || !selector.destination_port.any();
  Looks& looks = selector.source.address.family == base::Family::kIpv4 ? looks_ipv4_ : looks_ipv6_;
  looks.source.widen(selector.source.length);
  looks.destination.widen(selector.destination.length);
}

PacketView World::essence_of(const PacketView& view) const {
  const Looks& looks = view.source.family == base::Family::kIpv4 ? looks_ipv4_ : looks_ipv6_;
  PacketView essence = view;
  essence.source = looks.source.apply(view.source);
  essence.destination = looks.destination.apply(view.destination);
  if (looks_at_ports_) return essence;
  essence.protocol = 0;
  essence.source_port = essence.destination_port = 0;
  essence.protocol_known = essence.ports_known = true;
  return essence;
}

// Kernel policies keep their host's order and direction. Policies of an IKE file or of the command line state both directions
// themselves and are one list.
void World::add_spd(const Spd& spd) {
  Host host;
  host.command_line = spd.command_line;
  host.local = local_addresses(spd);
  std::array<std::vector<OrderedSelector>, 3> selectors;
  for (const Policy& policy : spd.policies) {
    if (policy.socket) {
      ++ignored_.socket;
      continue;
    }
    if (policy.marked && matches_everything(policy.selector)) {
      ++ignored_.marked;
      continue;
    }
    const auto slot = static_cast<std::size_t>(policy.direction);
    see_selector(policy.selector);
    const RequirementId id = merge(make_requirement(policy, spd.command_line));
    Direction& direction = host.directions[slot];
    // An open end has no selector to look up by: the ledger binds it to peers.
    if (!requirements_[id].open()) {
      const auto kind = static_cast<std::uint8_t>(kind_of(decision_of(requirements_[id])));
      selectors[slot].push_back({policy.selector, static_cast<std::uint32_t>(direction.requirement_by_order.size()), kind});
      direction.requirement_by_order.push_back(id);
    }
  }
  for (std::size_t slot = 0; slot < selectors.size(); ++slot) {
    host.directions[slot].lookup = std::make_unique<PolicyLookup>(selectors[slot]);
  }
  // Which addresses are a host's own decides between directions.
  for (Looks* looks : {&looks_ipv4_, &looks_ipv6_}) {
    if (host.local.empty()) continue;
    looks->source.widen(kAddressBits);
    looks->destination.widen(kAddressBits);
  }
  hosts_.push_back(std::move(host));
}

// Where a field that decides was not captured, all that the packet may match counts, not only the first of it.
Decision World::decide(const Direction& direction, const PacketView& view, RequirementId& requirement) const {
  const PolicyLookup::Match match = direction.lookup->find(view);
  requirement = kNoRequirement;
  if (match.possible == PolicyLookup::kNone) return Decision::kUnrelated;
  const auto decision_at = [&](std::uint32_t order) {
    return order == PolicyLookup::kNone ? Decision::kUnrelated : decision_of(requirements_[direction.requirement_by_order[order]]);
  };
  const Decision certain = decision_at(match.certain);
  Decision worst = certain;
  std::uint32_t named = match.certain;
  bool differ = false;
  int mildest = strictness(certain);
  for (const std::uint32_t order : match.possible_by_kind) {
    if (order >= match.certain) continue;
    const Decision decision = decision_at(order);
    differ = differ || decision != certain;
    mildest = std::min(mildest, strictness(decision));
    if (strictness(decision) <= strictness(worst)) continue;
    worst = decision;
    named = order;
  }
  if (named != PolicyLookup::kNone) requirement = direction.requirement_by_order[named];
  if (!differ) return certain;
  if (mildest >= strictness(Decision::kProtect)) return worst;  // clear is wrong whichever it is
  return worst == Decision::kExempt ? Decision::kUnrelated : Decision::kUncertain;
}

void World::judge_host(const Host& host, const PacketView& view, Judgement& judgement) const {
  const auto owns = [&](const base::Address& address) { return std::ranges::binary_search(host.local, address); };
  const bool sends = owns(view.source);
  const bool receives = owns(view.destination);
  for (std::size_t slot = 0; slot < host.directions.size(); ++slot) {
    const auto direction = static_cast<PolicyDirection>(slot);
    // A host that owns one end sees the packet in one direction only.
    if (sends && !receives && direction != PolicyDirection::kOut) continue;
    if (receives && !sends && direction != PolicyDirection::kIn) continue;
    RequirementId requirement = kNoRequirement;
    const Decision decision = decide(host.directions[slot], view, requirement);
    combine(judgement, decision, requirement);
  }
}

Judgement World::judge(const PacketView& view) const {
  Judgement judgement;
  for (const Host& host : hosts_) judge_host(host, view, judgement);
  return judgement;
}

std::size_t World::find_associations(Protocol protocol, base::Spi spi, const base::Address& source, const base::Address& destination,
                                     std::span<AssociationId> out) const {
  std::size_t count = 0;
  const auto add = [&](AssociationId id) {
    if (count < out.size()) out[count++] = id;
  };
  if (const auto found = by_spi_.find(spi_key(protocol, spi)); found != by_spi_.end()) {
    const std::vector<AssociationId>& same_spi = found->second;
    const auto arrives = [&](AssociationId id) { return matches(associations_[id].destination, destination); };
    const auto fits = [&](AssociationId id) { return arrives(id) && matches(associations_[id].source, source); };
    for (const AssociationId id : same_spi) {
      if (fits(id)) add(id);
    }
    for (const AssociationId id : same_spi) {
      if (arrives(id) && !fits(id)) add(id);
    }
    const Association& first = associations_[same_spi.front()];
    const bool unique = std::ranges::all_of(same_spi, [&](AssociationId id) {
      return associations_[id].source == first.source && associations_[id].destination == first.destination;
    });
    for (const AssociationId id : same_spi) {
      if (count < out.size() && unique && !arrives(id)) add(id);
    }
  }
  for (const AssociationId id : wildcards_) {
    const Association& association = associations_[id];
    if (association.protocol != protocol || !matches(association.source, source) || !matches(association.destination, destination))
      continue;
    if (!association.spi || ((association.spi->value ^ spi.value) & association.spi_mask) == 0) add(id);
  }
  return count;
}

AssociationId World::find_association(Protocol protocol, base::Spi spi, const base::Address& source,
                                      const base::Address& destination) const {
  std::array<AssociationId, 1> first{kNoAssociation};
  return find_associations(protocol, spi, source, destination, first) == 0 ? kNoAssociation : first[0];
}

std::span<const RequirementId> World::tunnels_from(const base::Address& source) const {
  if (tunnels_from_.empty()) return {};
  const auto found = tunnels_from_.find(source);
  return found == tunnels_from_.end() ? std::span<const RequirementId>{} : std::span(found->second);
}

void World::find_by_ends(const base::Address& source, const base::Address& destination, std::vector<RequirementId>& out) const {
  const auto found = by_ends_.find(ends_key(source, destination));
  if (found != by_ends_.end()) out.insert(out.end(), found->second.begin(), found->second.end());
  for (const RequirementId id : by_prefix_) {
    const Requirement& requirement = requirements_[id];
    const bool inside = requirement.selector.source.contains(source) && requirement.selector.destination.contains(destination);
    if (requirement.any_tunnel_ends || inside) out.push_back(id);
  }
}

}  // namespace espy::ipsec
