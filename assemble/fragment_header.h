// The IP header of a first fragment, rewritten to head the whole datagram. It changes only what fragmentation had changed.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace espy::assemble {

inline constexpr std::size_t kIpv6FragmentHeaderSize = 8;
inline constexpr std::size_t kMaxDatagramSize = 65'535;  // IPv4: all of it; IPv6: what follows the 40-octet header

// `header` runs from the IP header to the fragment's data; `data_size` octets of data will follow it. Corrects it in place and returns
// its new size (IPv6: less by the Fragment header); nullopt when it is no such header or the datagram would be too large.
std::optional<std::size_t> unfragment_header(std::span<std::uint8_t> header, std::size_t data_size);

}  // namespace espy::assemble
