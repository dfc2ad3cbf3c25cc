// Frames without their AH, ESP and IPComp, against the frames that Scapy makes when nobody secures them (data/make_opened.py), and link
// headers by hand from the pages of the LINKTYPE_ registry.
#include "decode/inner_frame.h"

#include <gtest/gtest.h>

#include "tests/decode/opened_samples.h"

namespace espy::decode {
namespace {

using namespace test;

std::string hex(base::Bytes octets) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t octet : octets) {
    text += kDigits[octet >> 4];
    text += kDigits[octet & 15];
  }
  return text;
}

struct Rebuilt {
  Octets octets;
  std::optional<InnerFrame> frame;
};

Rebuilt rebuild(base::Bytes link, base::Bytes data, const Packet& packet, std::size_t last) {
  Rebuilt rebuilt{.octets = Octets(link.size() + data.size() + kInnerFrameRoom), .frame = {}};
  rebuilt.frame = rebuild_inner(link, data, packet, last, rebuilt.octets);
  rebuilt.octets.resize(rebuilt.frame ? rebuilt.frame->size : 0);
  return rebuilt;
}

Rebuilt rebuild(const Opened& opened) {
  const Packet packet = parsed(opened);
  const base::Bytes link = base::Bytes(opened.frame).first(packet.layers[0].offset);
  return rebuild(link, opened.data(), packet, opened.contents.back().security);
}

TEST(InnerFrame, IsTheFrameThatNobodySecured) {
  for (const Opened& opened : samples()) {
    const Rebuilt rebuilt = rebuild(opened);
    ASSERT_TRUE(rebuilt.frame) << opened.name;
    EXPECT_EQ(hex(rebuilt.octets), hex(opened.inner)) << opened.name;
    EXPECT_EQ(rebuilt.frame->link_type, opened.link_type == base::LinkType::kEthernet ? base::LinkType::kEthernet : base::LinkType::kRaw);
  }
}

// esp-in-ah: the ESP header stays where AH alone is taken away.
TEST(InnerFrame, KeepsWhatStandsBehindTheLastRemoved) {
  const Opened& opened = sample("ah-in-esp");
  const Rebuilt without_both = rebuild(Octets(opened.frame.begin(), opened.frame.begin() + 14), opened.data(), parsed(opened), 1);
  EXPECT_EQ(hex(without_both.octets), hex(sample("transport-tcp").inner));
  const Opened& outside = sample("esp-in-ah");
  const Rebuilt without_ah = rebuild(Octets(outside.frame.begin(), outside.frame.begin() + 14), outside.data(), parsed(outside), 0);
  EXPECT_EQ(hex(without_ah.octets), hex(sample("transport-tcp").frame));
}

TEST(InnerFrame, NeedsAHeaderThatWasOpened) {
  const Opened& opened = sample("esp-in-esp");
  const Packet packet = parsed(opened);
  const base::Bytes link = base::Bytes(opened.frame).first(14);
  EXPECT_FALSE(rebuild(link, opened.frame, packet, 1).frame);
  EXPECT_FALSE(rebuild(link, opened.frame, packet, 2).frame);
  EXPECT_FALSE(rebuild(link, base::Bytes(opened.frame).first(50), packet, 0).frame);
}

TEST(InnerFrame, NeedsRoom) {
  for (const Opened& opened : samples()) {
    const Packet packet = parsed(opened);
    const base::Bytes link = base::Bytes(opened.frame).first(packet.layers[0].offset);
    const Octets data = opened.data();
    for (std::size_t size = 0; size <= opened.inner.size(); ++size) {
      Octets room(size);
      EXPECT_EQ(rebuild_inner(link, data, packet, opened.contents.back().security, room).has_value(), size == opened.inner.size());
    }
  }
}

// RFC 8200 section 4: the number of what follows stands in the last extension header.
TEST(InnerFrame, NamesTheContentInTheLastExtensionHeader) {
  const Octets header = test::from_hex("600000000043004020010db800000000000000000000000120010db8000000000000000000000002");
  const Octets hop_by_hop = test::from_hex("3c00050200000100");
  const Octets destination = test::from_hex("3200010400000000");
  const Octets esp = test::from_hex(
      "0000020100000007"
      "9c409c410009000041"
      "01020211");
  Octets data = header;
  for (const Octets& more : {hop_by_hop, destination, esp}) data.insert(data.end(), more.begin(), more.end());
  data[5] = static_cast<std::uint8_t>(data.size() - 40);
  Packet packet;
  parse_datagram(data, static_cast<std::uint32_t>(data.size()), {}, packet);
  parse_opened(data, {.security = 0, .next_header = 17, .offset = 64, .size = 9}, {}, packet);
  const Rebuilt rebuilt = rebuild({}, data, packet, 0);
  EXPECT_EQ(hex(rebuilt.octets),
            "600000000019004020010db800000000000000000000000120010db8000000000000000000000002"
            "3c00050200000100"
            "1100010400000000"
            "9c409c410009000041");
}

struct LinkCase {
  base::LinkType type;
  const char* header;
  const char* ipv4;
  const char* ipv6;
  base::LinkType written;
};

TEST(InnerFrame, KeepsTheLinkTypeWhereItCan) {
  using base::LinkType;
  const LinkCase kCases[] = {
      {LinkType::kEthernet, "02000000000b02000000000a0800", "02000000000b02000000000a0800", "02000000000b02000000000a86dd",
       LinkType::kEthernet},
      {LinkType::kEthernet, "02000000000b02000000000a8100002a0800", "02000000000b02000000000a8100002a0800",
       "02000000000b02000000000a8100002a86dd", LinkType::kEthernet},
      {LinkType::kEthernet, "02000000000b02000000000a88a80001810000020800", "02000000000b02000000000a88a80001810000020800",
       "02000000000b02000000000a88a800018100000286dd", LinkType::kEthernet},
      {LinkType::kEthernet, "02000000000b02000000000a88641100000100160021", "02000000000b02000000000a0800", "02000000000b02000000000a86dd",
       LinkType::kEthernet},
      {LinkType::kEthernet, "02000000000b02000000000a884700010140", "02000000000b02000000000a0800", "02000000000b02000000000a86dd",
       LinkType::kEthernet},
      {LinkType::kLinuxSll, "00040001000602000000000a00000800", "00040001000602000000000a00000800", "00040001000602000000000a000086dd",
       LinkType::kLinuxSll},
      {LinkType::kLinuxSll2, "08000000000000020001", "", "", LinkType::kRaw},
      {LinkType::kEthernet, "02000000000b", "", "", LinkType::kRaw},
      {LinkType::kLinuxSll2, "080000000000000200010406020000000000aabb", "080000000000000200010406020000000000aabb",
       "86dd00000000000200010406020000000000aabb", LinkType::kLinuxSll2},
      {LinkType::kNull, "02000000", "02000000", "1e000000", LinkType::kNull},
      {LinkType::kNull, "00000002", "00000002", "0000001e", LinkType::kNull},
      {LinkType::kLoop, "00000002", "00000002", "0000001e", LinkType::kLoop},
      {LinkType::kPpp, "21", "ff030021", "ff030057", LinkType::kPpp},
      {LinkType::kPppWithDirection, "01ff030021", "01ff030021", "01ff030057", LinkType::kPppWithDirection},
      {LinkType::kRaw, "", "", "", LinkType::kRaw},
      {LinkType::kIpv4, "", "", "", LinkType::kRaw},
      {LinkType::kRawOld12, "", "", "", LinkType::kRawOld12},
      {LinkType::kNflog, "02000000", "", "", LinkType::kRaw},
      {LinkType::kEnc, "020000000000020100000000", "", "", LinkType::kRaw},
  };
  for (const LinkCase& one : kCases) {
    const Octets link = test::from_hex(one.header);
    for (const char* name : {"tunnel", "tunnel-6in4"}) {
      const Opened& opened = sample(name);
      Packet packet = parsed(opened);
      packet.link_type = one.type;
      const Rebuilt rebuilt = rebuild(link, opened.data(), packet, 0);
      ASSERT_TRUE(rebuilt.frame) << one.header;
      const std::string inner = hex(opened.inner).substr(28);
      EXPECT_EQ(hex(rebuilt.octets), (name == std::string("tunnel") ? one.ipv4 : one.ipv6) + inner) << one.header;
      EXPECT_EQ(rebuilt.frame->link_type, one.written) << one.header;
    }
  }
}

}  // namespace
}  // namespace espy::decode
