#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/config/ike_documents.h"

namespace espy::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Document read(const std::string& text) { return read_with(read_ipsec_conf, text); }

// A conn between 10.0.0.1 and 10.0.0.2 with `lines` in it.
std::string conn(const std::string& lines) { return "conn c\n  left=10.0.0.1\n  right=10.0.0.2\n  auto=add\n" + lines; }

TEST(IpsecConf, ReadsTheLibreswanLabFile) {
  const Document document = read_file_with(read_ipsec_conf, "libreswan-transport.conf");
  EXPECT_THAT(document.errors, IsEmpty());
  EXPECT_THAT(lines_of(document), ElementsAre("protect 10.0.0.1 > 10.0.0.2 esp/transport", "protect 10.0.0.2 > 10.0.0.1 esp/transport"));
  EXPECT_TRUE(document.configuration.has_ike);
  const ipsec::Policy& policy = document.configuration.spds.at(0).policies.at(0);
  EXPECT_EQ(policy.name, "foo-connection");
  EXPECT_TRUE(policy.from_ike);
  EXPECT_EQ(policy.origin.line, 6u);
  EXPECT_THAT(codes_of(document.findings), ElementsAre("config.ike-version-1"));
}

TEST(IpsecConf, TakesNoMisspeltAddressForAName) {
  const Document document =
      read("conn c\n  left=10.0.0.1\n  right=10.0.0.999\n  auto=add\nconn d\n  left=10.0.0.1\n  right=fd00::12345\n  auto=add\n");
  ASSERT_EQ(document.errors.size(), 2u);
  EXPECT_EQ(document.errors[0].line, 3u);
  EXPECT_THAT(document.errors[0].message, HasSubstr("'10.0.0.999' is no value for right"));
  EXPECT_EQ(document.errors[1].line, 7u);
  EXPECT_THAT(read("conn c\n  left=%defaultroute\n  right=gw.example.org\n  auto=add\n").errors, IsEmpty());
}

struct Case {
  const char* lines;
  const char* forward;  // the first policy in the order of matching
  std::size_t policies;
};

class IpsecConfCase : public testing::TestWithParam<Case> {};

TEST_P(IpsecConfCase, GivesThePolicy) {
  const Document document = read(conn(GetParam().lines));
  EXPECT_THAT(document.errors, IsEmpty()) << all_words(document);
  const std::vector<std::string> lines = lines_of(document);
  ASSERT_EQ(lines.size(), GetParam().policies);
  if (!lines.empty()) {
    EXPECT_EQ(lines.front(), GetParam().forward);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Table, IpsecConfCase,
    testing::Values(
        Case{"", "protect 10.0.0.1 > 10.0.0.2 esp/tunnel 10.0.0.1-10.0.0.2", 2},
        Case{"  type=transport\n", "protect 10.0.0.1 > 10.0.0.2 esp/transport", 2},
        Case{"  type=\"transport\"   # quoted\n", "protect 10.0.0.1 > 10.0.0.2 esp/transport", 2},
        Case{"  leftsubnet=10.1.0.0/16\n  rightsubnet=10.2.0.0/16\n", "protect 10.1.0.0/16 > 10.2.0.0/16 esp/tunnel 10.0.0.1-10.0.0.2", 2},
        Case{"  leftsubnet=10.1.0.0/255.255.0.0\n", "protect 10.1.0.0/16 > 10.0.0.2 esp/tunnel 10.0.0.1-10.0.0.2", 2},
        Case{"  leftsubnets={10.1.0.0/24 10.2.0.0/24}\n  rightsubnet=10.3.0.0/24,10.4.0.0/24\n",
             "protect 10.1.0.0/24 > 10.3.0.0/24 esp/tunnel 10.0.0.1-10.0.0.2", 8},
        Case{"  leftsubnet=2001:db8:1::/48\n  rightsubnet=10.2.0.0/16\n", "", 0},
        Case{"  type=transport\n  rightprotoport=tcp/23\n", "protect 10.0.0.1 > 10.0.0.2[23] proto 6 esp/transport", 2},
        Case{"  type=transport\n  leftprotoport=17/1701\n  rightprotoport=17/%any\n",
             "protect 10.0.0.1[1701] > 10.0.0.2 proto 17 esp/transport", 2},
        Case{"  type=transport\n  leftprotoport=icmp/2048\n  rightprotoport=icmp/2048\n",
             "protect 10.0.0.1[8] > 10.0.0.2[0] proto 1 esp/transport", 2},
        Case{"  type=transport\n  leftprotoport=gre\n  rightprotoport=gre\n", "protect 10.0.0.1 > 10.0.0.2 proto 47 esp/transport", 2},
        Case{"  leftsubnet=10.1.0.0/16[tcp/http]\n", "protect 10.1.0.0/16[80] > 10.0.0.2 proto 6 esp/tunnel 10.0.0.1-10.0.0.2", 2},
        Case{"  leftsubnet=10.1.0.0/16/6/80\n", "protect 10.1.0.0/16[80] > 10.0.0.2 proto 6 esp/tunnel 10.0.0.1-10.0.0.2", 2},
        Case{"  type=passthrough\n", "bypass 10.0.0.1 > 10.0.0.2", 2}, Case{"  type=drop\n", "discard 10.0.0.1 > 10.0.0.2", 2},
        Case{"  type=reject\n", "discard 10.0.0.1 > 10.0.0.2", 2},
        Case{"  phase2=ah\n", "protect 10.0.0.1 > 10.0.0.2 ah/tunnel 10.0.0.1-10.0.0.2", 2},
        Case{"  failureshunt=passthrough\n", "protect 10.0.0.1 > 10.0.0.2 esp/tunnel 10.0.0.1-10.0.0.2 use", 2},
        Case{"  mark=5/0xffffffff\n", "protect 10.0.0.1 > 10.0.0.2 esp/tunnel 10.0.0.1-10.0.0.2 marked", 2},
        Case{"  rightsubnet=10.9.0.0-10.9.0.2\n", "protect 10.0.0.1 > 10.9.0.2 esp/tunnel 10.0.0.1-10.0.0.2", 4}));

TEST(IpsecConf, LeavesOpenEndsOpen) {
  const Document document = read("conn road\n  left=10.0.0.1\n  leftsubnet=10.1.0.0/16\n  right=%any\n  auto=add\n");
  EXPECT_THAT(lines_of(document),
              ElementsAre("protect 10.1.0.0/16 > ? esp/tunnel 10.0.0.1-?", "protect ? > 10.1.0.0/16 esp/tunnel ?-10.0.0.1"));
  const auto& policies = document.configuration.spds.at(0).policies;
  EXPECT_FALSE(policies[0].open_source.has_value());
  EXPECT_EQ(policies[0].open_destination.value().text, "%any");
  EXPECT_EQ(policies[1].open_source.value().text, "%any");
  EXPECT_TRUE(policies[1].source_dynamic);
}

TEST(IpsecConf, KeepsTheSubnetOfAnOpenEnd) {
  const Document document = read("conn branch\n  left=%defaultroute\n  leftsubnet=10.1.0.0/16\n  right=gw.example.org\n  auto=start\n");
  const ipsec::Policy& policy = document.configuration.spds.at(0).policies.at(0);
  EXPECT_EQ(policy.open_source.value().text, "%defaultroute");
  EXPECT_FALSE(policy.source_dynamic);
  EXPECT_EQ(to_string(policy.selector.source), "10.1.0.0/16");
  EXPECT_EQ(policy.open_destination.value().text, "gw.example.org");
  EXPECT_TRUE(policy.destination_dynamic);
}

TEST(IpsecConf, AddressPoolNarrowsThePeer) {
  const Document document =
      read("conn road\n  left=10.0.0.1\n  leftsubnet=0.0.0.0/0\n  right=%any\n  rightsourceip=10.9.0.0/24\n  auto=add\n");
  EXPECT_THAT(lines_of(document), ElementsAre("protect 0.0.0.0/0 > 10.9.0.0/24 esp/tunnel 10.0.0.1-?",
                                              "protect 10.9.0.0/24 > 0.0.0.0/0 esp/tunnel ?-10.0.0.1"));
}

TEST(IpsecConf, StatesNoRequirementForAVirtualAddress) {
  const Document document =
      read("conn road\n  left=10.0.0.1\n  leftsourceip=%config\n  right=10.0.0.2\n  rightsubnet=0.0.0.0/0\n  auto=add\n");
  EXPECT_THAT(lines_of(document), IsEmpty());
  EXPECT_THAT(codes_of(document.findings), ElementsAre("config.virtual-address"));
}

TEST(IpsecConf, SkipsIgnoredConnsAndTemplates) {
  EXPECT_THAT(lines_of(read("conn c\n  left=10.0.0.1\n  right=10.0.0.2\n  auto=ignore\n")), IsEmpty());
  const Document document = read("conn base\n  left=10.0.0.1\n  type=transport\nconn c\n  also=base\n  right=10.0.0.2\n");
  EXPECT_THAT(lines_of(document), ElementsAre("protect 10.0.0.1 > 10.0.0.2 esp/transport", "protect 10.0.0.2 > 10.0.0.1 esp/transport"));
}

TEST(IpsecConf, DefaultFillsWhatTheConnLeavesOut) {
  const Document document =
      read("conn %default\n  type=transport\n  left=10.0.0.9\nconn c\n  left=10.0.0.1\n  right=10.0.0.2\n  auto=add\n");
  EXPECT_THAT(lines_of(document), testing::Contains("protect 10.0.0.1 > 10.0.0.2 esp/transport"));
}

// The base says transport before the conn says tunnel: Libreswan's first wins, strongSwan's own wins (strongSwan ipsec.conf.5, `also`).
constexpr const char* kAlso =
    "conn base\n  type=transport\nconn c\n  also=base\n  type=tunnel\n  left=10.0.0.1\n  right=10.0.0.2\n  auto=add\n";

TEST(IpsecConf, AlsoFollowsTheDialect) {
  const Document libreswan = read(std::string("config setup\n  protostack=netkey\n") + kAlso);
  EXPECT_THAT(lines_of(libreswan).at(0), HasSubstr("esp/transport"));
  EXPECT_THAT(codes_of(libreswan.findings), IsEmpty());
  const Document strongswan = read(std::string("config setup\n  charondebug=\"ike 2\"\n") + kAlso);
  EXPECT_THAT(lines_of(strongswan).at(0), HasSubstr("esp/tunnel"));
  EXPECT_THAT(codes_of(strongswan.findings), IsEmpty());
}

TEST(IpsecConf, TellsWhenTheDialectCannotBeToldAndMatters) {
  const Document document = read(kAlso);
  EXPECT_THAT(lines_of(document).at(0), HasSubstr("esp/transport"));
  EXPECT_THAT(codes_of(document.findings), ElementsAre("config.also-order"));
}

TEST(IpsecConf, NarrowPassthroughComesBeforeTheTunnel) {
  const Document document = read(
      "conn net\n  left=10.0.0.1\n  right=10.0.0.2\n  leftsubnet=10.1.0.0/16\n  rightsubnet=0.0.0.0/0\n  auto=add\n"
      "conn lan\n  type=passthrough\n  left=10.0.0.1\n  right=0.0.0.0\n  leftsubnet=10.1.0.0/16\n  rightsubnet=10.1.0.0/16\n  auto=add\n");
  EXPECT_THAT(lines_of(document).at(0), "bypass 10.1.0.0/16 > 10.1.0.0/16");
}

TEST(IpsecConf, StrongswanPutsPassthroughFirstAndDropLast) {
  const Document document = read(
      "config setup\n  charondebug=\"ike 1\"\n"
      "conn host\n  left=10.0.0.1\n  right=10.0.0.2\n  type=transport\n  auto=add\n"
      "conn pass\n  type=pass\n  left=10.0.0.1\n  right=10.0.0.3\n  leftsubnet=10.0.0.0/8\n  rightsubnet=10.0.0.0/8\n  auto=route\n"
      "conn drop\n  type=drop\n  left=10.0.0.1\n  right=10.0.0.9\n  auto=route\n");
  EXPECT_THAT(lines_of(document),
              ElementsAre("bypass 10.0.0.0/8 > 10.0.0.0/8", "bypass 10.0.0.0/8 > 10.0.0.0/8", "protect 10.0.0.1 > 10.0.0.2 esp/transport",
                          "protect 10.0.0.2 > 10.0.0.1 esp/transport", "discard 10.0.0.1 > 10.0.0.9", "discard 10.0.0.9 > 10.0.0.1"));
}

TEST(IpsecConf, ReadsIncludesAndPolicyGroups) {
  const Document document = read_file_with(read_ipsec_conf, "groups/ipsec.conf");
  EXPECT_THAT(document.errors, IsEmpty()) << all_words(document);
  EXPECT_THAT(codes_of(document.findings), IsEmpty()) << all_words(document);
  const std::vector<std::string> lines = lines_of(document);
  EXPECT_THAT(lines, testing::IsSupersetOf({"protect 10.0.0.1 > 10.0.9.9 esp/transport", "protect 10.0.0.1 > 192.0.2.0/24 esp/any any-ends",
                                            "bypass 10.0.0.1 > 198.51.100.7 any-ends", "bypass 10.0.0.1 > 10.0.0.0/8[22] proto 6 any-ends",
                                            "discard 10.0.0.1 > 203.0.113.0/24 any-ends",
                                            "protect 10.0.0.1 > 198.51.100.0/24 esp/any use any-ends"}));
  // The IPv6 network has no partner: left is IPv4.
  EXPECT_EQ(lines.size(), 12u);
}

TEST(IpsecConf, TellsIncludesInACircle) {
  const Document document = read_file_with(read_ipsec_conf, "loop/a.conf");
  EXPECT_THAT(all_words(document), HasSubstr("includes itself"));
  EXPECT_THAT(document.errors.at(0).file, HasSubstr("loop/b.conf"));
}

TEST(IpsecConf, TellsAMissingInclude) {
  const Document document = read_with(read_ipsec_conf, "include nowhere/*.conf\n", ESPY_SOURCE_DIR "/tests/config/data/x.conf");
  EXPECT_THAT(codes_of(document.findings), ElementsAre("config.include-missing"));
  EXPECT_THAT(document.errors, IsEmpty());
}

struct Wrong {
  const char* text;
  std::uint32_t line;
  const char* words;
};

class IpsecConfError : public testing::TestWithParam<Wrong> {};

TEST_P(IpsecConfError, NamesPlaceAndWord) {
  const Document document = read(GetParam().text);
  ASSERT_EQ(document.errors.size(), 1u) << all_words(document);
  EXPECT_EQ(document.errors[0].line, GetParam().line);
  EXPECT_THAT(to_string(document.errors[0]), HasSubstr(GetParam().words));
}

INSTANTIATE_TEST_SUITE_P(Table, IpsecConfError,
                         testing::Values(Wrong{"conn\n", 1, "'conn' needs a name"}, Wrong{"  left=10.0.0.1\n", 1, "before any section"},
                                         Wrong{"conn c\n  nonsense\n", 2, "'nonsense' is no parameter"},
                                         Wrong{"conn c\n  left=10.0.0.1\n  type=tunel\n  auto=add\n", 3, "'tunel' is no value for type"},
                                         Wrong{"conn c\n  left=10.0.0.1\n  leftsubnet=10.1.0.0/99\n  auto=add\n", 3, "10.1.0.0/99"},
                                         Wrong{"conn c\n  left=10.0.0.1\n  leftprotoport=tpc/1\n  auto=add\n", 3, "tpc/1"},
                                         Wrong{"conn c\n  also=gone\n", 2, "gone"}, Wrong{"conn c\n  also=c\n", 2, "names itself"},
                                         Wrong{"include other.conf\n", 1, "standard input cannot include"},
                                         Wrong{"conn c\n  left=10.0.0.1\n  leftprotoport=tcp\n  rightprotoport=udp\n  auto=add\n", 1,
                                               "different protocols"}));

struct LintCase {
  const char* code;
  const char* fires;
  const char* twin;
};

class IpsecConfLint : public testing::TestWithParam<LintCase> {};

TEST_P(IpsecConfLint, FiresAndItsTwinDoesNot) {
  EXPECT_THAT(codes_of(read(conn(GetParam().fires)).findings), ElementsAre(GetParam().code));
  EXPECT_THAT(codes_of(read(conn(GetParam().twin)).findings), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    Table, IpsecConfLint,
    testing::Values(LintCase{"config.weak-proposal", "  phase2alg=3des-sha2\n", "  phase2alg=aes_gcm256,aes256-sha2_512;dh19\n"},
                    LintCase{"config.weak-proposal", "  ike=aes256-sha2;modp1024\n", "  ike=aes256-sha2;modp2048\n"},
                    LintCase{"config.weak-proposal", "  ike=aes256-md5;modp2048\n", "  ike=3des-sha1;modp2048\n"},
                    LintCase{"config.ike-version-1", "  ikev2=no\n", "  ikev2=insist\n"},
                    LintCase{"config.ike-version-1", "  keyexchange=ikev1\n", "  keyexchange=ikev2\n"},
                    LintCase{"config.aggressive-psk", "  aggrmode=yes\n  authby=secret\n", "  aggrmode=yes\n  authby=rsasig\n"},
                    LintCase{"config.no-pfs", "  pfs=no\n", "  pfs=yes\n"},
                    LintCase{"config.no-pfs", "  keyexchange=ikev2\n  esp=aes256gcm16!\n",
                             "  keyexchange=ikev2\n  esp=aes256gcm16-ecp384!\n"}));

}  // namespace
}  // namespace espy::config
