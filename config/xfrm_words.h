// XfrmWords: the small pieces of text that `ip xfrm state` and `ip xfrm policy` share.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "config/scanner.h"

namespace espy::config {

using XfrmLine = std::vector<Word>;

// The word after `name` in a line; nullptr when there is none.
const Word* value_of(const XfrmLine& line, std::string_view name);

// A number after `name`; with -s a decimal may follow in parentheses ("0x00000201(513)"). 0 where it is missing.
std::uint32_t number_of(const XfrmLine& line, std::string_view name);

// "A" or "A/LENGTH" after `name`; errors go to the document.
std::optional<base::Prefix> prefix_of(Document& document, const XfrmLine& line, std::string_view name);

// "esp", "ah", "comp"; nullopt for Mobile IPv6's route2 and hao, and for numbers.
std::optional<ipsec::Protocol> xfrm_protocol(std::string_view name);

// "transport", "tunnel", "beet", "iptfs"; IP-TFS is "mode 5" where iproute2 is older than the kernel.
ipsec::Mode xfrm_mode(const XfrmLine& line);

// The value of "mark VALUE/MASK" or "if_id ID", in a form that is 0 only where nothing is marked.
std::uint64_t xfrm_mark(const XfrmLine& line);

}  // namespace espy::config
