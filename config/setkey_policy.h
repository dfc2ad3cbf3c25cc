// SetkeyPolicy: what setkey.conf and `setkey -DP` share: addresses with ports, upper-layer protocols, priorities and rules
// (esp/tunnel/A-B/require).
#pragma once

#include <optional>
#include <string>

#include "config/setkey_lexer.h"

namespace espy::config {

inline constexpr std::uint32_t kSetkeyDefaultPriority = 0x80000000;

// "10.0.0.0/24[80]" as its parts.
struct SetkeyAddress {
  base::Prefix prefix;
  ipsec::PortRange port;  // any where no port is given
};

enum class Ranges : std::uint8_t { kHostOnly, kPrefixAllowed };

// Every function here adds its own errors to `document` and returns nullopt after one.
std::optional<SetkeyAddress> read_setkey_address(Document& document, const Word& word, Ranges ranges);

// "any", a number or a name, and for ICMP "type,code" in the word after it.
bool read_setkey_upper(Document& document, SetkeyCursor& cursor, ipsec::Selector& selector);

// "in|out|fwd [priority] action [rules]", up to the end of the statement.
bool read_setkey_policy(Document& document, SetkeyCursor& cursor, ipsec::Policy& policy);

// One rule, "esp/transport//require".
std::optional<ipsec::Template> read_setkey_rule(Document& document, const Word& word);

std::optional<ipsec::PolicyDirection> setkey_direction(std::string_view text);

// What to say where `text`, empty at the end of a statement, is none.
std::string no_direction(std::string_view text);

// The kernel's own number for "prio low + 5", where the word "prio" is optional; nullopt after an error.
std::optional<std::uint32_t> read_setkey_priority(Document& document, SetkeyCursor& cursor);

}  // namespace espy::config
