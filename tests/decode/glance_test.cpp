// A glance says of every frame what the parser says of it, or nothing; and it does say it of the frames that most captures are made of.
#include "decode/glance.h"

#include <gtest/gtest.h>

#include <map>

#include "fuzz/glance_checks.h"
#include "tests/decode/frames.h"

namespace espy::decode {
namespace {

constexpr Ports kPorts{.encapsulation = {10'000}, .ike = {5500}};

Packet parsed(const test::Frame& frame, const Ports& ports) {
  Packet packet;
  parse_frame(frame.octets, frame.original_size, frame.link_type, ports, packet);
  return packet;
}

TEST(Glance, AgreesWithTheParserOnEveryFrameCutAndPadded) {
  int said = 0;
  for (test::Frame frame : test::built_frames()) {
    for (std::size_t size = frame.octets.size() + 3; size-- > 0;) {
      frame.octets.resize(size);
      frame.original_size = static_cast<std::uint32_t>(size);
      for (const Ports& ports : {Ports{}, kPorts}) {
        const Packet packet = parsed(frame, ports);
        said += fuzz::check_glance(frame.octets, frame.original_size, frame.link_type, ports, packet);
        said += fuzz::check_glance(frame.octets, frame.original_size + 1, frame.link_type, ports, packet);
      }
    }
  }
  EXPECT_GT(said, 50);
}

std::map<std::uint32_t, int> spis(const std::string& capture) {
  std::map<std::uint32_t, int> counts;
  const Glancer glancer{Ports{}};
  for (const test::Frame& frame : test::captured_frames(capture)) {
    Glance glance;
    fuzz::check_glance(frame.octets, frame.original_size, frame.link_type, Ports{}, parsed(frame, Ports{}));
    if (glancer.glance(frame.octets, frame.original_size, frame.link_type, glance) && glance.protocol == 50) ++counts[glance.spi.value];
  }
  return counts;
}

// The counts are tshark's, as in capture_test.cpp. What AH, GRE and cooked link layers carry is not for a glance.
TEST(Glance, SaysWhatAPlainCaptureHolds) {
  EXPECT_EQ(spis("vlan.pcap"), (std::map<std::uint32_t, int>{{0x200, 10}, {0x201, 10}}));
  EXPECT_EQ(spis("ipcomp-esp.pcap"), (std::map<std::uint32_t, int>{{0x200, 15}, {0x300, 15}}));
  EXPECT_TRUE(spis("ah-esp-ipv6.pcap").empty());
  EXPECT_TRUE(spis("ah-tunnel-sll2.pcap").empty());
}

// The counts are tshark's; every ESP packet of this capture has the form that the quickest glance speaks of.
TEST(Glance, TheQuickestSaysWhatATaggedCaptureHolds) {
  std::map<std::uint32_t, int> counts;
  for (const test::Frame& frame : test::captured_frames("vlan.pcap")) {
    EspGlance glance;
    if (glance_esp(frame.octets, frame.original_size, frame.link_type, glance)) ++counts[__builtin_bswap32(glance.spi)];
  }
  EXPECT_EQ(counts, (std::map<std::uint32_t, int>{{0x200, 10}, {0x201, 10}}));
}

// What begins anywhere in a frame, as TCP and as UDP.
TEST(Glance, TheQuickestAtTransportTellsOfWhatTheOtherDoes) {
  std::map<std::uint8_t, int> said;
  for (const Ports& ports : {Ports{}, kPorts}) {
    const Glancer glancer{ports};
    for (const test::Frame& frame : test::built_frames()) {
      for (std::size_t from = 0; from < frame.octets.size(); ++from) {
        const base::Bytes content = base::Bytes(frame.octets).subspan(from);
        for (const std::uint8_t protocol : {kTcp, kUdp}) said[protocol] += fuzz::check_transport_glance(content, protocol, glancer);
      }
    }
  }
  EXPECT_GT(said[kTcp], 50);
  EXPECT_GT(said[kUdp], 50);
}

// Ports, lengths and the size of TCP's header as RFC 768 and RFC 9293 have them.
TEST(Glance, TheQuickestAtTransportSaysThePorts) {
  const auto ports_of = [](const std::string& hex, std::uint8_t protocol) {
    TransportGlance glance;
    return glance_transport(test::from_hex(hex), protocol, glance) ? __builtin_bswap32(glance.ports) : 0;
  };
  const auto udp = [](const std::string& length) { return "9c400fa0" + length + "0000000102030405060708090a0b"; };
  const auto tcp = [](const std::string& offset) { return "9c400fa00000000100000002" + offset + "10040000000000"; };
  EXPECT_EQ(ports_of(udp("0014"), kUdp), 0x9c400fa0U);
  EXPECT_EQ(ports_of(tcp("50"), kTcp), 0x9c400fa0U);
  EXPECT_EQ(ports_of(udp("0015"), kUdp), 0U);                // longer than what is there
  EXPECT_EQ(ports_of(udp("0007"), kUdp), 0U);                // shorter than its header
  EXPECT_EQ(ports_of(udp("0013").substr(0, 38), kUdp), 0U);  // left to the other glance
  EXPECT_EQ(ports_of(tcp("60"), kTcp), 0U);                  // a header of 24 octets
  EXPECT_EQ(ports_of(tcp("40"), kTcp), 0U);                  // and of 16
  EXPECT_EQ(ports_of(tcp("50"), 1), 0U);
}

TEST(Glance, KnowsEspInUdpFromIke) {
  const auto frame = [](const std::string& port, const std::string& payload) {
    const std::string size = payload.size() / 2 + 28 == 0x34 ? "0034" : "003c";
    const std::string udp_size = size == "0034" ? "0020" : "0028";
    return test::from_hex("4500" + size + "000000004011" + "0000" + "0a0000010a000002" + "1194" + port + udp_size + "0000" + payload);
  };
  const Glancer glancer{Ports{}};
  Glance glance;
  const auto esp = frame("1194",
                         "00000200"
                         "00000007"
                         "0102030405060708090a0b0c0d0e0f10");
  ASSERT_TRUE(glancer.glance(esp, static_cast<std::uint32_t>(esp.size()), base::LinkType::kRaw, glance));
  EXPECT_TRUE(glance.in_udp);
  EXPECT_EQ(glance.spi.value, 0x200U);
  EXPECT_EQ(glance.sequence, 7U);
  const auto ike = frame("1194",
                         "00000000"
                         "0102030405060708"
                         "1112131415161718"
                         "2120220800000000");
  EXPECT_FALSE(glancer.glance(ike, static_cast<std::uint32_t>(ike.size()), base::LinkType::kRaw, glance));
}

}  // namespace
}  // namespace espy::decode
