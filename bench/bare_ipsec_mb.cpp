#include "bench/bare.h"

#ifdef ESPY_HAVE_IPSEC_MB

#define NO_COMPAT_IMB_API_053
#include <intel-ipsec-mb.h>

#include <array>
#include <cstring>

namespace espy::bench {

namespace {

using crypto::Layout;
using crypto::Parameters;
using ipsec::Encryption;
using ipsec::Integrity;

struct Hash {
  IMB_HASH_ALG algorithm = IMB_AUTH_NULL;
  std::size_t block_size = 0;
  std::size_t tag_size = 0;
  hash_one_block_t one_block = nullptr;
};

Hash hash_of(const IMB_MGR& manager, Integrity integrity) {
  switch (integrity) {
    case Integrity::kHmacMd5: return {IMB_AUTH_MD5, 64, 16, manager.md5_one_block};
    case Integrity::kHmacSha1: return {IMB_AUTH_HMAC_SHA_1, 64, 20, manager.sha1_one_block};
    case Integrity::kHmacSha256: return {IMB_AUTH_HMAC_SHA_256, 64, 32, manager.sha256_one_block};
    case Integrity::kHmacSha512: return {IMB_AUTH_HMAC_SHA_512, 128, 64, manager.sha512_one_block};
    case Integrity::kAesXcbc: return {IMB_AUTH_AES_XCBC, 16, 12, nullptr};
    default: return {};
  }
}

struct Keys {
  alignas(64) gcm_key_data gcm;
  alignas(16) std::array<std::uint8_t, 240> encrypt;
  alignas(16) std::array<std::uint8_t, 240> decrypt;
  alignas(16) std::array<std::array<std::uint64_t, 16>, 3> des;
  std::array<const void*, 3> des_order;
  alignas(16) std::array<std::uint8_t, 64> inner;
  alignas(16) std::array<std::uint8_t, 64> outer;
  alignas(16) std::array<std::uint8_t, 176> xcbc;
};

class IpsecMbLoop : public BareLoop {
 public:
  explicit IpsecMbLoop(const Parameters& parameters) : parameters_(parameters), layout_(layout_of(parameters)), manager_(alloc_mb_mgr(0)) {
    init_mb_mgr_auto(manager_, nullptr);
    for (auto& nonce : nonces_) {
      std::memcpy(nonce.data(), parameters.salt.secret().data(), parameters.salt.size());
      if (parameters.encryption == Encryption::kAesCtr) nonce.back() = 1;
    }
  }
  ~IpsecMbLoop() override { free_mb_mgr(manager_); }

 protected:
  static constexpr std::size_t kMost = 128;
  Parameters parameters_;
  Layout layout_;
  IMB_MGR* manager_;
  Keys keys_{};
  std::array<std::array<std::uint8_t, 16>, kMost> nonces_{};
  std::array<std::array<std::uint8_t, 64>, kMost> tags_{};
};

class GcmLoop final : public IpsecMbLoop {
 public:
  explicit GcmLoop(const Parameters& parameters) : IpsecMbLoop(parameters) {
    const auto* key = parameters.encryption_key.secret().data();
    const bool small = parameters.encryption_key.size() == 16;
    (small ? manager_->gcm128_pre : manager_->gcm256_pre)(key, &keys_.gcm);
    decrypt_ = small ? manager_->gcm128_dec : manager_->gcm256_dec;
  }
  std::size_t open(const std::vector<Packet>& packets) override {
    std::size_t good = 0;
    for (const Packet& packet : packets) {
      auto& nonce = nonces_[0];
      auto& tag = tags_[0];
      gcm_context_data context;
      std::memcpy(nonce.data() + 4, packet.octets.data() + 8, 8);
      decrypt_(&keys_.gcm, &context, packet.plaintext, packet.octets.data() + 16, packet.octets.size() - 16 - packet.icv.size(),
               nonce.data(), packet.octets.data(), 8, tag.data(), 16);
      good += std::memcmp(tag.data(), packet.icv.data(), packet.icv.size()) == 0 ? 1U : 0U;
    }
    return good;
  }

 private:
  aes_gcm_enc_dec_t decrypt_;
};

class QueueLoop final : public IpsecMbLoop {
 public:
  explicit QueueLoop(const Parameters& parameters) : IpsecMbLoop(parameters), hash_(hash_of(*manager_, parameters.integrity)) {
    model_.cipher_direction = IMB_DIR_DECRYPT;
    model_.chain_order = IMB_ORDER_HASH_CIPHER;
    set_cipher();
    set_hash();
  }

  std::size_t open(const std::vector<Packet>& packets) override {
    for (std::size_t index = 0; index < packets.size(); ++index) submit(packets[index], index);
    while (IMB_FLUSH_JOB(manager_) != nullptr) {
    }
    std::size_t good = 0;
    for (std::size_t index = 0; index < packets.size(); ++index) {
      good += std::memcmp(tags_[index].data(), packets[index].icv.data(), packets[index].icv.size()) == 0 ? 1U : 0U;
    }
    return good;
  }

 private:
  void set_cipher() {
    const base::Bytes key = parameters_.encryption_key.secret();
    model_.key_len_in_bytes = key.size();
    model_.enc_keys = keys_.encrypt.data();
    model_.dec_keys = keys_.decrypt.data();
    model_.iv_len_in_bytes = 16;
    model_.cipher_mode = parameters_.encryption == Encryption::kAesCbc   ? IMB_CIPHER_CBC
                         : parameters_.encryption == Encryption::kAesCtr ? IMB_CIPHER_CNTR
                                                                         : IMB_CIPHER_NULL;
    if (key.size() == 16) manager_->keyexp_128(key.data(), keys_.encrypt.data(), keys_.decrypt.data());
    if (key.size() == 32) manager_->keyexp_256(key.data(), keys_.encrypt.data(), keys_.decrypt.data());
    if (parameters_.encryption == Encryption::kTripleDesCbc) set_triple_des(key);
    if (parameters_.encryption == Encryption::kChaCha20Poly1305)
      set_sealed(key, IMB_CIPHER_CHACHA20_POLY1305, IMB_AUTH_CHACHA20_POLY1305, 12);
    if (parameters_.encryption == Encryption::kAesCcm) set_sealed(key, IMB_CIPHER_CCM, IMB_AUTH_AES_CCM, 11);
  }

  void set_triple_des(base::Bytes key) {
    for (std::size_t index = 0; index < 3; ++index) {
      des_key_schedule(keys_.des[index].data(), key.data() + 8 * index);
      keys_.des_order[index] = keys_.des[index].data();
    }
    model_.cipher_mode = IMB_CIPHER_DES3;
    model_.enc_keys = model_.dec_keys = keys_.des_order.data();
    model_.iv_len_in_bytes = 8;
  }

  void set_sealed(base::Bytes key, IMB_CIPHER_MODE mode, IMB_HASH_ALG algorithm, std::size_t iv_size) {
    sealed_ = true;
    model_.cipher_mode = mode;
    model_.hash_alg = algorithm;
    model_.iv_len_in_bytes = iv_size;
    model_.auth_tag_output_len_in_bytes = parameters_.icv_size;
    if (mode == IMB_CIPHER_CCM) model_.chain_order = IMB_ORDER_CIPHER_HASH;
    if (mode != IMB_CIPHER_CCM) model_.enc_keys = model_.dec_keys = key.data();
  }

  void set_hash() {
    const base::Bytes key = parameters_.integrity_key.secret();
    if (sealed_) return;
    model_.hash_alg = hash_.algorithm;
    model_.auth_tag_output_len_in_bytes = hash_.tag_size;
    if (hash_.algorithm == IMB_AUTH_AES_XCBC) {
      manager_->xcbc_keyexp(key.data(), keys_.xcbc.data(), keys_.inner.data(), keys_.outer.data());
      model_.u.XCBC = {reinterpret_cast<const std::uint32_t*>(keys_.xcbc.data()), keys_.inner.data(), keys_.outer.data()};
      return;
    }
    for (const bool inner : {true, false}) {
      std::array<std::uint8_t, 128> block;
      block.fill(inner ? 0x36 : 0x5c);
      for (std::size_t index = 0; index < key.size(); ++index) block[index] = static_cast<std::uint8_t>(block[index] ^ key[index]);
      hash_.one_block(block.data(), inner ? keys_.inner.data() : keys_.outer.data());
    }
    model_.u.HMAC = {keys_.inner.data(), keys_.outer.data()};
  }

  void submit(const Packet& packet, std::size_t index) {
    const bool ah = parameters_.protocol == ipsec::Protocol::kAh;
    const std::size_t offset = layout_.payload_offset();
    const std::size_t covered = packet.octets.size() - (ah ? 0 : packet.icv.size());
    IMB_JOB& job = *IMB_GET_NEXT_JOB(manager_);
    job = model_;
    job.src = packet.octets.data() + (sealed_ ? offset : 0);
    job.dst = packet.plaintext;
    job.msg_len_to_hash_in_bytes = covered - (sealed_ ? offset : 0);
    job.cipher_start_src_offset_in_bytes = sealed_ ? 0 : offset;
    job.msg_len_to_cipher_in_bytes = covered - offset;
    if (ah) join(packet, index, job);
    job.auth_tag_output = tags_[index].data();
    job.iv = packet.octets.data() + 8;
    if (job.cipher_mode == IMB_CIPHER_NULL && !ah) std::memcpy(packet.plaintext, job.iv, covered - offset);
    if (!parameters_.salt.empty()) {
      std::memcpy(nonces_[index].data() + parameters_.salt.size(), job.iv, 8);
      job.iv = nonces_[index].data();
    }
    if (sealed_) job.u.CCM = {packet.octets.data(), 8};
    IMB_SUBMIT_JOB(manager_);
  }

  // The library hashes one piece of memory, and the muted header is not the one in front of the packet.
  void join(const Packet& packet, std::size_t index, IMB_JOB& job) {
    std::uint8_t* const piece = pieces_.data() + index * kLargest;
    std::memcpy(piece, packet.header.data(), packet.header.size());
    std::memcpy(piece + packet.header.size(), packet.octets.data(), packet.octets.size());
    job.src = piece;
    job.msg_len_to_hash_in_bytes = packet.header.size() + packet.octets.size();
  }

  static constexpr std::size_t kLargest = 9088;
  std::vector<std::uint8_t> pieces_ = std::vector<std::uint8_t>(kMost * kLargest);
  Hash hash_;
  IMB_JOB model_{};
  bool sealed_ = false;
};

}  // namespace

std::unique_ptr<BareLoop> make_bare_ipsec_mb(const Parameters& parameters) {
  switch (parameters.encryption) {
    case Encryption::kAesGcm: return std::make_unique<GcmLoop>(parameters);
    case Encryption::kNone:
    case Encryption::kNull:
    case Encryption::kAesCbc:
    case Encryption::kAesCtr:
    case Encryption::kAesCcm:
    case Encryption::kTripleDesCbc:
    case Encryption::kChaCha20Poly1305: return std::make_unique<QueueLoop>(parameters);
    default: return nullptr;
  }
}

}  // namespace espy::bench

#else

namespace espy::bench {

std::unique_ptr<BareLoop> make_bare_ipsec_mb(const crypto::Parameters&) { return nullptr; }

}  // namespace espy::bench

#endif
