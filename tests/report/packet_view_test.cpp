// A packet taken apart for a screen. Where each layer lies was read off `tshark -V -x` of the same octets, or counted by hand.
#include <gtest/gtest.h>

#include "report/packet_view.h"

namespace espy::report {
namespace {

std::vector<std::uint8_t> octets(std::string_view hex) {
  std::vector<std::uint8_t> made;
  for (std::size_t at = 0; at + 1 < hex.size(); at += 2)
    made.push_back(static_cast<std::uint8_t>(std::stoi(std::string(hex.substr(at, 2)), nullptr, 16)));
  return made;
}

// Frame 61 of tests/pcaps/leak-telnet: VNC says its version.
constexpr std::string_view kVnc =
    "02000000000a02000000000b0800"
    "4500004041be40004006e4f70a0000020a000001"
    "170d8b0043c47d97baddA0e6801801fe"
    "6b6000000101080a8bba775dbfd0e3f8"
    "524642203030332e3030380a";

verdict::PacketSample sample(std::vector<std::uint8_t> data) {
  verdict::PacketSample made;
  made.original_size = static_cast<std::uint32_t>(data.size());
  made.octets = std::move(data);
  return made;
}

std::string outline(const verdict::PacketSample& from) {
  std::string text;
  for (const PacketLayer& layer : packet_layers(from))
    text += (layer.inner ? "in " : "") + layer.name + ' ' + std::to_string(layer.offset) + '+' + std::to_string(layer.size) +
            (layer.is_payload ? "* " : " ");
  return text;
}

TEST(PacketLayers, OfAClearPacket) {
  const auto vnc = sample(octets(kVnc));
  EXPECT_EQ(outline(vnc), "Ethernet 0+14 IPv4 14+20 TCP 34+32 payload 66+12* ");
  const auto layers = packet_layers(vnc);
  EXPECT_EQ(layers[1].fields, "10.0.0.2 > 10.0.0.1, ttl 64, tos 0x00, length 64, next tcp");
  EXPECT_TRUE(layers[2].fields.starts_with("5901 > 35584: Flags [P.], seq 1136950679:1136950691")) << layers[2].fields;
}

TEST(PacketLayers, OfEspAndWhatIsInIt) {
  auto esp =
      sample(octets("020000000002020000000001080045000034000100004032"
                    "2661"
                    "0a000001"
                    "0a000002"
                    "0000020100000007"
                    "000102030405060708090a0b0c0d0e0f"
                    "1011121314151617"));
  EXPECT_EQ(outline(esp), "Ethernet 0+14 IPv4 14+20 ESP 34+8 encrypted 42+24* ");
  EXPECT_EQ(packet_layers(esp)[2].fields, "spi 0x00000201, sequence 7, length 32");
  esp.inner = octets(
      "4500001c00000000400166df0a0000010a000002"
      "0800f7fd00010001");
  EXPECT_EQ(outline(esp), "Ethernet 0+14 IPv4 14+20 ESP 34+8 encrypted 42+24* in IPv4 0+20 in ICMP 20+8 ");
  EXPECT_EQ(packet_line(esp), "IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 1, seq 1, length 8");
}

// The layers stay inside the octets, however many are there.
TEST(PacketLayers, OfAFrameCutAnywhere) {
  const auto whole = octets(kVnc);
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    verdict::PacketSample cut = sample({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)});
    cut.original_size = static_cast<std::uint32_t>(whole.size());
    std::size_t end = 0;
    for (const PacketLayer& layer : packet_layers(cut)) {
      EXPECT_EQ(layer.offset, end) << size;
      EXPECT_GT(layer.size, 0U) << size;
      end = layer.offset + layer.size;
    }
    EXPECT_LE(end, size);
  }
}

TEST(HexLines, AsHexdumpWritesThem) {
  const auto lines = hex_lines(octets(kVnc).size() == 78 ? octets(kVnc) : std::vector<std::uint8_t>{}, 16);
  ASSERT_EQ(lines.size(), 5U);
  EXPECT_EQ(lines[4].offset, 64U);
  EXPECT_EQ(lines[4].hex, "e3 f8 52 46 42 20 30 30  33 2e 30 30 38 0a");
  EXPECT_EQ(lines[4].text, "..RFB 003.008.");
  EXPECT_EQ(hex_column(7), 21U);
  EXPECT_EQ(hex_column(8), 25U);
}

}  // namespace
}  // namespace espy::report
