#include "verify/loss.h"

#include <algorithm>
#include <iterator>

namespace espy::verify {
namespace {

// More SAs than this at once, and a gap is not compared with the others: the cost would grow with their product.
constexpr std::size_t kComparedAssociations = 32;

// The gaps of one SA.
class Gaps {
 public:
  void add(const GapEvent& gap) { spans_.push_back({gap.before, gap.after}); }
  void sort() {
    std::ranges::sort(spans_, {}, &Span::before);
    for (std::size_t index = 1; index < spans_.size(); ++index)
      spans_[index].after = std::max(spans_[index].after, spans_[index - 1].after);
  }
  bool overlap(const GapEvent& gap) const {
    const auto later = std::ranges::upper_bound(spans_, gap.after, {}, &Span::before);
    return later != spans_.begin() && std::prev(later)->after >= gap.before;
  }

 private:
  struct Span {
    base::Time before;
    base::Time after;  // once sorted: the latest of this one and those that began before it
  };
  std::vector<Span> spans_;
};

std::vector<Gaps> gaps_by_association(const Associations& associations) {
  std::vector<Gaps> gaps(associations.rows().size());
  for (const GapEvent& gap : associations.gaps()) gaps[gap.association].add(gap);
  for (Gaps& one : gaps) one.sort();
  return gaps;
}

// Every other SA that was active around the gap must have one of its own that overlaps it, and there must be such an SA.
bool everyone_missed(const GapEvent& gap, const Associations& associations, const std::vector<Gaps>& gaps) {
  std::vector<std::uint32_t> others;
  const auto& rows = associations.rows();
  for (std::uint32_t index = 0; index < rows.size(); ++index) {
    const AssociationRow& row = rows[index].row;
    // AH around ESP loses with it: the same packets say nothing new.
    const bool active = index != gap.association && row.packets > 1 && row.first <= gap.before && row.last >= gap.after;
    const bool same_pair =
        rows[index].key.source == rows[gap.association].key.source && rows[index].key.destination == rows[gap.association].key.destination;
    if (active && !same_pair) others.push_back(index);
  }
  if (others.empty()) return false;
  return std::ranges::all_of(others, [&](std::uint32_t index) { return gaps[index].overlap(gap); });
}

}  // namespace

std::vector<Loss> losses(const Associations& associations) {
  const auto& rows = associations.rows();
  std::vector<Loss> result(rows.size());
  for (std::uint32_t index = 0; index < rows.size(); ++index) result[index].held = rows[index].row.sequence.lost();
  const bool comparable = rows.size() > 1 && rows.size() <= kComparedAssociations && !associations.gaps_overflowed();
  if (!comparable) return result;
  const std::vector<Gaps> gaps = gaps_by_association(associations);
  for (const GapEvent& gap : associations.gaps()) {
    if (!everyone_missed(gap, associations, gaps)) continue;
    Loss& loss = result[gap.association];
    const std::uint64_t numbers = std::min(gap.numbers, loss.held);
    loss.held -= numbers;
    loss.set_apart += numbers;
  }
  return result;
}

}  // namespace espy::verify
