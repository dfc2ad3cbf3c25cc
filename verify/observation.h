// Observation: all that the ledger needs of a frame of the two kinds that make up most captures: a datagram with one ESP header that no key
// opens, and a clear datagram that carries nothing of IPsec. Everything else needs an Inspection. It decides nothing.
#pragma once

#include <cstdint>
#include <variant>

#include "decode/application.h"
#include "ipsec/world.h"
#include "verify/header_check.h"
#include "verify/null_esp.h"
#include "verify/sequence.h"

namespace espy::verify {

inline constexpr std::uint32_t kNoRow = 0xffffffff;     // the worker found none: the ledger looks again
inline constexpr std::uint32_t kNoRoom = 0xfffffffe;    // … and there will never be one: its table is full
inline constexpr std::uint32_t kNotAsked = 0xfffffffd;  // the table does not matter

struct EspObservation {
  std::uint32_t association = kNoRow;                       // row of Associations
  ipsec::AssociationId configured = ipsec::kNoAssociation;  // as in HeaderCheck
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

struct Observation {
  std::uint64_t interface = 0;  // interface_key() of its frame
  std::uint32_t size = 0;       // octets of the IP datagram, by its own length field
  // The first: index into Inspected of the whole Inspection.
  std::variant<std::uint32_t, EspObservation, ClearObservation> of;
};

static_assert(sizeof(Observation) <= 64);

}  // namespace espy::verify
