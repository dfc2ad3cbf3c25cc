// bare_open: bare_scan, and every ESP packet of a known SA is checked and decrypted with IPsec-MB: AES-GCM by its direct call, AES-CBC with
// HMAC-SHA-256 by its bursts. espy's speed with keys is given as a share of its speed.
#define NO_COMPAT_IMB_API_053
#include <intel-ipsec-mb.h>

#include <cstdio>
#include <deque>

#include "bench/limit_inspect.h"
#include "bench/limit_ledger.h"

namespace espy::bench {

namespace {

constexpr std::size_t kEspHeader = 8;
constexpr std::size_t kGcmIv = 8;
constexpr std::size_t kBlock = 16;
constexpr std::size_t kIcv = 16;
constexpr std::size_t kSalt = 4;
constexpr std::size_t kAesKey = 16;
constexpr std::size_t kLargestText = 64 * 1024;
constexpr std::size_t kBurst = 64;

struct Keys {
  alignas(64) gcm_key_data gcm;
  alignas(16) std::array<std::uint8_t, 16 * 11> encrypt;
  alignas(16) std::array<std::uint8_t, 16 * 11> decrypt;
  alignas(64) std::array<std::uint8_t, 64> inner;
  alignas(64) std::array<std::uint8_t, 64> outer;
  std::array<std::uint8_t, kSalt> salt;
  bool cbc;
};

void prepare_hmac(IMB_MGR& manager, const std::vector<std::uint8_t>& key, Keys& keys) {
  for (const bool inner : {true, false}) {
    std::array<std::uint8_t, 64> block;
    block.fill(inner ? 0x36 : 0x5c);
    for (std::size_t index = 0; index < key.size(); ++index) block[index] = static_cast<std::uint8_t>(block[index] ^ key[index]);
    IMB_SHA256_ONE_BLOCK(&manager, block.data(), inner ? keys.inner.data() : keys.outer.data());
  }
}

void prepare(IMB_MGR& manager, const BareAssociation& association, Keys& keys) {
  keys.cbc = !association.integrity_key.empty();
  if (keys.cbc) {
    IMB_AES_KEYEXP_128(&manager, association.encryption_key.data(), keys.encrypt.data(), keys.decrypt.data());
    return prepare_hmac(manager, association.integrity_key, keys);
  }
  IMB_AES128_GCM_PRE(&manager, association.encryption_key.data(), &keys.gcm);
  std::memcpy(keys.salt.data(), association.encryption_key.data() + kAesKey, kSalt);
}

bool same_icv(const std::uint8_t* one, const std::uint8_t* other) { return std::memcmp(one, other, kIcv) == 0; }

struct KeyedRow {
  std::uint64_t key = 0;
  const Keys* keys = nullptr;
};

// One for each worker.
class Opener {
 public:
  Opener() : manager_(alloc_mb_mgr(0)), text_(kLargestText) { init_mb_mgr_auto(manager_, nullptr); }
  Opener(const Opener&) = delete;
  Opener& operator=(const Opener&) = delete;
  ~Opener() { free_mb_mgr(manager_); }

  IMB_MGR& manager() { return *manager_; }

  void open(std::uint8_t* packet, const Keys& keys, Observation& observation) {
    if (keys.cbc) {
      add_job(packet, keys, observation);
      if (++waiting_ == kBurst) submit();
    } else {
      open_gcm(packet, keys, observation);
    }
  }

  void finish() {
    if (waiting_ > 0) submit();
    std::array<IMB_JOB*, kBurst> done;
    while (const std::uint32_t count = IMB_FLUSH_BURST(manager_, kBurst, done.data())) take(done.data(), count);
  }

 private:
  void open_gcm(const std::uint8_t* packet, const Keys& keys, Observation& observation) {
    const std::size_t around = kEspHeader + kGcmIv + kIcv;
    if (observation.payload_size <= around) return;
    std::array<std::uint8_t, kSalt + kGcmIv> nonce;
    std::memcpy(nonce.data(), keys.salt.data(), kSalt);
    std::memcpy(nonce.data() + kSalt, packet + kEspHeader, kGcmIv);
    const std::size_t text_size = observation.payload_size - around;
    const std::uint8_t* const text = packet + kEspHeader + kGcmIv;
    std::array<std::uint8_t, kIcv> tag;
    gcm_context_data context;
    IMB_AES128_GCM_DEC(manager_, &keys.gcm, &context, text_.data(), text, text_size, nonce.data(), packet, kEspHeader, tag.data(), kIcv);
    observation.good = same_icv(tag.data(), text + text_size);
  }

  void add_job(std::uint8_t* packet, const Keys& keys, Observation& observation) {
    const std::size_t around = kEspHeader + kBlock + kIcv;
    if (observation.payload_size <= around) return;
    if (waiting_ == 0) IMB_GET_NEXT_BURST(manager_, kBurst, jobs_.data());
    IMB_JOB& job = *jobs_[waiting_];
    job.cipher_mode = IMB_CIPHER_CBC;
    job.cipher_direction = IMB_DIR_DECRYPT;
    job.chain_order = IMB_ORDER_HASH_CIPHER;
    job.hash_alg = IMB_AUTH_HMAC_SHA_256;
    job.enc_keys = keys.encrypt.data();
    job.dec_keys = keys.decrypt.data();
    job.key_len_in_bytes = kAesKey;
    job.iv = packet + kEspHeader;
    job.iv_len_in_bytes = kBlock;
    job.src = packet;
    job.dst = packet + kEspHeader + kBlock;
    job.cipher_start_src_offset_in_bytes = kEspHeader + kBlock;
    job.msg_len_to_cipher_in_bytes = observation.payload_size - around;
    job.hash_start_src_offset_in_bytes = 0;
    job.msg_len_to_hash_in_bytes = observation.payload_size - kIcv;
    job.u.HMAC = {keys.inner.data(), keys.outer.data()};
    job.auth_tag_output = tags_[next_tag_++ % tags_.size()].data();
    job.auth_tag_output_len_in_bytes = kIcv;
    job.user_data = &observation;
    job.user_data2 = packet + observation.payload_size - kIcv;
  }

  void submit() {
    const std::uint32_t count = IMB_SUBMIT_BURST_NOCHECK(manager_, waiting_, jobs_.data());
    take(jobs_.data(), count);
    waiting_ = 0;
  }

  static void take(IMB_JOB* const* jobs, std::uint32_t count) {
    for (std::uint32_t index = 0; index < count; ++index) {
      const IMB_JOB& job = *jobs[index];
      static_cast<Observation*>(job.user_data)->good = same_icv(job.auth_tag_output, static_cast<const std::uint8_t*>(job.user_data2));
    }
  }

  IMB_MGR* manager_;
  std::vector<std::uint8_t> text_;  // one for all packets: it stays in the nearest cache, and nobody reads it
  std::array<IMB_JOB*, kBurst> jobs_{};
  std::array<std::array<std::uint8_t, 32>, 4 * kBurst> tags_{};
  std::uint32_t waiting_ = 0;
  std::size_t next_tag_ = 0;
};

class Open final : public Work {
 public:
  Open(const BareConfiguration& configuration, unsigned jobs) : policies_(configuration.policies), openers_(jobs) {
    for (const BareAssociation& association : configuration.associations) {
      keys_.push_back(std::make_unique<Keys>());
      prepare(openers_.front().manager(), association, *keys_.back());
      associations_[association.key].keys = keys_.back().get();
    }
  }

  void inspect(Batch& batch, unsigned worker) override {
    inspect_batch(batch, policies_);
    Opener& opener = openers_[worker];
    for (Observation& observation : batch.observations()) {
      if (observation.what != FrameClass::kEsp) continue;
      const KeyedRow* const row = associations_.find(observation.key);
      if (row != nullptr) opener.open(batch.octets() + observation.offset, *row->keys, observation);
    }
    opener.finish();
  }

  void commit(Batch& batch) override { ledger_.commit(batch.observations(), batch.frames().size()); }
  const BareLedger& ledger() const { return ledger_; }

 private:
  const BarePolicies& policies_;
  std::vector<std::unique_ptr<Keys>> keys_;
  BareTable<KeyedRow> associations_;
  std::deque<Opener> openers_;
  BareLedger ledger_;
};

}  // namespace

}  // namespace espy::bench

int main(int count, char** words) {
  using namespace espy::bench;
  const LimitArguments arguments = read_limit_arguments(count, words);
  const BareConfiguration configuration(arguments.configuration);
  Open open(configuration, arguments.jobs);
  Line(open_capture(arguments.capture), arguments.jobs, open).run();
  print_counts(open.ledger());
  return 0;
}
