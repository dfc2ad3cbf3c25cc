#include "verify/classifier.h"

#include <algorithm>

#include "base/hash.h"
#include "verify/classifier_context.h"

namespace espy::verify {
namespace {

using Decision = ipsec::Judgement::Decision;
using verdict::Class;
using verdict::LeakReason;

constexpr std::size_t kInterfaceLimit = 4'096;

bool reqid_fits(const ipsec::Requirement& requirement, std::uint32_t reqid) {
  return reqid == 0 || requirement.reqids.empty() || std::ranges::find(requirement.reqids, reqid) != requirement.reqids.end();
}

bool mode_fits(const ipsec::Requirement& requirement, ipsec::Mode mode) {
  const ipsec::Mode innermost = requirement.headers.empty() ? ipsec::Mode::kAny : requirement.headers.back().mode;
  return mode == ipsec::Mode::kAny || innermost == ipsec::Mode::kAny || mode == innermost;
}

bool is_tunnelled(const decode::Layer& layer) {
  return layer.carrier == decode::Carrier::kAhTunnel || layer.carrier == decode::Carrier::kEspTunnel;
}

}  // namespace

std::uint64_t GroupKey::hash(std::uint64_t seed) const {
  return base::combine(base::combine(seed, (std::uint64_t{association} << 32) | outer), signature);
}

// V13: where NAT changed the addresses and the SPI alone found the SA, its configured ends stand for the packet's.
Stack Classifier::stack_of(const Context& context, std::size_t index) const {
  Stack stack;
  for (std::size_t position = 0; position < context.packet.security_count; ++position) {
    const decode::SecurityHeader& header = context.packet.security[position];
    if (header.layer > index || !is_security(header)) continue;
    const decode::Layer& layer = context.packet.layers[header.layer];
    CarriedHeader carried{header.protocol == decode::SecurityProtocol::kAh ? ipsec::Protocol::kAh : ipsec::Protocol::kEsp, layer.source,
                          layer.destination};
    const std::uint32_t row = context.rows[position];
    if (row != Associations::kMissing && associations_.rows()[row].row.configured != ipsec::kNoAssociation) {
      const ipsec::Association& configured = world_.associations()[associations_.rows()[row].row.configured];
      if (configured.source.is_host() && configured.source.address.known()) carried.source = configured.source.address;
      if (configured.destination.is_host() && configured.destination.address.known()) carried.destination = configured.destination.address;
    }
    stack.headers[stack.count++] = carried;
  }
  stack.opaque = context.packet.layers[index].payload == decode::Payload::kEsp;
  return stack;
}

// Row of the group of what layer `index` carries, decided; kMissing when there is no room. `association` becomes that of the last header.
std::uint32_t Classifier::group_of(const Context& context, std::size_t index, std::uint32_t& association) {
  GroupKey key;
  for (std::size_t position = 0; position < context.packet.security_count; ++position) {
    const decode::SecurityHeader& header = context.packet.security[position];
    if (header.layer > index || !is_security(header)) continue;
    key.outer = key.association;
    key.association = context.rows[position];
    key.signature = (key.signature << 2) | (header.protocol == decode::SecurityProtocol::kAh ? 1U : 2U);
  }
  association = key.association;
  const std::uint32_t found = key.association == Associations::kMissing ? groups_.kMissing : groups_.insert(key);
  GroupRow& group = found == groups_.kMissing ? unkept_ : groups_[found].row;
  if (found == groups_.kMissing || !group.decided) decide_group(group, context, index);
  group.outcome.association = key.association;
  group.outcome.group = found;
  return found;
}

Outcome Classifier::decide_opaque(const Context& context, std::size_t index) {
  std::uint32_t association = Associations::kMissing;
  const std::uint32_t found = group_of(context, index, association);
  const GroupRow& group = found == groups_.kMissing ? unkept_ : groups_[found].row;
  Outcome outcome = group.outcome;
  if (outcome.secured && group.states.size() > 1) {
    for (const StateId state : group.states) states_[state].shared = true;
  } else if (outcome.secured && !group.states.empty()) {
    states_[group.states.front()].exclusive = true;
  }
  if (outcome.secured) remember(context, outcome, group.states);
  return outcome;
}

void Classifier::decide_group(GroupRow& group, const Context& context, std::size_t index) {
  group = {};
  group.decided = true;
  const decode::Layer& layer = context.packet.layers[index];
  const Stack stack = stack_of(context, index);
  std::uint32_t reqid = 0;
  ipsec::Mode mode = ipsec::Mode::kAny;
  for (std::size_t position = 0; position < context.packet.security_count; ++position) {
    const std::uint32_t row = context.rows[position];
    if (row == Associations::kMissing || associations_.rows()[row].row.configured == ipsec::kNoAssociation) continue;
    const ipsec::Association& configured = world_.associations()[associations_.rows()[row].row.configured];
    reqid = configured.reqid;
    mode = configured.mode;
  }
  if (world_.inferring()) {
    const StateId state = states_.infer(layer.source, layer.destination);
    states_.infer(layer.destination, layer.source);
    if (state != kNoState) group.states = {state};
    group.outcome.packet_class = Class::kUnverified;
    group.outcome.secured = true;
  } else {
    std::vector<ipsec::RequirementId> candidates;
    for (const CarriedHeader& carried : stack.span()) world_.find_by_ends(carried.source, carried.destination, candidates);
    std::ranges::sort(candidates);
    candidates.erase(std::ranges::unique(candidates).begin(), candidates.end());
    judge_candidates(group, stack, candidates, reqid, mode);
    if (group.states.empty()) bind_open(group, layer);
  }
  for (const StateId state : group.states) group.outcome.add(state);
}

// V17, V19: what could be served is served; only where nothing could, and the requirement covers all that the pair sends, is it broken.
void Classifier::judge_candidates(GroupRow& group, const Stack& stack, std::span<const ipsec::RequirementId> candidates,
                                  std::uint32_t reqid, ipsec::Mode mode) {
  std::vector<StateId> served;
  StateId broken = kNoState;
  LeakReason reason = LeakReason::kPlaintext;
  for (const ipsec::RequirementId id : candidates) {
    const ipsec::Requirement& requirement = world_.requirements()[id];
    if (requirement.open() || !reqid_fits(requirement, reqid) || !mode_fits(requirement, mode)) continue;
    const Fit fit = match(requirement, stack);
    if (fit.form == Form::kSatisfied || fit.form == Form::kPossible) served.push_back(id);
    if (fit.form == Form::kBroken && !requirement.narrow() && broken == kNoState && requirement.level == ipsec::PolicyLevel::kRequire) {
      broken = id;
      reason = fit.reason;
    }
  }
  if (!served.empty()) {
    group.states = std::move(served);
    group.outcome.packet_class = Class::kUnverified;
    group.outcome.secured = true;
  } else if (broken != kNoState) {
    group.states = {broken};
    group.outcome.packet_class = Class::kLeaked;
    group.outcome.reason = reason;
  }
}

// V6: an open end binds to a peer that is seen with AH/ESP.
void Classifier::bind_open(GroupRow& group, const decode::Layer& layer) {
  for (const ipsec::RequirementId id : world_.open_requirements()) {
    const ipsec::Requirement& requirement = world_.requirements()[id];
    const bool source_fits = requirement.source_open || requirement.selector.source.contains(layer.source);
    const bool destination_fits = requirement.destination_open || requirement.selector.destination.contains(layer.destination);
    if (!source_fits || !destination_fits) continue;
    const StateId state = states_.bind(id, layer.source, layer.destination);
    if (state == kNoState) continue;
    group.states.push_back(state);
    group.outcome.packet_class = Class::kUnverified;
    group.outcome.secured = true;
  }
}

// What a secured packet leaves behind for the clear packets after it: twins (V20) and interfaces that carry protection (V21).
void Classifier::remember(const Context& context, const Outcome& outcome, std::span<const StateId> states) {
  const std::uint64_t interface = interface_key(context.frame, context.packet);
  if (carries_security_.size() < kInterfaceLimit) carries_security_[interface] = true;
  std::size_t innermost = 0;
  for (std::size_t position = 0; position < context.packet.security_count; ++position) {
    if (context.rows[position] == outcome.association) innermost = position;
  }
  const decode::SecurityHeader& header = context.packet.security[innermost];
  const std::uint32_t row = context.rows[innermost];
  const ipsec::AssociationId configured = row == Associations::kMissing ? ipsec::kNoAssociation : associations_.rows()[row].row.configured;
  for (const StateId state : states) {
    // AH shows by itself that it carries a whole packet, even where no policy says so (V8); ESP does once it is opened.
    const bool inside = header.layer + 1U < context.packet.layer_count;
    const decode::Carrier carrier = inside ? context.packet.layers[header.layer + 1U].carrier : decode::Carrier::kLink;
    const bool readable_tunnel = carrier == decode::Carrier::kAhTunnel || carrier == decode::Carrier::kEspTunnel;
    const bool configured_tunnel = configured != ipsec::kNoAssociation && world_.associations()[configured].mode == ipsec::Mode::kTunnel;
    const bool tunnel_sa = configured_tunnel || carrier == decode::Carrier::kEspTunnel;
    if (states_.opens_tunnel(state) || readable_tunnel)
      twins_.remember(state, context.inspection, innermost, configured, context.frame.time);
    RequirementState& row_state = states_[state];
    states_.last_protected(state).row = Associations::kMissing;
    row_state.seen_source = context.packet.layers[header.layer].source;
    row_state.seen_destination = context.packet.layers[header.layer].destination;
    row_state.tunnel_seen = row_state.tunnel_seen || tunnel_sa;
    for (std::size_t position = 0; position < context.packet.security_count; ++position) {
      if (context.packet.security[position].protocol == decode::SecurityProtocol::kAh) row_state.seen_ah = true;
      if (context.packet.security[position].protocol == decode::SecurityProtocol::kEsp) row_state.seen_esp = true;
    }
    SecuredOn& on = secured_on_[state];
    const auto known = std::span(on.interfaces).first(on.count);
    if (on.count < on.interfaces.size() && std::ranges::find(known, interface) == known.end()) {
      on.interfaces[on.count] = interface;
      on.since[on.count++] = context.frame.time;
    }
  }
}

// Transport mode where a tunnel is required, or the reverse.
bool Classifier::is_other_mode(const ipsec::Requirement& requirement, const Context& context, std::size_t index) {
  bool tunnelled = false;
  for (std::size_t layer = 0; layer <= index; ++layer) tunnelled = tunnelled || is_tunnelled(context.packet.layers[layer]);
  const ipsec::Mode mode = requirement.mode();
  return (mode == ipsec::Mode::kTunnel && !tunnelled) || (mode == ipsec::Mode::kTransport && tunnelled);
}

// AH, or ESP that was opened, around something readable: the policies say exactly what it must carry.
Outcome Classifier::decide_secured(const Context& context, std::size_t index, const Stack& stack) {
  Outcome outcome;
  const decode::Layer& layer = context.packet.layers[index];
  for (std::size_t position = 0; position < context.packet.security_count; ++position) {
    if (context.packet.security[position].layer <= index && is_security(context.packet.security[position]))
      outcome.association = context.rows[position];
  }
  if (world_.inferring()) {
    if (layer.carrier == decode::Carrier::kAhTunnel || layer.carrier == decode::Carrier::kEspTunnel) return outcome;
    const StateId state = states_.infer(stack.headers[0].source, stack.headers[0].destination);
    states_.infer(stack.headers[0].destination, stack.headers[0].source);
    outcome.packet_class = Class::kUnverified;
    outcome.secured = true;
    outcome.add(state);
    if (state != kNoState) states_[state].exclusive = true;
    remember(context, outcome, std::span(outcome.states).first(outcome.state_count));
    return outcome;
  }
  const ipsec::Judgement& judgement = context.inspection.judgements[index];
  outcome.uncertain = judgement.decision == Decision::kUncertain;
  const bool judged = judgement.decision == Decision::kProtect || judgement.decision == Decision::kOptional;
  if (judgement.decision == Decision::kDiscard) {
    outcome.packet_class = Class::kLeaked;
    outcome.reason = LeakReason::kDiscard;
    outcome.add(judgement.requirements[0]);
    return outcome;
  }
  for (std::size_t position = 0; judged && position < judgement.count; ++position) {
    const ipsec::RequirementId id = judgement.requirements[position];
    const Fit fit = match(world_.requirements()[id], stack);
    // The right headers between other ends protect all the same; that they are not where the policy says is told (policy.wrong-mode).
    const bool other_ends = fit.form == Form::kElsewhere && is_tunnelled(layer) && carries_all(world_.requirements()[id], stack);
    const bool served = fit.form == Form::kSatisfied || fit.form == Form::kPossible || other_ends;
    const bool elsewhere = fit.form == Form::kElsewhere && layer.carrier == decode::Carrier::kLink;
    if (fit.form == Form::kElsewhere && judgement.decision == Decision::kOptional) continue;
    if (elsewhere && index + 1U < context.packet.layer_count) continue;  // what is inside decides
    if (elsewhere && claim_twin(context, index, id, outcome)) {
      outcome.add(id);
      return outcome;
    }
    const Class packet_class = served ? Class::kUnverified : Class::kLeaked;
    if (severity(packet_class) > severity(outcome.packet_class)) {
      outcome.state_count = 0;
      outcome.packet_class = packet_class;
      outcome.reason = fit.reason;
    }
    if (packet_class != outcome.packet_class) continue;
    outcome.add(id);
    if (served) states_[id].exclusive = states_[id].read = true;
    outcome.wrong_mode = outcome.wrong_mode || (served && (other_ends || is_other_mode(world_.requirements()[id], context, index)));
  }
  outcome.secured = outcome.packet_class == Class::kUnverified;
  if (outcome.secured) remember(context, outcome, std::span(outcome.states).first(outcome.state_count));
  return outcome;
}

// V14 to V16: what the ICVs make of a packet that carries the right headers. A wrong one is held against the packet only when the run has
// shown that its SA verifies.
void Classifier::grade(const Context& context, Outcome& outcome) const {
  if (outcome.packet_class != Class::kUnverified || !outcome.secured) return;
  bool sure = true;
  for (std::size_t position = 0; position < context.packet.security_count; ++position) {
    const decode::SecurityHeader& header = context.packet.security[position];
    if (!is_security(header) || context.packet.layers[header.layer].carrier == decode::Carrier::kIcmpQuote) continue;
    const HeaderCheck& check = context.inspection.checks[position];
    sure = sure && is_sure(check);
    const bool senseless = check.decrypted && !check.opened;
    if (check.checked != Checked::kBad && check.checked != Checked::kEsnUnknown && !senseless) continue;
    outcome.bad = context.rows[position];
    outcome.unproven = check.checked != Checked::kBad;
  }
  if (sure) outcome.packet_class = Class::kProtected;
}

// policy.inner-mismatch (RFC 4301 section 5.2): what was opened is allowed by no policy that its SA serves. Errors about the tunnel itself
// are no mismatch (section 6).
void Classifier::note_content(const Context& context, const Outcome& outcome) {
  const bool outside =
      outcome.packet_class == Class::kUnrelated || (outcome.packet_class == Class::kExempt && outcome.exemption == Exemption::kBypass);
  if (!outside || world_.inferring() || context.packet.quotes || context.packet.security_count == 0) return;
  for (std::size_t index = 0; index < context.packet.layer_count; ++index) {
    if (opened_in(context, index) == nullptr) continue;
    std::uint32_t association = Associations::kMissing;
    const std::uint32_t found = group_of(context, index, association);
    if (found == groups_.kMissing || !groups_[found].row.outcome.secured) continue;
    ++associations_.rows()[association].row.inner_mismatch;
    associations_.rows()[association].row.mismatch.see(context.frame);
    return;
  }
}

}  // namespace espy::verify
