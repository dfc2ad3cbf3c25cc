#include "verify/null_esp.h"

#include <algorithm>
#include <array>

#include "verify/null_esp_reading.h"

namespace espy::verify {

namespace {

constexpr std::array<std::uint8_t, 2> kIvSizes{0, 8};

constexpr unsigned kLargestStep = 24;
constexpr unsigned kEnough = 96;
constexpr unsigned kSameSumBits = 12;  // a 16-bit sum, less what it costs that another sum is no misfit
constexpr std::uint8_t kPacketsForEncrypted = 8;

constexpr std::uint8_t icv_of(std::uint8_t candidate) { return kIcvSizes[candidate / kIvSizes.size()]; }
constexpr std::uint8_t iv_of(std::uint8_t candidate) { return kIvSizes[candidate % kIvSizes.size()]; }

}  // namespace

void NullEspDetector::add(base::Bytes after_sequence, bool complete) {
  static_assert(kCandidates == kIcvSizes.size() * kIvSizes.size());
  if (!complete || verdict_ == NullEspVerdict::kNull) return;
  if (packets_ < kPacketsForEncrypted) ++packets_;
  for (std::uint8_t candidate = 0; candidate < kCandidates; ++candidate) judge(candidate, after_sequence);
  conclude();
}

// What add() does with a packet that no candidate reads.
void NullEspDetector::add_illegible() {
  if (verdict_ == NullEspVerdict::kNull) return;
  if (packets_ < kPacketsForEncrypted) ++packets_;
  for (std::uint8_t& score : scores_) score = static_cast<std::uint8_t>(score - std::min<unsigned>(score, kLargestStep));
  conclude();
}

void NullEspDetector::judge(std::uint8_t candidate, base::Bytes after_sequence) {
  std::uint8_t& score = scores_[candidate];
  const std::size_t around = std::size_t{icv_of(candidate)} + iv_of(candidate);
  std::optional<NullEspReading> reading;
  if (after_sequence.size() > around) reading = read_as_null(after_sequence.subspan(iv_of(candidate), after_sequence.size() - around));
  if (!reading) {
    score = static_cast<std::uint8_t>(score - std::min<unsigned>(score, kLargestStep));
    return;
  }
  if (reading->dummy) return;
  unsigned bits = reading->bits;
  if (reading->constant_sum) bits += checksum_evidence(candidate, *reading->constant_sum);
  score = static_cast<std::uint8_t>(std::min(score + std::min(bits, kLargestStep), kEnough));
  const bool best = settled_by_ == kNoCandidate || score > scores_[settled_by_];
  if (score < kEnough || !best) return;
  settled_by_ = candidate;
  inner_protocol_ = reading->next_header;
}

// One candidate at a time remembers its sum: the first that could be read, until it is disproved.
unsigned NullEspDetector::checksum_evidence(std::uint8_t candidate, std::uint16_t constant_sum) {
  if (sum_candidate_ == candidate) {
    const bool same = constant_sum == constant_sum_;
    constant_sum_ = constant_sum;
    return same ? kSameSumBits : 0;
  }
  if (sum_candidate_ != kNoCandidate && scores_[sum_candidate_] >= scores_[candidate] && scores_[sum_candidate_] != 0) return 0;
  sum_candidate_ = candidate;
  constant_sum_ = constant_sum;
  return 0;
}

void NullEspDetector::conclude() {
  if (settled_by_ != kNoCandidate) {
    verdict_ = NullEspVerdict::kNull;
    return;
  }
  const bool nothing_holds = std::all_of(scores_.begin(), scores_.end(), [](std::uint8_t score) { return score == 0; });
  verdict_ = packets_ >= kPacketsForEncrypted && nothing_holds ? NullEspVerdict::kEncrypted : NullEspVerdict::kUnsure;
}

std::uint8_t NullEspDetector::icv_size() const { return settled_by_ == kNoCandidate ? std::uint8_t{0} : icv_of(settled_by_); }
std::uint8_t NullEspDetector::iv_size() const { return settled_by_ == kNoCandidate ? std::uint8_t{0} : iv_of(settled_by_); }

}  // namespace espy::verify
