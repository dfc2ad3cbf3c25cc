#include "tui/sequence_map.h"

#include <algorithm>

namespace espy::tui {

using verdict::kSequenceWindow;
using verdict::SequenceEvent;
using verdict::SequenceEventKind;

char letter(Sighting sighting) {
  switch (sighting) {
    case Sighting::kReplayed: return 'R';
    case Sighting::kLost: return 'L';
    case Sighting::kDuplicate: return 'D';
    case Sighting::kLate: return 'o';
    case Sighting::kForgotten: return '?';
    case Sighting::kInFlight: return '.';
    case Sighting::kSeen: return '#';
    case Sighting::kNotSent: return ' ';
  }
  return ' ';
}

namespace {

using Events = std::span<const SequenceEvent>;

bool is_reset(const SequenceEvent& event) { return event.kind == SequenceEventKind::kReset; }

// The events up to the next time that the counter began again.
Events until_reset(Events events) {
  return events.first(static_cast<std::size_t>(std::ranges::find_if(events, is_reset) - events.begin()));
}

Events after_last_reset(Events events) {
  const auto last = std::find_if(events.rbegin(), events.rend(), is_reset);
  return events.last(static_cast<std::size_t>(last - events.rbegin()));
}

std::uint64_t late_between(Events events, std::uint64_t first, std::uint64_t last) {
  return static_cast<std::uint64_t>(std::ranges::count_if(events, [&](const SequenceEvent& event) {
    return event.kind == SequenceEventKind::kLate && event.number >= first && event.number <= last;
  }));
}

}  // namespace

SequenceMap::SequenceMap(const verdict::SequenceDetail& detail, std::uint64_t window)
    : detail_(detail), events_(after_last_reset(detail.events)), window_(window) {}

bool SequenceMap::seen(std::uint64_t number) const {
  return (detail_.seen[number / 64 % (kSequenceWindow / 64)] >> (number % 64) & 1) != 0;
}

std::uint64_t SequenceMap::remembered_from() const {
  const bool all = detail_.events_left_out == 0 || events_.size() < detail_.events.size();
  return all || events_.empty() ? detail_.first : events_.front().number;
}

// Numbers of which it is known one by one whether they came.
Sighting SequenceMap::in_window(std::uint64_t first, std::uint64_t last) const {
  Sighting worst = Sighting::kNotSent;
  for (std::uint64_t number = first; number <= last; ++number) {
    const bool may_come = detail_.highest - number < window_;
    worst = std::min(worst, seen(number) ? Sighting::kSeen : may_come ? Sighting::kInFlight : Sighting::kLost);
  }
  return worst;
}

Sighting SequenceMap::by_events(std::uint64_t first, std::uint64_t last) const {
  Sighting worst = Sighting::kSeen;
  for (const SequenceEvent& event : events_) {
    if (event.number < first || event.number > last) continue;
    switch (event.kind) {
      case SequenceEventKind::kReplayed: worst = std::min(worst, Sighting::kReplayed); break;
      case SequenceEventKind::kDuplicate: worst = std::min(worst, Sighting::kDuplicate); break;
      case SequenceEventKind::kLate: worst = std::min(worst, Sighting::kLate); break;
      case SequenceEventKind::kGap:
      case SequenceEventKind::kReset: break;
    }
  }
  return worst;
}

// Numbers older than the window: lost where a gap holds more of them than came late.
Sighting SequenceMap::by_gaps(std::uint64_t first, std::uint64_t last) const {
  for (const SequenceEvent& gap : events_) {
    if (gap.kind != SequenceEventKind::kGap || gap.number > last || gap.number + gap.count <= first) continue;
    const std::uint64_t begin = std::max(first, gap.number), end = std::min(last, gap.number + gap.count - 1);
    if (late_between(events_, begin, end) < end - begin + 1) return Sighting::kLost;
  }
  return first < remembered_from() ? Sighting::kForgotten : Sighting::kSeen;
}

Sighting SequenceMap::of(std::uint64_t first, std::uint64_t count) const {
  if (count == 0 || first > detail_.highest || first + count <= detail_.first) return Sighting::kNotSent;
  const std::uint64_t begin = std::max(first, detail_.first), end = std::min(first + count - 1, detail_.highest);
  const std::uint64_t window_begin = detail_.highest >= kSequenceWindow ? detail_.highest - kSequenceWindow + 1 : 0;
  Sighting worst = by_events(begin, end);
  if (end >= window_begin) worst = std::min(worst, in_window(std::max(begin, window_begin), end));
  if (begin < window_begin) worst = std::min(worst, by_gaps(begin, std::min(end, window_begin - 1)));
  return worst;
}

std::string SequenceMap::row(std::uint64_t first, std::uint64_t cell, int cells) const {
  std::string text;
  for (int index = 0; index < cells; ++index) text += letter(of(first + static_cast<std::uint64_t>(index) * cell, cell));
  return text;
}

bool SequenceMap::shows(const SequenceEvent& event) const {
  return static_cast<std::size_t>(&event - detail_.events.data()) >= detail_.events.size() - events_.size();
}

std::uint64_t SequenceMap::came_late(const SequenceEvent& gap) const {
  const Events all = detail_.events;
  const auto index = static_cast<std::size_t>(&gap - all.data());
  const std::uint64_t last = gap.number + gap.count - 1;
  const std::uint64_t window_begin = detail_.highest >= kSequenceWindow ? detail_.highest - kSequenceWindow + 1 : 0;
  if (!shows(gap) || gap.number < window_begin) return late_between(until_reset(all.subspan(index)), gap.number, last);
  std::uint64_t missing = 0;
  for (std::uint64_t number = gap.number; number <= std::min(last, detail_.highest); ++number) missing += seen(number) ? 0 : 1;
  return gap.count - std::min(gap.count, missing);
}

}  // namespace espy::tui
