#include "verify/classifier.h"

#include <algorithm>

#include "base/hash.h"
#include "decode/numbers.h"
#include "verify/classifier_context.h"

namespace espy::verify {
namespace {

using Decision = ipsec::Judgement::Decision;
using verdict::Class;
using verdict::LeakReason;

constexpr std::uint16_t kNeighbourFirst = 133;
constexpr std::uint16_t kNeighbourLast = 137;
constexpr base::Duration kClearSideWithin = base::seconds(1);

// ICMPv6 133 to 137 with hop limit 255 (RFC 4861): it cannot come from beyond the link.
bool is_neighbour_discovery(const decode::Layer& layer) {
  return layer.protocol == decode::kIcmpv6 && layer.ports_known && layer.hop_limit == 255 && layer.source_port >= kNeighbourFirst &&
         layer.source_port <= kNeighbourLast;
}

bool quotes(const decode::Packet& packet, std::size_t index) {
  return index + 1 < packet.layer_count && packet.layers[index + 1].carrier == decode::Carrier::kIcmpQuote;
}

// A quoted packet that was protected, or is IKE: nothing of it was readable (V10).
bool quotes_secured(const decode::Packet& packet, std::size_t index) {
  const decode::Layer& quoted = packet.layers[index + 1];
  if (quoted.payload == decode::Payload::kEsp || quoted.payload == decode::Payload::kIke || quoted.payload == decode::Payload::kKeepalive)
    return true;
  const auto headers = std::span(packet.security).first(packet.security_count);
  if (std::ranges::any_of(headers, [&](const auto& header) { return header.layer == index + 1 && is_security(header); })) return true;
  return quoted.protocol == decode::kEsp || quoted.protocol == decode::kAh;
}

}  // namespace

std::string_view name(Exemption exemption) {
  switch (exemption) {
    case Exemption::kNone: return "";
    case Exemption::kBypass: return "bypass";
    case Exemption::kOptional: return "optional";
    case Exemption::kNeighbourDiscovery: return "neighbour-discovery";
    case Exemption::kIcmpError: return "icmp-error";
    case Exemption::kClearSide: return "clear-side";
  }
  return "";
}

int severity(Class packet_class) {
  switch (packet_class) {
    case Class::kUnrelated: return 0;
    case Class::kControl: return 1;
    case Class::kExempt: return 2;
    case Class::kDecapsulated: return 3;
    case Class::kProtected: return 4;
    case Class::kUnverified: return 5;
    case Class::kUndecodable: return 6;
    case Class::kForged: return 7;
    case Class::kLeaked: return 8;
  }
  return 0;
}

Classifier::Classifier(const ipsec::World& world, Associations& associations, RequirementStates& states, std::size_t groups)
    : world_(world), associations_(associations), states_(states), twins_(world), groups_(groups, base::hash_seed()) {}

Outcome Classifier::decide(const Inspection& inspection, const FrameFacts& frame,
                           const std::array<std::uint32_t, decode::kMaxSecurityHeaders>& rows) {
  const Context context{inspection, inspection.packet, frame, rows};
  Outcome outcome = decide_worst(context);
  grade(context, outcome);
  note_content(context, outcome);
  return outcome;
}

// The layer that is worst for the user decides.
Outcome Classifier::decide_worst(const Context& context) {
  const decode::Packet& packet = context.packet;
  Outcome worst;
  if (packet.layer_count == 0 && !packet.non_ip) worst.packet_class = Class::kUndecodable;
  for (std::size_t index = 0; index < packet.layer_count; ++index) {
    if (packet.layers[index].carrier == decode::Carrier::kIcmpQuote) break;
    const Outcome outcome = decide_layer(context, index);
    // What may be a leak is named, unless there is one.
    const bool names_doubt = outcome.uncertain && worst.packet_class != Class::kLeaked;
    const bool uncertain = worst.uncertain || outcome.uncertain;
    if (severity(outcome.packet_class) >= severity(worst.packet_class) || names_doubt) worst = outcome;
    worst.uncertain = uncertain && worst.packet_class != Class::kLeaked;
  }
  const bool broken = packet.trouble == decode::Trouble::kMalformed || packet.trouble == decode::Trouble::kTooDeep;
  // What cannot be read of AH is no plaintext (V9: undecodable comes first); a broken header behind a readable one does not undo a leak.
  const bool broken_ah = broken && packet.layer_count > 0 && packet.layers[packet.layer_count - 1U].protocol == decode::kAh;
  if (broken_ah || (broken && worst.packet_class != Class::kLeaked)) {
    worst = {};
    worst.packet_class = Class::kUndecodable;
  }
  return worst;
}

// The check of the ESP header that hid what layer `index` carries, where a key opened it.
const HeaderCheck* Classifier::opened_in(const Context& context, std::size_t index) const {
  for (std::size_t position = context.packet.security_count; position-- > 0;) {
    const decode::SecurityHeader& header = context.packet.security[position];
    if (header.layer != index || header.protocol == decode::SecurityProtocol::kIpcomp) continue;
    const HeaderCheck& check = context.inspection.checks[position];
    return header.protocol == decode::SecurityProtocol::kEsp && check.opened ? &check : nullptr;
  }
  return nullptr;
}

// What an opened ESP header carries and no policy can be asked about: a dummy packet (RFC 4303 section 2.6), compression that does not
// unfold, a protocol that espy does not read, BEET's content, whose addresses are the SA's and not the packet's.
bool Classifier::says_no_selector(const decode::Layer& layer, const HeaderCheck& opened) const {
  if (layer.protocol == decode::kNoNextHeader || layer.payload == decode::Payload::kCompressed || layer.payload == decode::Payload::kNone)
    return true;
  return opened.association != ipsec::kNoAssociation && world_.associations()[opened.association].mode == ipsec::Mode::kBeet;
}

Outcome Classifier::decide_layer(const Context& context, std::size_t index) {
  const decode::Layer& layer = context.packet.layers[index];
  Outcome outcome;
  outcome.layer = static_cast<std::uint8_t>(index);
  const HeaderCheck* opened = opened_in(context, index);
  if (opened == nullptr && (layer.payload == decode::Payload::kIke || layer.payload == decode::Payload::kKeepalive)) {
    outcome.packet_class = Class::kControl;
    return outcome;
  }
  const bool opaque = layer.payload == decode::Payload::kEsp || (opened != nullptr && says_no_selector(layer, *opened));
  outcome = opaque ? decide_opaque(context, index) : decide_visible(context, index);
  outcome.layer = static_cast<std::uint8_t>(index);
  return outcome;
}

Outcome Classifier::decide_visible(const Context& context, std::size_t index) {
  const Stack stack = stack_of(context, index);
  if (stack.count > 0) return decide_secured(context, index, stack);
  return decide_clear(context, index);
}

// An ICMP error in clear that quotes plaintext which a policy protects (V10).
Outcome Classifier::decide_quote(const Context& context, std::size_t index) const {
  Outcome outcome;
  const ipsec::Judgement& quoted = context.inspection.judgements[index + 1];
  if (quotes_secured(context.packet, index) || quoted.decision != Decision::kProtect) return outcome;
  outcome.packet_class = Class::kLeaked;
  outcome.reason = LeakReason::kIcmpQuote;
  for (std::size_t position = 0; position < quoted.count; ++position) outcome.add(quoted.requirements[position]);
  outcome.may_be_clear_side = !carries_security_.contains(interface_key(context.frame, context.packet));
  return outcome;
}

// leak.before-nat: from a tunnel's own end to the network behind its other end. Source NAT rewrote the packet before the policy saw it.
bool Classifier::before_nat(const decode::Layer& layer, Outcome& outcome) const {
  for (const ipsec::RequirementId id : world_.tunnels_from(layer.source)) {
    const ipsec::Requirement& requirement = world_.requirements()[id];
    const ipsec::RequiredHeader& tunnel = *requirement.tunnel();
    const base::Prefix& remote = requirement.selector.destination;
    if (tunnel.destination == layer.destination) continue;
    if (remote.is_everything() || !remote.contains(layer.destination) || requirement.level == ipsec::PolicyLevel::kUse) continue;
    outcome.packet_class = Class::kLeaked;
    outcome.reason = LeakReason::kBeforeNat;
    outcome.add(id);
    return true;
  }
  return false;
}

Outcome Classifier::decide_clear(const Context& context, std::size_t index) {
  const ipsec::Judgement& judgement = context.inspection.judgements[index];
  const decode::Layer& layer = context.packet.layers[index];
  Outcome outcome;
  switch (judgement.decision) {
    case Decision::kUnrelated: {
      const bool error = quotes(context.packet, index);
      if (world_.inferring() || !world_.open_requirements().empty()) outcome = decide_open(context, index);
      if (outcome.state_count == 0 && !error) before_nat(layer, outcome);
      break;
    }
    case Decision::kExempt:
      outcome.packet_class = Class::kExempt;
      outcome.exemption = Exemption::kBypass;
      outcome.add(judgement.requirements[0]);
      break;
    case Decision::kOptional:
    case Decision::kProtect: outcome = decide_required(context, index, judgement); break;
    case Decision::kUncertain:
      outcome.uncertain = true;
      outcome.add(judgement.requirements[0]);
      break;
    case Decision::kDiscard:
      outcome.packet_class = Class::kLeaked;
      outcome.reason = LeakReason::kDiscard;
      outcome.add(judgement.requirements[0]);
      break;
  }
  const bool readable = outcome.packet_class != Class::kLeaked && outcome.packet_class != Class::kDecapsulated;
  if (readable && quotes(context.packet, index)) {
    const Outcome quote = decide_quote(context, index);
    if (quote.packet_class == Class::kLeaked) return quote;
  }
  return outcome;
}

bool Classifier::decide(const Observation& seen, const ClearObservation& clear, Outcome& outcome) const {
  const ipsec::Judgement& judgement = clear.judgement;
  if (judgement.decision == Decision::kUnrelated) return true;
  outcome.packet_class = Class::kExempt;
  if (judgement.decision == Decision::kExempt) {
    outcome.exemption = Exemption::kBypass;
    outcome.add(judgement.requirements[0]);
    return true;
  }
  for (std::size_t position = 0; position < judgement.count; ++position) {
    const StateId state = judgement.requirements[position];
    if (twins_.remembers(state) && states_.opens_tunnel(state)) return false;
    outcome.add(state);
  }
  if (judgement.decision == Decision::kOptional) {
    outcome.exemption = Exemption::kOptional;
    return true;
  }
  outcome.packet_class = Class::kLeaked;
  outcome.may_be_clear_side = !carries_security_.contains(seen.interface());
  return true;
}

Outcome Classifier::decide_required(const Context& context, std::size_t index, const ipsec::Judgement& judgement) {
  const decode::Layer& layer = context.packet.layers[index];
  Outcome outcome;
  for (std::size_t position = 0; position < judgement.count; ++position) outcome.add(judgement.requirements[position]);
  outcome.packet_class = Class::kExempt;
  if (judgement.decision == Decision::kProtect && is_neighbour_discovery(layer)) {
    outcome.exemption = Exemption::kNeighbourDiscovery;
    return outcome;
  }
  if (quotes(context.packet, index) && quotes_secured(context.packet, index)) {
    outcome.exemption = Exemption::kIcmpError;
    return outcome;
  }
  for (std::size_t position = 0; position < outcome.state_count; ++position) {
    if (!states_.opens_tunnel(outcome.states[position])) continue;
    if (claim_twin(context, index, outcome.states[position], outcome)) return outcome;
  }
  if (judgement.decision == Decision::kOptional) {
    outcome.exemption = Exemption::kOptional;
    return outcome;
  }
  outcome.packet_class = Class::kLeaked;
  outcome.reason = quotes(context.packet, index) ? LeakReason::kIcmpQuote : LeakReason::kPlaintext;
  if (outcome.reason == LeakReason::kIcmpQuote && context.inspection.judgements[index + 1].decision != Decision::kProtect)
    outcome.reason = LeakReason::kPlaintext;
  outcome.may_be_clear_side = !carries_security_.contains(interface_key(context.frame, context.packet));
  return outcome;
}

// V20
bool Classifier::claim_twin(const Context& context, std::size_t index, StateId state, Outcome& outcome) {
  const TwinMatch match = twins_.claim(state, *states_[state].requirement, context.inspection, index, context.frame.time);
  if (match == TwinMatch::kNone) return false;
  outcome.packet_class = Class::kDecapsulated;
  outcome.guessed = match == TwinMatch::kByLength;
  return true;
}

// Clear packets between hosts that may turn out to be a pair: of an inferred policy (V8) or of an open IKE end (V6).
Outcome Classifier::decide_open(const Context& context, std::size_t index) {
  const decode::Layer& layer = context.packet.layers[index];
  Outcome outcome;
  if (is_neighbour_discovery(layer)) return outcome;
  const bool secured_quote = quotes(context.packet, index) && quotes_secured(context.packet, index);
  if (world_.inferring()) outcome.add(states_.infer(layer.source, layer.destination));
  for (const ipsec::RequirementId id : world_.open_requirements()) {
    const ipsec::Requirement& requirement = world_.requirements()[id];
    const bool source_fits = requirement.source_open || requirement.selector.source.contains(layer.source);
    const bool destination_fits = requirement.destination_open || requirement.selector.destination.contains(layer.destination);
    if (source_fits && destination_fits) outcome.add(states_.bind(id, layer.source, layer.destination));
  }
  if (outcome.state_count == 0) return outcome;
  if (world_.inferring() && claim_twin(context, index, outcome.state(), outcome)) return outcome;
  outcome.packet_class = secured_quote ? Class::kExempt : Class::kLeaked;
  if (secured_quote) outcome.exemption = Exemption::kIcmpError;
  return outcome;
}

Outcome Classifier::decide_fragment(const Inspection& inspection) {
  Outcome outcome;
  const decode::Layer& layer = inspection.packet.layers[0];
  const ipsec::Judgement& judgement = inspection.judgements[0];
  if (layer.protocol == decode::kEsp || layer.protocol == decode::kAh) {
    std::vector<ipsec::RequirementId> candidates;
    world_.find_by_ends(layer.source, layer.destination, candidates);
    if (candidates.empty() && !world_.inferring()) return outcome;
    outcome.packet_class = Class::kUnverified;
    if (!candidates.empty()) outcome.add(candidates.front());
    return outcome;
  }
  switch (judgement.decision) {
    case Decision::kProtect: outcome.packet_class = Class::kLeaked; break;
    case Decision::kDiscard:
      outcome.packet_class = Class::kLeaked;
      outcome.reason = LeakReason::kDiscard;
      break;
    case Decision::kExempt:
      outcome.packet_class = Class::kExempt;
      outcome.exemption = Exemption::kBypass;
      break;
    case Decision::kOptional:
      outcome.packet_class = Class::kExempt;
      outcome.exemption = Exemption::kOptional;
      break;
    case Decision::kUncertain: outcome.uncertain = true; break;
    case Decision::kUnrelated: return outcome;
  }
  outcome.add(judgement.requirements[0]);
  return outcome;
}

bool Classifier::is_clear_side(StateId state, std::uint64_t interface, base::Time time) const {
  if (carries_security_.contains(interface)) return false;
  const auto found = secured_on_.find(state);
  if (found == secured_on_.end()) return false;
  const SecuredOn& on = found->second;
  for (std::size_t index = 0; index < on.count; ++index) {
    const bool same_source = (on.interfaces[index] >> 48) == (interface >> 48);
    if ((same_source || interleaved_) && on.since[index] - time <= kClearSideWithin) return true;
  }
  return false;
}

}  // namespace espy::verify
