// keyed_hash: the key of keyed MD5 and keyed SHA-1 as it goes before the data (RFC 1828 section 2, RFC 1852 section 2).
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "ipsec/key.h"

namespace espy::crypto {

// How the hash function writes the length at its end: MD5 little-endian, SHA-1 big-endian.
enum class LengthOrder : std::uint8_t { kLittleEndian, kBigEndian };

// `key` filled up to blocks of 64 octets as the hash function fills its last block.
ipsec::Key filled_key(base::Bytes key, LengthOrder order);

}  // namespace espy::crypto
