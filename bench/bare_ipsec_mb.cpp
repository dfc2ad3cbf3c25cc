#include "bench/bare_parts.h"

#ifdef ESPY_HAVE_IPSEC_MB

#define NO_COMPAT_IMB_API_053
#include <intel-ipsec-mb.h>

namespace espy::bench {

namespace {

using crypto::Layout;
using crypto::Parameters;
using ipsec::Encryption;
using ipsec::Integrity;

struct Hash {
  IMB_HASH_ALG algorithm = IMB_AUTH_NULL;
  std::size_t tag_size = 0;
  hash_one_block_t one_block = nullptr;
};

Hash hash_of(const IMB_MGR& manager, Integrity integrity) {
  switch (integrity) {
    case Integrity::kHmacMd5: return {IMB_AUTH_MD5, 16, manager.md5_one_block};
    case Integrity::kHmacSha1: return {IMB_AUTH_HMAC_SHA_1, 20, manager.sha1_one_block};
    case Integrity::kHmacSha256: return {IMB_AUTH_HMAC_SHA_256, 32, manager.sha256_one_block};
    case Integrity::kHmacSha384: return {IMB_AUTH_HMAC_SHA_384, 48, manager.sha384_one_block};
    case Integrity::kHmacSha512: return {IMB_AUTH_HMAC_SHA_512, 64, manager.sha512_one_block};
    case Integrity::kAesXcbc: return {IMB_AUTH_AES_XCBC, 12, nullptr};
    case Integrity::kAesCmac: return {IMB_AUTH_AES_CMAC, 16, nullptr};
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
  alignas(16) std::array<std::uint8_t, 176> mac;
};

class Manager {
 public:
  Manager() : manager_(alloc_mb_mgr(0)) { init_mb_mgr_auto(manager_, nullptr); }
  Manager(const Manager&) = delete;
  ~Manager() { free_mb_mgr(manager_); }
  IMB_MGR* operator->() const { return manager_; }
  IMB_MGR* get() const { return manager_; }

 private:
  IMB_MGR* manager_;
};

class IpsecMbLoop : public BareLoop {
 public:
  explicit IpsecMbLoop(const Parameters& parameters) : parameters_(parameters) {}

 protected:
  static constexpr std::size_t kMost = 128;
  Parameters parameters_;
  Layout layout_ = layout_of(parameters_);
  bool ah_ = parameters_.protocol == ipsec::Protocol::kAh;
  Manager manager_;
  Keys keys_{};
  std::vector<Nonce> nonces_ = std::vector<Nonce>(kMost, Nonce(parameters_));
  std::vector<Associated> associated_ = std::vector<Associated>(kMost, Associated(parameters_.esn));
  std::array<std::array<std::uint8_t, 64>, kMost> tags_{};
};

class GcmLoop final : public IpsecMbLoop {
 public:
  explicit GcmLoop(const Parameters& parameters) : IpsecMbLoop(parameters) {
    const base::Bytes key = parameters.encryption_key.secret();
    (key.size() == 16 ? manager_->gcm128_pre : manager_->gcm256_pre)(key.data(), &keys_.gcm);
    decrypt_ = key.size() == 16 ? manager_->gcm128_dec : manager_->gcm256_dec;
  }
  std::size_t open(const std::vector<Packet>& packets) override {
    std::size_t good = 0;
    for (const Packet& packet : packets) {
      auto& tag = tags_[0];
      gcm_context_data context;
      const base::Bytes associated = associated_[0].of(packet.octets);
      decrypt_(&keys_.gcm, &context, packet.plaintext, packet.octets.data() + layout_.payload_offset(),
               layout_.payload_size(packet.octets.size()), nonces_[0].of(packet.octets), associated.data(), associated.size(), tag.data(),
               16);
      good += is_equal(tag.data(), packet.icv) ? 1U : 0U;
    }
    return good;
  }

 private:
  aes_gcm_enc_dec_t decrypt_;
};

class Gmac {
 public:
  explicit Gmac(base::Bytes key) {
    const bool small = key.size() == 16;
    (small ? manager_->gcm128_pre : manager_->gcm256_pre)(key.data(), &key_);
    init_ = small ? manager_->gmac128_init : manager_->gmac256_init;
    update_ = small ? manager_->gmac128_update : manager_->gmac256_update;
    finalize_ = small ? manager_->gmac128_finalize : manager_->gmac256_finalize;
  }
  void start(const std::uint8_t* nonce, base::Bytes) { init_(&key_, &context_, nonce, 12); }
  void add(base::Bytes octets) { update_(&key_, &context_, octets.data(), octets.size()); }
  bool finish(base::Bytes icv) {
    std::array<std::uint8_t, 16> tag;
    finalize_(&key_, &context_, tag.data(), tag.size());
    return is_equal(tag.data(), icv);
  }

 private:
  Manager manager_;
  alignas(64) gcm_key_data key_{};
  gcm_context_data context_{};
  aes_gmac_init_t init_;
  aes_gmac_update_t update_;
  aes_gmac_finalize_t finalize_;
};

class QueueLoop final : public IpsecMbLoop {
 public:
  explicit QueueLoop(const Parameters& parameters)
      : IpsecMbLoop(parameters), coverage_(parameters), hash_(hash_of(*manager_.get(), parameters.integrity)) {
    model_.cipher_direction = IMB_DIR_DECRYPT;
    model_.chain_order = IMB_ORDER_HASH_CIPHER;
    set_cipher();
    set_hash();
  }

  std::size_t open(const std::vector<Packet>& packets) override {
    for (std::size_t index = 0; index < packets.size(); ++index) submit(packets[index], index);
    while (IMB_FLUSH_JOB(manager_.get()) != nullptr) {
    }
    if (parameters_.icv_size == 0) return packets.size();
    std::size_t good = 0;
    for (std::size_t index = 0; index < packets.size(); ++index) good += is_equal(tags_[index].data(), packets[index].icv) ? 1U : 0U;
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
    if (key.size() == 8 || key.size() == 24) set_des(key);
    if (!ipsec::facts(parameters_.encryption).aead) return;
    if (is_ccm(parameters_.encryption)) {
      set_sealed(key, IMB_CIPHER_CCM, IMB_AUTH_AES_CCM, 11);
    } else {
      set_sealed(key, IMB_CIPHER_CHACHA20_POLY1305, IMB_AUTH_CHACHA20_POLY1305, 12);
    }
  }

  void set_des(base::Bytes key) {
    const bool triple = key.size() == 24;
    for (std::size_t index = 0; index < (triple ? 3 : 1); ++index) {
      des_key_schedule(keys_.des[index].data(), key.data() + 8 * index);
      keys_.des_order[index] = keys_.des[index].data();
    }
    model_.cipher_mode = triple ? IMB_CIPHER_DES3 : IMB_CIPHER_DES;
    model_.enc_keys = model_.dec_keys = triple ? static_cast<const void*>(keys_.des_order.data()) : keys_.des[0].data();
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
    if (hash_.algorithm == IMB_AUTH_NULL) return;
    if (hash_.one_block == nullptr) return set_aes_mac(key);
    for (const bool inner : {true, false}) {
      std::array<std::uint8_t, 128> block;
      block.fill(inner ? 0x36 : 0x5c);
      for (std::size_t index = 0; index < key.size(); ++index) block[index] = static_cast<std::uint8_t>(block[index] ^ key[index]);
      hash_.one_block(block.data(), inner ? keys_.inner.data() : keys_.outer.data());
    }
    model_.u.HMAC = {keys_.inner.data(), keys_.outer.data()};
  }

  void set_aes_mac(base::Bytes key) {
    const auto* rounds = reinterpret_cast<const std::uint32_t*>(keys_.mac.data());
    if (hash_.algorithm == IMB_AUTH_AES_XCBC) {
      manager_->xcbc_keyexp(key.data(), keys_.mac.data(), keys_.inner.data(), keys_.outer.data());
      model_.u.XCBC = {rounds, keys_.inner.data(), keys_.outer.data()};
      return;
    }
    alignas(16) std::array<std::uint8_t, 176> unused;
    manager_->keyexp_128(key.data(), keys_.mac.data(), unused.data());
    manager_->cmac_subkey_gen_128(keys_.mac.data(), keys_.inner.data(), keys_.outer.data());
    model_.u.CMAC = {rounds, keys_.inner.data(), keys_.outer.data()};
  }

  void submit(const Packet& packet, std::size_t index) {
    IMB_JOB& job = *IMB_GET_NEXT_JOB(manager_.get());
    job = model_;
    if (sealed_) {
      set_sealed_packet(packet, index, job);
    } else {
      set_packet(packet, index, job);
    }
    job.dst = packet.plaintext;
    job.auth_tag_output = tags_[index].data();
    if (model_.cipher_mode != IMB_CIPHER_NULL) job.iv = nonces_[index].of(packet.octets);
    IMB_SUBMIT_JOB(manager_.get());
  }

  void set_sealed_packet(const Packet& packet, std::size_t index, IMB_JOB& job) {
    const base::Bytes associated = associated_[index].of(packet.octets);
    job.src = packet.octets.data() + layout_.payload_offset();
    job.msg_len_to_cipher_in_bytes = job.msg_len_to_hash_in_bytes = layout_.payload_size(packet.octets.size());
    job.u.CCM = {associated.data(), associated.size()};
  }

  // The library hashes one piece of memory: a muted header is not the one in front of the packet, and the high half is nowhere.
  void set_packet(const Packet& packet, std::size_t index, IMB_JOB& job) {
    const Covered covered = coverage_.of(packet);
    const bool in_one_piece = covered.header.empty() && covered.high_half.empty();
    const base::Bytes octets = in_one_piece ? covered.octets : join(covered, pieces_.data() + index * kLargestPacket);
    job.src = octets.data();
    job.msg_len_to_hash_in_bytes = octets.size();
    if (model_.cipher_mode == IMB_CIPHER_NULL) return;
    job.cipher_start_src_offset_in_bytes = layout_.payload_offset();
    job.msg_len_to_cipher_in_bytes = layout_.payload_size(packet.octets.size());
  }

  Coverage coverage_;
  std::vector<std::uint8_t> pieces_ = std::vector<std::uint8_t>(kMost * kLargestPacket);
  Hash hash_;
  IMB_JOB model_{};
  bool sealed_ = false;
};

}  // namespace

std::unique_ptr<BareLoop> make_bare_ipsec_mb(const Parameters& parameters) {
  if (is_gmac(parameters)) return std::make_unique<GmacLoop<Gmac>>(parameters, gmac_key(parameters).secret());
  if (parameters.encryption == Encryption::kAesGcm || parameters.encryption == Encryption::kAesGcmIiv)
    return std::make_unique<GcmLoop>(parameters);
  return std::make_unique<QueueLoop>(parameters);
}

}  // namespace espy::bench

#else

namespace espy::bench {

std::unique_ptr<BareLoop> make_bare_ipsec_mb(const crypto::Parameters&) { return nullptr; }

}  // namespace espy::bench

#endif
