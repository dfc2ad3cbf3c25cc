// What stands in opened ESP and IPComp, against the values that went into the frames (data/make_opened.py), never espy's own.
#include "decode/esp_content.h"

#include <gtest/gtest.h>

#include <map>

#include "tests/decode/frames.h"
#include "tests/decode/opened_samples.h"
#include "tests/decode/packet_text.h"

namespace espy::decode {
namespace {

using namespace test;

TEST(EspContent, SpeaksOfTheContent) {
  const std::map<std::string, std::string> expected = {
      {"transport-tcp", "A>B esp 201/7 6 40000:23"},
      {"transport-raw", "A>B esp 201/7 6 40000:23"},
      {"transport-icmp", "A>B esp 201/7 1 8:0"},
      {"transport6-udp", "A6>B6 esp 201/7 17 40001:5900"},
      {"transport6-options", "A6>B6 esp 201/7 17 40001:5900"},
      {"dummy", "A>B esp 201/7 59"},
      {"aggfrag", "A>B esp 201/7 144 nothing"},
      {"beet-options", "A>B esp 201/7 6 40000:23"},
      {"udp-transport", "A>B udp esp 201/7 6 40000:23"},
      {"wesp-transport", "A>B wesp esp 201/7 6 40000:23"},
      {"short-tcp", "A>B esp 201/7 6 40000:23 (malformed)"},
      {"udp-tunnel", "A>B udp esp 201/7 4 | esp-tunnel C>D 6 40000:23"},
      {"tunnel", "A>B esp 201/7 4 | esp-tunnel C>D 6 40000:23"},
      {"tunnel-6in4", "A>B esp 201/7 41 | esp-tunnel A6>B6 17 40001:5900"},
      {"tunnel-4in6", "A6>B6 esp 201/7 4 | esp-tunnel C>D 6 40000:23"},
      {"tunnel-tfc", "A>B esp 201/7 4 | esp-tunnel C>D 6 40000:23"},
      {"tunnel-too-large", "A>B esp 201/7 4 | esp-tunnel C>D 6 nothing (malformed)"},
      {"tunnel-no-ip", "A>B esp 201/7 4 (malformed)"},
      {"tunnel-quote", "A>B esp 201/7 4 | esp-tunnel C>D 1 3:1 | quote D>C 6 40000:23"},
      {"ah-in-esp", "A>B esp 201/7 ah 301/9 6 40000:23"},
      {"esp-in-ah", "A>B ah 301/9 esp 201/7 6 40000:23"},
      {"esp-in-esp", "A>B esp 201/7 esp 202/7 50 opaque"},
      {"esp-in-esp-opened", "A>B esp 201/7 esp 202/7 6 40000:23"},
      {"ah-and-tunnel", "A>B ah 301/9 esp 201/7 4 | esp-tunnel C>D 6 40000:23"},
      {"ah-tunnel-in-esp", "A>B esp 201/7 ah 301/9 4 | ah-tunnel C>D 6 40000:23"},
      {"esp-in-tunnel", "A>B esp 201/7 4 | esp-tunnel C>D esp 202/7 50 opaque"},
      {"esp-in-tunnel-opened", "A>B esp 201/7 4 | esp-tunnel C>D esp 202/7 6 40000:23"},
      {"too-deep", "A>B esp 201/7 ah 301/9 ah 301/9 ah 301/9 ah 301/9 ah 301/9 ah 301/9 ah 301/9 51 nothing (too deep)"},
      {"ipcomp-in-esp", "A>B esp 201/7 ipcomp 2/0 108 compressed"},
      {"ipcomp-in-esp-opened", "A>B esp 201/7 ipcomp 2/0 6 40000:23"},
      {"ipcomp-tunnel", "A>B esp 201/7 ipcomp 2/0 4 | esp-tunnel C>D 6 40000:23"},
      {"ipcomp-alone", "A>B ipcomp 2/0 4 | esp-tunnel C>D 6 40000:23"},
      {"ipcomp-transport", "A>B ipcomp 2/0 6 40000:23"},
  };
  EXPECT_EQ(samples().size(), expected.size());
  for (const Opened& opened : samples()) {
    ASSERT_TRUE(expected.contains(opened.name)) << opened.name;
    EXPECT_EQ(test::text(parsed(opened)), expected.at(opened.name)) << opened.name;
  }
}

TEST(EspContent, CountsOffsetsInTheReadableOctets) {
  const Packet packet = parsed(sample("tunnel"));  // 14 Ethernet, 20 IPv4, 8 ESP, 20 IPv4, 20 TCP
  EXPECT_EQ(packet.security[0].next_header, 4);
  EXPECT_EQ(packet.layers[0].upper_offset, 34u);
  EXPECT_EQ(packet.layers[1].offset, 42u);
  EXPECT_EQ(packet.layers[1].size, 47u);
  EXPECT_EQ(packet.layers[1].upper_offset, 62u);
  EXPECT_EQ(packet.layers[1].payload_offset, 82u);
  EXPECT_EQ(packet.layers[1].tcp_sequence, 1000u);
  const Opened& compressed = sample("ipcomp-in-esp-opened");
  const Packet inflated = parsed(compressed);
  EXPECT_EQ(inflated.parsed_size, compressed.frame.size() + compressed.appended.size());
  EXPECT_EQ(inflated.layers[0].payload_offset, compressed.frame.size() + 20);
}

TEST(EspContent, BoundsAHeaderInsideByItsContent) {
  const Packet packet = parsed(sample("ah-in-esp"));
  EXPECT_EQ(packet.security[1].offset, 42u);
  EXPECT_EQ(packet.security[1].size, 51u);  // 12 + 12 + 27, without ESP's padding and trailer
  EXPECT_EQ(packet.security[1].captured, 51u);
  EXPECT_EQ(packet.layers[0].security_count, 2);
}

// A wrong key's content, then the right one's: nothing of the first stays.
TEST(EspContent, OpensAgain) {
  const Opened& tunnel = sample("esp-in-tunnel-opened");
  Packet packet = parsed(tunnel);
  parse_opened(tunnel.data(), {.security = 0, .next_header = 6, .offset = 42, .size = 0}, {}, packet);
  EXPECT_EQ(test::text(packet), "A>B esp 201/7 6 (malformed)");
  EXPECT_EQ(packet.layers[0].security_count, 1);
  for (const OpenedContent& content : tunnel.contents) parse_opened(tunnel.data(), content, {}, packet);
  EXPECT_EQ(test::text(packet), test::text(parsed(tunnel)));
}

TEST(EspContent, LeavesAPacketThatHasNoSuchHeader) {
  const Opened& tunnel = sample("tunnel");
  Packet packet = parsed(tunnel);
  const std::string before = test::text(packet);
  parse_opened(tunnel.frame, {.security = 1, .next_header = 4, .offset = 42, .size = 20}, {}, packet);
  EXPECT_EQ(test::text(packet), before);
}

TEST(EspContent, IsCutShortWhereTheDataEnds) {
  for (const Opened& opened : samples()) {
    Packet packet;
    parse_frame(opened.frame, static_cast<std::uint32_t>(opened.frame.size()), opened.link_type, {}, packet);
    const Packet whole = parsed(opened);
    const Octets data = opened.data();
    const OpenedContent& content = opened.contents[0];
    if (opened.contents.size() > 1 || whole.trouble != Trouble::kNone || content.next_header == 59 || content.next_header == 144) continue;
    for (std::size_t size = 0; size < content.offset + 4u; ++size) {
      Packet cut = packet;
      parse_opened(Octets(data.begin(), data.begin() + static_cast<std::ptrdiff_t>(size)), content, {}, cut);
      EXPECT_EQ(cut.trouble, Trouble::kCutShort) << opened.name << " cut at " << size;
    }
  }
}

// RFC 4303 section 2.4: a content shorter than what it claims to be is the sender's fault, at every size.
TEST(EspContent, IsMalformedWhereTheContentEnds) {
  for (const char* name : {"tunnel", "tunnel-6in4", "ah-in-esp", "esp-in-tunnel", "ipcomp-in-esp"}) {
    const Opened& opened = sample(name);
    const Octets data = opened.data();
    for (std::uint32_t size = 0; size < 4; ++size) {
      Packet packet = parsed(opened);
      OpenedContent content = opened.contents[0];
      content.size = size;
      parse_opened(data, content, {}, packet);
      EXPECT_EQ(packet.trouble, Trouble::kMalformed) << name << " of " << size;
    }
  }
}

// Every content of every sample at every size, in octets of just that size: the sanitizers look for a read beyond them.
TEST(EspContent, StaysInsideItsOctets) {
  for (const Opened& opened : samples()) {
    const Octets data = opened.data();
    for (std::uint32_t size = 0; size <= opened.contents[0].size; ++size) {
      Packet packet;
      parse_frame(opened.frame, static_cast<std::uint32_t>(opened.frame.size()), opened.link_type, {}, packet);
      OpenedContent content = opened.contents[0];
      content.size = size;
      const Octets exact(data.begin(), data.begin() + static_cast<std::ptrdiff_t>(content.offset + size));
      parse_opened(exact, content, {}, packet);
      EXPECT_NE(packet.trouble, Trouble::kCutShort) << opened.name << " of " << size;
    }
  }
}

TEST(EspTrailer, ReadsThePadding) {
  const EspTrailer padded = read_esp_trailer(Octets{0xaa, 0xbb, 1, 2, 3, 3, 6});
  EXPECT_TRUE(padded.fits);
  EXPECT_TRUE(padded.default_padding);
  EXPECT_EQ(padded.pad_size, 3);
  EXPECT_EQ(padded.next_header, 6);
  EXPECT_EQ(padded.content_size, 2u);
  const EspTrailer none = read_esp_trailer(Octets{0xaa, 0, 4});
  EXPECT_TRUE(none.fits && none.default_padding);
  EXPECT_EQ(none.content_size, 1u);
  const EspTrailer empty = read_esp_trailer(Octets{0, 59});
  EXPECT_TRUE(empty.fits);
  EXPECT_EQ(empty.next_header, 59);
  EXPECT_EQ(empty.content_size, 0u);
}

TEST(EspTrailer, TellsOtherPadding) {
  const EspTrailer zeros = read_esp_trailer(Octets{0xaa, 0, 0, 2, 6});
  EXPECT_TRUE(zeros.fits);
  EXPECT_FALSE(zeros.default_padding);
  EXPECT_EQ(zeros.content_size, 1u);
}

TEST(EspTrailer, FitsOnlyWhatIsThere) {
  EXPECT_FALSE(read_esp_trailer({}).fits);
  EXPECT_FALSE(read_esp_trailer(Octets{6}).fits);
  EXPECT_FALSE(read_esp_trailer(Octets{1, 6}).fits);
  EXPECT_TRUE(read_esp_trailer(Octets{1, 1, 6}).fits);
  EXPECT_FALSE(read_esp_trailer(Octets{1, 2, 3, 4, 6}).fits);
  Octets most(257, 0);
  most[255] = 255;
  EXPECT_TRUE(read_esp_trailer(most).fits);
}

}  // namespace
}  // namespace espy::decode
