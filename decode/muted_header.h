// MutedHeader: an IP header with its extension headers as the sender of an AH header saw it, with every mutable field muted (RFC 4302
// section 3.3.3.1). The two ways to build one, IPv4's and IPv6's; what comes behind it is authenticated.h's.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "decode/authenticated.h"

namespace espy::decode {

// Octets that grow in a room of fixed size.
class MutedHeader {
 public:
  explicit MutedHeader(std::span<std::uint8_t> room) : room_(room) {}

  std::size_t size() const { return size_; }
  std::span<std::uint8_t> written() const { return room_.first(size_); }
  // The copy, to be changed; empty where there is no room for it.
  std::span<std::uint8_t> append(base::Bytes octets) {
    if (octets.size() > room_.size() - size_) return {};
    const std::span<std::uint8_t> copy = room_.subspan(size_, octets.size());
    std::ranges::copy(octets, copy.begin());
    size_ += octets.size();
    return copy;
  }

 private:
  std::span<std::uint8_t> room_;
  std::size_t size_ = 0;
};

// `header`: from the IP header up to the first header after it and its extension headers. `payload_size`: of the AH header and what
// follows it. False: no room, or options that no receiver would accept.
bool mute_ipv4(base::Bytes header, std::size_t payload_size, const Muting& muting, MutedHeader& out);
bool mute_ipv6(base::Bytes header, std::size_t payload_size, const Muting& muting, MutedHeader& out);

}  // namespace espy::decode
