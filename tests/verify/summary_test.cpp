// V22 to V28: from what was counted to the verdict, its reasons and the exit status.
#include "verify/summary.h"

#include <gtest/gtest.h>

#include "tests/verify/frames.h"

namespace espy::verify {
namespace {

using namespace testing;
using namespace ipsec::testing;
using verdict::Verdict;

constexpr const char* kA = "10.0.0.1";
constexpr const char* kB = "10.0.0.2";
constexpr std::uint8_t kTcp = 6, kUdp = 17, kEspProtocol = 50;
constexpr Ip kBack{.from = kB, .to = kA};

Octets protected_packet(std::uint32_t sequence, const Ip& ip = {}, std::uint32_t spi = 0x201) {
  return ipv4(ip, kEspProtocol, esp(spi, sequence));
}
Octets telnet(const Ip& ip = {}) { return ipv4(ip, kTcp, tcp(40'000, 23, text("login: "))); }
Octets other() { return ipv4({.from = kA, .to = "10.0.0.3"}, kUdp, udp(1, 2, filler(8))); }

std::vector<ipsec::Policy> one_way() { return {out(kA, kB)}; }
std::vector<ipsec::Policy> both_ways() { return {out(kA, kB), in(kB, kA)}; }

verdict::Summary after(std::vector<ipsec::Policy> policies, const std::vector<Octets>& frames, const RunFacts& facts = {}) {
  Scene scene(std::move(policies));
  for (const Octets& frame : frames) scene.send(frame);
  return scene.finish(facts);
}

const verdict::Finding* find(const verdict::Summary& summary, std::string_view code) {
  const auto found = std::ranges::find(summary.findings, code, &verdict::Finding::code);
  return found == summary.findings.end() ? nullptr : &*found;
}

TEST(Summary, ExitStatusFollowsTheVerdict) {  // V24
  EXPECT_EQ(after(one_way(), {protected_packet(1), other()}).exit_status, 0);
  EXPECT_EQ(after(one_way(), {protected_packet(1), telnet()}).exit_status, 1);
  EXPECT_EQ(after(one_way(), {other()}).exit_status, 3);
  EXPECT_EQ(after(one_way(), {}).exit_status, 3);
  EXPECT_EQ(after({}, {}).exit_status, 3);
}

TEST(Summary, TheWorstRequirementDecides) {  // V24
  const auto summary = after(both_ways(), {protected_packet(1), telnet(kBack)});
  EXPECT_EQ(summary.requirements[0].verdict, Verdict::kProtected);
  EXPECT_EQ(summary.requirements[1].verdict, Verdict::kViolated);
  EXPECT_EQ(summary.verdict, Verdict::kViolated);
}

TEST(Summary, AnUnseenRequirementIsInconclusiveUnlessAllowed) {  // V23, V24
  const auto unseen = after(both_ways(), {protected_packet(1), other()});
  EXPECT_EQ(unseen.verdict, Verdict::kInconclusive);
  EXPECT_EQ(unseen.requirements[1].reasons, std::vector<std::string>{"policy.unseen"});
  RunFacts allow;
  allow.allow_unseen = true;
  EXPECT_EQ(after(both_ways(), {protected_packet(1), other()}, allow).verdict, Verdict::kProtected);
  EXPECT_EQ(after(both_ways(), {other()}, allow).verdict, Verdict::kInconclusive);  // nothing is left
}

TEST(Summary, StrictTurnsWarningsIntoViolationsAndNothingElse) {  // V24
  RunFacts strict;
  strict.strict = true;
  EXPECT_EQ(after(one_way(), {protected_packet(1), other()}, strict).exit_status, 0);
  const auto replayed = [&](const RunFacts& facts) {
    Scene scene(one_way());
    scene.send(protected_packet(1), {.at = 0});
    scene.send(protected_packet(1), {.at = 500});
    scene.send(other());
    return scene.finish(facts);
  };
  EXPECT_EQ(replayed({}).exit_status, 0);
  EXPECT_EQ(replayed(strict).exit_status, 1);
  EXPECT_EQ(replayed(strict).reasons, std::vector<std::string>{"sa.replay"});
  EXPECT_EQ(after(both_ways(), {protected_packet(1), other()}, strict).exit_status, 3);  // inconclusive stays so
}

TEST(Summary, CaptureTroubleMakesProtectedInconclusive) {  // V23
  struct Case {
    const char* code;
    RunFacts facts;
  };
  std::vector<Case> cases(5);
  cases[0].code = cases[1].code = "capture.drops";
  cases[0].facts.sources.resize(1);
  cases[0].facts.sources[0].dropped_by_kernel = 3;
  cases[1].facts.sources.resize(1);
  cases[1].facts.sources[0].dropped_by_interface = 1;
  cases[2].code = "capture.damaged";
  cases[2].facts.sources.resize(1);
  cases[2].facts.sources[0].damaged = true;
  cases[3].code = "capture.filtered";
  cases[3].facts.filter = "host 10.0.0.1";
  cases[4].code = "capture.interrupted";
  cases[4].facts.sources.resize(1);
  cases[4].facts.sources[0].interruptions = 1;
  for (const Case& one : cases) {
    const auto summary = after(one_way(), {protected_packet(1), other()}, one.facts);
    EXPECT_EQ(summary.verdict, Verdict::kInconclusive) << one.code;
    EXPECT_EQ(summary.reasons, std::vector<std::string>{one.code});
    // It never excuses a leak.
    EXPECT_EQ(after(one_way(), {telnet()}, one.facts).verdict, Verdict::kViolated) << one.code;
  }
}

TEST(Summary, UnknownDropsAndGapsAreNoTrouble) {  // V23
  RunFacts facts;
  facts.sources.resize(1);
  facts.sources[0].dropped_by_kernel = 0;
  const auto summary = after(one_way(), {protected_packet(1), protected_packet(9), other()}, facts);
  EXPECT_EQ(summary.verdict, Verdict::kProtected);
  ASSERT_NE(find(summary, "sa.gap"), nullptr);
  EXPECT_EQ(find(summary, "sa.gap")->count, 7U);
}

TEST(Summary, AClassicFileOfNothingButEspWasPerhapsFiltered) {  // V23
  RunFacts classic;
  classic.classic_capture = true;
  EXPECT_EQ(after(one_way(), {protected_packet(1)}, classic).verdict, Verdict::kInconclusive);
  EXPECT_EQ(after(one_way(), {protected_packet(1)}, classic).reasons, std::vector<std::string>{"capture.filtered"});
  EXPECT_EQ(after(one_way(), {protected_packet(1), other()}, classic).verdict, Verdict::kProtected);
  EXPECT_EQ(after(one_way(), {protected_packet(1)}).verdict, Verdict::kProtected);  // pcapng would have said so
  classic.unfiltered = true;
  EXPECT_EQ(after(one_way(), {protected_packet(1)}, classic).verdict, Verdict::kProtected);
}

TEST(Summary, FramesCutBeforeTheSelectorsFieldsAreTrouble) {  // V23
  const std::vector<ipsec::Policy> telnet_only{with_ports(out(kA, kB), kTcp, kAnyPort, port(23))};
  Scene scene(telnet_only);
  scene.send(protected_packet(1));
  scene.send(telnet(), {.captured = 20});  // the IP header alone
  const auto cut = scene.finish();
  EXPECT_EQ(cut.verdict, Verdict::kInconclusive);
  EXPECT_TRUE(has(cut.findings, "capture.cut-short"));
  Scene enough(telnet_only);
  enough.send(protected_packet(1));
  enough.send(telnet(), {.captured = 24});  // the ports are there
  EXPECT_EQ(enough.finish().verdict, Verdict::kViolated);
}

TEST(Summary, AnUnlistedSpiBetweenHostsKeyedByHandIsUnknown) {  // V25
  const auto with = [](bool ike_configured, bool ike_seen, std::uint32_t spi) {
    ipsec::Configuration configuration;
    configuration.spds.push_back(spd(one_way()));
    configuration.associations.push_back(esp_sa(0x201, kA, kB));
    configuration.has_ike = ike_configured;
    Scene scene(configuration);
    if (ike_seen) scene.send(ipv4(kBack, kUdp, udp(500, 500, ike())));
    scene.send(protected_packet(1, {}, spi));
    return has(scene.finish().findings, "sa.unknown");
  };
  EXPECT_TRUE(with(false, false, 0x999));
  EXPECT_FALSE(with(false, false, 0x201));
  EXPECT_FALSE(with(true, false, 0x999));
  EXPECT_FALSE(with(false, true, 0x999));
  Scene others({out(kA, kB), out(kA, "10.0.0.3")}, {esp_sa(0x201, kA, kB)});
  others.send(protected_packet(1, {.from = kA, .to = "10.0.0.3"}, 0x999));
  EXPECT_FALSE(has(others.finish().findings, "sa.unknown"));
  Scene there({out(kA, kB), out(kB, kA)}, {esp_sa(0x201, kA, kB)});
  there.send(protected_packet(1, kBack, 0x999));  // whichever way the SA that is listed goes
  EXPECT_TRUE(has(there.finish().findings, "sa.unknown"));
  Scene back({out(kA, kB), out(kB, kA)}, {esp_sa(0x201, kB, kA)});
  back.send(protected_packet(1, {}, 0x999));
  EXPECT_TRUE(has(back.finish().findings, "sa.unknown"));
}

TEST(Summary, AWindowSaysWhenAndBetweenWhichSpis) {  // V26
  Scene scene(both_ways());
  scene.send(protected_packet(1), {.at = 0});
  scene.send(telnet(), {.at = 1000});
  scene.send(telnet(), {.at = 2000});
  scene.send(protected_packet(1, {}, 0x202), {.at = 3000});
  scene.send(protected_packet(1, kBack, 0x301), {.at = 3001});
  const auto summary = scene.finish();
  const verdict::Finding* window = find(summary, "leak.window");
  ASSERT_NE(window, nullptr);
  EXPECT_EQ((window->last - window->first).nanoseconds, 1'000'000'000);
  EXPECT_EQ(window->first_frame.frame, 2U);
  EXPECT_NE(window->message.find("0x00000201"), std::string::npos) << window->message;
  EXPECT_NE(window->message.find("0x00000202"), std::string::npos) << window->message;
  EXPECT_EQ(find(summary, "leak.one-way"), nullptr);
}

TEST(Summary, OneWayNeedsTheWholeCapture) {  // V26
  const auto summary = after(both_ways(), {protected_packet(1), telnet(kBack), protected_packet(2), telnet(kBack)});
  ASSERT_NE(find(summary, "leak.one-way"), nullptr);
  EXPECT_EQ(find(summary, "leak.one-way")->requirement, "r2");
  EXPECT_EQ(find(after(both_ways(), {protected_packet(1), telnet(kBack), protected_packet(1, kBack, 0x301)}), "leak.one-way"), nullptr);
  EXPECT_EQ(find(after(both_ways(), {telnet(), telnet(kBack)}), "leak.one-way"), nullptr);
}

// Of a screen's rows the first half are the busiest flows, the others those that began last.
TEST(Summary, RowsThatAreAlikeAreThoseThatCameFirst) {
  constexpr std::uint16_t kFlows = 200;
  Scene scene(one_way());
  for (std::uint16_t flow = 1; flow <= kFlows; ++flow)
    scene.send(ipv4({.from = kA, .to = kB}, kTcp, tcp(flow, 23, filler(8))), {.at = flow <= kFlows / 2 ? 1000 : 2000});
  RunFacts facts;
  facts.rows = 4;
  const auto summary = scene.finish(facts);
  ASSERT_EQ(summary.leaks.size(), 4U);
  constexpr std::uint16_t kExpected[] = {1, 2, kFlows / 2 + 1, kFlows / 2 + 2};
  for (std::size_t row = 0; row < summary.leaks.size(); ++row) EXPECT_EQ(summary.leaks[row].source_port, kExpected[row]) << row;
}

TEST(Summary, ALeakOnAHostMentionsTheNetworkCard) {  // V22
  Scene scene(one_way());
  Octets sll{0, 4, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 8, 0};  // LINUX_SLL: outgoing, Ethernet, IPv4
  put(sll, telnet());
  scene.send(sll, {.link = base::LinkType::kLinuxSll});
  const auto summary = scene.finish();
  EXPECT_EQ(summary.vantage, verdict::Vantage::kHost);
  ASSERT_NE(find(summary, "leak.plaintext"), nullptr);
  EXPECT_NE(find(summary, "leak.plaintext")->advice.find("card"), std::string::npos);
  EXPECT_EQ(find(after(one_way(), {telnet()}), "leak.plaintext")->advice.find("network card"), std::string::npos);
}

TEST(Summary, APacketSeenTwiceIsNoReplay) {  // V27
  Scene scene(one_way());
  for (std::uint32_t sequence = 1; sequence <= 5; ++sequence) {
    scene.send(protected_packet(sequence));
    scene.send(protected_packet(sequence));
  }
  const auto summary = scene.finish();
  EXPECT_EQ(summary.associations[0].sequence.duplicates, 5U);
  EXPECT_EQ(summary.associations[0].sequence.replayed, 0U);
  EXPECT_FALSE(has(summary.findings, "sa.replay"));
}

// Two SAs of different pairs lose the same moment: the capture lost it. One alone loses: its network did.
TEST(Summary, GapsInEverySaAtOnceAreTheCaptures) {  // V28
  const auto lose = [](bool both) {
    Scene scene({out(kA, kB), out(kA, "10.0.0.3")});
    for (std::uint32_t sequence = 1; sequence <= 60; ++sequence) {
      const bool lost = sequence > 20 && sequence <= 30;
      if (!lost) scene.send(protected_packet(sequence), {.at = sequence * 10});
      if (!lost || !both) scene.send(protected_packet(sequence, {.from = kA, .to = "10.0.0.3"}, 0x401), {.at = sequence * 10 + 1});
    }
    return scene.finish();
  };
  const auto everywhere = lose(true);
  EXPECT_EQ(everywhere.associations[0].sequence.lost, 0U);
  EXPECT_EQ(everywhere.associations[1].sequence.lost, 0U);
  const auto one = lose(false);
  EXPECT_EQ(one.associations[0].sequence.lost, 10U);
  EXPECT_EQ(one.associations[1].sequence.lost, 0U);
}

TEST(Summary, AWrapUnderEsnIsNoExhaustion) {  // V28
  const auto wrapped = [](bool esn) {
    ipsec::Association sa = esp_sa(0x201, kA, kB);
    sa.esn = esn;
    Scene scene(one_way(), {sa});
    for (std::uint32_t sequence = 0xfffffff0; sequence != 0x10; ++sequence) scene.send(protected_packet(sequence));
    return scene.finish();
  };
  EXPECT_FALSE(has(wrapped(true).findings, "sa.exhaustion"));
  EXPECT_FALSE(has(wrapped(true).findings, "sa.reset"));
  EXPECT_TRUE(has(wrapped(false).findings, "sa.exhaustion"));
  // Under ESN the low half passes 0 as any other number (RFC 4303 section 2.2.1).
  EXPECT_FALSE(has(wrapped(true).findings, "sa.sequence-zero"));
}

TEST(Summary, AResetIsSaidAsSuch) {  // V28
  Scene scene(one_way());
  for (std::uint32_t sequence = 1000; sequence < 1100; ++sequence) scene.send(protected_packet(sequence));
  for (std::uint32_t sequence = 1; sequence < 50; ++sequence) scene.send(ipv4({}, kEspProtocol, esp(0x201, sequence, 80)));
  const auto summary = scene.finish();
  EXPECT_TRUE(has(summary.findings, "sa.reset"));
  EXPECT_FALSE(has(summary.findings, "sa.replay"));
  EXPECT_FALSE(has(summary.findings, "sa.gap"));
}

}  // namespace
}  // namespace espy::verify
