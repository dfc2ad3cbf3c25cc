// V20, V21. B (02:…:02) is a gateway; the tunnel from A carries 10.1.0.0/16 > 10.2.0.0/16. With AES-CBC (16-octet blocks and IV) and
// HMAC-SHA-256-128, an inner packet of n octets makes n + 2 rounded up to 16, plus 16 of IV and 16 of ICV, after ESP's sequence number.
#include "verify/twin.h"

#include <gtest/gtest.h>

#include <chrono>

#include "tests/verify/frames.h"

namespace espy::verify {
namespace {

using namespace testing;
using namespace ipsec::testing;
using ipsec::Mode;
using ipsec::Protocol;
using verdict::Verdict;

constexpr const char* kA = "192.0.2.1";
constexpr const char* kB = "192.0.2.2";
constexpr std::uint8_t kUdp = 17;
constexpr std::uint8_t kIpInIp = 4;
constexpr std::uint8_t kEspProtocol = 50;
constexpr std::uint8_t kAhProtocol = 51;
constexpr base::LinkType kEthernet = base::LinkType::kEthernet;

std::size_t ciphertext(std::size_t inner) { return (inner + 2 + 15) / 16 * 16 + 16 + 16; }

class Gateway : public Scene {
 public:
  explicit Gateway(Mode mode = Mode::kTunnel)
      : Scene({in("10.1.0.0/16", "10.2.0.0/16", {tunnel(Protocol::kEsp, kA, kB, mode)}),
               out("10.2.0.0/16", "10.1.0.0/16", {tunnel(Protocol::kEsp, kB, kA, mode)})},
              {esp_sa(0x201, kA, kB, mode)}) {}

  void encrypted(std::size_t inner, std::int64_t at = -1, base::Direction direction = base::Direction::kUnknown) {
    send(ethernet(ipv4({.from = kA, .to = kB}, kEspProtocol, esp(0x201, ++sequence_, ciphertext(inner))), 1, 2),
         {.at = at, .link = kEthernet, .direction = direction});
  }
  void clear(std::size_t size, std::int64_t at = -1, std::uint8_t from = 1, std::uint8_t to = 2) {
    send(ethernet(packet_of(size), from, to), {.at = at, .link = kEthernet});
  }
  static Octets packet_of(std::size_t size) { return ipv4({.from = "10.1.0.5", .to = "10.2.0.5"}, kUdp, udp(1, 2, filler(size - 28))); }

 private:
  std::uint32_t sequence_ = 0;
};

TEST(Twin, TheDecryptedCopyOfAnInboundPacketIsNoLeak) {  // V20
  for (const std::size_t size : {28U, 60U, 61U, 62U, 63U, 1400U}) {
    Gateway gateway;
    gateway.encrypted(size);
    gateway.clear(size);
    const auto summary = gateway.finish();
    EXPECT_EQ(classes(summary), "1 unverified 1 decapsulated") << size;
    EXPECT_EQ(summary.vantage, verdict::Vantage::kHost);
    EXPECT_TRUE(has(summary.findings, "capture.vantage"));
    EXPECT_EQ(summary.requirements[0].verdict, Verdict::kInconclusive);  // a guess by length
  }
}

TEST(Twin, ALengthThatDoesNotFitIsALeak) {  // V20
  Gateway gateway;
  gateway.encrypted(60);
  gateway.clear(80);
  EXPECT_EQ(classes(gateway.finish()), "1 unverified 1 leaked");
}

TEST(Twin, WhatTravelsOutwardsIsNeverATwin) {  // V20
  Gateway reversed;
  reversed.encrypted(60);
  reversed.clear(60, -1, 2, 1);
  EXPECT_EQ(classes(reversed.finish()), "1 unverified 1 leaked");
  for (const auto direction : {base::Direction::kIn, base::Direction::kOut}) {
    Gateway told;
    told.encrypted(60);
    told.send(ethernet(Gateway::packet_of(60)), {.link = kEthernet, .direction = direction});
    EXPECT_EQ(classes(told.finish()), direction == base::Direction::kIn ? "1 unverified 1 decapsulated" : "1 unverified 1 leaked");
  }
}

// The first packet of an SA is decided in full, those after it in its lane.
TEST(Twin, NorIsOneOfWhatWasEncryptedOutwards) {  // V20
  for (const auto direction : {base::Direction::kIn, base::Direction::kOut}) {
    Gateway told;
    told.encrypted(60, 0);
    for (int packet = 0; packet < 3; ++packet) told.encrypted(60, 2000, direction);
    told.send(ethernet(Gateway::packet_of(60), 1, 2), {.link = kEthernet, .direction = base::Direction::kIn});
    EXPECT_EQ(classes(told.finish()), direction == base::Direction::kIn ? "4 unverified 1 decapsulated" : "4 unverified 1 leaked");
  }
}

TEST(Twin, OfALongFlowIsFoundForEachPacket) {  // V20, bounded: more packets than are remembered
  constexpr std::size_t kPackets = 600;
  static_assert(kPackets > 2 * TwinFinder::kRemembered);
  Gateway gateway;
  for (std::size_t packet = 0; packet < kPackets; ++packet) {
    gateway.encrypted(60);
    gateway.clear(60);
  }
  EXPECT_EQ(classes(gateway.finish()), "600 unverified 600 decapsulated");
}

TEST(Twin, EachPacketHasOneTwin) {  // V20
  Gateway gateway;
  gateway.encrypted(60);
  gateway.encrypted(60);
  for (int copy = 0; copy < 3; ++copy) gateway.clear(60);
  EXPECT_EQ(classes(gateway.finish()), "2 unverified 1 leaked 2 decapsulated");
}

TEST(Twin, OnlyWithinASecondAfterItsPacket) {  // V20
  Gateway late;
  late.encrypted(60, 1000);
  late.clear(60, 2001);
  EXPECT_EQ(classes(late.finish()), "1 unverified 1 leaked");
  Gateway in_time;
  in_time.encrypted(60, 1000);
  in_time.clear(60, 2000);
  EXPECT_EQ(classes(in_time.finish()), "1 unverified 1 decapsulated");
  Gateway before;
  before.clear(60, 1000);
  before.encrypted(60, 1001);
  EXPECT_EQ(classes(before.finish()), "1 unverified 1 leaked");
}

TEST(Twin, BeetLeavesTheInnerAddressesOut) {  // V20
  Gateway gateway(Mode::kBeet);
  gateway.encrypted(60 - 20);
  gateway.clear(60);
  EXPECT_EQ(classes(gateway.finish()), "1 unverified 1 decapsulated");
  Gateway whole(Mode::kBeet);
  whole.encrypted(60);
  whole.clear(60);
  EXPECT_EQ(classes(whole.finish()), "1 unverified 1 leaked");
}

// Receive offload: one set of headers (28 octets), the payloads of three packets.
TEST(Twin, AMergedFrameClaimsSeveral) {  // V20
  Gateway gateway;
  for (int packet = 0; packet < 3; ++packet) gateway.encrypted(28 + 1000);
  gateway.clear(28 + 3000);
  gateway.clear(28 + 1000);  // nothing is left for it
  EXPECT_EQ(classes(gateway.finish()), "3 unverified 1 leaked 1 decapsulated");
}

// AH shows the length of the packet inside, even where so little was captured that its content is not known.
TEST(Twin, OfAhThatWasCutShortHasItsVeryLength) {  // V20
  constexpr std::size_t kHeaders = 14 + 20 + 24 + 28;
  for (const std::size_t size : {200U, 199U, 201U}) {
    Scene scene({in("10.1.0.0/16", "10.2.0.0/16", {tunnel(Protocol::kAh, kA, kB)})});
    scene.send(ethernet(ipv4({.from = kA, .to = kB}, kAhProtocol, ah(kIpInIp, 0x200, 1, Gateway::packet_of(200))), 1, 2),
               {.link = kEthernet, .captured = kHeaders});
    scene.send(ethernet(Gateway::packet_of(size), 1, 2), {.link = kEthernet});
    EXPECT_EQ(classes(scene.finish()), size == 200 ? "1 unverified 1 decapsulated" : "1 unverified 1 leaked") << size;
  }
}

TEST(Twin, TransportModeHasNone) {  // V20
  Scene scene({in(kA, kB)});
  scene.send(ethernet(ipv4({.from = kA, .to = kB}, kEspProtocol, esp(0x201, 1, ciphertext(40)))), {.link = kEthernet});
  scene.send(ethernet(ipv4({.from = kA, .to = kB}, kUdp, udp(1, 2, filler(32)))), {.link = kEthernet});
  EXPECT_EQ(classes(scene.finish()), "1 unverified 1 leaked");
}

// A gateway whose packets can be opened: NULL without ICV, which needs no key.
class OpenGateway : public Scene {
 public:
  explicit OpenGateway(Mode mode = Mode::kTunnel)
      : Scene({in("10.1.0.0/16", "10.2.0.0/16", {tunnel(Protocol::kEsp, kA, kB, mode)})}, {open_sa(mode)}) {}

  void encrypted(const Octets& inner) { carry(inner, 4); }
  void carry(const Octets& content, std::uint8_t next_header) {
    send(ethernet(ipv4({.from = kA, .to = kB}, kEspProtocol, open_esp(0x201, ++sequence_, next_header, content))), {.link = kEthernet});
  }
  void clear(const Octets& inner) { send(ethernet(inner), {.link = kEthernet}); }
  static Octets packet_of(const Octets& data, std::uint8_t ttl = 64) {
    return ipv4({.from = "10.1.0.5", .to = "10.2.0.5", .ttl = ttl}, kUdp, udp(1, 2, data));
  }

 private:
  static ipsec::Association open_sa(Mode mode) {
    ipsec::Association association = esp_sa(0x201, kA, kB, mode);
    association.encryption = ipsec::Encryption::kNull;
    association.integrity = ipsec::Integrity::kNone;
    return association;
  }
  std::uint32_t sequence_ = 0;
};

TEST(OpenedTwin, IsKnownByItsContentAndNoGuess) {  // V20
  OpenGateway gateway;
  gateway.encrypted(OpenGateway::packet_of(filler(40)));
  gateway.clear(OpenGateway::packet_of(filler(40), 63));  // forwarded: its time to live is one less
  const auto summary = gateway.finish();
  EXPECT_EQ(classes(summary), "1 protected 1 decapsulated");
  EXPECT_FALSE(has(summary.findings, "capture.vantage"));
  EXPECT_EQ(summary.requirements[0].verdict, Verdict::kProtected);
}

TEST(OpenedTwin, OtherContentOfTheSameLengthIsALeak) {  // V20
  OpenGateway gateway;
  gateway.encrypted(OpenGateway::packet_of(filler(40)));
  gateway.clear(OpenGateway::packet_of(filler(40, 0x42)));
  EXPECT_EQ(classes(gateway.finish()), "1 protected 1 leaked");
}

TEST(OpenedTwin, MayComeInAnyOrderButOnce) {  // V20
  OpenGateway gateway;
  for (std::uint8_t first = 1; first <= 3; ++first) gateway.encrypted(OpenGateway::packet_of(filler(40, first)));
  for (const std::uint8_t first : {std::uint8_t{3}, std::uint8_t{1}, std::uint8_t{2}})
    gateway.clear(OpenGateway::packet_of(filler(40, first)));
  gateway.clear(OpenGateway::packet_of(filler(40, 2)));
  EXPECT_EQ(classes(gateway.finish()), "3 protected 1 leaked 3 decapsulated");
}

TEST(OpenedTwin, IsFoundBehindFlowPadding) {  // RFC 4303 section 2.7
  OpenGateway gateway;
  Octets padded = OpenGateway::packet_of(filler(40));
  padded.resize(padded.size() + 100);
  gateway.encrypted(padded);
  gateway.clear(OpenGateway::packet_of(filler(40)));
  EXPECT_EQ(classes(gateway.finish()), "1 protected 1 decapsulated");
}

TEST(OpenedTwin, OfBeetHasOtherAddresses) {  // the policy's, which no packet shows
  OpenGateway gateway(Mode::kBeet);
  gateway.carry(udp(1, 2, filler(40)), kUdp);
  gateway.clear(OpenGateway::packet_of(filler(40)));
  EXPECT_EQ(classes(gateway.finish()), "1 protected 1 decapsulated");
  OpenGateway other(Mode::kBeet);
  other.carry(udp(1, 2, filler(40)), kUdp);
  other.clear(OpenGateway::packet_of(filler(40, 0x42)));
  EXPECT_EQ(classes(other.finish()), "1 protected 1 leaked");
}

// Every clear frame is compared with 256 packets, not with every pair of them.
TEST(OpenedTwin, LeaksBesideABusyTunnelAreToldInTime) {
  OpenGateway gateway;
  const auto numbered = [](std::uint32_t number, std::uint8_t kind) {
    Octets data = filler(1300);
    data[0] = static_cast<std::uint8_t>(number);
    data[1] = kind;
    return OpenGateway::packet_of(data);
  };
  const auto start = std::chrono::steady_clock::now();
  for (std::uint32_t number = 0; number < 256; ++number) gateway.encrypted(numbered(number, 1));
  for (std::uint32_t number = 0; number < 100; ++number) gateway.clear(numbered(number, 2));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(8));  // 0.2 seconds with sanitizers; each pair takes 22
  EXPECT_EQ(classes(gateway.finish()), "256 protected 100 leaked");
}

// Receive offload again, with the payloads to prove it.
TEST(OpenedTwin, AMergedFrameHoldsThePayloadsInTheirOrder) {  // V20
  for (const bool same : {true, false}) {
    OpenGateway gateway;
    Octets merged;
    for (std::uint8_t first = 1; first <= 3; ++first) {
      gateway.encrypted(OpenGateway::packet_of(filler(500, first)));
      put(merged, filler(500, same ? first : std::uint8_t{9}));
    }
    gateway.clear(OpenGateway::packet_of(merged));
    EXPECT_EQ(classes(gateway.finish()), same ? "3 protected 1 decapsulated" : "3 protected 1 leaked");
  }
}

// V21: interface 0 is the clear side, interface 1 the protected one.
class TwoSides : public Scene {
 public:
  TwoSides() : Scene({out("10.1.0.0/16", "10.2.0.0/16", {tunnel(Protocol::kEsp, kA, kB)})}) {}
  void inside(std::int64_t at, std::uint32_t interface = 0) {
    send(ipv4({.from = "10.1.0.5", .to = "10.2.0.5"}, kUdp, udp(1, 2, filler(32))), {.at = at, .interface = interface});
  }
  void outside(std::int64_t at, std::uint32_t interface = 1) {
    send(ipv4({.from = kA, .to = kB}, kEspProtocol, esp(0x201, ++sequence_, 96)), {.at = at, .interface = interface});
  }

 private:
  std::uint32_t sequence_ = 0;
};

TEST(ClearSide, PlaintextThatLeavesProtectedOnAnotherInterfaceIsExempt) {  // V21
  TwoSides sides;
  sides.inside(1000);
  sides.outside(1001);
  sides.inside(9000);  // its ESP was seen there before
  const auto summary = sides.finish();
  EXPECT_EQ(classes(summary), "1 unverified 2 exempt");
  ASSERT_EQ(summary.exemptions.size(), 1U);
  EXPECT_EQ(summary.exemptions[0].name, "clear-side");
  EXPECT_EQ(summary.exemptions[0].packets, 2U);
}

TEST(ClearSide, ASecondIsTheLimit) {  // V21
  TwoSides in_time;
  in_time.inside(1000);
  in_time.outside(2000);
  EXPECT_EQ(classes(in_time.finish()), "1 unverified 1 exempt");
  TwoSides late;
  late.inside(1000);
  late.outside(2001);
  EXPECT_EQ(classes(late.finish()), "1 unverified 1 leaked");
}

TEST(ClearSide, AnIdleLinkEndsTheSecond) {  // V21
  const auto leaked = [](TwoSides& sides) {
    return sides.ledger().tallies().packets.by_class[static_cast<std::size_t>(verdict::Class::kLeaked)];
  };
  TwoSides sides;
  sides.inside(1000);
  sides.tick(2000);
  EXPECT_EQ(leaked(sides), 0U);
  sides.tick(2001);
  EXPECT_EQ(leaked(sides), 1U);
}

TEST(ClearSide, PlaintextBesideTheEspOnOneInterfaceIsALeak) {  // V21
  TwoSides sides;
  sides.outside(1000, 1);
  sides.inside(1001, 1);
  sides.inside(1002, 1);
  EXPECT_EQ(classes(sides.finish()), "1 unverified 2 leaked");
  TwoSides later;
  later.inside(1000, 1);
  later.outside(1001, 1);
  EXPECT_EQ(classes(later.finish()), "1 unverified 1 leaked");
}

TEST(ClearSide, FilesOneAfterAnotherAreNotTwoInterfaces) {  // V21
  TwoSides sides;
  sides.send(ipv4({.from = "10.1.0.5", .to = "10.2.0.5"}, kUdp, udp(1, 2, filler(32))), {.at = 1000, .source = 0});
  sides.send(ipv4({.from = kA, .to = kB}, kEspProtocol, esp(0x201, 1, 96)), {.at = 1500, .source = 1});
  EXPECT_EQ(classes(sides.finish()), "1 unverified 1 leaked");
}

TEST(ClearSide, TheUserMaySaySo) {  // V21, --clear
  TwoSides sides;
  sides.ledger().clear_interface(0, 0);
  sides.inside(1000);
  EXPECT_EQ(classes(sides.finish()), "1 exempt");
}

TEST(ClearSide, WhatNoLongerFitsIsALeakAndCounted) {  // V21, bounded: the hold keeps 65,536 frames
  TwoSides sides;
  constexpr std::uint64_t kTooMany = 100;
  for (std::uint64_t frame = 0; frame < base::Limits{}.held + kTooMany; ++frame) sides.inside(1000);
  sides.outside(1500);
  const auto summary = sides.finish();
  EXPECT_EQ(classes(summary), "1 unverified 100 leaked 65536 exempt");
  EXPECT_EQ(summary.limits.held, kTooMany);
  EXPECT_EQ(summary.packets.total, base::Limits{}.held + kTooMany + 1);
}

}  // namespace
}  // namespace espy::verify
