#include <algorithm>

#include <fmt/format.h>

#include "verify/summary_parts.h"

namespace espy::verify {
namespace {

enum class Weight : std::uint8_t { kDetail, kMayHideALeak };

// A table that was full.
struct FullTable {
  std::string_view key;
  std::uint64_t left_out;
  Weight weight;
  std::string_view what;  // happened to `left_out` packets, frames, datagrams
};

// What was not kept is counted all the same, unless it may hide a leak.
std::vector<FullTable> full_tables(const Ledger& ledger) {
  const Associations& associations = ledger.associations();
  const std::uint64_t followed = associations.rows().overflowed() + ledger.suspects().overflowed();
  std::vector<FullTable> tables{
      {"associations", followed, Weight::kMayHideALeak,
       "packets of SAs that had no room were not followed; wrong ICVs, replays and SAs that encrypt nothing may be among them"},
      {"pairs", ledger.states().overflowed(), Weight::kMayHideALeak, "packets of pairs of hosts that had no room were not judged"},
      {"fragments", ledger.fragments().evicted(), Weight::kMayHideALeak,
       "datagrams in fragments were given up before they were whole, for want of room"},
      {"held", ledger.tallies().held_overflow, Weight::kMayHideALeak,
       "packets were judged before their time, as the worst that they could be"},
      {"flows", ledger.flows().overflowed(), Weight::kDetail, "leaked packets are counted, and their flows are not listed"},
      {"protected_flows", ledger.protected_flows().overflowed(), Weight::kDetail,
       "protected packets are counted, and their flows are not listed"},
  };
  std::erase_if(tables, [](const FullTable& table) { return table.left_out == 0; });
  return tables;
}

std::size_t limit_of(const base::Limits& limits, std::string_view key) {
  return limits.*(std::ranges::find(base::kLimitFacts, key, &base::LimitFacts::key)->value);
}

verdict::LimitUse use(const Ledger& ledger, std::string_view key, std::uint64_t used, std::uint64_t left_out) {
  return {.key = std::string(key), .used = used, .limit = limit_of(ledger.limits(), key), .left_out = left_out};
}

}  // namespace

void add_limits(Draft& draft, Findings& findings) {
  bool hides = false;
  for (const FullTable& table : full_tables(draft.ledger)) {
    const std::size_t limit = limit_of(draft.ledger.limits(), table.key);
    verdict::Finding finding{
        .code = std::string(kLimitCode),
        .requirement = {},
        .association = {},
        .message = fmt::format("{} {}: the limit '{}' is {}.", table.left_out, table.what, table.key, limit),
        .advice = fmt::format("Where there is memory for it, set '{}' in [limits] of espy's TOML to more than {}.", table.key, limit),
        .count = table.left_out,
        .first = {},
        .last = {},
        .first_frame = {}};
    hides = hides || table.weight == Weight::kMayHideALeak;
    if (table.weight == Weight::kMayHideALeak) {
      findings.add(std::move(finding));
    } else {
      findings.add_note(std::move(finding));
    }
  }
  if (hides) draft.trouble.emplace_back(kLimitCode);
}

namespace {

// Those that are configured have room besides.
verdict::LimitUse association_use(const Ledger& ledger) {
  const auto& rows = ledger.associations().rows();
  verdict::LimitUse made = use(ledger, "associations", rows.size(), rows.overflowed());
  made.limit += ledger.world().associations().size();
  return made;
}

// Of the flows; each of them is kept as long as there is room.
verdict::LimitUse sample_use(const Ledger& ledger) {
  const std::uint64_t kept = ledger.samples()->flows();
  const bool full = kept >= ledger.limits().samples;
  return use(ledger, "samples", kept, full ? ledger.flows().size() - kept : 0);
}

}  // namespace

std::vector<verdict::LimitUse> limit_uses(const Ledger& ledger) {
  const std::uint64_t fragments = (ledger.fragments().octets() + base::kMebibyte - 1) / base::kMebibyte;
  std::vector<verdict::LimitUse> uses{
      use(ledger, "flows", ledger.flows().size(), ledger.flows().overflowed()),
      use(ledger, "protected_flows", ledger.protected_flows().size(), ledger.protected_flows().overflowed()),
      association_use(ledger),
      use(ledger, "pairs", ledger.states().provisional(), ledger.states().overflowed()),
      use(ledger, "held", ledger.held(), ledger.tallies().held_overflow),
      use(ledger, "fragments", fragments, ledger.fragments().evicted()),
      use(ledger, "streams", ledger.streams().connections(), ledger.streams().evicted()),
  };
  if (ledger.samples() != nullptr) uses.push_back(sample_use(ledger));
  return uses;
}

}  // namespace espy::verify
