#include "crypto/ipsec_mb_engine.h"

#ifdef ESPY_HAVE_IPSEC_MB

#define NO_COMPAT_IMB_API_053
#include <intel-ipsec-mb.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <new>

#include "crypto/ipsec_mb_transform.h"
#include "crypto/library.h"
#include "crypto/octets.h"

namespace espy::crypto {

namespace {

constexpr std::align_val_t kManagerAlignment{64};

// The library counts the octets of a job in 16 bits.
constexpr std::size_t kMaxJobSize = 0xfffe;
// Jobs between two flushes: half of the library's queue, and more than its widest multi-buffer code has lanes (16).
constexpr std::size_t kBurstSize = 128;
// Copies of what the library must see in one piece, between two flushes: a burst of 64 with jumbo frames fits.
constexpr std::size_t kScratchSize = 1024 * 1024;
constexpr std::size_t kCacheLine = 64;
constexpr std::size_t kLargestPrefix = 16;  // of a WESP header with its padding (RFC 5840)
constexpr std::size_t kEsnSize = 4;
constexpr std::size_t kSpiSize = 4;
constexpr std::size_t kEspHeaderSize = 8;
constexpr std::size_t kMaxAssociatedSize = kLargestPrefix + kEspHeaderSize + kEsnSize;
constexpr std::size_t kGmacIvSize = 8;
constexpr std::size_t kTagSize = 16;

// A job of ours that waits in the library's queue, with what the library reads and writes until it is done.
struct Pending {
  Job* job;
  alignas(16) std::array<std::uint8_t, 64> tag;
  alignas(16) InitialVector::Room iv;
  alignas(16) std::array<std::uint8_t, kMaxAssociatedSize> associated;
};

std::uint8_t* append(std::uint8_t* out, base::Bytes bytes) {
  if (!bytes.empty()) std::memcpy(out, bytes.data(), bytes.size());
  return out + bytes.size();
}

const IpsecMbTransform& transform_of(const Job& job) { return static_cast<const IpsecMbTransform&>(*job.transform); }

base::Bytes icv_of(const Job& job) {
  if (job.transform->protocol() == ipsec::Protocol::kAh) return job.icv;
  return job.packet.last(job.transform->layout().icv_size);
}

bool matches(base::Bytes tag, base::Bytes icv) { return equal_in_constant_time(icv, tag.first(icv.size())); }

base::Bytes payload_of(const Job& job) {
  const Layout& layout = job.transform->layout();
  return job.packet.subspan(layout.payload_offset(), layout.payload_size(job.packet.size()));
}

// SPI and sequence number, the high half between them where there is one (RFC 4106 section 5).
base::Bytes make_associated(const Job& job, std::uint8_t* room) {
  const bool esn = transform_of(job).parameters().esn;
  if (!esn && job.header.empty()) return job.packet.first(kEspHeaderSize);
  std::uint8_t* out = append(room, job.header);
  out = append(out, job.packet.first(kSpiSize));
  if (esn) {
    put_big_endian(job.esn_high, out);
    out += kEsnSize;
  }
  out = append(out, job.packet.subspan(kSpiSize, kEspHeaderSize - kSpiSize));
  return {room, out};
}

const gcm_key_data* gcm_key(const IpsecMbTransform& transform) { return static_cast<const gcm_key_data*>(transform.gcm_key()); }

// `slot` already reads what in_one_piece() gave.
void set_cipher(const Job& job, Pending& pending, IMB_JOB& slot) {
  const IpsecMbTransform& transform = transform_of(job);
  const std::size_t before = transform.authenticates() ? job.header.size() : 0;
  slot.iv = transform.initial_vector().of(job.packet, job.esn_high, pending.iv).data();
  slot.cipher_start_src_offset_in_bytes = before + transform.layout().payload_offset();
  slot.msg_len_to_cipher_in_bytes = transform.layout().payload_size(job.packet.size());
  slot.dst = job.plaintext;
}

struct GmacCalls {
  aes_gmac_init_t init;
  aes_gmac_update_t update;
  aes_gmac_finalize_t finalize;
};

class IpsecMbEngine final : public Engine {
 public:
  IpsecMbEngine();
  void open(std::span<Job* const> jobs) noexcept override;

 private:
  void open_one(Job& job);
  void open_gcm(Job& job);
  void open_gmac(Job& job);
  void compute_gmac(const Job& job, base::Bytes iv, std::span<std::uint8_t, kTagSize> tag);
  void open_by_spare(Job& job);
  void queue(Job& job);
  void queue_aead(Job& job);
  base::Bytes in_one_piece(const Job& job);
  std::uint8_t* reserve(std::size_t size);
  Pending& add_pending(Job& job);
  void submit();
  void settle(const IMB_JOB* done);
  void flush();

  IpsecMbManager manager_;
  std::array<aes_gcm_enc_dec_t, 3> gcm_decrypt_;
  std::array<GmacCalls, 3> gmac_;
  std::array<Pending, kBurstSize> pending_;
  std::size_t pending_count_ = 0;
  std::unique_ptr<std::uint8_t[]> scratch_ = std::make_unique_for_overwrite<std::uint8_t[]>(kScratchSize);
  std::size_t scratch_used_ = 0;
  Opener spare_;
};

IpsecMbEngine::IpsecMbEngine()
    : gcm_decrypt_{(*manager_).gcm128_dec, (*manager_).gcm192_dec, (*manager_).gcm256_dec},
      gmac_{{{(*manager_).gmac128_init, (*manager_).gmac128_update, (*manager_).gmac128_finalize},
             {(*manager_).gmac192_init, (*manager_).gmac192_update, (*manager_).gmac192_finalize},
             {(*manager_).gmac256_init, (*manager_).gmac256_update, (*manager_).gmac256_finalize}}} {}

void IpsecMbEngine::open(std::span<Job* const> jobs) noexcept {
  for (Job* job : jobs) open_one(*job);
  flush();
}

void IpsecMbEngine::open_one(Job& job) {
  const IpsecMbTransform& transform = transform_of(job);
  const bool ah = transform.protocol() == ipsec::Protocol::kAh;
  job.check = Check::kBad;
  job.opened = false;
  if (ah ? job.icv.size() != transform.parameters().icv_size : !transform.layout().fits(job.packet.size())) return;
  const std::size_t size = job.header.size() + job.packet.size();
  if (size == 0 || size + kEsnSize > kMaxJobSize) return open_by_spare(job);
  switch (transform.route()) {
    case IpsecMbRoute::kQueue: return queue(job);
    case IpsecMbRoute::kQueueAead: return queue_aead(job);
    case IpsecMbRoute::kGcm: return open_gcm(job);
    case IpsecMbRoute::kGmac: return open_gmac(job);
  }
}

void IpsecMbEngine::open_by_spare(Job& job) {
  Job other = job;
  other.transform = transform_of(job).spare();
  if (other.transform == nullptr) return;
  spare_.open({&other, 1});
  job.check = other.check;
  job.opened = other.opened;
}

void IpsecMbEngine::open_gcm(Job& job) {
  if (job.header.size() > kLargestPrefix) return;
  const IpsecMbTransform& transform = transform_of(job);
  const base::Bytes payload = payload_of(job);
  std::uint8_t* out = job.plaintext != nullptr ? job.plaintext : reserve(payload.size());
  std::array<std::uint8_t, kMaxAssociatedSize> room;
  InitialVector::Room iv_room;
  std::array<std::uint8_t, kTagSize> tag;
  gcm_context_data context;
  const base::Bytes associated = make_associated(job, room.data());
  const base::Bytes iv = transform.initial_vector().of(job.packet, job.esn_high, iv_room);
  gcm_decrypt_[transform.gcm_key_index()](gcm_key(transform), &context, out, payload.data(), payload.size(), iv.data(), associated.data(),
                                          associated.size(), tag.data(), tag.size());
  job.check = matches(tag, icv_of(job)) ? Check::kGood : Check::kBad;
  job.opened = job.plaintext != nullptr;
}

void IpsecMbEngine::open_gmac(Job& job) {
  const IpsecMbTransform& transform = transform_of(job);
  const bool ah = transform.protocol() == ipsec::Protocol::kAh;
  if (!ah && job.header.size() > kLargestPrefix) return;
  InitialVector::Room room;
  const InitialVector& initial_vector = transform.initial_vector();
  const base::Bytes iv = ah ? initial_vector.salted(job.icv.first(kGmacIvSize), room) : initial_vector.of(job.packet, job.esn_high, room);
  std::array<std::uint8_t, kTagSize> tag;
  compute_gmac(job, iv, tag);
  job.check = matches(tag, icv_of(job).last(kTagSize)) ? Check::kGood : Check::kBad;
  job.opened = !ah;
}

// RFC 4543: everything is associated data. ESP has the high half between SPI and sequence number, AH after the packet.
void IpsecMbEngine::compute_gmac(const Job& job, base::Bytes iv, std::span<std::uint8_t, kTagSize> tag) {
  const IpsecMbTransform& transform = transform_of(job);
  const bool esn = transform.parameters().esn;
  const GmacCalls& gmac = gmac_[transform.gcm_key_index()];
  const gcm_key_data* const key = gcm_key(transform);
  gcm_context_data context;
  std::array<std::uint8_t, kMaxAssociatedSize> room;
  const auto add = [&](base::Bytes part) { gmac.update(key, &context, part.data(), part.size()); };
  gmac.init(key, &context, iv.data(), iv.size());
  if (transform.protocol() == ipsec::Protocol::kAh) {
    if (!job.header.empty()) add(job.header);
    if (!job.packet.empty()) add(job.packet);
    put_big_endian(job.esn_high, room.data());
    if (esn) add(base::Bytes(room).first(kEsnSize));
  } else {
    // In as few pieces as there can be: the library is slow where blocks that are not whole meet.
    const std::size_t before = esn || !job.header.empty() ? kEspHeaderSize : 0;
    if (before != 0) add(make_associated(job, room.data()));
    add(job.packet.first(job.packet.size() - kTagSize).subspan(before));
  }
  gmac.finalize(key, &context, tag.data(), tag.size());
}

// What the ICV covers, contiguous, which the library asks for.
base::Bytes IpsecMbEngine::in_one_piece(const Job& job) {
  const IpsecMbTransform& transform = transform_of(job);
  const bool ah = transform.protocol() == ipsec::Protocol::kAh;
  const base::Bytes covered = job.packet.first(job.packet.size() - (ah ? 0 : transform.layout().icv_size));
  const bool esn = transform.parameters().esn;
  if (!transform.authenticates() || (!esn && job.header.empty())) return covered;
  std::uint8_t* const piece = reserve(job.header.size() + covered.size() + kEsnSize);
  std::uint8_t* end = append(append(piece, job.header), covered);
  if (esn) {
    put_big_endian(job.esn_high, end);
    end += kEsnSize;
  }
  return {piece, end};
}

void IpsecMbEngine::queue(Job& job) {
  const IpsecMbTransform& transform = transform_of(job);
  const IMB_JOB& model = transform.model();
  const bool deciphers = job.plaintext != nullptr && model.cipher_mode != IMB_CIPHER_NULL;
  job.opened = deciphers || !transform.layout().encrypted;
  if (!transform.authenticates()) job.check = Check::kNone;
  if (!deciphers && !transform.authenticates()) return;

  const base::Bytes source = in_one_piece(job);
  Pending& pending = add_pending(job);
  IMB_JOB& slot = *IMB_GET_NEXT_JOB(&*manager_);
  slot = model;
  slot.src = source.data();
  slot.msg_len_to_hash_in_bytes = source.size();
  slot.auth_tag_output = pending.tag.data();
  slot.user_data = &pending;
  if (deciphers) {
    set_cipher(job, pending, slot);
  } else {
    slot.cipher_mode = IMB_CIPHER_NULL;
  }
  submit();
}

void IpsecMbEngine::queue_aead(Job& job) {
  const IpsecMbTransform& transform = transform_of(job);
  if (job.header.size() > kLargestPrefix) return;
  const base::Bytes payload = payload_of(job);
  std::uint8_t* out = job.plaintext != nullptr ? job.plaintext : reserve(payload.size());
  job.opened = job.plaintext != nullptr;
  Pending& pending = add_pending(job);
  const base::Bytes associated = make_associated(job, pending.associated.data());
  IMB_JOB& slot = *IMB_GET_NEXT_JOB(&*manager_);
  slot = transform.model();
  slot.src = payload.data();
  slot.dst = out;
  slot.msg_len_to_cipher_in_bytes = slot.msg_len_to_hash_in_bytes = payload.size();
  slot.iv = transform.initial_vector().of(job.packet, job.esn_high, pending.iv).data();
  slot.auth_tag_output = pending.tag.data();
  slot.user_data = &pending;
  if (slot.hash_alg == IMB_AUTH_AES_CCM) {
    slot.u.CCM = {associated.data(), associated.size()};
  } else {
    slot.u.CHACHA20_POLY1305 = {associated.data(), associated.size(), nullptr};
  }
  submit();
}

// Room in the scratch until the next flush.
std::uint8_t* IpsecMbEngine::reserve(std::size_t size) {
  if (scratch_used_ + size > kScratchSize) flush();
  std::uint8_t* const room = scratch_.get() + scratch_used_;
  scratch_used_ = std::min(kScratchSize, (scratch_used_ + size + kCacheLine - 1) / kCacheLine * kCacheLine);
  return room;
}

Pending& IpsecMbEngine::add_pending(Job& job) {
  Pending& pending = pending_[pending_count_++];
  pending.job = &job;
  return pending;
}

void IpsecMbEngine::submit() {
  // Unchecked by the library: keys and sizes are those of a prepared transform, and open_one() has seen that the packet fits it. What else
  // is complete waits for flush(): the queue has room for more than there are pending.
  if (const IMB_JOB* const done = IMB_SUBMIT_JOB_NOCHECK(&*manager_)) settle(done);
  if (pending_count_ == pending_.size()) flush();
}

void IpsecMbEngine::settle(const IMB_JOB* done) {
  const Pending& pending = *static_cast<const Pending*>(done->user_data);
  Job& job = *pending.job;
  const bool complete = done->status == IMB_STATUS_COMPLETED;
  job.opened = complete && job.opened;
  if (!complete || job.check == Check::kNone) return;
  job.check = matches(pending.tag, icv_of(job)) ? Check::kGood : Check::kBad;
}

void IpsecMbEngine::flush() {
  while (const IMB_JOB* done = IMB_FLUSH_JOB(&*manager_)) settle(done);
  pending_count_ = 0;
  scratch_used_ = 0;
}

}  // namespace

IpsecMbManager::IpsecMbManager() : memory_(::operator new(imb_get_mb_mgr_size(), kManagerAlignment)) {
  manager_ = imb_set_pointers_mb_mgr(memory_, 0, 1);
  if (manager_ == nullptr) return;
  IMB_ARCH architecture = IMB_ARCH_NONE;
  init_mb_mgr_auto(manager_, &architecture);
  usable_ = imb_get_errno(manager_) == 0 && architecture != IMB_ARCH_NONE && architecture != IMB_ARCH_NOAESNI;
}

IpsecMbManager::~IpsecMbManager() {
  explicit_bzero(memory_, imb_get_mb_mgr_size());
  ::operator delete(memory_, kManagerAlignment);
}

std::unique_ptr<Engine> make_ipsec_mb_engine() { return std::make_unique<IpsecMbEngine>(); }

}  // namespace espy::crypto

#endif
