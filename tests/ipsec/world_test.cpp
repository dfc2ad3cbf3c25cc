// V2, V3, V5, V7, V9, V13: what several hosts' policies say of one packet, and which SA a header belongs to. A is 10.0.0.1, B 10.0.0.2.
#include "ipsec/world.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/ipsec/policies.h"

namespace espy::ipsec {
namespace {

using namespace testing;
using Decision = Judgement::Decision;

constexpr const char* kA = "10.0.0.1";
constexpr const char* kB = "10.0.0.2";

World world(std::vector<Spd> spds, std::vector<Association> associations = {}) {
  Configuration configuration;
  configuration.spds = std::move(spds);
  configuration.associations = std::move(associations);
  return World(configuration);
}

Spd command_line(std::vector<Policy> policies) {
  Spd made = spd(std::move(policies), "command line");
  made.command_line = true;
  return made;
}

TEST(World, MergesTheSameRequirementOfTwoHosts) {  // V2
  const World both = world({spd({out(kA, kB), in(kB, kA)}, "a.conf"), spd({in(kA, kB), out(kB, kA)}, "b.conf")});
  ASSERT_EQ(both.requirements().size(), 2U);
  const auto& origins = both.requirements()[0].origins;
  ASSERT_EQ(origins.size(), 2U);
  EXPECT_EQ(to_string(origins[0]), "a.conf:1");
  EXPECT_EQ(to_string(origins[1]), "b.conf:1");
  EXPECT_EQ(both.judge(packet(kA, kB)).count, 1);
}

TEST(World, KeepsReqidsOfBothHosts) {  // V19
  Policy a = out(kA, kB);
  a.templates[0].reqid = 7;
  Policy b = in(kA, kB);
  b.templates[0].reqid = 9;
  EXPECT_EQ(world({spd({a}), spd({b})}).requirements()[0].reqids, (std::vector<std::uint32_t>{7, 9}));
}

TEST(World, CountsSocketMarkedAndLarvalOnes) {  // V3, V5
  Policy socket = with_action(out("0.0.0.0/0", "0.0.0.0/0"), Action::kBypass);
  socket.socket = true;
  Policy marked = out("0.0.0.0/0", "0.0.0.0/0", {tunnel(Protocol::kEsp, kA, kB)});
  marked.marked = true;
  Policy narrow = out("10.1.0.0/16", "10.2.0.0/16", {tunnel(Protocol::kEsp, kA, kB)});
  narrow.marked = true;
  Configuration configuration;
  configuration.spds = {spd({socket, marked, narrow})};
  configuration.ignored.larval = 3;
  const World made(configuration);
  EXPECT_EQ(made.ignored().socket, 1U);
  EXPECT_EQ(made.ignored().marked, 1U);
  EXPECT_EQ(made.ignored().larval, 3U);
  EXPECT_EQ(made.requirements().size(), 1U);
  EXPECT_EQ(made.judge(packet("10.9.0.1", "10.9.0.2")).decision, Decision::kUnrelated);
  EXPECT_EQ(made.judge(packet("10.1.0.1", "10.2.0.2")).decision, Decision::kProtect);
}

TEST(World, InfersOnlyWithoutAnyPolicy) {  // V8
  EXPECT_TRUE(world({}, {esp_sa(0x201, kA, kB)}).inferring());
  EXPECT_FALSE(world({spd({out(kA, kB)})}).inferring());
}

TEST(World, FirstMatchingPolicyOfAListDecides) {  // V9
  const Policy telnet = with_ports(out(kA, kB), 6, kAnyPort, port(23));
  const World bypass_first = world({spd({with_action(telnet, Action::kBypass), out(kA, kB)})});
  EXPECT_EQ(bypass_first.judge(packet(kA, kB, 6, 40'000, 23)).decision, Decision::kExempt);
  EXPECT_EQ(bypass_first.judge(packet(kA, kB, 6, 40'000, 24)).decision, Decision::kProtect);
  const World protect_first = world({spd({out(kA, kB), with_action(telnet, Action::kBypass)})});
  EXPECT_EQ(protect_first.judge(packet(kA, kB, 6, 40'000, 23)).decision, Decision::kProtect);
}

TEST(World, APacketMustSatisfyEveryHostThatNamesIt) {  // V2
  const World disagree = world({spd({with_action(out(kA, kB), Action::kBypass)}, "a.conf"), spd({in(kA, kB)}, "b.conf")});
  const Judgement judgement = disagree.judge(packet(kA, kB));
  EXPECT_EQ(judgement.decision, Decision::kProtect);
  ASSERT_EQ(judgement.count, 1);
  EXPECT_EQ(to_string(disagree.requirements()[judgement.requirements[0]].origins[0]), "b.conf:1");
}

TEST(World, NamesBothWhereTwoHostsAskForDifferentHeaders) {  // V2
  const World disagree = world({spd({out(kA, kB, {kEsp})}), spd({in(kA, kB, {kAh})})});
  EXPECT_EQ(disagree.judge(packet(kA, kB)).count, 2);
}

TEST(World, DiscardIsTheStrictest) {  // V1
  const World made = world({spd({with_action(out(kA, kB), Action::kDiscard)}), spd({in(kA, kB)})});
  EXPECT_EQ(made.judge(packet(kA, kB)).decision, Decision::kDiscard);
  EXPECT_EQ(made.judge(packet(kB, kA)).decision, Decision::kUnrelated);
}

// What A sends goes by its `out` policies alone: that it would accept everything in clear says nothing of it.
TEST(World, AnInPolicySaysNothingOfWhatTheHostSends) {  // V2
  const World made = world({spd({out(kA, kB), with_action(in("0.0.0.0/0", "0.0.0.0/0"), Action::kBypass)})});
  EXPECT_EQ(made.judge(packet(kA, kB)).decision, Decision::kProtect);
  EXPECT_EQ(made.judge(packet(kB, kA)).decision, Decision::kExempt);
  const World other = world({spd({with_action(out("0.0.0.0/0", "0.0.0.0/0"), Action::kBypass), in(kB, kA)})});
  EXPECT_EQ(other.judge(packet(kB, kA)).decision, Decision::kProtect);
  EXPECT_EQ(other.judge(packet(kA, kB)).decision, Decision::kExempt);
}

TEST(World, AGatewayForwardsBothWays) {
  const auto via = [](const char* from, const char* to) { return std::vector{tunnel(Protocol::kEsp, from, to)}; };
  const World made = world({spd({out("10.1.0.0/16", "10.2.0.0/16", via(kA, kB)), in("10.2.0.0/16", "10.1.0.0/16", via(kB, kA)),
                                 policy(PolicyDirection::kForward, "10.2.0.0/16", "10.1.0.0/16", via(kB, kA))})});
  EXPECT_EQ(made.requirements().size(), 2U);  // `in` and `fwd` are one
  EXPECT_EQ(made.judge(packet("10.1.0.5", "10.2.0.5")).decision, Decision::kProtect);
  EXPECT_EQ(made.judge(packet("10.2.0.5", "10.1.0.5")).decision, Decision::kProtect);
  EXPECT_EQ(made.judge(packet(kA, kB)).decision, Decision::kUnrelated);
}

TEST(World, NoBypassOverridesTheCommandLine) {  // V2, V7
  const World made = world({spd({with_action(out("0.0.0.0/0", "0.0.0.0/0"), Action::kBypass)}), command_line({out(kA, kB)})});
  const Judgement judgement = made.judge(packet(kA, kB));
  EXPECT_EQ(judgement.decision, Decision::kProtect);
  EXPECT_TRUE(made.requirements()[judgement.requirements[0]].command_line);
}

TEST(World, LevelUseIsOptional) {  // V11
  const World made = world({spd({out(kA, kB, {transport(Protocol::kEsp, PolicyLevel::kUse)})})});
  EXPECT_EQ(made.judge(packet(kA, kB)).decision, Decision::kOptional);
}

TEST(World, UnknownPortsAreUncertainOnlyWhereTheyDecide) {  // V12
  const Policy telnet = with_ports(out(kA, kB), 6, kAnyPort, port(23));
  const Policy web = with_ports(out(kA, kB), 6, kAnyPort, port(80));
  const PacketView fragment = packet(kA, kB, 6);
  EXPECT_EQ(world({spd({telnet})}).judge(fragment).decision, Decision::kUncertain);
  EXPECT_EQ(world({spd({telnet, out(kA, kB)})}).judge(fragment).decision, Decision::kProtect);
  EXPECT_EQ(world({spd({with_action(telnet, Action::kBypass), out(kA, kB)})}).judge(fragment).decision, Decision::kUncertain);
  EXPECT_EQ(world({spd({telnet})}).judge(packet(kA, kB, 17)).decision, Decision::kUnrelated);
  // Nothing that it could match asks for protection.
  EXPECT_EQ(world({spd({with_action(telnet, Action::kBypass)})}).judge(fragment).decision, Decision::kUnrelated);
  // The second of two possible policies asks for it.
  const World second = world({spd({with_action(web, Action::kBypass), telnet})});
  EXPECT_EQ(second.judge(fragment).decision, Decision::kUncertain);
  EXPECT_EQ(second.requirements()[second.judge(fragment).requirements[0]].action, Action::kProtect);
  EXPECT_EQ(world({spd({with_action(web, Action::kBypass), telnet, with_action(out(kA, kB), Action::kBypass)})}).judge(fragment).decision,
            Decision::kUncertain);
  EXPECT_EQ(world({spd({telnet, with_action(web, Action::kBypass), out(kA, kB)})}).judge(fragment).decision, Decision::kUncertain);
}

TEST(World, FindsAnSaByDestinationProtocolAndSpi) {  // V13
  Association ah = esp_sa(0x201, kA, kB);
  ah.protocol = Protocol::kAh;
  const World made = world({}, {esp_sa(0x201, kA, kB), esp_sa(0x201, kB, kA), ah});
  const auto find = [&](Protocol protocol, std::uint32_t spi, const char* from, const char* to) {
    return made.find_association(protocol, {spi}, address(from), address(to));
  };
  EXPECT_EQ(find(Protocol::kEsp, 0x201, kA, kB), 0U);
  EXPECT_EQ(find(Protocol::kEsp, 0x201, kB, kA), 1U);
  EXPECT_EQ(find(Protocol::kAh, 0x201, kA, kB), 2U);
  EXPECT_EQ(find(Protocol::kEsp, 0x201, "10.0.0.9", kB), 0U);                      // the source may be behind NAT
  EXPECT_EQ(find(Protocol::kEsp, 0x201, "10.0.0.9", "10.0.0.8"), kNoAssociation);  // two have this SPI
  EXPECT_EQ(find(Protocol::kAh, 0x201, "10.0.0.9", "10.0.0.8"), 2U);               // one alone
  EXPECT_EQ(find(Protocol::kEsp, 0x202, kA, kB), kNoAssociation);
}

TEST(World, EspSaWildcardsComeAfterWhatIsSaid) {  // V13
  Association any_spi = esp_sa(0, kA, kB);
  any_spi.spi = std::nullopt;
  Association pattern = esp_sa(0x12005678, "10.0.0.0/24", kB);  // "0x12**5678"
  pattern.spi_mask = 0xff00ffff;
  Association anywhere;
  anywhere.spi = std::nullopt;
  anywhere.protocol = Protocol::kAh;  // "*" for both ends: family none
  const World made = world({}, {pattern, any_spi, esp_sa(0x12ab5678, kA, kB), anywhere});
  const auto find = [&](Protocol protocol, std::uint32_t spi, const char* from, const char* to) {
    return made.find_association(protocol, {spi}, address(from), address(to));
  };
  EXPECT_EQ(find(Protocol::kEsp, 0x12ab5678, kA, kB), 2U);
  EXPECT_EQ(find(Protocol::kEsp, 0x12cd5678, kA, kB), 0U);
  EXPECT_EQ(find(Protocol::kEsp, 0x12cd5679, kA, kB), 1U);
  EXPECT_EQ(find(Protocol::kEsp, 0x12cd5678, "10.0.1.1", kB), kNoAssociation);
  EXPECT_EQ(find(Protocol::kAh, 1, "fd00::1", "fd00::2"), 3U);
}

TEST(World, FindsRequirementsByEnds) {
  const World made = world({spd({out(kA, kB), out("10.1.0.0/16", "10.2.0.0/16", {tunnel(Protocol::kEsp, "192.0.2.1", "192.0.2.2")}),
                                 out("10.8.0.0/16", "10.9.0.0/16"), with_action(out(kA, kB), Action::kDiscard)})});
  const auto found = [&](const char* from, const char* to) {
    std::vector<RequirementId> ids;
    made.find_by_ends(address(from), address(to), ids);
    return ids;
  };
  EXPECT_EQ(found(kA, kB), std::vector<RequirementId>{0});
  EXPECT_EQ(found(kB, kA), std::vector<RequirementId>{});
  EXPECT_EQ(found("192.0.2.1", "192.0.2.2"), std::vector<RequirementId>{1});
  EXPECT_EQ(found("10.1.0.1", "10.2.0.1"), std::vector<RequirementId>{});
  EXPECT_EQ(found("10.8.0.1", "10.9.0.1"), std::vector<RequirementId>{2});
}

}  // namespace
}  // namespace espy::ipsec
