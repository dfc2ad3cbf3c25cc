#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include <fmt/format.h>

#include "config/lint.h"
#include "config/reader.h"
#include "tests/config/ike_documents.h"

namespace espy::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

Document read(const std::string& text) { return read_with(read_toml, text); }

TEST(Toml, ReadsTheExampleOfTheManual) {
  const Document document = read_file_with(read_toml, "espy.toml");
  ASSERT_THAT(document.errors, IsEmpty()) << all_words(document);
  ASSERT_EQ(document.configuration.associations.size(), 2u);
  const ipsec::Association& first = document.configuration.associations[0];
  EXPECT_EQ(to_string(*first.spi), "0x00000201");
  EXPECT_EQ(to_string(first.source), "10.0.0.1");
  EXPECT_EQ(first.encryption, ipsec::Encryption::kAesGcm);
  EXPECT_EQ(first.encryption_key.size(), 20u);
  EXPECT_EQ(first.icv_bits, 128);
  EXPECT_EQ(first.mode, ipsec::Mode::kTransport);
  EXPECT_TRUE(first.esn);
  EXPECT_EQ(first.esn_high, 5u);
  EXPECT_EQ(first.replay_window, 64u);
  EXPECT_EQ(first.reqid, 1u);
  EXPECT_EQ(first.origin.line, 5u);
  const ipsec::Association& second = document.configuration.associations[1];
  EXPECT_EQ(second.encryption, ipsec::Encryption::kAesCbc);
  EXPECT_EQ(second.integrity, ipsec::Integrity::kHmacSha256);
  EXPECT_EQ(second.encapsulation, ipsec::Encapsulation::kUdp);
  EXPECT_EQ(second.integrity_key,
            ipsec::Key({0x5e, 0xa1, 0x07, 0xd3, 0x3f, 0x92, 0x68, 0xbc, 0x14, 0xe9, 0x70, 0x2b, 0xc6, 0x85, 0x4d, 0xf1,
                        0x2a, 0x97, 0xb0, 0x43, 0xee, 0x1c, 0x59, 0x86, 0xdf, 0x34, 0x7b, 0xa8, 0x02, 0xc9, 0x6e, 0x15}));
  EXPECT_THAT(lines_of(document), ElementsAre("bypass 10.0.0.1 > 10.0.0.2[22] proto 6", "bypass 10.0.0.2[22] > 10.0.0.1 proto 6",
                                              "protect 10.0.0.1 > 10.0.0.2 esp/any", "protect 10.0.0.2 > 10.0.0.1 esp/any",
                                              "protect 10.1.0.0/16 > 10.2.0.0/16 esp/tunnel 10.0.0.1-10.0.0.2 use ah/transport use",
                                              "protect 10.2.0.0/16 > 10.1.0.0/16 esp/tunnel 10.0.0.2-10.0.0.1 use ah/transport use",
                                              "discard 10.9.0.0/16 > 10.8.0.0/16", "discard 10.8.0.0/16 > 10.9.0.0/16"));
  EXPECT_THAT(document.configuration.encapsulation_ports, ElementsAre(4501));
  EXPECT_THAT(document.configuration.ike_ports, ElementsAre(501));
}

struct Wrong {
  const char* text;
  std::uint32_t line;
  std::uint32_t column;
  const char* words;
};

class TomlError : public testing::TestWithParam<Wrong> {};

TEST_P(TomlError, NamesPlaceAndWord) {
  const Document document = read(GetParam().text);
  ASSERT_FALSE(document.errors.empty());
  EXPECT_THAT(to_string(document.errors[0]), HasSubstr(GetParam().words));
  EXPECT_EQ(document.errors[0].line, GetParam().line);
  EXPECT_EQ(document.errors[0].column, GetParam().column);
}

INSTANTIATE_TEST_SUITE_P(
    Table, TomlError,
    testing::Values(Wrong{"a = \n", 1, 5, "this is not TOML"}, Wrong{"[[protekt]]\n", 1, 3, "did you mean 'protect'?"},
                    Wrong{"[[protect]]\nfrom = \"10.0.0.1\"\nto = \"10.0.0.2\"\nrequires = \"esp\"\n", 4, 1, "did you mean 'require'?"},
                    Wrong{"[[protect]]\nfrom = \"10.0.0.1\"\n", 1, 1, "[[protect]] has no to"},
                    Wrong{"[[protect]]\nfrom = \"10.0.0.1\"\nto = 7\n", 3, 6, "to of [[protect]] is not a string"},
                    Wrong{"[[protect]]\nfrom = \"server\"\nto = \"10.0.0.1\"\n", 2, 8, "'server'"},
                    Wrong{"[[protect]]\nfrom = \"10.0.0.1\"\nto = \"10.0.0.2\"\nmode = \"tunel\"\n", 4, 8, "'tunel' is no mode"},
                    Wrong{"[[protect]]\nfrom = \"10.0.0.1\"\nto = \"10.0.0.2\"\nports = \"tpc/23\"\n", 4, 9, "'tpc/23'"},
                    Wrong{"[[protect]]\nfrom = \"10.0.0.1\"\nto = \"10.0.0.2\"\nvia = \"10.0.0.3\"\n", 4, 7, "two gateways"},
                    Wrong{"[[sa]]\nsource = \"10.0.0.1\"\ndestination = \"10.0.0.2\"\n", 1, 1, "[[sa]] has no spi"},
                    Wrong{"[[sa]]\nsource = \"10.0.0.1\"\ndestination = \"10.0.0.2\"\nspi = -1\n", 4, 7, "a number from 0 to 4294967295"},
                    Wrong{"[[sa]]\nsource = \"10.0.0.1\"\ndestination = \"10.0.0.2\"\nspi = 513\nencryption = \"aes-cbx\"\n", 5, 14,
                          "'aes-cbx'"},
                    Wrong{"# policy\nredact-payload = 1\n", 2, 18, "redact-payload of the file is not true or false"},
                    Wrong{"redact-payload = \"true\"\n", 1, 18, "redact-payload of the file is not true or false"},
                    Wrong{"redact_payload = true\n", 1, 1, "did you mean 'redact-payload'?"},
                    Wrong{"[limits]\nflows = 15\n", 2, 9, "flows of [limits] is not a number from 16 to 16777216"},
                    Wrong{"[limits]\nfragments = 4097\n", 2, 13, "fragments of [limits] is not a number from 1 to 4096"},
                    Wrong{"[limits]\nheld = \"many\"\n", 2, 8, "held of [limits] is not a number from 16 to 1048576"},
                    Wrong{"[limits]\nflow = 100\n", 2, 1, "did you mean 'flows'?"}, Wrong{"limits = 5\n", 1, 10, "write it as [limits]"},
                    Wrong{"[sa]\nspi = 1\n", 1, 1, "write it as [[sa]]"}, Wrong{"[hosts]\na = \"b\"\n", 2, 5, "'b' is not an IP address"}));

TEST(Toml, KeyOfTheWrongSizeIsAnErrorThatShowsNoDigit) {
  const Document document = read(
      "[[sa]]\nsource = \"10.0.0.1\"\ndestination = \"10.0.0.2\"\nspi = 0x201\nencryption = \"aes-cbc\"\n"
      "encryption_key = \"0xfeedfacefeedfacefeedfacefeedfa\"\nintegrity = \"hmac-sha256\"\n");
  EXPECT_THAT(document.configuration.associations, IsEmpty());
  ASSERT_FALSE(document.errors.empty());
  EXPECT_THAT(all_words(document), HasSubstr("15"));
  EXPECT_THAT(all_words(document), Not(HasSubstr("feed")));
}

TEST(Toml, KeyThatIsNoHexadecimalIsAnErrorThatDoesNotShowIt) {
  const Document document = read(
      "[[sa]]\nsource = \"10.0.0.1\"\ndestination = \"10.0.0.2\"\nspi = 0x201\nencryption = \"aes-cbc\"\nencryption_key = "
      "\"hunter2hunter2\"\n");
  EXPECT_EQ(document.errors.at(0).line, 6u);
  EXPECT_THAT(all_words(document), Not(HasSubstr("hunter2")));
}

TEST(Toml, ReadsAKeyFromAFileBesideIt) {
  const Document document = read_with(read_toml,
                                      "[[sa]]\nsource = \"10.0.0.1\"\ndestination = \"10.0.0.2\"\nspi = 0x201\nencryption = \"aes-cbc\"\n"
                                      "encryption_key_file = \"key.hex\"\nintegrity = \"none\"\n",
                                      ESPY_SOURCE_DIR "/tests/config/data/in-memory.toml");
  ASSERT_THAT(document.errors, IsEmpty()) << all_words(document);
  EXPECT_EQ(document.configuration.associations.at(0).encryption_key,
            ipsec::Key({0x8d, 0x07, 0xb1, 0x2c, 0x5f, 0x1e, 0x93, 0xa4, 0xd6, 0x60, 0x2b, 0xe1, 0x7f, 0xc8, 0x39, 0x4a}));
}

TEST(Toml, OctetsMayBeForbidden) {  // T24
  EXPECT_FALSE(read("").configuration.redact_payload);
  EXPECT_FALSE(read("redact-payload = false\n").configuration.redact_payload);
  const Document document = read("# policy\n\nredact-payload = true\n");
  EXPECT_THAT(document.errors, IsEmpty());
  ASSERT_TRUE(document.configuration.redact_payload);
  EXPECT_EQ(document.configuration.redact_payload->line, 3u);
}

TEST(Toml, OneOfSeveralFilesForbids) {
  Outcome outcome;
  read_text(Format::kToml, "open.toml", "redact-payload = false\n", outcome);
  EXPECT_FALSE(outcome.configuration.redact_payload);
  read_text(Format::kToml, "closed.toml", "redact-payload = true\n", outcome);
  read_text(Format::kToml, "open.toml", "redact-payload = false\n", outcome);
  read_text(Format::kToml, "later.toml", "# again\nredact-payload = true\n", outcome);
  ASSERT_TRUE(outcome.configuration.redact_payload);
  EXPECT_EQ(to_string(*outcome.configuration.redact_payload), "closed.toml:1");
}

// What tables held before they could be told.
TEST(Toml, LimitsAreTheUsualOnesUnlessSaid) {  // T15
  const base::Limits usual = read("").configuration.limits_in_force();
  EXPECT_EQ(usual.flows, 1'048'576U);
  EXPECT_EQ(usual.protected_flows, 16'384U);
  EXPECT_EQ(usual.associations, 65'536U);
  EXPECT_EQ(usual.pairs, 65'536U);
  EXPECT_EQ(usual.held, 65'536U);
  EXPECT_EQ(usual.findings, 2'048U);
  EXPECT_EQ(usual.fragments, 32U);
  EXPECT_EQ(usual.streams, 1'024U);
  EXPECT_EQ(usual.samples, 1'024U);
  EXPECT_EQ(usual.events, 4'096U);
  EXPECT_EQ(usual.rows, 1'000U);
  const Document document = read("[limits]\nflows = 100_000\nfragments = 64\nsamples = 0\n");
  ASSERT_THAT(document.errors, IsEmpty());
  base::Limits told = usual;
  told.flows = 100'000;
  told.fragments = 64;
  told.samples = 0;
  EXPECT_EQ(document.configuration.limits_in_force(), told);
}

TEST(Toml, EachLimitCanBeToldAtBothItsEnds) {
  for (const base::LimitFacts& limit : base::kLimitFacts) {
    const base::Limits usual;
    EXPECT_GE(usual.*(limit.value), limit.least) << limit.key;
    EXPECT_LE(usual.*(limit.value), limit.largest) << limit.key;
    for (const std::size_t value : {limit.least, limit.largest}) {
      const Document document = read(fmt::format("[limits]\n{} = {}\n", limit.key, value));
      EXPECT_THAT(document.errors, IsEmpty()) << limit.key;
      EXPECT_EQ(document.configuration.limits_in_force().*(limit.value), value) << limit.key;
    }
    EXPECT_THAT(read(fmt::format("[limits]\n{} = {}\n", limit.key, limit.largest + 1)).errors, SizeIs(1)) << limit.key;
    EXPECT_THAT(read(fmt::format("[limits]\n{} = -1\n", limit.key)).errors, SizeIs(1)) << limit.key;
  }
}

TEST(Toml, TwoFilesMayNotDisagreeOnALimit) {
  Outcome outcome;
  read_text(Format::kToml, "a.toml", "[limits]\nflows = 500\nheld = 40\n", outcome);
  read_text(Format::kToml, "b.toml", "[limits]\nheld = 40\npairs = 60\n", outcome);
  EXPECT_THAT(outcome.errors, IsEmpty());
  const base::Limits limits = outcome.configuration.limits_in_force();
  EXPECT_THAT((std::array{limits.flows, limits.held, limits.pairs}), ElementsAre(500U, 40U, 60U));
  read_text(Format::kToml, "c.toml", "[limits]\npairs = 60\nflows = 501\n", outcome);
  ASSERT_THAT(outcome.errors, SizeIs(1));
  EXPECT_EQ(to_string(outcome.errors[0]), "c.toml:3: flows of [limits] is 501 here and 500 in a.toml:2; say it in one file");
}

TEST(Toml, LettersBeyondAsciiStandInCommentsAlone) {
  EXPECT_THAT(read("# Z\xc3\xbcrich\n").errors, IsEmpty());
  const Document document = read("[hosts]\nZ\xc3\xbcrich = \"10.0.0.1\"\n");
  EXPECT_THAT(all_words(document), HasSubstr("not ASCII"));
  EXPECT_EQ(document.errors.at(0).line, 2u);
  EXPECT_EQ(document.errors.at(0).column, 2u);
}

TEST(Toml, EntriesMatchInTheOrderOfTheFile) {
  const Document document = read(
      "[[protect]]\nfrom = \"10.0.0.1\"\nto = \"10.0.0.2\"\n[[discard]]\nfrom = \"10.0.0.3\"\nto = \"10.0.0.4\"\n"
      "[[protect]]\nfrom = \"10.0.0.5\"\nto = \"10.0.0.6\"\n");
  EXPECT_THAT(lines_of(document),
              ElementsAre("protect 10.0.0.1 > 10.0.0.2 esp/any", "protect 10.0.0.2 > 10.0.0.1 esp/any", "discard 10.0.0.3 > 10.0.0.4",
                          "discard 10.0.0.4 > 10.0.0.3", "protect 10.0.0.5 > 10.0.0.6 esp/any", "protect 10.0.0.6 > 10.0.0.5 esp/any"));
  const auto& policies = document.configuration.spds.at(0).policies;
  for (std::size_t index = 0; index < policies.size(); ++index) EXPECT_EQ(policies[index].age, index);
}

}  // namespace
}  // namespace espy::config
