// JudgementCache: what the policies say of the packets seen last. A direct-mapped table in front of World::judge(); one for each worker.
#pragma once

#include <cstdint>
#include <vector>

#include "base/hash.h"
#include "base/large_pages.h"
#include "base/prefetch.h"
#include "ipsec/world.h"

namespace espy::verify {

class JudgementCache {
  struct Entry {
    ipsec::PacketView essence;
    ipsec::Judgement judgement;
  };

 public:
  // Where the judgement of a packet may stand.
  struct Place {
    ipsec::PacketView essence;
    Entry* entry = nullptr;
  };

  // `world` must outlive it.
  explicit JudgementCache(const ipsec::World& world) : world_(world), entries_(kSlots) {}

  ipsec::Judgement judge(const ipsec::PacketView& view) { return judge(view, place_of(view)); }
  // The same in two steps, for those who look for many at once: memory is slower than arithmetic.
  Place place_of(const ipsec::PacketView& view) {
    Place place{.essence = world_.essence_of(view)};
    const ipsec::PacketView& essence = place.essence;
    const std::uint64_t ends = base::hash_ends(essence.source, essence.destination, seed_);
    const std::uint64_t rest = (static_cast<std::uint64_t>(essence.source_port) << 32) |
                               (static_cast<std::uint64_t>(essence.destination_port) << 16) | essence.protocol;
    place.entry = &entries_[base::combine(ends, rest) % kSlots];
    return place;
  }
  static void prefetch(const Place& place) {
    base::prefetch(place.entry);
    base::prefetch(&place.entry->judgement);
  }
  const ipsec::Judgement& judge(const ipsec::PacketView& view, const Place& place) {
    Entry& entry = *place.entry;
    if (!(entry.essence == place.essence) || !view.source.known()) {
      entry.essence = place.essence;
      entry.judgement = world_.judge(view);
    }
    return entry.judgement;
  }

 private:
  static constexpr std::size_t kSlots = 4096;

  const ipsec::World& world_;
  std::uint64_t seed_ = base::hash_seed();
  std::vector<Entry, base::LargePages<Entry>> entries_;
};

}  // namespace espy::verify
