#include "verdict/catalogue.h"

#include <algorithm>
#include <vector>

#include "verdict/catalogue_parts.h"

namespace espy::verdict {

namespace {

std::vector<CatalogueEntry> join() {
  std::vector<CatalogueEntry> all;
  for (const auto part :
       {capture_entries(), config_entries(), crypto_entries(), ike_entries(), leak_entries(), policy_entries(), association_entries()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  std::ranges::sort(all, {}, &CatalogueEntry::code);
  return all;
}

}  // namespace

std::span<const CatalogueEntry> catalogue() {
  static const std::vector<CatalogueEntry> entries = join();
  return entries;
}

const CatalogueEntry* find(std::string_view code) {
  const auto entries = catalogue();
  const auto found = std::ranges::lower_bound(entries, code, {}, &CatalogueEntry::code);
  return found != entries.end() && found->code == code ? &*found : nullptr;
}

}  // namespace espy::verdict
