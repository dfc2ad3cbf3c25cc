#include "ipsec/key.h"

#include <cstring>

namespace espy::ipsec {

Key& Key::operator=(const Key& other) {
  if (this == &other) return *this;
  wipe();
  octets_ = other.octets_;
  return *this;
}

Key& Key::operator=(Key&& other) noexcept {
  if (this == &other) return *this;
  wipe();
  octets_ = std::move(other.octets_);
  return *this;
}

Key::~Key() { wipe(); }

void Key::wipe() noexcept {
  if (!octets_.empty()) explicit_bzero(octets_.data(), octets_.size());
}

void wipe(char* text, std::size_t size) noexcept {
  if (size != 0) explicit_bzero(text, size);
}

}  // namespace espy::ipsec
