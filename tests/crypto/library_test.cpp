#include "crypto/library.h"

#include <algorithm>
#include <memory>

#include "tests/crypto/opening.h"

namespace espy::crypto {
namespace {

using E = ipsec::Encryption;
using I = ipsec::Integrity;

Parameters null_md5(std::string_view secret) {
  Parameters parameters;
  parameters.encryption = E::kNull;
  parameters.integrity = I::kHmacMd5;
  parameters.integrity_key = key(secret);
  parameters.icv_size = 12;
  return parameters;
}

Parameters cipher_alone(E encryption, std::size_t key_size) {
  Parameters parameters;
  parameters.encryption = encryption;
  parameters.encryption_key = ipsec::Key(Octets(key_size, 0x5a));
  return parameters;
}

std::vector<std::string_view> names() {
  std::vector<std::string_view> found;
  for (const Backend* const backend : backends()) found.push_back(backend->name());
  return found;
}

TEST(Library, ListsTheFastestFirst) {
  std::vector<std::string_view> found = names();
  std::erase(found, "ipsec-mb");
  EXPECT_EQ(found, (std::vector<std::string_view>{"openssl", "libgcrypt"}));
  if (names().size() == 3) {
    EXPECT_EQ(names().front(), "ipsec-mb");
  }
}

TEST(Library, NamesTheVersions) {
  for (const Backend* const backend : backends()) EXPECT_TRUE(std::ranges::any_of(backend->version(), [](char c) { return c == '.'; }));
  EXPECT_EQ(Library::force("openssl")->supports(cipher_alone(E::kBlowfishCbc, 7)), true) << "the legacy provider is missing";
}

TEST(Library, ForcesOneOrSaysWhichThereAre) {
  const auto forced = Library::force("libgcrypt");
  ASSERT_TRUE(forced);
  EXPECT_EQ((*forced->prepare(null_md5("0b0b")))->backend().name(), "libgcrypt");
  const auto missing = Library::force("rot13");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().message, "there is no crypto back-end \"rot13\" here");
  EXPECT_NE(missing.error().advice.find("openssl, libgcrypt"), std::string::npos);
}

TEST(Library, FallsBackToTheBackendThatHasIt) {
  EXPECT_EQ((*Library().prepare(cipher_alone(E::kTwofishCbc, 16)))->backend().name(), "libgcrypt");
  EXPECT_EQ((*Library().prepare(cipher_alone(E::kCast128Cbc, 5)))->backend().name(), "openssl");
  EXPECT_FALSE(Library::force("openssl")->supports(cipher_alone(E::kTwofishCbc, 16)));
}

// What bench/README.md measured; with a key of so many octets. IPsec-MB goes before wherever it is and has the algorithm.
struct Fastest {
  E encryption;
  std::size_t key_size;
  std::uint8_t salt_size;
  std::uint8_t icv_size;
  const char* name;
};
constexpr Fastest kFastest[] = {
    {E::kDesCbc, 8, 0, 0, "openssl"},         {E::kTripleDesCbc, 24, 0, 0, "libgcrypt"},
    {E::kBlowfishCbc, 16, 0, 0, "libgcrypt"}, {E::kBlowfishCbc, 56, 0, 0, "libgcrypt"},
    {E::kCast128Cbc, 16, 0, 0, "libgcrypt"},  {E::kCast128Cbc, 5, 0, 0, "openssl"},
    {E::kCamelliaCbc, 32, 0, 0, "libgcrypt"}, {E::kCamelliaCtr, 16, 4, 0, "libgcrypt"},
    {E::kSerpentCbc, 32, 0, 0, "libgcrypt"},  {E::kTwofishCbc, 32, 0, 0, "libgcrypt"},
    {E::kAesCbc, 16, 0, 0, "openssl"},        {E::kAesCtr, 32, 4, 0, "openssl"},
    {E::kAesGcm, 16, 4, 16, "libgcrypt"},     {E::kChaCha20Poly1305, 32, 4, 16, "openssl"},
};

TEST(Library, TakesTheFastestForEachAlgorithm) {
  for (const Fastest& one : kFastest) {
    Parameters parameters = cipher_alone(one.encryption, one.key_size);
    parameters.salt = ipsec::Key(Octets(one.salt_size, 0x17));
    parameters.icv_size = one.icv_size;
    const Backend* const first = backends().front();
    const bool accelerated = first->name() == "ipsec-mb" && first->supports(parameters);
    const auto prepared = Library().prepare(parameters);
    ASSERT_TRUE(prepared) << ipsec::facts(one.encryption).name;
    EXPECT_EQ((*prepared)->backend().name(), accelerated ? "ipsec-mb" : one.name)
        << ipsec::facts(one.encryption).name << ' ' << one.key_size;
    EXPECT_TRUE((*Library::force(one.name)).supports(parameters)) << ipsec::facts(one.encryption).name;
  }
}

TEST(Library, SaysThatNobodyHasIt) {
  const Parameters parameters = cipher_alone(E::kTwofishCbc, 24);
  EXPECT_FALSE(Library().supports(parameters));
  EXPECT_EQ(Library().prepare(parameters).error().message, "no back-end of this machine has twofish-cbc with a key of 192 bits");
  EXPECT_EQ(Library::force("openssl")->prepare(cipher_alone(E::kSerpentCbc, 16)).error().message,
            "the crypto back-end openssl has no serpent-cbc with a key of 128 bits");
}

// Parameters that no configuration makes: every back-end says no instead of reading past a key.
TEST(Library, SupportsNothingThatDoesNotFitTogether) {
  const auto refused = [](const Parameters& parameters) {
    EXPECT_TRUE(backends_for(parameters).empty());
    for (const Backend* const backend : backends()) {
      if (backend->name() != "ipsec-mb") {
        EXPECT_FALSE(backend->prepare(parameters));
      }
    }
  };
  for (std::size_t size : {0U, 1U, 15U, 17U, 33U, 64U}) refused(cipher_alone(E::kAesCbc, size));
  refused(cipher_alone(E::kAesGcm, 16));  // neither salt nor ICV
  Parameters parameters = cipher_alone(E::kAesGcm, 16);
  parameters.salt = key("00010203");
  parameters.icv_size = 4;
  refused(parameters);
  parameters.icv_size = 16;
  parameters.old_header = true;
  refused(parameters);
  parameters = null_md5("0b0b");
  parameters.icv_size = 17;
  refused(parameters);
  parameters.icv_size = 0;
  refused(parameters);
  parameters.protocol = ipsec::Protocol::kIpcomp;
  refused(parameters);
}

// SPI 0x100, sequence number 1, "Hi There" for a payload: HMAC-MD5 under a key of 16 times `octet`, made by Python's hmac.
struct Packet {
  const char* key;
  const char* packet;
};
const Packet kPackets[] = {{"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "0000010000000001486920546865726500011f2e62662fbd7a037b5d7bfa"},
                           {"0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c", "000001000000000148692054686572650001be75043e3bee8b9103cba2c1"},
                           {"0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d", "000001000000000148692054686572650001d80fcdad25ca4caf4374b6c3"}};

TEST(Opener, KeepsTheJobsOfABurstApart) {
  std::vector<std::unique_ptr<Transform>> transforms;
  std::vector<Octets> packets;
  for (const Backend* const backend : backends()) {
    for (const Packet& packet : kPackets) {
      transforms.push_back(*backend->prepare(null_md5(packet.key)));
      packets.push_back(hex(packet.packet));
    }
  }
  std::vector<Job> jobs(900);
  std::vector<bool> forged(jobs.size());
  std::vector<Octets> sent(jobs.size());
  for (std::size_t index = 0; index < jobs.size(); ++index) {
    const std::size_t chosen = (index * 7) % transforms.size();
    sent[index] = packets[chosen];
    forged[index] = index % 5 == 0;
    if (forged[index]) sent[index][index % 30] ^= 1;
    jobs[index].transform = transforms[chosen].get();
    jobs[index].packet = sent[index];
  }
  Opener opener;
  opener.open(jobs);
  opener.open(jobs);
  for (std::size_t index = 0; index < jobs.size(); ++index) {
    EXPECT_EQ(jobs[index].check, forged[index] ? Check::kBad : Check::kGood) << index;
    EXPECT_TRUE(jobs[index].opened);
    EXPECT_EQ(jobs[index].content().data(), sent[index].data() + 8);
    EXPECT_EQ(jobs[index].content().size(), 10U);
  }
}

// More SAs than an engine keeps contexts of, and transforms that die: a context never serves a key that is not its own.
TEST(Opener, OutlivesManyTransforms) {
  Opener opener;
  for (const Backend* const backend : backends()) {
    std::vector<std::unique_ptr<Transform>> transforms;
    for (int round = 0; round < 2000; ++round) {
      const Packet& right = kPackets[round % 3];
      if (transforms.size() > 600) transforms.clear();
      transforms.push_back(*backend->prepare(null_md5(right.key)));
      const Octets packet = hex(kPackets[round % 2].packet);
      Job job{.transform = transforms.back().get(), .header = {}, .packet = packet, .icv = {}};
      opener.open({&job, 1});
      EXPECT_EQ(job.check, round % 3 == round % 2 ? Check::kGood : Check::kBad) << round;
    }
  }
}

}  // namespace
}  // namespace espy::crypto
