#include "crypto/inflate.h"

#include "tests/crypto/opening.h"

namespace espy::crypto {
namespace {

// zlib.compressobj(9, zlib.DEFLATED, -15) of Python over 40 times "protected ".
const char* const kCompressed = "2b28ca2f494d2e494d512818650d021600";
constexpr std::size_t kSize = 400;

TEST(Inflater, GivesWhatWasCompressed) {
  Inflater inflater;
  Octets out(kSize);
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(inflater.inflate(hex(kCompressed), out), kSize);
    EXPECT_EQ(std::string(out.begin(), out.begin() + 20), "protected protected ");
    std::ranges::fill(out, std::uint8_t{0});
  }
}

// RFC 1951 section 3.2.4: one stored block of three octets.
TEST(Inflater, ReadsStoredBlocks) {
  Inflater inflater;
  Octets out(16);
  EXPECT_EQ(inflater.inflate(hex("01 0300 fcff 616263"), out), 3U);
  EXPECT_EQ(to_hex(base::Bytes(out).first(3)), "616263");
}

TEST(Inflater, NeverWritesPastTheRoom) {
  Inflater inflater;
  for (std::size_t room = 0; room < kSize; ++room) {
    Octets out(room);
    EXPECT_EQ(inflater.inflate(hex(kCompressed), out), std::nullopt) << room;
  }
  Octets out(kSize + 100, 0x77);
  EXPECT_EQ(inflater.inflate(hex(kCompressed), out), kSize);
  EXPECT_EQ(out[kSize], 0x77);
}

TEST(Inflater, RefusesWhatIsCutOrBroken) {
  Inflater inflater;
  Octets out(4096);
  const Octets whole = hex(kCompressed);
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_EQ(inflater.inflate(base::Bytes(whole).first(size), out), std::nullopt) << size;
  EXPECT_EQ(inflater.inflate(hex("ffffffffffff"), out), std::nullopt);
  EXPECT_EQ(inflater.inflate(hex("01 0300 fcfe 616263"), out), std::nullopt);
  EXPECT_EQ(inflater.inflate(hex("789c 0300 00000001"), out), std::nullopt) << "zlib's header is not raw DEFLATE";
  EXPECT_EQ(inflater.inflate(whole, out), kSize);
}

// An empty stream is a whole one.
TEST(Inflater, MayGiveNothing) {
  Inflater inflater;
  EXPECT_EQ(inflater.inflate(hex("0300"), {}), 0U);
}

}  // namespace
}  // namespace espy::crypto
