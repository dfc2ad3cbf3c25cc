// Frames of real kernels: their AH and ESP headers as tshark counts them (-Y "ah or esp", reassembly off), and every frame cut at every
// octet.
#include <gtest/gtest.h>

#include <map>

#include "tests/decode/frames.h"

namespace espy::decode {
namespace {

using Counts = std::map<std::uint32_t, int>;

Counts count_spis(const std::string& capture) {
  Counts counts;
  for (const test::Frame& frame : test::captured_frames(capture)) {
    const Packet packet = test::parse(frame);
    EXPECT_EQ(packet.trouble, Trouble::kNone) << capture;
    for (std::size_t index = 0; index < packet.security_count; ++index) {
      if (packet.security[index].protocol != SecurityProtocol::kIpcomp) ++counts[packet.security[index].spi.value];
    }
  }
  return counts;
}

TEST(Capture, AgreesWithTsharkOnSpis) {
  const std::map<std::string, Counts> expected = {
      {"ah-tunnel-sll2.pcap", {{0x200, 15}, {0x201, 15}}}, {"ah-only-sll.pcap", {{0x200, 20}, {0x201, 18}}},
      {"vlan.pcap", {{0x200, 10}, {0x201, 10}}},           {"natt-odd-port.pcap", {{0xc0000200, 15}, {0xc0000201, 15}}},
      {"ipcomp-esp.pcap", {{0x200, 15}, {0x300, 15}}},     {"ah-esp-ipv6.pcap", {{0x200, 42}, {0x201, 42}, {0x300, 43}, {0x301, 43}}},
      {"gre-esp.pcap", {{0x200, 10}, {0x201, 10}}},
  };
  for (const auto& [capture, counts] : expected) EXPECT_EQ(count_spis(capture), counts) << capture;
}

// tshark -T fields -e vlan.id: 22 of the 30 frames carry tag 42, the others none.
TEST(Capture, AgreesWithTsharkOnTags) {
  std::map<int, int> counts;
  for (const test::Frame& frame : test::captured_frames("vlan.pcap")) ++counts[test::parse(frame).vlan];
  EXPECT_EQ(counts, (std::map<int, int>{{0, 8}, {42, 22}}));
}

// tshark -T fields -e ip.id -e ip.frag_offset -e ip.flags.mf -e esp.spi, and the same of IPv6: three fragments a datagram.
TEST(Capture, AgreesWithTsharkOnFragments) {
  const std::vector<test::Frame> ipv4 = test::captured_frames("fragments-ipv4.pcap");
  const std::vector<test::Frame> ipv6 = test::captured_frames("fragments-ipv6.pcap");
  const struct {
    const test::Frame& frame;
    std::uint32_t id, offset;
    bool more;
    std::uint32_t spi;
  } kExpected[] = {{ipv4[2], 0x880e, 0, true, 0x200},        {ipv4[3], 0x880e, 179 * 8, true, 0},   {ipv4[4], 0x880e, 358 * 8, false, 0},
                   {ipv4[5], 0xcd58, 0, true, 0x201},        {ipv6[2], 0x9a7131e0, 0, true, 0x200}, {ipv6[3], 0x9a7131e0, 181 * 8, true, 0},
                   {ipv6[4], 0x9a7131e0, 362 * 8, false, 0}, {ipv6[5], 0xe7b34ef7, 0, true, 0x201}};
  for (const auto& expected : kExpected) {
    const Packet packet = test::parse(expected.frame);
    const Layer& layer = packet.layers[0];
    EXPECT_TRUE(layer.fragment);
    EXPECT_EQ(layer.fragment_id, expected.id);
    EXPECT_EQ(layer.fragment_offset, expected.offset);
    EXPECT_EQ(layer.more_fragments, expected.more);
    EXPECT_EQ(layer.protocol, 50);
    EXPECT_EQ(packet.security_count == 0 ? 0 : packet.security[0].spi.value, expected.spi);
  }
}

bool same_headers(const Packet& left, const Packet& right) {
  if (left.layer_count != right.layer_count || left.security_count != right.security_count) return false;
  for (std::size_t index = 0; index < left.layer_count; ++index) {
    const Layer& a = left.layers[index];
    const Layer& b = right.layers[index];
    if (a.source != b.source || a.destination != b.destination || a.protocol != b.protocol || a.payload != b.payload) return false;
    if (a.ports_known != b.ports_known || a.source_port != b.source_port || a.destination_port != b.destination_port) return false;
  }
  for (std::size_t index = 0; index < left.security_count; ++index) {
    if (left.security[index].spi != right.security[index].spi || left.security[index].size != right.security[index].size) return false;
  }
  return left.non_ip == right.non_ip;
}

// The capture ended early: the same headers, or cut_short, and never a word against the sender.
void expect_cuts(const test::Frame& frame, const Ports& ports) {
  const Packet whole = test::parse(frame, ports);
  for (std::size_t size = 0; size < frame.octets.size(); ++size) {
    Packet cut;
    parse_frame(base::Bytes(frame.octets).first(size), frame.original_size, frame.link_type, ports, cut);
    if (cut.trouble == Trouble::kCutShort) {
      EXPECT_LE(cut.layer_count, whole.layer_count) << frame.name << " cut at " << size;
      EXPECT_LE(cut.security_count, whole.security_count) << frame.name << " cut at " << size;
      continue;
    }
    EXPECT_EQ(cut.trouble, whole.trouble) << frame.name << " cut at " << size;
    EXPECT_TRUE(same_headers(cut, whole)) << frame.name << " cut at " << size;
  }
}

// The sender's frame ended early: no out-of-bounds access (the sanitizers watch), never cut_short.
void expect_ends(const test::Frame& frame, const Ports& ports) {
  const bool log = frame.link_type == base::LinkType::kNflog;
  for (std::size_t size = 0; size < frame.octets.size(); ++size) {
    const std::vector<std::uint8_t> octets(frame.octets.begin(), frame.octets.begin() + static_cast<std::ptrdiff_t>(size));
    Packet packet;
    parse_frame(octets, static_cast<std::uint32_t>(size), frame.link_type, ports, packet);
    EXPECT_TRUE(log || packet.trouble != Trouble::kCutShort) << frame.name << " ended at " << size;
  }
}

TEST(Capture, CutsBuiltFramesAtEveryOctet) {
  constexpr Ports kConfigured{.encapsulation = {10'000}, .ike = {5500}};
  for (const test::Frame& frame : test::built_frames()) {
    expect_cuts(frame, kConfigured);
    expect_ends(frame, kConfigured);
  }
}

TEST(Capture, CutsRealFramesAtEveryOctet) {
  for (const char* capture : {"ah-tunnel-sll2.pcap", "ah-only-sll.pcap", "vlan.pcap", "natt-odd-port.pcap", "ipcomp-esp.pcap",
                              "ah-esp-ipv6.pcap", "gre-esp.pcap", "fragments-ipv4.pcap", "fragments-ipv6.pcap"}) {
    for (const test::Frame& frame : test::captured_frames(capture)) {
      expect_cuts(frame, {});
      expect_ends(frame, {});
    }
  }
}

}  // namespace
}  // namespace espy::decode
