// One class for every frame: V8 to V12, V16 to V19 and the ESP of RFC 9329, on frames built by hand. A is 10.0.0.1, B is 10.0.0.2.
#include "verify/ledger.h"

#include <gtest/gtest.h>

#include "tests/verify/frames.h"

namespace espy::verify {
namespace {

using namespace testing;
using namespace ipsec::testing;
using ipsec::Action;
using ipsec::PolicyLevel;
using ipsec::Protocol;
using verdict::Class;
using verdict::LeakReason;
using verdict::Verdict;

constexpr const char* kA = "10.0.0.1";
constexpr const char* kB = "10.0.0.2";
constexpr std::uint8_t kIcmpProtocol = 1, kTcp = 6, kUdp = 17, kIpInIp = 4, kEspProtocol = 50, kAhProtocol = 51, kIcmpv6 = 58;
constexpr Ip kBack{.from = kB, .to = kA};

std::vector<ipsec::Policy> both_ways(std::vector<ipsec::Template> templates = {kEsp}) {
  return {out(kA, kB, templates), in(kB, kA, templates)};
}

Octets telnet(const Ip& ip = {}) { return ipv4(ip, kTcp, tcp(40'000, 23, text("login: "))); }

verdict::Summary after(std::vector<ipsec::Policy> policies, const std::vector<Octets>& frames) {
  Scene scene(std::move(policies));
  for (const Octets& frame : frames) scene.send(frame);
  return scene.finish();
}

LeakReason reason_of_leak(const verdict::Summary& summary) {
  EXPECT_EQ(summary.leaks.size(), 1U);
  return summary.leaks.empty() ? LeakReason::kPlaintext : summary.leaks[0].reason;
}

TEST(Ledger, GivesEachFrameOneClass) {  // V9
  Octets broken = telnet();
  broken[0] = 0x41;  // a header of four octets
  struct Case {
    const char* what;
    Octets frame;
    const char* expected;
  };
  const Case cases[] = {
      {"clear", telnet(), "1 leaked"},
      {"the way back", telnet(kBack), "1 leaked"},
      {"others", telnet({.from = kA, .to = "10.0.0.3"}), "1 unrelated"},
      {"esp", ipv4({}, kEspProtocol, esp(0x201, 1)), "1 unverified"},
      {"esp of others", ipv4({.from = kA, .to = "10.0.0.3"}, kEspProtocol, esp(0x201, 1)), "1 unrelated"},
      {"esp in udp", ipv4({}, kUdp, udp(4500, 4500, esp(0x201, 1))), "1 unverified"},
      {"ike", ipv4({}, kUdp, udp(500, 500, ike())), "1 control"},
      {"ike on 4500", ipv4({}, kUdp, udp(4500, 4500, with_marker(ike()))), "1 control"},
      {"keepalive", ipv4({}, kUdp, udp(4500, 4500, {0xff})), "1 control"},
      {"no ike on port 500", ipv4({}, kUdp, udp(500, 500, text("hello, this is no IKE message at all"))), "1 leaked"},
      {"ike with a wrong length",
       ipv4({}, kUdp,
            udp(500, 500,
                [] {
                  Octets message = ike();
                  message[27] = 200;
                  return message;
                }())),
       "1 leaked"},
      {"broken", broken, "1 undecodable"},
  };
  for (const Case& one : cases) EXPECT_EQ(classes(after(both_ways(), {one.frame})), one.expected) << one.what;
}

TEST(Ledger, NonIpFramesAreUnrelated) {  // V9
  Scene scene(both_ways());
  Octets arp{255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 1, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1};
  arp.resize(60);
  scene.send(arp, {.link = base::LinkType::kEthernet});
  const auto summary = scene.finish();
  EXPECT_EQ(classes(summary), "1 unrelated");
  EXPECT_EQ(summary.packets.non_ip, 1U);
}

TEST(Ledger, BypassIsExemptDiscardIsLeaked) {  // V9
  const auto telnet_only = with_ports(out(kA, kB), kTcp, kAnyPort, port(23));
  EXPECT_EQ(classes(after({with_action(telnet_only, Action::kBypass), out(kA, kB)}, {telnet()})), "1 exempt");
  const auto discarded = after({with_action(telnet_only, Action::kDiscard), out(kA, kB)}, {telnet()});
  EXPECT_EQ(classes(discarded), "1 leaked");
  EXPECT_EQ(reason_of_leak(discarded), LeakReason::kDiscard);
  EXPECT_TRUE(has(discarded.findings, "policy.discard-violated"));
}

TEST(Ledger, NeighbourDiscoveryIsExemptWithHopLimit255Only) {  // V10
  const Ip hosts{.from = "fd00::1", .to = "fd00::2", .ttl = 255};
  const Ip routed{.from = "fd00::1", .to = "fd00::2", .ttl = 64};
  const std::vector<ipsec::Policy> policies{out("fd00::1", "fd00::2")};
  for (const std::uint8_t type : {std::uint8_t{133}, std::uint8_t{135}, std::uint8_t{137}}) {
    EXPECT_EQ(classes(after(policies, {ipv6(hosts, kIcmpv6, icmp(type, 0, filler(16)))})), "1 exempt") << int{type};
    EXPECT_EQ(classes(after(policies, {ipv6(routed, kIcmpv6, icmp(type, 0, filler(16)))})), "1 leaked") << int{type};
  }
  EXPECT_EQ(classes(after(policies, {ipv6(hosts, kIcmpv6, icmp(128, 0, filler(16)))})), "1 leaked");
  EXPECT_EQ(classes(after(policies, {ipv6(hosts, kIcmpv6, icmp(138, 0, filler(16)))})), "1 leaked");
}

TEST(Ledger, AnIcmpErrorIsAsClearAsWhatItQuotes) {  // V10
  const auto unreachable = [](const Ip& ip, const Octets& quoted) { return ipv4(ip, kIcmpProtocol, icmp(3, 4, quoted)); };
  const Octets secured = ipv4({}, kEspProtocol, esp(0x201, 7));
  EXPECT_EQ(classes(after(both_ways(), {unreachable(kBack, secured)})), "1 exempt");
  EXPECT_EQ(classes(after(both_ways(), {unreachable(kBack, ipv4({}, kAhProtocol, ah(kTcp, 0x200, 1, tcp(1, 23))))})), "1 exempt");
  EXPECT_EQ(classes(after(both_ways(), {unreachable(kBack, ipv4({}, kUdp, udp(500, 500, ike())))})), "1 exempt");
  const auto quoted = after(both_ways(), {unreachable(kBack, telnet())});
  EXPECT_EQ(classes(quoted), "1 leaked");
  EXPECT_EQ(reason_of_leak(quoted), LeakReason::kIcmpQuote);
  // A router between them, which no policy names, quotes what should have been protected.
  const auto router = after(both_ways(), {unreachable({.from = "10.0.0.254", .to = kA}, telnet())});
  EXPECT_EQ(classes(router), "1 leaked");
  EXPECT_TRUE(has(router.findings, "leak.icmp-quote"));
  EXPECT_EQ(classes(after(both_ways(), {unreachable({.from = "10.0.0.254", .to = kA}, secured)})), "1 unrelated");
}

TEST(Ledger, QuotedHeadersAreNotCounted) {  // V12
  const auto summary = after(both_ways(), {ipv4(kBack, kIcmpProtocol, icmp(3, 4, ipv4({}, kEspProtocol, esp(0x201, 7))))});
  EXPECT_EQ(summary.packets.esp, 0U);
  EXPECT_TRUE(summary.associations.empty());
}

TEST(Ledger, LevelUseIsOptionalAndInconclusive) {  // V11
  const auto summary =
      after({out(kA, kB, {transport(Protocol::kEsp, PolicyLevel::kUse)})}, {telnet(), ipv4({}, kEspProtocol, esp(0x201, 1))});
  EXPECT_EQ(classes(summary), "1 unverified 1 exempt");
  ASSERT_EQ(summary.exemptions.size(), 1U);
  EXPECT_EQ(summary.exemptions[0].name, "optional");
  EXPECT_TRUE(has(summary.findings, "policy.optional-clear"));
  EXPECT_EQ(summary.verdict, Verdict::kInconclusive);
}

TEST(Ledger, FragmentsOfAnEspPacketAreOnePacketOfItsSa) {  // V12
  for (const std::vector<std::size_t>& order : {std::vector<std::size_t>{0, 1, 2}, {2, 1, 0}, {1, 0, 2}}) {
    Scene scene(both_ways());
    const auto pieces = fragments({.id = 9}, kEspProtocol, esp(0x201, 1, 1024), {0, 400, 800});
    for (const std::size_t index : order) scene.send(pieces[index]);
    const auto summary = scene.finish();
    EXPECT_EQ(classes(summary), "3 unverified");
    EXPECT_EQ(summary.packets.esp, 1U);
    EXPECT_EQ(summary.packets.fragments, 3U);
    ASSERT_EQ(summary.associations.size(), 1U);
    EXPECT_EQ(summary.associations[0].packets, 1U);
    EXPECT_EQ(summary.requirements[0].packets.unverified, 3U);
  }
}

TEST(Ledger, ClearFragmentsTakeThePortsOfTheirDatagram) {  // V12
  const std::vector<ipsec::Policy> policies{with_ports(out(kA, kB), kUdp, kAnyPort, port(69))};
  for (const bool backwards : {false, true}) {
    for (const std::uint16_t destination : {std::uint16_t{69}, std::uint16_t{70}}) {
      auto pieces = fragments({.id = 3}, kUdp, udp(1000, destination, filler(1200)), {0, 600});
      if (backwards) std::swap(pieces[0], pieces[1]);
      EXPECT_EQ(classes(after(policies, pieces)), destination == 69 ? "2 leaked" : "2 unrelated") << backwards;
    }
  }
}

TEST(Ledger, ALoneFragmentIsJudgedByWhatIsKnownOfIt) {  // V12, V23
  const auto pieces = fragments({.id = 3}, kUdp, udp(1000, 69, filler(1200)), {0, 600});
  EXPECT_EQ(classes(after(both_ways(), {pieces[1]})), "1 leaked");
  const std::vector<ipsec::Policy> tftp{with_ports(out(kA, kB), kUdp, kAnyPort, port(69))};
  const auto unknown = after(tftp, {pieces[1], ipv4({}, kEspProtocol, esp(0x201, 1))});
  EXPECT_EQ(classes(unknown), "1 unverified 1 unrelated");
  EXPECT_EQ(unknown.verdict, Verdict::kInconclusive);  // it may have been port 69
  EXPECT_EQ(classes(after(tftp, {pieces[0]})), "1 leaked");
}

TEST(Ledger, OverlappingFragmentsSpeakForThemselves) {  // V12
  auto pieces = fragments({.id = 3}, kUdp, udp(1000, 69, filler(1200)), {0, 600});
  const Octets overlap = fragments({.id = 3}, kUdp, filler(1208, 0x99), {0, 400, 800})[1];
  const auto summary = after(both_ways(), {pieces[0], overlap, pieces[1]});
  EXPECT_EQ(classes(summary), "3 leaked");
  EXPECT_EQ(summary.packets.total, 3U);
}

TEST(Ledger, ACopyOfAFragmentHasTheClassOfItsDatagram) {  // V12, V27
  const std::vector<ipsec::Policy> policies{with_ports(out(kA, kB), kUdp, kAnyPort, port(69))};
  const auto pieces = fragments({.id = 3}, kUdp, udp(1000, 69, filler(1200)), {0, 600});
  EXPECT_EQ(classes(after(policies, {pieces[0], pieces[0], pieces[1], pieces[1]})), "4 leaked");
}

TEST(Ledger, WrongHeadersAreLeaks) {  // V17
  struct Case {
    const char* what;
    std::vector<ipsec::Template> required;  // the inside first
    Octets frame;
    const char* expected;
    LeakReason reason = LeakReason::kPlaintext;
  };
  const Octets only_esp = ipv4({}, kEspProtocol, esp(0x201, 1));
  const Octets only_ah = ipv4({}, kAhProtocol, ah(kTcp, 0x200, 1, tcp(1, 23)));
  const Octets both = ipv4({}, kAhProtocol, ah(kEspProtocol, 0x200, 1, esp(0x201, 1)));
  const Case cases[] = {
      {"ah for esp", {kEsp}, only_ah, "1 leaked", LeakReason::kIntegrityOnly},
      {"ah for ah,esp", {kEsp, kAh}, only_ah, "1 leaked", LeakReason::kIntegrityOnly},
      {"esp for ah,esp", {kEsp, kAh}, only_esp, "1 leaked", LeakReason::kMissingAh},
      {"esp for esp,ah: the AH may be inside", {kAh, kEsp}, only_esp, "1 unverified"},
      {"ah,esp for ah,esp", {kEsp, kAh}, both, "1 unverified"},
      {"ah,esp for esp", {kEsp}, both, "1 unverified"},
      {"ah for ah", {kAh}, only_ah, "1 unverified"},
  };
  for (const Case& one : cases) {
    const auto summary = after({out(kA, kB, one.required)}, {one.frame});
    EXPECT_EQ(classes(summary), one.expected) << one.what;
    if (count(summary, Class::kLeaked) == 0) continue;
    EXPECT_EQ(reason_of_leak(summary), one.reason) << one.what;
  }
}

TEST(Ledger, NullEspIsLeakedFromItsFirstPacketOn) {  // V18
  const auto frames = [] {
    std::vector<Octets> made;
    for (std::uint32_t sequence = 1; sequence <= 12; ++sequence) {
      const Octets inner = ipv4({.from = "10.1.0.5", .to = "10.2.0.5", .id = static_cast<std::uint16_t>(sequence)}, kUdp,
                                udp(1000, 2000, filler(40 + sequence)));
      made.push_back(ipv4({}, kEspProtocol, null_esp(0x201, sequence, kIpInIp, inner)));
    }
    return made;
  };
  const auto summary = after({out(kA, kB)}, frames());
  EXPECT_EQ(classes(summary), "12 leaked");
  EXPECT_EQ(reason_of_leak(summary), LeakReason::kNullEncryption);
  EXPECT_EQ(summary.requirements[0].packets.leaked, 12U);
  EXPECT_EQ(summary.requirements[0].packets.unverified, 0U);
  EXPECT_EQ(summary.leaks[0].first_frame.frame, 1U);
  EXPECT_EQ(summary.verdict, Verdict::kViolated);

  // Where the configuration says NULL itself, it is protected in form.
  ipsec::Association null_sa = esp_sa(0x201, kA, kB);
  null_sa.encryption = ipsec::Encryption::kNull;
  Scene configured({out(kA, kB)}, {null_sa});
  for (const Octets& frame : frames()) configured.send(frame);
  const auto in_form = configured.finish();
  EXPECT_EQ(classes(in_form), "12 unverified");
  EXPECT_TRUE(has(in_form.findings, "sa.looks-unencrypted"));
  EXPECT_EQ(in_form.verdict, Verdict::kProtected);

  // Where it promises AES, it is leaked.
  Scene promised({out(kA, kB)}, {esp_sa(0x201, kA, kB)});
  for (const Octets& frame : frames()) promised.send(frame);
  EXPECT_EQ(classes(promised.finish()), "12 leaked");
}

TEST(Ledger, EspThatSeveralCouldClaimIsShared) {  // V19
  const auto telnet_only = with_ports(out(kA, kB), kTcp, kAnyPort, port(23));
  const auto web_only = with_ports(out(kA, kB), kTcp, kAnyPort, port(80));
  const auto two = after({telnet_only, web_only}, {ipv4({}, kEspProtocol, esp(0x201, 1))});
  ASSERT_EQ(two.requirements.size(), 2U);
  for (const auto& requirement : two.requirements) {
    EXPECT_TRUE(requirement.shared);
    EXPECT_EQ(requirement.verdict, Verdict::kInconclusive);
    EXPECT_EQ(requirement.reasons, std::vector<std::string>{"policy.attribution"});
    EXPECT_EQ(requirement.packets.unverified, 1U);
  }
  EXPECT_EQ(count(two, Class::kUnverified), 1U);  // one packet, whomever it serves
  // What covers all traffic of the pair is protected by it.
  const auto wide = after({telnet_only, out(kA, kB)}, {ipv4({}, kEspProtocol, esp(0x201, 1))});
  EXPECT_EQ(wide.requirements[0].verdict, Verdict::kInconclusive);
  EXPECT_EQ(wide.requirements[1].verdict, Verdict::kProtected);
  EXPECT_EQ(wide.verdict, Verdict::kInconclusive);
}

TEST(Ledger, AReqidTellsWhichPolicyAnSaServes) {  // V19
  auto telnet_only = with_ports(out(kA, kB), kTcp, kAnyPort, port(23));
  auto web_only = with_ports(out(kA, kB), kTcp, kAnyPort, port(80));
  telnet_only.templates[0].reqid = 7;
  web_only.templates[0].reqid = 8;
  ipsec::Association sa = esp_sa(0x201, kA, kB);
  sa.reqid = 7;
  Scene scene({telnet_only, web_only}, {sa});
  scene.send(ipv4({}, kEspProtocol, esp(0x201, 1)));
  const auto summary = scene.finish();
  EXPECT_EQ(summary.requirements[0].verdict, Verdict::kProtected);
  EXPECT_FALSE(summary.requirements[0].shared);
  EXPECT_EQ(summary.requirements[1].reasons, std::vector<std::string>{"policy.unseen"});
}

TEST(Ledger, WithoutPoliciesThePairsThatExchangeEspAreMeant) {  // V8
  const auto summary = after({}, {telnet(), telnet(kBack), ipv4({}, kEspProtocol, esp(0x201, 1)), telnet({.from = kA, .to = "10.0.0.3"})});
  EXPECT_EQ(classes(summary), "1 unverified 2 leaked 1 unrelated");
  EXPECT_EQ(summary.policy_source, verdict::PolicySource::kInferred);
  EXPECT_EQ(summary.verdict, Verdict::kViolated);
  ASSERT_EQ(summary.assumptions.size(), 1U);
  const auto none = after({}, {telnet()});
  EXPECT_EQ(classes(none), "1 unrelated");
  EXPECT_EQ(none.verdict, Verdict::kInconclusive);
}

TEST(Ledger, ClearTrafficOfKnownTunnelGatewaysIsANote) {  // V8
  Scene scene({}, {esp_sa(0x201, kA, kB, ipsec::Mode::kTunnel)});
  scene.send(telnet());
  scene.send(ipv4({}, kEspProtocol, esp(0x201, 1)));
  const auto summary = scene.finish();
  EXPECT_EQ(classes(summary), "1 unverified 1 unrelated");
  EXPECT_TRUE(has(summary.findings, "capture.clear-beside-tunnel"));
}

TEST(Ledger, ALeakIsNotHiddenByWhatItCarries) {  // V9, V12: GRE in clear around a fragment whose ports are unknown
  const Octets inner = fragments({.from = "10.1.0.1", .to = "10.2.0.1", .id = 4}, kUdp, udp(1, 69, filler(64)), {0, 32})[1];
  Octets gre{0, 0, 8, 0};
  put(gre, inner);
  const auto summary = after({out(kA, kB), with_ports(out("10.1.0.0/16", "10.2.0.0/16"), kUdp, kAnyPort, port(69))}, {ipv4({}, 47, gre)});
  EXPECT_EQ(classes(summary), "1 leaked");
  EXPECT_EQ(summary.verdict, Verdict::kViolated);
}

TEST(Ledger, AnUnknownPortMayMatchTheSecondPolicy) {  // V12, V23
  const auto web_bypass = with_action(with_ports(out(kA, kB), kUdp, kAnyPort, port(80)), Action::kBypass);
  const auto tftp = with_ports(out(kA, kB), kUdp, kAnyPort, port(69));
  const auto piece = fragments({.id = 3}, kUdp, udp(1000, 69, filler(1200)), {0, 600})[1];
  const auto summary = after({web_bypass, tftp}, {piece, ipv4({}, kEspProtocol, esp(0x201, 1))});
  EXPECT_EQ(summary.verdict, Verdict::kInconclusive);
}

// AH of the hosts themselves is no substitute for the gateways' tunnel: it can be read.
TEST(Ledger, AhBetweenTheHostsIsNoTunnel) {  // V17
  const std::vector<ipsec::Policy> policies{out("10.1.0.0/16", "10.2.0.0/16", {tunnel(Protocol::kEsp, kA, kB)})};
  const auto summary = after(policies, {ipv4({.from = "10.1.0.5", .to = "10.2.0.5"}, kAhProtocol, ah(kTcp, 0x200, 1, tcp(1, 23)))});
  EXPECT_EQ(classes(summary), "1 leaked");
}

// RFC 9329: "IKETCP", then messages with a 16-bit length; one that begins with four zero octets is IKE.
TEST(Ledger, MessagesInTcpAreWhatTheyCarry) {
  const auto message = [](const Octets& content) {
    Octets octets;
    put16(octets, static_cast<std::uint32_t>(content.size() + 2));
    put(octets, content);
    return octets;
  };
  Scene scene(both_ways());
  std::uint32_t sequence = 1000;
  const auto segment = [&](const Octets& payload, std::uint8_t flags = 0x18) {
    scene.send(ipv4({}, kTcp, tcp(40'000, 4500, payload, sequence, flags)));
    sequence += static_cast<std::uint32_t>(payload.size()) + ((flags & 2U) != 0 ? 1U : 0U);
  };
  segment({}, 0x02);
  segment(text("IKETCP"));
  segment(message(with_marker(ike())));
  for (std::uint32_t number = 1; number <= 5; ++number) segment(message(esp(0x201, number)));
  const Octets split = message(esp(0x201, 6));
  segment(Octets(split.begin(), split.begin() + 20));
  segment(Octets(split.begin() + 20, split.end()));
  const auto summary = scene.finish();
  EXPECT_EQ(count(summary, Class::kLeaked), 0U) << classes(summary);
  EXPECT_EQ(count(summary, Class::kControl) + count(summary, Class::kUnverified), 10U) << classes(summary);
  EXPECT_GE(count(summary, Class::kUnverified), 6U);
  EXPECT_EQ(summary.packets.esp_in_tcp, 6U);
  EXPECT_EQ(summary.packets.ike, 1U);
  ASSERT_EQ(summary.associations.size(), 1U);
  EXPECT_EQ(summary.associations[0].packets, 6U);
  EXPECT_EQ(summary.associations[0].encapsulation, "tcp");
}

TEST(Ledger, OtherTcpOnPort4500IsClear) {
  Scene scene(both_ways());
  scene.send(ipv4({}, kTcp, tcp(40'000, 4500, {}, 999, 0x02)));
  scene.send(ipv4({}, kTcp, tcp(40'000, 4500, text("GET / HTTP/1.1\r\nHost: example\r\n\r\n"), 1000)));
  EXPECT_EQ(classes(scene.finish()), "2 leaked");
}

}  // namespace
}  // namespace espy::verify
