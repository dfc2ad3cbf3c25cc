// Catalogue: every finding code with its severity, meaning, RFC section and what to do. Stable: codes are never renamed.
#pragma once

#include <span>
#include <string_view>

#include "verdict/summary.h"

namespace espy::verdict {

struct CatalogueEntry {
  std::string_view code;  // "leak.plaintext"
  Severity severity;
  std::string_view title;      // under 70 characters: "plaintext where a policy requires IPsec"
  std::string_view meaning;    // two to five sentences
  std::string_view reference;  // "RFC 4301 section 4.4.1; VERDICT V9" …
  std::string_view advice;     // what to do, imperative
};

// All entries, sorted by code.
std::span<const CatalogueEntry> catalogue();

// nullptr when there is no such code.
const CatalogueEntry* find(std::string_view code);

}  // namespace espy::verdict
