#include "crypto/ipsec_mb.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <iterator>
#include <ostream>
#include <random>
#include <string>
#include <vector>

#include "crypto/library.h"
#include "tests/crypto/sealer.h"

namespace espy::crypto {

namespace {

using ipsec::Encryption;
using ipsec::Integrity;
using ipsec::Protocol;
using tests::Message;
using tests::Octets;
using tests::seal;
using tests::Sealed;

// One row: algorithms, sizes in octets.
struct Case {
  const char* name;
  Protocol protocol;
  Encryption encryption;
  std::size_t key_size;
  Integrity integrity;
  std::size_t integrity_key_size;
  std::uint8_t icv_size;
};
std::ostream& operator<<(std::ostream& out, const Case& row) { return out << row.name; }

constexpr Case kCases[] = {
    {"AesCbc128HmacSha1", Protocol::kEsp, Encryption::kAesCbc, 16, Integrity::kHmacSha1, 20, 12},
    {"AesCbc192HmacSha256", Protocol::kEsp, Encryption::kAesCbc, 24, Integrity::kHmacSha256, 32, 16},
    {"AesCbc256HmacSha256Cut", Protocol::kEsp, Encryption::kAesCbc, 32, Integrity::kHmacSha256, 32, 12},
    {"AesCbc256HmacSha384", Protocol::kEsp, Encryption::kAesCbc, 32, Integrity::kHmacSha384, 48, 24},
    {"AesCbc256HmacSha512", Protocol::kEsp, Encryption::kAesCbc, 32, Integrity::kHmacSha512, 64, 32},
    {"AesCbc128HmacMd5", Protocol::kEsp, Encryption::kAesCbc, 16, Integrity::kHmacMd5, 16, 12},
    {"AesCbc128HmacSha512LongKey", Protocol::kEsp, Encryption::kAesCbc, 16, Integrity::kHmacSha512, 131, 32},
    {"AesCbc128HmacSha384LongKey", Protocol::kEsp, Encryption::kAesCbc, 16, Integrity::kHmacSha384, 131, 24},
    {"AesCbc128HmacSha256LongKey", Protocol::kEsp, Encryption::kAesCbc, 16, Integrity::kHmacSha256, 131, 16},
    {"AesCbc128HmacSha1LongKey", Protocol::kEsp, Encryption::kAesCbc, 16, Integrity::kHmacSha1, 80, 12},
    {"AesCbc128Xcbc", Protocol::kEsp, Encryption::kAesCbc, 16, Integrity::kAesXcbc, 16, 12},
    {"AesCbc256Cmac", Protocol::kEsp, Encryption::kAesCbc, 32, Integrity::kAesCmac, 16, 12},
    {"AesCbc128Alone", Protocol::kEsp, Encryption::kAesCbc, 16, Integrity::kNone, 0, 0},
    {"AesCbc128Unchecked", Protocol::kEsp, Encryption::kAesCbc, 16, Integrity::kAny, 0, 20},
    {"AesCtr128HmacSha1", Protocol::kEsp, Encryption::kAesCtr, 16, Integrity::kHmacSha1, 20, 12},
    {"AesCtr192Xcbc", Protocol::kEsp, Encryption::kAesCtr, 24, Integrity::kAesXcbc, 16, 12},
    {"AesCtr256HmacSha512", Protocol::kEsp, Encryption::kAesCtr, 32, Integrity::kHmacSha512, 64, 32},
    {"DesHmacMd5", Protocol::kEsp, Encryption::kDesCbc, 8, Integrity::kHmacMd5, 16, 12},
    {"TripleDesHmacSha1", Protocol::kEsp, Encryption::kTripleDesCbc, 24, Integrity::kHmacSha1, 20, 12},
    {"TripleDesAlone", Protocol::kEsp, Encryption::kTripleDesCbc, 24, Integrity::kNone, 0, 0},
    {"NullHmacSha256", Protocol::kEsp, Encryption::kNull, 0, Integrity::kHmacSha256, 32, 16},
    {"NullXcbc", Protocol::kEsp, Encryption::kNull, 0, Integrity::kAesXcbc, 16, 12},
    {"AesGcm128", Protocol::kEsp, Encryption::kAesGcm, 16, Integrity::kNone, 0, 16},
    {"AesGcm192Cut12", Protocol::kEsp, Encryption::kAesGcm, 24, Integrity::kNone, 0, 12},
    {"AesGcm256Cut8", Protocol::kEsp, Encryption::kAesGcm, 32, Integrity::kNone, 0, 8},
    {"AesGcm256Iiv", Protocol::kEsp, Encryption::kAesGcmIiv, 32, Integrity::kNone, 0, 16},
    {"AesCcm128Cut8", Protocol::kEsp, Encryption::kAesCcm, 16, Integrity::kNone, 0, 8},
    {"AesCcm128Cut12", Protocol::kEsp, Encryption::kAesCcm, 16, Integrity::kNone, 0, 12},
    {"AesCcm256", Protocol::kEsp, Encryption::kAesCcm, 32, Integrity::kNone, 0, 16},
    {"AesCcm256Iiv", Protocol::kEsp, Encryption::kAesCcmIiv, 32, Integrity::kNone, 0, 8},
    {"AesGmac128", Protocol::kEsp, Encryption::kAesGmac, 16, Integrity::kNone, 0, 16},
    {"AesGmac256", Protocol::kEsp, Encryption::kAesGmac, 32, Integrity::kNone, 0, 16},
    {"ChaCha20Poly1305", Protocol::kEsp, Encryption::kChaCha20Poly1305, 32, Integrity::kNone, 0, 16},
    {"ChaCha20Poly1305Iiv", Protocol::kEsp, Encryption::kChaCha20Poly1305Iiv, 32, Integrity::kNone, 0, 16},
    {"AhHmacSha1", Protocol::kAh, Encryption::kNone, 0, Integrity::kHmacSha1, 20, 12},
    {"AhHmacSha256", Protocol::kAh, Encryption::kNone, 0, Integrity::kHmacSha256, 32, 16},
    {"AhXcbc", Protocol::kAh, Encryption::kNone, 0, Integrity::kAesXcbc, 16, 12},
    {"AhCmac", Protocol::kAh, Encryption::kNone, 0, Integrity::kAesCmac, 16, 12},
    {"AhGmac192", Protocol::kAh, Encryption::kNone, 0, Integrity::kAesGmac, 24, 24},
};

std::mt19937& numbers() {
  static std::mt19937 generator(20);
  return generator;
}

Octets random_octets(std::size_t size) {
  Octets octets(size + sizeof(std::uint32_t));
  for (std::size_t offset = 0; offset < size; offset += sizeof(std::uint32_t)) {
    const auto number = static_cast<std::uint32_t>(numbers()());
    std::memcpy(octets.data() + offset, &number, sizeof number);
  }
  octets.resize(size);
  return octets;
}

ipsec::Key random_key(std::size_t size) { return ipsec::Key(random_octets(size)); }

Parameters make_parameters(const Case& row, bool esn) {
  const bool gmac = row.integrity == Integrity::kAesGmac;
  return {.protocol = row.protocol,
          .encryption = row.encryption,
          .integrity = row.integrity,
          .encryption_key = random_key(row.key_size),
          .salt = random_key(gmac ? 4 : ipsec::facts(row.encryption).salt_size),
          .integrity_key = random_key(row.integrity_key_size),
          .icv_size = row.icv_size,
          .esn = esn,
          .old_header = false};
}

// `size`: of the payload, rounded up to what the algorithm can send.
Message make_message(const Parameters& parameters, std::size_t size) {
  const bool gmac_in_ah = parameters.integrity == Integrity::kAesGmac;
  const std::size_t block = layout_of(parameters).block_size;
  Message message{.spi = 0x100 + static_cast<std::uint32_t>(numbers()() % 9),
                  .sequence = static_cast<std::uint32_t>(numbers()()),
                  .esn_high = 7,
                  .iv = {},
                  .payload = {},
                  .header = {}};
  message.iv = random_octets(gmac_in_ah ? 8 : ipsec::facts(parameters.encryption).iv_size);
  message.payload = random_octets((std::max<std::size_t>(size, 2) + block - 1) / block * block);
  if (parameters.protocol == Protocol::kAh) message.header = random_octets(44);
  return message;
}

// A packet on its way through the back-end, with room for what comes out.
struct Passage {
  Passage(const Transform& transform, const Message& message, const Sealed& sealed)
      : header(message.header), packet(sealed.packet), icv(sealed.icv), payload(message.payload), plaintext(packet.size()) {
    job.transform = &transform;
    job.esn_high = message.esn_high;
    refresh();
  }
  void refresh() {
    job.header = header;
    job.packet = packet;
    job.icv = icv;
    job.plaintext = plaintext.data();
  }
  bool reveals() const { return job.opened && std::ranges::equal(payload, job.content()); }

  Octets header, packet, icv, payload, plaintext;
  Job job;
};

void open_all(Engine& engine, std::vector<std::unique_ptr<Passage>>& passages) {
  std::vector<Job*> jobs;
  for (auto& passage : passages) jobs.push_back(&passage->job);
  engine.open(jobs);
}

void open_one(Engine& engine, Passage& passage) {
  passage.refresh();
  Job* const job = &passage.job;
  engine.open({&job, 1});
}

class IpsecMb : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    if (ipsec_mb_backend() == nullptr) GTEST_SKIP() << "no IPsec-MB library, or a processor without AES-NI";
    engine_ = ipsec_mb_backend()->make_engine();
  }
  std::unique_ptr<Transform> prepare(const Parameters& parameters) {
    auto transform = ipsec_mb_backend()->prepare(parameters);
    EXPECT_TRUE(transform) << transform.error().message;
    return transform ? *std::move(transform) : nullptr;
  }
  bool is_checked() const { return GetParam().integrity != Integrity::kAny && GetParam().icv_size != 0; }
  Check good() const { return is_checked() ? Check::kGood : Check::kNone; }

  std::unique_ptr<Engine> engine_;
};

TEST_P(IpsecMb, OpensWhatAnIndependentSenderSealed) {
  for (const bool esn : {false, true}) {
    const Parameters parameters = make_parameters(GetParam(), esn);
    const auto transform = prepare(parameters);
    ASSERT_TRUE(transform);
    for (std::size_t size = 0; size < 300; ++size) {
      const Message message = make_message(parameters, size);
      Passage passage(*transform, message, seal(parameters, message));
      open_one(*engine_, passage);
      EXPECT_EQ(passage.job.check, good()) << size;
      EXPECT_EQ(passage.reveals(), parameters.protocol == Protocol::kEsp) << size;
    }
  }
}

TEST_P(IpsecMb, OpensTheSmallestAndTheLargest) {
  const Parameters parameters = make_parameters(GetParam(), true);
  const auto transform = prepare(parameters);
  ASSERT_TRUE(transform);
  for (const std::size_t size : std::to_array<std::size_t>({2, 1400, 9000, 65'400, 65'496, 65'535, 65'552, 70'000})) {
    const Message message = make_message(parameters, size);
    Passage passage(*transform, message, seal(parameters, message));
    open_one(*engine_, passage);
    EXPECT_EQ(passage.job.check, good()) << size;
    EXPECT_EQ(passage.reveals(), parameters.protocol == Protocol::kEsp) << size;
  }
}

TEST_P(IpsecMb, AuthenticatesWithoutRoomForThePlaintext) {
  const Parameters parameters = make_parameters(GetParam(), false);
  const auto transform = prepare(parameters);
  ASSERT_TRUE(transform);
  std::vector<std::unique_ptr<Passage>> passages;
  for (std::size_t size = 2; size < 65'000; size += 1'500) {  // more than the engine's scratch holds at once
    const Message message = make_message(parameters, size);
    passages.push_back(std::make_unique<Passage>(*transform, message, seal(parameters, message)));
    passages.back()->job.plaintext = nullptr;
  }
  open_all(*engine_, passages);
  for (const auto& passage : passages) {
    EXPECT_EQ(passage->job.check, good());
    EXPECT_EQ(passage->job.opened, parameters.protocol == Protocol::kEsp && !transform->layout().encrypted);
  }
}

TEST_P(IpsecMb, FindsEveryChangedOctet) {
  const Parameters parameters = make_parameters(GetParam(), true);
  const auto transform = prepare(parameters);
  ASSERT_TRUE(transform);
  const Message message = make_message(parameters, 90);
  const Sealed sealed = seal(parameters, message);
  Passage passage(*transform, message, sealed);
  for (Octets* octets : {&passage.header, &passage.packet, &passage.icv}) {
    for (std::uint8_t& octet : *octets) {
      octet ^= 0x10;
      open_one(*engine_, passage);
      EXPECT_EQ(passage.job.check, is_checked() ? Check::kBad : Check::kNone);
      octet ^= 0x10;
    }
  }
  passage.job.esn_high ^= 1;
  open_one(*engine_, passage);
  EXPECT_EQ(passage.job.check, is_checked() ? Check::kBad : Check::kNone);
}

// AH always has a header before it.
class IpsecMbEsp : public IpsecMb {};

TEST_P(IpsecMbEsp, CoversTheHeaderBeforeEsp) {
  const Parameters parameters = make_parameters(GetParam(), true);
  const auto transform = prepare(parameters);
  ASSERT_TRUE(transform);
  for (const std::size_t size : std::to_array<std::size_t>({4, 8})) {
    Message message = make_message(parameters, 100);
    message.header = random_octets(size);
    Passage passage(*transform, message, seal(parameters, message));
    open_one(*engine_, passage);
    EXPECT_EQ(passage.job.check, good());
    EXPECT_TRUE(passage.reveals());
    passage.header[0] ^= 1;
    open_one(*engine_, passage);
    EXPECT_EQ(passage.job.check, is_checked() ? Check::kBad : Check::kNone);
  }
}

TEST_P(IpsecMb, IsSafeWithEveryLength) {
  const Parameters parameters = make_parameters(GetParam(), false);
  const auto transform = prepare(parameters);
  ASSERT_TRUE(transform);
  for (std::size_t size = 0; size < 200; ++size) {
    Message message = make_message(parameters, 0);
    const Sealed random{random_octets(size), random_octets(parameters.icv_size)};
    Passage passage(*transform, message, random);
    open_one(*engine_, passage);
    const bool fits = parameters.protocol == Protocol::kAh || layout_of(parameters).fits(size);
    EXPECT_EQ(passage.job.check, is_checked() || !fits ? Check::kBad : Check::kNone) << size;
    EXPECT_EQ(passage.job.opened, fits && parameters.protocol == Protocol::kEsp) << size;
  }
}

// A packet whose neighbours cannot be read, and room for its plaintext whose neighbours cannot be written.
class Fenced {
 public:
  Fenced() : page_(static_cast<std::size_t>(::sysconf(_SC_PAGESIZE))) {
    memory_ = static_cast<std::uint8_t*>(::mmap(nullptr, 3 * page_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    ::mprotect(memory_ + page_, page_, PROT_READ | PROT_WRITE);
  }
  ~Fenced() { ::munmap(memory_, 3 * page_); }
  Fenced(const Fenced&) = delete;
  Fenced& operator=(const Fenced&) = delete;
  std::uint8_t* room(std::size_t size, bool at_end) { return at_end ? memory_ + 2 * page_ - size : memory_ + page_; }
  base::Bytes place(base::Bytes bytes, bool at_end) {
    std::uint8_t* const at = room(bytes.size(), at_end);
    std::ranges::copy(bytes, at);
    return {at, bytes.size()};
  }

 private:
  std::size_t page_;
  std::uint8_t* memory_;
};

TEST_P(IpsecMb, TouchesNothingOutsideOfThePacket) {
  const Parameters parameters = make_parameters(GetParam(), false);
  const auto transform = prepare(parameters);
  ASSERT_TRUE(transform);
  Fenced packet, plaintext;
  for (std::size_t size = 0; size < 600; size += size < 140 ? 1 : 13) {
    const Message message = make_message(parameters, size);
    Passage passage(*transform, message, seal(parameters, message));
    for (const bool at_end : {false, true}) {
      passage.refresh();
      passage.job.packet = packet.place(passage.packet, at_end);
      passage.job.plaintext = plaintext.room(message.payload.size(), at_end);
      Job* const job = &passage.job;
      engine_->open({&job, 1});
      EXPECT_EQ(passage.job.check, good()) << size;
    }
  }
}

std::vector<Case> esp_cases() {
  std::vector<Case> cases;
  std::ranges::copy_if(kCases, std::back_inserter(cases), [](const Case& one) { return one.protocol == Protocol::kEsp; });
  return cases;
}

INSTANTIATE_TEST_SUITE_P(All, IpsecMb, testing::ValuesIn(kCases), [](const auto& row) { return std::string(row.param.name); });
INSTANTIATE_TEST_SUITE_P(All, IpsecMbEsp, testing::ValuesIn(esp_cases()), [](const auto& row) { return std::string(row.param.name); });

TEST(IpsecMbBurst, KeepsJobsOfManyAssociationsApart) {
  if (ipsec_mb_backend() == nullptr) GTEST_SKIP() << "no IPsec-MB library, or a processor without AES-NI";
  const auto engine = ipsec_mb_backend()->make_engine();
  std::vector<Parameters> associations;
  std::vector<std::unique_ptr<Transform>> transforms;
  for (const Case& row : kCases) {
    associations.push_back(make_parameters(row, associations.size() % 3 == 0));
    transforms.push_back(*ipsec_mb_backend()->prepare(associations.back()));
  }
  std::vector<std::unique_ptr<Passage>> passages;
  std::vector<bool> forged;
  for (std::size_t count = 0; count < 1500; ++count) {
    const std::size_t which = numbers()() % associations.size();
    const Message message = make_message(associations[which], numbers()() % 2000);
    passages.push_back(std::make_unique<Passage>(*transforms[which], message, seal(associations[which], message)));
    forged.push_back(numbers()() % 5 == 0);
    if (forged.back()) passages.back()->packet[0] ^= 0x80;
  }
  open_all(*engine, passages);
  for (std::size_t index = 0; index < passages.size(); ++index) {
    const Job& job = passages[index]->job;
    if (job.check == Check::kNone) continue;
    EXPECT_EQ(job.check, forged[index] ? Check::kBad : Check::kGood) << index;
    if (forged[index] || job.transform->protocol() == Protocol::kAh) continue;
    EXPECT_TRUE(passages[index]->reveals()) << index;
  }
}

TEST(IpsecMbBackend, RefusesWhatTheLibraryHasNot) {
  if (ipsec_mb_backend() == nullptr) GTEST_SKIP() << "no IPsec-MB library, or a processor without AES-NI";
  const Case ccm_192{"", Protocol::kEsp, Encryption::kAesCcm, 24, Integrity::kNone, 0, 16};
  const Case twofish{"", Protocol::kEsp, Encryption::kTwofishCbc, 16, Integrity::kHmacSha1, 20, 12};
  const Case ripemd{"", Protocol::kEsp, Encryption::kAesCbc, 16, Integrity::kHmacRipemd160, 20, 12};
  const Case short_key{"", Protocol::kEsp, Encryption::kAesCbc, 15, Integrity::kHmacSha1, 20, 12};
  const Case large_icv{"", Protocol::kEsp, Encryption::kAesCbc, 16, Integrity::kHmacSha1, 20, 21};
  const Case sealed_twice{"", Protocol::kEsp, Encryption::kAesGcm, 16, Integrity::kHmacSha1, 20, 12};
  for (const Case& row : {ccm_192, twofish, ripemd, short_key, large_icv, sealed_twice}) {
    const Parameters parameters = make_parameters(row, false);
    EXPECT_FALSE(ipsec_mb_backend()->supports(parameters));
    EXPECT_FALSE(ipsec_mb_backend()->prepare(parameters));
  }
}

}  // namespace

}  // namespace espy::crypto
