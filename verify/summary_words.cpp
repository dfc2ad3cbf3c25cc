#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "verify/summary_parts.h"

namespace espy::verify {
namespace {

using verdict::Verdict;

std::string prefix_text(const base::Prefix& prefix) { return prefix.address.known() ? base::to_string(prefix) : "any"; }

// "3 packets in 2 flows went out in clear …": the first violated requirement speaks for all.
std::string violated_line(const Draft& draft) {
  const verdict::Summary& summary = draft.summary;
  std::uint64_t broken = 0;
  const verdict::RequirementSummary* first = nullptr;
  for (const auto& row : summary.requirements) {
    if (row.verdict != Verdict::kViolated) continue;
    ++broken;
    if (first == nullptr || row.packets.leaked > first->packets.leaked) first = &row;
  }
  if (first == nullptr) return fmt::format("a warning counts as a violation (--strict): {}", fmt::join(summary.reasons, ", "));
  const std::uint64_t leaked = summary.packets.by_class[static_cast<std::size_t>(verdict::Class::kLeaked)];
  const std::string where = first->origins.empty() ? first->name : fmt::format("{} ({})", first->name, first->origins.front());
  const std::string others = broken > 1 ? fmt::format(" and {} more", broken - 1) : "";
  const std::uint64_t forged = summary.packets.by_class[static_cast<std::size_t>(verdict::Class::kForged)];
  if (leaked == 0) {
    return fmt::format("{} packet{} with a wrong ICV, damaged or forged, on an SA that otherwise verifies: {}{}", forged,
                       forged == 1 ? "" : "s", where, others);
  }
  return fmt::format("{} packet{} went without the required protection: {}{}", leaked, leaked == 1 ? "" : "s", where, others);
}

std::string why_inconclusive(std::string_view code) {
  if (code == "policy.unseen") return "no traffic of a requirement was seen";
  if (code == "sa.icv-bad") return "the ICVs of an SA do not verify: keys or parameters are in doubt";
  if (code == "policy.wrong-mode") return "IPsec was used in another mode, or between other ends, than the policy says";
  if (code == "policy.optional-clear") return "traffic went in clear where the policy only asks for protection if there is an SA";
  if (code == "policy.attribution") return "ESP was seen, but only keys can tell which policy it serves";
  if (code == "capture.vantage") return "plaintext looks like decrypted copies, told by length alone";
  if (code == "capture.drops") return "the capture lost packets, and a leak may be among them";
  if (code == "capture.damaged") return "a capture file is damaged, and a leak may be in what could not be read";
  if (code == kLimitCode) return "a table was full, and a leak may be among what it could not keep";
  if (code == "capture.interrupted") return "an interface was down or gone, and a leak may have passed meanwhile";
  if (code == "capture.cut-short") return "frames were cut before the fields that decide";
  if (code == "capture.filtered") return "the capture was filtered, and a leak may have been left out";
  return "something needed to be sure is missing";
}

std::string inconclusive_line(const Draft& draft) {
  const verdict::Summary& summary = draft.summary;
  if (summary.packets.total == 0) return draft.facts.filter ? "no packet of the capture passed the filter" : "the capture is empty";
  if (summary.packets.by_class[static_cast<std::size_t>(verdict::Class::kUndecodable)] == summary.packets.total)
    return "no packet of the capture could be decoded";
  const bool any = std::ranges::any_of(summary.requirements, [](const auto& row) { return row.action != "bypass"; });
  if (!any && draft.ledger.world().inferring())
    return "no AH or ESP was seen and no policy was given: nothing says what should be protected";
  if (!any) return "no policy asks for protection";
  if (summary.reasons.empty()) return "";
  return why_inconclusive(summary.reasons.front());
}

}  // namespace

std::string protocol_text(std::uint8_t protocol) {
  switch (protocol) {
    case 1: return "icmp";
    case 6: return "tcp";
    case 17: return "udp";
    case 50: return "esp";
    case 51: return "ah";
    case 58: return "icmpv6";
    case 132: return "sctp";
    default: return fmt::format("{}", protocol);
  }
}

std::string selector_text(const ipsec::Requirement& requirement) {
  const ipsec::Selector& selector = requirement.selector;
  std::string text = fmt::format("{} > {}", prefix_text(selector.source), prefix_text(selector.destination));
  if (selector.protocol == 0) return text;
  text += " " + protocol_text(selector.protocol);
  const auto port = [](const ipsec::PortRange& range) {
    return range.first == range.last ? fmt::format("{}", range.first) : fmt::format("{}-{}", range.first, range.last);
  };
  if (!selector.destination_port.any()) text += "/" + port(selector.destination_port);
  if (!selector.source_port.any()) text += fmt::format(" from port {}", port(selector.source_port));
  return text;
}

std::string place_of(const ipsec::Requirement& requirement) {
  if (!requirement.origins.empty()) return ipsec::to_string(requirement.origins.front());
  return requirement.name.empty() ? selector_text(requirement) : requirement.name;
}

std::string describe_requirement(const RequirementState& state) {
  const std::string selector = selector_text(*state.requirement);
  const std::string place = place_of(*state.requirement);
  return place == selector ? selector : fmt::format("{} ({})", selector, place);
}

std::string headers_text(const RequirementState& state) {
  if (state.requirement->inferred) return state.seen_ah && state.seen_esp ? "AH+ESP" : state.seen_ah ? "AH" : "ESP";
  std::string text;
  for (const auto& header : state.requirement->headers) {
    if (!text.empty()) text += "+";
    text += header.protocol == ipsec::Protocol::kAh ? "AH" : "ESP";
  }
  return text;
}

std::string describe_association(const AssociationKey& key) {
  return fmt::format("{} {} {} > {}", ipsec::name(key.protocol), base::to_string(key.spi), base::to_string(key.source),
                     base::to_string(key.destination));
}

std::string verdict_line(const Draft& draft) {
  switch (draft.summary.verdict) {
    case Verdict::kViolated: return violated_line(draft);
    case Verdict::kInconclusive: return inconclusive_line(draft);
    case Verdict::kProtected: break;
  }
  const bool inferred = draft.ledger.world().inferring();
  return inferred ? "inferred: hosts that exchange AH or ESP exchanged nothing in clear"
                  : "every requirement was exercised and nothing went without its protection";
}

}  // namespace espy::verify
