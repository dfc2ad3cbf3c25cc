// authenticated: what AH's ICV covers (RFC 4302 section 3.3.3 and Appendix A): the IP header and its extension headers with every mutable
// field muted, and the AH header with its ICV field zero.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/bytes.h"
#include "decode/packet.h"

namespace espy::decode {

// Fields that a peer may have failed to mute, for the diagnosis `ah-mute:FIELD`. Also what mute_for_ah() is to leave as received.
enum class MutableField : std::uint8_t {
  kNone,
  kTypeOfService,   // IPv4 TOS; IPv6 traffic class
  kFlags,           // IPv4 flags, DF among them
  kFragmentOffset,  // IPv4
  kTimeToLive,      // IPv4 TTL; IPv6 hop limit
  kChecksum,        // IPv4 header checksum
  kFlowLabel,       // IPv6
  kOptions,         // IPv4 options; the data of IPv6 options that may change
  kRouting,         // IPv4 source routes, IPv6 routing header: left as received instead of as at the receiver
};
inline constexpr std::size_t kMutableFieldCount = 9;

std::string_view name(MutableField field);  // "tos", "flags", "fragment-offset", "ttl", "checksum", "flow-label", "options", "routing"

struct Muting {
  MutableField keep = MutableField::kNone;  // left as it was received
  // With kTimeToLive: the value the sender may have computed with, since routers lowered the one received.
  std::optional<std::uint8_t> time_to_live = {};
  bool old_header = false;  // RFC 1826: no sequence number; the ICV begins after the SPI
  // Octets of the ICV. What stands behind it in its field is padding, which is covered as it was sent (RFC 4302 section 3.3.3.2.1) and
  // which Linux does not set to zero. 0: by the size of the field, of which the last four octets are padding where no algorithm's ICV fills
  // it (20, 28, 36 …: AH is as long as a multiple of eight).
  std::uint16_t icv_size = 0;
};

struct AuthenticatedHeader {
  std::size_t size = 0;   // octets written to `out`
  base::Bytes icv;        // the ICV field as received, padding included, in `data`
  base::Bytes following;  // what follows the AH header and is covered too, in `data`
};

// Writes the covered header of AH header `security` of `packet` to `out`. `data` is what the packet's offsets count in. Where other AH or
// ESP headers stand between the IP header and this one (nested transport mode), the IP header is rewritten to what the sender of this one
// saw: its protocol field names AH and its length leaves them out. nullopt: not whole in `data`, a fragment, options or a route that no
// receiver can read, extension headers between two security headers, or `out` is too small (kMaxAuthenticatedHeader does for what
// hosts send). No allocation.
inline constexpr std::size_t kMaxAuthenticatedHeader = 4096;
std::optional<AuthenticatedHeader> mute_for_ah(base::Bytes data, const Packet& packet, std::size_t security, const Muting& muting,
                                               std::span<std::uint8_t> out) noexcept;

}  // namespace espy::decode
