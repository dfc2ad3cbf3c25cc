// What the bare loops have in common: IV, associated data, and what an ICV covers, each made with the least work.
#pragma once

#include <array>
#include <cstring>
#include <utility>

#include "bench/bare.h"

namespace espy::bench {

inline bool is_ccm(ipsec::Encryption encryption) {
  return encryption == ipsec::Encryption::kAesCcm || encryption == ipsec::Encryption::kAesCcmIiv ||
         encryption == ipsec::Encryption::kCamelliaCcm;
}

inline bool is_counter(ipsec::Encryption encryption) { return ipsec::facts(encryption).mode == ipsec::CipherMode::kCounter; }

inline bool is_gmac(const crypto::Parameters& parameters) {
  return parameters.encryption == ipsec::Encryption::kAesGmac || parameters.integrity == ipsec::Integrity::kAesGmac;
}

// Nothing is encrypted: the payload is left where it is.
inline bool is_plain(ipsec::Encryption encryption) {
  return encryption == ipsec::Encryption::kNull || encryption == ipsec::Encryption::kNone;
}

// All but the octets of the packet is there before.
class Nonce {
 public:
  explicit Nonce(const crypto::Parameters& parameters)
      : from_(parameters.old_header ? 4 : 8), to_(parameters.salt.size()), in_packet_(parameters.salt.empty()) {
    if (!parameters.salt.empty()) std::memcpy(room_.data(), parameters.salt.secret().data(), parameters.salt.size());
    if (is_counter(parameters.encryption)) room_.back() = 1;
    if (parameters.protocol == ipsec::Protocol::kAh) from_ = 0;
    if (crypto::layout_of(parameters).iv_size >= 8 || parameters.protocol == ipsec::Protocol::kAh) return;
    short_ = true;
    complemented_ = in_packet_;
    in_packet_ = false;
    if (crypto::layout_of(parameters).iv_size == 0) from_ = 4;
    if (!complemented_) to_ += 4;
    if (!complemented_ && parameters.esn) std::memcpy(room_.data() + parameters.salt.size(), kEsnOctets, sizeof kEsnOctets);
  }

  const std::uint8_t* of(base::Bytes octets) {
    if (in_packet_) return octets.data() + from_;
    std::uint8_t* const out = room_.data() + to_;
    if (!short_) {
      std::memcpy(out, octets.data() + from_, 8);
      return room_.data();
    }
    std::memcpy(out, octets.data() + from_, 4);
    for (std::size_t index = 0; complemented_ && index < 4; ++index) out[4 + index] = static_cast<std::uint8_t>(~out[index]);
    return room_.data();
  }

 private:
  std::size_t from_;
  std::size_t to_;
  bool in_packet_;
  bool short_ = false;         // four octets of the packet, not eight
  bool complemented_ = false;  // and their complement
  std::array<std::uint8_t, 16> room_{};
};

class Associated {
 public:
  explicit Associated(bool esn) : esn_(esn) { std::memcpy(room_.data() + 4, kEsnOctets, sizeof kEsnOctets); }
  base::Bytes of(base::Bytes octets) {
    if (!esn_) return octets.first(8);
    std::memcpy(room_.data(), octets.data(), 4);
    std::memcpy(room_.data() + 8, octets.data() + 4, 4);
    return room_;
  }

 private:
  bool esn_;
  std::array<std::uint8_t, 12> room_{};
};

// GMAC in ESP and in AH (RFC 4543). `Library` has the calls: start(nonce, icv), add(octets) and finish(icv), which is true where the ICV is
// right.
template <class Library>
class GmacLoop final : public BareLoop {
 public:
  template <class... Arguments>
  explicit GmacLoop(const crypto::Parameters& parameters, Arguments&&... arguments)
      : ah_(parameters.protocol == ipsec::Protocol::kAh),
        esn_(parameters.esn),
        nonce_(parameters),
        associated_(parameters.esn),
        library_(std::forward<Arguments>(arguments)...) {}

  std::size_t open(const std::vector<Packet>& packets) override {
    std::size_t good = 0;
    for (const Packet& packet : packets) good += (ah_ ? check_header(packet) : check_packet(packet)) ? 1U : 0U;
    return good;
  }

 private:
  bool check_packet(const Packet& packet) {
    library_.start(nonce_.of(packet.octets), packet.icv);
    if (esn_) library_.add(associated_.of(packet.octets));
    library_.add(packet.octets.first(packet.octets.size() - packet.icv.size()).subspan(esn_ ? 8 : 0));
    return library_.finish(packet.icv);
  }
  bool check_header(const Packet& packet) {
    const base::Bytes icv = packet.icv.subspan(8);
    library_.start(nonce_.of(packet.icv), icv);
    library_.add(packet.header);
    library_.add(packet.octets);
    if (esn_) library_.add(kEsnOctets);
    return library_.finish(icv);
  }

  bool ah_;
  bool esn_;
  Nonce nonce_;
  Associated associated_;
  Library library_;
};

inline const ipsec::Key& gmac_key(const crypto::Parameters& parameters) {
  return parameters.protocol == ipsec::Protocol::kAh ? parameters.integrity_key : parameters.encryption_key;
}

// What an ICV that is no AEAD's covers.
struct Covered {
  base::Bytes header;
  base::Bytes octets;
  base::Bytes high_half;
};

class Coverage {
 public:
  explicit Coverage(const crypto::Parameters& parameters)
      : after_(parameters.protocol == ipsec::Protocol::kAh ? 0 : parameters.icv_size), high_half_(kEsnOctets, parameters.esn ? 4 : 0) {}
  Covered of(const Packet& packet) const { return {packet.header, packet.octets.first(packet.octets.size() - after_), high_half_}; }

 private:
  std::size_t after_;
  base::Bytes high_half_;
};

inline base::Bytes join(const Covered& covered, std::uint8_t* piece) {
  std::uint8_t* end = piece;
  for (const base::Bytes part : {covered.header, covered.octets, covered.high_half}) {
    if (!part.empty()) std::memcpy(end, part.data(), part.size());
    end += part.size();
  }
  return {piece, end};
}

inline bool is_equal(const std::uint8_t* tag, base::Bytes icv) { return std::memcmp(tag, icv.data(), icv.size()) == 0; }

// RFC 1828 and 1852: the key as the hash function fills a last block.
inline std::array<std::uint8_t, 64> fill_key(base::Bytes key, ipsec::Integrity integrity) {
  std::array<std::uint8_t, 64> block{};
  std::memcpy(block.data(), key.data(), key.size());
  block[key.size()] = 0x80;
  block[integrity == ipsec::Integrity::kKeyedMd5 ? 56 : 63] = static_cast<std::uint8_t>(key.size() * 8);
  return block;
}

// For an SA without an ICV.
struct NoMac {
  explicit NoMac(const crypto::Parameters&) {}
  bool verify(const Covered&, base::Bytes) { return true; }
};

// AES-XCBC (RFC 3566) and AES-CMAC (RFC 4493) over a library's CBC: every block but the last in one call.
template <class Chain>
class ChainMac {
 public:
  explicit ChainMac(const crypto::Parameters& parameters) {
    const base::Bytes key = parameters.integrity_key.secret();
    Chain first(key);
    if (parameters.integrity == ipsec::Integrity::kAesXcbc) {
      chain_.set_key(encrypt(first, 1));
      whole_key_ = encrypt(first, 2);
      partial_key_ = encrypt(first, 3);
    } else {
      chain_.set_key(key);
      whole_key_ = twice(encrypt(first, 0));
      partial_key_ = twice(whole_key_);
    }
  }

  bool verify(const Covered& covered, base::Bytes icv) {
    const bool in_one_piece = covered.header.empty() && covered.high_half.empty();
    const base::Bytes octets = in_one_piece ? covered.octets : join(covered, piece_.data());
    const std::size_t before = (octets.size() - 1) / 16 * 16;
    const base::Bytes last = octets.subspan(before);
    Block block{};
    std::memcpy(block.data(), last.data(), last.size());
    if (last.size() < 16) block[last.size()] = 0x80;
    const Block& key = last.size() < 16 ? partial_key_ : whole_key_;
    for (std::size_t index = 0; index < 16; ++index) block[index] = static_cast<std::uint8_t>(block[index] ^ key[index]);
    chain_.start();
    if (before > 0) chain_.encrypt(octets.first(before), out_.data());
    chain_.encrypt(block, out_.data());
    return is_equal(out_.data(), icv);
  }

 private:
  using Block = std::array<std::uint8_t, 16>;

  static Block encrypt(Chain& chain, std::uint8_t octet) {
    Block block;
    block.fill(octet);
    chain.start();
    chain.encrypt(block, block.data());
    return block;
  }

  static Block twice(const Block& block) {
    Block result;
    for (std::size_t index = 0; index < 16; ++index)
      result[index] = static_cast<std::uint8_t>(block[index] << 1 | (index < 15 ? block[index + 1] >> 7 : 0));
    if (block[0] >= 0x80) result[15] = static_cast<std::uint8_t>(result[15] ^ 0x87);
    return result;
  }

  Chain chain_;
  Block whole_key_;
  Block partial_key_;
  std::vector<std::uint8_t> piece_ = std::vector<std::uint8_t>(kLargestPacket);
  std::vector<std::uint8_t> out_ = std::vector<std::uint8_t>(kLargestPacket);
};

}  // namespace espy::bench
