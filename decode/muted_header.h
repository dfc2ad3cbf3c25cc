// muted_header: an IP header with its extension headers as the sender of an AH header saw it, with every mutable field muted (RFC 4302
// section 3.3.3.1). The two ways to build one, IPv4's and IPv6's; what comes behind it is authenticated.h's.
#pragma once

#include <cstddef>

#include "base/bytes.h"
#include "decode/authenticated.h"
#include "decode/octet_writer.h"

namespace espy::decode {

// `header`: from the IP header up to the first header after it and its extension headers. `payload_size`: of the AH header and what
// follows it. False: no room, or options that no receiver would accept.
bool mute_ipv4(base::Bytes header, std::size_t payload_size, const Muting& muting, OctetWriter& out);
bool mute_ipv6(base::Bytes header, std::size_t payload_size, const Muting& muting, OctetWriter& out);

}  // namespace espy::decode
