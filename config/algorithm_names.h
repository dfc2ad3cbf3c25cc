// Algorithm names: what each format calls an algorithm, and the ICV's size where the name says it. Names are compared without regard
// to case.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "ipsec/algorithm.h"

namespace espy::config {

enum class Dialect : std::uint8_t {
  kSetkey,     // ipsec-tools, NetBSD, FreeBSD
  kKernel,     // Linux, as ip xfrm prints it
  kWireshark,  // esp_sa, with or without the bracketed reference; strongSwan's spellings too
  kTcpdump,    // OpenSSL's names as tcpdump -E takes them, after its suffixes are cut
};

struct NamedEncryption {
  ipsec::Encryption id = ipsec::Encryption::kUnknown;
  std::uint16_t icv_bits = 0;  // 0: the name does not say
  std::uint16_t key_size = 0;  // octets that the name prescribes ("aes256"); 0: any that fits
};

struct NamedIntegrity {
  ipsec::Integrity id = ipsec::Integrity::kUnknown;
  std::uint16_t icv_bits = 0;
};

std::optional<NamedEncryption> find_encryption(Dialect dialect, std::string_view name);
std::optional<NamedIntegrity> find_integrity(Dialect dialect, std::string_view name);

// The dialect's own name of an algorithm, for writing; empty where the dialect has none. `icv_bits` 0: any.
std::string_view encryption_name(Dialect dialect, ipsec::Encryption id, std::uint16_t icv_bits);
std::string_view integrity_name(Dialect dialect, ipsec::Integrity id, std::uint16_t icv_bits);

// Every name of a dialect, for suggestions.
std::vector<std::string_view> encryption_names(Dialect dialect);
std::vector<std::string_view> integrity_names(Dialect dialect);

}  // namespace espy::config
