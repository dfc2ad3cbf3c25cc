// Lanes: lone ESP packets that are alike: those of an SA that no key opens, and those of an SA and a flow inside that were opened. Once one
// of them was decided in full, the others on its interface differ in nothing that a decision hangs on, so they are only numbered, one by
// one; what they add up to is carried over once it is asked for.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <vector>

#include "verify/associations.h"
#include "verify/classifier.h"
#include "verify/observation.h"
#include "verify/requirement_states.h"

namespace espy::verify {

// What every packet touches stands in its first two lines of 64 octets.
struct alignas(64) Lane {
  static constexpr std::size_t kStates = 4;

  std::uint64_t interface = 0;
  AssociationRow* row = nullptr;  // null: no packet was decided in full
  std::uint32_t association = 0;
  base::Spi spi;
  verdict::Class packet_class = verdict::Class::kUnverified;
  Checked checked = Checked::kNoKey;  // lone: of the packets since the last flush()
  std::uint8_t state_count = 0;
  std::uint8_t direction_count = 0;
  bool more_states = false;  // its group has more than `states` holds
  bool tunnelled = false;    // a requirement among `states` has a tunnel: its twins are looked for
  IvLayout ivs;
  std::uint32_t known_states = 0;            // when the states were gathered: a mirror may come later
  const SequenceHistory* history = nullptr;  // to be prefetched; may have gone to another row

  // Since the last flush().
  std::uint64_t packets = 0;
  std::uint64_t in_udp = 0;
  std::uint64_t bytes = 0;   // of the IP packets
  std::uint64_t octets = 0;  // of the frames
  base::Time first;
  base::Time last;

  std::array<RequirementState*, 3 * kStates> touched{};  // those that it serves, then both directions of each
  std::array<StateId, kStates> states{};                 // that it serves
  GroupRow* group = nullptr;                             // null: opened

  std::span<RequirementState* const> served() const { return std::span(touched).first(state_count); }
  std::span<RequirementState* const> directions() const { return std::span(touched).subspan(state_count, direction_count); }
};

struct OpenedKey {
  std::uint32_t association = 0;  // row
  base::Address source;           // of the packet inside; in transport mode they are those of the row
  base::Address destination;
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  std::uint8_t protocol = 0;
  bool tunnelled = false;

  bool operator==(const OpenedKey& other) const {
    return association == other.association && source_port == other.source_port && destination_port == other.destination_port &&
           protocol == other.protocol && tunnelled == other.tunnelled &&
           (!tunnelled || (source == other.source && destination == other.destination));
  }
  std::uint64_t hash(std::uint64_t seed) const {
    const std::uint64_t ports = (std::uint64_t{association} << 32) | (std::uint64_t{source_port} << 16) | destination_port;
    return base::combine(tunnelled ? base::hash_ends(source, destination, seed) : seed, ports ^ (std::uint64_t{protocol} << 56));
  }
};

struct OpenedRow {
  Lane lane;
  std::uint32_t flow = kNotAsked;    // row of the ledger's protected flows
  std::atomic<bool> guessed{false};  // its flow needs no further guess. For workers
};

using OpenedTable = base::BoundedTable<OpenedKey, OpenedRow>;

class Lanes {
 public:
  // All must outlive it. At most `opened` lanes of flows inside SAs that were opened.
  Lanes(Associations& associations, Classifier& classifier, RequirementStates& states, std::size_t opened)
      : associations_(associations), classifier_(classifier), states_(states), opened_(opened, base::hash_seed()) {}

  // A packet was decided in full; opens the lane of its SA if it is one that a lane may carry.
  void learn(const Inspection& inspection, const FrameFacts& facts, std::uint32_t association, const Outcome& outcome);
  // False: it is to be decided in full.
  bool add(const Frame& frame, const Observation& seen, const EspObservation& esp);
  // `content` is for the twins of tunnels. The flow inside is the caller's to count.
  bool add(const Frame& frame, const Observation& seen, const OpenedObservation& opened, const TwinContent& content);
  // Of a packet that add() has taken.
  const Lane& lane(const EspObservation& esp) const { return lanes_[esp.association]; }
  OpenedTable& opened() { return opened_; }
  const OpenedTable& opened() const { return opened_; }
  // Brings near what add() will touch for this packet: first its lane, a few packets later what the lane points to.
  void prefetch_lane(const EspObservation& esp) const {
    if (esp.association >= lanes_.size()) return;
    const Lane& lane = lanes_[esp.association];
    __builtin_prefetch(&lane, 1);
    __builtin_prefetch(&lane.last, 1);
  }
  void prefetch_row(const EspObservation& esp) const;
  // Counts what was carried so far.
  void flush(verdict::PacketCounts& counts);

 private:
  void learn_lone(const Inspection& inspection, const FrameFacts& facts, std::uint32_t association, const Outcome& outcome);
  void learn_opened(const Inspection& inspection, const FrameFacts& facts, std::uint32_t association, const Outcome& outcome);
  void open(Lane& lane, std::uint64_t interface, std::uint32_t association, std::span<const StateId> states);
  void count(Lane& lane, const Frame& frame, std::uint32_t size, bool in_udp);
  void settle(Lane& lane);
  void gather(Lane& lane);
  void remember(const Lane& lane, const Frame& frame, std::uint32_t size, const TwinContent& content);
  void flush(Lane& lane, verdict::PacketCounts& counts);
  static void recheck(Lane& lane, Checked checked);

  Associations& associations_;
  Classifier& classifier_;
  RequirementStates& states_;
  std::vector<Lane> lanes_;  // by association row
  OpenedTable opened_;
};

}  // namespace espy::verify
