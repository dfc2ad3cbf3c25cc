#include <gtest/gtest.h>

#include "tests/config/reading.h"

namespace espy::config {
namespace {

using E = ipsec::Encryption;
using I = ipsec::Integrity;
using M = ipsec::Mode;
using P = ipsec::Protocol;

struct KnownAssociation {
  const char* capture;
  std::uint32_t spi;
  P protocol;
  M mode;
  const char* destination;
  E encryption;
  const char* encryption_key;
  I integrity;
  const char* integrity_key;
  std::uint16_t icv_bits;
};

// The keys that the laboratory gave to the kernel (truth.json of each capture), not what a listing says.
const KnownAssociation kKnown[] = {
    {"classic-ah-sha256-esp-aescbc", 0x200, P::kAh, M::kTransport, "10.0.0.2", E::kNone, "", I::kHmacSha256,
     "bf05f045a7c5fdee767b89d993cf4e2a91637c86cfd71991664e50d34968e7a1", 128},
    {"classic-ah-sha256-esp-aescbc", 0x201, P::kEsp, M::kTransport, "10.0.0.2", E::kAesCbc, "2d4d3a0498aec93d517bc0bb9ca6b6f3", I::kNone,
     "", 0},
    {"classic-ah-sha256-esp-aescbc", 0x300, P::kAh, M::kTransport, "10.0.0.1", E::kNone, "", I::kHmacSha256,
     "a9f96f13126b69d80dc3280321318992835357b1cc82bdc54ebc8c884aa9ba0e", 128},
    {"classic-ah-sha256-esp-aescbc", 0x301, P::kEsp, M::kTransport, "10.0.0.1", E::kAesCbc, "ee67d2c3c82d6630345fd6c032ee8681", I::kNone,
     "", 0},
    {"esn-high-5", 0x200, P::kEsp, M::kTransport, "10.0.0.2", E::kAesGcm, "44f2939abf2a7dd003a62efb69c66d072affd000", I::kNone, "", 128},
    {"esn-high-5", 0x201, P::kEsp, M::kTransport, "10.0.0.1", E::kAesGcm, "76a7a0e04657adb4ae8b0cd60841d688bd89415d", I::kNone, "", 128},
    {"aead-chacha20poly1305", 0x200, P::kEsp, M::kTransport, "10.0.0.2", E::kChaCha20Poly1305,
     "c69a7a8fcfc77dede45658806ba49f1d11abbc960e43c06507866c0457e9bd187b613190", I::kNone, "", 128},
    {"aead-aes128-ccm16", 0x200, P::kEsp, M::kTransport, "10.0.0.2", E::kAesCcm, "a968b307ff50e6bd593c89dec9029f3cca7caf", I::kNone, "",
     128},
    {"aead-aes128-gmac", 0x200, P::kEsp, M::kTransport, "10.0.0.2", E::kAesGmac, "ff243a60b64e13ec638fa9044c395fd6cda87256", I::kNone, "",
     128},
    {"auth-aes128-cbc-sha256-96", 0x200, P::kEsp, M::kTransport, "10.0.0.2", E::kAesCbc, "62fefd5b30a7afe07303127f0078628e", I::kHmacSha256,
     "e0d1fef49d51ca6e2dd59630a3f7f7880850a584f45f01ae1051c3d30d871a31", 96},
    {"auth-aes128-cbc-xcbc-96", 0x201, P::kEsp, M::kTransport, "10.0.0.1", E::kAesCbc, "490bc021f082b23451219cb8db4010a4", I::kAesXcbc,
     "5f77bdeb54e04a7722bf9d82786ca2e3", 96},
    {"cipher-3des-cbc-sha1", 0x200, P::kEsp, M::kTransport, "10.0.0.2", E::kTripleDesCbc,
     "8924bbf9ad8c95e345a9933894360425d6df22e568100ea8", I::kHmacSha1, "51fe835465b3fca8a7150bccb0c1c630a6550491", 96},
    {"cipher-null-sha1", 0x200, P::kEsp, M::kTransport, "10.0.0.2", E::kNull, "", I::kHmacSha1, "cfd64a363490c6a5ffd988c885d46e8275a52d57",
     96},
    {"cipher-aes128-ctr-sha1", 0x200, P::kEsp, M::kTransport, "10.0.0.2", E::kAesCtr, "eeb73735bb7c326277437730577fe38add8fbfb1",
     I::kHmacSha1, "026c06ba61d71807dbb6ed4dabef6d01c0a9ebe8", 96},
    {"cipher-twofish-cbc-sha1", 0x200, P::kEsp, M::kTransport, "10.0.0.2", E::kTwofishCbc,
     "c94834ebce250ffb1720d331f9b6ef6b5dcf3f68c7814837a2910e8fa714755a", I::kHmacSha1, "9cd0c8f28c3c313d7f2d8798bfb0201618b39817", 96},
    {"natt-odd-port", 0xc0000200, P::kEsp, M::kTransport, "10.0.0.2", E::kAesCbc, "fdf45780e6e573141b7a3d0829d4efd2", I::kHmacSha1,
     "8d1080fd643d37df54295aeda254c8e567f39208", 96},
    {"ah-tunnel", 0x200, P::kAh, M::kTunnel, "10.0.0.2", E::kNone, "", I::kHmacSha1, "22128afee2a5008aec031309eeabac35b5f5c799", 96},
    {"esp6-transport-gcm", 0x200, P::kEsp, M::kTransport, "fd00::2", E::kAesGcm, "b38a3003745eca7c3c7134554e9264cf475cf8f5", I::kNone, "",
     128},
};

const ipsec::Association* find(const Document& document, std::uint32_t spi) {
  for (const auto& association : document.configuration.associations) {
    if (association.spi && association.spi->value == spi) return &association;
  }
  return nullptr;
}

TEST(XfrmState, AgreesWithTheKeysGivenToTheKernel) {
  for (const KnownAssociation& known : kKnown) {
    SCOPED_TRACE(known.capture);
    const std::string text = data_file(std::string(known.capture) + ".xfrm-state.txt");
    const Document document = read_text(read_xfrm_state, text);
    EXPECT_EQ(all_errors(document), "");
    const ipsec::Association* found = find(document, known.spi);
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found->protocol, known.protocol);
    EXPECT_EQ(found->mode, known.mode);
    EXPECT_EQ(base::to_string(found->destination), known.destination);
    EXPECT_EQ(found->encryption, known.encryption);
    EXPECT_EQ(hex(found->encryption_key), known.encryption_key);
    EXPECT_EQ(found->integrity, known.integrity);
    EXPECT_EQ(hex(found->integrity_key), known.integrity_key);
    EXPECT_EQ(found->icv_bits, known.icv_bits);
    EXPECT_EQ(found->reqid, 1U);
  }
}

TEST(XfrmState, TakesTheHighHalfOfTheBusyDirection) {
  for (const char* name : {"esn-high-5.xfrm-state.txt", "esn-high-5.xfrm-state-s.txt"}) {
    const std::string text = data_file(name);
    const Document document = read_text(read_xfrm_state, text);
    ASSERT_EQ(document.configuration.associations.size(), 2U) << name;
    for (const auto& association : document.configuration.associations) {
      EXPECT_TRUE(association.esn);
      EXPECT_EQ(association.esn_high, 5U);
      EXPECT_EQ(association.replay_window, 128U);
      EXPECT_EQ(association.spi->value, &association == &document.configuration.associations[0] ? 0x201U : 0x200U);
    }
  }
}

TEST(XfrmState, StatisticsChangeNothing) {
  const std::string plain = data_file("classic-ah-sha256-esp-aescbc.xfrm-state.txt");
  const std::string statistics = data_file("classic-ah-sha256-esp-aescbc.xfrm-state-s.txt");
  const Document left = read_text(read_xfrm_state, plain);
  const Document right = read_text(read_xfrm_state, statistics);
  ASSERT_EQ(left.configuration.associations.size(), 4U);
  ASSERT_EQ(right.configuration.associations.size(), 4U);
  for (std::size_t index = 0; index < 4; ++index) {
    const auto& a = left.configuration.associations[index];
    const auto& b = right.configuration.associations[index];
    EXPECT_EQ(a.spi, b.spi);
    EXPECT_EQ(a.integrity_key, b.integrity_key);
    EXPECT_EQ(a.encryption_key, b.encryption_key);
    EXPECT_EQ(a.icv_bits, b.icv_bits);
    EXPECT_EQ(a.replay_window, 32U);
  }
}

TEST(XfrmState, KnowsEncapsulationAndItsPorts) {
  const std::string text = data_file("natt-odd-port.xfrm-state.txt");
  const Document document = read_text(read_xfrm_state, text);
  const ipsec::Association* out = find(document, 0xc0000200);
  ASSERT_NE(out, nullptr);
  EXPECT_EQ(out->encapsulation, ipsec::Encapsulation::kUdp);
  EXPECT_EQ(out->encapsulation_source_port, 61234);
  EXPECT_EQ(out->encapsulation_destination_port, 4500);
}

TEST(XfrmState, ReadsOneLineListings) {
  const Document document =
      read_text(read_xfrm_state,
                "src 10.0.0.1 dst 10.0.0.2\\\tproto esp spi 0x00000201 reqid 7 mode tunnel\\\treplay-window 64 flag af-unspec align4 esn\\"
                "\tenc cbc(aes) 0x000102030405060708090a0b0c0d0e0f\\\tmark 0x0/0xff \\\tif_id 0x2\n");
  EXPECT_EQ(all_errors(document), "");
  ASSERT_EQ(document.configuration.associations.size(), 1U);
  const auto& association = document.configuration.associations[0];
  EXPECT_EQ(association.mode, M::kTunnel);
  EXPECT_EQ(association.reqid, 7U);
  EXPECT_EQ(association.replay_window, 64U);
  EXPECT_TRUE(association.esn);
  EXPECT_TRUE(association.align4);
  EXPECT_FALSE(association.esn_high.has_value());
  EXPECT_NE(association.marked, 0U);
}

TEST(XfrmState, KeepsAnSaWhoseKeysAreHidden) {
  const Document document =
      read_text(read_xfrm_state,
                "src 10.0.0.1 dst 10.0.0.2\n\tproto esp spi 0x201 reqid 0 mode 5\n"
                "\tauth-trunc hmac(sha256) <<Keys hidden>> 128\n\tenc cbc(aes) <<Keys hidden>>\n"
                "src 10.0.0.1 dst 10.0.0.2\n\tproto ah spi 0x202 reqid 0 mode transport\n\tauth-trunc (ERROR truncated)\n");
  EXPECT_EQ(all_errors(document), "");
  ASSERT_EQ(document.configuration.associations.size(), 2U);
  EXPECT_TRUE(document.configuration.associations[0].keys_hidden);
  EXPECT_EQ(document.configuration.associations[0].mode, M::kIptfs);
  EXPECT_EQ(document.configuration.associations[0].icv_bits, 128);
  EXPECT_EQ(document.configuration.associations[0].integrity, I::kHmacSha256);
  EXPECT_TRUE(document.configuration.associations[1].keys_hidden);
  EXPECT_EQ(document.configuration.associations[1].integrity, I::kUnknown);
}

TEST(XfrmState, CountsLarvalEntriesAndSkipsForeignOnes) {
  const Document document = read_text(read_xfrm_state,
                                      "src 10.0.0.1 dst 10.0.0.2\n\tproto esp spi 0x00000000 reqid 1 mode transport\n\treplay-window 0 \n"
                                      "src 10.0.0.1 dst 10.0.0.2\n\tproto esp spi 0xc0ffee00 reqid 1 mode transport\n\treplay-window 0 \n"
                                      "src 10.0.0.1 dst 10.0.0.2\n\tproto 4 spi 0x0a000001 reqid 0 mode tunnel\n"
                                      "src 10.0.0.1 dst 10.0.0.2\n\tproto comp spi 0x00000301 reqid 1 mode transport\n\tcomp deflate \n");
  EXPECT_EQ(all_errors(document), "");
  EXPECT_EQ(document.configuration.ignored.larval, 2U);
  ASSERT_EQ(document.configuration.associations.size(), 1U);
  EXPECT_EQ(document.configuration.associations[0].protocol, P::kIpcomp);
}

TEST(XfrmState, NamesTheSizeButNeverTheKey) {
  const Document document = read_text(
      read_xfrm_state, "src 10.0.0.1 dst 10.0.0.2\n\tproto esp spi 0x201 reqid 0 mode transport\n\tenc cbc(aes) 0x0badc0de\n", "state.txt");
  EXPECT_EQ(all_errors(document), "state.txt:1:1: key of SPI 0x201 is 4 bytes; aes-cbc needs 16, 24 or 32\n");
  EXPECT_TRUE(document.configuration.associations.empty());
}

const ipsec::Spd& only_spd(const Document& document) {
  EXPECT_EQ(document.configuration.spds.size(), 1U);
  static const ipsec::Spd none;
  return document.configuration.spds.empty() ? none : document.configuration.spds[0];
}

TEST(XfrmPolicy, KeepsTemplatesInsideFirst) {
  for (const char* name : {"classic-ah-sha256-esp-aescbc.xfrm-policy.txt", "classic-ah-sha256-esp-aescbc.xfrm-policy-s.txt"}) {
    const std::string text = data_file(name);
    const Document document = read_text(read_xfrm_policy, text);
    EXPECT_EQ(all_errors(document), "");
    const ipsec::Spd& spd = only_spd(document);
    ASSERT_EQ(spd.policies.size(), 2U);
    for (const auto& policy : spd.policies) {
      ASSERT_EQ(policy.templates.size(), 2U);
      EXPECT_EQ(policy.templates[0].protocol, P::kEsp);
      EXPECT_EQ(policy.templates[1].protocol, P::kAh);
      EXPECT_FALSE(policy.templates[0].source.known());
      EXPECT_EQ(policy.templates[0].reqid, 1U);
      EXPECT_EQ(policy.priority, 1000U);
    }
    // The listing is newest first: the last entry, the policy out, is the oldest.
    EXPECT_EQ(spd.policies[0].direction, ipsec::PolicyDirection::kOut);
    EXPECT_LT(spd.policies[0].age, spd.policies[1].age);
  }
}

TEST(XfrmPolicy, SortsByPriorityThenAge) {
  const std::string text = data_file("block-policy.xfrm-policy.txt");
  const ipsec::Spd spd = only_spd(read_text(read_xfrm_policy, text));
  ASSERT_EQ(spd.policies.size(), 4U);
  EXPECT_EQ(spd.policies[0].priority, 10U);
  EXPECT_EQ(spd.policies[0].action, ipsec::Action::kDiscard);
  EXPECT_EQ(spd.policies[0].direction, ipsec::PolicyDirection::kOut);
  EXPECT_EQ(spd.policies[0].selector.protocol, 6);
  EXPECT_EQ(spd.policies[0].selector.destination_port, (ipsec::PortRange{23, 23}));
  EXPECT_TRUE(spd.policies[0].selector.source_port.any());
  EXPECT_EQ(spd.policies[1].selector.source_port, (ipsec::PortRange{23, 23}));
  EXPECT_EQ(spd.policies[2].priority, 1000U);
}

TEST(XfrmPolicy, KnowsTunnelEndsAndForwarding) {
  const std::string text = data_file("tunnel-gw.xfrm-policy.txt");
  const ipsec::Spd spd = only_spd(read_text(read_xfrm_policy, text));
  ASSERT_EQ(spd.policies.size(), 3U);
  EXPECT_EQ(spd.policies[0].direction, ipsec::PolicyDirection::kOut);
  EXPECT_EQ(base::to_string(spd.policies[0].selector.source), "10.1.0.0/24");
  EXPECT_EQ(base::to_string(spd.policies[0].templates[0].source), "10.0.0.1");
  EXPECT_EQ(base::to_string(spd.policies[0].templates[0].destination), "10.0.0.2");
  EXPECT_EQ(spd.policies[0].templates[0].mode, M::kTunnel);
  EXPECT_EQ(spd.policies[2].direction, ipsec::PolicyDirection::kForward);
}

TEST(XfrmPolicy, TellsUseFromRequire) {
  const std::string text = data_file("leak-level-use.xfrm-policy.txt");
  const ipsec::Spd spd = only_spd(read_text(read_xfrm_policy, text));
  ASSERT_EQ(spd.policies.size(), 2U);
  for (const auto& policy : spd.policies) EXPECT_EQ(policy.templates.at(0).level, ipsec::PolicyLevel::kUse);
}

TEST(XfrmPolicy, SetsSocketPoliciesApart) {
  const std::string text = data_file("strongswan-natt.xfrm-policy.txt");
  const ipsec::Spd spd = only_spd(read_text(read_xfrm_policy, text));
  ASSERT_EQ(spd.policies.size(), 10U);
  EXPECT_EQ(std::ranges::count(spd.policies, true, &ipsec::Policy::socket), 8);
  EXPECT_EQ(spd.policies[9].priority, 367231U);
}

TEST(XfrmPolicy, ReadsEverySelectorThatTheToolPrints) {
  struct Row {
    const char* rest;
    std::uint8_t protocol;
    ipsec::PortRange source, destination;
  };
  const ipsec::PortRange any;
  const Row rows[] = {
      {"proto ipv6-icmp type 135 code 0 ", 58, {135, 135}, {0, 0}},
      {"proto 47 ", 47, any, any},
      {"proto gre key 65538 ", 47, {1, 1}, {2, 2}},
      {"proto udp sport 0x1000/0xfff0 dport 53 dev eth0 uid 0", 17, {0x1000, 0x100f}, {53, 53}},
      {"uid 0", 0, any, any},
  };
  for (const Row& row : rows) {
    const std::string text = std::string("src fd00::/64 dst ::/0 ") + row.rest + "\n\tdir out priority 5 ptype main \n";
    const Document document = read_text(read_xfrm_policy, text);
    EXPECT_EQ(all_errors(document), "") << row.rest;
    const ipsec::Policy& policy = only_spd(document).policies.at(0);
    EXPECT_EQ(policy.selector.protocol, row.protocol) << row.rest;
    EXPECT_EQ(policy.selector.source_port, row.source) << row.rest;
    EXPECT_EQ(policy.selector.destination_port, row.destination) << row.rest;
    EXPECT_EQ(policy.action, ipsec::Action::kBypass);
  }
}

TEST(XfrmPolicy, MarksWhatCannotBeSeenFromOutside) {
  const Document document =
      read_text(read_xfrm_policy,
                "src 0.0.0.0/0 dst 0.0.0.0/0 \n\tdir out priority 0 \n\tmark 0x9/0xffffffff \n\ttmpl src 10.0.0.1 dst 10.0.0.2\n"
                "\t\tproto esp reqid 9 mode tunnel\nsrc 0.0.0.0/0 dst 0.0.0.0/0 \n\tdir out priority 1 \n\tif_id 0x2a\n");
  ASSERT_EQ(only_spd(document).policies.size(), 2U);
  EXPECT_TRUE(only_spd(document).policies[0].marked);
  EXPECT_TRUE(only_spd(document).policies[1].marked);
}

TEST(Xfrm, ReadsStatesAndPoliciesFromOneFile) {
  const std::string text =
      data_file("classic-ah-sha256-esp-aescbc.xfrm-state.txt") + data_file("classic-ah-sha256-esp-aescbc.xfrm-policy.txt");
  const Document document = read_text(read_xfrm_state, text);
  EXPECT_EQ(all_errors(document), "");
  EXPECT_EQ(document.configuration.associations.size(), 4U);
  EXPECT_EQ(only_spd(document).policies.size(), 2U);
}

TEST(Xfrm, SaysWhereAListingIsDamaged) {
  struct Row {
    const char* text;
    const char* error;
  };
  const Row rows[] = {
      {"\tproto esp spi 1\n", "file:1:2: this line belongs to no entry of ip xfrm; an entry begins with 'src ADDRESS dst ADDRESS'\n"},
      {"src 10.0.0.1 dst 10.0.0.2\n",
       "file:1:1: this entry is neither an SA nor a policy; its second line begins with 'proto', 'dir' or 'socket'\n"},
      {"src 10.0.0.1 dst gate\n\tproto esp spi 0x201\n",
       "file:1:18: 'gate' is not an IP address; give it as numbers, like 10.0.0.1 or fd00::1\n"},
      {"src 10.0.0.1/32 dst 10.0.0.2/32\n\tdir sideways priority 1\n",
       "file:2:6: the direction of this policy is missing or unknown; it is one of 'in', 'out' and 'fwd'\n"},
      {"src 10.0.0.1/32 dst 10.0.0.2/32 proto nonsense\n\tdir in priority 1\n",
       "file:1:39: 'nonsense' is no upper-layer protocol that espy knows; write its number\n"},
  };
  for (const Row& row : rows) EXPECT_EQ(all_errors(read_text(read_xfrm_state, row.text)), row.error) << row.text;
}

}  // namespace
}  // namespace espy::config
