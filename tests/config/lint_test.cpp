#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/lint.h"
#include "tests/config/ike_documents.h"

namespace espy::config {
namespace {

using ipsec::Association;
using ipsec::Configuration;
using ipsec::Policy;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

base::Prefix host(const char* text) { return *base::read_prefix(text); }

// Octets without a pattern, different for each seed.
ipsec::Key key(std::size_t size, unsigned seed) {
  std::vector<std::uint8_t> octets(size);
  unsigned state = seed * 2654435761U + 12345U;
  for (std::uint8_t& octet : octets) {
    state = state * 1103515245U + 12345U;
    octet = static_cast<std::uint8_t>(state >> 16);
  }
  return ipsec::Key(std::move(octets));
}

Association sa(const char* source, const char* destination, std::uint32_t spi) {
  Association made;
  made.spi = base::Spi{spi};
  made.source = host(source);
  made.destination = host(destination);
  made.mode = ipsec::Mode::kTransport;
  made.encryption = ipsec::Encryption::kAesGcm;
  made.encryption_key = key(20, spi);
  made.icv_bits = 128;
  made.origin = {"keys", spi};
  return made;
}

Policy policy(const char* source, const char* destination, ipsec::PolicyDirection direction, std::uint32_t line) {
  Policy made;
  made.direction = direction;
  made.selector.source = host(source);
  made.selector.destination = host(destination);
  made.templates = {ipsec::Template{}};
  made.origin = {"policies", line};
  return made;
}

// Two hosts keyed by hand as well as it can be done.
Configuration strong() {
  Configuration made;
  made.associations = {sa("10.0.0.1", "10.0.0.2", 0x201), sa("10.0.0.2", "10.0.0.1", 0x301)};
  made.spds.push_back({.name = "policies",
                       .command_line = false,
                       .policies = {policy("10.0.0.1", "10.0.0.2", ipsec::PolicyDirection::kOut, 1),
                                    policy("10.0.0.2", "10.0.0.1", ipsec::PolicyDirection::kIn, 2)}});
  return made;
}

void use_hmac(Association& association, ipsec::Encryption encryption, std::size_t key_size, ipsec::Integrity integrity,
              std::size_t integrity_size, std::uint16_t icv_bits) {
  association.encryption = encryption;
  association.encryption_key = key(key_size, 77);
  association.integrity = integrity;
  association.integrity_key = key(integrity_size, 78);
  association.icv_bits = icv_bits;
}

TEST(Lint, HasNothingToSayOfAStrongConfiguration) { EXPECT_THAT(codes_of(lint(strong())), IsEmpty()); }

TEST(Lint, HasNothingToSayOfHmacSha256WithItsIcv) {
  Configuration configuration = strong();
  use_hmac(configuration.associations[0], ipsec::Encryption::kAesCbc, 32, ipsec::Integrity::kHmacSha256, 32, 128);
  EXPECT_THAT(codes_of(lint(configuration)), IsEmpty());
}

struct Case {
  const char* code;
  const char* words;
  void (*spoil)(Configuration&);  // applied to strong(), whose own silence is the twin
};

class LintCase : public testing::TestWithParam<Case> {};

TEST_P(LintCase, FiresOnceAndNamesTheThing) {
  Configuration configuration = strong();
  GetParam().spoil(configuration);
  const std::vector<LintFinding> findings = lint(configuration);
  ASSERT_THAT(codes_of(findings), ElementsAre(GetParam().code));
  EXPECT_THAT(findings[0].message, HasSubstr(GetParam().words));
  EXPECT_NE(findings[0].origin.line, 0u);
}

INSTANTIATE_TEST_SUITE_P(
    Table, LintCase,
    testing::Values(
        Case{"config.key-length", "SA esp 0x00000201 10.0.0.1 > 10.0.0.2 has an encryption key of 21 octets",
             [](Configuration& c) { c.associations[0].encryption_key = key(21, 1); }},
        Case{"config.key-length", "an integrity key of 16 octets; hmac-sha256 needs 32",
             [](Configuration& c) { use_hmac(c.associations[0], ipsec::Encryption::kAesCbc, 16, ipsec::Integrity::kHmacSha256, 16, 128); }},
        Case{"config.weak-algorithm", "RFC 8221 section 5 says MUST NOT",
             [](Configuration& c) { use_hmac(c.associations[0], ipsec::Encryption::kDesCbc, 8, ipsec::Integrity::kHmacSha256, 32, 128); }},
        Case{"config.weak-algorithm", "3des-cbc, which RFC 8221 section 5 says SHOULD NOT",
             [](Configuration& c) {
               use_hmac(c.associations[0], ipsec::Encryption::kTripleDesCbc, 24, ipsec::Integrity::kHmacSha256, 32, 128);
             }},
        Case{"config.weak-algorithm", "hmac-md5, which RFC 8221 section 6 says MUST NOT",
             [](Configuration& c) { use_hmac(c.associations[0], ipsec::Encryption::kAesCbc, 16, ipsec::Integrity::kHmacMd5, 16, 96); }},
        Case{"config.textual-key", "written as text", [](Configuration& c) { c.associations[0].key_from_text = true; }},
        Case{"config.low-entropy-key", "counts upwards",
             [](Configuration& c) {
               std::vector<std::uint8_t> octets(20);
               for (std::size_t index = 0; index < octets.size(); ++index) octets[index] = static_cast<std::uint8_t>(index);
               c.associations[0].encryption_key = ipsec::Key(octets);
             }},
        Case{"config.low-entropy-key", "repeats the same 1 octets",
             [](Configuration& c) { c.associations[0].encryption_key = ipsec::Key(std::vector<std::uint8_t>(20, 0xaa)); }},
        Case{"config.one-direction", "SA esp 0x00000401 10.0.0.1 > 10.0.0.3 has no SA in the other direction",
             [](Configuration& c) {
               c.associations.push_back(sa("10.0.0.1", "10.0.0.3", 0x401));
               c.spds[0].policies.push_back(policy("10.0.0.1", "10.0.0.3", ipsec::PolicyDirection::kOut, 3));
             }},
        Case{"config.same-key", "0x00000301 10.0.0.2 > 10.0.0.1 has a key that SA esp 0x00000201",
             [](Configuration& c) { c.associations[1].encryption_key = c.associations[0].encryption_key; }},
        Case{"config.same-key", "one key for encryption and integrity",
             [](Configuration& c) {
               use_hmac(c.associations[0], ipsec::Encryption::kAesCbc, 32, ipsec::Integrity::kHmacSha256, 32, 128);
               c.associations[0].integrity_key = c.associations[0].encryption_key;
             }},
        Case{"config.reserved-spi", "RFC 4303 section 2.1", [](Configuration& c) { c.associations[0].spi = base::Spi{255}; }},
        Case{"config.duplicate-sa", "at keys:9 has the protocol, SPI and destination of the SA at keys:513",
             [](Configuration& c) {
               c.associations.push_back(sa("10.0.0.1", "10.0.0.2", 0x201));
               c.associations.back().encryption_key = key(20, 5);
               c.associations.back().origin.line = 9;
             }},
        Case{"config.integrity-missing", "aes-cbc without authentication",
             [](Configuration& c) {
               c.associations[0].encryption = ipsec::Encryption::kAesCbc;
               c.associations[0].encryption_key = key(16, 9);
             }},
        Case{"config.short-icv", "64 bits", [](Configuration& c) { c.associations[0].icv_bits = 64; }},
        Case{"config.truncation", "does not say the ICV's size",
             [](Configuration& c) { use_hmac(c.associations[0], ipsec::Encryption::kAesCbc, 32, ipsec::Integrity::kHmacSha256, 32, 0); }},
        Case{"config.truncation", "to 96 bits; RFC 4868 says 128",
             [](Configuration& c) { use_hmac(c.associations[0], ipsec::Encryption::kAesCbc, 32, ipsec::Integrity::kHmacSha256, 32, 96); }},
        Case{"config.policy-without-sa", "policy 10.0.0.1 > 10.0.0.2 (policies:1) needs ah",
             [](Configuration& c) {
               c.spds[0].policies[0].templates.push_back(
                   {.protocol = ipsec::Protocol::kAh, .mode = ipsec::Mode::kTransport, .source = {}, .destination = {}});
             }},
        Case{"config.shadowed-policy",
             "policy 10.0.0.1 > 10.0.0.2 protocol 6 port any > 23 (policies:3) never matches because policy 10.0.0.1 > 10.0.0.2",
             [](Configuration& c) {
               c.spds[0].policies.push_back(policy("10.0.0.1", "10.0.0.2", ipsec::PolicyDirection::kOut, 3));
               c.spds[0].policies.back().selector.protocol = 6;
               c.spds[0].policies.back().selector.destination_port = {23, 23};
             }},
        Case{"config.level-use", "lets traffic go in clear",
             [](Configuration& c) { c.spds[0].policies[0].templates[0].level = ipsec::PolicyLevel::kUse; }}));

TEST(Lint, TellsAnSaThatNoPolicyUses) {
  Configuration configuration = strong();
  configuration.associations.push_back(sa("10.0.0.3", "10.0.0.4", 0x401));
  configuration.associations.push_back(sa("10.0.0.4", "10.0.0.3", 0x501));
  EXPECT_THAT(codes_of(lint(configuration)), ElementsAre("config.sa-without-policy", "config.sa-without-policy"));
}

TEST(Lint, AnIkeDaemonMakesItsOwnSas) {
  Configuration configuration = strong();
  configuration.associations.pop_back();
  configuration.spds[0].policies.push_back(policy("10.0.0.5", "10.0.0.6", ipsec::PolicyDirection::kOut, 3));
  configuration.associations.push_back(sa("10.0.0.2", "10.0.0.1", 0x302));
  EXPECT_THAT(codes_of(lint(configuration)), ElementsAre("config.policy-without-sa"));
  configuration.has_ike = true;
  EXPECT_THAT(codes_of(lint(configuration)), IsEmpty());
}

TEST(Lint, TunnelPolicyIsServedByTheSaOfItsEnds) {
  Configuration configuration = strong();
  Policy& tunnel = configuration.spds[0].policies[0];
  tunnel.selector.source = host("192.168.1.0/24");
  tunnel.selector.destination = host("192.168.2.0/24");
  tunnel.templates[0] = {.protocol = ipsec::Protocol::kEsp,
                         .mode = ipsec::Mode::kTunnel,
                         .source = host("10.0.0.1").address,
                         .destination = host("10.0.0.2").address};
  EXPECT_THAT(codes_of(lint(configuration)), IsEmpty());
  tunnel.templates[0].destination = host("10.0.0.9").address;
  EXPECT_THAT(codes_of(lint(configuration)), ElementsAre("config.policy-without-sa", "config.sa-without-policy"));
}

TEST(Lint, TheSameSaFromBothHostsIsNoDuplicate) {
  Configuration configuration = strong();
  const Configuration other = strong();
  configuration.associations.insert(configuration.associations.end(), other.associations.begin(), other.associations.end());
  EXPECT_THAT(codes_of(lint(configuration)), IsEmpty());
}

TEST(Lint, BypassOfTheOtherDirectionShadowsNothing) {
  Configuration configuration = strong();
  configuration.spds[0].policies.insert(configuration.spds[0].policies.begin(),
                                        policy("10.0.0.0/8", "10.0.0.0/8", ipsec::PolicyDirection::kForward, 9));
  configuration.spds[0].policies[0].action = ipsec::Action::kBypass;
  configuration.spds[0].policies[0].templates.clear();
  EXPECT_THAT(codes_of(lint(configuration)), IsEmpty());
  configuration.spds[0].policies[0].direction = ipsec::PolicyDirection::kOut;
  EXPECT_THAT(codes_of(lint(configuration)), ElementsAre("config.shadowed-policy"));
}

TEST(Lint, HiddenKeysAreNotJudged) {
  Configuration configuration = strong();
  for (Association& association : configuration.associations) {
    association.keys_hidden = true;
    association.encryption_key = {};
  }
  EXPECT_THAT(codes_of(lint(configuration)), IsEmpty());
}

}  // namespace
}  // namespace espy::config
