#include "tui/filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace espy::tui {
namespace {

const Fields kRow = {{"state", "LEAK"}, {"pair", "10.0.0.1 > 10.0.0.2"}, {"packets", "1.5k"}, {"proto", "icmp"}, {"text", "SYN sent"}};

struct Case {
  std::string_view filter;
  bool matches;
};

class FilterMatches : public testing::TestWithParam<Case> {};

TEST_P(FilterMatches, AsWritten) {
  const auto filter = Filter::read(GetParam().filter);
  ASSERT_TRUE(filter) << filter.error().message;
  EXPECT_EQ(filter->matches(kRow), GetParam().matches) << GetParam().filter;
}

INSTANTIATE_TEST_SUITE_P(Forms, FilterMatches,
                         testing::Values(Case{"", true}, Case{"leak", true}, Case{"Leak icmp", true}, Case{"leak tcp", false},
                                         Case{"state:leak", true}, Case{"state:icmp", false}, Case{"!state:leak", false},
                                         Case{"!tcp", true}, Case{"proto:=icm", false}, Case{"proto:=ICMP", true},
                                         Case{"pair:10.*.2", true}, Case{"pair:10.*.3", false}, Case{"proto:icm?", true},
                                         Case{"proto:ic?", false}, Case{"packets:1000..2k", true}, Case{"packets:..1499", false},
                                         Case{"packets:1.5k..", true}, Case{"state:1..2", false}, Case{"/^ic.p$/", true},
                                         Case{"pair:/0\\.2$/", true}, Case{"state:/0\\.2$/", false}, Case{"!/le(a|e)k/", false},
                                         Case{"\"syn sent\"", true}, Case{"\"sent syn\"", false}, Case{"text:\"n s\"", true},
                                         Case{"/n s/", true}, Case{"unknown:x", false}, Case{"!unknown:x", true}, Case{"10.0.0.1", true}));

TEST(Filter, SaysWhatIsWrong) {
  const std::pair<std::string, std::string> kCases[] = {
      {"/ab", "no closing"},       {"/a(b/", "not a regular expression"}, {"/a{9}/", "counts"},          {"!", "needs a term"},
      {"state:", "needs a value"}, {"packets:a..b", "not a range"},       {"packets:..", "not a range"}, {"packets:9..1", "empty"},
  };
  for (const auto& [text, reason] : kCases) {
    const auto filter = Filter::read(text);
    ASSERT_FALSE(filter) << text;
    EXPECT_THAT(filter.error().message, testing::HasSubstr(reason));
  }
}

TEST(Filter, NamesTheNearestKey) {
  const std::vector<std::string> keys = {"state", "pair"};
  EXPECT_EQ(Filter::read("stat:leak", keys).error().message, "no key \"stat\"; did you mean state");
  EXPECT_EQ(Filter::read("weather:x", keys).error().message, "no key \"weather\"; keys here: state pair");
  EXPECT_TRUE(Filter::read("pair:x stat", keys));
}

// Expressions that take exponential time or unbounded stack in a backtracking matcher.
TEST(Filter, SurvivesHostileExpressions) {
  const Fields row = {{"text", std::string(100'000, 'a')}};
  for (const std::string expression :
       {"/(a*)*b/", "/(a+)+$b/", "/(a|a)*b/", "/((((((((((a*)*)*)*)*)*)*)*)*)*)b/", "/(.*)(.*)(.*)(.*)b/", "/(|a)*(|a)*b/", "/(()*)*b/"}) {
    const auto filter = Filter::read(expression);
    EXPECT_FALSE(filter && filter->matches(row)) << expression;
  }
  EXPECT_FALSE(Filter::read("/(a)\\1/")) << "a back-reference";
  EXPECT_FALSE(Filter::read("/" + std::string(100'000, '(') + "/"));
  EXPECT_FALSE(Filter::read("/" + std::string(120, '(') + "/"));
  EXPECT_FALSE(Filter::read(std::string(100'000, 'a')));
  EXPECT_TRUE(Filter::read("*a*a*a*a*a*a*a*a*b")->matches({{"text", "aaab"}}) == false);
}

TEST(Filter, ReadsShownNumbers) {
  EXPECT_EQ(shown_number("99.79%"), 99.79);
  EXPECT_EQ(shown_number("1.5k"), 1500);
  EXPECT_EQ(shown_number("2K"), 2048);
  EXPECT_EQ(shown_number("31"), 31);
  EXPECT_FALSE(shown_number("--"));
  EXPECT_FALSE(shown_number(""));
  EXPECT_FALSE(shown_number("1.2.3.4"));
}

}  // namespace
}  // namespace espy::tui
