#include "tui/blindness.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace espy::tui {
namespace {

using verdict::Picture;
using verdict::SequenceEvent;

constexpr std::size_t kMostGaps = 128;  // of a picture

constexpr std::array<std::string_view, 3> kCodes{"capture.cut-short", "capture.damaged", "capture.interrupted"};

std::uint64_t count(const Picture& picture) {
  std::uint64_t sum = 0;
  for (const verdict::Finding& finding : picture.summary.findings) {
    if (std::ranges::find(kCodes, finding.code) != kCodes.end()) sum += finding.count;
  }
  return sum;
}

bool is_gap(const SequenceEvent& event) { return event.kind == verdict::SequenceEventKind::kGap && event.before.known(); }

bool overlap(const SequenceEvent& one, const SequenceEvent& other) { return one.before < other.time && other.before < one.time; }

// Every SA that had packets before and after it lacks some in that time, and at least one other does.
bool is_everywhere(const Picture& picture, std::size_t own, const SequenceEvent& gap) {
  std::size_t others = 0;
  for (std::size_t index = 0; index < picture.sequences.size(); ++index) {
    if (index == own || !picture.sequences[index]) continue;
    const bool lacks =
        std::ranges::any_of(picture.sequences[index]->events, [&](const auto& event) { return is_gap(event) && overlap(event, gap); });
    const verdict::AssociationSummary& association = picture.summary.associations[index];
    if (!lacks && association.first <= gap.before && association.last >= gap.time) return false;
    others += lacks ? 1 : 0;
  }
  return others > 0;
}

// Each gap is held against all other SAs, so only so many are looked at.
bool stood_still(const Picture* before, const Picture& picture) {
  std::size_t looked_at = 0;
  for (std::size_t index = 0; index < picture.sequences.size(); ++index) {
    if (!picture.sequences[index]) continue;
    for (const SequenceEvent& event : picture.sequences[index]->events) {
      const bool fresh = before == nullptr || event.time >= before->now;
      if (!fresh || !is_gap(event)) continue;
      if (is_everywhere(picture, index, event)) return true;
      if (++looked_at == kMostGaps) return false;
    }
  }
  return false;
}

}  // namespace

bool went_blind(const Picture* before, const Picture& picture) {
  if (std::ranges::any_of(picture.captures, [](const auto& capture) { return !capture.up; })) return true;
  if (picture.dropped() > (before == nullptr ? 0 : before->dropped())) return true;
  if (count(picture) > (before == nullptr ? 0 : count(*before))) return true;
  return stood_still(before, picture);
}

}  // namespace espy::tui
