#include "verify/summary.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "verify/summary_parts.h"

namespace espy::verify {
namespace {

using verdict::Class;
using verdict::Verdict;

void move(std::uint64_t& from, std::uint64_t& to, std::uint64_t count) {
  const std::uint64_t moved = std::min(from, count);
  from -= moved;
  to += moved;
}

void move_class(verdict::PacketCounts& packets, Class from, Class to, std::uint64_t count) {
  move(packets.by_class[static_cast<std::size_t>(from)], packets.by_class[static_cast<std::size_t>(to)], count);
}

// V16: a wrong ICV makes a packet forged where others of its SA verify.
void count_forged(Draft& draft) {
  const auto verifies = [&](std::uint32_t association) { return draft.ledger.associations().rows()[association].row.verifies(); };
  for (const auto& [association, frames] : draft.ledger.suspect_frames()) {
    if (verifies(association)) move_class(draft.summary.packets, Class::kUnverified, Class::kForged, frames.packets);
  }
  for (const auto& [key, suspects] : draft.ledger.suspects()) {
    if (!verifies(key.association)) continue;
    move(draft.states[key.state].packets.unverified, draft.states[key.state].packets.forged, suspects.packets);
    move(draft.states[key.state].bytes.unverified, draft.states[key.state].bytes.forged, suspects.bytes);
  }
}

// A provisional requirement whose hosts never exchanged AH/ESP is none, and its clear packets are unrelated; so are those of gateways
// whose SA is in tunnel mode (V8).
void drop_unconfirmed(Draft& draft) {
  for (StateId id = 0; id < draft.states.size(); ++id) {
    RequirementState& state = draft.states[id];
    if (!state.provisional) continue;
    const bool gateways =
        state.requirement->inferred && (state.tunnel_seen || (state.mirror != kNoState && draft.states[state.mirror].tunnel_seen));
    draft.reported[id] = draft.ledger.confirmed(draft.ledger.states()[id]);
    if (draft.reported[id] && !gateways) continue;
    if (gateways) draft.clear_beside_tunnel += state.packets.leaked;
    move_class(draft.summary.packets, Class::kLeaked, Class::kUnrelated, state.named_leaks);
    move_class(draft.summary.packets, Class::kExempt, Class::kUnrelated, state.packets.exempt);
    draft.exempt_taken_back.packets += state.packets.exempt;
    draft.exempt_taken_back.bytes += state.bytes.exempt;
    state.packets.leaked = state.bytes.leaked = state.named_leaks = state.judged_early = 0;
    state.packets.exempt = state.bytes.exempt = 0;
    state.runs = 0;
    state.leaks_by_reason.fill(0);
  }
}

// V18: packets that came before an SA was recognised as unencrypted are leaks too.
void leak_null_esp(Draft& draft) {
  for (const auto& [key, group] : draft.ledger.classifier().groups()) {
    if (key.association == Associations::kMissing || !draft.leaks_in_null(key.association) || group.packets == 0 || !group.outcome.secured)
      continue;
    move_class(draft.summary.packets, Class::kUnverified, Class::kLeaked, group.packets - group.protected_packets);
    move_class(draft.summary.packets, Class::kProtected, Class::kLeaked, group.protected_packets);
    draft.leaking_groups.push_back(&group);
    draft.leaking_keys.push_back(key);
    for (const StateId id : group.states) {
      RequirementState& state = draft.states[id];
      const std::uint64_t before = state.packets.leaked;
      move(state.packets.unverified, state.packets.leaked, group.packets - group.protected_packets);
      move(state.packets.protected_, state.packets.leaked, group.protected_packets);
      move(state.bytes.unverified, state.bytes.leaked, group.bytes - group.protected_bytes);
      move(state.bytes.protected_, state.bytes.leaked, group.protected_bytes);
      const std::uint64_t packets = state.packets.leaked - before;
      state.leaks_by_reason[static_cast<std::size_t>(verdict::LeakReason::kNullEncryption)] += packets;
      if (state.leak_frame == 0) {
        state.leak_first = group.first;
        state.leak_frame = group.first_frame;
        state.leak_source = group.first_source;
      }
      if (!state.leak_last.known() || group.last > state.leak_last) state.leak_last = group.last;
    }
  }
}

void number_requirements(Draft& draft) {
  std::size_t number = 0;
  for (StateId id = 0; id < draft.states.size(); ++id) {
    if (draft.reported[id]) draft.ids[id] = fmt::format("r{}", ++number);
  }
}

// A host's own capture tells directions or shows decrypted twins; tunnels seen both ways without any twin are seen from outside.
verdict::Vantage vantage_of(const Draft& draft) {
  const Tallies& tallies = draft.ledger.tallies();
  if (tallies.host_direction || tallies.saw_twin) return verdict::Vantage::kHost;
  const bool tunnel_both_ways = std::ranges::any_of(draft.states, [&](const RequirementState& state) {
    const bool tunnel = state.requirement->tunnel() != nullptr && state.packets.unverified + state.packets.protected_ > 0;
    const auto& back = draft.states[state.mirror == kNoState ? 0 : state.mirror].packets;
    return tunnel && state.mirror != kNoState && back.unverified + back.protected_ > 0;
  });
  return tunnel_both_ways ? verdict::Vantage::kWire : verdict::Vantage::kUnknown;
}

void add_exemptions(Draft& draft) {
  const Tallies& tallies = draft.ledger.tallies();
  for (std::size_t index = static_cast<std::size_t>(Exemption::kOptional); index < kExemptionCount; ++index) {
    verdict::Exemption row{std::string(name(static_cast<Exemption>(index))), tallies.exempt_packets[index], tallies.exempt_bytes[index]};
    if (static_cast<Exemption>(index) == Exemption::kIcmpError) {  // the only one that a provisional requirement gives
      row.packets -= std::min(row.packets, draft.exempt_taken_back.packets);
      row.bytes -= std::min(row.bytes, draft.exempt_taken_back.bytes);
    }
    if (row.packets > 0) draft.summary.exemptions.push_back(std::move(row));
  }
  for (StateId id = 0; id < draft.states.size(); ++id) {
    const RequirementState& state = draft.states[id];
    if (state.requirement->action != ipsec::Action::kBypass || state.packets.exempt == 0) continue;
    draft.summary.exemptions.push_back({"bypass " + place_of(*state.requirement), state.packets.exempt, state.bytes.exempt});
  }
}

verdict::PolicySource policy_source(const Draft& draft) {
  if (draft.ledger.world().inferring()) return verdict::PolicySource::kInferred;
  if (draft.facts.command_line_policies && draft.facts.file_policies) return verdict::PolicySource::kMixed;
  return draft.facts.command_line_policies ? verdict::PolicySource::kCommandLine : verdict::PolicySource::kConfigured;
}

void add_assumptions(Draft& draft) {
  for (StateId id = 0; id < draft.states.size(); ++id) {
    const RequirementState& state = draft.states[id];
    if (!draft.reported[id] || draft.summary.assumptions.size() >= kAssumptionLimit) continue;
    const std::string ends = fmt::format("{} and {}", base::to_string(state.seen_source), base::to_string(state.seen_destination));
    if (state.requirement->inferred && (state.mirror == kNoState || id < state.mirror || !draft.reported[state.mirror])) {
      draft.summary.assumptions.push_back(fmt::format("hosts that exchange AH or ESP should exchange nothing in clear: {}", ends));
    } else if (state.requirement->any_tunnel_ends && state.seen_source.known() && state.packets.unverified + state.packets.protected_ > 0) {
      const bool own = state.requirement->selector.source.contains(state.seen_source);
      if (!own)
        draft.summary.assumptions.push_back(
            fmt::format("{} is protected by the tunnel between {}", selector_text(*state.requirement), ends));
    }
  }
}

Verdict overall(const Draft& draft) {
  bool any = false;
  Verdict worst = Verdict::kProtected;
  for (const verdict::RequirementSummary& row : draft.summary.requirements) {
    if (row.action == "bypass") continue;
    const bool left_out = draft.facts.allow_unseen && row.reasons == std::vector<std::string>{"policy.unseen"};
    if (left_out) continue;
    any = true;
    worst = std::max(worst, row.verdict);
  }
  if (!any || draft.summary.packets.total == 0) return worst == Verdict::kViolated ? worst : Verdict::kInconclusive;
  return worst;
}

void decide(Draft& draft, const Findings& findings) {
  verdict::Summary& summary = draft.summary;
  summary.verdict = overall(draft);
  if (draft.facts.strict && summary.verdict == Verdict::kProtected && findings.any_warning()) summary.verdict = Verdict::kViolated;
  summary.exit_status = summary.verdict == Verdict::kProtected ? 0 : summary.verdict == Verdict::kViolated ? 1 : 3;
}

// The reasons of the overall verdict: the codes of the requirements that have it, or of the findings that strictness promoted.
void collect_reasons(Draft& draft) {
  verdict::Summary& summary = draft.summary;
  const auto add = [&](const std::string& code) {
    if (std::ranges::find(summary.reasons, code) == summary.reasons.end()) summary.reasons.push_back(code);
  };
  for (const auto& row : summary.requirements) {
    if (row.action == "bypass" || row.verdict != summary.verdict || row.verdict == Verdict::kProtected) continue;
    for (const std::string& code : row.reasons) add(code);
  }
  if (!summary.reasons.empty() || summary.verdict == Verdict::kProtected) return;
  for (const auto& finding : summary.findings) {
    if (finding.severity != verdict::Severity::kNote) add(finding.code);
  }
}

}  // namespace

bool Draft::looks_null(std::uint32_t association) const {
  const auto& [key, row] = ledger.associations().rows()[association];
  return key.protocol == ipsec::Protocol::kEsp && row.null_esp.verdict() == NullEspVerdict::kNull;
}

bool Draft::leaks_in_null(std::uint32_t association) const {
  if (!looks_null(association)) return false;
  const ipsec::AssociationId configured = ledger.associations().rows()[association].row.configured;
  if (configured == ipsec::kNoAssociation) return true;
  const ipsec::Encryption encryption = ledger.world().associations()[configured].encryption;
  return encryption == ipsec::Encryption::kUnknown || ipsec::facts(encryption).confidential;
}

bool Draft::keyed_by_hand(const base::Address& one, const base::Address& other) const {
  if (!pairs_by_hand_) {
    pairs_by_hand_.emplace();
    for (const ipsec::Association& association : ledger.world().associations()) {
      const bool hosts = association.source.is_host() && association.destination.is_host() && association.source.address.known();
      if (hosts) pairs_by_hand_->push_back(std::minmax(association.source.address, association.destination.address));
    }
    std::ranges::sort(*pairs_by_hand_);
  }
  return std::ranges::binary_search(*pairs_by_hand_, Hosts(std::minmax(one, other)));
}

verdict::Summary summarize(const Ledger& ledger, const RunFacts& facts) { return std::move(draft_summary(ledger, facts).summary); }

Draft draft_summary(const Ledger& ledger, const RunFacts& facts) {
  Draft draft(ledger, facts);
  verdict::Summary& summary = draft.summary;
  summary.command = facts.command;
  summary.strict = facts.strict;
  summary.filter = facts.filter;
  summary.sources = facts.sources;
  summary.packets = ledger.tallies().packets;
  summary.policy_source = policy_source(draft);
  const ipsec::IgnoredPolicies& ignored = ledger.world().ignored();
  summary.ignored_socket = ignored.socket;
  summary.ignored_marked = ignored.marked;
  summary.ignored_larval = ignored.larval;
  drop_unconfirmed(draft);
  count_forged(draft);
  leak_null_esp(draft);
  number_requirements(draft);
  summary.vantage = vantage_of(draft);
  Findings findings(summary.vantage, ledger.limits().findings);
  add_trouble(draft, findings);
  add_requirements(draft, findings);
  add_associations(draft, findings);
  add_leaks(draft);
  add_protected_flows(draft);
  add_exemptions(draft);
  add_assumptions(draft);
  summary.limits = {.flows = ledger.flows().overflowed() + ledger.states().overflowed() + draft.flows_left_out,
                    .associations = ledger.associations().rows().overflowed(),
                    .fragments = ledger.fragments().evicted(),
                    .held = ledger.tallies().held_overflow,
                    .findings = findings.overflowed()};
  decide(draft, findings);
  summary.findings = findings.take();
  collect_reasons(draft);
  summary.verdict_line = verdict_line(draft);
  return draft;
}

}  // namespace espy::verify
