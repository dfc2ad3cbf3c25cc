// lineage: which SA took the place of which, from their packets alone: of the same ends, protocol and requirements, one began when the
// other had stopped. Told only where nothing else explains what was seen.
#pragma once

#include <string>

#include "verdict/picture.h"

namespace espy::tui {

// Of summary.associations; null where there is none, or it cannot be told for certain.
struct Lineage {
  const verdict::AssociationSummary* before = nullptr;
  const verdict::AssociationSummary* after = nullptr;
};

// Of one of the picture's SAs. Nothing is told where the picture has not all SAs: one that it has not may have come between.
Lineage lineage_of(const verdict::Picture& picture, const verdict::AssociationSummary& association);

// "0xc1000010 --(21:01:32.277)--> [0xc1000020]": when each began. "" where neither is known.
std::string lineage_words(const verdict::Picture& picture, const verdict::AssociationSummary& association, bool utc);

}  // namespace espy::tui
