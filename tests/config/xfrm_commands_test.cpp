// Commands of `ip xfrm`, as ip-xfrm(8) describes them, and the small things that a [capture] table and swanctl's proposals say.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/proposal.h"
#include "tests/config/reading.h"

namespace espy::config {
namespace {

using testing::HasSubstr;

constexpr std::string_view kScript = R"(#!/bin/sh
ip xfrm state flush; ip xfrm policy flush
ip xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x201 mode tunnel reqid 7 \
  replay-window 64 flag esn align4 replay-oseq-hi 5 auth-trunc 'hmac(sha256)' \
  0x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f 128 enc 'cbc(aes)' 0x000102030405060708090a0b0c0d0e0f \
  encap espinudp 4501 4500 0.0.0.0
ip xfrm policy add src 10.1.0.0/16 dst 10.2.0.0/16 proto tcp dport 22 dir out priority 10 tmpl src 10.0.0.1 dst 10.0.0.2 proto esp reqid 7 mode tunnel
ip xfrm policy add src fd00::/64 dst ::/0 dir in action block && ip xfrm policy add dir fwd src fd00::1 dst fd00::2 tmpl proto ah level use
)";

TEST(XfrmCommands, AreReadAsTheKernelWouldHoldThem) {
  const Document document = read_text(read_xfrm_commands, kScript);
  EXPECT_EQ(all_errors(document), "");
  ASSERT_EQ(document.configuration.associations.size(), 1U);
  const ipsec::Association& sa = document.configuration.associations[0];
  EXPECT_EQ(sa.spi->value, 0x201U);
  EXPECT_EQ(sa.mode, ipsec::Mode::kTunnel);
  EXPECT_EQ(sa.reqid, 7U);
  EXPECT_EQ(sa.replay_window, 64U);
  EXPECT_TRUE(sa.esn && sa.align4);
  EXPECT_EQ(sa.esn_high, 5U);
  EXPECT_EQ(sa.icv_bits, 128);
  EXPECT_EQ(hex(sa.encryption_key), "000102030405060708090a0b0c0d0e0f");
  EXPECT_EQ(sa.encapsulation_source_port, 4501);
  ASSERT_EQ(document.configuration.spds.size(), 1U);
  const auto& policies = document.configuration.spds[0].policies;
  ASSERT_EQ(policies.size(), 3U);
  EXPECT_EQ(policies[0].action, ipsec::Action::kDiscard);
  EXPECT_EQ(policies[1].direction, ipsec::PolicyDirection::kForward);
  EXPECT_EQ(policies[1].templates.at(0).mode, ipsec::Mode::kTransport);
  EXPECT_EQ(policies[1].templates.at(0).level, ipsec::PolicyLevel::kUse);
  EXPECT_EQ(policies[2].priority, 10U);
  EXPECT_EQ(policies[2].selector.destination_port.first, 22);
  EXPECT_EQ(policies[2].templates.at(0).reqid, 7U);
}

TEST(XfrmCommands, NameWhatTheyCannotFollow) {
  const std::pair<std::string, std::string> rows[] = {
      {"ip xfrm state delete src 10.0.0.1 dst 10.0.0.2 proto esp spi 1", "espy cannot follow 'delete' of ip xfrm state"},
      {"ip xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x201 enx cbc(aes) 0x00", "'enx' is no word of 'ip xfrm'"},
      {"ip xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x201 enc cbc(aes)", "ends too early"},
      {"ip xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x201 enc cbc(aes) 0x00", "aes-cbc needs 16, 24 or 32"},
      {"ip xfrm policy add src 10.0.0.1 dir out", "addresses of this command are incomplete"},
      {"ip xfrm policy add src 10.0.0.1 dst 10.0.0.2 dir out tmpl mode tunnel", "a tmpl has no protocol"},
  };
  for (const auto& [text, error] : rows) EXPECT_THAT(all_errors(read_text(read_xfrm_commands, text)), HasSubstr(error)) << text;
}

TEST(Proposal, NamesTheWordThatIsNoTransform) {
  for (const char* good :
       {"", "default", "aes128-sha256-modp3072", "aes256gcm16-x25519-esn", "aes128ccm8-noesn, 3des-md5!", "chacha20poly1305-ecp256",
        "aes192gmac-ke1_mlkem768", "camellia256ctr-sha2_256-curve25519", "aesxcbc-aescmac-null", "serpent128-twofish256"}) {
    EXPECT_EQ(unknown_part(good), "") << good;
  }
  EXPECT_EQ(unknown_part("ase128-sha256"), "ase128");
  EXPECT_EQ(unknown_part("aes129-sha256"), "aes129");
  EXPECT_EQ(unknown_part("aes128-hsa256"), "hsa256");
  const Document document = read_text(read_swanctl, "connections { net { children { a { esp_proposals = aes128-sah256\n } } } }\n");
  EXPECT_THAT(all_errors(document), HasSubstr("'sah256' in esp_proposals is no transform"));
}

TEST(Toml, ReadsTheInterfacesThatAreMeantToBeClear) {
  const Document document = read_text(read_toml, "[capture]\nclear_interfaces = [\"eth1\", \"eth2\"]\n");
  EXPECT_EQ(document.configuration.clear_interfaces, (std::vector<std::string>{"eth1", "eth2"}));
  EXPECT_THAT(all_errors(read_text(read_toml, "[capture]\nclear = 1\n")), HasSubstr("[capture] has no key 'clear'"));
}

// Keys are kept from the parser and put back by their place, however they are written.
TEST(Toml, PutsKeysBackWhereverTheyStand) {
  constexpr std::string_view kText =
      "# sa_key = \"abc\"\nsa = [ { source = \"any\", destination = \"any\", spi = 1, \"encryption_key\"  =  "
      "'000102030405060708090a0b0c0d0e0f', "
      "encryption = \"aes-cbc\", integrity = 'hmac-md5', integrity_key=\"0xff0102030405060708090a0b0c0d0e0f\" } ]\n";
  const Document document = read_text(read_toml, kText);
  EXPECT_EQ(all_errors(document), "");
  ASSERT_EQ(document.configuration.associations.size(), 1U);
  EXPECT_EQ(hex(document.configuration.associations[0].encryption_key), "000102030405060708090a0b0c0d0e0f");
  EXPECT_EQ(hex(document.configuration.associations[0].integrity_key), "ff0102030405060708090a0b0c0d0e0f");
}

}  // namespace
}  // namespace espy::config
