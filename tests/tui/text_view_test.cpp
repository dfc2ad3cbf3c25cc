// Numbers, times and words in narrow columns.
#include <gtest/gtest.h>

#include "tui/text.h"
#include "tui/words.h"

namespace espy::tui {
namespace {

constexpr base::Time kMoment{1'795'293'065'004'118'000};  // 2026-11-21T20:31:05.004118Z by `date -u -d @1795293065`

TEST(Text, RatesFitSixCells) {
  const std::pair<double, std::string_view> kCases[] = {
      {0, "0"},       {0.04, "<0.1"},    {3.1, "3.1"},      {9.94, "9.9"},     {9.96, "10"},      {812, "812"},        {999.4, "999"},
      {1500, "1.5k"}, {41'000, "41.0k"}, {99'949, "99.9k"}, {123'456, "123k"}, {999'600, "1.0M"}, {2'340'000, "2.3M"}, {1e12, "1.0T"}};
  for (const auto& [rate, text] : kCases) EXPECT_EQ(rate_text(rate), text) << rate;
}

TEST(Text, CountsKeepTheirDigitsUpToAMillion) {
  EXPECT_EQ(count_text(0), "0");
  EXPECT_EQ(count_text(999'999), "999999");
  EXPECT_EQ(count_text(1'000'000), "1.0M");
  EXPECT_EQ(count_text(18'446'744'073'709'551'615U), "18.4E");
  EXPECT_EQ(size_text(392), "392");
  EXPECT_EQ(size_text(4'200), "4.2K");
  EXPECT_EQ(size_text(811'200'000), "811M");
}

TEST(Text, SharesAreNeverRoundedToWhole) {
  EXPECT_EQ(percent_text(0, 0), "--");
  EXPECT_EQ(percent_text(9'979, 10'000), "99.79");
  EXPECT_EQ(percent_text(999'999'999, 1'000'000'000), "99.99");
  EXPECT_EQ(percent_text(10, 10), "100.00");
}

TEST(Text, TimesInUtc) {
  EXPECT_EQ(clock_text(kMoment, true), "20:31:05");
  EXPECT_EQ(clock_text(kMoment, true, 3), "20:31:05.004");
  EXPECT_EQ(date_text(kMoment, true, 6), "2026-11-21 20:31:05.004118Z");
  EXPECT_EQ(clock_text(base::kNever, true), "--:--:--");
  EXPECT_EQ(date_text({-1}, true, 9), "1969-12-31 23:59:59.999999999Z");
}

TEST(Text, TimesOfThePlace) {
  ::setenv("TZ", "IST-5:30", 1);
  ::tzset();
  EXPECT_EQ(date_text(kMoment, false), "2026-11-22 02:01:05+05:30");
  ::setenv("TZ", "UTC0", 1);
  ::tzset();
}

TEST(Text, SpansAndAges) {
  EXPECT_EQ(age_text(base::seconds(2465)), "00:41:05");
  EXPECT_EQ(age_text(base::seconds(3 * 86'400 + 4 * 3600 + 12 * 60)), "3d 04:12");
  EXPECT_EQ(span_text({870'000}), "870 us");
  EXPECT_EQ(span_text(base::milliseconds(3)), "3 ms");
  EXPECT_EQ(span_text(base::seconds(12)), "12 s");
  EXPECT_EQ(span_text(base::seconds(300)), "5 min");
  EXPECT_EQ(span_text(base::seconds(7'500)), "2 h 05 min");
}

TEST(Text, WrapsAtSpaces) {
  EXPECT_EQ(wrap("one two three", 7), (std::vector<std::string>{"one two", "three"}));
  EXPECT_EQ(wrap("unbreakable", 4), (std::vector<std::string>{"unbreakable"}));
  EXPECT_EQ(wrap("", 4), (std::vector<std::string>{""}));
  EXPECT_EQ(wrap("漢字 漢字", 5), (std::vector<std::string>{"漢字", "漢字"}));  // two cells each
}

TEST(Words, FlowsNameBothEnds) {
  EXPECT_EQ(flow_words(FlowEnds{"10.0.0.1", "10.0.0.2", "tcp", 49'822, 5432}), "10.0.0.1:49822 > 10.0.0.2:5432/tcp");
  EXPECT_EQ(flow_words(FlowEnds{"10.0.0.1", "10.0.0.2", "icmp", {}, {}}), "10.0.0.1 > 10.0.0.2 icmp");
  EXPECT_EQ(flow_words(FlowEnds{"fd00::1", "fd00::2", "udp", 53, 53}), "[fd00::1]:53 > [fd00::2]:53/udp");
}

TEST(Words, AGuessByPortAloneIsMarked) {
  EXPECT_EQ(application_words("pgsql", "content"), "pgsql");
  EXPECT_EQ(application_words("ssh", "port"), "ssh?");
  EXPECT_EQ(application_words("", ""), "-");
}

TEST(Words, OriginsWithoutFolders) { EXPECT_EQ(short_origin("/etc/ipsec-tools.d/setkey.conf:12"), "setkey.conf:12"); }

}  // namespace
}  // namespace espy::tui
