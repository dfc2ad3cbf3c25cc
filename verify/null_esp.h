// NullEspDetector: does an SA encrypt at all? It looks at several packets of one SA for structure that ciphertext cannot have (RFC 5879
// gives the idea): an inner header whose lengths and checksums agree with a trailer. It is not a verdict about a packet, and it uses no
// entropy: TLS inside unencrypted ESP looks random too.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"

namespace espy::verify {

enum class NullEspVerdict : std::uint8_t {
  kUnsure,     // not enough packets yet
  kNull,       // the payload is plaintext; final
  kEncrypted,  // eight packets or more, and none of the ways to read them as plaintext holds
};

// What the end of a packet, at every size of an ICV, says of its being plaintext.
enum class Legibility : std::uint8_t {
  kNot,
  kDummy,    // next header 59 at one of them, which says nothing
  kPerhaps,  // a protocol and padding: its content must be read
};

// The state of one SA. Every candidate is an ICV size and an IV size with a score in bits. A packet that can be read with the candidate
// adds the bits of chance that this took, at most 24; one that cannot takes 24 away (a damaged packet must not hide an unencrypted SA). 96
// bits make kNull, so at least four packets.
//
// The arithmetic. The bits of a packet are counted so that for ciphertext the mean of 2^bits is at most 1. The product over
// packets is then a fair game that must multiply its stake by 2^96; a score that falls to 0 begins a new game. So a false kNull within N
// packets of an SA has a chance below 12 N 2^-96: for 2^48 packets, 10^-13.
class NullEspDetector {
 public:
  // `after_sequence`: the ESP packet behind its sequence number, to its end on the wire. A packet that is not `complete` (cut by
  // the capture) tells nothing.
  void add(base::Bytes after_sequence, bool complete);
  // The same for a complete packet that glance_at_endings() saw. What most ciphertext is changes nothing once kEncrypted is known.
  void add(base::Bytes after_sequence, Legibility legibility) {
    if (verdict_ == NullEspVerdict::kEncrypted && legibility != Legibility::kPerhaps) return;
    if (legibility == Legibility::kNot) return add_illegible();
    add(after_sequence, true);
  }

  NullEspVerdict verdict() const { return verdict_; }
  // These hold with kNull only. The inner protocol is that of the packet that settled it: 4 or 41 in tunnel mode, otherwise the upper
  // layer's (6, 17, 1 …).
  std::uint8_t icv_size() const;
  std::uint8_t iv_size() const;
  std::uint8_t inner_protocol() const { return inner_protocol_; }

 private:
  static constexpr std::size_t kCandidates = 12;
  static constexpr std::uint8_t kNoCandidate = 0xff;

  void add_illegible();
  void judge(std::uint8_t candidate, base::Bytes after_sequence);
  unsigned checksum_evidence(std::uint8_t candidate, std::uint16_t constant_sum);
  void conclude();

  std::array<std::uint8_t, kCandidates> scores_{};
  // TCP, UDP and ICMPv6 sums differ from packet to packet by what the packet holds; what is left is the addresses' share, which is the same
  // for all packets of an SA in transport mode.
  std::uint16_t constant_sum_ = 0;
  std::uint8_t sum_candidate_ = kNoCandidate;
  std::uint8_t packets_ = 0;
  std::uint8_t settled_by_ = kNoCandidate;
  std::uint8_t inner_protocol_ = 0;
  NullEspVerdict verdict_ = NullEspVerdict::kUnsure;
};

static_assert(sizeof(NullEspDetector) <= 32);

}  // namespace espy::verify
