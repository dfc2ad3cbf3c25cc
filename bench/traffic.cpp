#include "bench/traffic.h"

#include <gcrypt.h>

#include <algorithm>
#include <random>

#include "bench/bare_parts.h"

namespace espy::bench {

namespace {

using crypto::Parameters;
using ipsec::Encryption;
using ipsec::Integrity;
using ipsec::Protocol;
using tests::Message;
using tests::Octets;

constexpr std::size_t kAhAndIpv4 = 44;  // headers with an ICV of 12 octets

Octets random_octets(std::size_t size) {
  static std::mt19937 generator(3);
  Octets octets(size);
  for (std::uint8_t& octet : octets) octet = static_cast<std::uint8_t>(generator());
  return octets;
}

Octets digest(const EVP_MD* function, base::Bytes octets) {
  Octets out(64);
  unsigned size = 0;
  tests::expect_success(EVP_Digest(octets.data(), octets.size(), out.data(), &size, function, nullptr));
  return out;
}

// RFC 1828 and 1852, AH.
tests::Sealed seal_keyed(const Parameters& parameters, const Message& message) {
  const base::Bytes key = parameters.integrity_key.secret();
  Octets covered;
  tests::append(covered, fill_key(key, parameters.integrity));
  for (const base::Bytes part : {base::Bytes(message.header), base::Bytes(message.payload), key}) tests::append(covered, part);
  Octets icv = digest(parameters.integrity == Integrity::kKeyedMd5 ? EVP_md5() : EVP_sha1(), covered);
  icv.resize(parameters.icv_size);
  return {message.payload, icv};
}

tests::Sealed seal_sm3(const Parameters& parameters, const Message& message) {
  Parameters bare = parameters;
  bare.integrity = Integrity::kNone;
  bare.icv_size = 0;
  Octets packet = tests::seal(bare, message).packet;
  Octets icv = tests::compute_mac("HMAC", OSSL_MAC_PARAM_DIGEST, "SM3", parameters.integrity_key.secret(), packet);
  tests::append(packet, base::Bytes(icv).first(parameters.icv_size));
  return {packet, {}};
}

// OpenSSL has no Camellia-CCM.
tests::Sealed seal_camellia_ccm(const Parameters& parameters, const Message& message) {
  Octets packet = tests::associated_data(parameters, message);
  const Octets nonce = tests::make_nonce(parameters, message);
  std::uint64_t lengths[] = {message.payload.size(), packet.size(), parameters.icv_size};
  Octets closed(message.payload.size() + parameters.icv_size);
  gcry_cipher_hd_t handle = nullptr;
  gcry_cipher_open(&handle, GCRY_CIPHER_CAMELLIA128, GCRY_CIPHER_MODE_CCM, 0);
  gcry_cipher_setkey(handle, parameters.encryption_key.secret().data(), parameters.encryption_key.size());
  gcry_cipher_setiv(handle, nonce.data(), nonce.size());
  gcry_cipher_ctl(handle, GCRYCTL_SET_CCM_LENGTHS, lengths, sizeof lengths);
  gcry_cipher_authenticate(handle, packet.data(), packet.size());
  gcry_cipher_encrypt(handle, closed.data(), message.payload.size(), message.payload.data(), message.payload.size());
  gcry_cipher_gettag(handle, closed.data() + message.payload.size(), parameters.icv_size);
  gcry_cipher_close(handle);
  tests::append(packet, message.iv);
  tests::append(packet, closed);
  return {packet, {}};
}

tests::Sealed seal_packet(const Parameters& parameters, const Message& message) {
  if (parameters.encryption == Encryption::kCamelliaCcm) return seal_camellia_ccm(parameters, message);
  switch (parameters.integrity) {
    case Integrity::kKeyedMd5:
    case Integrity::kKeyedSha1: return seal_keyed(parameters, message);
    case Integrity::kHmacSm3: return seal_sm3(parameters, message);
    default: return tests::seal(parameters, message);
  }
}

Message make_message(const Parameters& parameters, std::size_t size, std::uint32_t sequence) {
  const crypto::Layout layout = layout_of(parameters);
  const bool ah = parameters.protocol == Protocol::kAh;
  const bool sealed = ipsec::facts(parameters.encryption).aead;
  Message message{.spi = 1, .sequence = sequence, .esn_high = kEsnHigh, .iv = {}, .payload = {}, .header = {}};
  if (parameters.integrity == Integrity::kAesGmac) message.iv = random_octets(8);
  if (sealed) message.iv = random_octets(layout.iv_size);
  const std::size_t around = layout.payload_offset() + layout.icv_size;
  const std::size_t payload = ah ? 0 : std::max<std::size_t>((size - around) / layout.block_size, 1) * layout.block_size;
  message.payload = random_octets(ah ? size - kAhAndIpv4 : payload + (sealed ? 0 : layout.iv_size));
  return message;
}

}  // namespace

Parameters make_parameters(const Algorithm& algorithm) {
  const bool ah = algorithm.encryption == Encryption::kNone;
  const Encryption salted = algorithm.integrity == Integrity::kAesGmac ? Encryption::kAesGmac : algorithm.encryption;
  return {.protocol = ah ? Protocol::kAh : Protocol::kEsp,
          .encryption = algorithm.encryption,
          .integrity = algorithm.integrity,
          .encryption_key = ipsec::Key(random_octets(algorithm.key_size)),
          .salt = ipsec::Key(random_octets(ipsec::facts(salted).salt_size)),
          .integrity_key = ipsec::Key(random_octets(algorithm.integrity_key_size)),
          .icv_size = algorithm.icv_size,
          .esn = algorithm.sequence == Sequence::kExtended,
          .old_header = false};
}

Traffic::Traffic(const Parameters& parameters, std::size_t size) : rooms_(kBurst, Octets(size + 16)) {
  const bool ah = parameters.protocol == Protocol::kAh;
  Parameters sender = parameters;
  if (!ah && !ipsec::facts(parameters.encryption).aead) sender.encryption = Encryption::kNull;
  if (ah) header_ = random_octets(kAhAndIpv4);
  for (std::size_t index = 0; index < kBurst; ++index) {
    Message message = make_message(parameters, size, static_cast<std::uint32_t>(index + 1));
    message.header = header_;
    tests::Sealed packet = seal_packet(sender, message);
    if (!ah) packet.icv.assign(packet.packet.end() - parameters.icv_size, packet.packet.end());
    sealed_.push_back(std::move(packet));
  }
  for (std::size_t index = 0; index < kBurst; ++index)
    packets_.push_back({header_, sealed_[index].packet, sealed_[index].icv, ah ? nullptr : rooms_[index].data()});
}

}  // namespace espy::bench
