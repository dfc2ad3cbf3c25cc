// The hand-built frames, each against what went into it; the values are those given to Scapy when the frame was made, never espy's own.
#include "decode/packet.h"

#include <gtest/gtest.h>

#include <map>

#include "tests/decode/frames.h"
#include "tests/decode/packet_text.h"

namespace espy::decode {
namespace {

constexpr Ports kConfigured{.encapsulation = {10'000}, .ike = {5500}};

const test::Frame& frame(const std::string& name) {
  static const std::vector<test::Frame> frames = test::built_frames();
  for (const test::Frame& candidate : frames) {
    if (candidate.name == name) return candidate;
  }
  ADD_FAILURE() << "no frame " << name;
  std::abort();
}

Packet parsed(const std::string& name, const Ports& ports = {}) { return test::parse(frame(name), ports); }

struct Expectation {
  const char* name;
  const char* text;
};

void expect(std::span<const Expectation> expectations, const Ports& ports = {}) {
  for (const Expectation& expectation : expectations)
    EXPECT_EQ(test::text(parsed(expectation.name, ports)), expectation.text) << expectation.name;
}

TEST(Packet, ReadsEveryLinkType) {
  constexpr Expectation kExpected[] = {
      {"ethernet", "A>B 6 40000:23"},
      {"ethernet-v6", "A6>B6 6 40000:23"},
      {"arp", "non-ip"},
      {"lldp", "non-ip"},
      {"stp", "non-ip"},
      {"vlan", "A>B 6 40000:23"},
      {"qinq", "A>B 6 40000:23"},
      {"vlan-9100", "A>B 6 40000:23"},
      {"snap", "A>B 6 40000:23"},
      {"llc-ip", "A>B 6 40000:23"},
      {"sll-out", "A>B 6 40000:23"},
      {"sll-in", "A6>B6 17 40001:5900"},
      {"sll-netlink", "non-ip"},
      {"sll2", "A>B 6 40000:23"},
      {"raw", "A>B 6 40000:23"},
      {"raw12", "A6>B6 17 40001:5900"},
      {"raw14", "A>B 6 40000:23"},
      {"ipv4", "A>B 6 40000:23"},
      {"ipv6", "A6>B6 6 40000:23"},
      {"null-le", "A>B 6 40000:23"},
      {"null-be", "A>B 6 40000:23"},
      {"null-v6-10", "A6>B6 6 40000:23"},
      {"null-v6-24", "A6>B6 6 40000:23"},
      {"null-v6-28", "A6>B6 6 40000:23"},
      {"null-v6-30", "A6>B6 6 40000:23"},
      {"null-other", "non-ip"},
      {"loop", "A>B 6 40000:23"},
      {"loop-v6", "A6>B6 17 40001:5900"},
      {"enc", "A>B 6 40000:23"},
      {"ppp", "A>B 6 40000:23"},
      {"ppp-compressed", "A>B 6 40000:23"},
      {"ppp-hdlc", "A6>B6 6 40000:23"},
      {"cisco-hdlc", "A>B 6 40000:23"},
      {"ppp-lcp", "non-ip"},
      {"ppp-out", "A>B 6 40000:23"},
      {"pppoe", "A>B 6 40000:23"},
      {"pppoe-link", "A>B 6 40000:23"},
      {"pppoe-discovery", "non-ip"},
      {"nflog", "A>B 6 40000:23"},
      {"nflog-be", "A6>B6 6 40000:23"},
      {"nflog-copy-range", "A>B esp 201/7 50 opaque"},
      {"mpls", "mpls A>B 6 40000:23"},
      {"mpls-link", "mpls A6>B6 17 40001:5900"},
      {"mpls-pseudowire", "mpls A>B 6 40000:23"},
      {"mpls-pseudowire-bare", "mpls A>B 6 40000:23"},
      {"mpls-pseudowire-link", "mpls A>B 6 40000:23"},
      {"unknown-link", " (unknown link)"},
  };
  expect(kExpected);
}

TEST(Packet, ReadsSecurityHeadersInOrder) {
  constexpr Expectation kExpected[] = {
      {"esp", "A>B esp 201/7 50 opaque"},
      {"ah-tcp", "A>B ah 301/9 6 40000:23"},
      {"ah-esp", "A>B ah 301/9 esp 201/7 50 opaque"},
      {"ah-esp6", "A6>B6 ah 301/9 esp 201/7 50 opaque"},
      {"ah-destination-tcp6", "A6>B6 ah 301/9 6 40000:23"},
      {"ah-ah-esp", "A>B ah 302/9 ah 301/9 esp 201/7 50 opaque"},
      {"ah-tunnel", "A>B ah 301/9 4 | ah-tunnel C>D 6 40000:23"},
      {"ah-tunnel6", "A>B ah 301/9 41 | ah-tunnel A6>B6 6 40000:23"},
      {"ipcomp", "A>B ipcomp 2/0 108 compressed"},
      {"ah-ipcomp", "A>B ah 301/9 ipcomp 1234/0 108 compressed"},
      {"wesp", "A>B wesp esp 201/7 50 opaque"},
      {"wesp-padded6", "A6>B6 wesp esp 201/7 50 opaque"},
  };
  expect(kExpected);
}

TEST(Packet, TellsIkeEspAndKeepalivesOnUdpApart) {
  constexpr Expectation kExpected[] = {
      {"ike2", "A>B 17 500:500 ike"},
      {"ike1", "A>B 17 500:500 ike"},
      {"ike-short-length", "A>B 17 500:500"},
      {"dns-on-500", "A>B 17 500:500"},
      {"ike-marker", "A>B 17 4500:4500 ike"},
      {"keepalive", "A>B 17 4500:4500 keepalive"},
      {"udp-esp", "A>B udp esp 201/7 17 4500:1027 opaque"},
      {"udp-esp-to", "A>B udp esp 201/7 17 33000:4500 opaque"},
      {"udp-esp-small", "A>B 17 4500:4500"},
      {"non-ike-500", "A>B udp esp 201/7 17 500:500 opaque"},
      {"non-ike-4500", "A>B udp esp 201/7 17 4500:4500 opaque"},
      {"udp-wesp", "A>B udp wesp esp 201/7 17 4500:4500 opaque"},
      {"configured-encapsulation", "A>B 17 10000:10000"},
      {"configured-ike", "A>B 17 5500:6000"},
  };
  expect(kExpected);
}

TEST(Packet, FollowsConfiguredPorts) {
  constexpr Expectation kExpected[] = {
      {"configured-encapsulation", "A>B udp esp 201/7 17 10000:10000 opaque"},
      {"configured-ike", "A>B 17 5500:6000 ike"},
      {"configured-ike-marker", "A>B 17 5500:5500 ike"},
      {"configured-ike-esp", "A>B udp esp 201/7 17 5500:5500 opaque"},
  };
  expect(kExpected, kConfigured);
}

TEST(Packet, OpensCarriers) {
  constexpr Expectation kExpected[] = {
      {"ipip", "A>B 4 | ip C>D 6 40000:23"},
      {"sit", "A>B 41 | ip A6>B6 17 40001:5900"},
      {"6in6", "A6>B6 41 | ip A6>B6 17 40001:5900"},
      {"4in6", "A6>B6 4 | ip C>D 6 40000:23"},
      {"gre", "A>B 47 | gre C>D 6 40000:23"},
      {"gre-all", "A>B 47 | gre C>D esp 201/7 50 opaque"},
      {"gre-ethernet", "A>B 47 | gre C>D 6 40000:23"},
      {"gre-routing", "A>B 47"},
      {"pptp", "A>B 47 | gre C>D 6 40000:23"},
      {"vxlan", "A>B 17 50000:4789 | vxlan C>D 6 40000:23"},
      {"vxlan-8472-esp", "A>B 17 50000:8472 | vxlan C>D esp 201/7 50 opaque"},
      {"vxlan-vlan", "A>B 17 50000:4789 | vxlan C>D 6 40000:23"},
      {"vxlan-not", "A>B 17 50000:4789"},
      {"geneve", "A>B 17 50000:6081 | geneve C>D 6 40000:23"},
      {"geneve-ip", "A>B 17 50000:6081 | geneve C>D 6 40000:23"},
      {"gtp", "A>B 17 2152:2152 | gtp C>D 6 40000:23"},
      {"gtp-extension", "A>B 17 2152:2152 | gtp C>D 6 40000:23"},
      {"gtp-echo", "A>B 17 2152:2152"},
      {"deep", "A>B 4 | ip C>D 4 | ip C>D 4 | ip C>D 4 | ip C>D 4 | ip C>D 4 (too deep)"},
  };
  expect(kExpected);
}

TEST(Packet, ReadsUpperLayersAndExtensionHeaders) {
  constexpr Expectation kExpected[] = {
      {"options", "A>B 6 40000:23"}, {"extensions", "A6>2001:db8::9 6 40000:23"}, {"no-next", "A6>B6 59"},  {"mobility", "A6>B6 135"},
      {"sctp", "A>B 132 3868:3869"}, {"udplite", "A>B 136 11:12"},       {"dccp", "A>B 33 21:22"}, {"igmp", "A>B 2"},
      {"ping", "A>B 1 8:0"},         {"ping6", "A6>B6 58 128:0"},
  };
  expect(kExpected);
}

TEST(Packet, ReadsWhatIcmpErrorsQuote) {
  constexpr Expectation kExpected[] = {
      {"icmp-quote-tcp", "B>A 1 3:4 | quote A>B 6 40000:23"},
      {"icmp-quote-esp", "B>A 1 3:2 | quote A>B esp 201/7 50 opaque"},
      {"icmp-quote-ah", "B>A 1 11:0 | quote A>B ah 301/0 50 nothing"},
      {"icmp-quote-ike", "B>A 1 3:3 | quote A>B 17 500:500 ike"},
      {"icmp-quote-extension", "B>A 1 11:0 | quote A>B 6 1:2"},
      {"icmp6-quote-esp", "B6>A6 58 2:0 | quote A6>B6 esp 201/7 50 opaque"},
      {"icmp-quote-ipip", "B>A 1 3:4 | quote A>B 4"},
  };
  expect(kExpected);
  for (const Expectation& expectation : kExpected) EXPECT_TRUE(parsed(expectation.name).quotes) << expectation.name;
  EXPECT_FALSE(parsed("ping").quotes);
}

TEST(Packet, CallsWrongBytesMalformed) {
  constexpr Expectation kExpected[] = {
      {"bad-version", " (malformed)"},
      {"bad-ihl", " (malformed)"},
      {"bad-total-short", " (malformed)"},
      {"bad-total-long", "A>B 6 nothing (malformed)"},
      {"bad-ah-zero", "A>B 51 nothing (malformed)"},
      {"bad-ah-long", "A>B 51 nothing (malformed)"},
      {"bad-esp-short", "A>B 50 nothing (malformed)"},
      {"bad-tcp-offset", "A>B 6 40000:23 (malformed)"},
      {"bad-udp-short", "A>B 17 1:2 (malformed)"},
      {"bad-udp-long", "A>B 17 1:2 (malformed)"},
      {"bad-wesp-version", "A>B 141 nothing (malformed)"},
      {"bad-ipv6-length", "A6>B6 6 nothing (malformed)"},
      {"bad-extension", "A6>B6 60 nothing (malformed)"},
      {"runt", " (malformed)"},
      {"tags-forever", " (too deep)"},
  };
  expect(kExpected);
}

TEST(Packet, KnowsTheDirectionWhereTheCaptureSays) {
  const std::map<std::string, base::Direction> expected = {
      {"ethernet", base::Direction::kUnknown}, {"sll-out", base::Direction::kOut},        {"sll-in", base::Direction::kIn},
      {"sll2", base::Direction::kOut},         {"sll2-other", base::Direction::kUnknown}, {"ppp-out", base::Direction::kOut},
      {"ppp-in", base::Direction::kIn},        {"nflog", base::Direction::kOut},          {"nflog-be", base::Direction::kIn}};
  for (const auto& [name, direction] : expected) EXPECT_EQ(parsed(name).direction, direction) << name;
}

TEST(Packet, KnowsTheInterfaceWhereTheCaptureSays) {
  EXPECT_EQ(parsed("sll2").interface_index, 3u);
  EXPECT_EQ(parsed("nflog").interface_index, 4u);
  EXPECT_EQ(parsed("nflog-be").interface_index, 6u);
  EXPECT_EQ(parsed("ethernet").interface_index, 0u);
}

TEST(Packet, KeepsTheOutermostAddressesAndTag) {
  EXPECT_EQ(parsed("vlan").vlan, 42);
  EXPECT_EQ(parsed("qinq").vlan, 100);
  EXPECT_EQ(parsed("vlan-9100").vlan, 7);
  EXPECT_EQ(parsed("vxlan-vlan").vlan, 0);
  EXPECT_EQ(parsed("qinq").ether_type, 0x0800);
  EXPECT_EQ(parsed("mpls").ether_type, 0x8847);
  EXPECT_EQ(parsed("llc-ip").ether_type, 0);
  const Packet packet = parsed("gre-ethernet");
  EXPECT_TRUE(packet.has_mac);
  EXPECT_EQ(packet.mac_source, (std::array<std::uint8_t, 6>{2, 0, 0, 0, 0, 1}));
  EXPECT_EQ(packet.mac_destination, (std::array<std::uint8_t, 6>{2, 0, 0, 0, 0, 2}));
  EXPECT_FALSE(parsed("sll-out").has_mac);
  EXPECT_FALSE(parsed("mpls-pseudowire-link").has_mac);
}

TEST(Packet, TakesSizesFromIpAndNotFromTheFrame) {
  const Packet packet = parsed("ethernet-padded");
  EXPECT_EQ(packet.layers[0].size, 28u);
  EXPECT_EQ(packet.security[0].size, 8u);
  EXPECT_EQ(packet.security[0].captured, 8u);
}

TEST(Packet, MeasuresSecurityHeaders) {
  const Packet packet = parsed("ah-esp");
  EXPECT_EQ(packet.security[0].offset, 34u);
  EXPECT_EQ(packet.security[0].size, 64u);
  EXPECT_EQ(packet.security[0].icv_size, 12u);
  EXPECT_EQ(packet.security[0].next_header, 50);
  EXPECT_EQ(packet.security[1].offset, 58u);
  EXPECT_EQ(packet.security[1].size, 40u);
  EXPECT_EQ(packet.security[1].captured, 40u);
  EXPECT_EQ(parsed("ah-esp6").security[0].icv_size, 16u);
  EXPECT_EQ(parsed("udp-wesp").security[0].offset, 46u);
  EXPECT_EQ(parsed("udp-wesp").security[0].size, 44u);
}

TEST(Packet, GivesTheSizeOnTheWireOfWhatTheLogCut) {
  const Packet packet = parsed("nflog-copy-range");
  EXPECT_EQ(packet.security[0].size, 408u);
  EXPECT_EQ(packet.security[0].captured, 44u);
}

TEST(Packet, TakesTheFrameForAPacketWhoseLengthIsLeftToTheCard) {
  EXPECT_EQ(parsed("tso").layers[0].size, 140u);
  EXPECT_EQ(parsed("tso6").layers[0].size, 160u);
}

TEST(Packet, ReadsTcpFields) {
  const Packet packet = parsed("options");
  EXPECT_EQ(packet.layers[0].tcp_sequence, 0x01020304u);
  EXPECT_EQ(packet.layers[0].tcp_flags, 0x18);
  EXPECT_EQ(packet.layers[0].upper_offset, 38u);
  EXPECT_EQ(packet.layers[0].payload_offset, 58u);
  EXPECT_EQ(packet.layers[0].hop_limit, 64);
}

TEST(Packet, ReadsTrafficClassAndHopLimit) {
  EXPECT_EQ(parsed("ethernet").layers[0].hop_limit, 61);
  EXPECT_EQ(parsed("ethernet").layers[0].traffic_class, 0x28);
  EXPECT_EQ(parsed("ethernet-v6").layers[0].hop_limit, 62);
  EXPECT_EQ(parsed("ethernet-v6").layers[0].traffic_class, 0x28);
}

TEST(Packet, ReadsAFirstFragmentAsFarAsItGoes) {
  const Layer layer = parsed("fragment-first").layers[0];
  EXPECT_TRUE(layer.fragment && layer.more_fragments && layer.ports_known);
  EXPECT_EQ(layer.fragment_id, 0x1234u);
  EXPECT_EQ(layer.fragment_data, 34u);
  EXPECT_EQ(layer.destination_port, 5900);
  EXPECT_EQ(parsed("fragment-first").trouble, Trouble::kNone);
  const Packet esp = parsed("fragment-esp");
  EXPECT_EQ(esp.security[0].size, 64u);
  EXPECT_EQ(esp.security[0].spi.value, 0x201u);
}

TEST(Packet, LeavesOutTheHeaderOfATinyFragment) {
  const Packet packet = parsed("fragment-tiny");
  EXPECT_EQ(packet.trouble, Trouble::kNone);
  EXPECT_TRUE(packet.layers[0].ports_known);
  EXPECT_EQ(packet.layers[0].tcp_sequence, 0x01020304u);
  EXPECT_EQ(packet.layers[0].payload_offset, 0u);
}

TEST(Packet, DoesNotBlameATunnelThatAFragmentEnds) {
  EXPECT_EQ(test::text(parsed("fragment-of-tunnel")), "A>B 4 | ip C>D ah 301/9 6 nothing");
  EXPECT_TRUE(parsed("fragment-of-tunnel").layers[0].fragment);
  EXPECT_FALSE(parsed("fragment-of-tunnel").layers[1].fragment);
}

TEST(Packet, NotesALaterFragment) {
  const Layer layer = parsed("fragment-later").layers[0];
  EXPECT_EQ(layer.payload, Payload::kFragment);
  EXPECT_EQ(layer.protocol, 17);
  EXPECT_EQ(layer.fragment_offset, 200u);
  EXPECT_FALSE(layer.more_fragments || layer.ports_known);
  const Layer ipv6 = parsed("fragment6-later").layers[0];
  EXPECT_EQ(ipv6.payload, Payload::kFragment);
  EXPECT_EQ(ipv6.protocol, 51);
  EXPECT_EQ(ipv6.fragment_id, 0xabcdef01u);
  EXPECT_EQ(ipv6.fragment_offset, 96u);
  EXPECT_EQ(ipv6.fragment_data, 62u);
}

TEST(Packet, TakesAnAtomicFragmentForAWholePacket) {
  EXPECT_EQ(test::text(parsed("fragment6-atomic")), "A6>B6 6 40000:23");
  EXPECT_FALSE(parsed("fragment6-atomic").layers[0].fragment);
}

// 8 octets of a jumbo option say 70,028; the header before them says 0 (RFC 2675).
TEST(Packet, ReadsTheSizeOfAJumbogram) {
  std::vector<std::uint8_t> octets = test::from_hex(
      "6000000000000040"
      "20010db8000000000000000000000001"
      "20010db8000000000000000000000002"
      "0600c2040001118c");
  octets.resize(40 + 70'028);
  octets[48 + 12] = 0x50;
  Packet packet;
  parse_datagram(octets, 40 + 70'028, {}, packet);
  EXPECT_EQ(packet.trouble, Trouble::kNone);
  EXPECT_EQ(packet.layers[0].size, 70'068u);
  EXPECT_EQ(packet.layers[0].payload_offset, 68u);
}

TEST(Packet, ForgetsTheFrameBefore) {
  Packet packet;
  const test::Frame& first = frame("icmp-quote-ah");
  parse_frame(first.octets, first.original_size, first.link_type, {}, packet);
  const test::Frame& second = frame("raw");
  parse_frame(second.octets, second.original_size, second.link_type, {}, packet);
  EXPECT_EQ(test::text(packet), "A>B 6 40000:23");
  EXPECT_FALSE(packet.quotes || packet.has_mac);
  EXPECT_EQ(packet.security_count, 0);
}

TEST(Packet, ParsesADatagramWithoutALink) {
  const test::Frame& raw = frame("raw");
  Packet packet;
  parse_datagram(raw.octets, raw.original_size, {}, packet);
  EXPECT_EQ(test::text(packet), "A>B 6 40000:23");
  parse_datagram({}, 0, {}, packet);
  EXPECT_EQ(test::text(packet), " (malformed)");
  parse_datagram({}, 40, {}, packet);
  EXPECT_EQ(test::text(packet), " (cut short)");
}

}  // namespace
}  // namespace espy::decode
