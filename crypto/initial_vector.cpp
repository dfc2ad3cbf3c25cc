#include "crypto/initial_vector.h"

#include <algorithm>
#include <cstring>

#include "crypto/octets.h"

namespace espy::crypto {

namespace {

constexpr std::size_t kSequenceOffset = 4;
constexpr std::size_t kSequenceSize = 4;
constexpr std::size_t kWordSize = 4;

// `word` and its bit-wise complement.
base::Bytes complemented(base::Bytes word, InitialVector::Room& room) {
  for (std::size_t index = 0; index < kWordSize; ++index) {
    room[index] = word[index];
    room[index + kWordSize] = static_cast<std::uint8_t>(~word[index]);
  }
  return base::Bytes(room).first(2 * kWordSize);
}

}  // namespace

InitialVector::Source InitialVector::source_of(ipsec::Encryption encryption) {
  switch (encryption) {
    case ipsec::Encryption::kDes32Iv: return Source::kPacketComplemented;
    case ipsec::Encryption::kDesDeriv:
    case ipsec::Encryption::kTripleDesDeriv: return Source::kSequenceComplemented;
    case ipsec::Encryption::kAesGcmIiv:
    case ipsec::Encryption::kAesCcmIiv:
    case ipsec::Encryption::kChaCha20Poly1305Iiv: return Source::kSaltAndSequence;
    default: break;
  }
  switch (ipsec::facts(encryption).mode) {
    case ipsec::CipherMode::kCounter: return Source::kCounter;
    case ipsec::CipherMode::kAead: return Source::kSaltAndPacket;
    default: return Source::kPacket;
  }
}

InitialVector::InitialVector(const Parameters& parameters)
    : source_(source_of(parameters.encryption)),
      header_size_(layout_of(parameters).header_size),
      iv_size_(layout_of(parameters).iv_size),
      salt_size_(static_cast<std::uint8_t>(std::min(parameters.salt.size(), kMostSaltSize))),
      esn_(parameters.esn) {
  std::ranges::copy(parameters.salt.secret().first(salt_size_), salt_.begin());
}

InitialVector::~InitialVector() { explicit_bzero(salt_.data(), salt_.size()); }

base::Bytes InitialVector::make(base::Bytes packet, std::uint32_t esn_high, Room& room) const {
  switch (source_) {
    case Source::kPacket:
    case Source::kSaltAndPacket: break;  // of() makes them
    case Source::kPacketComplemented: return complemented(sent(packet), room);
    case Source::kSequenceComplemented: return complemented(packet.subspan(kSequenceOffset, kSequenceSize), room);
    case Source::kSaltAndSequence: return salted_sequence(packet, esn_high, room);
    case Source::kCounter: {
      const base::Bytes nonce = salted(sent(packet), room);
      put_big_endian(1, room.data() + nonce.size());
      return room;
    }
  }
  return sent(packet);
}

base::Bytes InitialVector::salted_sequence(base::Bytes packet, std::uint32_t esn_high, Room& room) const {
  std::array<std::uint8_t, kSaltedSize> sequence;
  put_big_endian(esn_ ? esn_high : 0, sequence.data());
  std::memcpy(sequence.data() + kWordSize, packet.data() + kSequenceOffset, kSequenceSize);
  return salted(sequence, room);
}

}  // namespace espy::crypto
