#include "tui/sequence_lists.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <vector>

#include "tui/detail_view.h"
#include "tui/sequence_map.h"
#include "tui/table.h"
#include "tui/text.h"

namespace espy::tui {
namespace {

using verdict::SequenceDetail;
using verdict::SequenceEvent;
using verdict::SequenceEventKind;

constexpr int kLabelEnd = 12;

State state_of(SequenceEventKind kind) {
  switch (kind) {
    case SequenceEventKind::kReplayed:
    case SequenceEventKind::kGap:
    case SequenceEventKind::kReset: return State::kWarn;
    case SequenceEventKind::kLate:
    case SequenceEventKind::kDuplicate: return State::kNote;
  }
  return State::kNote;
}

std::string bound_words(std::uint64_t bound, const verdict::Lateness& lateness) {
  const bool exact = bound <= verdict::kExactLateness || bound == lateness.most;
  return fmt::format("{}{}", exact ? "" : "<=", bound);
}

// Of numbers behind the highest; nothing where packets that came late are not remembered.
std::string lateness_words(const SequenceSubject& subject) {
  const SequenceDetail& detail = *subject.detail;
  const verdict::Lateness& lateness = detail.lateness;
  const std::uint64_t late = std::accumulate(detail.late.begin() + 1, detail.late.end(), std::uint64_t{0});
  if (late < subject.association->sequence.reordered) return "packets";
  return fmt::format("packets; p50 {}  p99 {}  max {}", bound_words(lateness.p50, lateness), bound_words(lateness.p99, lateness),
                     lateness.most);
}

}  // namespace

std::string_view name(SequenceEventKind kind) {
  switch (kind) {
    case SequenceEventKind::kGap: return "gap";
    case SequenceEventKind::kLate: return "late";
    case SequenceEventKind::kDuplicate: return "duplicate";
    case SequenceEventKind::kReplayed: return "replayed";
    case SequenceEventKind::kReset: return "reset";
  }
  return "";
}

std::string key_of(const SequenceEvent& event) { return fmt::format("{} {} {}", name(event.kind), event.number, event.time.nanoseconds); }

SequenceSubject sequence_subject(const Scene& scene) {
  SequenceSubject subject;
  const std::size_t index = find_association(scene.picture, association_subject(scene));
  if (index == kNowhere) return subject;
  subject.ended = scene.picture.complete;
  subject.association = &scene.picture.summary.associations[index];
  if (index < scene.picture.sequences.size() && scene.picture.sequences[index]) subject.detail = &*scene.picture.sequences[index];
  return subject;
}

void write_gaps(const Scene& scene, const SequenceSubject& subject, Writer& writer) {
  const SequenceMap map(*subject.detail, subject.open());
  Table table({{"TIME", 12},
               {"FIRST", 10, 0, 0, Align::kRight},
               {"LAST", 10, 0, 1, Align::kRight},
               {"COUNT", 6, 0, 0, Align::kRight},
               {"CAME LATE", 9, 0, 2, Align::kRight},
               {"TOOK", 9, 0, 3, Align::kRight}});
  std::size_t count = 0;
  for (const SequenceEvent& event : subject.detail->events) {
    if (event.kind != SequenceEventKind::kGap) continue;
    ++count;
    const std::uint64_t late = map.came_late(event);
    table.add({key_of(event),
               late >= event.count ? State::kNote : State::kWarn,
               {{clock_text(event.time, scene.display.utc, 3)},
                {std::to_string(event.number)},
                {std::to_string(event.number + event.count - 1)},
                {count_text(event.count)},
                {count_text(late)},
                {event.before.known() ? span_text(event.time - event.before) : "-"}}});
  }
  writer.title("Gaps", fmt::format("{}, oldest first", count));
  if (table.empty()) return writer.line("none", {.role = Role::kDim});
  writer.add(table.head(writer.width(), scene.columns_skipped));
  writer.add(table.lines(scene.display, writer.width(), scene.columns_skipped));
}

void write_oddities(const Scene& scene, const SequenceSubject& subject, Writer& writer) {
  std::vector<const SequenceEvent*> events;
  for (const SequenceEvent& event : subject.detail->events) {
    if (event.kind != SequenceEventKind::kGap) events.push_back(&event);
  }
  writer.title("Late, twice, reset", std::to_string(events.size()));
  if (events.empty()) writer.line("none", {.role = Role::kDim});
  for (const SequenceEvent* event : events) {
    writer.row(state_of(event->kind), key_of(*event),
               fmt::format("{}  {:<9}  {}{}{}", clock_text(event->time, scene.display.utc, 3), name(event->kind),
                           event->kind == SequenceEventKind::kReset ? "seen at " : "", event->number,
                           event->distance > 0 ? fmt::format(", {} behind the highest", event->distance) : ""));
  }
  if (subject.detail->events_left_out > 0)
    writer.text(fmt::format("{} older ones are not remembered one by one", subject.detail->events_left_out), {.role = Role::kDim});
}

void write_lateness(const SequenceSubject& subject, Writer& writer) {
  const SequenceDetail& detail = *subject.detail;
  constexpr std::array<std::string_view, 5> kNames{"in order", "1 behind", "2 behind", "3 to 64", "over 64"};
  const std::uint64_t most = std::max<std::uint64_t>(*std::ranges::max_element(detail.late), 1);
  const int room = std::max(writer.width() - kLabelEnd - 12, 1);
  writer.title("How late packets came", lateness_words(subject));
  for (std::size_t index = 0; index < kNames.size(); ++index) {
    const std::uint64_t count = detail.late[index];
    const int length =
        count == 0 ? 0 : std::max(static_cast<int>(static_cast<double>(room) * static_cast<double>(count) / static_cast<double>(most)), 1);
    Line line;
    line.spans.push_back({1, kLabelEnd, std::string(kNames[index]), {.role = Role::kDim}});
    if (!writer.display().plain)
      line.spans.push_back({kLabelEnd, kLabelEnd + room, std::string(static_cast<std::size_t>(length), '#'), {.role = Role::kEncrypted}});
    const std::string figure = count_text(count);
    line.spans.push_back({writer.width() - width_of(figure), writer.width(), figure, {}});
    writer.add(std::move(line));
  }
}

}  // namespace espy::tui
