// Which cell an event falls into, and what is not known: events made by hand, minutes counted by hand.
#include "tui/event_graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/tui/pictures.h"

namespace espy::tui {
namespace {

using ::testing::HasSubstr;
using verdict::Severity;

constexpr std::int64_t kMinute = 60'000'000'000;
constexpr std::int64_t kBegin = 1'795'293'000'000'000'000;

base::Time after(double minutes) { return {kBegin + static_cast<std::int64_t>(minutes * static_cast<double>(kMinute))}; }

Event event(double minutes, Severity severity) { return {.severity = severity, .time = after(minutes)}; }

std::vector<EventRow> rows_of(const std::vector<Event>& events) {
  std::vector<EventRow> rows;
  for (const Event& each : events) rows.push_back({.event = &each, .key = "", .state = State::kNote});
  return rows;
}

TEST(EventGraph, CountsMinuteByMinute) {
  const std::vector<Event> events{event(-0.5, Severity::kCritical),  event(0, Severity::kCritical), event(0.99, Severity::kCritical),
                                  event(0.5, Severity::kWarning),    event(1, Severity::kWarning),  event(1.5, Severity::kNote),
                                  event(59.999, Severity::kWarning), event(60, Severity::kCritical)};
  const auto counts = count_events(rows_of(events), {after(0), after(60)}, 60, after(0));
  ASSERT_EQ(counts.size(), 60U);
  EXPECT_EQ(counts[0].critical, 2U);
  EXPECT_EQ(counts[0].warnings, 1U);
  EXPECT_EQ(counts[1].critical, 0U);
  EXPECT_EQ(counts[1].warnings, 1U);
  EXPECT_EQ(counts[59].warnings, 1U);
  std::uint64_t all = 0;
  for (const EventCounts& count : counts) all += count.critical + count.warnings;
  EXPECT_EQ(all, 5U) << "neither notes nor what lies outside";
}

TEST(EventGraph, DoesNotKnowWhatWasBefore) {
  const auto counts = count_events({}, {after(0), after(60)}, 60, after(10.5));
  EXPECT_FALSE(counts[9].known);
  EXPECT_TRUE(counts[10].known) << "a part of it";
  EXPECT_TRUE(counts[59].known);
}

// The events of a real capture, as an interface brings them: what the title says is what the list has.
TEST(EventGraph, StandsAboveTheEventsOfALiveCapture) {
  const auto& recorded = testing::recording({"leak-telnet", true, 60});
  Scene scene{.picture = recorded.whole(), .whole = recorded.whole(), .chronicle = *recorded.chronicle};
  scene.display.tier = Tier::kAscii;
  const auto rows = event_rows(scene, EventOrder::kNewestLast, Narrowing::kAsked);
  EXPECT_TRUE(event_graph(scene, rows, 120).empty()) << "the screen is small";
  scene.size = {120, 40};
  EXPECT_EQ(event_graph(scene, rows, 120).size(), 4U);
  EXPECT_TRUE(event_graph(scene, rows, 60).empty()) << "less than a cell for each minute";
  Canvas canvas(120, 36);
  view(ViewId::kEvents).draw(scene, canvas, {0, 0, 120, 36});
  EXPECT_THAT(canvas.text(), HasSubstr("-[Events per minute]-"));
  EXPECT_THAT(canvas.text(), HasSubstr("- full bar = 6 crit, 0 warn; last 60 min -")) << "six leaks and verdicts in the one minute";
  EXPECT_THAT(canvas.text(), HasSubstr("\n crit |" + std::string(111, ' ') + "#\n")) << "of the 59 minutes before nothing is known";
}

}  // namespace
}  // namespace espy::tui
