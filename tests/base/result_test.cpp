#include "base/result.h"

#include <gtest/gtest.h>

#include "base/hash.h"
#include "base/spi.h"

namespace espy::base {
namespace {

TEST(Error, NamesThePlaceAsFarAsItIsKnown) {
  EXPECT_EQ(to_string(Error{.message = "it is wrong", .advice = {}, .file = {}}), "it is wrong");
  EXPECT_EQ(to_string(Error{.message = "it is wrong", .advice = "make it right", .file = {}}), "it is wrong; make it right");
  EXPECT_EQ(to_string(Error{.message = "it is wrong", .advice = {}, .file = "a.conf"}), "a.conf: it is wrong");
  EXPECT_EQ(to_string(Error{.message = "it is wrong", .advice = {}, .file = "a.conf", .line = 12}), "a.conf:12: it is wrong");
  EXPECT_EQ(to_string(Error{.message = "it is wrong", .advice = "make it right", .file = "a.conf", .line = 12, .column = 3}),
            "a.conf:12:3: it is wrong; make it right");
  // A place in no file is none.
  EXPECT_EQ(to_string(Error{.message = "it is wrong", .advice = {}, .file = {}, .line = 12, .column = 3}), "it is wrong");
}

TEST(Result, HoldsAValueOrAnError) {
  const Result<int> good = 3;
  const Result<int> bad = fail("no", "yes");
  EXPECT_EQ(good.value(), 3);
  ASSERT_FALSE(bad.has_value());
  EXPECT_EQ(bad.error().advice, "yes");
}

TEST(Spi, WritesEightDigitsAndKnowsTheReservedOnes) {
  EXPECT_EQ(to_string(Spi{0x201}), "0x00000201");
  EXPECT_EQ(to_string(Spi{0xffffffff}), "0xffffffff");
  EXPECT_TRUE(Spi{255}.reserved());
  EXPECT_FALSE(Spi{256}.reserved());
}

TEST(Hash, DependsOnEveryOctetAndOnTheLength) {
  std::array<std::uint8_t, 19> octets{};
  const std::uint64_t zeros = hash_bytes(octets, 1);
  for (std::uint8_t& octet : octets) {
    octet = 1;
    EXPECT_NE(hash_bytes(octets, 1), zeros);
    octet = 0;
  }
  EXPECT_NE(hash_bytes(Bytes(octets).first(18), 1), zeros);
  EXPECT_NE(hash_bytes(octets, 2), zeros);
  EXPECT_EQ(hash_seed(), hash_seed());
}

}  // namespace
}  // namespace espy::base
