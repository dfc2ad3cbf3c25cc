// The way from a requirement to an octet, through the views of one thing, over the capture of a telnet and a VNC session in clear.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/tui/pictures.h"
#include "tui/association_view.h"
#include "tui/rows.h"
#include "tui/view.h"

namespace espy::tui {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::recording;

Scene scene_of(const std::string& subject, const char* name = "leak-telnet") {
  const auto& recorded = recording({name});
  return {
      .picture = recorded.whole(),
      .whole = recorded.whole(),
      .chronicle = *recorded.chronicle,
      .display = {.tier = Tier::kAscii},
      .subject = subject,
      .focus = Pane::kMain,
  };
}

std::string shown(ViewId id, const Scene& scene) {
  Canvas canvas(100, 80);
  view(id).draw(scene, canvas, {0, 0, 100, 80});
  return canvas.text();
}

std::string key_with(ViewId id, const Scene& scene, std::string_view part) {
  for (const Item& item : view(id).items(scene, Pane::kMain)) {
    if (item.key.find(part) != std::string::npos) return item.key;
  }
  return "";
}

TEST(DrillDown, FromRequirementToOctets) {
  Scene scene = scene_of("r1");
  const auto to_leak = view(ViewId::kRequirement).open(scene, Pane::kMain, key_with(ViewId::kRequirement, scene, ":23 tcp"));
  ASSERT_TRUE(to_leak);
  EXPECT_EQ(to_leak->view, ViewId::kLeak);
  scene.subject = to_leak->key;
  const auto to_packet = view(ViewId::kLeak).open(scene, Pane::kMain, key_with(ViewId::kLeak, scene, "#2"));
  ASSERT_TRUE(to_packet);
  EXPECT_EQ(to_packet->view, ViewId::kPacket);
  scene.subject = to_packet->key;
  EXPECT_THAT(shown(ViewId::kPacket, scene), HasSubstr("leaked: plaintext where ESP is required"));
  EXPECT_THAT(shown(ViewId::kPacket, scene), HasSubstr("TCP"));
}

TEST(DrillDown, ALeakNamesWhatItBrokeAndWhereThatIsWritten) {
  const Scene scene = scene_of("");
  const std::string text = shown(ViewId::kLeak, scene);
  EXPECT_THAT(text, HasSubstr("setkey.conf:9"));
  EXPECT_THAT(text, HasSubstr("vnc: its packets look like it"));
  EXPECT_THAT(text, HasSubstr("RFB 003.008."));
  EXPECT_THAT(text, HasSubstr("check that the policy is loaded"));
}

TEST(DrillDown, PayloadCanBeHidden) {
  Scene scene = scene_of("");
  scene.display.payload = false;
  EXPECT_THAT(shown(ViewId::kLeak, scene), Not(HasSubstr("52 46 42 20")));
  EXPECT_THAT(shown(ViewId::kLeak, scene), Not(HasSubstr("RFB 003")));
  EXPECT_THAT(shown(ViewId::kPacket, scene), Not(HasSubstr("0000  ")));
}

TEST(DrillDown, NeighboursAreTheOtherSamplesAndLeaks) {
  Scene scene = scene_of("");
  std::string leak = leak_key(scene.picture.summary.leaks.front());
  scene.subject = leak + "#0";
  EXPECT_FALSE(view(ViewId::kPacket).beside(scene, false));
  ASSERT_TRUE(view(ViewId::kPacket).beside(scene, true));
  EXPECT_EQ(view(ViewId::kPacket).beside(scene, true)->key, leak + "#1");
  scene.subject = leak + "#7";
  EXPECT_FALSE(view(ViewId::kPacket).beside(scene, true));
  std::set<std::string> seen;
  for (std::optional<Step> step = Step{ViewId::kLeak, leak}; step; step = view(ViewId::kLeak).beside(scene, false))
    scene.subject = step->key;
  for (std::optional<Step> step = Step{ViewId::kLeak, scene.subject}; step; step = view(ViewId::kLeak).beside(scene, true)) {
    scene.subject = step->key;
    seen.insert(step->key);
  }
  EXPECT_EQ(seen.size(), 4U);
}

TEST(DrillDown, TheSelectedLayerIsMarkedInTheOctets) {
  Scene scene = scene_of("");
  const auto marked = [&](const std::string& layer) {
    scene.selected[Pane::kMain] = layer;
    Canvas canvas(100, 80);
    view(ViewId::kPacket).draw(scene, canvas, {0, 0, 100, 80});
    int cells = 0;
    for (int row = 0; row < canvas.height(); ++row) {
      const bool octets = canvas.at(row, 1).glyph == U'0' && canvas.at(row, 2).glyph == U'0';
      for (int column = 7; octets && column < 56; ++column)
        cells += canvas.at(row, column).style.reverse && canvas.at(row, column).glyph != U' ' ? 1 : 0;
    }
    return cells;
  };
  EXPECT_EQ(marked("layer 0"), 2 * 14);  // Ethernet
  EXPECT_EQ(marked("layer 1"), 2 * 20);  // IPv4 without options
}

TEST(DrillDown, TheFilterNarrowsWhatIsListed) {
  Scene scene = scene_of("r1");
  EXPECT_THAT(shown(ViewId::kRequirement, scene), HasSubstr(":5901/tcp"));
  scene.filter = *Filter::read("app:telnet");
  EXPECT_THAT(shown(ViewId::kRequirement, scene), HasSubstr(":23/tcp"));
  EXPECT_THAT(shown(ViewId::kRequirement, scene), Not(HasSubstr(":5901/tcp")));
}

TEST(DrillDown, EventsLeadToWhatTheyAreOf) {
  const Scene scene = scene_of("");
  int leaks = 0;
  for (const EventRow& row : event_rows(scene, EventOrder::kNewestLast, Narrowing::kNone)) {
    const auto step = view(ViewId::kEvents).open(scene, Pane::kMain, row.key);
    if (row.event->kind != EventKind::kLeak) continue;
    ASSERT_TRUE(step);
    EXPECT_EQ(step->view, ViewId::kLeak);
    EXPECT_NE(find_leak(scene.picture, step->key), kNowhere);
    ++leaks;
  }
  EXPECT_EQ(leaks, 4);
}

TEST(DrillDown, ThePeerOfAnAssociationGoesTheOtherWay) {
  const Scene scene = scene_of("", "opened-flows");
  EXPECT_EQ(peer_association(scene.picture, "esp 0x00002000 192.0.2.1 > 198.51.100.1"), "esp 0x00002001 198.51.100.1 > 192.0.2.1");
  EXPECT_EQ(peer_association(scene.picture, "esp 0x99999999 192.0.2.1 > 198.51.100.1"), "");
}

// What keys opened: the inner packet stands below the outer one.
TEST(DrillDown, AnOpenedPacketShowsWhatIsInside) {
  const Scene scene = scene_of("esp 0x00002001 198.51.100.1 > 192.0.2.1#0", "opened-flows");
  const std::string text = shown(ViewId::kPacket, scene);
  EXPECT_THAT(text, HasSubstr("198.51.100.1 > 192.0.2.1, ttl"));
  EXPECT_THAT(text, HasSubstr("in IPv4     10.2.0.7 > 10.1.0.5"));
  EXPECT_THAT(text, HasSubstr("[Inside, "));
}

}  // namespace
}  // namespace espy::tui
