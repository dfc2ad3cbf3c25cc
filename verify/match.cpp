#include "verify/match.h"

#include <algorithm>

namespace espy::verify {
namespace {

bool between(const ipsec::Requirement& requirement, const ipsec::RequiredHeader& required, const CarriedHeader& carried) {
  if (required.has_ends()) return carried.source == required.source && carried.destination == required.destination;
  if (requirement.any_tunnel_ends) return true;
  return requirement.selector.source.contains(carried.source) && requirement.selector.destination.contains(carried.destination);
}

bool any_carried(const Stack& stack, ipsec::Protocol protocol) {
  return std::ranges::any_of(stack.span(), [&](const CarriedHeader& header) { return header.protocol == protocol; });
}

// V17: no ESP where ESP is asked for is integrity alone; ESP without the AH outside it lacks the AH.
verdict::LeakReason reason_for(const ipsec::Requirement& requirement, const Stack& stack) {
  const bool wants_esp =
      std::ranges::any_of(requirement.headers, [](const auto& header) { return header.protocol == ipsec::Protocol::kEsp; });
  if (any_carried(stack, ipsec::Protocol::kEsp)) return verdict::LeakReason::kMissingAh;
  if (wants_esp && any_carried(stack, ipsec::Protocol::kAh)) return verdict::LeakReason::kIntegrityOnly;
  return verdict::LeakReason::kPlaintext;
}

}  // namespace

Fit match(const ipsec::Requirement& requirement, const Stack& stack) {
  const auto& required = requirement.headers;
  std::size_t found = 0;
  bool last_matched = false;
  bool touches = false;
  for (const CarriedHeader& carried : stack.span()) {
    touches = touches || std::ranges::any_of(required, [&](const auto& header) { return between(requirement, header, carried); });
    last_matched =
        found < required.size() && required[found].protocol == carried.protocol && between(requirement, required[found], carried);
    if (last_matched) ++found;
  }
  if (found == required.size()) return {.form = Form::kSatisfied};
  if (!touches) return {.form = Form::kElsewhere, .reason = reason_for(requirement, stack)};
  if (stack.opaque && last_matched) return {.form = Form::kPossible};
  return {.form = Form::kBroken, .reason = reason_for(requirement, stack)};
}

bool carries_all(const ipsec::Requirement& requirement, const Stack& stack) {
  std::size_t found = 0;
  for (const CarriedHeader& carried : stack.span()) {
    if (found < requirement.headers.size() && requirement.headers[found].protocol == carried.protocol) ++found;
  }
  return found == requirement.headers.size();
}

}  // namespace espy::verify
