#include "tui/sequence_view.h"

#include <fmt/format.h>

#include <algorithm>

#include "tui/detail_view.h"
#include "tui/overview_panes.h"
#include "tui/rise_graph.h"
#include "tui/sequence_lists.h"
#include "tui/sequence_map.h"
#include "tui/sequence_space.h"
#include "tui/text.h"
#include "tui/wireshark.h"
#include "tui/words.h"

namespace espy::tui {
namespace {

using verdict::SequenceDetail;
using verdict::SequenceEvent;
using verdict::SequenceEventKind;

constexpr std::string_view kNoNumbers = "no sequence number of this SA was followed";
constexpr std::string_view kFoldPrefix = "rows ";
constexpr int kLabelEnd = 12;
constexpr int kRiseRows = 5;

Role role_of(char mark) {
  switch (mark) {
    case 'R':
    case 'L': return Role::kWarn;
    case 'o':
    case 'D': return Role::kTitle;
    case '#': return Role::kEncrypted;
    default: return Role::kDim;
  }
}

// Runs of equal letters, each in its colour.
void add_letters(Line& line, int column, std::string_view letters) {
  for (std::size_t begin = 0; begin < letters.size();) {
    const std::size_t end = std::min(letters.find_first_not_of(letters[begin], begin), letters.size());
    const int at = column + static_cast<int>(begin);
    const char mark = letters[begin];
    line.spans.push_back({at,
                          at + static_cast<int>(end - begin),
                          std::string(letters.substr(begin, end - begin)),
                          {.role = role_of(mark), .bold = mark == 'R' || mark == 'L'}});
    begin = end;
  }
}

Line labelled_row(std::string label, std::string_view letters, std::string_view after = "") {
  Line line;
  line.spans.push_back({std::max(kLabelEnd - 1 - width_of(label), 0), kLabelEnd, std::move(label), {.role = Role::kDim}});
  add_letters(line, kLabelEnd, letters);
  const int end = kLabelEnd + static_cast<int>(letters.size());
  if (!after.empty()) line.spans.push_back({end + 1, end + 1 + width_of(after), std::string(after), {.role = Role::kDim}});
  return line;
}

int cells_a_row(int width) { return std::max((width - kLabelEnd - 1) / 16 * 16, 8); }
int rows_of(int width) { return width >= 160 ? 16 : width >= 112 ? 10 : width >= 76 ? 6 : 4; }

std::string fold_key(const SequenceRows& rows) { return fmt::format("{}{}", kFoldPrefix, rows.first); }

Line numbered_row(const SequenceMap& map, const SequenceGrid& grid, std::uint64_t first, std::optional<std::uint64_t> wanted) {
  Line line = labelled_row(std::to_string(first), map.row(first, grid.cell, grid.cells));
  const bool marked = wanted && *wanted >= first && *wanted - first < grid.row_size();
  if (marked) line.spans.front().style = {.role = Role::kTitle, .bold = true};
  return line;
}

// Of a folded line that was opened: rows that are all alike need not be many.
void write_opened(const SequenceMap& map, const SequenceGrid& grid, const SequenceRows& rows, Writer& writer) {
  constexpr std::uint64_t kMost = 32;
  for (std::uint64_t index = 0; index < std::min(rows.count, kMost); ++index)
    writer.add(numbered_row(map, grid, rows.first + index * grid.row_size(), std::nullopt));
  if (rows.count > kMost)
    writer.line(fmt::format("           and {} more like these; - makes cells larger", rows.count - kMost), {.role = Role::kDim});
}

// Which of the lines are in sight: the newest, or those around the wanted number, moved back by the scene's offset.
std::size_t first_line(const Scene& scene, const std::vector<SequenceRows>& lines, const SequenceGrid& grid,
                       std::optional<std::uint64_t> wanted) {
  const auto room = static_cast<std::size_t>(grid.rows);
  std::size_t end = lines.size();
  if (wanted) {
    const auto after = std::ranges::upper_bound(lines, *wanted, {}, &SequenceRows::first);
    const auto line = static_cast<std::size_t>(after - lines.begin());
    end = std::min(end, line + room / 2);
  }
  const auto moved = static_cast<std::size_t>(std::max(scene.offset, 0) / grid.cells);
  end -= std::min(moved, end - std::min(end, room));
  return end - std::min(end, room);
}

void write_space(const Scene& scene, const SequenceSubject& subject, const SequenceEvent* chosen, Writer& writer) {
  const SequenceDetail& detail = *subject.detail;
  const SequenceMap map(detail, subject.open());
  const SequenceGrid grid =
      fitted({.cell = 1, .cells = cells_a_row(writer.width()), .rows = rows_of(writer.width())}, detail, scene.display.zoom);
  const std::vector<SequenceRows> lines = sequence_rows(map, detail, grid);
  const std::optional<std::uint64_t> wanted = scene.number || chosen == nullptr ? scene.number : std::optional(chosen->number);
  writer.title(fmt::format("Sequence space, 1 cell = {}, 1 row = {}", grid.cell, grid.row_size()), "zoom + -, newest last");
  const std::size_t first = first_line(scene, lines, grid, wanted);
  for (std::size_t index = first; index < std::min(first + static_cast<std::size_t>(grid.rows), lines.size()); ++index) {
    const SequenceRows& rows = lines[index];
    if (rows.count == 1) {
      writer.add(numbered_row(map, grid, rows.first, wanted));
      continue;
    }
    const bool opened = scene.unfolded.contains(fold_key(rows));
    writer.row(State::kNote, fold_key(rows), fmt::format("       ... {} (Enter {})", folded_words(rows), opened ? "folds" : "opens"),
               {.role = Role::kDim});
    if (opened) write_opened(map, grid, rows, writer);
  }
  std::string legend = "# seen, L lost, o late, D copy, R replayed, . may come, ? not remembered";
  if (scene.display.layout.wide(writer.width())) legend += fmt::format("; 1st packet of the capture was {}", detail.first_packet);
  writer.text(legend, {.role = Role::kDim}, 3);
}

const SequenceEvent* chosen_event(const SequenceDetail& detail, const std::string& key) {
  const auto found = std::ranges::find_if(detail.events, [&](const SequenceEvent& event) { return key_of(event) == key; });
  return found == detail.events.end() ? nullptr : &*found;
}

// The first item of the lists below.
const SequenceEvent* first_event(const SequenceDetail& detail) {
  const auto gap = std::ranges::find(detail.events, SequenceEventKind::kGap, &SequenceEvent::kind);
  if (gap != detail.events.end()) return &*gap;
  return detail.events.empty() ? nullptr : &detail.events.front();
}

// A number one by one with those beside it.
void write_neighbours(const SequenceSubject& subject, std::uint64_t number, Writer& writer) {
  const auto cells = static_cast<std::uint64_t>(cells_a_row(writer.width()));
  const std::uint64_t from = number - std::min(number, cells / 4);
  const SequenceMap map(*subject.detail, subject.open());
  writer.add(labelled_row(std::to_string(from), map.row(from, 1, static_cast<int>(cells))));
}

std::string_view sighting_words(Sighting sighting) {
  switch (sighting) {
    case Sighting::kReplayed: return "was replayed";
    case Sighting::kLost: return "never came";
    case Sighting::kDuplicate: return "came twice, as a copy";
    case Sighting::kLate: return "came late";
    case Sighting::kForgotten: return "is too long ago to be remembered";
    case Sighting::kInFlight: return "may still come";
    case Sighting::kSeen: return "was seen";
    case Sighting::kNotSent: return "was not sent while espy looked";
  }
  return "";
}

void write_number(const SequenceSubject& subject, std::uint64_t number, Writer& writer) {
  writer.title(fmt::format("Number {}", number), sighting_words(SequenceMap(*subject.detail, subject.open()).of(number, 1)));
  write_neighbours(subject, number, writer);
}

void write_around(const Scene& scene, const SequenceSubject& subject, const SequenceEvent& event, Writer& writer) {
  const SequenceMap map(*subject.detail, subject.open());
  writer.title(fmt::format("Around {}", event.number), name(event.kind));
  std::string words;
  if (event.kind == SequenceEventKind::kReset) {  // a few numbers in a row tell it
    words = fmt::format("the counter began again, seen at {} at {}", event.number, clock_text(event.time, scene.display.utc, 6));
  } else if (event.kind == SequenceEventKind::kGap) {
    const std::uint64_t late = map.came_late(event);
    words = fmt::format("{}..{} ({}) skipped", event.number, event.number + event.count - 1, event.count);
    if (late > 0) words += late >= event.count ? ", all came late" : fmt::format(", {} came late", late);
    if (event.before.known())
      words += fmt::format("; before it {}, after it {}", clock_text(event.before, scene.display.utc, 3),
                           clock_text(event.time, scene.display.utc, 3));
  } else {
    words = fmt::format("{} {} at {}", event.number, name(event.kind), clock_text(event.time, scene.display.utc, 6));
    if (event.distance > 0) words += fmt::format(", {} behind the highest", event.distance);
  }
  const bool shown = map.shows(event);
  writer.text(shown || event.kind == SequenceEventKind::kReset ? words : words + ", before the counter began again");
  if (shown) write_neighbours(subject, event.number, writer);
}

void write_window(const SequenceSubject& subject, Writer& writer) {
  const SequenceDetail& detail = *subject.detail;
  const std::uint64_t window = subject.window();
  const auto cells = std::min<std::uint64_t>(std::max<std::uint64_t>(window, 1), static_cast<std::uint64_t>(cells_a_row(writer.width())));
  const std::uint64_t from = detail.highest - std::min(detail.highest, cells - 1);
  const bool told = subject.association->sequence.window_configured.has_value();
  writer.title(fmt::format("Replay window {}{}", window, told ? "" : " (usual; none is configured)"),
               fmt::format("highest {}", detail.highest));
  writer.add(labelled_row(std::to_string(from), SequenceMap(detail, subject.open()).row(from, 1, static_cast<int>(cells))));
}

// The newest picture knows it from the first packet to the last; the cursor stands in it.
void write_rise(const Scene& scene, const SequenceSubject& subject, Writer& writer) {
  if (!scene.display.layout.wide(scene.size) || scene.display.plain) return;
  const std::size_t index = find_association(scene.whole, association_key(*subject.association));
  const bool known = index < scene.whole.sequences.size() && scene.whole.sequences[index].has_value();
  if (!known) return;
  const std::vector<Line> lines =
      rise_graph(*scene.whole.sequences[index], scene.display, {.width = writer.width(), .rows = kRiseRows, .cursor = scene.cursor});
  if (lines.empty()) return;
  writer.title("Highest number over time", "a step back: the counter began again");
  writer.add(lines);
}

class SequenceView final : public DetailView {
 public:
  std::pair<State, std::string> headline(const Scene& scene) const override {
    const SequenceSubject subject = sequence_subject(scene);
    if (subject.detail == nullptr) return {State::kNone, std::string(kNoNumbers)};
    const auto& sequence = subject.association->sequence;
    const std::uint64_t dropped = scene.picture.dropped();
    const bool bad = sequence.replayed > 0;
    const bool odd = sequence.lost > 0 || sequence.resets > 0;
    return {bad   ? State::kLeak
            : odd ? State::kWarn
                  : State::kOk,
            fmt::format("{} lost, {} replayed, {} late of {} packets; {}", sequence.lost, sequence.replayed, sequence.reordered,
                        subject.association->packets,
                        dropped == 0 ? "the capture lost none" : fmt::format("the capture itself lost {}", dropped))};
  }

  // A replay is not what leaks.
  std::string_view headline_word(const Scene& scene) const override {
    const State state = headline(scene).first;
    return state == State::kLeak ? "FAIL" : word(state);
  }

  // What is folded depends on the width.
  std::vector<Item> items(const Scene& scene, Pane) const override { return items_of(body(scene, scene.size.width)); }
  bool unfolds(const std::string& key) const override { return key.starts_with(kFoldPrefix); }

  std::string wireshark_filter(const Scene& scene, Pane, const std::string& key) const override {
    const SequenceSubject subject = sequence_subject(scene);
    if (subject.association == nullptr) return "";
    const std::string filter = wireshark_filter_of(*subject.association);
    const SequenceEvent* event = subject.detail == nullptr ? nullptr : chosen_event(*subject.detail, key);
    if (event == nullptr) return filter;
    return fmt::format("{} && {}.sequence=={}", filter, subject.association->protocol, event->number & 0xffffffff);
  }

 protected:
  std::vector<Line> body(const Scene& scene, int width) const override {
    Writer writer(scene.display, width);
    const SequenceSubject subject = sequence_subject(scene);
    if (subject.detail == nullptr) {
      writer.text(kNoNumbers);
      return writer.take();
    }
    const SequenceEvent* chosen = chosen_event(*subject.detail, selected(scene));
    const SequenceEvent* shown = chosen != nullptr ? chosen : first_event(*subject.detail);
    if (!scene.list_only) {
      write_space(scene, subject, chosen, writer);
      if (scene.number) write_number(subject, *scene.number, writer);
      if (shown != nullptr) write_around(scene, subject, *shown, writer);
      write_window(subject, writer);
    }
    write_gaps(scene, subject, writer);
    write_oddities(scene, subject, writer);
    write_lateness(subject, writer);
    if (!scene.list_only) write_rise(scene, subject, writer);
    return writer.take();
  }
};

}  // namespace

const View& sequence_view() {
  static const SequenceView made;
  return made;
}

}  // namespace espy::tui
