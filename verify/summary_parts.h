// summary_parts: the steps of summarize(), one file each, over one draft. Only verify/summary*.cpp includes this.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "verify/findings.h"
#include "verify/loss.h"
#include "verify/summary.h"

namespace espy::verify {

inline constexpr std::size_t kAssumptionLimit = 8;
inline constexpr std::string_view kLimitCode = "capture.limit";

// A summary being made: a copy of the requirement states that hindsight may change, and what several steps need.
struct Draft {
  Draft(const Ledger& the_ledger, const RunFacts& the_facts)
      : ledger(the_ledger), facts(the_facts), reported(the_ledger.states().size(), true), ids(the_ledger.states().size()) {
    states.reserve(the_ledger.states().size());
    for (StateId id = 0; id < the_ledger.states().size(); ++id) {
      states.push_back(the_ledger.states()[id]);
      RequirementStates::end_run(states.back(), {});                // in the middle of a run
      if (states.back().requirement->open()) reported[id] = false;  // only its bound peers are requirements
    }
  }

  // RFC 5879: what this SA carries was readable all along.
  bool looks_null(std::uint32_t association) const;
  // … although its configuration, if any, promises encryption (V18).
  bool leaks_in_null(std::uint32_t association) const;
  // Whether an SA between these hosts is configured, one way or the other.
  bool keyed_by_hand(const base::Address& one, const base::Address& other) const;

  const Ledger& ledger;
  const RunFacts& facts;
  verdict::Summary summary;
  std::vector<RequirementState> states;
  std::vector<bool> reported;    // by StateId
  std::vector<std::string> ids;  // by StateId: "r1"
  std::vector<const GroupRow*> leaking_groups;
  std::vector<GroupKey> leaking_keys;
  std::vector<std::string> trouble;  // codes of what could hide a leak anywhere (V23)
  std::uint64_t clear_beside_tunnel = 0;
  std::uint64_t flows_left_out = 0;
  std::vector<std::uint32_t> leak_flows;        // row of Flows for each of summary.leaks; kMissing: a group
  std::vector<std::uint32_t> association_rows;  // row for each of summary.associations; kMissing: it carried nothing
  verdict::Exemption exempt_taken_back;         // of requirements that turned out to be none

 private:
  // Those of configured SAs, sorted; found when first asked for, because there may be a hundred thousand.
  using Hosts = std::pair<base::Address, base::Address>;
  mutable std::optional<std::vector<Hosts>> pairs_by_hand_;
};

// The whole summary, with what it was made from.
Draft draft_summary(const Ledger& ledger, const RunFacts& facts);

// "tcp", "icmpv6", or the number
std::string protocol_text(std::uint8_t protocol);
// "10.0.0.1 > 10.0.0.2 tcp/23"
std::string selector_text(const ipsec::Requirement& requirement);
// "setkey.conf:12", "command line", or the requirement's name.
std::string place_of(const ipsec::Requirement& requirement);
// "AH+ESP"
std::string headers_text(const RequirementState& state);

// Leaves the first `limit` rows by `order`, ascending.
template <class Row, class Order>
void keep_first(std::vector<Row>& rows, std::size_t limit, Order order) {
  const auto end = rows.begin() + static_cast<std::ptrdiff_t>(limit);
  std::ranges::nth_element(rows, end, order);
  rows.erase(end, rows.end());
  std::ranges::sort(rows);
}

// Half of them like that, the others the first by `other` of the rest.
template <class Row, class Order, class Other>
void keep_first(std::vector<Row>& rows, std::size_t limit, Order order, Other other) {
  const auto half = rows.begin() + static_cast<std::ptrdiff_t>(limit - limit / 2);
  std::ranges::nth_element(rows, half, order);
  std::vector<Row> rest(half, rows.end());
  keep_first(rest, limit / 2, other);
  rows.erase(half, rows.end());
  rows.insert(rows.end(), rest.begin(), rest.end());
  std::ranges::sort(rows);
}

void add_trouble(Draft& draft, Findings& findings);
// Tables that were full.
void add_limits(Draft& draft, Findings& findings);
// The limits that are in force, and what they keep at this moment.
std::vector<verdict::LimitUse> limit_uses(const Ledger& ledger);
void add_requirements(Draft& draft, Findings& findings);
void add_associations(Draft& draft, Findings& findings);
// Those of one seen SA, by its row; their codes and counts go to `summary` too.
void add_association_findings(const Draft& draft, std::uint32_t index, const Loss& loss, verdict::AssociationSummary& summary,
                              Findings& findings);
void add_leaks(Draft& draft);
void add_protected_flows(Draft& draft);
std::string verdict_line(const Draft& draft);

}  // namespace espy::verify
