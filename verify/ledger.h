// Ledger: the one place where frames are counted, in capture order. It puts fragments together, has each datagram classified, holds what
// the near future decides, and keeps all that a summary is made from. One thread at a time.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "assemble/fragments.h"
#include "base/limits.h"
#include "base/prefetch.h"
#include "verdict/summary.h"
#include "verify/associations.h"
#include "verify/classifier.h"
#include "verify/diagnosis.h"
#include "verify/esn.h"
#include "verify/esp_in_tcp.h"
#include "verify/flows.h"
#include "verify/frame.h"
#include "verify/hold.h"
#include "verify/inspector.h"
#include "verify/keyring.h"
#include "verify/lanes.h"
#include "verify/port_learner.h"
#include "verify/requirement_states.h"
#include "verify/samples.h"

namespace espy::verify {

struct LedgerOptions {
  decode::Ports ports;
  const Keyring* keys = nullptr;  // must outlive the ledger; null: nothing is checked
  bool details = false;           // what a screen shows beyond the summary is kept: samples of packets, odd sequence numbers
  bool one_interface = false;     // the capture cannot hold a second interface: a single classic file
  base::Limits limits{};
};

// Packets whose ICV is wrong, of one SA in one requirement. They are forged once the SA is known to verify, else unverified (V16).
struct Suspects {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  std::uint64_t unproven = 0;  // not among `packets`, never forged: no high half of a number was found, or the content makes no sense
};

struct SuspectKey {
  std::uint32_t association = 0;
  StateId state = kNoState;
  bool operator==(const SuspectKey&) const = default;
  std::uint64_t hash(std::uint64_t seed) const { return base::combine(seed, (std::uint64_t{association} << 32) | state); }
};

struct FirstSeen {
  std::uint64_t count = 0;
  base::Time first;
  base::Time last;
  std::uint64_t frame = 0;
  std::uint32_t source = 0;
};

// All that a run counted; summarize() turns it into verdict::Summary.
struct Tallies {
  verdict::PacketCounts packets;
  std::array<std::uint64_t, kExemptionCount> exempt_packets{};
  std::array<std::uint64_t, kExemptionCount> exempt_bytes{};
  std::uint64_t clear_fragments_unknown = 0;
  FirstSeen optional_clear;
  FirstSeen cut_short;  // frames cut before a selector's fields
  std::uint64_t held_overflow = 0;
  bool host_direction = false;  // the capture tells directions: it was made on a host
  bool saw_twin = false;
  std::uint64_t clear_frames = 0;  // IP frames that carry neither AH, ESP nor IKE
  std::uint64_t interfaces = 0;    // that have been seen, 0, 1 or 2 for more
  bool ended = false;
};

class Ledger {
 public:
  // `world` must outlive the ledger.
  Ledger(const ipsec::World& world, const LedgerOptions& options);

  // Frames in capture order, with what an inspector with this ledger's hints() found in them, which is changed.
  void commit(std::span<const Frame> frames, Inspected& found) { commit(frames, found, 0, frames.size()); }
  // Those of them from `begin` to before `end`; the batch is committed from its first frame to its last.
  void commit(std::span<const Frame> frames, Inspected& found, std::size_t begin, std::size_t end);
  // The same for one frame that was inspected as a whole.
  void commit(const Frame& frame, Inspection& inspection);
  // Nothing came until `now`: settles what does not wait any longer.
  void tick(base::Time now);
  // Brings what was counted aside to where summarize() looks; frames may go on afterwards.
  void carry_over();
  // No more frames: settles all that is held.
  void finish();
  // Frames of this (source, interface) are the clear side of a gateway (--clear).
  void clear_interface(std::uint32_t source, std::uint32_t interface);
  // Inferred policies of a file: the pairs that an earlier pass found, so that a tap sees the class at once.
  void expect_pair(const base::Address& source, const base::Address& destination);
  // An SA that an earlier pass saw verify, so that a tap sees a forged packet at once.
  void expect_verifying(const AssociationKey& key) { expected_[associations_.rows().insert(key)] = true; }
  void set_tap(Tap* tap) { tap_ = tap; }

  const ipsec::World& world() const { return world_; }
  const Keyring* keys() const { return keys_; }
  // Of use as long as the ledger lives; to be taken once the tap is set.
  Hints hints() const;
  const base::BoundedTable<SuspectKey, Suspects>& suspects() const { return suspects_; }
  // Frames that carry a wrong ICV, by association row.
  const std::unordered_map<std::uint32_t, Suspects>& suspect_frames() const { return suspect_frames_; }
  const Diagnoser& diagnoser() const { return diagnoser_; }
  const Samples* samples() const { return samples_.get(); }  // null: no details are kept
  const Tallies& tallies() const { return tallies_; }
  const Associations& associations() const { return associations_; }
  const RequirementStates& states() const { return states_; }
  const Classifier& classifier() const { return classifier_; }
  const Flows& flows() const { return flows_; }
  const Flows& protected_flows() const { return protected_flows_; }
  // Ports that turned out to carry ESP in UDP: the capture is worth another pass with them.
  const std::vector<std::uint16_t>& learned_ports() const { return learner_.ports(); }
  const assemble::Fragments& fragments() const { return fragments_; }
  const EspInTcp& streams() const { return streams_; }
  const base::Limits& limits() const { return limits_; }
  std::size_t held() const { return hold_.size(); }
  // Pairs of hosts between which IKE was seen, by a hash of both.
  bool saw_ike(const base::Address& one, const base::Address& other) const;
  // A provisional requirement whose hosts were seen with AH/ESP, or (V6) with IKE, in either direction.
  bool confirmed(const RequirementState& state) const;

 private:
  using Rows = std::array<std::uint32_t, decode::kMaxSecurityHeaders>;
  struct Finished {
    Outcome outcome;
    PartOf part_of = PartOf::kNothing;
  };

  void commit_inspected(const Frame& frame, Inspection& inspection);
  void commit_again(const Frame& frame);
  void prefetch(std::span<const Observation> seen, std::size_t begin, std::size_t end) const;
  void prefetch_first(std::span<const Observation> seen) const;
  void prefetch_lane(const Observation& seen) const;
  void prefetch_row(const Observation& seen) const;
  void prefetch_flow(const ClearObservation& clear) const {
    if (clear.flow < flows_.size()) base::prefetch(&flows_[clear.flow].row);
  }
  void commit_all(std::span<const Frame> frames, Inspected& found, std::size_t begin, std::size_t end);
  std::size_t commit_usual(std::span<const Frame> frames, const Inspected& found, std::size_t begin, std::size_t end);
  void commit_one(const Frame& frame, const Observation& seen, Inspected& found);
  bool commit_observed(const Frame& frame, const Observation& seen, const Inspected& found);
  bool commit_opened(const Frame& frame, const Observation& seen, const OpenedObservation& opened, const Inspected& found);
  void count_protected(const Frame& frame, const OpenedObservation& opened, OpenedRow& row);
  std::uint32_t make_protected_flow(std::uint32_t lane);
  std::uint32_t make_flow(const Frame& frame, StateId requirement);
  bool commit_clear(const Frame& frame, const Observation& seen, const ClearObservation& clear);
  void count_frame(const Frame& frame, const decode::Packet& packet);
  void count_interface(const Frame& frame, std::uint64_t interface) {
    ++tallies_.packets.total;
    if (frame.source != last_source_ || interface != first_interface_ || tallies_.interfaces == 0) see_interface(frame, interface);
  }
  void see_interface(const Frame& frame, std::uint64_t interface);
  void count_datagram(const decode::Packet& packet);
  Rows see_associations(const Frame& frame, const Inspection& inspection, base::Bytes datagram, bool whole);
  void settle_esn(Inspection& inspection);
  void find_high(Inspection& inspection, std::size_t index);
  void publish_esn(const Inspection& inspection, const Rows& rows);
  bool verifies(std::uint32_t association) const;
  void count_suspect(const FrameFacts& facts, const Outcome& outcome);
  Outcome decide_datagram(const Frame& frame, Inspection& inspection, base::Bytes datagram, bool whole);
  void commit_fragment(const Frame& frame, Inspection& inspection);
  void commit_segment(const Frame& frame, Inspection& inspection);
  Outcome decide_message(const Frame& frame, const Inspection& segment, const assemble::StreamMessage& message);
  void commit_esp_segment(const Frame& frame, Inspection& inspection, const assemble::StreamOutcome& stream);
  std::optional<Outcome> decide_messages(const Frame& frame, const Inspection& inspection, const assemble::StreamOutcome& stream);
  Outcome decide_held(HeldFrame& held, const assemble::StreamMessage& message);
  std::vector<HeldSegment> take_segments(std::uint64_t direction);
  void settle_segments(std::uint64_t direction, const std::vector<HeldSegment>& segments);
  void settle_datagram(std::uint64_t id, const Outcome* outcome);
  void settle_dropped(base::Time now);
  void settle(const SettledFrame& frame, const Outcome& outcome);
  static void describe(const Inspection& inspection, Outcome& outcome);
  void count_outcome(const FrameFacts& facts, const Outcome& outcome);
  void count_dummy(const Inspection& inspection);
  void sample(const SettledFrame& frame, const Outcome& outcome);
  void sample_observed(const Frame& frame, const Observation& seen);
  void sample_again(const Frame& frame, const Outcome& outcome);
  void count_flow(const FrameFacts& facts, const Outcome& outcome, Flows& flows);
  static void count_in(FlowRow& row, const FrameFacts& facts, const decode::ApplicationGuess& application) {
    const bool usual = row.guessed.load(std::memory_order_relaxed) && row.first <= facts.time;
    if (!usual) return count_first(row, facts, application);
    row.add(1, facts.original_size, facts.time);
  }
  static void count_first(FlowRow& row, const FrameFacts& facts, const decode::ApplicationGuess& application);
  void count_leak(const FrameFacts& facts, const Outcome& outcome);
  void hold(const Frame& frame, const Inspection& inspection, const Outcome& outcome, HeldFor why, std::uint64_t datagram);
  static void keep_octets(const Frame& frame, HeldFrame& held);
  void pass(const Frame& frame, const Inspection& inspection, Outcome& outcome);
  void settle_aged(base::Time now);
  // Whether settle_aged() has anything to do.
  bool may_age(base::Time now) const { return !waits_for_.known() || now - waits_for_ > kHoldFor; }
  bool may_have_sides(const Frame& frame) const;
  void release();
  void note_early(const Outcome& outcome);
  Outcome lone_fragment(HeldFrame& held);
  void show(SettledFrame frame, const Outcome& outcome);
  void keep_completed(HeldFrame& held);
  void complete(const Inspection& inspection);

  const ipsec::World& world_;
  const base::Limits limits_;
  const Keyring* keys_;
  EsnHints esn_hints_;
  Associations associations_;
  RequirementStates states_;
  Classifier classifier_;
  Lanes lanes_;
  Inspector inspector_;  // for reassembled datagrams, for what a worker's guess could not open, for what it left to be looked at again
  Arena arena_;          // of the packet that is committed
  Inspection again_;     // of a frame whose observation did not do
  Arena again_arena_;
  Diagnoser diagnoser_;
  assemble::Fragments fragments_;
  PortLearner learner_;
  decode::Ports ports_;
  decode::Glancer glancer_;
  EspInTcp streams_;
  std::uint64_t segments_ = 0;
  Flows flows_;
  Flows protected_flows_;
  base::BoundedTable<SuspectKey, Suspects> suspects_;
  std::unordered_map<std::uint32_t, Suspects> suspect_frames_;
  std::unordered_map<ipsec::AssociationId, std::uint32_t> esn_searches_;  // in vain
  std::unordered_map<std::uint32_t, bool> expected_;                      // rows that are known to verify
  Hold hold_;
  std::uint64_t aged_ = 0;               // position in hold_ up to which V21's second has passed
  base::Time waits_for_ = base::kNever;  // of the frame at that position; kNever: not looked at yet
  Tallies tallies_;
  std::unique_ptr<Samples> samples_;
  std::uint32_t counted_flow_ = Flows::kMissing;  // row of the frame that was counted last
  Tap* tap_ = nullptr;
  std::vector<Assembled> completed_;  // by the frame that is committed
  PartOf part_of_ = PartOf::kNothing;
  std::unordered_map<std::uint64_t, Finished> finished_datagrams_;  // for copies of their fragments; bounded
  std::unordered_map<std::uint64_t, bool> ike_pairs_;
  std::unordered_map<std::uint64_t, bool> clear_interfaces_;
  std::vector<bool> sources_seen_;
  bool one_interface_;
  base::Time began_;  // of the first frame
  std::uint64_t first_interface_ = 0;
  std::uint32_t last_source_ = 0;
};

}  // namespace espy::verify
