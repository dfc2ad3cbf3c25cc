#include "crypto/ipsec_mb_transform.h"

#ifdef ESPY_HAVE_IPSEC_MB

#define NO_COMPAT_IMB_API_053
#include <intel-ipsec-mb.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <new>

#include "crypto/library.h"

namespace espy::crypto {

namespace {

using ipsec::Encryption;
using ipsec::Integrity;

// Expanded keys, as the library reads them.
struct AesSchedule {
  alignas(16) std::array<std::uint8_t, 240> encrypt;
  alignas(16) std::array<std::uint8_t, 240> decrypt;
};
struct DesSchedule {
  std::array<std::array<std::uint64_t, IMB_DES_KEY_SCHED_SIZE / sizeof(std::uint64_t)>, 3> rounds;
  std::array<const void*, 3> order;
};
struct ChaChaKey {
  std::array<std::uint8_t, 32> octets;
};
struct HmacSchedule {
  alignas(16) std::array<std::uint8_t, IMB_SHA512_DIGEST_SIZE_IN_BYTES> inner;
  alignas(16) std::array<std::uint8_t, IMB_SHA512_DIGEST_SIZE_IN_BYTES> outer;
};
struct AesMacSchedule {
  alignas(16) std::array<std::uint8_t, 176> rounds;
  alignas(16) std::array<std::uint8_t, 16> second;
  alignas(16) std::array<std::uint8_t, 16> third;
};

// A schedule in secret memory, whose slots are aligned to their size, a power of two that is not below the schedule's.
template <class Schedule>
Schedule& make_schedule(ipsec::SecretOctets& room) {
  static_assert(alignof(Schedule) <= 64 && sizeof(Schedule) >= alignof(Schedule));
  room.resize(sizeof(Schedule));
  return *new (room.data()) Schedule{};
}

constexpr std::size_t kMacKeySize = 16;
constexpr std::size_t kGmacIvSize = 8;
constexpr std::size_t kTagSize = 16;
constexpr std::size_t kXcbcTagSize = 12;  // the library gives no more of it

// What the library computes for an HMAC: its name for it, block and digest in octets.
struct HmacFacts {
  IMB_HASH_ALG algorithm;
  std::size_t block_size;
  std::size_t digest_size;
};

HmacFacts hmac_facts(Integrity integrity) {
  switch (integrity) {
    case Integrity::kHmacMd5: return {IMB_AUTH_MD5, 64, 16};
    case Integrity::kHmacSha1: return {IMB_AUTH_HMAC_SHA_1, IMB_SHA1_BLOCK_SIZE, IMB_SHA1_DIGEST_SIZE_IN_BYTES};
    case Integrity::kHmacSha256: return {IMB_AUTH_HMAC_SHA_256, IMB_SHA_256_BLOCK_SIZE, IMB_SHA256_DIGEST_SIZE_IN_BYTES};
    case Integrity::kHmacSha384: return {IMB_AUTH_HMAC_SHA_384, IMB_SHA_384_BLOCK_SIZE, IMB_SHA384_DIGEST_SIZE_IN_BYTES};
    case Integrity::kHmacSha512: return {IMB_AUTH_HMAC_SHA_512, IMB_SHA_512_BLOCK_SIZE, IMB_SHA512_DIGEST_SIZE_IN_BYTES};
    default: return {IMB_AUTH_NULL, 0, 0};
  }
}

bool is_aes_mac(Integrity integrity) { return integrity == Integrity::kAesXcbc || integrity == Integrity::kAesCmac; }

bool is_gcm(Encryption encryption) { return encryption == Encryption::kAesGcm || encryption == Encryption::kAesGcmIiv; }

bool is_ccm(Encryption encryption) { return encryption == Encryption::kAesCcm || encryption == Encryption::kAesCcmIiv; }

bool is_chacha(Encryption encryption) {
  return encryption == Encryption::kChaCha20Poly1305 || encryption == Encryption::kChaCha20Poly1305Iiv;
}

bool is_aes_key(std::size_t size) { return size == 16 || size == 24 || size == 32; }

bool is_aead_icv(std::size_t size) { return size == 8 || size == 12 || size == 16; }

bool supports_aead(const Parameters& parameters) {
  const std::size_t key_size = parameters.encryption_key.size();
  const std::size_t icv_size = parameters.icv_size;
  if (parameters.integrity != Integrity::kNone || parameters.old_header) return false;
  if (parameters.salt.size() != ipsec::facts(parameters.encryption).salt_size) return false;
  if (is_gcm(parameters.encryption)) return is_aes_key(key_size) && is_aead_icv(icv_size);
  if (is_ccm(parameters.encryption)) return (key_size == 16 || key_size == 32) && is_aead_icv(icv_size);
  if (is_chacha(parameters.encryption)) return key_size == 32 && icv_size == kTagSize;
  return parameters.encryption == Encryption::kAesGmac && is_aes_key(key_size) && icv_size == kTagSize;
}

bool supports_integrity(const Parameters& parameters) {
  const std::size_t key_size = parameters.integrity_key.size();
  const std::size_t icv_size = parameters.icv_size;
  if (is_aes_mac(parameters.integrity)) {
    const std::size_t tag_size = parameters.integrity == Integrity::kAesXcbc ? kXcbcTagSize : kTagSize;
    return key_size == kMacKeySize && icv_size > 0 && icv_size <= tag_size;
  }
  const HmacFacts hmac = hmac_facts(parameters.integrity);
  // The library has no whole MD5 that could shorten a long key.
  if (parameters.integrity == Integrity::kHmacMd5 && key_size > hmac.block_size) return false;
  return icv_size > 0 && icv_size <= hmac.digest_size;
}

bool supports_cipher(const Parameters& parameters) {
  const std::size_t key_size = parameters.encryption_key.size();
  switch (parameters.encryption) {
    case Encryption::kNull: return true;
    case Encryption::kAesCbc: return is_aes_key(key_size);
    case Encryption::kAesCtr: return is_aes_key(key_size) && parameters.salt.size() == 4;
    case Encryption::kDesCbc:
    case Encryption::kDes32Iv: return key_size == 8;
    case Encryption::kDesDeriv: return key_size == 8 && !parameters.old_header;
    case Encryption::kTripleDesCbc: return key_size == 24;
    case Encryption::kTripleDesDeriv: return key_size == 24 && !parameters.old_header;
    default: return false;
  }
}

bool supports_esp(const Parameters& parameters) {
  if (ipsec::facts(parameters.encryption).aead) return supports_aead(parameters);
  if (!supports_cipher(parameters)) return false;
  if (parameters.integrity == Integrity::kAny) return true;
  if (parameters.integrity == Integrity::kNone) return parameters.icv_size == 0;
  return supports_integrity(parameters);
}

bool supports_ah(const Parameters& parameters) {
  if (parameters.encryption != Encryption::kNone) return false;
  if (parameters.integrity != Integrity::kAesGmac) return supports_integrity(parameters);
  return is_aes_key(parameters.integrity_key.size()) && parameters.salt.size() == 4 && parameters.icv_size == kGmacIvSize + kTagSize;
}

IpsecMbRoute route_of(const Parameters& parameters) {
  if (parameters.integrity == Integrity::kAesGmac || parameters.encryption == Encryption::kAesGmac) return IpsecMbRoute::kGmac;
  if (is_gcm(parameters.encryption)) return IpsecMbRoute::kGcm;
  if (is_ccm(parameters.encryption) || is_chacha(parameters.encryption)) return IpsecMbRoute::kQueueAead;
  return IpsecMbRoute::kQueue;
}

IMB_CIPHER_MODE cipher_mode(Encryption encryption) {
  switch (encryption) {
    case Encryption::kAesCbc: return IMB_CIPHER_CBC;
    case Encryption::kAesCtr: return IMB_CIPHER_CNTR;
    case Encryption::kDesCbc:
    case Encryption::kDes32Iv:
    case Encryption::kDesDeriv: return IMB_CIPHER_DES;
    case Encryption::kTripleDesCbc:
    case Encryption::kTripleDesDeriv: return IMB_CIPHER_DES3;
    case Encryption::kAesCcm:
    case Encryption::kAesCcmIiv: return IMB_CIPHER_CCM;
    case Encryption::kChaCha20Poly1305:
    case Encryption::kChaCha20Poly1305Iiv: return IMB_CIPHER_CHACHA20_POLY1305;
    default: return IMB_CIPHER_NULL;
  }
}

std::size_t iv_size(IMB_CIPHER_MODE mode) {
  switch (mode) {
    case IMB_CIPHER_CBC:
    case IMB_CIPHER_CNTR: return 16;
    case IMB_CIPHER_DES:
    case IMB_CIPHER_DES3: return 8;
    case IMB_CIPHER_CCM: return 11;
    case IMB_CIPHER_CHACHA20_POLY1305: return 12;
    default: return 0;
  }
}

void expand_aes(IMB_MGR& manager, base::Bytes key, AesSchedule& schedule, IMB_JOB& model) {
  const auto expand = key.size() == 16 ? manager.keyexp_128 : key.size() == 24 ? manager.keyexp_192 : manager.keyexp_256;
  expand(key.data(), schedule.encrypt.data(), schedule.decrypt.data());
  model.enc_keys = schedule.encrypt.data();
  model.dec_keys = schedule.decrypt.data();
}

void expand_gcm(IMB_MGR& manager, base::Bytes key, gcm_key_data& schedule) {
  const auto expand = key.size() == 16 ? manager.gcm128_pre : key.size() == 24 ? manager.gcm192_pre : manager.gcm256_pre;
  expand(key.data(), &schedule);
}

void expand_des(IMB_MGR& manager, base::Bytes key, DesSchedule& schedule, IMB_JOB& model) {
  const bool triple = key.size() == schedule.rounds.size() * IMB_DES_BLOCK_SIZE;
  for (std::size_t index = 0; index < schedule.rounds.size(); ++index) {
    manager.des_key_sched(schedule.rounds[index].data(), key.data() + (triple ? index * IMB_DES_BLOCK_SIZE : 0));
    schedule.order[index] = schedule.rounds[index].data();
  }
  model.enc_keys = model.dec_keys = triple ? static_cast<const void*>(schedule.order.data()) : schedule.order[0];
}

void expand_chacha(base::Bytes key, ChaChaKey& schedule, IMB_JOB& model) {
  std::ranges::copy(key, schedule.octets.begin());
  model.enc_keys = model.dec_keys = schedule.octets.data();
}

using HmacBlock = std::array<std::uint8_t, IMB_SHA_512_BLOCK_SIZE>;

// RFC 2104: a key that is longer than a block is replaced by its digest.
HmacBlock make_hmac_block(IMB_MGR& manager, const HmacFacts& facts, base::Bytes key) {
  HmacBlock block{};
  if (key.size() <= facts.block_size) {
    std::ranges::copy(key, block.begin());
    return block;
  }
  const auto digest = facts.algorithm == IMB_AUTH_HMAC_SHA_1     ? manager.sha1
                      : facts.algorithm == IMB_AUTH_HMAC_SHA_256 ? manager.sha256
                      : facts.algorithm == IMB_AUTH_HMAC_SHA_384 ? manager.sha384
                                                                 : manager.sha512;
  digest(key.data(), key.size(), block.data());
  return block;
}

void expand_hmac_half(IMB_MGR& manager, const HmacFacts& facts, const HmacBlock& key, std::uint8_t pad, std::uint8_t* state) {
  const auto digest_block = facts.algorithm == IMB_AUTH_MD5            ? manager.md5_one_block
                            : facts.algorithm == IMB_AUTH_HMAC_SHA_1   ? manager.sha1_one_block
                            : facts.algorithm == IMB_AUTH_HMAC_SHA_256 ? manager.sha256_one_block
                            : facts.algorithm == IMB_AUTH_HMAC_SHA_384 ? manager.sha384_one_block
                                                                       : manager.sha512_one_block;
  HmacBlock padded = key;
  for (std::uint8_t& octet : padded) octet ^= pad;
  digest_block(padded.data(), state);
  explicit_bzero(padded.data(), padded.size());
}

void expand_hmac(IMB_MGR& manager, const HmacFacts& facts, base::Bytes key, HmacSchedule& schedule, IMB_JOB& model) {
  HmacBlock block = make_hmac_block(manager, facts, key);
  expand_hmac_half(manager, facts, block, 0x36, schedule.inner.data());
  expand_hmac_half(manager, facts, block, 0x5c, schedule.outer.data());
  explicit_bzero(block.data(), block.size());
  model.hash_alg = facts.algorithm;
  model.auth_tag_output_len_in_bytes = facts.digest_size;
  model.u.HMAC._hashed_auth_key_xor_ipad = schedule.inner.data();
  model.u.HMAC._hashed_auth_key_xor_opad = schedule.outer.data();
}

void expand_xcbc(IMB_MGR& manager, base::Bytes key, AesMacSchedule& schedule, IMB_JOB& model) {
  manager.xcbc_keyexp(key.data(), schedule.rounds.data(), schedule.second.data(), schedule.third.data());
  model.hash_alg = IMB_AUTH_AES_XCBC;
  model.auth_tag_output_len_in_bytes = kXcbcTagSize;
  model.u.XCBC._k1_expanded = reinterpret_cast<const std::uint32_t*>(schedule.rounds.data());
  model.u.XCBC._k2 = schedule.second.data();
  model.u.XCBC._k3 = schedule.third.data();
}

void expand_cmac(IMB_MGR& manager, base::Bytes key, AesMacSchedule& schedule, IMB_JOB& model) {
  std::array<std::uint8_t, 176> unused{};
  manager.keyexp_128(key.data(), schedule.rounds.data(), unused.data());
  manager.cmac_subkey_gen_128(schedule.rounds.data(), schedule.second.data(), schedule.third.data());
  explicit_bzero(unused.data(), unused.size());
  model.hash_alg = IMB_AUTH_AES_CMAC;
  model.auth_tag_output_len_in_bytes = kTagSize;
  model.u.CMAC._key_expanded = schedule.rounds.data();
  model.u.CMAC._skey1 = schedule.second.data();
  model.u.CMAC._skey2 = schedule.third.data();
}

}  // namespace

bool IpsecMbTransform::supports(const Parameters& parameters) {
  if (parameters.esn && parameters.old_header) return false;
  if (parameters.protocol == ipsec::Protocol::kAh) return supports_ah(parameters);
  return parameters.protocol == ipsec::Protocol::kEsp && supports_esp(parameters);
}

IpsecMbTransform::IpsecMbTransform(const Backend& backend, const Parameters& parameters, IMB_MGR& manager)
    : Transform(backend, parameters),
      parameters_(parameters),
      initial_vector_(parameters),
      route_(route_of(parameters)),
      authenticates_(parameters.integrity != Integrity::kNone && parameters.integrity != Integrity::kAny),
      model_(std::make_unique<IMB_JOB>()) {
  const bool ccm = is_ccm(parameters.encryption);
  model_->cipher_mode = cipher_mode(parameters.encryption);
  model_->cipher_direction = IMB_DIR_DECRYPT;
  model_->key_len_in_bytes = parameters.encryption_key.size();
  model_->iv_len_in_bytes = iv_size(model_->cipher_mode);
  model_->hash_alg = ccm ? IMB_AUTH_AES_CCM : is_chacha(parameters.encryption) ? IMB_AUTH_CHACHA20_POLY1305 : IMB_AUTH_NULL;
  model_->auth_tag_output_len_in_bytes = parameters.icv_size;
  model_->chain_order = ccm ? IMB_ORDER_CIPHER_HASH : IMB_ORDER_HASH_CIPHER;
  expand_cipher(manager);
  expand_integrity(manager);
}

IpsecMbTransform::~IpsecMbTransform() = default;

void IpsecMbTransform::expand_cipher(IMB_MGR& manager) {
  const bool gmac_in_ah = parameters_.integrity == Integrity::kAesGmac;
  const base::Bytes key = gmac_in_ah ? parameters_.integrity_key.secret() : parameters_.encryption_key.secret();
  if (route_ == IpsecMbRoute::kGcm || route_ == IpsecMbRoute::kGmac) {
    gcm_key_index_ = key.size() / 8 - 2;
    return expand_gcm(manager, key, make_schedule<gcm_key_data>(cipher_));
  }
  switch (model_->cipher_mode) {
    case IMB_CIPHER_NULL: return;
    case IMB_CIPHER_CHACHA20_POLY1305: return expand_chacha(key, make_schedule<ChaChaKey>(cipher_), *model_);
    case IMB_CIPHER_DES:
    case IMB_CIPHER_DES3: return expand_des(manager, key, make_schedule<DesSchedule>(cipher_), *model_);
    default: return expand_aes(manager, key, make_schedule<AesSchedule>(cipher_), *model_);
  }
}

void IpsecMbTransform::expand_integrity(IMB_MGR& manager) {
  const base::Bytes key = parameters_.integrity_key.secret();
  if (const HmacFacts facts = hmac_facts(parameters_.integrity); facts.digest_size != 0) {
    expand_hmac(manager, facts, key, make_schedule<HmacSchedule>(integrity_), *model_);
  } else if (parameters_.integrity == Integrity::kAesXcbc) {
    expand_xcbc(manager, key, make_schedule<AesMacSchedule>(integrity_), *model_);
  } else if (parameters_.integrity == Integrity::kAesCmac) {
    expand_cmac(manager, key, make_schedule<AesMacSchedule>(integrity_), *model_);
  }
}

const Transform* IpsecMbTransform::spare() const {
  std::call_once(spare_once_, [this] {
    for (const Backend* other : backends()) {
      if (other == &backend() || !other->supports(parameters_)) continue;
      if (auto prepared = other->prepare(parameters_)) spare_ = std::move(*prepared);
      return;
    }
  });
  return spare_.get();
}

}  // namespace espy::crypto

#endif
