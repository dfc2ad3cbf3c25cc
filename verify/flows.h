// Flows: what leaked, one row for each requirement, pair of addresses, protocol, ports and reason. Bounded: a row that no longer fits
// is counted, its packets still count in their requirement.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "base/address.h"
#include "base/bounded_table.h"
#include "base/hash.h"
#include "base/time.h"
#include "decode/application.h"
#include "verdict/summary.h"
#include "verify/frame.h"

namespace espy::verify {

struct FlowKey {
  base::Address source;
  base::Address destination;
  std::uint32_t requirement = 0;  // index of a RequirementState
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  std::uint8_t protocol = 0;
  bool ports_known = false;
  verdict::LeakReason reason = verdict::LeakReason::kPlaintext;

  bool operator==(const FlowKey&) const = default;
  std::uint64_t hash(std::uint64_t seed) const { return hash(source, destination, source_port, destination_port, protocol, seed); }
  // By what a packet shows; what is made of it differs seldom.
  static std::uint64_t hash(const base::Address& source, const base::Address& destination, std::uint16_t source_port,
                            std::uint16_t destination_port, std::uint8_t protocol, std::uint64_t seed) {
    const std::uint64_t ports = (std::uint64_t{source_port} << 32) | (std::uint64_t{destination_port} << 16) | protocol;
    return base::combine(base::hash_ends(source, destination, seed), ports);
  }
};

struct FlowRow {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  base::Time first;
  base::Time last;
  std::uint64_t first_frame = 0;
  std::uint32_t first_source = 0;
  decode::ApplicationGuess application;
  std::atomic<bool> guessed{false};  // no further guess is needed. For workers

  // What may have come before the first.
  void see_early(const FrameFacts& frame) {
    if (frame.time >= first) return;
    first = frame.time;
    first_frame = frame.number;
    first_source = frame.source;
  }
  // More packets, none before the first.
  void add(std::uint64_t more, std::uint64_t their_bytes, base::Time latest) {
    packets += more;
    bytes += their_bytes;
    last = std::max(last, latest);
  }
};
static_assert(sizeof(FlowKey) + sizeof(FlowRow) <= 96);

// A flow says what it is in its first packets or not at all.
inline constexpr std::uint64_t kPacketsLookedInto = 64;

using Flows = base::BoundedTable<FlowKey, FlowRow>;
// Of those that leaked the ones with the most packets are reported, the others counted as not kept.
inline constexpr std::size_t kReportedFlows = 65'536;

}  // namespace espy::verify
