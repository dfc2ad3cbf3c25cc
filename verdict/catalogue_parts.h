// The catalogue's entries by family, each span sorted by code. For catalogue.cpp alone.
#pragma once

#include <span>

#include "verdict/catalogue.h"

namespace espy::verdict {

std::span<const CatalogueEntry> capture_entries();
std::span<const CatalogueEntry> config_entries();
std::span<const CatalogueEntry> crypto_entries();
std::span<const CatalogueEntry> ike_entries();
std::span<const CatalogueEntry> leak_entries();
std::span<const CatalogueEntry> policy_entries();
std::span<const CatalogueEntry> association_entries();

}  // namespace espy::verdict
