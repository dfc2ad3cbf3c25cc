// What a right key gives is sane, what a wrong one gives is not. Plaintexts are put together as RFC 4303 section 2 draws them.
#include "verify/content.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/verify/frames.h"

namespace espy::verify {
namespace {

using namespace testing;

constexpr std::uint8_t kIcmp = 1, kIpv4 = 4, kTcp = 6, kUdp = 17, kIpv6 = 41, kGre = 47, kEspProtocol = 50, kDummy = 59, kBeet = 94,
                       kIpcomp = 108;
constexpr std::uint8_t kUnassigned = 200;

Octets echo() {
  Octets message{8, 0, 0, 0, 0, 1, 0, 1};
  put(message, filler(40));
  const std::uint16_t sum = checksum(message);
  message[2] = static_cast<std::uint8_t>(sum >> 8);
  message[3] = static_cast<std::uint8_t>(sum);
  return message;
}

enum class Padding { kDefault, kZero };

Octets padded(Octets content, std::uint8_t next_header, std::size_t pad_size, Padding padding = Padding::kDefault) {
  for (std::size_t pad = 1; pad <= pad_size; ++pad) content.push_back(padding == Padding::kZero ? 0 : static_cast<std::uint8_t>(pad));
  content.push_back(static_cast<std::uint8_t>(pad_size));
  content.push_back(next_header);
  return content;
}

bool sane(const Octets& plaintext) { return is_sane(plaintext, decode::read_esp_trailer(plaintext)); }

TEST(Content, WhatIpsecCarriesIsSane) {
  struct Case {
    const char* what;
    std::uint8_t next_header;
    Octets content;
  };
  const Case cases[] = {
      {"icmp", kIcmp, echo()},
      {"tcp", kTcp, tcp(40'000, 23, text("login: "))},
      {"tcp syn", kTcp, tcp(40'000, 23, {}, 7, 0x02)},
      {"udp", kUdp, udp(1, 53, filler(33))},
      {"ipv4", kIpv4, ipv4({}, kUdp, udp(1, 53, filler(20)))},
      {"ipv6", kIpv6, ipv6({.from = "fd00::1", .to = "fd00::2"}, kUdp, udp(1, 53, filler(20)))},
      {"esp", kEspProtocol, esp(0x301, 1)},
      {"ipcomp", kIpcomp, filler(24)},
      {"beet", kBeet, filler(24)},
  };
  for (const Case& one : cases) {
    for (const std::size_t pad_size : {0U, 1U, 2U, 13U, 200U}) {
      EXPECT_TRUE(sane(padded(one.content, one.next_header, pad_size))) << one.what << ' ' << pad_size;
    }
  }
}

TEST(Content, ADummyPacketIsSaneWithDefaultPaddingAlone) {  // RFC 4303 section 2.6
  EXPECT_TRUE(sane(padded(filler(30), kDummy, 2)));
  EXPECT_TRUE(sane(padded({}, kDummy, 0)));
  EXPECT_FALSE(sane(padded(filler(30), kDummy, 6, Padding::kZero)));
}

TEST(Content, OtherPaddingNeedsAHeaderThatSpeaksForItself) {
  EXPECT_TRUE(sane(padded(echo(), kIcmp, 6, Padding::kZero)));
  EXPECT_TRUE(sane(padded(tcp(40'000, 23, text("login: ")), kTcp, 6, Padding::kZero)));
  EXPECT_TRUE(sane(padded(udp(1, 53, filler(33)), kUdp, 6, Padding::kZero)));
  EXPECT_TRUE(sane(padded(ipv4({}, kUdp, udp(1, 53, filler(20))), kIpv4, 6, Padding::kZero)));
  EXPECT_FALSE(sane(padded(filler(24), kIpcomp, 6, Padding::kZero)));
  EXPECT_FALSE(sane(padded(esp(0x301, 1), kEspProtocol, 6, Padding::kZero)));
  EXPECT_FALSE(sane(padded({0, 0, 8, 0, 0x45}, kGre, 6, Padding::kZero)));
}

TEST(Content, AnUnknownProtocolNeedsPadding) {
  EXPECT_TRUE(sane(padded(filler(24), kUnassigned, 2)));
  EXPECT_FALSE(sane(padded(filler(24), kUnassigned, 0)));
}

TEST(Content, AHeaderThatCannotBeIsNot) {
  Octets wrong_sum = echo();
  wrong_sum[2] ^= 1;
  EXPECT_FALSE(sane(padded(wrong_sum, kIcmp, 6, Padding::kZero)));
  Octets too_long = padded(filler(8), kIpcomp, 2);
  too_long[too_long.size() - 2] = 11;  // more padding than there is
  EXPECT_FALSE(sane(too_long));
  EXPECT_FALSE(sane({}));
  EXPECT_FALSE(sane({0}));
}

// A million times what a wrong key gives. The seed is fixed, so the figure is always the same.
TEST(Content, RandomOctetsAreSaneAsSeldomAsTheHeaderSays) {
  constexpr int kPlaintexts = 1'000'000;
  std::mt19937_64 random(20'260'101);
  Octets plaintext(64);
  int passed = 0;
  for (int count = 0; count < kPlaintexts; ++count) {
    for (std::size_t start = 0; start < plaintext.size(); start += 8) {
      std::uint64_t word = random();
      for (std::size_t index = 0; index < 8; ++index, word >>= 8) plaintext[start + index] = static_cast<std::uint8_t>(word);
    }
    passed += sane(plaintext);
  }
  RecordProperty("sane", passed);
  EXPECT_LT(passed, kPlaintexts / 2'000);
  EXPECT_GT(passed, kPlaintexts / 20'000) << "the header promises too little";
}

}  // namespace
}  // namespace espy::verify
