// InitialVector: the IV, counter block or nonce that a cipher needs for one packet, made from what the packet and the SA hold.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>

#include "base/bytes.h"
#include "crypto/parameters.h"

namespace espy::crypto {

class InitialVector {
 public:
  using Room = std::array<std::uint8_t, 16>;

  explicit InitialVector(const Parameters& parameters);
  InitialVector(const InitialVector&) = delete;
  InitialVector& operator=(const InitialVector&) = delete;
  ~InitialVector();
  // `packet` is an ESP packet that fits its layout. The answer lies in `packet` or in `room`.
  base::Bytes of(base::Bytes packet, std::uint32_t esn_high, Room& room) const {
    if (source_ == Source::kSaltAndPacket) return salted(sent(packet), room);
    return source_ == Source::kPacket ? sent(packet) : make(packet, esn_high, room);
  }
  static constexpr std::size_t kSaltedSize = 8;
  // The salt and `octets`, kSaltedSize of them. AH with AES-GMAC: the IV that leads the ICV field (RFC 4543 section 5).
  base::Bytes salted(base::Bytes octets, Room& room) const {
    std::memcpy(room.data(), salt_.data(), kMostSaltSize);
    std::memcpy(room.data() + salt_size_, octets.data(), kSaltedSize);
    return base::Bytes(room).first(salt_size_ + kSaltedSize);
  }

 private:
  static constexpr std::size_t kMostSaltSize = 4;
  enum class Source : std::uint8_t {
    kPacket,                // as it stands in the packet: the CBC ciphers
    kPacketComplemented,    // 32 bits of the packet and their complement: RFC 1829
    kSequenceComplemented,  // the sequence number and its complement: draft-ietf-ipsec-ciph-des-derived
    kSaltAndPacket,         // RFC 4106, 4309, 4543, 7634
    kSaltAndSequence,       // RFC 8750
    kCounter,               // salt, the packet's IV and a counter that begins with 1: RFC 3686
  };
  static Source source_of(ipsec::Encryption encryption);
  base::Bytes sent(base::Bytes packet) const { return packet.subspan(header_size_, iv_size_); }
  base::Bytes make(base::Bytes packet, std::uint32_t esn_high, Room& room) const;
  base::Bytes salted_sequence(base::Bytes packet, std::uint32_t esn_high, Room& room) const;

  Source source_;
  std::uint8_t header_size_;
  std::uint8_t iv_size_;
  std::uint8_t salt_size_;
  bool esn_;
  std::array<std::uint8_t, kMostSaltSize> salt_{};
};

}  // namespace espy::crypto
