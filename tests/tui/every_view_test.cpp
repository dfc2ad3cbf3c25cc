// What holds for every view, whatever is shown at whatever size: it stays in its area, says where its items lie, and shows nothing that
// could reach a terminal as anything but text.
#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <set>

#include <fmt/format.h>

#include "tests/tui/pictures.h"
#include "tui/rows.h"
#include "tui/unicode.h"
#include "tui/view.h"

namespace espy::tui {
namespace {

using testing::Recording;
using testing::recording;

constexpr ViewId kViews[] = {ViewId::kOverview, ViewId::kRequirement, ViewId::kAssociation, ViewId::kLeak,    ViewId::kSequence,
                             ViewId::kPacket,   ViewId::kEvents,      ViewId::kTimeline,    ViewId::kCapture, ViewId::kHelp};
constexpr Size kSizes[] = {{1, 1}, {1, 40}, {7, 3}, {24, 1}, {24, 9}, {40, 8}, {79, 20}, {80, 2}, {80, 20}, {120, 36}, {200, 56}};

Scene scene_of(const verdict::Picture& picture, const Chronicle& chronicle) {
  return {.picture = picture, .whole = picture, .chronicle = chronicle};
}

// Every subject that a step into a view can have.
std::vector<std::string> subjects(ViewId view, const verdict::Picture& picture) {
  const verdict::Summary& summary = picture.summary;
  std::vector<std::string> keys{"x#99999999999999999999"};
  if (view == ViewId::kOverview || view == ViewId::kEvents || view == ViewId::kTimeline || view == ViewId::kCapture) return keys;
  for (const auto& requirement : summary.requirements) {
    if (view == ViewId::kRequirement) keys.push_back(requirement.id);
  }
  for (const auto& association : summary.associations) {
    const std::string key = association_key(association);
    if (view == ViewId::kAssociation || view == ViewId::kSequence) keys.push_back(key);
    if (view == ViewId::kPacket) keys.push_back(key + "#0");
  }
  for (const auto& leak : summary.leaks) {
    if (view == ViewId::kLeak) keys.push_back(leak_key(leak));
    if (view == ViewId::kPacket) keys.push_back(leak_key(leak) + "#1");
  }
  if (view == ViewId::kHelp) keys.push_back("sequence");
  constexpr std::size_t kMost = 4;
  if (keys.size() > kMost) keys.resize(kMost);
  return keys;
}

using Keys = std::set<std::pair<Pane, std::string>>;

// The area is surrounded by cells that must stay as they are.
void check_drawing(const View& shown, const Scene& scene, Size size, const Keys& known) {
  constexpr int kMargin = 2;
  Canvas canvas(size.width + 2 * kMargin, size.height + 2 * kMargin);
  for (int row = 0; row < canvas.height(); ++row) canvas.put(row, 0, std::string(static_cast<std::size_t>(canvas.width()), '~'));
  const Drawn drawn = shown.draw(scene, canvas, {kMargin, kMargin, size.width, size.height});
  for (int row = 0; row < canvas.height(); ++row) {
    for (int column = 0; column < canvas.width(); ++column) {
      const bool inside = row >= kMargin && row < kMargin + size.height && column >= kMargin && column < kMargin + size.width;
      const char32_t glyph = canvas.at(row, column).glyph;
      if (!inside && glyph != U'~') FAIL() << "cell " << row << ", " << column << " of " << size.width << "x" << size.height;
      if (glyph != 0 && cell_count(glyph) == 0) FAIL() << static_cast<std::uint32_t>(glyph);
      if (scene.display.tier == Tier::kAscii && (glyph == 0 || glyph > 0x7e)) FAIL() << "not ASCII: " << static_cast<std::uint32_t>(glyph);
    }
  }
  for (const Drawn::Line& line : drawn.lines) {
    ASSERT_TRUE(line.row >= kMargin && line.row < kMargin + size.height);
    ASSERT_TRUE(known.contains({line.pane, line.key})) << line.key;
  }
  ASSERT_TRUE(drawn.cursor_row >= kMargin && drawn.cursor_row < kMargin + size.height) << drawn.cursor_row;
}

// Opens what can be opened, copies what can be copied. Keys of all items.
Keys check_items(const View& shown, const Scene& scene) {
  Keys known;
  for (const Pane pane : shown.panes(scene)) {
    for (const Item& item : shown.items(scene, pane)) {
      EXPECT_TRUE(known.insert({pane, item.key}).second) << "twice: " << item.key;
      shown.open(scene, pane, item.key);
      shown.wireshark_filter(scene, pane, item.key);
    }
  }
  EXPECT_FALSE(shown.headline(scene).second.empty());
  return known;
}

void check_view(ViewId id, Scene scene) {
  const View& shown = view(id);
  scene.focus = shown.panes(scene).front();
  for (const std::string& subject : subjects(id, scene.picture)) {
    SCOPED_TRACE(fmt::format("{} {}", name(id), subject));
    scene.subject = subject;
    for (const Size& size : kSizes) {
      scene.size = size;
      const Keys known = check_items(shown, scene);
      scene.display.tier = size.height % 2 == 0 ? Tier::kBraille : Tier::kAscii;
      scene.display.plain = size.width == 79;
      scene.selected.clear();
      if (size.height == 8 && !known.empty()) scene.selected[scene.focus] = known.rbegin()->second;
      check_drawing(shown, scene, size, known);
      if (::testing::Test::HasFatalFailure()) return;
    }
  }
}

void check_all(const verdict::Picture& picture, const Chronicle& chronicle) {
  Scene scene = scene_of(picture, chronicle);
  for (const ViewId id : kViews) check_view(id, scene);
}

TEST(EveryView, DrawsCapturesInsideItsArea) {
  for (const char* name : {"leak-telnet", "opened-flows", "lost", "frag6-transport"}) {
    SCOPED_TRACE(name);
    const Recording& recorded = recording({name});
    check_all(recorded.whole(), *recorded.chronicle);
  }
}

TEST(EveryView, DrawsALiveCapture) {
  const Recording& recorded = recording({"leak-telnet", true, 60});
  check_all(recorded.whole(), *recorded.chronicle);
}

TEST(EveryView, DrawsWhatIsEmpty) {
  check_all({}, Chronicle());
  check_all({}, Chronicle(base::Time{0}, base::milliseconds(1)));
}

// A capture, its texts and numbers as hostile as they can be.
std::string hostile(std::size_t variant) {
  const std::string kTexts[] = {"\x1b]0;title\x07\x1b[2J",
                                "\xe2\x80\xae"
                                "desrever",
                                "\xff\xfe\xc0\x80",
                                std::string(3000, 'A'),
                                "\r\n\t\b",
                                "\xf0\x9f\x98\x80\xe4\xb8\xad",
                                "\xe2\x80\x8b\xcc\x81",
                                "a b#c#7"};
  return kTexts[variant % std::size(kTexts)] + std::to_string(variant);
}

verdict::Picture hostile_picture() {
  verdict::Picture picture = recording({"opened-flows"}).whole();
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  std::size_t variant = 0;
  verdict::Summary& summary = picture.summary;
  summary.verdict_line = hostile(variant++);
  for (auto& requirement : summary.requirements) {
    requirement.name = hostile(variant++);
    requirement.from = hostile(variant++);
    requirement.origins = {hostile(variant++), hostile(variant++)};
    requirement.packets = {kMost / 4, kMost / 4, kMost / 4, kMost / 8, kMost};
    requirement.reasons = {hostile(variant++), "leak.plaintext"};
  }
  for (auto& association : summary.associations) {
    association.source = hostile(variant++);
    association.origin = hostile(variant++);
    association.encryption = hostile(variant++);
    association.sequence.lost = kMost;
    association.packets = kMost / 2;
  }
  for (auto& leak : summary.leaks) {
    leak.application = hostile(variant++);
    leak.source = hostile(variant++);
    leak.protocol = hostile(variant++);
    leak.first = base::Time{std::numeric_limits<std::int64_t>::min() + 1};
    leak.last = base::Time{std::numeric_limits<std::int64_t>::max()};
  }
  for (auto& finding : summary.findings) finding.message = hostile(variant++);
  for (auto& source : summary.sources) source.name = hostile(variant++);
  summary.exemptions.push_back({hostile(variant++), kMost, kMost});
  for (auto& sequence : picture.sequences) {
    if (!sequence) continue;
    sequence->highest = kMost;
    sequence->events.push_back(
        {.kind = verdict::SequenceEventKind::kGap, .time = {}, .before = {}, .number = kMost - 3, .count = kMost, .distance = kMost});
  }
  picture.now = base::Time{std::numeric_limits<std::int64_t>::max()};
  return picture;
}

TEST(EveryView, SurvivesHostileTextsAndNumbers) {
  const verdict::Picture picture = hostile_picture();
  check_all(picture, *recording({"opened-flows"}).chronicle);
  check_all(picture, Chronicle());
}

// Samples of random octets, and of real frames cut and damaged.
TEST(EveryView, TakesAnyOctetsApart) {
  std::mt19937 random(7);
  verdict::Picture picture = recording({"opened-flows"}).whole();
  for (auto* all : {&picture.leak_samples, &picture.association_samples}) {
    for (auto& samples : *all) {
      for (auto& sample : samples) {
        verdict::PacketSample changed = *sample;
        changed.octets.resize(random() % (changed.octets.size() + 1));
        for (int count = 0; count < 4 && !changed.octets.empty(); ++count)
          changed.octets[random() % changed.octets.size()] ^= static_cast<std::uint8_t>(random());
        changed.inner.assign(random() % 64, static_cast<std::uint8_t>(random()));
        sample = std::make_shared<const verdict::PacketSample>(std::move(changed));
      }
    }
  }
  check_all(picture, *recording({"opened-flows"}).chronicle);
}

}  // namespace
}  // namespace espy::tui
