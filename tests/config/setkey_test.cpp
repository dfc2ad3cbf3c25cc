#include <gtest/gtest.h>

#include <set>

#include "tests/config/reading.h"

namespace espy::config {
namespace {

using E = ipsec::Encryption;
using I = ipsec::Integrity;
using P = ipsec::Protocol;
using D = ipsec::PolicyDirection;

// The keys of this file count up, so that no digit can be exchanged unseen.
constexpr std::string_view kClassic = R"(#!/usr/sbin/setkey -f
# Two hosts, AH around ESP, for VNC and telnet alone.
flush;
spdflush;

add 10.0.0.1 10.0.0.2 ah 0x200 -m transport -A hmac-sha256
	0x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f;
add 10.0.0.2 10.0.0.1 ah 0x300 -A hmac-sha2-256 "0123456789abcdef0123456789abcdef";
add -4n 10.0.0.1 10.0.0.2 esp 513 -m transport -r 32 -u 7 -lh 3600 -ls 3000 -f zero-pad -E aes-cbc 0x000102030405060708090a0b0c0d0e0f;
add 10.0.0.2 10.0.0.1 esp 0x301 -E null -A hmac-md5 0x000102030405060708090a0b0c0d0e0f; # a comment

spdadd 10.0.0.1[any] 10.0.0.2[5901] tcp -P out ipsec esp/transport//require ah/transport//require;
spdadd 10.0.0.2[5901] 10.0.0.1[any] tcp -P in ipsec
	esp/transport//require
	ah/transport//require;
spdadd 10.0.0.1 10.0.0.2[telnet] tcp -P out prio high + 5 ipsec esp/transport//unique:7;
)";

const ipsec::Policy& policy_at(const Document& document, std::size_t index) { return document.configuration.spds.at(0).policies.at(index); }

TEST(Setkey, ReadsTheClassicFile) {
  const Document document = read_text(read_setkey, kClassic, "setkey.conf");
  EXPECT_EQ(all_errors(document), "");
  const auto& associations = document.configuration.associations;
  ASSERT_EQ(associations.size(), 4U);
  EXPECT_EQ(associations[0].protocol, P::kAh);
  EXPECT_EQ(associations[0].spi->value, 0x200U);
  EXPECT_EQ(associations[0].integrity, I::kHmacSha256);
  EXPECT_EQ(hex(associations[0].integrity_key), "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
  EXPECT_EQ(associations[0].icv_bits, 0) << "Linux sends 96 bits, FreeBSD 128";
  EXPECT_EQ(associations[0].mode, ipsec::Mode::kTransport);
  EXPECT_EQ(associations[0].origin.line, 6U);
  EXPECT_EQ(associations[1].mode, ipsec::Mode::kAny);
  EXPECT_TRUE(associations[1].key_from_text);
  EXPECT_EQ(associations[2].spi->value, 0x201U);
  EXPECT_EQ(associations[2].encryption, E::kAesCbc);
  EXPECT_EQ(associations[2].integrity, I::kNone);
  EXPECT_EQ(associations[2].replay_window, 32U);
  EXPECT_EQ(associations[2].reqid, 7U);
  EXPECT_EQ(associations[3].encryption, E::kNull);
  EXPECT_EQ(associations[3].integrity, I::kHmacMd5);
}

TEST(Setkey, OrdersPoliciesAsTheKernelDoes) {
  const Document document = read_text(read_setkey, kClassic, "setkey.conf");
  ASSERT_EQ(document.configuration.spds.size(), 1U);
  ASSERT_EQ(document.configuration.spds[0].policies.size(), 4U);
  // high is 0x40000000; plus five means five nearer to the front.
  EXPECT_EQ(policy_at(document, 0).priority, 0x3ffffffbU);
  EXPECT_EQ(policy_at(document, 0).selector.destination_port, (ipsec::PortRange{23, 23}));
  EXPECT_EQ(policy_at(document, 0).templates[0].reqid, 7U);
  EXPECT_EQ(policy_at(document, 1).priority, 2147483648U);
  EXPECT_EQ(policy_at(document, 1).direction, D::kOut);
  EXPECT_TRUE(policy_at(document, 1).selector.source_port.any());
  EXPECT_EQ(policy_at(document, 1).templates[0].protocol, P::kEsp);
  EXPECT_EQ(policy_at(document, 1).templates[1].protocol, P::kAh);
  EXPECT_EQ(policy_at(document, 2).direction, D::kIn);
  EXPECT_EQ(policy_at(document, 2).origin.line, 13U);
  EXPECT_EQ(policy_at(document, 3).direction, D::kForward) << "setkey adds it to each policy in";
  EXPECT_EQ(policy_at(document, 3).origin, policy_at(document, 2).origin);
}

std::size_t count_after(std::string_view text) {
  const Document document = read_text(read_setkey, text);
  EXPECT_EQ(all_errors(document), "") << text;
  return document.configuration.associations.size();
}

constexpr std::string_view kThree =
    "add 10.0.0.1 10.0.0.2 esp 0x201 -E null; add 10.0.0.1 10.0.0.2 esp 0x202 -E null; add 10.0.0.2 10.0.0.1 ah 0x301 -A null;";

TEST(Setkey, StatementsTakeEffectInOrder) {
  struct Row {
    std::string_view statements;
    std::size_t left;
  };
  const Row rows[] = {
      {"", 3},
      {"flush;", 0},
      {"flush esp;", 1},
      {"flush ah;", 2},
      {"flush ipcomp;", 3},
      {"delete 10.0.0.1 10.0.0.2 esp 0x201;", 2},
      {"delete 10.0.0.1 10.0.0.2 ah 0x201;", 3},
      {"deleteall 10.0.0.1 10.0.0.2 esp;", 1},
      {"deleteall 10.0.0.9 10.0.0.2 esp;", 3},
      {"update 10.0.0.1 10.0.0.2 esp 0x201 -E aes-cbc 0x000102030405060708090a0b0c0d0e0f;", 3},
      {"get 10.0.0.1 10.0.0.2 esp 0x201; dump; dump esp; spddump; spdflush;", 3},
      {"getspi 10.0.0.1 10.0.0.2 esp 0x205;", 3},
      {"exit; flush;", 3},
      {"quit; this is never read", 3},
      {"delete 10.0.0.1 10.0.0.2 esp 0x201; add 10.0.0.1 10.0.0.2 esp 0x201 -E null;", 3},
      {"add 10.0.0.1 10.0.0.2 tcp 0x1000 -A tcp-md5 \"bgp\";", 3},
  };
  for (const Row& row : rows) EXPECT_EQ(count_after(std::string(kThree) + std::string(row.statements)), row.left) << row.statements;
}

TEST(Setkey, SpddeleteTakesTheForwardPolicyToo) {
  const std::string add = "spdadd 10.0.0.2 10.0.0.1 any -P in ipsec esp/transport//require; spdadd 10.0.0.1 10.0.0.2 any -P out none;";
  EXPECT_EQ(read_text(read_setkey, add).configuration.spds.at(0).policies.size(), 3U);
  EXPECT_EQ(read_text(read_setkey, add + "spddelete 10.0.0.2 10.0.0.1 any -P in;").configuration.spds.at(0).policies.size(), 1U);
  EXPECT_TRUE(read_text(read_setkey, add + "spdflush;").configuration.spds.empty());
  const Document updated = read_text(read_setkey, add + "spdupdate 10.0.0.1 10.0.0.2 any -P out discard;");
  EXPECT_EQ(all_errors(updated), "");
  EXPECT_EQ(policy_at(updated, 2).action, ipsec::Action::kDiscard);
}

TEST(Setkey, ReadsUpperLayersAndPorts) {
  struct Row {
    const char* selector;
    std::uint8_t protocol;
    ipsec::PortRange source, destination;
  };
  const ipsec::PortRange any;
  const Row rows[] = {
      {"fd00::1 fd00::2 icmp6 135,0", 58, {135, 135}, any},
      {"fd00::1 fd00::2 ipv6-icmp 1,4", 58, {1, 1}, {4, 4}},
      {"::/0[any] ::/0[any] any", 0, any, any},
      {"10.0.0.0/24[80] 10.1.0.0/16[any] tcp", 6, {80, 80}, any},
      {"10.0.0.1[ssh] 10.0.0.2[0] 6", 6, {22, 22}, any},
      {"10.0.0.1 10.0.0.2 gre", 47, any, any},
      {"10.0.0.1 10.0.0.2 ip4", 4, any, any},
      {"10.0.0.1 10.0.0.2 udplite", 136, any, any},
      {"-4 10.0.0.1 10.0.0.2 l2tp", 115, any, any},
      {"10.0.0.1[500] 10.0.0.2[500] udp", 17, {500, 500}, {500, 500}},
  };
  for (const Row& row : rows) {
    const std::string text = std::string("spdadd ") + row.selector + " -P out none;";
    const Document document = read_text(read_setkey, text);
    ASSERT_EQ(all_errors(document), "") << row.selector;
    const ipsec::Selector& selector = policy_at(document, 0).selector;
    EXPECT_EQ(selector.protocol, row.protocol) << row.selector;
    EXPECT_EQ(selector.source_port, row.source) << row.selector;
    EXPECT_EQ(selector.destination_port, row.destination) << row.selector;
  }
}

// libpfkey.h: default 0x80000000, low 0xc0000000, high 0x40000000; the offset is taken away.
TEST(Setkey, TurnsPrioritiesIntoTheKernelsNumbers) {
  struct Row {
    const char* text;
    std::uint32_t priority;
  };
  const Row rows[] = {{"", 0x80000000},          {"prio 10", 0x7ffffff6},      {"priority -10", 0x8000000a},    {"prio low", 0xc0000000},
                      {"prio high", 0x40000000}, {"prio def + 1", 0x7fffffff}, {"prio low +5", 0xbffffffb},     {"prio low-5", 0xc0000005},
                      {"high - 1", 0x40000001},  {"def", 0x80000000},          {"low + 1073741823", 0x80000001}};
  for (const Row& row : rows) {
    const std::string text = std::string("spdadd 10.0.0.1 10.0.0.2 any -P out ") + row.text + " none;";
    const Document document = read_text(read_setkey, text);
    ASSERT_EQ(all_errors(document), "") << row.text;
    EXPECT_EQ(policy_at(document, 0).priority, row.priority) << row.text;
  }
}

std::string described(const ipsec::Template& rule) {
  return std::string(ipsec::name(rule.protocol)) + " " + std::string(ipsec::name(rule.mode)) + " " + base::to_string(rule.source) + " " +
         base::to_string(rule.destination) + (rule.level == ipsec::PolicyLevel::kUse ? " use " : " require ") + std::to_string(rule.reqid);
}

TEST(Setkey, ReadsRules) {
  struct Row {
    const char* rule;
    const char* expected;
  };
  const Row rows[] = {
      {"esp/transport//require", "esp transport ? ? require 0"},
      {"esp/transport/", "esp transport ? ? require 0"},
      {"esp/transport/10.0.0.1-10.0.0.2/use", "esp transport ? ? use 0"},
      {"ah/tunnel/10.0.0.1-10.0.0.2/default", "ah tunnel 10.0.0.1 10.0.0.2 require 0"},
      {"esp/tunnel/10.0.0.1[4500]-10.0.0.2[30000]/unique:9", "esp tunnel 10.0.0.1 10.0.0.2 require 9"},
      {"esp/tunnel/fd00::1-fd00::2/require", "esp tunnel fd00::1 fd00::2 require 0"},
      {"ipcomp/transport//use", "ipcomp transport ? ? use 0"},
  };
  for (const Row& row : rows) {
    const std::string text = std::string("spdadd 10.0.0.0/8 11.0.0.0/8 any -P out ipsec ") + row.rule + ";";
    const Document document = read_text(read_setkey, text);
    ASSERT_EQ(all_errors(document), "") << row.rule;
    EXPECT_EQ(described(policy_at(document, 0).templates.at(0)), row.expected) << row.rule;
  }
}

// Sizes in bits from setkey's manual page.
TEST(Setkey, KnowsEveryAlgorithmOfTheManual) {
  struct Row {
    const char* name;
    E id;
    std::size_t bits;
  };
  const Row rows[] = {{"des-cbc", E::kDesCbc, 64},
                      {"3des-cbc", E::kTripleDesCbc, 192},
                      {"blowfish-cbc", E::kBlowfishCbc, 448},
                      {"cast128-cbc", E::kCast128Cbc, 128},
                      {"des-deriv", E::kDesDeriv, 64},
                      {"des-32iv", E::kDes32Iv, 64},
                      {"3des-deriv", E::kTripleDesDeriv, 192},
                      {"rijndael-cbc", E::kAesCbc, 256},
                      {"twofish-cbc", E::kTwofishCbc, 256},
                      {"aes-ctr", E::kAesCtr, 160},
                      {"camellia-cbc", E::kCamelliaCbc, 192},
                      {"aes-gcm-16", E::kAesGcm, 288},
                      {"aes-gmac", E::kAesGmac, 160},
                      {"chacha20-poly1305", E::kChaCha20Poly1305, 288},
                      {"simple", E::kNull, 0},
                      {"null", E::kNull, 0}};
  for (const Row& row : rows) {
    const std::string text = std::string("add 10.0.0.1 10.0.0.2 esp 0x201 -E ") + row.name + " 0x" + std::string(row.bits / 4, '5') + ";";
    const Document document = read_text(read_setkey, text);
    ASSERT_EQ(all_errors(document), "") << row.name;
    EXPECT_EQ(document.configuration.associations.at(0).encryption, row.id) << row.name;
    EXPECT_EQ(document.configuration.associations.at(0).encryption_key.size(), row.bits / 8) << row.name;
  }
}

TEST(Setkey, KnowsUdpEncapsulationAndOldHeaders) {
  const Document document = read_text(
      read_setkey,
      "add 192.0.2.1[61234] 192.0.2.2[4500] esp-udp 0x201 -m tunnel -E null; add 192.0.2.2 192.0.2.1 esp-udp 10.0.0.5 0x301 -E null;"
      "add 192.0.2.1 192.0.2.2 ah-old 0x401 -A keyed-md5 0x000102030405060708090a0b0c0d0e0f;"
      "add 192.0.2.1 192.0.2.2 ipcomp 0x501 -C deflate -R;");
  ASSERT_EQ(all_errors(document), "");
  const auto& associations = document.configuration.associations;
  EXPECT_EQ(associations[0].encapsulation, ipsec::Encapsulation::kUdp);
  EXPECT_EQ(associations[0].encapsulation_source_port, 61234);
  EXPECT_EQ(associations[0].encapsulation_destination_port, 4500);
  EXPECT_EQ(associations[1].encapsulation_source_port, 4500);
  EXPECT_EQ(associations[1].spi->value, 0x301U);
  EXPECT_TRUE(associations[2].old_header);
  EXPECT_EQ(associations[2].icv_bits, 128) << "RFC 1828 sends the digest whole";
  EXPECT_EQ(associations[3].protocol, P::kIpcomp);
}

TEST(Setkey, SaysWhatIsWrongAndWhatWouldBeRight) {
  struct Row {
    const char* text;
    const char* error;
  };
  const Row rows[] = {
      {"add 10.0.0.1 10.0.0.2 esp 0x201 -E aes-cbc 0x000102030405060708090a0b0c0d0e;",
       "file:1:36: key of SPI 0x201 is 15 bytes; aes-cbc needs 16, 24 or 32"},
      {"add 10.0.0.1 10.0.0.2 esp 0x201 -E aes-ctr 0x000102030405060708090a0b0c0d0e0f;",
       "file:1:36: key of SPI 0x201 is 16 bytes; aes-ctr needs 20, 28 or 36 (the last 4 are the salt)"},
      {"add 10.0.0.1 10.0.0.2 ah 0x200 -A hmac-sha1 0x00;", "file:1:32: authentication key of SPI 0x200 is 1 bytes; hmac-sha1 needs 20"},
      {"add 10.0.0.1 10.0.0.2 esp 0x201 -E des-cbc 0x012;",
       "file:1:44: the key has an odd number of hexadecimal digits, 3; a digit is missing or doubled; write two for every byte, 0x05 and "
       "not 0x5"},
      {"add 10.0.0.1 10.0.0.2 esp 0x201 -E des-cbc 0x01zz;",
       "file:1:44: character 3 of the key is not a hexadecimal digit; write 0x and then 0 to 9 and a to f, two for a byte"},
      {"\nadd 10.0.0.1 10.0.0.2 esp 0x201 -E aes-cbcc 0x00;", "file:2:36: 'aes-cbcc' is no encryption algorithm; did you mean 'aes-cbc'?"},
      {"add 10.0.0.1 10.0.0.2 ah 0x200 -A hmac-sha265 0x00;",
       "file:1:35: 'hmac-sha265' is no authentication algorithm; did you mean 'hmac-sha256'?"},
      {"add gate.example.org 10.0.0.2 ah 0x200 -A null;",
       "file:1:5: 'gate.example.org' is not an address; names are not looked up; write the address that it stands for"},
      {"add 10.0.0.1 fd00::1 ah 0x200 -A null;",
       "file:1:14: source and destination are of different families; give two IPv4 or two IPv6 addresses"},
      {"add 10.0.0.0/24 10.0.0.2 ah 0x200 -A null;", "file:1:13: an SA has two addresses, not prefixes; leave out '/' and what follows"},
      {"add 10.0.0.1 10.0.0.2 epp 0x200 -A null;", "file:1:23: 'epp' is no protocol of an SA; did you mean 'esp'?"},
      {"add 10.0.0.1 10.0.0.2 esp 0x1ffffffff -E null;",
       "file:1:27: a word of 11 characters is no SPI; give 256 to 4294967295, decimal or with 0x"},
      {"add 10.0.0.1 10.0.0.2 esp 0x200;",
       "file:1:32: the encryption algorithm of this ESP SA is missing or wrong; add -E ALGORITHM KEY; for integrity alone, -E null"},
      {"add 10.0.0.1 10.0.0.2 ah 0x200 -E null;", "file:1:35: AH does not encrypt; leave out -E, or make it an SA of esp"},
      {"add 10.0.0.1 10.0.0.2 esp 0x200 -m tunel -E null;", "file:1:36: the mode after -m is missing or wrong; did you mean 'tunnel'?"},
      {"spdad 10.0.0.1 10.0.0.2 any -P out none;", "file:1:1: 'spdad' is no statement of setkey; did you mean 'spdadd'?"},
      {"spdadd 10.0.0.1 10.0.0.2 tpc -P out none;", "file:1:26: 'tpc' is no upper-layer protocol; did you mean 'tcp'?"},
      {"spdadd 10.0.0.1[htpp] 10.0.0.2 tcp -P out none;", "file:1:17: 'htpp' is no port; give 'any' or one number from 1 to 65535"},
      {"spdadd 10.0.0.1[80 10.0.0.2 tcp -P out none;", "file:1:16: the brackets around the port do not match; write ADDRESS[PORT]"},
      {"spdadd 10.0.0.1 10.0.0.2 tcp out none;", "file:1:30: -P is missing; after the upper-layer protocol write -P in, out or fwd"},
      {"spdadd 10.0.0.1 10.0.0.2 any -P out ipsek esp/transport//require;", "file:1:37: 'ipsek' is no action; did you mean 'ipsec'?"},
      {"spdadd 10.0.0.1 10.0.0.2 any -P out ipsec;", "file:1:42: 'ipsec' has no rule; write one, like esp/transport//require"},
      {"spdadd 10.0.0.1 10.0.0.2 any -P out ipsec esp/tunnel//require;",
       "file:1:54: the ends of this tunnel are missing; write esp/tunnel/SOURCE-DESTINATION/require"},
      {"spdadd 10.0.0.1 10.0.0.2 any -P out ipsec esp/transport//requires;", "file:1:58: 'requires' is no level; did you mean 'require'?"},
      {"spdadd fd00::1 fd00::2 icmp6 135 -P out none;",
       "file:1:30: the code is missing after the type; write type,code; a code of 0 stands for any"},
      {"flush", "file:1:6: the last statement does not end; end it with ';'"},
      {"flush\nspdflush;", "file:2:1: there is no ';' before 'spdflush'; end the statement above with ';'"},
      {"spdflush all;", "file:1:10: 'spdflush' ends before this word; leave it out, or put ';' before it"},
      {"add 10.0.0.1 10.0.0.2 esp 0x200 -E null;\nadd 10.0.0.1 10.0.0.2 esp 0x200 -E null;",
       "file:2:27: SPI 0x200 to this destination was added on line 1 already; setkey would refuse it; use 'update', or 'delete' the first"},
  };
  for (const Row& row : rows) EXPECT_EQ(all_errors(read_text(read_setkey, row.text)), std::string(row.error) + "\n") << row.text;
}

TEST(Setkey, ReportsEveryErrorOfAFile) {
  const Document document = read_text(read_setkey, "add x;\nflush;\nspdadd y;\nadd 10.0.0.1 10.0.0.2 esp 0x201 -E null;\nbogus;\n");
  std::set<std::uint32_t> lines;
  for (const base::Error& error : document.errors) lines.insert(error.line);
  EXPECT_EQ(lines, (std::set<std::uint32_t>{1, 3, 5}));
  EXPECT_EQ(document.configuration.associations.size(), 1U);
}

TEST(Setkey, NamesTheLineWhereASemicolonIsMissing) {
  const Document document = read_text(read_setkey, "add 10.0.0.1 10.0.0.2 esp 0x201\nflush;");
  EXPECT_EQ(all_errors(document),
            "file:2:1: there is no ';' before 'flush'; end the statement above with ';'\n"
            "file:2:1: the encryption algorithm of this ESP SA is missing or wrong; add -E ALGORITHM KEY; for integrity alone, -E null\n");
}

TEST(Setkey, NeverRepeatsAKey) {
  const std::string_view secret = "deadbeefdeadbeefdeadbeef";
  for (const char* start : {"add 10.0.0.1 10.0.0.2 esp 0x201 -E aes-cbc 0x00 0x", "add 10.0.0.1 10.0.0.2 esp 0x201 -E aes-cbc 0x",
                            "add 10.0.0.1 10.0.0.2 esp 0x201 -E 0x", "add 10.0.0.1 10.0.0.2 esp 0x",
                            "add 10.0.0.1 10.0.0.2 esp 0x201 -E aes-cbc ", "0x", "add 10.0.0.1 10.0.0.2 esp 0x201 -E aes-cbc \""}) {
    const std::string text = std::string(start) + std::string(secret) + ";";
    const Document document = read_text(read_setkey, text);
    EXPECT_FALSE(document.errors.empty()) << start;
    EXPECT_EQ(all_errors(document).find("deadbeef"), std::string::npos) << start;
  }
}

TEST(Setkey, KeepsErrorsBounded) {
  std::string text;
  for (int index = 0; index < 5000; ++index) text += "x;";
  EXPECT_EQ(read_text(read_setkey, text).errors.size(), 1001U);
}

TEST(Setkey, EveryCutOfAFileEnds) {
  for (std::size_t size = 0; size < kClassic.size(); ++size) {
    const Document document = read_text(read_setkey, kClassic.substr(0, size));
    EXPECT_LE(document.configuration.associations.size(), 4U);
  }
}

}  // namespace
}  // namespace espy::config
