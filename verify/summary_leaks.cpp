#include <algorithm>

#include <fmt/format.h>

#include "decode/numbers.h"
#include "verify/summary_parts.h"

namespace espy::verify {
namespace {

verdict::Leak from_flow(const Draft& draft, const FlowKey& key, const FlowRow& row) {
  const bool icmp = key.protocol == decode::kIcmp || key.protocol == decode::kIcmpv6;
  verdict::Leak leak;
  leak.requirement = draft.ids[key.requirement];
  leak.source = base::to_string(key.source);
  leak.destination = base::to_string(key.destination);
  leak.protocol = protocol_text(key.protocol);
  if (key.ports_known && !icmp) {
    leak.source_port = key.source_port;
    leak.destination_port = key.destination_port;
  }
  leak.application = decode::name(row.application.application);
  if (!leak.application.empty()) leak.application_by = row.application.by == decode::GuessedBy::kContent ? "content" : "port";
  leak.reason = key.reason;
  leak.packets = row.packets;
  leak.bytes = row.bytes;
  leak.first = row.first;
  leak.last = row.last;
  leak.first_frame = {row.first_source, row.first_frame};
  return leak;
}

verdict::ProtectedFlow protected_flow(const Draft& draft, const FlowKey& key, const FlowRow& row) {
  const verdict::Leak same = from_flow(draft, key, row);
  return {.requirement = same.requirement,
          .source = same.source,
          .destination = same.destination,
          .protocol = same.protocol,
          .source_port = same.source_port,
          .destination_port = same.destination_port,
          .application = same.application,
          .application_by = same.application_by,
          .packets = same.packets,
          .bytes = same.bytes,
          .first = same.first,
          .last = same.last};
}

verdict::Leak from_group(const Draft& draft, const GroupKey& key, const GroupRow& group, verdict::LeakReason reason) {
  const AssociationKey& association = draft.ledger.associations().rows()[key.association].key;
  verdict::Leak leak;
  leak.requirement = group.states.empty() ? "" : draft.ids[group.states.front()];
  leak.source = base::to_string(association.source);
  leak.destination = base::to_string(association.destination);
  leak.protocol = ipsec::name(association.protocol);
  leak.reason = reason;
  leak.packets = group.packets;
  leak.bytes = group.bytes;
  leak.first = group.first;
  leak.last = group.last;
  leak.first_frame = {group.first_source, group.first_frame};
  return leak;
}

struct LeakRow {
  verdict::Leak leak;
  std::uint32_t flow = Flows::kMissing;
};

// Rows of the flows of requirements that are reported, a bounded number, in their order: those with the most packets; of a screen's rows
// the other half are those that began last.
std::vector<std::uint32_t> reported_flows(Draft& draft) {
  const Flows& flows = draft.ledger.flows();
  std::vector<std::uint32_t> rows;
  for (std::uint32_t row = 0; row < flows.size(); ++row) {
    const StateId id = flows[row].key.requirement;
    if (draft.reported[id] && draft.states[id].packets.leaked != 0) rows.push_back(row);
  }
  const std::size_t limit = std::min(kReportedFlows, draft.facts.rows);
  if (rows.size() <= limit) return rows;
  draft.flows_left_out = rows.size() - limit;
  const auto busier = [&](std::uint32_t left, std::uint32_t right) {
    return std::pair(flows[right].row.packets, left) < std::pair(flows[left].row.packets, right);
  };
  const auto later = [&](std::uint32_t left, std::uint32_t right) {
    return std::pair(flows[right].row.first, left) < std::pair(flows[left].row.first, right);
  };
  if (draft.facts.rows < kReportedFlows) {
    keep_first(rows, limit, busier, later);
  } else {
    keep_first(rows, limit, busier);
  }
  return rows;
}

}  // namespace

void add_leaks(Draft& draft) {
  std::vector<LeakRow> leaks;
  const Flows& flows = draft.ledger.flows();
  for (const std::uint32_t row : reported_flows(draft)) leaks.push_back({from_flow(draft, flows[row].key, flows[row].row), row});
  for (const auto& [key, group] : draft.ledger.classifier().groups()) {
    if (group.outcome.packet_class == verdict::Class::kLeaked && group.packets > 0)
      leaks.push_back({from_group(draft, key, group, group.outcome.reason)});
  }
  for (std::size_t index = 0; index < draft.leaking_groups.size(); ++index) {
    leaks.push_back({from_group(draft, draft.leaking_keys[index], *draft.leaking_groups[index], verdict::LeakReason::kNullEncryption)});
  }
  std::ranges::stable_sort(leaks, [](const LeakRow& left, const LeakRow& right) { return left.leak.packets > right.leak.packets; });
  for (LeakRow& row : leaks) {
    draft.summary.leaks.push_back(std::move(row.leak));
    draft.leak_flows.push_back(row.flow);
  }
}

void add_protected_flows(Draft& draft) {
  std::vector<verdict::ProtectedFlow>& flows = draft.summary.protected_flows;
  const Flows& table = draft.ledger.protected_flows();
  std::vector<std::uint32_t> rows;
  for (std::uint32_t row = 0; row < table.size(); ++row) {
    if (draft.reported[table[row].key.requirement]) rows.push_back(row);
  }
  const auto busier = [&](std::uint32_t left, std::uint32_t right) { return table[left].row.packets > table[right].row.packets; };
  std::ranges::stable_sort(rows, busier);
  rows.resize(std::min(rows.size(), draft.facts.rows));
  for (const std::uint32_t row : rows) flows.push_back(protected_flow(draft, table[row].key, table[row].row));
}

}  // namespace espy::verify
