#include "verify/sequence.h"

#include <algorithm>

namespace espy::verify {
namespace {

constexpr std::uint64_t kHalf = std::uint64_t{1} << 31;
constexpr std::uint64_t kWhole = std::uint64_t{1} << 32;

// A counter that begins again starts at 1; the first packets after it may be missing from the capture.
constexpr std::uint32_t kRestartBelow = 8;
constexpr std::uint8_t kRestartRun = 3;

}  // namespace

// The number nearest to the highest one that has these low 32 bits (the idea of RFC 4303 Appendix A2, without a window edge).
std::uint64_t SequenceTracker::extend(std::uint32_t sequence) const {
  const std::uint64_t high = highest_ & ~(kWhole - 1);
  std::uint64_t number = high | sequence;
  if (number + kHalf < highest_) number += kWhole;
  if (number > highest_ + kHalf && number >= kWhole) number -= kWhole;
  return number;
}

std::uint64_t SequenceTracker::current_lost() const {
  if (!any_) return 0;
  const std::uint64_t span = highest_ - base_ + 1;
  return span > distinct_ ? span - distinct_ : 0;
}

bool SequenceTracker::seen(std::uint64_t number) const {
  const std::uint64_t distance = highest_ - number;
  return distance < kWindow && ((bits_[distance / 64] >> (distance % 64)) & 1) != 0;
}

void SequenceTracker::mark(std::uint64_t number) {
  const std::uint64_t distance = highest_ - number;
  if (distance < kWindow) bits_[distance / 64] |= std::uint64_t{1} << (distance % 64);
}

void SequenceTracker::advance(std::uint64_t number) {
  const std::uint64_t shift = number - highest_;
  highest_ = number;
  if (shift >= kWindow) {
    bits_.fill(0);
    return;
  }
  const std::size_t words = shift / 64;
  const std::size_t rest = shift % 64;
  for (std::size_t index = kWords; index-- > 0;) {
    const std::uint64_t high = index >= words ? bits_[index - words] : 0;
    const std::uint64_t low = rest != 0 && index > words ? bits_[index - words - 1] >> (64 - rest) : 0;
    bits_[index] = (high << rest) | low;
  }
}

void SequenceTracker::begin(std::uint32_t sequence) {
  base_ = sequence;
  highest_ = sequence;
  distinct_ = 1;
  bits_.fill(0);
  bits_[0] = 1;
  restart_run_ = 0;
}

// A run of low, rising numbers whose octets are not those seen before under these numbers.
bool SequenceTracker::begins_again(std::uint32_t sequence, bool repeated) {
  if (repeated) {
    restart_run_ = 0;
    return false;
  }
  if (restart_run_ > 0 && sequence == restart_next_) {
    ++restart_run_;
  } else {
    restart_run_ = sequence <= kRestartBelow && sequence != 0 ? 1 : 0;
  }
  restart_next_ = sequence + 1;
  return restart_run_ >= kRestartRun;
}

Sighting SequenceTracker::behind(std::uint64_t number, Fingerprint fingerprint, base::Time time, const SequenceHistory* history) {
  const auto sequence = static_cast<std::uint32_t>(number);
  const SequenceHistory::Slot* slot = history == nullptr ? nullptr : &history->slots[sequence % SequenceHistory::kSlots];
  const bool remembered = slot != nullptr && slot->time.known() && slot->sequence == sequence;
  const bool same_as_low = sequence < kLowNumbers && fingerprint != 0 && low_[sequence] == fingerprint;
  const bool same_octets = same_as_low || (remembered && slot->fingerprint == fingerprint);
  const bool known_number = number >= base_ && (seen(number) || highest_ - number >= kWindow || remembered);
  if (begins_again(sequence, same_octets)) {
    const std::uint64_t run = restart_run_ - std::uint64_t{1};
    replayed_ -= std::min(replayed_, run);
    lost_before_ += current_lost();
    ++resets_;
    begin(sequence);
    base_ = sequence - run;
    distinct_ = run + 1;
    return Sighting::kReset;
  }
  if (same_octets && remembered && time - slot->time <= kDuplicateWithin) {
    ++duplicates_;
    return Sighting::kDuplicate;
  }
  if (known_number) {
    ++replayed_;
    return Sighting::kReplayed;
  }
  if (number < base_) base_ = number;   // the capture began between reordered packets
  ++distinct_;
  ++reordered_;
  last_distance_ = highest_ - number;
  largest_distance_ = std::max(largest_distance_, last_distance_);
  mark(number);
  return Sighting::kReordered;
}

Sighting SequenceTracker::add(std::uint32_t sequence, Fingerprint fingerprint, base::Time time, SequenceHistory* history) {
  gap_ = {};
  last_distance_ = 0;
  if (sequence == 0) ++zeros_;
  Sighting sighting = Sighting::kNew;
  if (!any_) {
    any_ = true;
    first_ = sequence;
    begin(sequence);
  } else if (const std::uint64_t number = extend(sequence); number > highest_) {
    if (number - highest_ > 1) gap_ = {.numbers = number - highest_ - 1, .before = last_time_};
    if ((number >> 32) != (highest_ >> 32)) ++wraps_;
    advance(number);
    bits_[0] |= 1;
    ++distinct_;
    restart_run_ = 0;
  } else {
    sighting = behind(number, fingerprint, time, history);
  }
  if (history != nullptr && sighting != Sighting::kDuplicate && sighting != Sighting::kReplayed) {
    history->slots[sequence % SequenceHistory::kSlots] = {time, sequence, fingerprint};
  }
  const bool fresh = sighting == Sighting::kNew || sighting == Sighting::kReordered || sighting == Sighting::kReset;
  if (fresh && sequence < kLowNumbers) low_[sequence] = fingerprint;
  last_time_ = time;
  return sighting;
}

}  // namespace espy::verify
