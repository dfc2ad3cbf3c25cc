#include "verify/portrait.h"

#include <algorithm>
#include <numeric>

#include "verify/summary_parts.h"

namespace espy::verify {
namespace {

constexpr std::size_t kTrails = 64;  // SAs of a picture whose rise over time is kept: hundreds of pictures are in memory

std::optional<verdict::SequenceDetail> sequence_of(const Associations& associations, std::uint32_t index) {
  const SequenceTracker& sequence = associations.rows()[index].row.sequence;
  if (!sequence.any()) return std::nullopt;
  verdict::SequenceDetail detail;
  detail.first = sequence.lowest_extended();
  detail.first_packet = sequence.first();
  detail.highest = sequence.highest_extended();
  detail.seen = sequence.window();
  const SequenceOddities* odd = associations.log() == nullptr ? nullptr : associations.log()->find(index);
  if (odd != nullptr) {
    detail.events.assign(odd->events.begin(), odd->events.end());
    detail.events_left_out = odd->left_out;
    detail.late = odd->late;
  }
  const std::uint64_t numbered = associations.rows()[index].row.packets;
  const std::uint64_t late = std::accumulate(detail.late.begin() + 1, detail.late.end(), std::uint64_t{0});
  detail.late[0] = numbered - std::min(numbered, late + sequence.duplicates() + sequence.replayed());
  if (odd != nullptr) detail.lateness = odd->lateness(detail.late[0]);
  return detail;
}

void add_details(const Draft& draft, verdict::Picture& picture) {
  const Samples* samples = draft.ledger.samples();
  if (samples == nullptr) return;
  for (const std::uint32_t flow : draft.leak_flows)
    picture.leak_samples.push_back(flow == Flows::kMissing ? verdict::PacketSamples{} : samples->flow(flow));
  for (const std::uint32_t row : draft.association_rows) {
    const bool seen = row != Associations::kMissing;
    picture.association_samples.push_back(seen ? samples->association(row) : verdict::PacketSamples{});
    picture.sequences.push_back(seen ? sequence_of(draft.ledger.associations(), row) : std::nullopt);
    if (picture.sequences.back() && picture.sequences.size() <= kTrails && draft.ledger.associations().log() != nullptr)
      picture.sequences.back()->points = draft.ledger.associations().log()->points(row);
  }
}

std::uint64_t keyed(const Ledger& ledger) {
  const Keyring* keys = ledger.keys();
  if (keys == nullptr) return 0;
  std::uint64_t count = 0;
  for (ipsec::AssociationId id = 0; id < ledger.world().associations().size(); ++id) count += keys->state(id) == KeyState::kUsable;
  return count;
}

std::vector<std::string> association_sources(const ipsec::World& world) {
  std::vector<std::string> names;
  std::string_view last;
  for (const ipsec::Association& association : world.associations()) {
    const std::string_view file = association.origin.file;
    if (file == last || file.empty()) continue;
    last = file;
    std::string name(file.substr(file.rfind('/') + 1));
    if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
  }
  return names;
}

}  // namespace

verdict::Picture portray(const Ledger& ledger, const RunFacts& facts) {
  Draft draft = draft_summary(ledger, facts);
  verdict::Picture picture;
  add_details(draft, picture);
  picture.leaks_total = draft.summary.leaks.size() + draft.flows_left_out;
  picture.associations_total = ledger.associations().rows().size();
  picture.leaked_packets = draft.summary.packets.by_class[static_cast<std::size_t>(verdict::Class::kLeaked)];
  picture.configured_associations = ledger.world().associations().size();
  picture.keyed_associations = keyed(ledger);
  picture.association_sources = association_sources(ledger.world());
  picture.limits = limit_uses(ledger);
  picture.limits.push_back({.key = "findings",
                            .used = draft.summary.findings.size(),
                            .limit = ledger.limits().findings,
                            .left_out = draft.summary.limits.findings});
  picture.summary = std::move(draft.summary);
  return picture;
}

}  // namespace espy::verify
