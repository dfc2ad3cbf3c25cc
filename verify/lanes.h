// Lanes: lone ESP packets that are alike: those of an SA that no key opens, and those of an SA and a flow inside that were opened. Once one
// of them was decided in full, the others on its interface differ in nothing that a decision hangs on, so they are only numbered, one by
// one; what they add up to is carried over once it is asked for.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <limits>
#include <map>
#include <vector>

#include "base/large_pages.h"
#include "base/prefetch.h"
#include "verify/associations.h"
#include "verify/classifier.h"
#include "verify/flows.h"
#include "verify/observation.h"
#include "verify/requirement_states.h"

namespace espy::verify {

// Two lines of 64 octets, because every packet touches it.
struct alignas(64) Lane {
  static constexpr std::size_t kStates = 4;
  static constexpr base::Time kNoneYet{std::numeric_limits<std::int64_t>::max()};  // later than any packet

  using States = std::array<StateId, kStates>;
  // What it serves where that is more than one requirement; lanes that serve the same ones share it.
  struct Several {
    States states{};
    // Of `states`, and of their mirrors. Where there are fewer, one stands there again: how many cannot be foreseen, and all are taken.
    std::array<LastProtected*, kStates> served{};
    std::array<LastProtected*, kStates> mirrors{};
  };

  std::uint32_t interface_upper = 0;  // of interface_key(): the lower half is 0
  ipsec::AssociationId configured = ipsec::kNoAssociation;
  AssociationRow* row = nullptr;  // null: no packet was decided in full
  // Since the last flush().
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;   // of the IP packets
  std::uint64_t octets = 0;  // of the frames
  base::Time last = kNoneYet;
  std::array<LastProtected*, 2> both{};  // the one requirement that it serves, and its mirror; without one, the same twice

  std::uint64_t in_udp = 0;  // packets, since the last flush()
  base::Time first;          // likewise
  std::uint32_t association = 0;
  base::Spi spi;
  std::uint32_t known_states = 0;  // when the states were gathered: a mirror may come later
  StateId state = 0;               // the first that it serves
  verdict::Class packet_class = verdict::Class::kUnverified;
  Checked checked = Checked::kNoKey;  // lone: of the packets since the last flush()
  std::uint8_t state_count = 0;
  bool counts_flow = false;  // opened: for the flow inside, which needs no further guess
  bool more_states = false;  // its group has more than states() tells
  bool tunnelled = false;    // a requirement that it serves has a tunnel: its twins are looked for
  bool plain = false;        // nothing but numbers is looked at; opened: and it counts for its flow
  IvLayout ivs;
  GroupRow* group = nullptr;   // null: opened
  Several* several = nullptr;  // null: it serves at most one

  std::span<const StateId> states() const {
    return (several != nullptr ? std::span<const StateId>(several->states) : std::span<const StateId>(&state, 1)).first(state_count);
  }
};
static_assert(sizeof(Lane) == 128);

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
  // add() of the frames from `begin` on, as long as they are what most are: ESP of this interface in plain lanes, each the next of its SA.
  // Returns where the others begin, at most `end`.
  std::size_t add_usual(std::span<const Frame> frames, std::span<const Observation> seen, std::size_t begin, std::size_t end,
                        std::uint32_t interface_upper);
  // False: it is to be decided in full.
  bool add(const Frame& frame, const Observation& seen, const EspObservation& esp);
  // `content` is for the twins of tunnels. The flow inside is the caller's to count as long as its lane does not.
  bool add(const Frame& frame, const Observation& seen, const OpenedObservation& opened, const TwinContent& content);
  // Of a packet that add() has taken.
  const Lane& lane(const EspObservation& esp) const { return lanes_[esp.association]; }
  OpenedTable& opened() { return opened_; }
  const OpenedTable& opened() const { return opened_; }
  // Brings near what add() will touch for this packet: first its lane, a few packets later what the lane points to.
  void prefetch_lane(const EspObservation& esp) const {
    if (esp.association >= lanes_.size()) return;
    associations_.prefetch_run(esp.association);
    const Lane& lane = lanes_[esp.association];
    base::prefetch(&lane);
    base::prefetch(&lane.association);
  }
  void prefetch_row(const EspObservation& esp) const;
  // The same of packets that were opened, in three steps, each of which needs what the one before brought.
  void prefetch_opened(std::span<const Observation> seen, std::size_t index) const {
    if (const auto* opened = opened_at(seen, index + 3 * kStep)) {
      const Lane& lane = opened_[opened->lane].row.lane;
      base::prefetch(&lane);
      base::prefetch(&lane.association);
    }
    if (const auto* opened = opened_at(seen, index + 2 * kStep)) {
      const Lane& lane = opened_[opened->lane].row.lane;
      associations_.prefetch_run(lane.association);
      associations_.prefetch_nonces(lane.ivs);
      for (const LastProtected* last : lane.both) base::prefetch(last);
    }
    if (const auto* opened = opened_at(seen, index + kStep)) {
      associations_.prefetch_slot(opened_[opened->lane].row.lane.association, opened->sequence);
    }
  }
  // From now on the lane counts for its flow.
  void count_flow(OpenedRow& row, verdict::PacketCounts& counts);
  // Counts what was carried so far; `flows`: those that opened rows name.
  void flush(verdict::PacketCounts& counts, Flows& flows);

 private:
  void learn_lone(std::uint32_t interface_upper, std::uint32_t association, const Outcome& outcome);
  void learn_opened(std::uint32_t interface_upper, const Inspection& inspection, std::uint32_t association, const Outcome& outcome);
  bool number_usual(const Lane& lane, const Observation& seen, const EspObservation& esp);
  bool number_usual(const Lane& lane, const Frame& frame, const Observation& seen, const OpenedObservation& opened);
  void settle_both(Lane& lane) {
    states_.see_protected(*lane.both[0], lane.spi);
    states_.see_protected(*lane.both[1], lane.spi);
    lane.both[0]->row = lane.association;
  }
  void settle_several(const Lane& lane);
  void close_runs(const Lane& lane);
  void settle_gathered(Lane& lane);
  static void tally(Lane& lane, const Observation& seen, bool in_udp);
  void open(Lane& lane, std::uint32_t interface_upper, std::uint32_t association, std::span<const StateId> states);
  static void count(Lane& lane, const Observation& seen, bool in_udp);
  void settle(Lane& lane);
  void gather(Lane& lane);
  void remember(const Lane& lane, const Frame& frame, std::uint32_t size, const TwinContent& content);
  void flush(Lane& lane, verdict::PacketCounts& counts);
  static void recheck(Lane& lane, Checked checked);
  static constexpr std::size_t kStep = 4;  // packets between two of prefetch_opened()
  static const OpenedObservation* opened_at(std::span<const Observation> seen, std::size_t index) {
    return index < seen.size() ? std::get_if<OpenedObservation>(&seen[index].of) : nullptr;
  }

  Associations& associations_;
  Classifier& classifier_;
  RequirementStates& states_;
  std::vector<Lane, base::LargePages<Lane>> lanes_;  // by association row
  std::map<Lane::States, Lane::Several> several_;
  OpenedTable opened_;
};

}  // namespace espy::verify
