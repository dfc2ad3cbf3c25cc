#include "verify/sequence.h"

#include <algorithm>

namespace espy::verify {
namespace {

constexpr std::uint64_t kHalf = std::uint64_t{1} << 31;
constexpr std::uint64_t kWhole = std::uint64_t{1} << 32;

// A counter that begins again starts at 1; the first packets after it may be missing from the capture.
constexpr std::uint32_t kRestartBelow = 8;
// A number that was not seen yet and is less than RFC 4303's smallest window behind is late, not a counter that begins again.
constexpr std::uint64_t kFarBehind = 32;

bool within_duplicate_time(base::Time one, base::Time other) { return one - other <= kDuplicateWithin && other - one <= kDuplicateWithin; }

}  // namespace

// The latest of those that share a place stays.
void SequenceRun::move_history(std::span<SequenceSlot> to) {
  const std::span<const SequenceSlot> from(slots, slots == nullptr ? 0 : std::size_t{mask} + 1);
  slots = to.data();
  mask = static_cast<std::uint32_t>(to.size() - 1);
  std::ranges::fill(to, SequenceSlot{});
  for (const SequenceSlot& slot : from) {
    SequenceSlot& place = slots[slot.sequence & mask];
    const bool ahead = static_cast<std::int32_t>(slot.sequence - place.sequence) > 0;
    if (slot.time > place.time || (slot.time == place.time && ahead)) place = slot;
  }
}

// The number nearest to the highest one that has these low 32 bits (the idea of RFC 4303 Appendix A2, without a window edge).
std::uint64_t SequenceTracker::extend(std::uint32_t sequence) const {
  const std::uint64_t high = highest_ & ~(kWhole - 1);
  std::uint64_t number = high | sequence;
  if (number + kHalf < highest_) number += kWhole;
  if (number > highest_ + kHalf && number >= kWhole) number -= kWhole;
  return number;
}

// Whether the next number needs no more than to be counted; what was told of the last add() is forgotten then.
bool SequenceTracker::begin_run(std::uint32_t sequence, SequenceRun& run) {
  const bool follows = any_ && sequence >= kLowNumbers && sequence == static_cast<std::uint32_t>(highest_ + 1);
  if (run.next != SequenceRun::kNone || !follows || leap_ != 0) return false;
  restart_run_ = 0;
  gap_.numbers = 0;
  last_distance_ = 0;
  run.next = sequence;
  return true;
}

void SequenceTracker::end_run(SequenceRun& run) {
  if (run.next == SequenceRun::kNone) return;
  const std::uint64_t first = highest_ + 1;
  highest_ += run.next - static_cast<std::uint32_t>(first);
  run.next = SequenceRun::kNone;
  if (highest_ < first) return;
  last_time_ = run.last;
  mark_run(first);
}

std::uint64_t SequenceTracker::current_lost() const { return static_cast<std::uint64_t>(std::max<std::int64_t>(figures_.missing, 0)); }

bool SequenceTracker::seen(std::uint64_t number) const { return highest_ - number < kWindow && (word_of(number) & bit_of(number)) != 0; }

void SequenceTracker::mark(std::uint64_t number) {
  if (highest_ - number < kWindow) word_of(number) |= bit_of(number);
}

// Those from `first` to the highest.
void SequenceTracker::mark_run(std::uint64_t first) {
  constexpr std::uint64_t kAll = ~std::uint64_t{0};
  if (highest_ - first >= kWindow) first = highest_ - kWindow + 1;
  for (std::uint64_t word = first / 64; word <= highest_ / 64; ++word) {
    const std::uint64_t from = word == first / 64 ? kAll << (first % 64) : kAll;
    const std::uint64_t to = word == highest_ / 64 ? kAll >> (63 - highest_ % 64) : kAll;
    bits_[word % kWords] |= from & to;
  }
}

// The numbers that come into the window take the places of those that leave it (RFC 6479).
void SequenceTracker::advance(std::uint64_t number) {
  if (number - highest_ >= kWindow) {
    bits_.fill(0);
  } else {
    for (std::uint64_t fresh = highest_ + 1; fresh <= number; ++fresh) word_of(fresh) &= ~bit_of(fresh);
  }
  highest_ = number;
}

void SequenceTracker::begin(std::uint32_t sequence) {
  figures_.base = sequence;
  figures_.missing = 0;
  highest_ = sequence;
  bits_.fill(0);
  mark(sequence);
  restart_run_ = 0;
}

// A run of low, rising numbers whose octets are not those seen before under these numbers.
bool SequenceTracker::begins_again(std::uint32_t sequence, Fingerprint fingerprint, bool seen_before) {
  if (restart_run_ > 0 && sequence + 1 == restart_next_ && fingerprint == run_[restart_run_ - 1U]) {
    if (!seen_before) ++run_copies_;  // else it is counted as a copy already
    return false;
  }
  if (seen_before) {
    restart_run_ = 0;
    return false;
  }
  if (restart_run_ == 0 || sequence != restart_next_) {
    restart_run_ = 0;
    if (sequence > kRestartBelow || sequence == 0) return false;
    before_run_ = figures_;
    run_copies_ = 0;
  }
  run_[restart_run_++] = fingerprint;
  restart_next_ = sequence + 1;
  return restart_run_ == kRestartRun;
}

// The run that ends with `sequence` is a new epoch; what it did to the old one is taken back.
void SequenceTracker::restart(std::uint32_t sequence) {
  figures_ = before_run_;
  duplicates_ += run_copies_;
  lost_before_ += current_lost();
  ++resets_;
  begin(sequence);
  figures_.base = sequence - (kRestartRun - 1U);
  for (std::uint32_t index = 0; index < kRestartRun; ++index) {
    const std::uint32_t number = sequence - (kRestartRun - 1U) + index;
    mark(number);
    if (number < kLowNumbers) low_[number] = run_[index];
  }
}

Sighting SequenceTracker::behind(std::uint64_t number, Fingerprint fingerprint, base::Time time, const SequenceRun& run) {
  const auto sequence = static_cast<std::uint32_t>(number);
  const SequenceSlot* slot = run.find(sequence);
  const bool remembered = slot != nullptr;
  const bool same_as_low = sequence < kLowNumbers && fingerprint != 0 && low_[sequence] == fingerprint;
  const bool same_octets = same_as_low || (remembered && slot->fingerprint == fingerprint);
  const bool known_number = number >= figures_.base && (seen(number) || highest_ - number >= kWindow || remembered);
  const bool late = !known_number && highest_ - number < kFarBehind;
  if (begins_again(sequence, fingerprint, same_octets || late)) {
    restart(sequence);
    return Sighting::kReset;
  }
  if (same_octets && remembered && within_duplicate_time(time, slot->time)) {
    ++duplicates_;
    return Sighting::kDuplicate;
  }
  if (known_number) {
    ++figures_.replayed;
    return Sighting::kReplayed;
  }
  --figures_.missing;
  if (number < figures_.base) {  // the capture began between reordered packets
    figures_.missing += static_cast<std::int64_t>(figures_.base - number);
    figures_.base = number;
  }
  ++figures_.reordered;
  last_distance_ = highest_ - number;
  figures_.largest_distance = std::max(figures_.largest_distance, last_distance_);
  mark(number);
  return Sighting::kReordered;
}

void SequenceTracker::ahead(std::uint64_t number) {
  if (number - highest_ > 1) gap_ = {.numbers = gap_.numbers + number - highest_ - 1, .before = last_time_};
  if ((number >> 32) != (highest_ >> 32)) ++wraps_;
  figures_.missing += static_cast<std::int64_t>(number - highest_ - 1);
  advance(number);
  mark(number);
  restart_run_ = 0;
}

// A number far ahead waits for the next one to follow it: without its ICV checked, it may be a damaged or forged packet's. False: it waits.
bool SequenceTracker::leap(std::uint64_t number) {
  if (number - highest_ <= kWindow) {
    leap_ = 0;
    return true;
  }
  const bool followed = leap_ != 0 && number > leap_ && number - leap_ <= kWindow;
  if (followed) ahead(leap_);
  leap_ = followed ? 0 : number;
  return followed;
}

void SequenceTracker::finish() {
  if (leap_ != 0) ahead(leap_);
  leap_ = 0;
}

Sighting SequenceTracker::add(const NumberedPacket& packet, SequenceRun& run) {
  const auto& [sequence, fingerprint, time, authentic] = packet;
  end_run(run);
  gap_ = {};
  last_distance_ = 0;
  lacks_room_ = false;
  if (sequence == 0 && (!any_ || extend(0) == 0)) ++zeros_;  // after a wrap 0 is a number as any other (RFC 4303 section 2.2.1)
  Sighting sighting = Sighting::kNew;
  if (!any_) {
    any_ = true;
    first_ = sequence;
    begin(sequence);
  } else if (const std::uint64_t number = extend(sequence); number > highest_) {
    if (!authentic && !leap(number)) return Sighting::kNew;
    if (authentic) leap_ = 0;
    ahead(number);
  } else {
    sighting = behind(number, fingerprint, time, run);
  }
  if (sighting != Sighting::kDuplicate && sighting != Sighting::kReplayed) {
    lacks_room_ = run.forgets(packet);
    if (!lacks_room_) run.write(packet);
    if (sequence < kLowNumbers) low_[sequence] = fingerprint;
  }
  last_time_ = time;
  return sighting;
}

}  // namespace espy::verify
