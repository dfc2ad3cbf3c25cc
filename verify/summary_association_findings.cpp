#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "verify/summary_parts.h"

// What is found about one SA that was seen.
namespace espy::verify {
namespace {

// From here on a 32-bit counter has less than a sixteenth of its numbers left.
constexpr std::uint32_t kNearlyExhausted = 0xf0000000;

// "1 packet", "2 packets"
struct Counted {
  std::uint64_t count;
  std::string_view thing;
};

}  // namespace
}  // namespace espy::verify

template <>
struct fmt::formatter<espy::verify::Counted> : fmt::formatter<std::string_view> {
  auto format(const espy::verify::Counted& counted, format_context& context) const {
    return fmt::format_to(context.out(), "{} {}{}", counted.count, counted.thing, counted.count == 1 ? "" : "s");
  }
};

namespace espy::verify {
namespace {

// Of one SA. Each add() takes what a sentence is made of: where `count` is 0, which it nearly always is, none is made.
class RowFindings {
 public:
  RowFindings(const AssociationKey& key, const AssociationRow& row, verdict::AssociationSummary& summary, Findings& findings)
      : key_(key), row_(row), summary_(summary), findings_(findings) {}

  template <class... Parts>
  void add(std::string_view code, std::uint64_t count, fmt::format_string<Parts...> sentence, Parts&&... parts) {
    if (count > 0) findings_.add(make(code, count, fmt::format(sentence, std::forward<Parts>(parts)...)));
  }
  // Of some of the SA's packets.
  template <class... Parts>
  void add_at(const Spots& spots, std::string_view code, std::uint64_t count, fmt::format_string<Parts...> sentence, Parts&&... parts) {
    if (count > 0) add_made(spots, make(code, count, fmt::format(sentence, std::forward<Parts>(parts)...)));
  }
  void add_diagnosis(const Spots& spots, std::uint64_t count, const std::string& before, const Diagnosis& diagnosis) {
    if (count == 0) return;
    verdict::Finding finding = make("sa.icv-bad", count, before + diagnosis.sentence);
    finding.advice = diagnosis.advice;
    add_made(spots, std::move(finding));
  }
  void add_note(std::string_view code, std::uint64_t count, std::string_view sentence) {
    if (count > 0) findings_.add_note(make(code, count, std::string(sentence)));
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
  void add_made(const Spots& spots, verdict::Finding finding) {
    if (spots.first_frame != 0) {
      finding.first = spots.first;
      finding.last = spots.last;
      finding.first_frame = {spots.first_source, spots.first_frame};
    }
    findings_.add(std::move(finding));
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
    findings.add("sa.gap", loss.held, "{} between {} and {} never came.", Counted{loss.held, "sequence number"}, sequence.first(),
                 sequence.highest());
  findings.add("sa.replay", sequence.replayed(),
               "{} with a sequence number that was seen before, more than {} ms earlier or with other octets.",
               Counted{sequence.replayed(), "packet"}, kDuplicateWithin.nanoseconds / 1'000'000);
  const std::uint32_t window = configured == nullptr ? 0 : configured->replay_window;
  findings.add("sa.beyond-window", row.beyond_window,
               "{} came later than the anti-replay window of {} allows, for the receiver to drop. A window of {} would do.",
               Counted{row.beyond_window, "packet"}, window, sequence.window_needed());
  findings.add("sa.reset", sequence.resets(), "the sequence numbers began again from 1 under the same SPI.");
  const bool esn = configured != nullptr && configured->esn;
  // The low half of an extended number passes 0 when it wraps (RFC 4303 section 2.2.1).
  const std::uint64_t zeros = esn || sequence.wraps() > 0 ? 0 : sequence.zeros();
  findings.add("sa.sequence-zero", zeros, "{} with sequence number 0, which no sender may use.", Counted{zeros, "packet"});
  const bool near_end = !esn && (sequence.wraps() > 0 ? configured != nullptr : sequence.any() && sequence.highest() >= kNearlyExhausted);
  findings.add("sa.exhaustion", near_end ? 1 : 0, "sequence number {} of 4294967295 without ESN: the SA must be rekeyed before it wraps.",
               sequence.highest());
}

// V25
bool is_unknown(const Draft& draft, const AssociationKey& key, const AssociationRow& row) {
  const bool negotiated = draft.ledger.world().has_ike() || draft.ledger.saw_ike(key.source, key.destination);
  return row.configured == ipsec::kNoAssociation && !negotiated && draft.keyed_by_hand(key.source, key.destination);
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
    const std::string what = bad == 0 ? "" : fmt::format("{} with a wrong ICV. ", Counted{bad, "packet"});
    findings.add_diagnosis(bad == 0 ? row.odd : row.bad, bad == 0 ? row.failed : bad, what, *diagnosis);
  } else {
    findings.add_at(row.bad, "sa.icv-bad", bad, "{} with a wrong ICV.", Counted{bad, "packet"});
  }
  findings.add_at(row.odd, "sa.padding-bad", row.padding_bad, "{} with padding other than 1, 2, 3 ….", Counted{row.padding_bad, "packet"});
  findings.add_at(row.mismatch, "policy.inner-mismatch", row.inner_mismatch,
                  "{} carried what no policy of this SA allows; the receiver must drop it.", Counted{row.inner_mismatch, "packet"});
}

void add_iv_findings(const AssociationRow& row, RowFindings& findings) {
  findings.add_at(row.odd, "sa.iv-reuse", row.iv_reused, "{} with an initialisation vector that was used before under the same key.",
                  Counted{row.iv_reused, "packet"});
  const IvPattern pattern = row.ivs.pattern();
  if (pattern == IvPattern::kNone) return;
  findings.add("sa.iv-predictable", row.ivs.count(pattern), "the initialisation vectors of {} {}.",
               Counted{row.ivs.count(pattern), "packet"}, describe(pattern));
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
