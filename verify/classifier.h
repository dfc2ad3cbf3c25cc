// Classifier: gives each datagram its one class by V9 to V21. It keeps what that takes: the groups of unreadable ESP, the twins, which
// interface carries AH/ESP. It counts nothing.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "base/bounded_table.h"
#include "ipsec/world.h"
#include "verify/associations.h"
#include "verify/frame.h"
#include "verify/match.h"
#include "verify/observation.h"
#include "verify/outcome.h"
#include "verify/requirement_states.h"
#include "verify/twin.h"

namespace espy::verify {

// Unreadable ESP that is alike: same innermost SA, same headers around it. Decided once (DESIGN.md section 2).
struct GroupKey {
  std::uint32_t association = 0xffffffff;
  std::uint32_t outer = 0xffffffff;  // row of the header before it
  std::uint32_t signature = 0;       // the protocols, two bits each
  bool operator==(const GroupKey&) const = default;
  std::uint64_t hash(std::uint64_t seed) const;
};

struct GroupRow {
  bool decided = false;
  Outcome outcome;
  std::vector<StateId> states;  // all that it could serve, or that it breaks
  std::uint64_t packets = 0;    // counted by the ledger
  std::uint64_t bytes = 0;
  std::uint64_t protected_packets = 0;  // of those: their ICVs are good
  std::uint64_t protected_bytes = 0;
  base::Time first;
  base::Time last;
  std::uint64_t first_frame = 0;
  std::uint32_t first_source = 0;
};

class Classifier {
 public:
  // At most `groups` of unreadable ESP; what is beyond is decided packet by packet.
  Classifier(const ipsec::World& world, Associations& associations, RequirementStates& states, std::size_t groups);

  // The whole decision for one datagram. `rows`: the association row of each of packet.security (kMissing where there is none).
  Outcome decide(const Inspection& inspection, const FrameFacts& frame, const std::array<std::uint32_t, decode::kMaxSecurityHeaders>& rows);

  // The decision for a clear packet that nothing before it bears on; false: decide() must.
  bool decide(const Observation& seen, const ClearObservation& clear, Outcome& outcome) const;

  // The decision by what one fragment shows by itself, without any effect.
  Outcome decide_fragment(const Inspection& inspection);

  // V21, once the second after the packet has passed: true when its plaintext was the clear side of its protection.
  bool is_clear_side(StateId state, std::uint64_t interface, base::Time time) const;
  // The capture's sources have been seen interleaved: they are different interfaces, not one after another.
  void set_interleaved() { interleaved_ = true; }

  // Tells the twins of lone ESP that lanes carry.
  TwinFinder& twins() { return twins_; }

  base::BoundedTable<GroupKey, GroupRow>& groups() { return groups_; }
  const base::BoundedTable<GroupKey, GroupRow>& groups() const { return groups_; }

 private:
  struct Context;

  Outcome decide_worst(const Context& context);
  const HeaderCheck* opened_in(const Context& context, std::size_t index) const;
  bool says_no_selector(const decode::Layer& layer, const HeaderCheck& opened) const;
  Outcome decide_layer(const Context& context, std::size_t index);
  Outcome decide_opaque(const Context& context, std::size_t index);
  Outcome decide_visible(const Context& context, std::size_t index);
  Outcome decide_secured(const Context& context, std::size_t index, const Stack& stack);
  Outcome decide_clear(const Context& context, std::size_t index);
  Outcome decide_required(const Context& context, std::size_t index, const ipsec::Judgement& judgement);
  Outcome decide_open(const Context& context, std::size_t index);
  Outcome decide_quote(const Context& context, std::size_t index) const;
  bool before_nat(const decode::Layer& layer, Outcome& outcome) const;
  std::uint32_t group_of(const Context& context, std::size_t index, std::uint32_t& association);
  void grade(const Context& context, Outcome& outcome) const;
  void note_content(const Context& context, const Outcome& outcome);
  static bool is_other_mode(const ipsec::Requirement& requirement, const Context& context, std::size_t index);
  bool claim_twin(const Context& context, std::size_t index, StateId state, Outcome& outcome);
  void decide_group(GroupRow& group, const Context& context, std::size_t index);
  void judge_candidates(GroupRow& group, const Stack& stack, std::span<const ipsec::RequirementId> candidates, std::uint32_t reqid,
                        ipsec::Mode mode);
  void bind_open(GroupRow& group, const decode::Layer& layer);
  Stack stack_of(const Context& context, std::size_t index) const;
  void remember(const Context& context, const Outcome& outcome, std::span<const StateId> states);

  struct SecuredOn {
    std::array<std::uint64_t, 4> interfaces{};
    std::array<base::Time, 4> since{};
    std::uint8_t count = 0;
  };

  const ipsec::World& world_;
  Associations& associations_;
  RequirementStates& states_;
  TwinFinder twins_;
  base::BoundedTable<GroupKey, GroupRow> groups_;
  std::unordered_map<StateId, SecuredOn> secured_on_;
  std::unordered_map<std::uint64_t, bool> carries_security_;  // by interface key, bounded
  bool interleaved_ = false;
  GroupRow unkept_;  // decides ESP whose group has no room
};

}  // namespace espy::verify
