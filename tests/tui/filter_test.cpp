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

TEST(Filter, MatchesAsWritten) {
  const Case kCases[] = {{"", true},
                         {"leak", true},
                         {"Leak icmp", true},
                         {"leak tcp", false},
                         {"state:leak", true},
                         {"state:icmp", false},
                         {"!state:leak", false},
                         {"!tcp", true},
                         {"proto:=icm", false},
                         {"proto:=ICMP", true},
                         {"pair:10.*.2", true},
                         {"pair:10.*.3", false},
                         {"proto:icm?", true},
                         {"proto:ic?", false},
                         {"packets:1000..2k", true},
                         {"packets:..1499", false},
                         {"packets:1.5k..", true},
                         {"state:1..2", false},
                         {"/^ic.p$/", true},
                         {"pair:/0\\.2$/", true},
                         {"state:/0\\.2$/", false},
                         {"!/le(a|e)k/", false},
                         {"\"syn sent\"", true},
                         {"\"sent syn\"", false},
                         {"text:\"n s\"", true},
                         {"/n s/", true},
                         {"unknown:x", false},
                         {"!unknown:x", true},
                         {"10.0.0.1", true}};
  for (const Case& one : kCases) {
    const auto filter = Filter::read(one.filter);
    ASSERT_TRUE(filter) << one.filter << ": " << filter.error().message;
    EXPECT_EQ(filter->matches(kRow), one.matches) << one.filter;
  }
}

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
