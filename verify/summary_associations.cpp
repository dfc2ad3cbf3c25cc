#include <algorithm>
#include <numeric>
#include <set>
#include <string_view>
#include <tuple>

#include <fmt/format.h>

#include "verify/summary_parts.h"

namespace espy::verify {
namespace {

const ipsec::Association* configured_of(const Draft& draft, const AssociationRow& row) {
  return row.configured == ipsec::kNoAssociation ? nullptr : &draft.ledger.world().associations()[row.configured];
}

void describe_configured(const ipsec::Association& association, verdict::AssociationSummary& row) {
  row.configured = true;
  row.origin = ipsec::to_string(association.origin);
  if (association.mode != ipsec::Mode::kAny) row.mode = ipsec::name(association.mode);
  if (association.reqid != 0) row.reqid = association.reqid;
  if (association.encryption != ipsec::Encryption::kNone) {
    const bool known = association.encryption != ipsec::Encryption::kUnknown;
    row.encryption = known ? std::string(ipsec::facts(association.encryption).name) : association.encryption_name;
  }
  if (association.integrity != ipsec::Integrity::kNone) {
    const bool known = association.integrity != ipsec::Integrity::kUnknown;
    row.integrity = known ? std::string(ipsec::facts(association.integrity).name) : association.integrity_name;
  }
  row.esn = association.esn;
  row.sequence.esn_high = association.esn ? association.esn_high : std::nullopt;
  if (association.replay_window != 0) row.sequence.window_configured = association.replay_window;
}

// V14: what was checked, and why the rest was not. A search for the high half of extended numbers that ran out lacks part of the key.
void describe_checks(const AssociationRow& row, verdict::AssociationSummary& out) {
  verdict::IntegrityChecks& checks = out.integrity_checks;
  checks.good = row.count(Checked::kGood);
  checks.bad = row.count(Checked::kBad);
  checks.no_key = row.count(Checked::kNoKey) + row.count(Checked::kEsnDeferred) + row.count(Checked::kEsnUnknown);
  checks.no_algorithm = row.count(Checked::kNoAlgorithm);
  checks.cut_short = row.count(Checked::kCutShort);
  checks.fragment = row.count(Checked::kFragment);
  checks.unchecked = row.packets - checks.good - checks.bad;
  out.opened = row.opened;
  out.failed = row.failed;
  out.dummies = row.dummies;
  out.flow_padded = row.flow_padded;
  if (row.esn_highest != 0) out.sequence.esn_high = static_cast<std::uint32_t>(row.esn_highest >> 32);
}

void describe_sequence(const AssociationRow& row, const Loss& loss, verdict::SequenceSummary& out) {
  const SequenceTracker& sequence = row.sequence;
  if (sequence.any()) {
    out.first = sequence.first();
    out.highest = sequence.highest();
  }
  out.wraps = sequence.wraps();
  out.lost = loss.held;
  out.reordered = sequence.reordered();
  out.duplicates = sequence.duplicates();
  out.replayed = sequence.replayed();
  out.resets = sequence.resets();
  out.window_needed = sequence.window_needed();
}

// Where the configuration leaves the ICV's size open, what verified is worth saying.
void describe_reading(const AssociationRow& row, const ipsec::Association* configured, verdict::AssociationSummary& out) {
  if (configured == nullptr || configured->icv_bits != 0 || !row.verifies() || row.icv_size == 0) return;
  out.icv_bits = row.icv_size * 8U;
}

void add_seen(Draft& draft, std::uint32_t index, const Loss& loss, Findings& findings) {
  const auto& [key, row] = draft.ledger.associations().rows()[index];
  const ipsec::Association* configured = configured_of(draft, row);
  verdict::AssociationSummary& summary = draft.summary.associations.emplace_back();
  draft.association_rows.push_back(index);
  summary.protocol = ipsec::name(key.protocol);
  summary.spi = key.spi;
  summary.source = base::to_string(key.source);
  summary.destination = base::to_string(key.destination);
  if (configured != nullptr) describe_configured(*configured, summary);
  if (row.encapsulation == decode::Encapsulation::kUdp) summary.encapsulation = "udp";
  if (row.encapsulation == decode::Encapsulation::kTcp) summary.encapsulation = "tcp";
  summary.packets = row.packets;
  summary.bytes = row.bytes;
  summary.first = row.first;
  summary.last = row.last;
  describe_sequence(row, loss, summary.sequence);
  describe_checks(row, summary);
  describe_reading(row, configured, summary);
  for (const std::uint32_t state : row.served) {
    if (state != AssociationRow::kNotServed && !draft.ids[state].empty()) summary.requirements.push_back(draft.ids[state]);
  }
  add_association_findings(draft, index, loss, summary, findings);
}

// What two listings of one SA have in common.
using Identity = std::tuple<ipsec::Protocol, std::uint32_t, base::Prefix, base::Prefix>;
Identity identity_of(const ipsec::Association& association) {
  return {association.protocol, association.spi.value_or(base::Spi{}).value, association.source, association.destination};
}

// A configured SA that carried nothing; two files may list the same one.
void add_unused(Draft& draft, Findings& findings) {
  const auto& associations = draft.ledger.world().associations();
  const std::vector<bool>& used = draft.ledger.associations().used();
  std::set<Identity> listed;
  for (std::size_t index = 0; index < associations.size(); ++index) {
    if (used[index]) listed.insert(identity_of(associations[index]));
  }
  for (std::size_t index = 0; index < associations.size(); ++index) {
    const ipsec::Association& association = associations[index];
    const bool wildcard = !association.spi || association.spi_mask != 0xffffffff || !association.destination.is_host();
    if (used[index] || wildcard || association.protocol == ipsec::Protocol::kIpcomp) continue;
    if (!listed.insert(identity_of(association)).second) continue;
    verdict::AssociationSummary summary;
    summary.protocol = ipsec::name(association.protocol);
    summary.spi = association.spi;
    summary.source = association.source.address.known() ? base::to_string(association.source) : "any";
    summary.destination = base::to_string(association.destination);
    describe_configured(association, summary);
    summary.findings.push_back({"sa.unused", 1});
    const std::string text =
        fmt::format("{} {} {} > {}", summary.protocol, base::to_string(*association.spi), summary.source, summary.destination);
    findings.add({.code = "sa.unused",
                  .requirement = {},
                  .association = text,
                  .message = fmt::format("{} ({}): no packet of it was seen.", text, *summary.origin),
                  .advice = {},
                  .count = 1,
                  .first = {},
                  .last = {},
                  .first_frame = {}});
    draft.summary.associations.push_back(std::move(summary));
    draft.association_rows.push_back(Associations::kMissing);
  }
}

// A bounded number of rows, in their order: those with trouble or the most packets, and those that carried something last.
std::vector<std::uint32_t> reported_associations(const Draft& draft, const std::vector<Loss>& loss) {
  const auto& rows = draft.ledger.associations().rows();
  std::vector<std::uint32_t> chosen(rows.size());
  std::iota(chosen.begin(), chosen.end(), 0U);
  if (chosen.size() <= draft.facts.rows) return chosen;
  const auto rank = [&](std::uint32_t index) {
    const AssociationRow& row = rows[index].row;
    const bool troubled = row.count(Checked::kBad) + loss[index].held + row.sequence.replayed() > 0;
    return std::tuple(troubled, row.packets, ~index);
  };
  const auto worse = [&](std::uint32_t left, std::uint32_t right) { return rank(left) > rank(right); };
  const auto later = [&](std::uint32_t left, std::uint32_t right) {
    return std::pair(rows[right].row.last, left) < std::pair(rows[left].row.last, right);
  };
  keep_first(chosen, draft.facts.rows, worse, later);
  return chosen;
}

}  // namespace

void add_associations(Draft& draft, Findings& findings) {
  const std::vector<Loss> loss = losses(draft.ledger.associations());
  const std::vector<std::uint32_t> reported = reported_associations(draft, loss);
  draft.summary.associations.reserve(reported.size());
  for (const std::uint32_t index : reported) add_seen(draft, index, loss[index], findings);
  if (draft.summary.associations.size() < draft.facts.rows) add_unused(draft, findings);
}

}  // namespace espy::verify
