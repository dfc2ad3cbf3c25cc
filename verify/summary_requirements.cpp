#include <algorithm>

#include <fmt/format.h>

#include "verify/summary_parts.h"

namespace espy::verify {
namespace {

using ipsec::Action;
using verdict::LeakReason;
using verdict::Verdict;

std::uint64_t secured(const RequirementState& state) { return state.packets.protected_ + state.packets.unverified; }

std::optional<std::string> port_text(const ipsec::PortRange& range) {
  if (range.any()) return std::nullopt;
  return range.first == range.last ? fmt::format("{}", range.first) : fmt::format("{}-{}", range.first, range.last);
}

std::string what_leaked(LeakReason reason, const RequirementState& state) {
  const std::string wanted = headers_text(state);
  switch (reason) {
    case LeakReason::kPlaintext: return fmt::format("went in clear where {} is required", wanted);
    case LeakReason::kIntegrityOnly: return fmt::format("carried AH alone where {} is required: they can be read", wanted);
    case LeakReason::kNullEncryption: return "carried ESP that encrypts nothing: they can be read";
    case LeakReason::kMissingAh: return fmt::format("carried ESP without the AH that the policy requires ({})", wanted);
    case LeakReason::kDiscard: return "were sent although the policy discards them";
    case LeakReason::kIcmpQuote: return "were ICMP errors in clear that quote protected traffic";
    case LeakReason::kBeforeNat:
      return "left the gateway from its own address toward the protected network, so that the policy did not match";
  }
  return "";
}

verdict::Finding leak_finding(const Draft& draft, StateId id, std::string code) {
  const RequirementState& state = draft.states[id];
  return {.code = std::move(code),
          .requirement = draft.ids[id],
          .association = {},
          .message = {},
          .advice = {},
          .first = state.leak_first,
          .last = state.leak_last,
          .first_frame = {state.leak_source, state.leak_frame}};
}

// leak.window: clear packets with protected ones before or after them (V26).
void add_window(const Draft& draft, StateId id, Findings& findings) {
  const RequirementState& state = draft.states[id];
  if (state.runs == 0 || state.packets.leaked == 0) return;
  const ClearRun& run = state.longest;
  verdict::Finding finding = leak_finding(draft, id, "leak.window");
  const std::string before = run.before.value == 0 ? "" : fmt::format(" after SPI {}", base::to_string(run.before));
  const std::string after = run.after.value == 0 ? "" : fmt::format(" before SPI {}", base::to_string(run.after));
  finding.message = fmt::format("{}: {} clear packet{} in one run between {} and {},{}{}{}.", describe_requirement(state), run.packets,
                                run.packets == 1 ? "" : "s", base::to_rfc3339(run.first), base::to_rfc3339(run.last), before,
                                before.empty() || after.empty() ? "" : " and", after);
  finding.count = state.runs;
  finding.first = run.first;
  finding.last = run.last;
  finding.first_frame = {run.first_source, run.first_frame};
  findings.add(std::move(finding));
}

// leak.one-way: this direction in clear over the whole capture, the other protected (V26).
bool one_way(const Draft& draft, const RequirementState& state) {
  if (state.mirror == kNoState || secured(state) > 0 || state.leaks_by_reason[static_cast<std::size_t>(LeakReason::kPlaintext)] == 0)
    return false;
  const RequirementState& back = draft.states[state.mirror];
  return secured(back) > 0 && back.packets.leaked == 0;
}

// V21: plaintext of a tunnel in a capture without any AH/ESP may have been captured behind the gateway, where it belongs.
void add_clear_side_alone(const Draft& draft, StateId id, Findings& findings) {
  const RequirementState& state = draft.states[id];
  const bool tunnel = state.requirement->tunnel() != nullptr || state.requirement->any_tunnel_ends;
  const bool plaintext = state.leaks_by_reason[static_cast<std::size_t>(LeakReason::kPlaintext)] > 0;
  if (!tunnel || !plaintext || draft.summary.packets.ah + draft.summary.packets.esp > 0) return;
  verdict::Finding finding = leak_finding(draft, id, "capture.vantage");
  finding.message = fmt::format(
      "{}: no AH or ESP was seen at all; a capture made behind the gateway, on the clear side of the tunnel, looks just the same.",
      describe_requirement(state));
  finding.count = state.packets.leaked;
  findings.add(std::move(finding));
}

// V8: nothing tells whether the mode is tunnel, whose ends may talk in clear and see what they decrypt.
std::string advice_without_policy() {
  return "No policy was given, so all traffic of hosts that exchange ESP or AH was taken as meant to be protected. If theirs is a tunnel, "
         "these may be packets of the "
         "gateways themselves, or the decrypted copies that a tunnel's end sees: name it with --protect A B --via GW1 GW2, or give the "
         "policy with -c.";
}

void add_leak_findings(const Draft& draft, StateId id, Findings& findings, std::vector<std::string>& reasons) {
  const RequirementState& state = draft.states[id];
  for (std::size_t index = 0; index < verdict::kLeakReasonCount; ++index) {
    const std::uint64_t count = state.leaks_by_reason[index];
    if (count == 0) continue;
    const auto reason = static_cast<LeakReason>(index);
    verdict::Finding finding = leak_finding(draft, id, std::string(code_of(reason)));
    finding.message =
        fmt::format("{}: {} packet{} {}.", describe_requirement(state), count, count == 1 ? "" : "s", what_leaked(reason, state));
    finding.count = count;
    if (reason == LeakReason::kPlaintext && state.requirement->inferred) finding.advice = advice_without_policy();
    reasons.push_back(finding.code);
    findings.add(std::move(finding));
  }
  add_window(draft, id, findings);
  add_clear_side_alone(draft, id, findings);
  if (!one_way(draft, state)) return;
  verdict::Finding finding = leak_finding(draft, id, "leak.one-way");
  finding.message = fmt::format("{}: this direction went in clear all the time, the other one was protected.", describe_requirement(state));
  finding.count = state.packets.leaked;
  reasons.push_back(finding.code);
  findings.add(std::move(finding));
}

void doubt(const Draft& draft, StateId id, std::string_view code, std::string message, std::uint64_t count, Findings& findings,
           std::vector<std::string>& reasons) {
  const RequirementState& state = draft.states[id];
  reasons.emplace_back(code);
  findings.add({.code = std::string(code),
                .requirement = draft.ids[id],
                .association = {},
                .message = describe_requirement(state) + ": " + std::move(message),
                .advice = {},
                .count = count,
                .first = state.first,
                .last = state.last,
                .first_frame = {state.first_source, state.first_frame}});
}

void add_doubts(const Draft& draft, StateId id, Findings& findings, std::vector<std::string>& reasons) {
  const RequirementState& state = draft.states[id];
  const bool use = state.requirement->level == ipsec::PolicyLevel::kUse;
  if (use && state.packets.exempt > 0) {
    doubt(draft, id, "policy.optional-clear",
          fmt::format("{} packets went in clear, which level 'use' allows while there is no SA.", state.packets.exempt),
          state.packets.exempt, findings, reasons);
  } else if (secured(state) == 0 && state.packets.leaked == 0) {
    doubt(draft, id, "policy.unseen", "no packet of it was seen, so nothing can be said of it.", 0, findings, reasons);
  }
  // A host's own policies say all that its ESP can be; --protect says only what it asks about.
  const bool asked_about = state.requirement->command_line && secured(state) > 0;
  if (state.requirement->narrow() && !state.read && (asked_about || (state.shared && !state.exclusive))) {
    doubt(draft, id, "policy.attribution", "the ESP between its ends could serve other traffic too; only keys tell what is inside.",
          secured(state), findings, reasons);
  }
  if (state.twins > 0) {
    doubt(draft, id, "capture.vantage",
          "plaintext was taken for the decrypted copy of its ESP packets by length alone, as a tunnel endpoint shows it.", state.twins,
          findings, reasons);
  }
  if (state.guessed_side) {
    doubt(draft, id, "capture.vantage",
          "plaintext was taken for the clear side of a gateway by its sender, because this kind of capture (SLL) names no interface; SLL2 "
          "does.",
          state.packets.exempt, findings, reasons);
  }
  if (state.wrong_mode > 0) {
    doubt(draft, id, "policy.wrong-mode",
          fmt::format("{} packet{} carried the required headers in another mode, or between other ends, than the policy says.",
                      state.wrong_mode, state.wrong_mode == 1 ? "" : "s"),
          state.wrong_mode, findings, reasons);
  }
  if (state.uncertain > 0) reasons.emplace_back("capture.cut-short");
}

// V16: the finding itself stands with the SA.
bool has_bad_icv(const Draft& draft, StateId id) {
  const auto& suspects = draft.ledger.suspects();
  return std::ranges::any_of(suspects, [&](const auto& entry) {
    const AssociationRow& row = draft.ledger.associations().rows()[entry.key.association].row;
    const bool in_doubt = row.senseless() || (row.count(Checked::kEsnUnknown) > 0 && !row.verifies());
    return entry.key.state == id && (entry.row.packets > 0 || (entry.row.unproven > 0 && in_doubt));
  });
}

bool has_trouble(const Draft& draft, std::string_view code) { return std::ranges::find(draft.trouble, code) != draft.trouble.end(); }

// V23. Forged packets count as leaked ones; V16 lets nothing be forged before a packet of its SA was verified.
Verdict judge(const RequirementState& state, const std::vector<std::string>& reasons) {
  if (state.requirement->action == Action::kBypass) return Verdict::kProtected;
  const bool proven = state.packets.leaked > state.judged_early;
  if (proven || state.packets.forged > 0) return Verdict::kViolated;
  return reasons.empty() ? Verdict::kProtected : Verdict::kInconclusive;
}

std::vector<std::string> headers_of(const RequirementState& state) {
  std::vector<std::string> headers;
  if (state.requirement->inferred) {
    if (state.seen_ah) headers.emplace_back("ah");
    if (state.seen_esp) headers.emplace_back("esp");
    return headers;
  }
  for (const auto& header : state.requirement->headers) headers.emplace_back(ipsec::name(header.protocol));
  return headers;
}

verdict::RequirementSummary describe(const Draft& draft, StateId id) {
  const RequirementState& state = draft.states[id];
  const ipsec::Requirement& requirement = *state.requirement;
  verdict::RequirementSummary row;
  row.id = draft.ids[id];
  row.name = requirement.name.empty() ? selector_text(requirement) : requirement.name;
  row.action = requirement.action == Action::kProtect ? "protect" : requirement.action == Action::kBypass ? "bypass" : "discard";
  row.from = requirement.selector.source.address.known() ? base::to_string(requirement.selector.source) : "any";
  row.to = requirement.selector.destination.address.known() ? base::to_string(requirement.selector.destination) : "any";
  if (requirement.selector.protocol != 0) row.protocol = protocol_text(requirement.selector.protocol);
  row.from_port = port_text(requirement.selector.source_port);
  row.to_port = port_text(requirement.selector.destination_port);
  row.require = headers_of(state);
  if (requirement.action == Action::kProtect) row.mode = requirement.inferred ? "any" : ipsec::name(requirement.mode());
  if (const ipsec::RequiredHeader* tunnel = requirement.tunnel(); tunnel != nullptr && tunnel->has_ends()) {
    row.tunnel = verdict::TunnelEnds{base::to_string(tunnel->source), base::to_string(tunnel->destination)};
  }
  row.level = requirement.level == ipsec::PolicyLevel::kUse ? "use" : "require";
  for (const ipsec::Origin& origin : requirement.origins) row.origins.push_back(ipsec::to_string(origin));
  row.shared = state.shared;
  row.packets = state.packets;
  row.bytes = state.bytes;
  row.first = state.first;
  row.last = state.last;
  return row;
}

}  // namespace

std::string_view code_of(LeakReason reason) {
  switch (reason) {
    case LeakReason::kPlaintext: return "leak.plaintext";
    case LeakReason::kIntegrityOnly: return "leak.integrity-only";
    case LeakReason::kNullEncryption: return "leak.null-encryption";
    case LeakReason::kMissingAh: return "leak.missing-ah";
    case LeakReason::kDiscard: return "policy.discard-violated";
    case LeakReason::kIcmpQuote: return "leak.icmp-quote";
    case LeakReason::kBeforeNat: return "leak.before-nat";
  }
  return "leak.plaintext";
}

void add_requirements(Draft& draft, Findings& findings) {
  for (StateId id = 0; id < draft.states.size(); ++id) {
    if (!draft.reported[id]) continue;
    const RequirementState& state = draft.states[id];
    verdict::RequirementSummary row = describe(draft, id);
    if (state.requirement->action != Action::kBypass) {
      add_leak_findings(draft, id, findings, row.reasons);
      if (state.requirement->action == Action::kProtect) add_doubts(draft, id, findings, row.reasons);
      if (state.judged_early > 0 && !has_trouble(draft, kLimitCode)) row.reasons.emplace_back(kLimitCode);
      if (has_bad_icv(draft, id)) row.reasons.emplace_back("sa.icv-bad");
      for (const std::string& code : draft.trouble) row.reasons.push_back(code);
    }
    row.verdict = judge(state, row.reasons);
    draft.summary.requirements.push_back(std::move(row));
  }
}

}  // namespace espy::verify
