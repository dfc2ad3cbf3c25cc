#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/config/ike_documents.h"

namespace espy::config {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

Document read(const std::string& text) { return read_with(read_swanctl, text); }

// A connection between 10.0.0.1 and 10.0.0.2 with one child that holds `lines`.
std::string child(const std::string& lines, const std::string& connection = {}) {
  return "connections {\n c {\n  local_addrs = 10.0.0.1\n  remote_addrs = 10.0.0.2\n" + connection + "  children {\n   c {\n" + lines +
         "   }\n  }\n }\n}\n";
}

TEST(Swanctl, ReadsTheLabFileWithBracesOnOneLine) {
  const Document document = read_file_with(read_swanctl, "swanctl-natt.conf");
  EXPECT_THAT(document.errors, IsEmpty()) << all_words(document);
  EXPECT_THAT(lines_of(document), ElementsAre("protect 10.0.0.1 > 10.0.0.2 esp/transport", "protect 10.0.0.2 > 10.0.0.1 esp/transport"));
  EXPECT_TRUE(document.configuration.has_ike);
  EXPECT_EQ(document.configuration.spds.at(0).policies.at(0).origin.line, 11u);
}

TEST(Swanctl, TakesNoMisspeltAddressForAName) {
  const Document document =
      read("connections {\n c {\n  local_addrs = 10.0.0.1\n  remote_addrs = 10.0.0.999\n  children {\n   c {\n   }\n  }\n }\n}\n");
  ASSERT_EQ(document.errors.size(), 1u);
  EXPECT_EQ(document.errors[0].line, 4u);
  EXPECT_THAT(document.errors[0].message, HasSubstr("'10.0.0.999' is no value for remote_addrs"));
  EXPECT_THAT(read("connections {\n c {\n  remote_addrs = 10.example.org\n }\n}\n").errors, IsEmpty());
  EXPECT_THAT(read("connections {\n c {\n  remote_addrs = 10.0.0.1, 10.0.0.2\n }\n}\n").errors, IsEmpty());
}

TEST(Swanctl, FindsWhatIsWeakInTheAggressiveLabFile) {
  const Document document = read_file_with(read_swanctl, "swanctl-aggressive.conf");
  EXPECT_THAT(codes_of(document.findings),
              testing::IsSupersetOf({"config.ike-version-1", "config.aggressive-psk", "config.weak-proposal", "config.no-pfs"}));
  EXPECT_THAT(all_words(document), Not(HasSubstr("lab-psk")));
}

struct Case {
  const char* lines;
  const char* first;
  std::size_t policies;
};

class SwanctlCase : public testing::TestWithParam<Case> {};

TEST_P(SwanctlCase, GivesThePolicy) {
  const Document document = read(child(GetParam().lines));
  EXPECT_THAT(document.errors, IsEmpty()) << all_words(document);
  const std::vector<std::string> lines = lines_of(document);
  ASSERT_EQ(lines.size(), GetParam().policies);
  if (!lines.empty()) {
    EXPECT_EQ(lines.front(), GetParam().first);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Table, SwanctlCase,
    testing::Values(Case{"", "protect 10.0.0.1 > 10.0.0.2 esp/tunnel 10.0.0.1-10.0.0.2", 2},
                    Case{"local_ts = 10.1.0.0/16\nremote_ts = 10.2.0.0/16,10.3.0.0/16\n",
                         "protect 10.1.0.0/16 > 10.2.0.0/16 esp/tunnel 10.0.0.1-10.0.0.2", 4},
                    Case{"mode = transport\nremote_ts = dynamic[tcp/23]\n", "protect 10.0.0.1 > 10.0.0.2[23] proto 6 esp/transport", 2},
                    Case{"mode = transport\nremote_ts = dynamic[udp/1000-2000]\n",
                         "protect 10.0.0.1 > 10.0.0.2[1000-2000] proto 17 esp/transport", 2},
                    Case{"mode = transport\nremote_ts = dynamic[gre]\n", "protect 10.0.0.1 > 10.0.0.2 proto 47 esp/transport", 2},
                    Case{"mode = beet\n", "protect 10.0.0.1 > 10.0.0.2 esp/beet 10.0.0.1-10.0.0.2", 2},
                    Case{"mode = iptfs\n", "protect 10.0.0.1 > 10.0.0.2 esp/iptfs 10.0.0.1-10.0.0.2", 2},
                    Case{"mode = pass\nlocal_ts = 10.0.0.0/8\nremote_ts = 10.0.0.0/8\n", "bypass 10.0.0.0/8 > 10.0.0.0/8", 2},
                    Case{"mode = drop\n", "discard 10.0.0.1 > 10.0.0.2", 2}, Case{"policies = no\n", "", 0},
                    Case{"ah_proposals = sha256-modp2048\n", "protect 10.0.0.1 > 10.0.0.2 ah/tunnel 10.0.0.1-10.0.0.2", 2},
                    Case{"if_id_in = 7\nif_id_out = 7\n", "protect 10.0.0.1 > 10.0.0.2 esp/tunnel 10.0.0.1-10.0.0.2 marked", 2},
                    Case{"remote_ts = \"10.2.0.0/16\" # quoted\n", "protect 10.0.0.1 > 10.2.0.0/16 esp/tunnel 10.0.0.1-10.0.0.2", 2}));

TEST(Swanctl, SectionsInheritByReference) {
  const Document document = read(
      "defaults { local_addrs = 10.0.0.1\n children { net { mode = transport\n } } }\n"
      "connections { one : defaults { remote_addrs = 10.0.0.2\n }\n"
      "              two : defaults { remote_addrs = 10.0.0.3\n local_addrs = 10.0.0.9\n children { net { mode = tunnel\n } } } }\n");
  EXPECT_THAT(document.errors, IsEmpty()) << all_words(document);
  EXPECT_THAT(lines_of(document), ElementsAre("protect 10.0.0.1 > 10.0.0.2 esp/transport", "protect 10.0.0.2 > 10.0.0.1 esp/transport",
                                              "protect 10.0.0.9 > 10.0.0.3 esp/tunnel 10.0.0.9-10.0.0.3",
                                              "protect 10.0.0.3 > 10.0.0.9 esp/tunnel 10.0.0.3-10.0.0.9"));
}

TEST(Swanctl, SectionsOfOneNameAreMergedAndTheLastValueCounts) {
  const Document document = read(child("mode = tunnel\n") + "connections { c { children { c { mode = transport\n } } } }\n");
  EXPECT_THAT(lines_of(document).at(0), "protect 10.0.0.1 > 10.0.0.2 esp/transport");
}

TEST(Swanctl, OpenPeerWithPool) {
  const Document document = read(
      "connections { rw { local_addrs = 10.0.0.1\n pools = p\n children { net { local_ts = 10.1.0.0/16\n } } } }\npools { p { addrs = "
      "10.9.0.0/24\n } }\n");
  EXPECT_THAT(lines_of(document), ElementsAre("protect 10.1.0.0/16 > 10.9.0.0/24 esp/tunnel 10.0.0.1-?",
                                              "protect 10.9.0.0/24 > 10.1.0.0/16 esp/tunnel ?-10.0.0.1"));
  EXPECT_EQ(document.configuration.spds.at(0).policies.at(0).open_destination.value().text, "%any");
}

TEST(Swanctl, StatesNoRequirementForAVirtualAddress) {
  const Document document = read(child("remote_ts = 0.0.0.0/0\n", "vips = 0.0.0.0\n"));
  EXPECT_THAT(lines_of(document), IsEmpty());
  EXPECT_THAT(codes_of(document.findings), ElementsAre("config.virtual-address"));
}

TEST(Swanctl, PriorityByHandComesFirst) {
  const Document document = read(
      "connections { c { local_addrs = 10.0.0.1\n remote_addrs = 10.0.0.2\n children {\n narrow { mode = transport\n }\n"
      " wide { priority = 5\n local_ts = 10.0.0.0/8\n remote_ts = 10.0.0.0/8\n } } } }\n");
  EXPECT_THAT(lines_of(document).at(0), HasSubstr("10.0.0.0/8 > 10.0.0.0/8"));
}

struct Wrong {
  const char* text;
  std::uint32_t line;
  const char* words;
};

class SwanctlError : public testing::TestWithParam<Wrong> {};

TEST_P(SwanctlError, NamesPlaceAndWord) {
  const Document document = read(GetParam().text);
  ASSERT_FALSE(document.errors.empty());
  EXPECT_EQ(document.errors[0].line, GetParam().line) << all_words(document);
  EXPECT_THAT(to_string(document.errors[0]), HasSubstr(GetParam().words));
}

INSTANTIATE_TEST_SUITE_P(
    Table, SwanctlError,
    testing::Values(Wrong{"connections {\n", 1, "'connections' is not closed"}, Wrong{"\n}\n", 2, "closes no section"},
                    Wrong{"a : b { }\n", 1, "'b', which is not there"}, Wrong{"a\nb\n", 1, "'a' is neither"},
                    Wrong{"a = \"open\n", 1, "quotes of this value"}, Wrong{"include x.conf\n", 1, "standard input"},
                    Wrong{"connections { c { children { n {\nmode = tunel\n} } } }\n", 2, "'tunel' is no value for mode"},
                    Wrong{"connections { c { children { n {\n\nremote_ts = 10.0.0.0/99\n} } } }\n", 3, "10.0.0.0/99"}));

struct LintCase {
  const char* code;
  const char* fires;
  const char* twin;
};

class SwanctlLint : public testing::TestWithParam<LintCase> {};

TEST_P(SwanctlLint, FiresAndItsTwinDoesNot) {
  EXPECT_THAT(codes_of(read(GetParam().fires).findings), ElementsAre(GetParam().code));
  EXPECT_THAT(codes_of(read(GetParam().twin).findings), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    Table, SwanctlLint,
    testing::Values(LintCase{"config.weak-proposal", "connections { c { proposals = aes256-sha256-modp1024\n } }\n",
                             "connections { c { proposals = aes256-sha256-ecp256\n } }\n"},
                    LintCase{"config.ike-version-1", "connections { c { version = 1\n } }\n", "connections { c { version = 2\n } }\n"},
                    LintCase{"config.aggressive-psk", "connections { c { aggressive = yes\n local { auth = psk\n } } }\n",
                             "connections { c { aggressive = yes\n local { auth = pubkey\n } } }\n"},
                    LintCase{"config.no-pfs", "connections { c { children { n { esp_proposals = aes256gcm16\n } } } }\n",
                             "connections { c { children { n { esp_proposals = aes256gcm16-x25519\n } } } }\n"},
                    LintCase{"config.weak-psk", "secrets { ike-1 { secret = \"password123\"\n } }\n",
                             "secrets { ike-1 { secret = 0sFpZAZqEN6Ti9sqt4ZP5EWcqx\n } }\n"}));

TEST(Swanctl, NeverShowsASecret) {
  const Document document = read("secrets { ike-1 { secret = \"hunter2hunter2\n } }\n");
  EXPECT_THAT(all_words(document), Not(HasSubstr("hunter2")));
}

}  // namespace
}  // namespace espy::config
