// Packets that are like those before them are taken by one loop that looks at little (verify::Lanes). What they add up to is what each of
// them adds up to when it is decided by itself, also where the next one differs in something that this loop must not overlook.
#include <gtest/gtest.h>

#include <deque>

#include "tests/crypto/sealer.h"
#include "tests/pipeline/every_way.h"
#include "tests/verify/frames.h"

namespace espy::pipeline {
namespace {

using namespace testing;
using namespace verify::testing;
using namespace ipsec::testing;
using ipsec::Encryption;
using ipsec::Mode;

constexpr const char* kA = "10.0.0.1";
constexpr const char* kB = "10.0.0.2";
constexpr std::uint8_t kIpInIp = 4, kTcp = 6, kUdp = 17, kEspProtocol = 50;
// By the first half of so many packets an SA encrypts, and a flow inside it is known, as far as they will ever be.
constexpr std::uint32_t kPackets = 120;

class Wire {
 public:
  void add(const Octets& packet, const Sent& sent = {}) {
    now_ = sent.at < 0 ? now_ + 1 : sent.at;
    const Octets& kept = octets_.emplace_back(ethernet(packet));
    frames_.push_back({.data = kept,
                       .original_size = static_cast<std::uint32_t>(kept.size()),
                       .time = {1'795'294'526'000'000'000 + now_ * 1'000'000},
                       .number = frames_.size() + 1,
                       .source = sent.source,
                       .interface = sent.interface,
                       .link_type = base::LinkType::kEthernet});
  }
  const std::vector<base::Frame>& frames() const { return frames_; }

 private:
  std::deque<Octets> octets_;
  std::vector<base::Frame> frames_;
  std::int64_t now_ = 1000;
};

ipsec::Configuration configuration_of(std::vector<ipsec::Policy> policies, std::vector<ipsec::Association> associations = {}) {
  ipsec::Configuration made;
  made.spds.push_back(spd(std::move(policies)));
  made.associations = std::move(associations);
  return made;
}

// Two hosts, ESP in transport mode both ways.
ipsec::Configuration hosts(std::vector<ipsec::Association> associations = {}) {
  return configuration_of({out(kA, kB), in(kB, kA)}, std::move(associations));
}

// A gateway that receives what a tunnel carries, and one that sends it.
ipsec::Configuration receiving(std::vector<ipsec::Association> associations = {}) {
  return configuration_of({in("10.1.0.0/16", "10.2.0.0/16", {tunnel(ipsec::Protocol::kEsp, kA, kB)})}, std::move(associations));
}
ipsec::Configuration sending(std::vector<ipsec::Association> associations = {}) {
  return configuration_of({out("10.1.0.0/16", "10.2.0.0/16", {tunnel(ipsec::Protocol::kEsp, kA, kB)})}, std::move(associations));
}

Octets lone(std::uint32_t sequence, std::size_t size = 96) {
  return ipv4({.from = kA, .to = kB}, kEspProtocol, esp(0x201, sequence, size));
}

// A packet between the networks behind the gateways.
Octets inside(std::uint8_t protocol, const Octets& payload) { return ipv4({.from = "10.1.0.5", .to = "10.2.0.5"}, protocol, payload); }

// As a capture of which nothing can be opened is read, with a keyring that has no keys and without one.
void expect_one_report_of_lone(const ipsec::Configuration& configuration, const Wire& wire, const std::string& holds) {
  for (const Keys use : {Keys::kUsed, Keys::kUnused}) {
    const std::string report = expect_one_report(configuration, wire.frames(), use == Keys::kUsed ? "keyring" : "no keyring", use);
    EXPECT_NE(report.find(holds), std::string::npos) << report;
  }
}

void expect_one_report_of_opened(const ipsec::Configuration& configuration, const Wire& wire, const std::string& holds) {
  const std::string report = expect_one_report(configuration, wire.frames(), "opened");
  EXPECT_NE(report.find(holds), std::string::npos) << report;
}

// When a packet of a capture comes whose second half goes back, step by step, to before its first packet.
std::int64_t back_in_time(std::uint32_t sequence) {
  const std::int64_t later = std::int64_t{sequence} - kPackets / 2;
  return later <= 0 ? 2000 + sequence : 2000 + kPackets / 2 - 20 * later;
}

TEST(UsualLone, TimesMayGoBack) {
  Wire wire;
  for (std::uint32_t sequence = 1; sequence <= kPackets; ++sequence) wire.add(lone(sequence), {.at = back_in_time(sequence)});
  expect_one_report_of_lone(hosts(), wire, "\"unverified\":120");
}

const Octets kTelnet = ipv4({.from = kA, .to = kB}, kTcp, tcp(40'000, 23, filler(20)));

// Every other fifteen packets go through UDP, 60 of all.
Octets at_times_in_udp(std::uint32_t sequence, const Octets& esp) {
  if (sequence / 15 % 2 == 0) return ipv4({.from = kA, .to = kB}, kEspProtocol, esp);
  return ipv4({.from = kA, .to = kB}, kUdp, udp(4500, 4500, esp));
}

TEST(UsualLone, SomePacketsMayComeInUdp) {  // RFC 3948
  Wire wire;
  for (std::uint32_t sequence = 1; sequence <= kPackets; ++sequence) wire.add(at_times_in_udp(sequence, esp(0x201, sequence, 96)));
  expect_one_report_of_lone(hosts(), wire, "\"esp_in_udp\":60");
}

// V26: between which protected packets the plaintext went, of all policies that the SAs serve, and of their mirrors. Each run is longer
// than the one before.
TEST(UsualLone, EachPacketMayServeSeveralPolicies) {
  const ipsec::Configuration configuration = configuration_of(
      {with_ports(out(kA, kB), kTcp, kAnyPort, port(23)), with_ports(out(kA, kB), kTcp, kAnyPort, port(80)), out(kA, kB), in(kB, kA)});
  Wire wire;
  for (std::uint32_t sequence = 1; sequence <= kPackets; ++sequence) {
    wire.add(lone(sequence));
    wire.add(ipv4({.from = kA, .to = kB}, kEspProtocol, esp(0x202, sequence, 96)));
    for (std::uint32_t leak = 60; leak < sequence; leak += 10) {
      if (sequence % 10 == 5) wire.add(kTelnet);
      if (sequence % 10 == 3) wire.add(ipv4({.from = kB, .to = kA}, kUdp, udp(1, 2, filler(40))));
      if (sequence % 10 == 7) wire.add(ipv4({.from = kA, .to = kB}, kUdp, udp(2, 1, filler(40))));
    }
  }
  expect_one_report_of_lone(configuration, wire, "\"leaked\":63");
}

// V7: a tunnel between any ends will do, and what is inside of one that cannot be opened may be for either. Whose ends were seen last is
// told.
TEST(UsualLone, TheEndsOfATunnelMayChange) {
  ipsec::Policy one = in("10.1.0.0/16", "10.2.0.0/16");
  ipsec::Policy other = in("10.3.0.0/16", "10.4.0.0/16");
  one.any_tunnel_ends = other.any_tunnel_ends = true;
  Wire wire;
  for (std::uint32_t sequence = 1; sequence <= kPackets; ++sequence) {
    wire.add(lone(sequence));
    if (sequence < kPackets) wire.add(ipv4({.from = "10.0.0.3", .to = "10.0.0.4"}, kEspProtocol, esp(0x202, sequence, 96)));
  }
  expect_one_report_of_lone(configuration_of({one, other}), wire, "10.4.0.0/16 is protected by the tunnel between 10.0.0.1 and 10.0.0.2");
}

// Plaintext on an interface is no leak as long as that one carries no ESP and another one does, which is known a second later (V21). In
// the second half of the capture both do. `before`: which one the SA begins on; the plaintext is on the other.
template <class Protect>
Wire on_two_interfaces(std::uint32_t before, const Octets& clear, const Protect& protect) {
  const Octets unrelated = ipv4({.from = "192.0.2.7", .to = "192.0.2.8"}, kUdp, udp(1, 2, filler(40)));
  Wire wire;
  wire.add(unrelated);  // interface 0 is the first one
  for (std::uint32_t sequence = 1; sequence <= kPackets; ++sequence) {
    const bool late = sequence > kPackets / 2;
    if (sequence == kPackets / 2 + 1) wire.add(unrelated, {.at = 4500});  // nothing is held from here on
    const bool moved = late && (before == 1 || sequence % 7 == 0);
    wire.add(protect(sequence), {.at = (late ? 5000 : 1000) + 2 * sequence, .interface = moved ? 1 - before : before});
    if (sequence % 10 == 9) wire.add(clear, {.interface = 1 - before});
  }
  return wire;
}

TEST(UsualLone, TheSaMayComeToAnotherInterface) {  // V21
  for (const std::uint32_t before : {0U, 1U}) {
    const Wire wire = on_two_interfaces(before, kTelnet, [](std::uint32_t sequence) { return lone(sequence); });
    expect_one_report_of_lone(hosts(), wire, "\"leaked\":6");
  }
}

TEST(UsualLone, EachPacketOfATunnelMayHaveACopyInClear) {  // V20
  Wire wire;
  for (std::uint32_t sequence = 1; sequence <= kPackets; ++sequence) {
    wire.add(lone(sequence, 112));
    if (sequence > kPackets / 2) wire.add(inside(kUdp, udp(1, 2, filler(52))));
  }
  expect_one_report_of_lone(receiving(), wire, "\"decapsulated\":60");
}

TEST(UsualLone, ANonceMayComeTwice) {  // RFC 4106 section 3.1: eight octets of IV
  ipsec::Association association = esp_sa(0x201, kA, kB);
  association.encryption = Encryption::kAesGcm;
  association.integrity = ipsec::Integrity::kNone;
  Wire wire;
  for (std::uint32_t sequence = 1; sequence <= kPackets; ++sequence) {
    Octets packet = lone(sequence);
    const std::uint32_t nonce = sequence == kPackets - 5 ? kPackets - 20 : sequence;
    for (std::size_t index = 0; index < 8; ++index) packet[28 + index] = index < 7 ? 0 : static_cast<std::uint8_t>(nonce);
    wire.add(packet);
  }
  expect_one_report_of_lone(hosts({association}), wire, "sa.iv-reuse");
}

// V26: between which protected packets the plaintext went; without a configuration, where the other way is known once it shows itself.
TEST(UsualLone, TheOtherWayMayBeginLate) {
  Wire wire;
  for (std::uint32_t sequence = 1; sequence <= kPackets; ++sequence) {
    wire.add(lone(sequence));
    if (sequence == kPackets / 2) wire.add(ipv4({.from = kB, .to = kA}, kEspProtocol, esp(0x301, 1, 96)));
    if (sequence > kPackets / 2 && sequence % 10 == 5) wire.add(ipv4({.from = kB, .to = kA}, kTcp, tcp(23, 40'000, filler(20))));
  }
  for (const ipsec::Configuration& configuration : {hosts(), ipsec::Configuration{}})
    expect_one_report_of_lone(configuration, wire, "\"leaked\":6");
}

ipsec::Key key_of(std::size_t size) { return ipsec::Key(filler(size, 7)); }

ipsec::Association gcm(Mode mode = Mode::kTransport) {
  ipsec::Association association = esp_sa(0x201, kA, kB, mode);
  association.encryption = Encryption::kAesGcm;
  association.integrity = ipsec::Integrity::kNone;
  association.encryption_key = key_of(20);
  association.icv_bits = 128;
  return association;
}

ipsec::Association cbc() {
  ipsec::Association association = esp_sa(0x201, kA, kB);
  association.encryption_key = key_of(16);
  association.integrity_key = key_of(32);
  association.icv_bits = 128;
  return association;
}

// What a sender is free to do.
struct Sending {
  std::uint32_t sequence = 0;
  std::uint32_t esn_high = 0;
  std::uint64_t iv = 0;      // 0: the sequence number; its octets, as often as the algorithm wants
  std::size_t tfc = 0;       // octets between the content and its padding (RFC 4303 section 2.7)
  bool odd_padding = false;  // not 1, 2, 3 (RFC 4303 section 2.4)
  std::uint8_t next_header = kUdp;
};

// By OpenSSL alone. The block that all of these algorithms can do with is 16.
Octets sealed(const ipsec::Association& association, const Sending& sending, Octets content) {
  const crypto::Parameters parameters = crypto::parameters_of(association).value().front();
  put(content, filler(sending.tfc));
  std::uint8_t pad = 0;
  while ((content.size() + 2) % 16 != 0) {
    ++pad;
    content.push_back(sending.odd_padding ? 0xee : pad);
  }
  content.push_back(pad);
  content.push_back(sending.next_header);
  tests::Message message{
      .spi = 0x201, .sequence = sending.sequence, .esn_high = sending.esn_high, .iv = {}, .payload = content, .header = {}};
  const std::uint64_t iv = sending.iv == 0 ? sending.sequence : sending.iv;
  while (message.iv.size() < crypto::layout_of(parameters).iv_size) {
    put32(message.iv, static_cast<std::uint32_t>(iv >> 32));
    put32(message.iv, static_cast<std::uint32_t>(iv));
  }
  return ipv4({.from = kA, .to = kB}, kEspProtocol, tests::seal(parameters, message).packet);
}

Octets datagram(std::uint32_t sequence) { return udp(5000, 5001, filler(60, static_cast<std::uint8_t>(sequence))); }

Octets sealed_tunnel(std::uint32_t sequence) {
  return sealed(gcm(Mode::kTunnel), {.sequence = sequence, .next_header = kIpInIp}, inside(kUdp, datagram(sequence)));
}

TEST(UsualOpened, TimesMayGoBack) {
  Wire wire;
  for (std::uint32_t sequence = 1; sequence <= kPackets; ++sequence) {
    wire.add(sealed(gcm(), {.sequence = sequence}, datagram(sequence)), {.at = back_in_time(sequence)});
  }
  expect_one_report_of_opened(hosts({gcm()}), wire, "\"protected\":120");
}

TEST(UsualOpened, SomePacketsMayComeInUdp) {  // RFC 3948
  constexpr std::size_t kIpv4Header = 20;
  Wire wire;
  for (std::uint32_t sequence = 1; sequence <= kPackets; ++sequence) {
    const Octets packet = sealed(gcm(), {.sequence = sequence}, datagram(sequence));
    wire.add(at_times_in_udp(sequence, Octets(packet.begin() + kIpv4Header, packet.end())));
  }
  expect_one_report_of_opened(hosts({gcm()}), wire, "\"esp_in_udp\":60");
}

TEST(UsualOpened, TheSaMayComeToAnotherInterface) {  // V21
  for (const std::uint32_t before : {0U, 1U}) {
    const Wire wire = on_two_interfaces(before, kTelnet,
                                        [](std::uint32_t sequence) { return sealed(gcm(), {.sequence = sequence}, datagram(sequence)); });
    expect_one_report_of_opened(hosts({gcm()}), wire, "\"leaked\":6");
    const Wire tunnelled = on_two_interfaces(before, inside(kTcp, tcp(40'000, 23, filler(20))), sealed_tunnel);
    expect_one_report_of_opened(sending({gcm(Mode::kTunnel)}), tunnelled, "\"leaked\":6");
  }
}

TEST(UsualOpened, EachPacketOfATunnelMayHaveACopyInClear) {  // V20
  Wire wire;
  for (std::uint32_t sequence = 1; sequence <= kPackets; ++sequence) {
    wire.add(sealed_tunnel(sequence));
    if (sequence > kPackets / 2) wire.add(inside(kUdp, datagram(sequence)));
  }
  expect_one_report_of_opened(receiving({gcm(Mode::kTunnel)}), wire, "\"decapsulated\":60");
}

TEST(UsualOpened, ANonceMayComeTwice) {
  Wire wire;
  for (std::uint32_t sequence = 1; sequence <= kPackets; ++sequence) {
    wire.add(sealed(gcm(), {.sequence = sequence, .iv = sequence == kPackets - 5 ? kPackets - 20 : sequence}, datagram(sequence)));
  }
  expect_one_report_of_opened(hosts({gcm()}), wire, "sa.iv-reuse");
}

TEST(UsualOpened, VectorsOfCbcMayCount) {  // RFC 3602 section 3
  Wire wire;
  for (std::uint32_t sequence = 1; sequence <= kPackets; ++sequence) {
    wire.add(sealed(cbc(), {.sequence = sequence}, datagram(sequence)));
  }
  expect_one_report_of_opened(hosts({cbc()}), wire, "sa.iv-");
}

TEST(UsualOpened, NumbersMayHave64Bits) {  // RFC 4303 section 2.2.1
  ipsec::Association association = gcm();
  association.esn = true;
  Wire wire;
  for (std::uint32_t count = 1; count <= kPackets; ++count) {
    const std::uint64_t number = 0xffff'ffffULL - kPackets / 2 - 20 + count;
    wire.add(sealed(association,
                    {.sequence = static_cast<std::uint32_t>(number), .esn_high = static_cast<std::uint32_t>(number >> 32), .iv = number},
                    datagram(count)));
  }
  expect_one_report_of_opened(hosts({association}), wire, "\"protected\":120");
}

TEST(UsualOpened, TheSizeOfTheIcvMayBeUnsaidAndChange) {
  ipsec::Association association = cbc();
  Wire wire;
  for (std::uint32_t sequence = 1; sequence <= kPackets; ++sequence) {
    association.icv_bits = sequence > kPackets / 2 ? 96 : 128;
    wire.add(sealed(association, {.sequence = sequence, .iv = 0x9e3779b97f4a7c15ULL * sequence}, datagram(sequence)));
  }
  association.icv_bits = 0;
  expect_one_report_of_opened(hosts({association}), wire, "\"protected\":120");
}

TEST(UsualOpened, PaddingMayChange) {
  for (const bool tfc : {false, true}) {
    Wire wire;
    for (std::uint32_t sequence = 1; sequence <= kPackets; ++sequence) {
      const bool odd = sequence > kPackets / 2;
      wire.add(sealed(gcm(), {.sequence = sequence, .tfc = odd && tfc ? 100U : 0U, .odd_padding = odd && !tfc}, datagram(sequence)));
    }
    expect_one_report_of_opened(hosts({gcm()}), wire, "\"protected\":120");
  }
}

}  // namespace
}  // namespace espy::pipeline
