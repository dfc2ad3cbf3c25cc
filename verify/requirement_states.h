// RequirementStates: what was seen of each requirement, and the requirements that only the traffic brings forth: those of an open IKE end
// once its peer shows (V6) and the inferred ones (V8). Bounded.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <unordered_map>
#include <vector>

#include "base/address.h"
#include "base/bounded_table.h"
#include "base/limits.h"
#include "base/spi.h"
#include "base/time.h"
#include "ipsec/world.h"
#include "verdict/summary.h"

namespace espy::verify {

using StateId = std::uint32_t;
inline constexpr StateId kNoState = 0xffffffff;

// A run of clear packets, with the protected packets around it (V26).
struct ClearRun {
  std::uint64_t packets = 0;
  base::Time first;
  base::Time last;
  std::uint64_t first_frame = 0;
  std::uint32_t first_source = 0;
  base::Spi before;  // SPI of the protected packet before it; 0: none
  base::Spi after;
};

// What every protected packet of a requirement touches, apart from its state, so that those of many requirements lie together.
struct alignas(16) LastProtected {
  base::Spi spi{};                 // of the last protected packet of the pair, 0: none
  std::uint32_t row = 0xffffffff;  // of Associations: its ends stand for seen_source and seen_destination, which are older
  StateId state = kNoState;        // whose it is
  bool run_open = false;           // clear packets came after it
  bool opens_tunnel = false;       // what serves it may be a tunnel
};

struct RequirementState {
  const ipsec::Requirement* requirement = nullptr;
  bool provisional = false;      // counts only if its pair of hosts is seen with AH/ESP (or IKE, V6)
  bool null_esp = false;         // V18
  bool shared = false;           // V19: some of its packets could serve others too
  bool exclusive = false;        // some could serve only this one
  bool read = false;             // some were readable (AH), so that the selector's fields are known
  std::uint64_t twins = 0;       // V20: decrypted copies, told by their length alone
  std::uint64_t wrong_mode = 0;  // secured in another mode, or between other ends
  bool guessed_side = false;     // V21: the clear side was told by who sent the frame: SLL names no interface
  bool tunnel_seen = false;      // an SA of it is configured in tunnel mode (V8)
  std::uint64_t uncertain = 0;   // clear packets that a field which was not captured would have decided
  verdict::ClassCounts packets;
  verdict::ClassCounts bytes;
  base::Time first;
  base::Time last;
  std::uint64_t first_frame = 0;
  std::uint32_t first_source = 0;
  std::uint64_t named_leaks = 0;  // leaked frames that name this requirement first: their class hangs on it
  std::array<std::uint64_t, verdict::kLeakReasonCount> leaks_by_reason{};  // indexed by LeakReason
  base::Time leak_first;
  base::Time leak_last;
  std::uint64_t leak_frame = 0;  // of the first leak
  std::uint32_t leak_source = 0;
  StateId mirror = kNoState;  // the other direction
  ClearRun run;               // open while packets > 0
  ClearRun longest;
  std::uint64_t runs = 0;     // closed runs
  base::Address seen_source;  // the ends that --protect without --via came to assume (V7), or the inferred pair
  base::Address seen_destination;
  bool seen_ah = false;  // inferred: the headers that its packets carried
  bool seen_esp = false;
  std::uint64_t judged_early = 0;  // leaked, had there been room to wait for what could have said otherwise
};

class RequirementStates {
 public:
  // At most so many that only the traffic brings forth.
  explicit RequirementStates(const ipsec::World& world, std::size_t limit = base::Limits{}.pairs);

  RequirementState& operator[](StateId id) { return states_[id]; }
  const RequirementState& operator[](StateId id) const { return states_[id]; }
  std::size_t size() const { return size_; }

  // The state of open requirement `id`, bound to these two hosts; made on first sight. kNoState when there are too many.
  StateId bind(ipsec::RequirementId id, const base::Address& source, const base::Address& destination);
  // The inferred requirement from `source` to `destination`, both directions made on first sight; kNoState from a multicast group.
  StateId infer(const base::Address& source, const base::Address& destination);
  std::uint64_t overflowed() const { return overflowed_; }
  std::size_t provisional() const { return pairs_.size(); }

  void count(StateId id, verdict::Class packet_class, std::uint32_t octets, base::Time time);
  // A clear packet extends the run; a protected one of either direction closes it.
  void leak(StateId id, verdict::LeakReason reason, base::Time time, std::uint64_t frame, std::uint32_t source);
  void see_protected(StateId id, base::Spi spi);
  // The same for one direction.
  void see_protected(LastProtected& last, base::Spi spi) {
    if (last.run_open) close_run(last.state, spi);
    last.spi = spi;
  }
  LastProtected& last_protected(StateId id) { return last_[id]; }  // stays where it is
  bool opens_tunnel(StateId id) const { return last_[id].opens_tunnel; }
  void close_runs();
  // Of a state or a copy of it: a run that is open ends here, if there is one.
  static void end_run(RequirementState& state, base::Spi after);

 private:
  struct PairKey {
    base::Address source;
    base::Address destination;
    ipsec::RequirementId requirement = ipsec::kNoRequirement;
    bool operator==(const PairKey&) const = default;
    std::uint64_t hash(std::uint64_t seed) const;
  };
  StateId add(const ipsec::Requirement* requirement);
  StateId make_provisional(const PairKey& key, ipsec::Requirement requirement);
  void close_run(StateId id, base::Spi after);

  std::deque<RequirementState> states_;
  std::deque<LastProtected> last_;        // by StateId
  std::size_t size_ = 0;                  // of states_, which has to count its own
  std::deque<ipsec::Requirement> bound_;  // requirements made here; addresses stay valid
  base::BoundedTable<PairKey, StateId> pairs_;
  const ipsec::World& world_;
  std::uint64_t overflowed_ = 0;
};

}  // namespace espy::verify
