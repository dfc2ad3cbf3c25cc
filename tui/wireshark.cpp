#include "tui/wireshark.h"

#include <fmt/format.h>

#include <algorithm>

#include "tui/rows.h"

namespace espy::tui {
namespace {

bool is_ipv6(std::string_view address) { return address.find(':') != std::string_view::npos; }

std::string_view family(std::string_view address) { return is_ipv6(address) ? "ipv6" : "ip"; }

std::string ends(std::string_view source, std::string_view destination) {
  return fmt::format("{}.src=={} && {}.dst=={}", family(source), source, family(destination), destination);
}

// "any", prefixes and addresses; nothing for all of them.
std::string side(std::string_view prefix, std::string_view direction) {
  if (prefix.empty() || prefix == "any" || prefix.ends_with("/0")) return "";
  return fmt::format("{}.{}=={}", family(prefix), direction, prefix);
}

std::string flow_filter(const verdict::ProtectedFlow& flow) { return ends(flow.source, flow.destination); }

}  // namespace

std::string wireshark_filter_of(const verdict::RequirementSummary& requirement) {
  const std::string inner = side(requirement.from, "src"), other = side(requirement.to, "dst");
  const std::string clear = inner.empty() || other.empty() ? inner + other : inner + " && " + other;
  if (!requirement.tunnel) return clear;
  const std::string outer = ends(requirement.tunnel->from, requirement.tunnel->to);
  return clear.empty() ? outer : fmt::format("({}) || ({})", clear, outer);
}

std::string wireshark_filter_of(const verdict::AssociationSummary& association) {
  const std::string between = ends(association.source, association.destination);
  if (!association.spi) return between;
  return fmt::format("{}.spi==0x{:08x} && {}", association.protocol, association.spi->value, between);
}

std::string wireshark_filter_of(const verdict::Leak& leak) {
  std::string filter = ends(leak.source, leak.destination);
  const bool has_ports = leak.protocol == "tcp" || leak.protocol == "udp";
  if (has_ports && leak.source_port) filter += fmt::format(" && {}.srcport=={}", leak.protocol, *leak.source_port);
  if (has_ports && leak.destination_port) filter += fmt::format(" && {}.dstport=={}", leak.protocol, *leak.destination_port);
  if (leak.protocol == "icmp" || leak.protocol == "icmpv6") filter += " && " + leak.protocol;
  return filter;
}

std::string wireshark_filter_of(const Scene& scene, Pane pane, const std::string& key) {
  const verdict::Summary& summary = scene.picture.summary;
  if (pane == Pane::kRequirements) {
    const auto* requirement = find_requirement(scene.picture, key);
    return requirement == nullptr ? "" : wireshark_filter_of(*requirement);
  }
  if (pane == Pane::kAssociations) {
    const std::size_t index = find_association(scene.picture, key);
    return index == kNowhere ? "" : wireshark_filter_of(summary.associations[index]);
  }
  if (pane == Pane::kLeaks) {
    const std::size_t index = find_leak(scene.picture, key);
    return index == kNowhere ? "" : wireshark_filter_of(summary.leaks[index]);
  }
  if (pane != Pane::kFlows) return "";
  for (const FlowRow& row : flow_rows(scene, "", Narrowing::kNone)) {
    if (row.key == key) return flow_filter(*row.flow);
  }
  return "";
}

std::string wireshark_filter_of(const Scene& scene, const std::optional<Step>& step) {
  if (!step) return "";
  switch (step->view) {
    case ViewId::kAssociation: return wireshark_filter_of(scene, Pane::kAssociations, step->key);
    case ViewId::kLeak: return wireshark_filter_of(scene, Pane::kLeaks, step->key);
    case ViewId::kRequirement: return wireshark_filter_of(scene, Pane::kRequirements, step->key);
    default: return "";
  }
}

std::optional<Step> open_event(const Scene& scene, const std::string& key) {
  const auto& events = scene.chronicle.events();
  const auto found = std::ranges::find_if(events, [&](const Event& event) { return std::to_string(event.number) == key; });
  if (found == events.end()) return std::nullopt;
  if (!found->leak.empty() && find_leak(scene.picture, found->leak) != kNowhere) return Step{ViewId::kLeak, found->leak};
  if (!found->association.empty() && find_association(scene.picture, found->association) != kNowhere)
    return Step{ViewId::kAssociation, found->association};
  if (found->kind == EventKind::kDrop || found->kind == EventKind::kInterface) return Step{ViewId::kCapture, ""};
  if (find_requirement(scene.picture, found->requirement) != nullptr) return Step{ViewId::kRequirement, found->requirement};
  return std::nullopt;
}

}  // namespace espy::tui
