// Inspector: finds out what a frame says by itself, in parallel and without order: decodes it, checks and opens what the keys allow, and
// looks up what the policies say. One for each worker: it holds caches and the contexts of its ciphers, no results.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "decode/glance.h"
#include "decode/packet.h"
#include "ipsec/world.h"
#include "verify/arena.h"
#include "verify/associations.h"
#include "verify/flows.h"
#include "verify/frame.h"
#include "verify/observation.h"
#include "verify/port_learner.h"

namespace espy::verify {

class EsnHints;
class Keyring;
class PacketOpener;

// What the ledger lets workers look up while it goes on. What is stale costs time and never changes a result. All may be null but `esn`,
// which a keyring needs.
struct Hints {
  const EsnHints* esn = nullptr;
  const Associations* associations = nullptr;
  const Flows* flows = nullptr;
  const PortLearner* learner = nullptr;
  bool observe = false;  // nobody wants to see each packet: observations will do, and all above are there
};

// What was found in the frames of one batch. Reused; keeps its room.
class Inspected {
 public:
  const std::vector<Observation>& observations() const { return observations_; }  // as many as frames
  Inspection& whole(std::uint32_t index) { return *whole_[index]; }

 private:
  friend class Inspector;

  std::vector<Observation> observations_;
  std::vector<std::unique_ptr<Inspection>> whole_;
  std::uint32_t whole_count_ = 0;
  Arena arena_;  // of what was opened
};

class Inspector {
 public:
  // All must outlive the inspector; without `keys`, which may be null, checks stay as they are.
  Inspector(const ipsec::World& world, const decode::Ports& ports, const Keyring* keys, const Hints& hints);
  ~Inspector();
  void inspect(std::span<const Frame> frames, Inspected& found);
  // One frame as a whole. What is opened lives in `arena`.
  void inspect(const Frame& frame, Inspection& inspection, Arena& arena);
  // The same for a datagram that was put together from fragments; link and direction are kept as they are in `inspection`.
  void inspect_datagram(base::Bytes datagram, Inspection& inspection, Arena& arena);
  // A packet that was not parsed from octets of its own, such as a message of a stream: checks, opens and judges it.
  void inspect_packet(base::Bytes octets, Inspection& inspection, Arena& arena);
  // Tries the deferred header `index` (Checked::kEsnDeferred) with each of these high halves. True: one verifies; its content, if any, is
  // parsed, checked and judged too.
  bool settle_esn(Inspection& inspection, std::size_t index, std::span<const std::uint32_t> highs, Arena& arena);

 private:
  // Frames are glanced at in groups, so that the memory that one needs comes while the others are looked at.
  static constexpr std::size_t kGroup = 16;
  struct Glimpse {
    bool said = false;
    decode::Glance glance;
    std::uint64_t hash = 0;  // ESP: of its AssociationKey
  };
  struct CacheEntry;
  // Of an association row: whether no key is there for it, and then why.
  struct KeylessRow {
    bool asked = false;
    std::optional<Checked> checked;
    ipsec::AssociationId configured = ipsec::kNoAssociation;  // as in HeaderCheck
  };
  static constexpr std::size_t kCacheSlots = 4096;
  static constexpr std::size_t kBurst = 128;  // packets whose headers are opened at once

  void parse(const Frame& frame, Inspection& inspection) const;
  void open_burst(Inspected& found);
  void keep(std::unique_ptr<Inspection>& inspection, Observation& seen, Inspected& found);
  void glance(std::span<const Frame> frames, std::size_t start);
  bool observe(const Frame& frame, const Glimpse& glimpse, Observation& seen);
  const KeylessRow& keyless(std::uint32_t row);
  bool observe_esp(const Frame& frame, const Glimpse& glimpse, EspObservation& esp);
  bool observe_clear(const Frame& frame, const decode::Glance& glance, ClearObservation& clear);
  void find_flow(const decode::Glance& glance, base::Bytes payload, ClearObservation& clear) const;
  ipsec::PacketView content_view(const Inspection& inspection, std::size_t index) const;
  void judge_layers(Inspection& inspection);
  ipsec::Judgement judge(const ipsec::PacketView& view);

  const ipsec::World& world_;
  decode::Ports ports_;
  decode::Glancer glancer_;
  std::array<Glimpse, kGroup> glimpses_;  // at the group at hand
  const Keyring* keys_;
  Hints hints_;
  std::vector<KeylessRow> keyless_;  // by association row
  std::uint64_t seed_ = base::hash_seed();
  std::unique_ptr<CacheEntry[]> cache_;
  std::unique_ptr<PacketOpener> opener_;
  std::vector<std::unique_ptr<Inspection>> room_;  // [0]: the frame at hand; the others: a burst
  std::vector<Inspection*> burst_;
  std::vector<std::uint32_t> burst_frames_;  // of burst_, index by index
};

}  // namespace espy::verify
