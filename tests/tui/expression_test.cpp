#include "tui/expression.h"

#include <gtest/gtest.h>

#include <random>
#include <regex>

namespace espy::tui {
namespace {

// The standard library judges the same patterns; short texts keep its backtracking harmless.
bool standard_finds(const std::string& pattern, const std::string& text) {
  return std::regex_search(text, std::regex(pattern, std::regex::ECMAScript | std::regex::icase));
}

TEST(Expression, FindsWhatTheStandardLibraryFinds) {
  const std::string kPatterns[] = {
      "",        "a",       "^a",   "b$",     "^$",    "a|b",           "ab|cd", "(ab)+", "a*b",   "a.c", "[a-c]+d",         "[^a]b",
      "a?b?c?$", "(a|b)*c", "\\d+", "\\w\\s", "a\\.b", "(a(b(c)?)?)?$", "[]a]b", "[a-]",  "(|a)b", "x|",  "^(a|ab)(c|bcd)$", "[.]",
      "(a*)*b",  "[\\d.]+:"};
  const std::string kTexts[] = {"",    "a",     "b",  "ab",         "abc", "aabb", "cd", "abab", "a.b", "ac", "abcd",
                                "AbC", "aaaac", "dd", "10.0.0.1:5", "a b", "-",    "]b", "bbb",  "cab", "x"};
  for (const std::string& pattern : kPatterns) {
    const bool legal_elsewhere = pattern != "[]a]b";
    const auto expression = Expression::read(pattern);
    ASSERT_TRUE(expression) << pattern << ": " << expression.error().message;
    for (const std::string& text : kTexts) {
      if (!legal_elsewhere) continue;
      EXPECT_EQ(expression->found_in(text), standard_finds(pattern, text)) << '/' << pattern << "/ in " << text;
    }
  }
  EXPECT_TRUE(Expression::read("[]a]b")->found_in("]b"));
}

TEST(Expression, AgreesOnRandomPatterns) {
  std::mt19937 random(11);
  const std::string_view kLetters = "abc.*+?|()^$";
  int compared = 0;
  for (int round = 0; round < 4000; ++round) {
    std::string pattern(1 + random() % 8, 'a');
    for (char& letter : pattern) letter = kLetters[random() % kLetters.size()];
    std::string text(random() % 7, 'a');
    for (char& letter : text) letter = "abc"[random() % 3];
    const auto expression = Expression::read(pattern);
    // Repeated repetitions and repeated anchors are not ECMAScript; the library refuses them or loops.
    if (!expression || std::regex_search(pattern, std::regex("[*+?][*+?]|[\\^$(][*+?]|\\(\\)"))) continue;
    ++compared;
    EXPECT_EQ(expression->found_in(text), standard_finds(pattern, text)) << '/' << pattern << "/ in " << text;
  }
  EXPECT_GT(compared, 500);
}

TEST(Expression, SaysWhatItCannotRead) {
  EXPECT_EQ(Expression::read("a)").error().message, "a ) has no ( before it");
  EXPECT_EQ(Expression::read("(a").error().message, "a ( has no )");
  EXPECT_EQ(Expression::read("[a").error().message, "a [ has no ]");
  EXPECT_EQ(Expression::read("*a").error().message, "nothing stands before *");
  EXPECT_EQ(Expression::read("a\\").error().message, "nothing stands after the last \\");
  EXPECT_EQ(Expression::read("[z-a]").error().message, "the range z-a is empty");
}

}  // namespace
}  // namespace espy::tui
