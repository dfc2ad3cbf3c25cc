// SequenceTracker: the sequence numbers of one SA as a passive observer sees them, with RFC 4303's window: what was lost, reordered, seen
// twice, replayed, reset. It does not judge; V27 and V28 say what the figures mean. Not thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/prefetch.h"
#include "base/time.h"

namespace espy::verify {

// Two sightings of a number within this time, same length and same last octets, are one packet seen twice (V27).
inline constexpr base::Duration kDuplicateWithin = base::milliseconds(10);

// What identifies a packet beyond its number: its length and its last 16 octets, hashed.
using Fingerprint = std::uint32_t;

// V27: the length and the last 16 octets, or those that were captured. `octets`: a header and what follows it, as far as it was captured;
// `size`: the same on the wire. Never 0.
inline Fingerprint fingerprint_of(base::Bytes octets, std::uint32_t size, std::uint64_t seed) {
  constexpr std::size_t kOctets = 16;
  const bool short_one = octets.size() < kOctets;
  const std::uint64_t hash =
      short_one ? base::hash_bytes(octets, seed ^ size) : base::hash_16(octets.data() + octets.size() - kOctets, seed ^ size);
  return static_cast<Fingerprint>(hash | 1);
}

// A number that is remembered, with when its packet came and what its octets are.
struct SequenceSlot {
  base::Time time = base::kNever;  // kNever: nothing is remembered here
  std::uint32_t sequence = 0;
  Fingerprint fingerprint = 0;
};

// One packet of an SA.
struct NumberedPacket {
  std::uint32_t sequence = 0;  // low 32 bits
  Fingerprint fingerprint = 0;
  base::Time time;
  bool authentic = false;  // its ICV is good: the number is the sender's, however far ahead
};

// What most packets of an SA touch, apart from its tracker, so that those of many SAs lie together: the last numbers that came, and a run
// of numbers that follow each other from the tracker's highest on. They count in the tracker's figures once it has ended.
struct SequenceRun {
  // Numbers that a history holds. The short one is each SA's own, the long one lent to those that send more within kDuplicateWithin.
  static constexpr std::uint32_t kShort = 16;
  static constexpr std::uint32_t kLong = 256;
  static constexpr std::uint64_t kNone = ~std::uint64_t{0};

  std::uint64_t next = kNone;     // the number that it goes on with, 2^32 where the counter would wrap; kNone: there is no run
  base::Time last{};              // of the last packet that was written
  SequenceSlot* slots = nullptr;  // the history: number n at n modulo its size. Not owned
  std::uint32_t mask = 0;         // its size less one
  bool encrypted = false;         // NullEspVerdict::kEncrypted

  // False: it is not the next one, or a number has to go for it that may be asked for.
  bool add(const NumberedPacket& packet) {
    if (packet.sequence != next || forgets(packet)) return false;
    ++next;
    write(packet);
    return true;
  }
  // Whether a short history would have to give up a number that is younger than kDuplicateWithin.
  bool forgets(const NumberedPacket& packet) const {
    const SequenceSlot& slot = slots[packet.sequence & mask];
    return mask < kLong - 1 && slot.time.known() && packet.time - slot.time <= kDuplicateWithin;
  }
  void write(const NumberedPacket& packet) {
    last = packet.time;
    slots[packet.sequence & mask] = {.time = packet.time, .sequence = packet.sequence, .fingerprint = packet.fingerprint};
  }
  // nullptr: this number is not remembered.
  const SequenceSlot* find(std::uint32_t sequence) const {
    const SequenceSlot& slot = slots[sequence & mask];
    return slot.time.known() && slot.sequence == sequence ? &slot : nullptr;
  }
  // Whether nothing but this and the history is needed for a number, as far as can be told before it is its turn.
  bool goes_on() const { return next != kNone && encrypted; }
  void prefetch(std::uint32_t sequence) const { base::prefetch(&slots[sequence & mask]); }
  // Goes on with the history `to`, which takes along what it has room for.
  void move_history(std::span<SequenceSlot> to);
};
static_assert(sizeof(SequenceRun) == 32);

enum class Sighting : std::uint8_t {
  kNew,        // ahead of all before it
  kReordered,  // late, but not seen before
  kDuplicate,  // the same packet again, within kDuplicateWithin
  kReplayed,   // a number seen before, later or with other octets
  kReset,      // the counter began again
};

struct Gap {
  std::uint64_t numbers = 0;  // numbers skipped by the last add(), 0 for none
  base::Time before;          // the packet before the gap
};

class SequenceTracker {
 public:
  // Ends the run, whose history must be there. Where that is too short for the number, it is left as it was: see lacks_room().
  Sighting add(const NumberedPacket& packet, SequenceRun& run);

  // add() where the number is the one after the highest and nothing is in the air that it could settle; false: call add().
  bool add_next(const NumberedPacket& packet, SequenceRun& run) {
    return run.add(packet) || (begin_run(packet.sequence, run) && run.add(packet));
  }
  // To be called before anything below is asked for.
  void end_run(SequenceRun& run);

  // No more packets: a number far ahead that nothing has followed counts after all.
  void finish();

  bool any() const { return any_; }
  std::uint32_t first() const { return first_; }
  std::uint64_t lowest_extended() const { return figures_.base; }  // since the counter last began again
  std::uint32_t highest() const { return static_cast<std::uint32_t>(highest_); }
  // With the wraps counted on: the number nearest to the highest one that has these low 32 bits, and the highest itself.
  std::uint64_t extended(std::uint32_t sequence) const { return extend(sequence); }
  std::uint64_t highest_extended() const { return highest_; }
  // Consecutive low numbers that show that a counter began again.
  static constexpr std::uint8_t kRestartRun = 3;
  // Number n of the last kWindow was seen: bit n modulo kWindow.
  static constexpr std::size_t kWindow = 1024;
  static constexpr std::size_t kWords = kWindow / 64;
  const std::array<std::uint64_t, kWords>& window() const { return bits_; }
  std::uint64_t lost() const { return lost_before_ + current_lost(); }
  std::uint64_t reordered() const { return figures_.reordered; }
  std::uint64_t duplicates() const { return duplicates_; }
  std::uint64_t replayed() const { return figures_.replayed; }
  std::uint64_t resets() const { return resets_; }
  std::uint64_t wraps() const { return wraps_; }
  std::uint64_t zeros() const { return zeros_; }
  // The largest reordering distance plus one; 1 when all came in order, 0 when nothing came.
  std::uint64_t window_needed() const { return any_ ? figures_.largest_distance + 1 : 0; }
  // Of the last add(): its number has to be written to a longer history.
  bool lacks_room() const { return lacks_room_; }
  // Of the last add(): the numbers that it skipped, and how far behind the highest it came (0: not reordered).
  const Gap& last_gap() const { return gap_; }
  std::uint64_t last_distance() const { return last_distance_; }

 private:
  static constexpr std::size_t kLowNumbers = 11;

  // What the first packets of a counter that begins again change before it is known as such.
  struct Figures {
    std::uint64_t base = 0;    // first number of this epoch, extended
    std::int64_t missing = 0;  // numbers between it and the highest that were not seen: the usual packet changes nothing of this
    std::uint64_t reordered = 0;
    std::uint64_t replayed = 0;
    std::uint64_t largest_distance = 0;
  };

  bool begin_run(std::uint32_t sequence, SequenceRun& run);
  std::uint64_t extend(std::uint32_t sequence) const;
  std::uint64_t current_lost() const;
  std::uint64_t& word_of(std::uint64_t number) { return bits_[number / 64 % kWords]; }
  std::uint64_t word_of(std::uint64_t number) const { return bits_[number / 64 % kWords]; }
  static std::uint64_t bit_of(std::uint64_t number) { return std::uint64_t{1} << (number % 64); }
  bool seen(std::uint64_t number) const;
  void mark(std::uint64_t number);
  void mark_run(std::uint64_t first);
  void advance(std::uint64_t number);
  void ahead(std::uint64_t number);
  bool leap(std::uint64_t number);
  void begin(std::uint32_t sequence);
  bool begins_again(std::uint32_t sequence, Fingerprint fingerprint, bool seen_before);
  void restart(std::uint32_t sequence);
  Sighting behind(std::uint64_t number, Fingerprint fingerprint, base::Time time, const SequenceRun& run);

  // What the first packets of an SA touch stands first and together.
  bool any_ = false;
  bool lacks_room_ = false;
  std::uint8_t restart_run_ = 0;  // consecutive low numbers that look like a counter beginning again
  std::uint32_t restart_next_ = 0;
  std::uint64_t highest_ = 0;  // extended by wraps: high half counts wraps, not the ESN high half
  base::Time last_time_;
  std::uint64_t leap_ = 0;  // extended; a number far ahead that waits for another, 0: none
  std::uint64_t last_distance_ = 0;
  Gap gap_;
  Figures figures_;
  std::array<Fingerprint, kLowNumbers> low_{};  // of the first numbers of this epoch: tells an old replay from a counter that begins again
  std::uint32_t first_ = 0;
  std::array<std::uint64_t, kWords> bits_{};  // number n of the last kWindow was seen: bit n modulo kWindow
  std::uint64_t run_copies_ = 0;              // of its last packet, by a mirror port
  std::array<Fingerprint, kRestartRun> run_{};
  Figures before_run_;
  std::uint64_t lost_before_ = 0;  // in epochs that ended
  std::uint64_t duplicates_ = 0, resets_ = 0, wraps_ = 0, zeros_ = 0;
};

}  // namespace espy::verify
