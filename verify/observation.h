// Observation: all that the ledger needs of a frame of the kinds that make up most captures: a datagram with one ESP header that no key
// opens, one with a header that was opened around TCP or UDP, and a clear datagram. Everything else needs an Inspection. It decides
// nothing.
#pragma once

#include <array>
#include <cstdint>
#include <variant>

#include "base/time.h"
#include "decode/application.h"
#include "ipsec/world.h"
#include "verify/header_check.h"
#include "verify/null_esp.h"
#include "verify/sequence.h"

namespace espy::verify {

// Rows of a table that lie in the processor's second-level cache: with no more than these, prefetching costs more than it saves.
inline constexpr std::size_t kFewRows = 2048;

inline constexpr std::uint32_t kNoRow = 0xffffffff;     // the worker found none: the ledger looks again
inline constexpr std::uint32_t kNoRoom = 0xfffffffe;    // … and there will never be one: its table is full
inline constexpr std::uint32_t kCounted = 0xfffffffc;   // … and that was counted
inline constexpr std::uint32_t kNotAsked = 0xfffffffd;  // the table does not matter

struct EspObservation {
  std::uint32_t association = kNoRow;  // row of Associations
  std::uint32_t sequence = 0;
  std::uint32_t offset = 0;  // of the ESP header in the frame
  std::uint32_t size = 0;    // octets from there on, all of them captured
  Fingerprint fingerprint = 0;
  Checked checked = Checked::kNoKey;
  bool in_udp = false;
  Legibility legible = Legibility::kNot;
};

struct ClearObservation {
  ipsec::Judgement judgement;
  std::uint32_t flow = kNotAsked;     // row of Flows, where the judgement makes it a leak
  std::uint32_t learner = kNotAsked;  // row of PortLearner
  std::uint32_t payload_offset = 0;   // UDP: what the learner looks at
  std::uint32_t payload_size = 0;
  bool from_low = false;  // PortLearner
  decode::ApplicationGuess application;
};

// How a packet was read that a key opened, the same for nearly all of an SA.
struct OpenedTraits {
  std::uint8_t icv_size = 0;
  Legibility legible : 2 = Legibility::kNot;
  bool icv_open : 1 = false;  // the SA does not say which size its ICVs have
  bool esn : 1 = false;
  bool in_udp : 1 = false;
  bool default_padding : 1 = true;
  bool flow_padded : 1 = false;

  // Nothing but its number and vector is told of its SA.
  bool usual() const { return (default_padding & !flow_padded & !esn & !icv_open) != 0; }
};

// ESP that a key opened, and what is inside: TCP or UDP, alone or in an IP packet.
struct OpenedObservation {
  std::uint32_t lane = kNoRow;  // of Lanes
  std::uint32_t sequence = 0;
  std::uint32_t offset = 0;  // of the ESP header in the frame
  std::uint32_t size = 0;    // octets from there on
  std::uint32_t esn_high = 0;
  std::uint32_t content = kNotAsked;  // index into Inspected::contents(): tunnels
  Fingerprint fingerprint = 0;
  std::array<std::uint8_t, 8> nonce{};  // what follows the header: the vector of the usual counter modes
  decode::ApplicationGuess application;
  OpenedTraits traits;
};

// The frame need not be looked at for what stands here: the worker that commits is seldom the one that has it in its cache.
struct alignas(64) Observation {
  base::Time time;                    // of its frame
  std::uint32_t interface_upper = 0;  // of interface_key() of its frame; the lower half is 0
  std::uint32_t original_size = 0;    // of its frame
  std::uint32_t size = 0;             // octets of the IP datagram, by its own length field
  // The first: index into Inspected of the whole Inspection.
  std::variant<std::uint32_t, EspObservation, ClearObservation, OpenedObservation> of;

  std::uint64_t interface() const { return std::uint64_t{interface_upper} << 32; }
};

static_assert(sizeof(Observation) == 64);

}  // namespace espy::verify
