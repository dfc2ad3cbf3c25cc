#include "ipsec/policy_lookup.h"

#include <algorithm>

namespace espy::ipsec {
namespace {

enum class Fit : std::uint8_t { kNo, kPossible, kYes };

Fit fit_ports(const Selector& selector, const PacketView& view) {
  if (selector.source_port.any() && selector.destination_port.any()) return Fit::kYes;
  if (!view.ports_known) return Fit::kPossible;
  const bool inside = selector.source_port.contains(view.source_port) && selector.destination_port.contains(view.destination_port);
  return inside ? Fit::kYes : Fit::kNo;
}

}  // namespace

std::size_t PolicyLookup::KeyHash::operator()(const Key& key) const {
  const std::uint64_t left = base::hash_bytes(key.source.octets, base::hash_seed());
  return base::combine(base::hash_bytes(key.destination.octets, left), key.protocol);
}

PolicyLookup::Tuple& PolicyLookup::tuple_for(const Shape& shape) {
  const auto found = std::ranges::find_if(tuples_, [&](const Tuple& tuple) { return tuple.shape == shape; });
  if (found != tuples_.end()) return *found;
  tuples_.push_back({.shape = shape, .first_order = kNone, .buckets = {}});
  return tuples_.back();
}

PolicyLookup::PolicyLookup(const std::vector<OrderedSelector>& selectors) {
  for (const OrderedSelector& item : selectors) {
    const Selector& selector = item.selector;
    Tuple& tuple = tuple_for({.family = selector.source.address.family,
                              .source_length = selector.source.length,
                              .destination_length = selector.destination.length,
                              .protocol = selector.protocol != 0});
    tuple.first_order = std::min(tuple.first_order, item.order);
    tuple.buckets[{selector.source.address, selector.destination.address, selector.protocol}].push_back(item);
  }
  for (Tuple& tuple : tuples_) {
    for (auto& [key, bucket] : tuple.buckets) std::ranges::sort(bucket, {}, &OrderedSelector::order);
  }
  std::ranges::sort(tuples_, {}, &Tuple::first_order);
}

void PolicyLookup::scan(const std::vector<OrderedSelector>& bucket, const PacketView& view, Match& match) {
  for (const OrderedSelector& item : bucket) {
    if (item.order > match.certain) return;
    const Fit fit = item.selector.protocol != 0 && !view.protocol_known ? Fit::kPossible : fit_ports(item.selector, view);
    if (fit == Fit::kNo) continue;
    match.possible = std::min(match.possible, item.order);
    match.possible_by_kind[item.kind] = std::min(match.possible_by_kind[item.kind], item.order);
    if (fit == Fit::kPossible) continue;
    match.certain = item.order;
    return;
  }
}

PolicyLookup::Match PolicyLookup::find(const PacketView& view) const {
  Match match;
  for (const Tuple& tuple : tuples_) {
    if (tuple.first_order > match.certain) break;
    if (tuple.shape.family != view.source.family) continue;
    Key key{base::mask(view.source, tuple.shape.source_length), base::mask(view.destination, tuple.shape.destination_length), 0};
    if (tuple.shape.protocol && !view.protocol_known) {
      // Rare (a frame cut before the protocol): any protocol of these addresses may match.
      for (const auto& [candidate, bucket] : tuple.buckets) {
        if (candidate.source == key.source && candidate.destination == key.destination) scan(bucket, view, match);
      }
      continue;
    }
    if (tuple.shape.protocol) key.protocol = view.protocol;
    if (const auto bucket = tuple.buckets.find(key); bucket != tuple.buckets.end()) scan(bucket->second, view, match);
  }
  return match;
}

}  // namespace espy::ipsec
