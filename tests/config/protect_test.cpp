#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/reader.h"
#include "tests/config/ike_documents.h"

namespace espy::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Protect protect(std::string from, std::string to) {
  Protect made;
  made.from = std::move(from);
  made.to = std::move(to);
  return made;
}

std::vector<std::string> lines(const Protect& terms) {
  const auto spd = read_protect(std::span(&terms, 1));
  return spd ? lines_of(*spd) : std::vector<std::string>{"error: " + to_string(spd.error().front())};
}

TEST(Protect, GivesBothDirections) {
  EXPECT_THAT(lines(protect("10.0.0.1", "10.0.0.2")),
              ElementsAre("protect 10.0.0.1 > 10.0.0.2 esp/any", "protect 10.0.0.2 > 10.0.0.1 esp/any"));
}

TEST(Protect, PortIsThatOfTheSecond) {
  Protect terms = protect("10.0.0.1", "10.0.0.2");
  terms.ports = {"tcp/23", "udp/1000-2000", "icmp"};
  EXPECT_THAT(
      lines(terms),
      ElementsAre("protect 10.0.0.1 > 10.0.0.2[23] proto 6 esp/any", "protect 10.0.0.2[23] > 10.0.0.1 proto 6 esp/any",
                  "protect 10.0.0.1 > 10.0.0.2[1000-2000] proto 17 esp/any", "protect 10.0.0.2[1000-2000] > 10.0.0.1 proto 17 esp/any",
                  "protect 10.0.0.1 > 10.0.0.2 proto 1 esp/any", "protect 10.0.0.2 > 10.0.0.1 proto 1 esp/any"));
}

TEST(Protect, RequireIsWrittenOutermostFirst) {
  Protect terms = protect("10.0.0.1", "10.0.0.2");
  terms.require = "ah,esp";
  EXPECT_THAT(lines(terms).at(0), "protect 10.0.0.1 > 10.0.0.2 esp/any ah/any");
}

TEST(Protect, ViaNamesTheTunnel) {
  Protect terms = protect("10.1.0.0/16", "10.2.0.0/16");
  terms.via_from = "192.0.2.1";
  terms.via_to = "192.0.2.2";
  EXPECT_THAT(lines(terms), ElementsAre("protect 10.1.0.0/16 > 10.2.0.0/16 esp/tunnel 192.0.2.1-192.0.2.2",
                                        "protect 10.2.0.0/16 > 10.1.0.0/16 esp/tunnel 192.0.2.2-192.0.2.1"));
}

TEST(Protect, PrefixesWithoutViaAcceptAnyTunnel) {
  EXPECT_THAT(lines(protect("10.1.0.0/16", "10.2.0.0/16")).at(0), "protect 10.1.0.0/16 > 10.2.0.0/16 esp/any any-ends");
}

TEST(Protect, IsTheCommandLinesSpd) {
  const Protect terms = protect("fd00::1", "fd00::/64");
  const auto spd = read_protect(std::span(&terms, 1));
  ASSERT_TRUE(spd.has_value());
  EXPECT_TRUE(spd->command_line);
  EXPECT_EQ(to_string(spd->policies.at(0).origin), "command line");
}

TEST(Protect, TellsEveryBadWord) {
  Protect terms = protect("10.0.0.300", "fd00::g");
  terms.ports = {"tpc/23"};
  terms.require = "sp";
  terms.via_from = "192.0.2.1";
  const auto spd = read_protect(std::span(&terms, 1));
  ASSERT_FALSE(spd.has_value());
  std::vector<std::string> words;
  for (const base::Error& error : spd.error()) words.push_back(to_string(error));
  EXPECT_THAT(words, ElementsAre(HasSubstr("--protect: '10.0.0.300'"), HasSubstr("'fd00::g'"), HasSubstr("--port: 'tpc/23'"),
                                 HasSubstr("--require: 'sp'"), HasSubstr("--via: one gateway is missing")));
}

struct Wrong {
  const char* from;
  const char* to;
  const char* words;
};

class ProtectError : public testing::TestWithParam<Wrong> {};

TEST_P(ProtectError, SaysWhat) { EXPECT_THAT(lines(protect(GetParam().from, GetParam().to)).at(0), HasSubstr(GetParam().words)); }

INSTANTIATE_TEST_SUITE_P(Table, ProtectError,
                         testing::Values(Wrong{"10.0.0.1", "fd00::1", "different families"},
                                         Wrong{"10.0.0.1", "10.0.0.1", "both sides are 10.0.0.1"},
                                         Wrong{"10.0.0.0/33", "10.0.0.1", "'33' is not a prefix length"},
                                         Wrong{"server", "10.0.0.1", "'server'"},
                                         Wrong{"10.0.0.1", "/tmp/wire.pcap", "'/tmp/wire.pcap' is no address or prefix"}));

TEST(Protect, RefusesAPortWithoutProtocol) {
  Protect terms = protect("10.0.0.1", "10.0.0.2");
  for (const char* port : {"23", "any/23", "tcp/70000", "tcp/20-10", "tcp/"}) {
    terms.ports = {port};
    EXPECT_THAT(lines(terms).at(0), HasSubstr("error: --port")) << port;
  }
}

}  // namespace
}  // namespace espy::config
