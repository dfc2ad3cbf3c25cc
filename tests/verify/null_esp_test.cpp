// The captures were made with real kernels; which SA has which algorithms comes from the `ip xfrm state` beside them.
#include "verify/null_esp_reading.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace espy::verify {
namespace {

using Octets = std::vector<std::uint8_t>;

std::uint32_t u16(base::Bytes bytes, std::size_t offset) { return static_cast<std::uint32_t>(bytes[offset] << 8 | bytes[offset + 1]); }
std::uint32_t u32(base::Bytes bytes, std::size_t offset) { return u16(bytes, offset) << 16 | u16(bytes, offset + 2); }

// The ESP packet in an Ethernet frame without VLAN tags and IP options, or nothing.
base::Bytes esp_of(base::Bytes frame) {
  if (frame.size() < 34) return {};
  const bool ipv4 = u16(frame, 12) == 0x0800;
  const std::size_t upper = ipv4 ? 34 : 54;
  const std::size_t end = ipv4 ? 14 + u16(frame, 16) : 54 + u16(frame, 18);
  const std::uint8_t protocol = ipv4 ? frame[23] : frame[20];
  if (end > frame.size() || (u16(frame, 12) != 0x86dd && !ipv4)) return {};
  if (protocol == 50) return frame.subspan(upper, end - upper);
  const bool encapsulated = protocol == 17 && u16(frame, upper) == 4500 && end - upper > 16 && u32(frame, upper + 8) != 0;
  return encapsulated ? frame.subspan(upper + 8, end - upper - 8) : base::Bytes{};
}

// One detector for every SPI of a classic little-endian pcap file.
std::map<std::uint32_t, NullEspDetector> detect(const std::string& capture) {
  std::ifstream file(std::string(ESPY_SOURCE_DIR) + "/tests/verify/data/" + capture + ".pcap", std::ios::binary);
  const Octets octets{std::istreambuf_iterator<char>(file), {}};
  std::map<std::uint32_t, NullEspDetector> detectors;
  for (std::size_t at = 24; at + 16 <= octets.size();) {
    const std::size_t captured =
        octets[at + 8] | static_cast<std::size_t>(octets[at + 9]) << 8 | static_cast<std::size_t>(octets[at + 10]) << 16;
    const base::Bytes esp = esp_of(base::Bytes(octets).subspan(at + 16, captured));
    if (esp.size() > 8) detectors[u32(esp, 0)].add(esp.subspan(8), true);
    at += 16 + captured;
  }
  return detectors;
}

TEST(NullEsp, RecognisesTheSasThatDoNotEncrypt) {
  struct Case {
    const char* capture;
    std::uint8_t icv_size;
    std::uint8_t iv_size;
  };
  for (const Case& one : {Case{"cipher-null-sha1", 12, 0}, Case{"esp-null-sha256", 16, 0}, Case{"aead-aes128-gmac", 16, 8}}) {
    const auto detectors = detect(one.capture);
    EXPECT_EQ(detectors.size(), 2U) << one.capture;
    for (const auto& [spi, detector] : detectors) {
      EXPECT_EQ(detector.verdict(), NullEspVerdict::kNull) << one.capture << ' ' << spi;
      EXPECT_EQ(detector.icv_size(), one.icv_size) << one.capture;
      EXPECT_EQ(detector.iv_size(), one.iv_size) << one.capture;
      EXPECT_EQ(detector.inner_protocol(), 1) << one.capture;
    }
  }
}

TEST(NullEsp, NeverMistakesCiphertext) {
  for (const char* capture : {"cipher-aes128-cbc-sha1", "aead-aes128-gcm16", "aead-chacha20poly1305", "cipher-aes128-ctr-sha1",
                              "tfc-padding", "natt-transport", "esp6-transport"}) {
    const auto detectors = detect(capture);
    EXPECT_FALSE(detectors.empty()) << capture;
    for (const auto& [spi, detector] : detectors) EXPECT_EQ(detector.verdict(), NullEspVerdict::kEncrypted) << capture << ' ' << spi;
  }
}

class Random {
 public:
  std::uint8_t octet() { return static_cast<std::uint8_t>(engine_()); }
  Octets octets(std::size_t size) {
    Octets result(size);
    std::generate(result.begin(), result.end(), [this] { return octet(); });
    return result;
  }

 private:
  std::mt19937 engine_{2406};
};

void append(Octets& target, const Octets& more) { target.insert(target.end(), more.begin(), more.end()); }

// Trailer on a 4-octet boundary (RFC 4303 section 2.4), then the ICV.
Octets wrap(Octets packet, std::uint8_t next_header, const Octets& icv) {
  const std::size_t padding = (4 - (packet.size() + 2) % 4) % 4;
  for (std::size_t octet = 1; octet <= padding; ++octet) packet.push_back(static_cast<std::uint8_t>(octet));
  packet.push_back(static_cast<std::uint8_t>(padding));
  packet.push_back(next_header);
  append(packet, icv);
  return packet;
}

// A TCP segment of one connection with an acknowledgement, PSH and a wrong checksum.
Octets make_tcp(Random& random, std::size_t payload_size) {
  Octets packet = {0xc0, 0x11, 0x01, 0xbb};
  append(packet, random.octets(8));
  append(packet, {0x50, 0x18, 0x10, 0x00});
  append(packet, random.octets(2));
  append(packet, {0, 0});
  append(packet, random.octets(payload_size));
  return packet;
}

TEST(NullEsp, RecognisesTlsInsideByItsTcpHeader) {
  Random random;
  NullEspDetector detector;
  for (std::size_t packet = 0; packet < 3; ++packet) detector.add(wrap(make_tcp(random, 1000 + 7 * packet), 6, random.octets(12)), true);
  EXPECT_EQ(detector.verdict(), NullEspVerdict::kUnsure);
  for (std::size_t packet = 0; packet < 5; ++packet) detector.add(wrap(make_tcp(random, 900 + 7 * packet), 6, random.octets(12)), true);
  EXPECT_EQ(detector.verdict(), NullEspVerdict::kNull);
  EXPECT_EQ(detector.icv_size(), 12);
  EXPECT_EQ(detector.iv_size(), 0);
  EXPECT_EQ(detector.inner_protocol(), 6);
}

TEST(NullEsp, RecognisesEveryIcvAndIvSize) {
  Random random;
  for (const std::size_t icv : {0U, 8U, 12U, 16U, 24U, 32U}) {
    for (const std::size_t iv : {0U, 8U}) {
      NullEspDetector detector;
      for (std::size_t packet = 0; packet < 12; ++packet) {
        Octets octets = random.octets(iv);
        append(octets, wrap(make_tcp(random, 101 + packet), 6, random.octets(icv)));
        detector.add(octets, true);
      }
      EXPECT_EQ(detector.verdict(), NullEspVerdict::kNull) << icv << ' ' << iv;
      EXPECT_EQ(detector.icv_size(), icv);
      EXPECT_EQ(detector.iv_size(), iv);
    }
  }
}

TEST(NullEsp, DamagedPacketsDoNotHideIt) {
  Random random;
  NullEspDetector detector;
  for (std::size_t packet = 0; packet < 9; ++packet) detector.add(random.octets(120), true);
  EXPECT_EQ(detector.verdict(), NullEspVerdict::kEncrypted);
  for (std::size_t packet = 0; packet < 40; ++packet) {
    detector.add(packet % 5 == 4 ? random.octets(120) : wrap(make_tcp(random, 100), 6, random.octets(16)), true);
  }
  EXPECT_EQ(detector.verdict(), NullEspVerdict::kNull);
}

// Ciphertext of every size, plaintext, dummies and what is between, in runs: a detector that is told what a glance saw is never of another
// mind than one that reads every packet.
TEST(NullEsp, AGlanceChangesNothing) {
  Random random;
  int null = 0, encrypted = 0;
  for (int sa = 0; sa < 400; ++sa) {
    NullEspDetector reads, glances;
    for (int packet = 0; packet < 60; ++packet) {
      const bool readable = (sa & 1) != 0 && random.octet() % 8 != 0;
      Octets octets =
          readable ? wrap(make_tcp(random, random.octet()), 6, random.octets(sa % 3 == 0 ? 12 : 16)) : random.octets(random.octet());
      if (octets.size() > 40 && random.octet() < 16) octets[octets.size() - 13] = 59;
      reads.add(octets, true);
      glances.add(octets, glance_at_endings(octets));
      ASSERT_EQ(glances.verdict(), reads.verdict()) << sa << ' ' << packet;
      ASSERT_EQ(glances.icv_size(), reads.icv_size()) << sa << ' ' << packet;
    }
    null += reads.verdict() == NullEspVerdict::kNull;
    encrypted += reads.verdict() == NullEspVerdict::kEncrypted;
  }
  EXPECT_GT(null, 50);
  EXPECT_GT(encrypted, 50);
}

// Octets that are no trailer anywhere, but for the three written before each place in turn.
TEST(NullEsp, AGlanceLooksBeforeEachSizeOfAnIcv) {
  const std::vector<std::size_t> sizes{0, 8, 12, 16, 24, 32};
  struct Ending {
    std::array<std::uint8_t, 3> octets;  // the last one before the pad length, the pad length, the next header
    Legibility legibility;
  };
  const std::vector<Ending> endings{{{200, 0, 6}, Legibility::kPerhaps}, {{2, 2, 17}, Legibility::kPerhaps},
                                    {{200, 0, 59}, Legibility::kDummy},  {{200, 9, 59}, Legibility::kDummy},
                                    {{200, 9, 6}, Legibility::kNot},     {{200, 0, 255}, Legibility::kNot}};
  for (const Ending& ending : endings) {
    for (std::size_t icv = 0; icv + 3 <= 61; ++icv) {
      Octets octets(64);
      for (std::size_t at = 0; at < octets.size(); ++at) octets[at] = static_cast<std::uint8_t>(at % 2 == 0 ? 0xa1 : 0xb2);
      std::ranges::copy(ending.octets, octets.end() - static_cast<std::ptrdiff_t>(icv + 3));
      const bool looked_at = std::ranges::find(sizes, icv) != sizes.end();
      EXPECT_EQ(glance_at_endings(octets), looked_at ? ending.legibility : Legibility::kNot) << icv << ' ' << int{ending.octets[1]};
    }
  }
}

TEST(NullEsp, DummyAndCutPacketsSayNothing) {
  Random random;
  NullEspDetector detector;
  const Octets tcp = wrap(make_tcp(random, 100), 6, random.octets(12));
  for (std::size_t packet = 0; packet < 20; ++packet) detector.add(base::Bytes(tcp).first(60), false);
  EXPECT_EQ(detector.verdict(), NullEspVerdict::kUnsure);
  for (std::size_t packet = 0; packet < 4; ++packet) {
    detector.add(wrap(make_tcp(random, 100), 6, random.octets(12)), true);
    for (std::size_t dummy = 0; dummy < 3; ++dummy) detector.add(wrap(random.octets(64), 59, random.octets(12)), true);
  }
  EXPECT_EQ(detector.verdict(), NullEspVerdict::kNull);
}

TEST(NullEsp, RandomOctetsAreEncryptedAfterEightPacketsAndStaySo) {
  Random random;
  for (std::size_t sa = 0; sa < 200; ++sa) {
    NullEspDetector detector;
    for (std::size_t packet = 0; packet < 7; ++packet) detector.add(random.octets(96), true);
    EXPECT_EQ(detector.verdict(), NullEspVerdict::kUnsure);
    std::size_t encrypted = 0;
    for (std::size_t packet = 0; packet < 500; ++packet) {
      detector.add(random.octets(28 + packet % 90), true);
      ASSERT_NE(detector.verdict(), NullEspVerdict::kNull);
      encrypted += detector.verdict() == NullEspVerdict::kEncrypted ? 1U : 0U;
    }
    EXPECT_GT(encrypted, 450U);
  }
}

TEST(NullEsp, EverySizeIsSafe) {
  for (std::size_t size = 0; size < 128; ++size) {
    NullEspDetector detector;
    for (const std::uint8_t fill : Octets{0, 1, 4, 6, 17, 41, 58, 255}) detector.add(Octets(size, fill), true);
    EXPECT_NE(detector.verdict(), NullEspVerdict::kNull) << size;
  }
}

}  // namespace
}  // namespace espy::verify
