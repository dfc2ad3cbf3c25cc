// lint: what is wrong or weak in a configuration, without a packet.
#pragma once

#include <vector>

#include "config/document.h"

namespace espy::config {

// Key lengths, weak algorithms by RFC 8221, textual or low-entropy keys, one direction missing, the same key twice, SPI below 256, policy
// without SA and SA without policy, shadowed policies, HMAC-SHA-256 truncation that differs between systems, level use.
std::vector<LintFinding> lint(const ipsec::Configuration& configuration);

}  // namespace espy::config
