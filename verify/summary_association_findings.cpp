#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "verify/summary_parts.h"

// What is found about one SA that was seen.
namespace espy::verify {
namespace {

// From here on a 32-bit counter has less than a sixteenth of its numbers left.
constexpr std::uint32_t kNearlyExhausted = 0xf0000000;

// "1 packet", "2 packets"
std::string counted(std::uint64_t count, std::string_view thing) { return fmt::format("{} {}{}", count, thing, count == 1 ? "" : "s"); }

class RowFindings {
 public:
  RowFindings(const AssociationKey& key, const AssociationRow& row, verdict::AssociationSummary& summary, Findings& findings)
      : key_(key), row_(row), summary_(summary), findings_(findings) {}

  void add(std::string_view code, std::uint64_t count, std::string message) {
    if (count > 0) findings_.add(make(code, count, std::move(message)));
  }
  // Of some of the SA's packets; `advice` may be empty, for the catalogue's.
  void add_at(const Spots& spots, std::string_view code, std::uint64_t count, std::string message, std::string advice = {}) {
    if (count == 0) return;
    verdict::Finding finding = make(code, count, std::move(message));
    finding.advice = std::move(advice);
    if (spots.first_frame != 0) {
      finding.first = spots.first;
      finding.last = spots.last;
      finding.first_frame = {spots.first_source, spots.first_frame};
    }
    findings_.add(std::move(finding));
  }
  void add_note(std::string_view code, std::uint64_t count, std::string message) {
    if (count > 0) findings_.add_note(make(code, count, std::move(message)));
  }

 private:
  verdict::Finding make(std::string_view code, std::uint64_t count, std::string message) {
    summary_.findings.push_back({std::string(code), count});
    const std::string name = describe_association(key_);
    return {.code = std::string(code),
            .requirement = {},
            .association = name,
            .message = name + ": " + std::move(message),
            .advice = {},
            .count = count,
            .first = row_.first,
            .last = row_.last,
            .first_frame = {row_.first_source, row_.first_frame}};
  }

  const AssociationKey& key_;
  const AssociationRow& row_;
  verdict::AssociationSummary& summary_;
  Findings& findings_;
};

void add_sequence_findings(const AssociationRow& row, const ipsec::Association* configured, const Loss& loss, bool capture_drops,
                           RowFindings& findings) {
  const SequenceTracker& sequence = row.sequence;
  if (!capture_drops)
    findings.add(
        "sa.gap", loss.held,
        fmt::format("{} between {} and {} never came.", counted(loss.held, "sequence number"), sequence.first(), sequence.highest()));
  findings.add("sa.replay", sequence.replayed(),
               fmt::format("{} with a sequence number that was seen before, more than {} ms earlier or with other octets.",
                           counted(sequence.replayed(), "packet"), kDuplicateWithin.nanoseconds / 1'000'000));
  const std::uint32_t window = configured == nullptr ? 0 : configured->replay_window;
  findings.add("sa.beyond-window", row.beyond_window,
               fmt::format("{} came later than the anti-replay window of {} allows, for the receiver to drop. A window of {} would do.",
                           counted(row.beyond_window, "packet"), window, sequence.window_needed()));
  findings.add("sa.reset", sequence.resets(), "the sequence numbers began again from 1 under the same SPI.");
  const bool esn = configured != nullptr && configured->esn;
  // The low half of an extended number passes 0 when it wraps (RFC 4303 section 2.2.1).
  const std::uint64_t zeros = esn || sequence.wraps() > 0 ? 0 : sequence.zeros();
  findings.add("sa.sequence-zero", zeros, fmt::format("{} with sequence number 0, which no sender may use.", counted(zeros, "packet")));
  const bool near_end = !esn && (sequence.wraps() > 0 ? configured != nullptr : sequence.any() && sequence.highest() >= kNearlyExhausted);
  findings.add("sa.exhaustion", near_end ? 1 : 0,
               fmt::format("sequence number {} of 4294967295 without ESN: the SA must be rekeyed before it wraps.", sequence.highest()));
}

bool keyed_by_hand(const Draft& draft, const AssociationKey& key) {
  return std::ranges::any_of(draft.ledger.world().associations(), [&](const ipsec::Association& association) {
    const bool hosts = association.source.is_host() && association.destination.is_host() && association.source.address.known();
    const bool forth = association.source.address == key.source && association.destination.address == key.destination;
    const bool back = association.source.address == key.destination && association.destination.address == key.source;
    return hosts && (forth || back);
  });
}

// V25
bool is_unknown(const Draft& draft, const AssociationKey& key, const AssociationRow& row) {
  if (row.configured != ipsec::kNoAssociation || draft.ledger.world().has_ike() || draft.ledger.saw_ike(key.source, key.destination))
    return false;
  return keyed_by_hand(draft, key);
}

void add_content_findings(const Draft& draft, std::uint32_t index, RowFindings& findings) {
  const auto& [key, row] = draft.ledger.associations().rows()[index];
  findings.add("sa.unknown", is_unknown(draft, key, row) ? row.packets : 0,
               "no configuration lists this SPI between hosts whose keys are set by hand.");
  findings.add("sa.reserved-spi", key.spi.reserved() ? row.packets : 0, "the SPI is from the range 0 to 255 that is reserved.");
  if (!draft.looks_null(index)) return;
  if (draft.leaks_in_null(index)) {
    findings.add("sa.looks-unencrypted", row.packets, "it can be read without a key: the ciphertext is plaintext.");
  } else {
    findings.add_note("sa.looks-unencrypted", row.packets, "it encrypts nothing, as its configuration says.");  // V18
  }
}

// sa.icv-bad with its diagnosis, and what decryption alone tells.
void add_integrity_findings(const Draft& draft, std::uint32_t index, verdict::AssociationSummary& summary, RowFindings& findings) {
  const AssociationRow& row = draft.ledger.associations().rows()[index].row;
  const std::optional<Diagnosis> diagnosis = draft.ledger.diagnoser().diagnose(index, row);
  const std::uint64_t bad = row.count(Checked::kBad) + row.count(Checked::kEsnUnknown);
  if (diagnosis) {
    summary.diagnosis = diagnosis->name;
    const std::string what = bad == 0 ? "" : fmt::format("{} with a wrong ICV. ", counted(bad, "packet"));
    const Spots& spots = bad == 0 ? row.odd : row.bad;
    findings.add_at(spots, "sa.icv-bad", bad == 0 ? row.failed : bad, what + diagnosis->sentence, diagnosis->advice);
  } else {
    findings.add_at(row.bad, "sa.icv-bad", bad, fmt::format("{} with a wrong ICV.", counted(bad, "packet")));
  }
  findings.add_at(row.odd, "sa.padding-bad", row.padding_bad,
                  fmt::format("{} with padding other than 1, 2, 3 ….", counted(row.padding_bad, "packet")));
  findings.add_at(
      row.mismatch, "policy.inner-mismatch", row.inner_mismatch,
      fmt::format("{} carried what no policy of this SA allows; the receiver must drop it.", counted(row.inner_mismatch, "packet")));
}

void add_iv_findings(const AssociationRow& row, RowFindings& findings) {
  findings.add_at(
      row.odd, "sa.iv-reuse", row.iv_reused,
      fmt::format("{} with an initialisation vector that was used before under the same key.", counted(row.iv_reused, "packet")));
  const IvPattern pattern = row.ivs.pattern();
  if (pattern == IvPattern::kNone) return;
  findings.add("sa.iv-predictable", row.ivs.count(pattern),
               fmt::format("the initialisation vectors of {} {}.", counted(row.ivs.count(pattern), "packet"), describe(pattern)));
}

}  // namespace

void add_association_findings(const Draft& draft, std::uint32_t index, const Loss& loss, verdict::AssociationSummary& summary,
                              Findings& findings) {
  const auto& [key, row] = draft.ledger.associations().rows()[index];
  const ipsec::Association* configured =
      row.configured == ipsec::kNoAssociation ? nullptr : &draft.ledger.world().associations()[row.configured];
  const bool drops = std::ranges::find(draft.trouble, "capture.drops") != draft.trouble.end();
  RowFindings row_findings(key, row, summary, findings);
  add_sequence_findings(row, configured, loss, drops, row_findings);
  add_content_findings(draft, index, row_findings);
  add_integrity_findings(draft, index, summary, row_findings);
  add_iv_findings(row, row_findings);
}

}  // namespace espy::verify
