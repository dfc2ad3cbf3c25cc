// Outcome: what one frame turned out to be, before it is counted.
#pragma once

#include <array>
#include <cstdint>

#include "base/time.h"
#include "decode/application.h"
#include "verdict/summary.h"
#include "verify/frame.h"
#include "verify/observation.h"
#include "verify/requirement_states.h"

namespace espy::verify {

// The named exemptions that are not a bypass policy (V10, V11, V21).
enum class Exemption : std::uint8_t { kNone, kBypass, kOptional, kNeighbourDiscovery, kIcmpError, kClearSide };
inline constexpr std::size_t kExemptionCount = 6;

std::string_view name(Exemption exemption);  // "optional", "neighbour-discovery" …

// The flow that a leaked or a protected and readable frame belongs to. A fragment's is that of its datagram (V12).
struct CarriedFlow {
  base::Address source;
  base::Address destination;
  std::uint8_t protocol = 0;
  bool ports_known = false;
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  decode::ApplicationGuess application;
};

struct Outcome {
  verdict::Class packet_class = verdict::Class::kUnrelated;
  verdict::LeakReason reason = verdict::LeakReason::kPlaintext;  // of kLeaked
  Exemption exemption = Exemption::kNone;                        // of kExempt
  std::uint8_t layer = 0;                                        // that decided
  std::uint8_t state_count = 0;
  bool secured = false;                    // carries AH or ESP that serves `states`
  bool uncertain = false;                  // a field that was not captured would have decided it
  bool may_be_clear_side = false;          // V21: leaked, unless another interface carries its ESP
  bool cut_short = false;                  // the capture ended within the packet
  bool guessed = false;                    // kDecapsulated: told by its length alone (V20)
  bool unproven = false;                   // `bad` has no wrong ICV: no high half of its number was found, or its content makes no sense
  bool wrong_mode = false;                 // secured, but in another mode or between other ends than the requirement says
  std::array<StateId, 4> states{};         // requirements that it counts in; the first one is named
  std::uint32_t association = 0xffffffff;  // row of the innermost AH/ESP header, or Associations::kMissing
  std::uint32_t group = 0xffffffff;        // of unreadable ESP
  std::uint32_t bad = 0xffffffff;          // row of a header whose ICV is wrong: forged, once the SA is known to verify (V16)
  std::uint32_t flow_row = kNotAsked;      // of Flows, where it was looked up already
  CarriedFlow flow;                        // of kLeaked and kProtected, but for unreadable ESP

  StateId state() const { return state_count == 0 ? kNoState : states[0]; }
  void add(StateId id) {
    if (id != kNoState && state_count < states.size()) states[state_count++] = id;
  }
};

// The class that wins when the layers of one frame differ: what is worst for the user.
int severity(verdict::Class packet_class);

}  // namespace espy::verify
