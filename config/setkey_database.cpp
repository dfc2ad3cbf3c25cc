#include "config/setkey_database.h"

#include <algorithm>

namespace espy::config {

SetkeyDatabase::AssociationKey SetkeyDatabase::key_of(const ipsec::Association& association) {
  return {association.protocol, association.destination.address, association.spi ? association.spi->value : 0};
}

SetkeyDatabase::PolicyKey SetkeyDatabase::key_of(const ipsec::Policy& policy) { return {policy.direction, policy.selector}; }

std::uint32_t SetkeyDatabase::line_of(const ipsec::Association& association) const {
  const auto found = associations_.find(key_of(association));
  return found == associations_.end() ? 0 : found->second.association.origin.line;
}

void SetkeyDatabase::put(ipsec::Association association) {
  const AssociationKey key = key_of(association);
  associations_.insert_or_assign(key, Placed{.order = ++order_, .association = std::move(association)});
}

void SetkeyDatabase::remove(const ipsec::Association& association) { associations_.erase(key_of(association)); }

void SetkeyDatabase::remove_all(const ipsec::Association& association) {
  const auto& [protocol, destination, spi] = key_of(association);
  auto row = associations_.lower_bound({protocol, destination, 0});
  while (row != associations_.end() && std::get<0>(row->first) == protocol && std::get<1>(row->first) == destination) {
    const bool same_source = row->second.association.source == association.source;
    row = same_source ? associations_.erase(row) : std::next(row);
  }
}

void SetkeyDatabase::flush() { associations_.clear(); }

void SetkeyDatabase::flush(ipsec::Protocol protocol) {
  auto row = associations_.lower_bound({protocol, {}, 0});
  while (row != associations_.end() && std::get<0>(row->first) == protocol) row = associations_.erase(row);
}

std::uint32_t SetkeyDatabase::line_of(const ipsec::Policy& policy) const {
  const auto found = policies_.find(key_of(policy));
  return found == policies_.end() || found->second.added_with_in ? 0 : found->second.policy.origin.line;
}

void SetkeyDatabase::place(ipsec::Policy policy, bool added_with_in) {
  policy.age = ++order_;
  const PolicyKey key = key_of(policy);
  policies_.insert_or_assign(key, PlacedPolicy{.added_with_in = added_with_in, .policy = std::move(policy)});
}

void SetkeyDatabase::put(ipsec::Policy policy) {
  ipsec::Policy forward = policy;
  forward.direction = ipsec::PolicyDirection::kForward;
  const bool inwards = policy.direction == ipsec::PolicyDirection::kIn;
  place(std::move(policy), false);
  if (inwards && line_of(forward) == 0) place(std::move(forward), true);
}

void SetkeyDatabase::remove(const ipsec::Policy& policy) {
  policies_.erase(key_of(policy));
  if (policy.direction != ipsec::PolicyDirection::kIn) return;
  ipsec::Policy forward = policy;
  forward.direction = ipsec::PolicyDirection::kForward;
  if (line_of(forward) == 0) policies_.erase(key_of(forward));
}

std::vector<ipsec::Association> SetkeyDatabase::take_associations() {
  std::vector<Placed> placed;
  for (auto& [key, row] : associations_) placed.push_back(std::move(row));
  associations_.clear();
  std::ranges::sort(placed, {}, &Placed::order);
  std::vector<ipsec::Association> associations;
  for (Placed& row : placed) associations.push_back(std::move(row.association));
  return associations;
}

std::vector<ipsec::Policy> SetkeyDatabase::take_policies() {
  std::vector<ipsec::Policy> policies;
  for (auto& [key, row] : policies_) policies.push_back(std::move(row.policy));
  policies_.clear();
  std::ranges::sort(policies, {}, &ipsec::Policy::age);
  return policies;
}

}  // namespace espy::config
