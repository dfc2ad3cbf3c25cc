// What the first octets of a payload give away about the program that sent them. Every signature holds at least thirty bits of
// evidence, so that ciphertext does not match; where a protocol shows less, its well-known port must agree.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "decode/application.h"

namespace espy::decode {

struct Conversation {
  bool udp = false;  // otherwise TCP
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;

  bool uses(std::uint16_t port) const { return source_port == port || destination_port == port; }
};

// kUnknown when nothing matches.
Application recognise_text(const Conversation& conversation, base::Bytes payload) noexcept;
Application recognise_binary(const Conversation& conversation, base::Bytes payload) noexcept;
// SNMP, LDAP and Kerberos.
Application recognise_asn1(const Conversation& conversation, base::Bytes payload) noexcept;
bool is_tls(const Conversation& conversation, base::Bytes payload) noexcept;
bool is_dns(const Conversation& conversation, base::Bytes payload) noexcept;

// Reading big-endian numbers; the octets must be there.
inline std::uint32_t u16_at(base::Bytes bytes, std::size_t offset) {
  return static_cast<std::uint32_t>(bytes[offset] << 8 | bytes[offset + 1]);
}
inline std::uint32_t u24_at(base::Bytes bytes, std::size_t offset) { return u16_at(bytes, offset) << 8 | bytes[offset + 2]; }
inline std::uint32_t u32_at(base::Bytes bytes, std::size_t offset) { return u16_at(bytes, offset) << 16 | u16_at(bytes, offset + 2); }

}  // namespace espy::decode
