// The whole screen with each view at each size in each tier, drawn from real captures, against the screens of tests/tui/golden, which
// people have read. ESPY_UPDATE_GOLDEN=1 writes them anew.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "tests/tui/pictures.h"
#include "tests/tui/vterm_screen.h"
#include "tui/screen.h"
#include "tui/text.h"

namespace espy::tui {
namespace {

using testing::Recording;
using testing::recording;
using testing::Showing;

constexpr Size kSizes[] = {{24, 3}, {40, 12}, {80, 24}, {120, 40}, {200, 60}};

struct TierName {
  Tier tier;
  std::string_view name;
};

constexpr TierName kTiers[] = {{Tier::kAscii, "ascii"}, {Tier::kBlock, "block"}, {Tier::kBraille, "braille"}};

// What is shown in which view: the subject is found in the picture, as a person would open it.
struct Shot {
  std::string name;  // of the golden files
  ViewId view;
  Showing showing;
  std::string (*subject)(const verdict::Picture&) = [](const verdict::Picture&) { return std::string(); };
  double cursor = -1;  // part of the file, 0 to 1; below 0: none
  bool plain = false;  // --screen-reader
};

std::string first_leak(const verdict::Picture& picture) { return leak_key(picture.summary.leaks.at(0)); }
std::string first_leak_sample(const verdict::Picture& picture) { return first_leak(picture) + "#3"; }
std::string first_requirement(const verdict::Picture& picture) { return picture.summary.requirements.at(0).id; }
std::string last_association(const verdict::Picture& picture) { return association_key(picture.summary.associations.back()); }
std::string first_association(const verdict::Picture& picture) { return association_key(picture.summary.associations.at(0)); }
std::string inner_sample(const verdict::Picture& picture) { return last_association(picture) + "#0"; }
std::string overview_name(const verdict::Picture&) { return "overview"; }

const Shot kShots[] = {
    {.name = "overview", .view = ViewId::kOverview, .showing = {"leak-telnet", true, 60}},
    {.name = "overview-file", .view = ViewId::kOverview, .showing = {"opened-flows"}},
    {.name = "requirement", .view = ViewId::kRequirement, .showing = {"leak-telnet"}, .subject = first_requirement},
    {.name = "sa", .view = ViewId::kAssociation, .showing = {"opened-flows"}, .subject = last_association},
    {.name = "leak", .view = ViewId::kLeak, .showing = {"leak-telnet"}, .subject = first_leak},
    {.name = "packet", .view = ViewId::kPacket, .showing = {"leak-telnet"}, .subject = first_leak_sample},
    {.name = "packet-opened", .view = ViewId::kPacket, .showing = {"opened-flows"}, .subject = inner_sample},
    {.name = "sequence", .view = ViewId::kSequence, .showing = {"lost"}, .subject = first_association},
    {.name = "events", .view = ViewId::kEvents, .showing = {"opened-flows"}},
    {.name = "events-live", .view = ViewId::kEvents, .showing = {"leak-telnet", true, 60}},
    {.name = "timeline", .view = ViewId::kTimeline, .showing = {"rekey"}, .cursor = 0.4},
    {.name = "timeline-live", .view = ViewId::kTimeline, .showing = {"leak-telnet", true, 60}},
    {.name = "capture", .view = ViewId::kCapture, .showing = {"opened-flows"}},
    {.name = "overview-plain", .view = ViewId::kOverview, .showing = {"leak-telnet", true, 60}, .plain = true},
    {.name = "timeline-plain", .view = ViewId::kTimeline, .showing = {"rekey"}, .plain = true},
    {.name = "help", .view = ViewId::kHelp, .showing = {"leak-telnet"}, .subject = overview_name},
};

std::shared_ptr<const verdict::Picture> picture_at(const Recording& recorded, std::optional<base::Time> cursor) {
  if (!cursor) return recorded.pictures.back();
  const auto found = std::ranges::find_if(recorded.pictures, [&](const auto& picture) { return picture->now >= *cursor; });
  return found == recorded.pictures.end() ? recorded.pictures.back() : *found;
}

std::optional<base::Time> cursor_of(const Shot& shot, const Recording& recorded) {
  if (shot.cursor < 0) return std::nullopt;
  const base::Time begin = recorded.pictures.front()->now;
  const double length = static_cast<double>((recorded.whole().now - begin).nanoseconds);
  return base::Time{begin.nanoseconds + static_cast<std::int64_t>(length * shot.cursor)};
}

// A recording as a feed: of a file, what was known at the cursor.
class RecordingFeed final : public Feed {
 public:
  explicit RecordingFeed(const Recording& recorded) : recorded_(recorded) {}
  Moment look(std::optional<base::Time> cursor) override {
    return {.picture = picture_at(recorded_, cursor), .whole = recorded_.pictures.back(), .chronicle = recorded_.chronicle.get()};
  }
  bool live() const override { return recorded_.whole().live; }
  std::string name() const override { return live() ? "eth0" : "wire.pcap"; }
  void set_interval(base::Duration) override {}
  base::Result<std::string> save_packets(const std::string&) override { return base::fail("not here"); }
  base::Result<std::string> save_report() override { return base::fail("not here"); }

 private:
  const Recording& recorded_;
};

void type(Screen& screen, std::string_view letters) {
  for (const char letter : letters) screen.press(key(letter));
}

// The whole screen, as a person sees it who opened the view.
Canvas drawn(const Shot& shot, Size size, Tier tier) {
  const Recording& recorded = recording(shot.showing);
  RecordingFeed feed(recorded);
  ScreenOptions options;
  options.settings.display.tier = tier;
  options.settings.display.plain = shot.plain;
  options.first = {shot.view, shot.subject(recorded.whole())};
  Screen screen(feed, std::move(options));
  screen.resize(size);
  screen.look(recorded.whole().now, base::Time{1'000'000'000});
  if (const auto cursor = cursor_of(shot, recorded)) {
    type(screen, ":goto " + clock_text(*cursor, true, 3));
    screen.press(Key::kEnter);
    screen.look(recorded.whole().now, base::Time{2'000'000'000});
  }
  return screen.draw().canvas;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(GoldenViews, AreAsTheyWereRead) {
  const char* asked = std::getenv("ESPY_UPDATE_GOLDEN");
  const bool update = asked != nullptr && *asked != 0;
  for (const Shot& shot : kShots) {
    for (const Size size : kSizes) {
      for (const TierName& tier : kTiers) {
        const std::string path =
            fmt::format("{}/tests/tui/golden/{}-{}x{}-{}.txt", ESPY_SOURCE_DIR, shot.name, size.width, size.height, tier.name);
        const std::string screen = drawn(shot, size, tier.tier).text();
        if (update) std::ofstream(path, std::ios::binary) << screen;
        EXPECT_EQ(screen, read_file(path)) << path;
      }
    }
  }
}

// What a terminal shows is what the canvas holds.
TEST(GoldenViews, ReachATerminalAsTheyAre) {
  ::setenv("TERM", "xterm-256color", 1);
  ::setenv("LC_ALL", "C.UTF-8", 1);
  for (const Size size : kSizes) {
    VtermScreen screen(size);
    auto terminal = open_terminal({.input = screen.slave(), .output = screen.slave(), .colour = ColourChoice::kAuto});
    ASSERT_TRUE(terminal && (*terminal)->start());
    (*terminal)->set_theme(built_in_themes().front());
    for (const Shot& shot : kShots) {
      const Canvas canvas = drawn(shot, size, Tier::kBraille);
      (*terminal)->draw(canvas, 0, 0);
      screen.settle();
      EXPECT_EQ(screen.text(), canvas.text()) << shot.name << ' ' << size.width;
    }
  }
}

}  // namespace
}  // namespace espy::tui
