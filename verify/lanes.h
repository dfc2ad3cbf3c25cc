// Lanes: the lone ESP packets of an SA that no key opens, once one of them was decided in full. The others on its interface differ in
// nothing that a decision hangs on, so they are only numbered, one by one, and counted, a batch at a time.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "verify/associations.h"
#include "verify/classifier.h"
#include "verify/observation.h"
#include "verify/requirement_states.h"

namespace espy::verify {

struct alignas(64) Lane {
  static constexpr std::size_t kStates = 4;

  std::uint64_t interface = 0;
  AssociationRow* row = nullptr;  // null: no packet was decided in full
  std::uint32_t association = 0;
  base::Spi spi;
  std::uint8_t state_count = 0;
  std::uint8_t direction_count = 0;
  bool tunnelled = false;  // a requirement among `states` has a tunnel: its twins are looked for
  bool has_ivs = false;    // its cipher is known and has vectors that can be compared

  // Since the last flush.
  std::uint32_t packets = 0;
  std::uint32_t in_udp = 0;
  std::uint64_t bytes = 0;   // of the IP packets
  std::uint64_t octets = 0;  // of the frames
  base::Time first;
  base::Time last;
  base::Time latest;  // of the packet that came last

  GroupRow* group = nullptr;
  std::size_t known_states = 0;  // when these were gathered: a mirror may come later
  std::array<StateId, kStates> states{};
  std::array<RequirementState*, kStates> served{};          // the same
  std::array<RequirementState*, 2 * kStates> directions{};  // the same and their mirrors
};

class Lanes {
 public:
  // All must outlive it.
  Lanes(const ipsec::World& world, Associations& associations, Classifier& classifier, RequirementStates& states)
      : world_(world), associations_(associations), classifier_(classifier), states_(states) {}

  // A packet was decided in full; opens the lane of its SA if it is one that a lane may carry.
  void learn(const Inspection& inspection, const FrameFacts& facts, std::uint32_t association, const Outcome& outcome);
  // False: it is to be decided in full.
  bool add(const Frame& frame, const Observation& seen, const EspObservation& esp);
  // Counts what was carried.
  void flush(verdict::PacketCounts& counts);

 private:
  void begin(Lane& lane, const Frame& frame);
  void gather(Lane& lane);
  void remember(const Lane& lane, const Frame& frame, const EspObservation& esp);

  const ipsec::World& world_;
  Associations& associations_;
  Classifier& classifier_;
  RequirementStates& states_;
  std::vector<Lane> lanes_;             // by association row
  std::vector<std::uint32_t> carried_;  // rows of those that hold packets
};

}  // namespace espy::verify
