// Expected moments come from `date -u -d @SECONDS`.
#include "base/time.h"

#include <gtest/gtest.h>

namespace espy::base {
namespace {

TEST(Time, WritesRfc3339WithNineDigits) {
  EXPECT_EQ(to_rfc3339({0}), "1970-01-01T00:00:00.000000000Z");
  EXPECT_EQ(to_rfc3339({1'795'294'526'178'432'000}), "2026-11-21T20:55:26.178432000Z");
  EXPECT_EQ(to_rfc3339({951'782'400'000'000'001}), "2000-02-29T00:00:00.000000001Z");
  EXPECT_EQ(to_rfc3339({4'294'967'295'999'999'999}), "2106-02-07T06:28:15.999999999Z");
}

TEST(Time, BeforeTheEpochKeepsAPositiveFraction) {
  EXPECT_EQ(to_rfc3339({-1}), "1969-12-31T23:59:59.999999999Z");
  EXPECT_EQ(to_rfc3339({-1'000'000'000}), "1969-12-31T23:59:59.000000000Z");
  EXPECT_EQ(to_rfc3339({-1'500'000'000}), "1969-12-31T23:59:58.500000000Z");
}

TEST(Time, DifferenceSaturates) {
  constexpr Time kLast{std::numeric_limits<std::int64_t>::max()};
  constexpr Time kFirst{std::numeric_limits<std::int64_t>::min() + 1};
  EXPECT_EQ((kLast - kFirst).nanoseconds, std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ((kFirst - kLast).nanoseconds, std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(Time{5} - Time{7}, Duration{-2});
  EXPECT_EQ(milliseconds(10), Duration{10'000'000});
  EXPECT_LT(milliseconds(999), seconds(1));
  EXPECT_FALSE(kNever.known());
  EXPECT_TRUE(Time{0}.known());
}

}  // namespace
}  // namespace espy::base
