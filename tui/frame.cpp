#include "tui/frame.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "tui/text.h"

namespace espy::tui {
namespace {

Role role_of(State state) {
  constexpr Role kRoles[] = {Role::kLeak, Role::kWarn, Role::kNone, Role::kOk, Role::kAcked, Role::kText};
  return kRoles[static_cast<std::size_t>(state)];
}

std::string interval_words(base::Duration interval) {
  const double seconds = static_cast<double>(interval.nanoseconds) / 1e9;
  return seconds < 1 ? fmt::format("{:.2f}s", seconds) : fmt::format("{:.1f}s", seconds);
}

std::string mode_words(const FrameFacts& facts) {
  if (facts.frozen) return fmt::format("FROZEN {} {}", span_text(*facts.frozen), facts.feed);
  return fmt::format("{} {}", facts.live ? "LIVE" : "OFFLINE", facts.feed);
}

std::string clock_words(const FrameFacts& facts, int width) {
  if (!facts.clock.known()) return "";
  if (width < 60) return clock_text(facts.clock, facts.display->utc) + (facts.display->utc ? "Z" : "");
  std::string words = date_text(facts.clock, facts.display->utc);
  if (facts.live && facts.display->layout.wide(width)) words += "  refresh";
  if (facts.live) words += "  " + interval_words(facts.interval);
  return words;
}

// What does not fit gives way: the steps before the last one, the capture filter, then whatever is at the right.
std::string left_words(const FrameFacts& facts, int width) {
  const std::string head = fmt::format(" espy  {}", mode_words(facts));
  std::string steps, tail;
  for (const std::string& step : facts.path) steps += " > " + step;
  if (!facts.playing.empty()) tail += "  " + facts.playing;
  if (!facts.filter.empty()) tail += "  filter: " + facts.filter;
  if (width_of(head + steps + tail) > width && facts.path.size() > 1) steps = " > .. > " + facts.path.back();
  if (!facts.bpf.empty() && width_of(head + steps + tail + facts.bpf) + 7 <= width) tail += "  bpf: " + facts.bpf;
  return shorten(head + steps + tail, std::max(width, 0));
}

void draw_first(Canvas& canvas, const FrameFacts& facts) {
  const std::string clock = clock_words(facts, canvas.width());
  const int begin = canvas.width() - width_of(clock) - 1;
  const Style style{.role = Role::kTitle, .reverse = facts.frozen.has_value()};
  canvas.put(0, 0, left_words(facts, begin - 1), style);
  canvas.put(0, std::max(begin, 0), clock, {});
}

// "✗ VIOLATED  1 of 5 …": the sign and the word carry the state, whatever the colours.
void draw_verdict(Canvas& canvas, const FrameFacts& facts, int row, const std::string& tail) {
  const Style style{.role = role_of(facts.state), .bold = true};
  const std::string head = fmt::format(" {} {} ", sign(facts.state, facts.display->tier), facts.word);
  const int column = canvas.put(row, 0, head, style) + 1;
  const int end = canvas.width() - (tail.empty() ? 0 : width_of(tail) + 2);
  canvas.put(row, column, shorten(facts.sentence, std::max(end - column, 0)), {});
  if (!tail.empty()) canvas.put(row, std::max(end + 1, column), tail, {.role = role_of(facts.health->state)});
}

void draw_keys(Canvas& canvas, const FrameFacts& facts) {
  const int row = canvas.height() - 1;
  canvas.put(row, 0, hint_line(facts.view, *facts.keymap, facts.path.empty(), canvas.width()), {.role = Role::kKey});
}

// The one that has leaked most, or else the worst.
const verdict::RequirementSummary* worst(const verdict::Summary& summary) {
  const auto found = std::ranges::max_element(summary.requirements, {}, [](const verdict::RequirementSummary& requirement) {
    return std::pair(requirement.verdict, requirement.packets.leaked);
  });
  return found == summary.requirements.end() ? nullptr : &*found;
}

std::string worst_words(const verdict::Summary& summary) {
  const verdict::RequirementSummary* requirement = worst(summary);
  if (requirement == nullptr) return " no requirement";
  const verdict::ClassCounts& packets = requirement->packets;
  const std::uint64_t good = packets.protected_ + packets.unverified;
  return fmt::format(" {} {}% {} clr", shorten(requirement->name, 10), percent_text(good, good + packets.leaked + packets.forged),
                     count_text(packets.leaked));
}

void draw_three_lines(Canvas& canvas, const FrameFacts& facts) {
  const verdict::Picture& picture = *facts.picture;
  const auto violated =
      std::ranges::count(picture.summary.requirements, verdict::Verdict::kViolated, &verdict::RequirementSummary::verdict);
  const std::string clock = clock_words(facts, canvas.width());
  const std::string first =
      fmt::format(" {} {} {}/{}", sign(facts.state, facts.display->tier), facts.word, violated, picture.summary.requirements.size());
  const int begin = canvas.width() - width_of(clock) - 1;
  const int end = canvas.put(0, 0, first, {.role = role_of(facts.state), .bold = true});
  if (begin > end) canvas.put(0, begin, clock, {});
  canvas.put(1, 0, shorten(facts.path.empty() ? worst_words(picture.summary) : " " + facts.sentence, canvas.width()), {});
  canvas.put(2, 0, shorten(fmt::format(" {}  ? help q quit", health_word(*facts.health)), canvas.width()),
             {.role = role_of(facts.health->state)});
  if (canvas.height() >= 4) canvas.put(3, 0, left_words(facts, canvas.width()), {.role = Role::kDim});
}

}  // namespace

Area body_area(Size size, const Layout& layout) {
  if (size.height < layout.three_lines_below) return {.row = 0, .column = 0, .width = size.width, .height = 0};
  const int head = size.height < layout.merge_health_below ? 2 : 3;
  return {.row = head, .column = 0, .width = size.width, .height = size.height - head - 1};
}

void draw_frame(Canvas& canvas, const FrameFacts& facts) {
  if (canvas.height() < facts.display->layout.three_lines_below) return draw_three_lines(canvas, facts);
  draw_first(canvas, facts);
  if (canvas.height() < facts.display->layout.merge_health_below) {
    draw_verdict(canvas, facts, 1, health_word(*facts.health));
  } else {
    draw_verdict(canvas, facts, 1, "");
    canvas.put(2, 0, health_line(*facts.health, *facts.picture, *facts.display, canvas.width()), {.role = role_of(facts.health->state)});
  }
  draw_keys(canvas, facts);
}

std::string hint_line(ViewId view, const Keymap& keymap, bool root, int width) {
  std::vector<std::string> words;
  const auto offered = hints(view);
  for (const Action action : offered) {
    if ((action == Action::kBack && root) || keymap.keys(action).empty()) continue;
    words.push_back(fmt::format("{} {}", keymap.shown(action), facts(action).label));
  }
  const auto length = [&] {
    int sum = 1;
    for (const std::string& word : words) sum += width_of(word) + 2;
    return sum - 2;
  };
  // Help and quit stay; what gives way is the least useful of the rest.
  while (words.size() > 2 && length() > width) words.erase(words.end() - 3);
  std::string line = " ";
  for (const std::string& word : words) line += word + "  ";
  return shorten(line.substr(0, line.find_last_not_of(' ') + 1), width);
}

}  // namespace espy::tui
