// The highest number over time, drawn from points made by hand and from a capture whose counter begins again.
#include "tui/rise_graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/tui/pictures.h"

namespace espy::tui {
namespace {

using verdict::SequenceDetail;
using verdict::SequenceEventKind;

base::Time at(std::int64_t seconds) { return {1'795'293'000'000'000'000 + seconds * 1'000'000'000}; }

std::string text_of(const std::vector<Line>& lines, int width) {
  Canvas canvas(width, static_cast<int>(lines.size()));
  draw_block(canvas, {.row = 0, .column = 0, .width = width, .height = canvas.height()}, {.head = {}, .body = lines},
             {.tier = Tier::kAscii});
  return canvas.text();
}

Display ascii() {
  Display display;
  display.tier = Tier::kAscii;
  return display;
}

TEST(RiseGraph, LiesBetweenThePoints) {
  const std::vector<verdict::SequencePoint> points{{at(0), 100}, {at(10), 200}, {at(20), 3}, {at(30), 13}};
  EXPECT_EQ(risen(points, at(-1)), 0);
  EXPECT_EQ(risen(points, at(0)), 100);
  EXPECT_EQ(risen(points, at(5)), 150);
  EXPECT_EQ(risen(points, at(19)), 200) << "a step back is no slope";
  EXPECT_EQ(risen(points, at(20)), 3);
  EXPECT_EQ(risen(points, at(25)), 8);
  EXPECT_EQ(risen(points, at(99)), 13);
}

TEST(RiseGraph, AStepBackShows) {
  SequenceDetail detail;
  detail.points = {{at(0), 1}, {at(40), 1'000}, {at(41), 1}, {at(80), 500}};
  detail.events.push_back({.kind = SequenceEventKind::kReset, .time = at(41), .before = {}, .number = 1, .count = 1, .distance = 0});
  const std::string text = text_of(rise_graph(detail, ascii(), {.width = 52, .rows = 2}), 52);
  EXPECT_EQ(text,
            "      1000 |          _..-:=++*#\n"
            "         1 |_..-:=++*###########____..---::==+++**##\n"
            "     reset |                    R\n"
            "            20:30:00            20:30:40\n");
}

TEST(RiseGraph, NothingToDrawIsNothing) {
  SequenceDetail detail;
  EXPECT_TRUE(rise_graph(detail, ascii(), {.width = 80}).empty());
  detail.points = {{at(0), 7}, {at(0), 8}};
  EXPECT_TRUE(rise_graph(detail, ascii(), {.width = 80}).empty());
}

}  // namespace
}  // namespace espy::tui
