#include "tui/lineage.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "tui/text.h"
#include "tui/words.h"

namespace espy::tui {
namespace {

using verdict::AssociationSummary;

bool has_all(const verdict::Picture& picture) {
  return picture.associations_total <= picture.summary.associations.size() && picture.summary.limits.associations == 0;
}

// SAs that may stand in for each other, in the order in which they began.
std::vector<const AssociationSummary*> family_of(const verdict::Picture& picture, const AssociationSummary& one) {
  std::vector<const AssociationSummary*> family;
  for (const AssociationSummary& other : picture.summary.associations) {
    const bool same = other.protocol == one.protocol && other.source == one.source && other.destination == one.destination &&
                      other.requirements == one.requirements;
    const bool forged = other.integrity_checks.bad == other.packets;  // all of it: no SA at all
    if (same && !forged && other.first.known() && other.last.known()) family.push_back(&other);
  }
  std::ranges::stable_sort(family, {}, &AssociationSummary::first);
  return family;
}

bool follows(const AssociationSummary& after, const AssociationSummary& before) { return after.first > before.last; }

}  // namespace

Lineage lineage_of(const verdict::Picture& picture, const AssociationSummary& association) {
  if (!has_all(picture)) return {};
  const auto family = family_of(picture, association);
  const auto here = std::ranges::find(family, &association);
  if (here == family.end()) return {};
  // No other one was in use while two took turns: of two that were, either may have been replaced.
  const auto take_turns = [&](const AssociationSummary& before, const AssociationSummary& after) {
    return follows(after, before) && std::ranges::all_of(family, [&](const AssociationSummary* other) {
             return other == &before || other == &after || follows(before, *other) || follows(*other, after);
           });
  };
  Lineage found;
  if (here != family.begin() && take_turns(**(here - 1), association)) found.before = *(here - 1);
  if (here + 1 != family.end() && take_turns(association, **(here + 1))) found.after = *(here + 1);
  return found;
}

std::string lineage_words(const verdict::Picture& picture, const AssociationSummary& association, bool utc) {
  const Lineage lineage = lineage_of(picture, association);
  if (lineage.before == nullptr && lineage.after == nullptr) return "";
  const auto arrow = [&](const AssociationSummary& begun) { return fmt::format(" --({})--> ", clock_text(begun.first, utc, 3)); };
  std::string words = fmt::format("[{}]", spi_words(association));
  if (lineage.before != nullptr) words = spi_words(*lineage.before) + arrow(association) + words;
  if (lineage.after != nullptr) words += arrow(*lineage.after) + spi_words(*lineage.after);
  return words;
}

}  // namespace espy::tui
