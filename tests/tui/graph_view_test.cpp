// Series as rows of glyphs, drawn by hand.
#include <gtest/gtest.h>

#include "tui/graph.h"
#include "tui/table.h"

namespace espy::tui {
namespace {

constexpr base::Time kBegin{1'795'291'200'000'000'000};  // 2026-11-21T20:00:00Z

Series series(std::vector<std::uint64_t> encrypted, std::vector<std::uint64_t> clear = {}) {
  Series made{.begin = kBegin, .step = base::seconds(1), .slices = {}};
  for (std::size_t index = 0; index < encrypted.size(); ++index)
    made.slices.push_back({.encrypted = encrypted[index], .clear = index < clear.size() ? clear[index] : 0});
  return made;
}

std::vector<std::string> glyphs(const std::vector<Line>& lines) {
  std::vector<std::string> rows;
  for (const Line& line : lines) rows.push_back(line.spans.empty() ? "" : line.spans.back().text);
  return rows;
}

TEST(Graph, BarsRiseWithTheRate) {
  EXPECT_EQ(rate_bars(resample(series({0, 1, 2, 3, 4, 5, 6, 7, 8}), 9), Tier::kAscii), "__.-:=+*#");
  EXPECT_EQ(rate_bars(resample(series({0, 1, 4, 8}), 4), Tier::kBlock), "▁▁▄█");
}

// One packet among millions must still be seen.
TEST(Graph, TheSmallestRateIsVisible) {
  const auto cells = resample(series({1, 0, 10'000'000}), 3);
  EXPECT_EQ(rate_bars(cells, Tier::kBlock), "▁▁█");
  std::vector<std::uint64_t> many(600, 1'000), one(600, 0);
  one[300] = 1;
  const std::string marks = clear_marks(resample(series(many, one), 60), Tier::kAscii);
  EXPECT_EQ(marks, std::string(30, '_') + "!" + std::string(29, '_'));
}

TEST(Graph, MergesAndRepeatsSlices) {
  const auto merged = resample(series({2, 4, 6, 8}), 2);
  EXPECT_DOUBLE_EQ(merged[0].encrypted, 3);
  EXPECT_DOUBLE_EQ(merged[1].encrypted, 7);
  const auto repeated = resample(series({1, 3}), 5);
  EXPECT_DOUBLE_EQ(repeated[2].encrypted, 1);
  EXPECT_DOUBLE_EQ(repeated[3].encrypted, 3);
  EXPECT_TRUE(resample(series({}), 5)[0].known == false);
}

TEST(Graph, ARekeyIsMarkedOnceHoweverWideItsSliceIs) {
  Series one = series({1, 1, 1});
  one.slices[1].rekey = true;
  EXPECT_EQ(rekey_marks(resample(one, 9), Tier::kAscii, Ground::kBlank), "   R     ");
}

TEST(Graph, FillsItsHeightAndTellsItsScale) {
  const Display display{.tier = Tier::kAscii};
  const auto lines = rate_graph(series({0, 8, 16}, {0, 0, 3}), display, {.width = 13, .height = 4, .cursor = {}});
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_EQ(glyphs(lines)[0], "  #");
  EXPECT_EQ(glyphs(lines)[1], " ##");
  EXPECT_EQ(glyphs(lines)[2], "  !");
  EXPECT_EQ(lines[0].spans[0].text, "enc 16");
  EXPECT_EQ(lines[2].spans[0].text, "clr 3.0");
}

TEST(Graph, BrailleHoldsTwoSlicesACell) {
  const Display display{.tier = Tier::kBraille};
  const auto lines = rate_graph(series({4, 2, 1, 4}), display, {.width = 12, .height = 3, .cursor = {}});
  EXPECT_EQ(glyphs(lines)[0], "⣧⣸");  // 4 and 2, 1 and 4 of four dots
}

TEST(Graph, ZoomHalvesWhatIsShownAroundTheCursor) {
  Series one = series(std::vector<std::uint64_t>(64, 1));
  const Series part = part_of(one, base::Time{kBegin.nanoseconds + 20'500'000'000}, 2);
  EXPECT_EQ(part.slices.size(), 16U);
  EXPECT_EQ(part.begin.nanoseconds, kBegin.nanoseconds + 12'000'000'000);
  EXPECT_EQ(part_of(one, std::nullopt, 1).begin.nanoseconds, kBegin.nanoseconds + 32'000'000'000);
  EXPECT_EQ(part_of(one, std::nullopt, 30).slices.size(), 8U);
}

TEST(Graph, KnowsTheCellOfAMoment) {
  const Series one = series({1, 1, 1, 1});
  EXPECT_EQ(cell_of(one, {kBegin.nanoseconds + 2'000'000'000}, 8), 4);
  EXPECT_EQ(cell_of(one, {kBegin.nanoseconds + 4'000'000'000}, 8), 7);
  EXPECT_EQ(cell_of(one, {kBegin.nanoseconds - 1}, 8), std::nullopt);
}

Table people() {
  Table table({{"NAME", 4, 12}, {"AGE", 3, 0, 1, Align::kRight, "age"}, {"TOWN", 6, 0, 2}});
  table.add({"a", State::kOk, {{"Ada Lovelace"}, {"36"}, {"London"}}});
  table.add({"b", State::kLeak, {{"Emmy"}, {"53"}, {"Erlangen"}}});
  return table;
}

std::string shown(const Line& line, int width) {
  Canvas canvas(width, 1);
  for (const Span& span : line.spans) canvas.put(0, span.column, span.end, span.text, span.style);
  return canvas.text();
}

TEST(Table, AlignsItsColumns) {
  const Table table = people();
  const auto lines = table.lines({.tier = Tier::kAscii}, 28, 0);
  EXPECT_EQ(shown(table.head(28, 0), 28), "   NAME         AGE TOWN\n");
  EXPECT_EQ(shown(lines[0], 28), " + Ada Lovelace  36 London\n");
  EXPECT_EQ(shown(lines[1], 28), " X Emmy          53 Erlan~\n");
}

TEST(Table, LeavesOutWhatMattersLeast) {
  const Table table = people();
  EXPECT_EQ(shown(table.head(17, 0), 17), "   NAME       AGE\n");
  EXPECT_EQ(shown(table.lines({.tier = Tier::kAscii}, 10, 0)[0], 10), " + Ada Lo~\n");
}

TEST(Table, HidesAndScrollsColumnsThatMayGo) {
  Table table = people();
  EXPECT_EQ(shown(table.head(28, 1), 28), "   NAME         TOWN\n");
  table.hide({"age"});
  EXPECT_EQ(shown(table.head(28, 0), 28), "   NAME         TOWN\n");
}

}  // namespace
}  // namespace espy::tui
