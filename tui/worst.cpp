#include "tui/worst.h"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

namespace espy::tui {
namespace {

std::optional<std::string> worst_requirement(const verdict::Summary& summary) {
  const auto rank = [](const verdict::RequirementSummary& row) { return std::tuple(row.verdict, row.packets.leaked, row.packets.forged); };
  const auto worst = std::ranges::max_element(summary.requirements, {}, rank);
  return worst == summary.requirements.end() ? std::nullopt : std::optional(worst->id);
}

std::optional<std::string> worst_association(const verdict::Summary& summary) {
  const auto rank = [](const verdict::AssociationSummary& row) {
    return std::tuple(row.integrity_checks.bad + row.sequence.replayed, row.sequence.lost, row.packets);
  };
  const auto worst = std::ranges::max_element(summary.associations, {}, rank);
  return worst == summary.associations.end() ? std::nullopt : std::optional(association_key(*worst));
}

}  // namespace

std::optional<std::string> worst_key(ViewId view, const verdict::Picture& picture) {
  const verdict::Summary& summary = picture.summary;
  switch (view) {
    case ViewId::kRequirement: return worst_requirement(summary);
    case ViewId::kAssociation:
    case ViewId::kSequence: return worst_association(summary);
    case ViewId::kLeak:
    case ViewId::kPacket:
      if (summary.leaks.empty()) return std::nullopt;  // they come with the most packets first
      return leak_key(summary.leaks.front()) + (view == ViewId::kPacket ? "#0" : "");
    default: return "";
  }
}

}  // namespace espy::tui
