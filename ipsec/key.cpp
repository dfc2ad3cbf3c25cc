#include "ipsec/key.h"

#include <cstring>

namespace espy::ipsec {

Key::Key(std::vector<std::uint8_t> octets) : octets_(octets.begin(), octets.end()) {
  if (!octets.empty()) explicit_bzero(octets.data(), octets.size());
}

void wipe(char* text, std::size_t size) noexcept {
  if (size != 0) explicit_bzero(text, size);
}

}  // namespace espy::ipsec
