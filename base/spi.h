// Spi: the Security Parameters Index of an AH or ESP header (RFC 4301 section 4.1).
#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace espy::base {

struct Spi {
  std::uint32_t value = 0;
  auto operator<=>(const Spi&) const = default;
  // 1 to 255 are reserved by IANA, 0 is never sent (RFC 4303 section 2.1).
  constexpr bool reserved() const { return value < 256; }
};

// "0x00000201"
std::string to_string(Spi spi);

}  // namespace espy::base
