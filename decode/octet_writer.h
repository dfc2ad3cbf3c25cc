// OctetWriter: octets that grow in a room of fixed size, for the headers that decode writes. It knows no protocol.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.h"

namespace espy::decode {

class OctetWriter {
 public:
  explicit OctetWriter(std::span<std::uint8_t> room) : room_(room) {}

  std::size_t size() const { return size_; }
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

// In network order; `octets` must hold two.
inline void write_u16(std::span<std::uint8_t> octets, std::size_t value) {
  octets[0] = static_cast<std::uint8_t>(value >> 8);
  octets[1] = static_cast<std::uint8_t>(value);
}

}  // namespace espy::decode
