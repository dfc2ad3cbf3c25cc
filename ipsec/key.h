// Key: the octets of a secret. It cannot be printed, formatted or compared by accident, and wipes its memory when it goes.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "base/bytes.h"

namespace espy::ipsec {

class Key {
 public:
  Key() = default;
  explicit Key(std::vector<std::uint8_t> octets) : octets_(std::move(octets)) {}
  Key(const Key&) = default;
  Key(Key&&) noexcept = default;
  Key& operator=(const Key& other);
  Key& operator=(Key&& other) noexcept;
  ~Key();

  bool empty() const { return octets_.empty(); }
  std::size_t size() const { return octets_.size(); }
  // For crypto and for lint's entropy check alone.
  base::Bytes secret() const { return octets_; }
  bool operator==(const Key&) const = default;

 private:
  void wipe() noexcept;
  std::vector<std::uint8_t> octets_;
};

// Overwrites text that held a key in a way that the compiler keeps.
void wipe(char* text, std::size_t size) noexcept;

}  // namespace espy::ipsec
