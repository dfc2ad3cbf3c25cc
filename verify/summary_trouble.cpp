#include <algorithm>

#include <fmt/format.h>

#include "verify/summary_parts.h"

namespace espy::verify {
namespace {

// What could hide a leak of any requirement makes all of them inconclusive (V23).
void trouble(Draft& draft, Findings& findings, verdict::Finding finding) {
  draft.trouble.push_back(finding.code);
  findings.add(std::move(finding));
}

void add_drops(Draft& draft, Findings& findings) {
  std::uint64_t dropped = 0;
  for (const auto& source : draft.facts.sources) dropped += source.dropped_by_kernel.value_or(0) + source.dropped_by_interface.value_or(0);
  if (dropped == 0) return;
  trouble(draft, findings,
          {.code = "capture.drops",
           .requirement = {},
           .association = {},
           .message = fmt::format("The capture itself dropped {} packet{}; a leak may be among them.", dropped, dropped == 1 ? "" : "s"),
           .advice = {},
           .count = dropped,
           .first = {},
           .last = {},
           .first_frame = {}});
}

void add_damage(Draft& draft, Findings& findings) {
  for (std::uint32_t index = 0; index < draft.facts.sources.size(); ++index) {
    const auto& source = draft.facts.sources[index];
    if (!source.damaged) continue;
    const std::string what = source.damage.empty() ? "it ends in the middle of a record" : source.damage;
    trouble(draft, findings,
            {.code = "capture.damaged",
             .requirement = {},
             .association = {},
             .message = fmt::format("{} is damaged: {}. {} frames before that were read.", source.name, what, source.packets),
             .advice = {},
             .first = {},
             .last = {},
             .first_frame = {index, source.packets}});
  }
}

void add_interruptions(Draft& draft, Findings& findings) {
  for (const verdict::SourceSummary& source : draft.facts.sources) {
    if (source.interruptions == 0) continue;
    const std::string more = source.interruptions == 1 ? "" : fmt::format(" This happened {} times in all.", source.interruptions);
    trouble(draft, findings,
            {.code = "capture.interrupted",
             .requirement = {},
             .association = {},
             .message = fmt::format("{} {}; what passed meanwhile was not seen.{}", source.name, source.interruption, more),
             .advice = {},
             .count = source.interruptions,
             .first = {},
             .last = {},
             .first_frame = {}});
  }
}

void add_filter(Draft& draft, Findings& findings) {
  const Tallies& tallies = draft.ledger.tallies();
  if (draft.facts.filter && !draft.facts.unfiltered) {
    trouble(draft, findings,
            {.code = "capture.filtered",
             .requirement = {},
             .association = {},
             .message = fmt::format("Only packets that match '{}' were looked at.", *draft.facts.filter),
             .advice = {},
             .first = {},
             .last = {},
             .first_frame = {}});
    return;
  }
  const bool nothing_clear = tallies.packets.total > 0 && tallies.clear_frames == 0 && tallies.packets.non_ip == 0;
  const bool secured = tallies.packets.ah + tallies.packets.esp > 0;
  if (!draft.facts.classic_capture || draft.facts.unfiltered || !nothing_clear || !secured) return;
  trouble(draft, findings,
          {.code = "capture.filtered",
           .requirement = {},
           .association = {},
           .message = "The capture holds nothing but AH, ESP and IKE, as if only those had been captured; a classic pcap file cannot tell.",
           .advice = {},
           .first = {},
           .last = {},
           .first_frame = {}});
}

void add_cut_short(Draft& draft, Findings& findings) {
  const FirstSeen& seen = draft.ledger.tallies().cut_short;
  if (seen.count == 0) return;
  findings.add({.code = "capture.cut-short",
                .requirement = {},
                .association = {},
                .message = fmt::format("{} frame{} cut before the protocol or ports that a policy asks about.", seen.count,
                                       seen.count == 1 ? " was" : "s were"),
                .advice = {},
                .count = seen.count,
                .first = seen.first,
                .last = seen.last,
                .first_frame = {seen.source, seen.frame}});
}

void add_notes(Draft& draft, Findings& findings) {
  if (draft.clear_beside_tunnel > 0) {
    findings.add(
        {.code = "capture.clear-beside-tunnel",
         .requirement = {},
         .association = {},
         .message = fmt::format("{} clear packets between two tunnel gateways themselves; no policy says that those should be protected.",
                                draft.clear_beside_tunnel),
         .advice = {},
         .count = draft.clear_beside_tunnel,
         .first = {},
         .last = {},
         .first_frame = {}});
  }
  const std::uint64_t marked = draft.ledger.world().ignored().marked;
  if (marked > 0) {
    findings.add({.code = "policy.marked",
                  .requirement = {},
                  .association = {},
                  .message = fmt::format(
                      "{} polic{} with a mark or interface id and a selector that matches everything cannot be checked from outside.",
                      marked, marked == 1 ? "y" : "ies"),
                  .advice = {},
                  .count = marked,
                  .first = {},
                  .last = {},
                  .first_frame = {}});
  }
}

}  // namespace

void add_trouble(Draft& draft, Findings& findings) {
  add_drops(draft, findings);
  add_damage(draft, findings);
  add_interruptions(draft, findings);
  add_filter(draft, findings);
  add_cut_short(draft, findings);
  add_limits(draft, findings);
  add_notes(draft, findings);
}

}  // namespace espy::verify
