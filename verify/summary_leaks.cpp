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

// A flow with what decides whether and where it is reported. Read once, in the order of the table: comparing rows would wait for memory
// each time.
struct Candidate {
  std::uint32_t row = 0;
  std::uint64_t packets = 0;
  base::Time first;
  auto operator<=>(const Candidate&) const = default;
};

constexpr auto kBusier = [](const Candidate& left, const Candidate& right) {
  return std::pair(right.packets, left.row) < std::pair(left.packets, right.row);
};
constexpr auto kLater = [](const Candidate& left, const Candidate& right) {
  return std::pair(right.first, left.row) < std::pair(left.first, right.row);
};

// Those whose requirement is among `requirements`.
std::vector<Candidate> candidates(const Flows& flows, const std::vector<bool>& requirements) {
  std::vector<Candidate> found;
  found.reserve(flows.size());
  for (std::uint32_t index = 0; index < flows.size(); ++index) {
    const auto& [key, row] = flows[index];
    if (requirements[key.requirement]) found.push_back({.row = index, .packets = row.packets, .first = row.first});
  }
  return found;
}

// Flows of requirements that are reported, a bounded number, in their order: those with the most packets; of a screen's rows the other half
// are those that began last.
std::vector<Candidate> reported_flows(Draft& draft) {
  std::vector<bool> leaking = draft.reported;
  for (StateId id = 0; id < leaking.size(); ++id) leaking[id] = leaking[id] && draft.states[id].packets.leaked != 0;
  std::vector<Candidate> flows = candidates(draft.ledger.flows(), leaking);
  const std::size_t limit = std::min(kReportedFlows, draft.facts.rows);
  if (flows.size() <= limit) return flows;
  draft.flows_left_out = flows.size() - limit;
  if (draft.facts.rows < kReportedFlows) {
    keep_first(flows, limit, kBusier, kLater);
  } else {
    keep_first(flows, limit, kBusier);
  }
  return flows;
}

// What becomes a row of the report: a flow, or a group where `group` is not null.
struct Leaking {
  std::uint64_t packets = 0;
  std::uint32_t flow = Flows::kMissing;
  const GroupKey* key = nullptr;
  const GroupRow* group = nullptr;
  verdict::LeakReason reason = verdict::LeakReason::kPlaintext;
};

// The busiest first.
std::vector<Leaking> all_that_leaks(Draft& draft) {
  std::vector<Leaking> all;
  for (const Candidate& flow : reported_flows(draft)) all.push_back({.packets = flow.packets, .flow = flow.row});
  for (const auto& [key, group] : draft.ledger.classifier().groups()) {
    if (group.outcome.packet_class == verdict::Class::kLeaked && group.packets > 0)
      all.push_back({.packets = group.packets, .key = &key, .group = &group, .reason = group.outcome.reason});
  }
  for (std::size_t index = 0; index < draft.leaking_groups.size(); ++index) {
    const GroupRow* group = draft.leaking_groups[index];
    all.push_back(
        {.packets = group->packets, .key = &draft.leaking_keys[index], .group = group, .reason = verdict::LeakReason::kNullEncryption});
  }
  std::ranges::stable_sort(all, std::ranges::greater{}, &Leaking::packets);
  return all;
}

}  // namespace

void add_leaks(Draft& draft) {
  const Flows& flows = draft.ledger.flows();
  const std::vector<Leaking> all = all_that_leaks(draft);
  draft.summary.leaks.reserve(all.size());
  draft.leak_flows.reserve(all.size());
  for (const Leaking& one : all) {
    draft.summary.leaks.push_back(one.group == nullptr ? from_flow(draft, flows[one.flow].key, flows[one.flow].row)
                                                       : from_group(draft, *one.key, *one.group, one.reason));
    draft.leak_flows.push_back(one.flow);
  }
}

void add_protected_flows(Draft& draft) {
  const Flows& flows = draft.ledger.protected_flows();
  std::vector<Candidate> busiest = candidates(flows, draft.reported);
  std::ranges::sort(busiest, kBusier);
  busiest.resize(std::min(busiest.size(), draft.facts.rows));
  draft.summary.protected_flows.reserve(busiest.size());
  for (const Candidate& one : busiest)
    draft.summary.protected_flows.push_back(protected_flow(draft, flows[one.row].key, flows[one.row].row));
}

}  // namespace espy::verify
