// Key: the octets of a secret. It cannot be printed, formatted or compared by accident; its octets lie in secret memory, which wipes them
// when they go.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "ipsec/secret_memory.h"

namespace espy::ipsec {

class Key {
 public:
  Key() = default;
  // Copies the octets and wipes those that it was given.
  explicit Key(std::vector<std::uint8_t> octets);
  static Key take(SecretOctets octets) {
    Key key;
    key.octets_ = std::move(octets);
    return key;
  }

  bool empty() const { return octets_.empty(); }
  std::size_t size() const { return octets_.size(); }
  // For crypto, for config's writers and for lint's entropy check alone.
  base::Bytes secret() const { return octets_; }
  bool operator==(const Key&) const = default;

 private:
  SecretOctets octets_;
};

// Overwrites text that held a key in a way that the compiler keeps.
void wipe(char* text, std::size_t size) noexcept;

}  // namespace espy::ipsec
