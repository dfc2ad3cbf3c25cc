#include "verify/iv.h"

#include <algorithm>
#include <cstring>

#include "base/hash.h"

namespace espy::verify {
namespace {

constexpr std::uint64_t kMostStep = 16;

bool steps(std::uint64_t before, std::uint64_t now) { return now - before - 1 < kMostStep; }

// Zero does not follow the largest number: no run may wrap.
bool follows(std::uint64_t before, std::uint64_t now) { return now != 0 && now - 1 == before; }

}  // namespace

std::string_view describe(IvPattern pattern) {
  switch (pattern) {
    case IvPattern::kNone: return "follow no pattern";
    case IvPattern::kConstant: return "stay the same";
    case IvPattern::kCounter: return "count upwards";
    case IvPattern::kChained: return "repeat the end of the packet before";
  }
  return "";
}

inline CbcIvs::Block CbcIvs::block_of(base::Bytes octets) {
  Block block;
  std::memcpy(&block.begin, octets.data(), sizeof block.begin);
  std::memcpy(&block.end, octets.data() + octets.size() - sizeof block.end, sizeof block.end);
  return block;
}

// In either order of octets.
inline bool CbcIvs::counts(const Block& before, const Block& now) {
  return steps(__builtin_bswap64(before.end), __builtin_bswap64(now.end)) || steps(before.begin, now.begin);
}

void CbcIvs::add(base::Bytes iv, base::Bytes last_block) {
  if (iv.size() < sizeof iv_.begin || last_block.size() != iv.size()) return;
  const Block now = block_of(iv);
  const IvPattern follows = now == last_block_ ? IvPattern::kChained
                            : now == iv_       ? IvPattern::kConstant
                            : counts(iv_, now) ? IvPattern::kCounter
                                               : IvPattern::kNone;
  if (any_) ++follows_[static_cast<std::size_t>(follows)];
  any_ = true;
  iv_ = now;
  last_block_ = block_of(last_block);
}

IvPattern CbcIvs::pattern() const {
  std::uint32_t all = 0;
  for (const std::uint32_t one : follows_) all += one;
  for (const IvPattern pattern : {IvPattern::kConstant, IvPattern::kCounter, IvPattern::kChained}) {
    const std::uint32_t count = follows_[static_cast<std::size_t>(pattern)];
    if (count >= kEnough && (all - count) * 16 <= all) return pattern;
  }
  return IvPattern::kNone;
}

// Run `index` has grown: it may touch another now.
void NonceSet::join(std::size_t index) {
  Run grown = older_[index];
  older_.erase(older_.begin() + static_cast<std::ptrdiff_t>(index));
  const auto touches = [&](const Run& run) { return follows(run.last, grown.first) || follows(grown.last, run.first); };
  if (const auto other = std::ranges::find_if(older_, touches); other != older_.end()) {
    grown = {std::min(grown.first, other->first), std::max(grown.last, other->last)};
    older_.erase(other);
  }
  older_.push_back(grown);
}

bool NonceSet::add_odd(std::uint64_t nonce) {
  if (any_) older_.push_back(newest_);
  any_ = true;
  const bool repeated = add_to_runs(nonce);
  newest_ = older_.back();
  older_.pop_back();
  return repeated;
}

bool NonceSet::add_to_runs(std::uint64_t nonce) {
  for (std::size_t index = older_.size(); index-- > 0;) {
    Run& run = older_[index];
    if (run.first <= nonce && nonce <= run.last) return true;
    if (follows(run.last, nonce)) {
      run.last = nonce;
    } else if (follows(nonce, run.first)) {
      run.first = nonce;
    } else {
      continue;
    }
    join(index);
    return false;
  }
  if (older_.size() == kRuns) {
    older_.erase(older_.begin());
    ++forgotten_;
  }
  older_.push_back({nonce, nonce});
  return false;
}

Nonces::Nonces(const ipsec::World& world) : set_of_(world.associations().size()) {
  std::unordered_map<std::uint64_t, std::vector<ipsec::AssociationId>> by_key;
  for (ipsec::AssociationId id = 0; id < set_of_.size(); ++id) {
    const ipsec::Association& association = world.associations()[id];
    set_of_[id] = static_cast<std::uint32_t>(owners_.size());
    const bool secret = !association.encryption_key.empty();
    std::vector<ipsec::AssociationId> none;
    auto& same_hash = secret ? by_key[base::hash_bytes(association.encryption_key.secret(), base::hash_seed())] : none;
    const auto same = std::ranges::find_if(same_hash, [&](ipsec::AssociationId other) {
      const ipsec::Association& one = world.associations()[other];
      return one.encryption == association.encryption && one.encryption_key == association.encryption_key;
    });
    if (same == same_hash.end()) {
      owners_.push_back(1);
      if (secret) same_hash.push_back(id);
      continue;
    }
    // The same SA in the listings of both hosts is no second owner.
    const ipsec::Association& first = world.associations()[*same];
    set_of_[id] = set_of_[*same];
    const bool listed_twice = first.spi == association.spi && first.destination == association.destination;
    if (!listed_twice) ++owners_[set_of_[id]];
  }
  sets_.resize(owners_.size());
}

bool is_counter_mode(ipsec::Encryption encryption) {
  const ipsec::CipherMode mode = ipsec::facts(encryption).mode;
  return mode == ipsec::CipherMode::kCounter || mode == ipsec::CipherMode::kAead;
}

bool is_cbc(ipsec::Encryption encryption) {
  const ipsec::EncryptionFacts& facts = ipsec::facts(encryption);
  return facts.mode == ipsec::CipherMode::kCbc && facts.iv_size == facts.block_size;
}

}  // namespace espy::verify
