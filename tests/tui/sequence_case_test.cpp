// The sequence view of real captures against what tshark reads in their ESP headers and what was done to them when they were made.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include <fmt/format.h>

#include "tests/tui/pictures.h"
#include "tui/view.h"

namespace espy::tui {
namespace {

using ::testing::HasSubstr;
using testing::recording;

// What a number that comes once more is, by the README of the case.
enum class Again : char { kNever = '-', kReplay = 'R', kCopy = 'D', kReset = 'B' };

struct Case {
  std::string_view name;
  std::string_view association;
  std::string_view numbers;  // tshark -Y esp.spi==… -T fields -e esp.sequence, in the order of the frames; runs are written 1-20
  Again again;
  std::string_view told = {};  // of the list below the map
};

const Case kCases[] = {
    {"replay-good", "esp 0x00001000", "1-15 5 16-20", Again::kReplay, "replayed   5\n"},
    {"replayed", "esp 0x00000200", "1-10 1-10 11-15 1", Again::kReplay, "replayed   10\n"},
    {"old-ones-again", "esp 0x00000200", "1-40 1-5", Again::kReplay, "replayed   5\n"},
    {"copy-after-10-ms", "esp 0x00000200", "1-5 5 6-10", Again::kReplay, "replayed   5\n"},
    {"copy-within-10-ms", "esp 0x00000200", "1-5 5 6-10", Again::kCopy, "duplicate  5\n"},
    {"replay-mirror", "esp 0x00001000", "1-5 5 6-20", Again::kCopy, "duplicate  5\n"},
    {"seq-reset", "esp 0x00000200", "1-20 1-10", Again::kReset, "reset      seen at "},
    {"seq-reset", "esp 0x00000201", "1-20 1-10", Again::kReset, "reset      seen at "},
    {"begun-again", "esp 0x00000200", "1-40 1-5", Again::kReset, "reset      seen at "},
    {"within-window", "esp 0x00000200", "1-8 10-40 9", Again::kNever, "late       9, 31 behind the highest\n"},
    {"beyond-window", "esp 0x00000200", "1-7 9-40 8", Again::kNever, "late       8, 32 behind the highest\n"},
    {"reordered", "esp 0x00000200", "1-11 13 12 14-31 33 32 34-39 41 40 42-48 50 49 51-80", Again::kNever},
    {"lost", "esp 0x00000200", "1-5 7-17 19 20 22-60 65 67 68 70 72-79", Again::kNever},
    {"lost-in-one-sa", "esp 0x00000200", "1-4 8-15", Again::kNever, "          5          7      3 "},
};

std::vector<std::uint64_t> numbers_of(std::string_view text) {
  std::vector<std::uint64_t> numbers;
  std::istringstream words{std::string(text)};
  for (std::string word; words >> word;) {
    const std::size_t dash = word.find('-');
    const std::uint64_t first = std::stoull(word), last = dash == std::string::npos ? first : std::stoull(word.substr(dash + 1));
    for (std::uint64_t number = first; number <= last; ++number) numbers.push_back(number);
  }
  return numbers;
}

// A letter for each number from 0 on.
std::string expected_row(const Case& one) {
  std::string row = " ";
  for (const std::uint64_t number : numbers_of(one.numbers)) {
    if (number >= row.size()) {
      row.resize(number, 'L');
      row += '#';
    } else if (row[number] == 'L') {
      row[number] = 'o';
    } else if (one.again == Again::kReset) {
      row.resize(number);
      row += '#';
    } else {
      row[number] = static_cast<char>(one.again);
    }
  }
  return row;
}

Scene scene_of(const Case& one) {
  const auto& recorded = recording({std::string(one.name)});
  Scene scene{.picture = recorded.whole(), .whole = recorded.whole(), .chronicle = *recorded.chronicle};
  scene.display.tier = Tier::kAscii;
  scene.focus = Pane::kMain;
  scene.size = {120, 80};
  for (const auto& association : scene.picture.summary.associations) {
    if (association_key(association).starts_with(one.association)) scene.subject = association_key(association);
  }
  EXPECT_FALSE(scene.subject.empty());
  return scene;
}

std::string shown(const Scene& scene) {
  Canvas canvas(120, 80);
  view(ViewId::kSequence).draw(scene, canvas, {0, 0, 120, 80});
  return canvas.text();
}

class SequenceCase : public ::testing::TestWithParam<Case> {};

TEST_P(SequenceCase, MarksWhatTsharkSees) {
  const Scene scene = scene_of(GetParam());
  const std::string text = shown(scene);
  EXPECT_THAT(text, HasSubstr("1 cell = 1, "));
  EXPECT_THAT(text, HasSubstr(fmt::format("\n          0 {}\n", expected_row(GetParam()))));
  EXPECT_THAT(text, HasSubstr(GetParam().told));
  const bool replayed = GetParam().again == Again::kReplay;
  EXPECT_EQ(view(ViewId::kSequence).headline_word(scene) == "FAIL", replayed) << "and never LEAK: nothing leaked";
}

// A number that is the highest so far is a point of its rise; the third of a run of low ones tells that the counter began again.
TEST_P(SequenceCase, FollowsTheHighestNumber) {
  const Scene scene = scene_of(GetParam());
  std::vector<std::uint64_t> rise;
  for (const std::uint64_t number : numbers_of(GetParam().numbers)) {
    const bool reset = GetParam().again == Again::kReset && number == 3;
    if (rise.empty() || number > rise.back() || reset) rise.push_back(number);
  }
  const auto& associations = scene.picture.summary.associations;
  const auto subject = std::ranges::find(associations, scene.subject, [](const auto& one) { return association_key(one); });
  const auto& detail = scene.picture.sequences.at(static_cast<std::size_t>(subject - associations.begin()));
  ASSERT_TRUE(detail.has_value());
  std::vector<std::uint64_t> points;
  for (const verdict::SequencePoint& point : detail->points) points.push_back(point.number);
  EXPECT_EQ(points, rise);
}

INSTANTIATE_TEST_SUITE_P(Captures, SequenceCase, ::testing::ValuesIn(kCases), [](const auto& each) {
  std::string name = fmt::format("{}_{}", each.param.name, each.param.association);
  std::ranges::replace_if(
      name, [](unsigned char letter) { return std::isalnum(letter) == 0; }, '_');
  return name;
});

}  // namespace
}  // namespace espy::tui
