// The text report against pages that were read before they were committed, and its promises: 80 columns, nothing hostile on a terminal.
#include <gtest/gtest.h>

#include <fstream>
#include <random>
#include <sstream>

#include "report/escape.h"
#include "report/report.h"
#include "report/words.h"
#include "tests/report/samples.h"

namespace espy::report {
namespace {

std::string text(const verdict::Summary& summary, TextOptions options = {}) {
  std::ostringstream out;
  write_text(summary, options, out);
  return out.str();
}

std::string golden(const std::string& name) {
  std::ifstream file(std::string(ESPY_SOURCE_DIR) + "/tests/report/data/" + name, std::ios::binary);
  EXPECT_TRUE(file.good()) << name;
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

std::vector<std::string> lines(const std::string& page) {
  std::vector<std::string> all;
  std::istringstream in(page);
  for (std::string line; std::getline(in, line);) all.push_back(line);
  return all;
}

// Code points, counted by hand: octets that do not continue one.
std::size_t code_points(const std::string& line) {
  std::size_t count = 0;
  for (const char octet : line) count += (static_cast<unsigned char>(octet) & 0xc0) != 0x80 ? 1 : 0;
  return count;
}

std::string random_text(std::mt19937& random) {
  static const std::vector<std::string> kPieces{"a",
                                                "10.0.0.1",
                                                " ",
                                                "\x1b[31m",
                                                "\n",
                                                "\t",
                                                "\xff",
                                                "\xe2\x80",
                                                "\u202e",
                                                "é",
                                                "中文",
                                                "😀",
                                                "very-long-name-without-any-space",
                                                "fd00:1234:5678:9abc:def0:1234:5678:9abc",
                                                "%",
                                                "{}",
                                                "\x01",
                                                "\x1f",
                                                "\x7f",
                                                std::string(1, '\0'),
                                                "\xc2\x9b"};
  std::string result;
  for (std::size_t left = random() % 40; left > 0; --left) result += kPieces[random() % kPieces.size()];
  return result;
}

TEST(Text, EqualsTheGoldenPages) {
  EXPECT_EQ(text(samples::good()), golden("good.txt"));
  EXPECT_EQ(text(samples::bad()), golden("bad.txt"));
  EXPECT_EQ(text(samples::empty()), golden("empty.txt"));
}

TEST(Text, StaysWithin80ColumnsWhateverItShows) {
  std::mt19937 random(20'261'121);
  for (int round = 0; round < 60; ++round) {
    verdict::Summary summary = samples::hostile(random_text(random));
    for (auto& part : summary.packets.by_class) part = random() % 2 == 0 ? 0 : std::uint64_t{random()} << (random() % 32);
    for (const auto& line : lines(text(summary, {.ascii = round % 2 == 0, .rows = round % 3u}))) EXPECT_LE(code_points(line), 80u) << line;
  }
}

TEST(Text, PutsNoControlCharacterOnTheTerminal) {
  std::mt19937 random(7);
  for (int round = 0; round < 20; ++round) {
    for (const char octet : text(samples::hostile(random_text(random) + "\x1b]0;title\x07\xc2\x9b"))) {
      EXPECT_TRUE(octet == '\n' || (static_cast<unsigned char>(octet) >= 0x20 && octet != 0x7f));
    }
    const std::string page = text(samples::hostile("\xc2\x9b\u202e\u200b"));
    for (const std::string_view hidden : {"\xc2\x9b", "\u202e", "\u200b"}) EXPECT_EQ(page.find(hidden), std::string::npos);
  }
}

TEST(Text, IsAsciiWhenAsked) {
  for (const char octet : text(samples::hostile("é中…" + std::string(200, 'x')), {.ascii = true})) {
    EXPECT_LT(static_cast<unsigned char>(octet), 0x80);
  }
}

TEST(Text, ColoursOnlyWhenAskedAndSaysTheSame) {
  const std::string plain = text(samples::bad());
  EXPECT_EQ(plain.find('\x1b'), std::string::npos);
  std::string colored = text(samples::bad(), {.color = Color::kAlways});
  EXPECT_NE(colored.find("\x1b[31m"), std::string::npos);
  for (std::size_t start = 0; (start = colored.find('\x1b')) != std::string::npos;)
    colored.erase(start, colored.find('m', start) - start + 1);
  EXPECT_EQ(colored, plain);
}

TEST(Text, ResetsColourAtTheEndOfEveryLine) {
  for (const auto& line : lines(text(samples::bad(), {.color = Color::kAlways}))) {
    const std::size_t last = line.rfind('\x1b');
    if (last == std::string::npos) continue;
    EXPECT_EQ(line.substr(last, 4), "\x1b[0m") << line;
  }
}

TEST(Text, CutsTablesAndSaysHowManyRowsAreLeft) {
  verdict::Summary summary = samples::bad();
  summary.leaks.assign(25, samples::telnet_leak());
  const std::string page = text(summary, {.rows = 10});
  EXPECT_NE(page.find("Not protected (25 flows)"), std::string::npos);
  EXPECT_NE(page.find("and 15 flows more; --rows 0 shows all"), std::string::npos);
  EXPECT_EQ(text(summary, {.rows = 0}).find("shows all"), std::string::npos);
}

TEST(Text, NamesEveryExemption) {
  EXPECT_NE(text(samples::bad()).find("exempt as neighbour-discovery: 8 packets (688 B)"), std::string::npos);
}

TEST(Line, IsOneLine) {
  std::ostringstream out;
  write_line(samples::hostile("a\nb\x1b"), out);
  EXPECT_EQ(out.str(), "violated: a\\x0ab\\x1b\n");
}

TEST(Line, DoesNotSayTheVerdictTwice) {
  std::ostringstream out;
  write_line(samples::good(), out);
  EXPECT_EQ(out.str(), "protected: all 2,408 packets that the policies cover carried AH and ESP, and every ICV verified\n");
}

TEST(Explanation, EveryPageFitsTheTerminal) {
  std::ostringstream out;
  for (const auto& entry : verdict::catalogue()) write_explanation(entry, Color::kNever, out);
  write_explanations(Color::kNever, out);
  for (const auto& line : lines(out.str())) EXPECT_LE(code_points(line), 80u) << line;
}

TEST(Words, RoundNoShareToAllOrNothing) {
  EXPECT_EQ(share(0, 5), "0 %");
  EXPECT_EQ(share(5, 5), "100 %");
  EXPECT_EQ(share(1, 1'000'000), "< 0.1 %");
  EXPECT_EQ(share(999'999, 1'000'000), "> 99.9 %");
  EXPECT_EQ(share(1, 3), "33.3 %");
  EXPECT_EQ(share(0, 0), "?");
}

TEST(Words, GroupDigitsAndChooseUnits) {
  EXPECT_EQ(count(0), "0");
  EXPECT_EQ(count(999), "999");
  EXPECT_EQ(count(1'234'567), "1,234,567");
  EXPECT_EQ(count(1, "packet"), "1 packet");
  EXPECT_EQ(count(2, "packet"), "2 packets");
  EXPECT_EQ(size_words(999), "999 B");
  EXPECT_EQ(size_words(2431), "2.4 kB");
  EXPECT_EQ(size_words(999'960), "1.0 MB");
  EXPECT_EQ(span_words(base::milliseconds(90'000)), "1 min 30 s");
  EXPECT_EQ(period(samples::moment(0), samples::moment(4'000)), "2026-11-21 20:55:13.745 to 20:55:17.745 UTC");
}

TEST(Escape, ShowsBrokenUtf8OctetByOctet) {
  EXPECT_EQ(escape("a\xff\xe2\x80z"), "a\\xff\\xe2\\x80z");
  EXPECT_EQ(escape("\xed\xa0\x80"), "\\xed\\xa0\\x80");
  EXPECT_EQ(escape("\xc0\xaf"), "\\xc0\\xaf");
  EXPECT_EQ(escape("é…"), "é…");
  EXPECT_EQ(escape("é…", Alphabet::kAscii), "\\u{e9}\\u{2026}");
  EXPECT_EQ(escape("\u202e\xc2\x9b"), "\\u{202e}\\u{9b}");
}

TEST(Escape, ShortensInTheMiddle) {
  EXPECT_EQ(shorten("abcdefghij", 10), "abcdefghij");
  EXPECT_EQ(shorten("abcdefghijk", 10), "abcde…hijk");
  EXPECT_EQ(shorten("abcdefghijk", 10, Alphabet::kAscii), "abcd...ijk");
  EXPECT_LE(columns(shorten("中中中中中中中中", 9)), 9u);
}

}  // namespace
}  // namespace espy::report
