// Conversation: two ends that talk over one protocol with ports, the same value whichever of them sends. Thread-safe: plain values.
#pragma once

#include <cstdint>

#include "base/address.h"
#include "base/hash.h"

namespace espy::base {

struct Endpoint {
  Address address;
  std::uint16_t port = 0;
  auto operator<=>(const Endpoint&) const = default;
};

struct Conversation {
  Endpoint low;
  Endpoint high;
  bool operator==(const Conversation&) const = default;
  // `source`: one of the two. An end that talks to itself is the low one.
  bool is_from_low(const Endpoint& source) const { return source == low; }
  std::uint64_t hash(std::uint64_t seed) const {
    return combine(hash_ends(low.address, high.address, seed), (std::uint64_t{low.port} << 16) | high.port);
  }
};

inline Conversation conversation_of(const Endpoint& source, const Endpoint& destination) {
  if (destination < source) return {.low = destination, .high = source};
  return {.low = source, .high = destination};
}

}  // namespace espy::base
