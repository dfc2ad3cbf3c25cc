// iv: what the initialisation vectors of an SA give away: the same nonce twice under one key of a counter mode (RFC 3686, RFC 4106), CBC
// vectors that can be foreseen (RFC 3602 section 3). Bounded; not thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/bytes.h"
#include "base/large_pages.h"
#include "base/prefetch.h"
#include "ipsec/world.h"

namespace espy::verify {

enum class IvPattern : std::uint8_t { kNone, kConstant, kCounter, kChained };
std::string_view describe(IvPattern pattern);  // "stay the same", "count upwards", "repeat the end of the packet before"

// The vectors of one CBC SA, packet after packet.
class CbcIvs {
 public:
  // `iv` and the last block of the ciphertext, both of the same size, 8 to 16 octets.
  void add(base::Bytes iv, base::Bytes last_block);
  // A pattern that at least kEnough packets followed, and all but one in sixteen.
  IvPattern pattern() const;
  std::uint32_t count(IvPattern pattern) const { return follows_[static_cast<std::size_t>(pattern)]; }

 private:
  static constexpr std::uint32_t kEnough = 8;

  // A block by the words that it begins and ends with, which overlap where it is shorter than both.
  struct Block {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;

    bool operator==(const Block&) const = default;
  };
  static Block block_of(base::Bytes octets);
  static bool counts(const Block& before, const Block& now);

  bool any_ = false;
  Block iv_;
  Block last_block_;
  std::array<std::uint32_t, 4> follows_{};  // indexed by IvPattern; [0]: none of them
};

// The nonces seen under one key. Exact as long as they come in runs of consecutive numbers, lost packets included, up to kRuns runs; beyond
// that the oldest run is forgotten and counted.
class alignas(64) NonceSet {
 public:
  // True when the nonce was there before.
  bool add(std::uint64_t nonce) {
    const bool in_order = any_ && older_.empty() && nonce != 0 && nonce - 1 == newest_.last;  // the usual case
    if (!in_order) return add_odd(nonce);
    newest_.last = nonce;
    return false;
  }
  std::uint64_t forgotten() const { return forgotten_; }

 private:
  static constexpr std::size_t kRuns = 256;
  struct Run {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
  };
  bool add_odd(std::uint64_t nonce);
  bool add_to_runs(std::uint64_t nonce);
  void join(std::size_t index);

  Run newest_;  // the one that grew last
  bool any_ = false;
  std::vector<Run> older_;  // the one that grew last stands last
  std::uint64_t forgotten_ = 0;
};

// The nonce sets of a run: SAs that share key and salt share a set.
class Nonces {
 public:
  explicit Nonces(const ipsec::World& world);
  // True when the SA's key and this nonce were used before, by this SA or another.
  bool add(ipsec::AssociationId association, std::uint64_t nonce) { return add_to(set_of_[association], nonce); }
  // The same by the number of its set.
  bool add_to(std::uint32_t set, std::uint64_t nonce) { return sets_[set].add(nonce); }
  std::uint32_t set_of(ipsec::AssociationId association) const { return set_of_[association]; }
  void prefetch(std::uint32_t set) const { base::prefetch(&sets_[set]); }
  // Whether another configured SA has the same key.
  bool shared(ipsec::AssociationId association) const { return owners_[set_of_[association]] > 1; }

 private:
  std::vector<std::uint32_t> set_of_;  // by AssociationId
  std::vector<std::uint32_t> owners_;  // by set: SAs on the wire that have this key
  std::vector<NonceSet, base::LargePages<NonceSet>> sets_;
};

// Ciphers whose nonce must never repeat under a key.
bool is_counter_mode(ipsec::Encryption encryption);
// Ciphers whose vector must not be foreseen and stands in the packet. The derived and 32-bit vectors of RFC 1829's time are counters by
// design.
bool is_cbc(ipsec::Encryption encryption);

}  // namespace espy::verify
