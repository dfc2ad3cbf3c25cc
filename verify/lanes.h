// Lanes: lone ESP packets that are alike: those of an SA that no key opens, and those of an SA and a flow inside that were opened. Once one
// of them was decided in full, the others on its interface differ in nothing that a decision hangs on, so they are only numbered, one by
// one; what they add up to is carried over once it is asked for.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
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

// Two lines of 64 octets. Most packets touch the first alone; the other is needed often enough to be asked for ahead too.
struct alignas(64) Lane {
  static constexpr std::size_t kStates = 4;
  static constexpr base::Time kNoneYet{std::numeric_limits<std::int64_t>::max()};  // later than any packet
  static constexpr std::uint32_t kNotGathered = 0xffffffff;                        // of `known_states`: no packet was decided in full

  using States = std::array<StateId, kStates>;
  // What it serves where that is more than one requirement; lanes that serve the same ones share it.
  struct alignas(64) Several {
    // Of `states`, and of their mirrors. Where there are fewer, one stands there again: how many cannot be foreseen, and all are taken.
    std::array<LastProtected*, kStates> served{};
    std::array<LastProtected*, kStates> mirrors{};
    States states{};
  };

  std::uint32_t interface_upper = 0;          // of interface_key(): the lower half is 0
  std::uint32_t known_states = kNotGathered;  // when the states were gathered: a mirror may come later
  // Since the last flush().
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;   // of the IP packets
  std::uint64_t octets = 0;  // of the frames
  base::Time last = kNoneYet;
  union {
    std::array<LastProtected*, 2> both{};  // at most one state: the requirement that it serves, and its mirror; without one, the same twice
    Several* several;                      // more than one
  };
  base::Spi spi;
  std::uint8_t state_count = 0;
  bool plain = false;                 // nothing but numbers is looked at; opened: and it counts for its flow
  Checked checked = Checked::kNoKey;  // lone: of the packets since the last flush()
  bool in_udp = false;                // the last of them; see `more_in_udp`

  AssociationRow* row = nullptr;  // null: no packet was decided in full
  GroupRow* group = nullptr;      // null: opened
  base::Time first;               // since the last flush()
  std::uint64_t more_in_udp = 0;  // packets in UDP since then, less those that there are if all came as the last one
  std::uint32_t association = 0;
  ipsec::AssociationId configured = ipsec::kNoAssociation;
  StateId state = 0;  // the first that it serves
  verdict::Class packet_class = verdict::Class::kUnverified;
  bool counts_flow = false;  // opened: for the flow inside, which needs no further guess
  bool more_states = false;  // its group has more than states() tells
  bool tunnelled = false;    // a requirement that it serves has a tunnel: its twins are looked for
  IvLayout ivs;

  bool serves_several() const { return state_count > 1; }
  std::span<const StateId> states() const {
    return (serves_several() ? std::span<const StateId>(several->states) : std::span<const StateId>(&state, 1)).first(state_count);
  }
};
static_assert(sizeof(Lane) == 128 && offsetof(Lane, row) == 64);  // where the second line begins

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
  static constexpr std::size_t kStep = 4;  // packets between two steps of prefetch_opened()

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
    base::prefetch(&lanes_[esp.association]);
    base::prefetch(&lanes_[esp.association].row);
  }
  void prefetch_row(const EspObservation& esp) const;
  // The same of packets that were opened, in three steps, each of which needs what the one before brought.
  void prefetch_opened(std::span<const Observation> seen, std::size_t index) const {
    if (const auto* opened = opened_at(seen, index + 3 * kStep)) {
      const Lane& lane = opened_[opened->lane].row.lane;
      base::prefetch(&lane);
      base::prefetch(&lane.row);
    }
    if (const auto* opened = opened_at(seen, index + 2 * kStep)) {
      const Lane& lane = opened_[opened->lane].row.lane;
      associations_.prefetch_run(lane.association);
      associations_.prefetch_nonces(lane.ivs);
      prefetch_states(lane);
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
  void settle_both(const Lane& lane, std::uint32_t association) {
    states_.see_protected(*lane.both[0], lane.spi);
    states_.see_protected(*lane.both[1], lane.spi);
    lane.both[0]->row = association;
  }
  void settle_several(const Lane& lane, std::uint32_t association);
  void close_runs(const Lane& lane);
  void settle_gathered(const Lane& lane, std::uint32_t association);
  static void prefetch_states(const Lane& lane) {
    if (lane.serves_several()) return base::prefetch(lane.several);
    for (const LastProtected* last : lane.both) base::prefetch(last);
  }
  static void tally(Lane& lane, const Observation& seen);
  void open(Lane& lane, std::uint32_t interface_upper, std::uint32_t association, std::span<const StateId> states);
  static void count(Lane& lane, const Observation& seen, bool in_udp);
  void settle(Lane& lane);
  void gather(Lane& lane);
  void remember(const Lane& lane, const Frame& frame, std::uint32_t size, const TwinContent& content);
  void flush(Lane& lane, verdict::PacketCounts& counts);
  static void recheck(Lane& lane, Checked checked);
  static void carry(Lane& lane, bool in_udp);
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
