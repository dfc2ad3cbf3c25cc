// Inspector: finds out what a frame says by itself, in parallel and without order: decodes it, checks and opens what the keys allow, and
// looks up what the policies say. One for each worker: it holds caches and the contexts of its ciphers, no results.
#pragma once

#include <bit>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/large_pages.h"
#include "crypto/library.h"
#include "decode/esp_content.h"
#include "decode/esp_glance.h"
#include "decode/glance.h"
#include "decode/packet.h"
#include "decode/transport_glance.h"
#include "ipsec/world.h"
#include "verify/arena.h"
#include "verify/associations.h"
#include "verify/flows.h"
#include "verify/frame.h"
#include "verify/judgement_cache.h"
#include "verify/lanes.h"
#include "verify/observation.h"
#include "verify/port_learner.h"

namespace espy::verify {

class EsnHints;
class Keyring;
class PacketOpener;
struct Reading;

// What the ledger lets workers look up while it goes on. What is stale costs time and never changes a result. All may be null but `esn`,
// which a keyring needs.
struct Hints {
  const EsnHints* esn = nullptr;
  const Associations* associations = nullptr;
  const Flows* flows = nullptr;
  const PortLearner* learner = nullptr;
  const OpenedTable* opened = nullptr;
  bool observe = false;  // nobody wants to see each packet: observations will do, and all above are there
};

// ESP of an SA that has a row.
struct EspPlace {
  std::uint32_t association = 0;
  std::uint32_t sequence = 0;
  std::uint32_t offset = 0;  // in the frame
  std::uint32_t size = 0;    // octets from there on
  bool in_udp = false;
};

// What was found in the frames of one batch. Reused; keeps its room.
class Inspected {
 public:
  std::span<const Observation> observations() const { return observations_; }  // as many as frames
  Inspection& whole(std::uint32_t index) { return *whole_[index]; }
  // Of kNotAsked: nothing is known.
  const TwinContent& content(std::uint32_t index) const { return index == kNotAsked ? kUnknown : contents_[index]; }

 private:
  friend class Inspector;

  static constexpr TwinContent kUnknown{};
  std::vector<Observation, base::LargePages<Observation>> observations_;
  std::vector<std::unique_ptr<Inspection>> whole_;
  std::uint32_t whole_count_ = 0;
  std::vector<TwinContent> contents_;
  Arena arena_;  // of what was opened
};

class Inspector {
 public:
  // All must outlive the inspector; without `keys`, which may be null, checks stay as they are.
  Inspector(const ipsec::World& world, const decode::Ports& ports, const Keyring* keys, const Hints& hints);
  ~Inspector();
  // What was found points into the frames: their octets must live as long as it is used.
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
  static constexpr std::uint32_t kGroup = 32;          // as many as a mask has bits
  static constexpr std::size_t kKnown = 4 * kFewRows;  // SAs, and flows inside: so that few share a place
  static constexpr unsigned kKnownBits = std::bit_width(kKnown) - 1;
  static_assert(std::has_single_bit(kKnown));
  struct Glimpse {
    bool said = false;
    decode::Glance glance;
    std::uint64_t hash = 0;                              // of its AssociationKey or FlowKey
    std::uint32_t association = Associations::kMissing;  // its row
    JudgementCache::Place judged;                        // of a clear packet
    PortLearner::Place learner;                          // of clear UDP that it reads
  };
  // Where the row of an SA was found last.
  struct KnownEsp {
    std::uint64_t ends = 0;
    std::uint32_t spi = 0;
    std::uint32_t association = Associations::kMissing;
  };
  // Of an association row: what the keyring has for it, looked up once.
  struct alignas(32) KeyedRow {
    bool asked = false;
    bool alone = false;  // one SA with keys it is, and nothing makes its packets ambiguous but the size of the ICV
    bool aead = false;
    bool translated = false;         // its ends are not those of the packets
    std::optional<Checked> keyless;  // no key is there, and why
    std::uint8_t reading = 0;        // that opened a packet last
    OpenedTraits traits;             // of what that reading opens
    const crypto::Transform* transform = nullptr;
    ipsec::AssociationId id = ipsec::kNoAssociation;
  };
  // A packet of such an SA that waits for the others of its group.
  struct Sealed {
    std::uint32_t frame = 0;
    std::uint32_t association = 0;
    std::uint32_t sequence = 0;
    std::uint32_t offset = 0;  // in the frame
    OpenedTraits traits;
  };
  // The lane of a flow in transport mode that was found last, of which no guess is needed any more.
  struct KnownFlow {
    std::uint32_t association = 0;
    std::uint32_t lane = OpenedTable::kMissing;
    decode::TransportGlance glance;
  };
  enum class Seen : std::uint8_t { kWhole, kObserved, kWaits };
  static constexpr std::size_t kBurst = 128;  // packets whose headers are opened at once

  void parse(const Frame& frame, Inspection& inspection) const;
  void inspect_whole(std::span<const Frame> frames, std::uint32_t index, Inspected& found);
  void open_burst(Inspected& found);
  void keep(std::unique_ptr<Inspection>& inspection, Observation& seen, Inspected& found);
  std::size_t place_of(const decode::EspGlance& glance) const {
    return base::place(glance.ends ^ seed_, glance.spi ^ std::rotl(seed_, 32), kKnownBits);
  }
  std::uint32_t find_known(const Frame& frame, decode::EspGlance& glance) const;
  std::uint32_t observe_known(std::span<const Frame> group, std::span<Observation> seen) const;
  std::uint32_t observe_known_keyed(std::span<const Frame> frames, std::uint32_t start, std::uint32_t end, Inspected& found);
  void remember(const Frame& frame, std::uint32_t association);
  void glance(std::span<const Frame> frames, std::uint32_t start, std::uint32_t which);
  void find_rows(std::uint32_t which);
  void expect_clear(Glimpse& glimpse);
  std::uint32_t observe_glanced(std::span<const Frame> frames, std::uint32_t start, std::uint32_t which, Inspected& found);
  std::uint32_t observe(std::span<const Frame> frames, std::uint32_t start, Inspected& found);
  Seen observe(const Frame& frame, const Glimpse& glimpse, std::uint32_t index, Inspected& found);
  KeyedRow& keyed(std::uint32_t row) { return row < keyed_.size() && keyed_[row].asked ? keyed_[row] : ask_keyring(row); }
  KeyedRow& ask_keyring(std::uint32_t row);
  void take_reading(KeyedRow& row, std::size_t index) const;
  Seen observe_esp(const Frame& frame, const Glimpse& glimpse, std::uint32_t index, Inspected& found);
  Seen observe_esp(const Frame& frame, std::uint32_t index, const EspPlace& place, Inspected& found);
  void seal(const KeyedRow& row, const Frame& frame, std::uint32_t index, const EspPlace& place);
  std::uint32_t open_sealed(std::uint32_t start, Inspected& found);
  bool observe_opened(const Sealed& sealed, const crypto::Job& job, Inspected& found);
  bool observe_content(const Sealed& sealed, base::Bytes content, std::uint8_t next_header, OpenedObservation& opened, Inspected& found);
  bool is_guessed(std::uint32_t lane) const { return (*hints_.opened)[lane].row.guessed.load(std::memory_order_relaxed); }
  KnownFlow& known_flow(std::uint32_t association, const decode::TransportGlance& glance) {
    const std::uint64_t ports = std::uint64_t{glance.ports} << 8 | glance.protocol;
    return known_flows_[base::place(ports ^ seed_, association ^ std::rotl(seed_, 32), kKnownBits)];
  }
  bool observe_clear(const Frame& frame, const Glimpse& glimpse, ClearObservation& clear);
  void find_flow(const decode::Glance& glance, std::uint64_t hash, base::Bytes payload, ClearObservation& clear) const;
  ipsec::PacketView content_view(const Inspection& inspection, std::size_t index) const;
  void judge_layers(Inspection& inspection);
  ipsec::Judgement judge(const ipsec::PacketView& view);

  const ipsec::World& world_;
  decode::Ports ports_;
  decode::Glancer glancer_;
  std::array<Glimpse, kGroup> glimpses_;  // at the group at hand
  const Keyring* keys_;
  Hints hints_;
  std::vector<KnownEsp, base::LargePages<KnownEsp>> known_;          // direct-mapped; as long as there are few SAs
  std::vector<KnownFlow, base::LargePages<KnownFlow>> known_flows_;  // direct-mapped; none without keys
  std::vector<KeyedRow, base::LargePages<KeyedRow>> keyed_;          // by association row
  bool many_associations_ = false;  // more rows were seen than lie in a cache: a prefetch of their keys pays
  std::uint64_t seed_ = base::hash_seed();
  JudgementCache judgements_;
  crypto::Opener job_opener_;  // of sealed packets and of opener_
  std::unique_ptr<PacketOpener> opener_;
  std::array<Sealed, kGroup> sealed_;
  std::array<crypto::Job, kGroup> jobs_;  // of sealed_, index by index
  std::size_t sealed_count_ = 0;
  Arena plaintext_;                                // of one group after the other, so that it stays in the nearest cache
  std::vector<std::unique_ptr<Inspection>> room_;  // [0]: the frame at hand; the others: a burst, as long as one was
  std::vector<Inspection*> burst_;
  std::vector<std::uint32_t> burst_frames_;  // of burst_, index by index
};

}  // namespace espy::verify
