#include <algorithm>
#include <array>
#include <numeric>
#include <vector>

#include "verify/ledger.h"

// The part of Ledger that finds the high half of extended sequence numbers, in the order of the capture (RFC 4303 Appendix A2).
namespace espy::verify {
namespace {

// What may be spent on one SA whose high half is not known: a wide search for its first packet, narrow ones for those after it, then no
// more, so that forged packets cannot buy time.
constexpr std::uint32_t kWideSearch = 65'536;
constexpr std::uint32_t kNarrowSearch = 4'096;
constexpr std::uint32_t kMostSearches = 8;

// `middle` and its neighbours first, then all from 0 on.
std::vector<std::uint32_t> highs_around(std::uint32_t middle, std::uint32_t count) {
  std::vector<std::uint32_t> highs;
  highs.reserve(count + 5);
  for (const std::uint32_t distance : {0U, 1U, 2U}) {
    highs.push_back(middle + distance);
    if (distance != 0) highs.push_back(middle - distance);
  }
  for (std::uint32_t high = 0; high < count; ++high) highs.push_back(high);
  return highs;
}

}  // namespace

// Every deferred header, from the outside in: opening one may bring forth the next.
void Ledger::settle_esn(Inspection& inspection) {
  for (std::size_t index = 0; index < inspection.packet.security_count; ++index) {
    if (inspection.checks[index].checked != Checked::kEsnDeferred) continue;
    find_high(inspection, index);
  }
}

void Ledger::find_high(Inspection& inspection, std::size_t index) {
  const decode::SecurityHeader& header = inspection.packet.security[index];
  const std::uint32_t found = associations_.find(inspection.packet, header);
  const AssociationRow* row = found == Associations::kMissing ? nullptr : &associations_.rows()[found].row;
  if (row != nullptr && row->esn_highest != 0) {
    // Locked on: the number is near those before it, or the packet is not authentic.
    const std::uint32_t high = infer_high(row->esn_highest, header.sequence);
    const std::array<std::uint32_t, 3> highs{high, high + 1, high == 0 ? 2 : high - 1};
    if (!inspector_.settle_esn(inspection, index, highs, arena_)) inspection.checks[index].checked = Checked::kBad;
    return;
  }
  const std::uint32_t searches = esn_searches_[inspection.checks[index].association]++;
  const std::uint32_t width = searches == 0 ? kWideSearch : searches < kMostSearches ? kNarrowSearch : 0;
  const auto highs = highs_around(world_.associations()[inspection.checks[index].association].esn_high.value_or(0), width);
  if (!inspector_.settle_esn(inspection, index, highs, arena_)) inspection.checks[index].checked = Checked::kEsnUnknown;
}

// For the workers, who inspect ahead.
void Ledger::publish_esn(const Inspection& inspection, const Rows& rows) {
  for (std::size_t index = 0; index < inspection.packet.security_count; ++index) {
    const HeaderCheck& check = inspection.checks[index];
    if (!check.esn || check.checked != Checked::kGood || rows[index] == Associations::kMissing) continue;
    esn_hints_.advance(check.association, associations_.rows()[rows[index]].row.esn_highest);
  }
}

}  // namespace espy::verify
