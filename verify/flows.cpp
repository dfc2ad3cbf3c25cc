#include "verify/flows.h"

#include "base/hash.h"

namespace espy::verify {

std::uint64_t FlowKey::hash(std::uint64_t seed) const {
  const std::uint64_t ends = base::hash_ends(source, destination, seed);
  const std::uint64_t ports = (static_cast<std::uint64_t>(source_port) << 32) | (static_cast<std::uint64_t>(destination_port) << 16) |
                              (static_cast<std::uint64_t>(protocol) << 8) | static_cast<std::uint64_t>(reason);
  return base::combine(base::combine(ends, ports), requirement);
}

}  // namespace espy::verify
