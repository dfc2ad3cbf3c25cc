// PortLearner: finds ESP in UDP on ports that neither the standard nor a configuration names, by what both ends do: the SPI of a configured
// SA in front of the payload, or ESP in both directions beside IKE's non-ESP marker on the same pair of ports (RFC 3948 sections 2.2,
// 2.3). A program with a counter in its header alone is never enough. Bounded; not thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/bounded_table.h"
#include "base/conversation.h"
#include "verify/frame.h"

namespace espy::verify {

class PortLearner {
 public:
  // Where the row of a packet's flow may stand.
  struct Place {
    base::Conversation ends;
    bool from_low = false;   // the packet's direction
    std::uint64_t hash = 0;  // of the ends
  };

  static constexpr std::size_t kFlowLimit = 4'096;
  static constexpr std::size_t kPortLimit = 8;  // as many as decode::Ports holds

  explicit PortLearner(const ipsec::World& world);

  // Any packet; only clear UDP is looked at.
  void add(const decode::Packet& packet, base::Bytes data);

  // The same in steps, all but the last by any thread. A payload that is too small for ESP tells nothing; `size`: octets.
  static bool reads(std::size_t size);
  Place place_of(const base::Endpoint& source, const base::Endpoint& destination) const;
  void prefetch(const Place& place) const { flows_.prefetch(place.hash); }
  // The row of the flow, kNoRow or kNoRoom.
  std::uint32_t find(const Place& place) const;
  void add(std::uint32_t row, bool from_low, base::Bytes payload);

  // The ports found, for another pass over the same capture.
  const std::vector<std::uint16_t>& ports() const { return ports_; }

 private:
  struct Run {
    std::uint32_t spi = 0;
    std::uint32_t sequence = 0;
    std::uint8_t length = 0;  // packets of this SPI with rising numbers
  };
  struct Row {
    std::array<Run, 2> runs;  // from low, from high
    bool ike = false;         // the non-ESP marker with an ISAKMP header behind it
    bool learned = false;
  };

  bool is_configured(const base::Address& source, const base::Address& destination, std::uint32_t spi) const;
  void learn(const base::Conversation& ends, Row& row);

  const ipsec::World& world_;
  base::BoundedTable<base::Conversation, Row> flows_;
  std::vector<std::uint16_t> ports_;
};

}  // namespace espy::verify
