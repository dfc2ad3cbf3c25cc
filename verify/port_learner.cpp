#include "verify/port_learner.h"

#include <algorithm>

#include "base/hash.h"
#include "decode/numbers.h"
#include "verify/observation.h"

namespace espy::verify {
namespace {

constexpr std::size_t kLeastEsp = 16;          // header, and what the smallest cipher and ICV add
constexpr std::uint8_t kEnough = 3;            // packets in a row, each direction
constexpr std::uint32_t kLargestStep = 1'024;  // of the sequence number, where packets were lost
constexpr std::size_t kMarkerSize = 4;
constexpr std::size_t kIsakmpHeaderSize = 28;
constexpr std::size_t kVersionOffset = 17;
constexpr std::size_t kLengthOffset = 24;

std::uint32_t read_u32(base::Bytes bytes, std::size_t offset) {
  return (std::uint32_t{bytes[offset]} << 24) | (std::uint32_t{bytes[offset + 1]} << 16) | (std::uint32_t{bytes[offset + 2]} << 8) |
         bytes[offset + 3];
}

// Four zero octets, then an ISAKMP header of version 1 or 2 whose length is the rest of the datagram.
bool is_marked_ike(base::Bytes payload) {
  if (payload.size() < kMarkerSize + kIsakmpHeaderSize || read_u32(payload, 0) != 0) return false;
  const base::Bytes message = payload.subspan(kMarkerSize);
  const std::uint8_t major = message[kVersionOffset] >> 4;
  return (major == 1 || major == 2) && read_u32(message, kLengthOffset) == message.size();
}

}  // namespace

PortLearner::PortLearner(const ipsec::World& world) : world_(world), flows_(kFlowLimit, base::hash_seed()) {}

// Exact ends only: a guess by the SPI alone would take any payload that begins with it.
bool PortLearner::is_configured(const base::Address& source, const base::Address& destination, std::uint32_t spi) const {
  const ipsec::AssociationId id = world_.find_association(ipsec::Protocol::kEsp, base::Spi{spi}, source, destination);
  if (id == ipsec::kNoAssociation) return false;
  const ipsec::Association& association = world_.associations()[id];
  return association.spi == base::Spi{spi} && association.destination.is_host() && association.destination.contains(destination) &&
         association.source.contains(source);
}

void PortLearner::learn(const base::Conversation& ends, Row& row) {
  row.learned = true;
  // Both ends' ports tell; the lower one is more likely to stay when an address translator moves the other.
  const std::uint16_t port = std::min(ends.low.port, ends.high.port);
  if (ports_.size() < kPortLimit && std::ranges::find(ports_, port) == ports_.end()) ports_.push_back(port);
}

bool PortLearner::reads(std::size_t size) { return size >= kLeastEsp; }

PortLearner::Place PortLearner::place_of(const base::Endpoint& source, const base::Endpoint& destination) const {
  const base::Conversation ends = base::conversation_of(source, destination);
  return {.ends = ends, .from_low = ends.is_from_low(source), .hash = ends.hash(flows_.seed())};
}

std::uint32_t PortLearner::find(const Place& place) const {
  const bool closed = flows_.closed();
  const std::uint32_t row = flows_.find_if(place.hash, [&](const base::Conversation& ends) { return ends == place.ends; });
  return row != flows_.kMissing ? row : closed ? kNoRoom : kNoRow;
}

void PortLearner::add(const decode::Packet& packet, base::Bytes data) {
  if (packet.layer_count == 0) return;
  const decode::Layer& layer = packet.layers[packet.layer_count - 1U];
  const bool clear_udp = layer.protocol == decode::kUdp && layer.payload == decode::Payload::kClear && layer.ports_known &&
                         layer.payload_offset != 0 && layer.carrier != decode::Carrier::kIcmpQuote;
  const std::size_t end = std::min<std::size_t>(data.size(), std::size_t{layer.offset} + layer.size);
  if (!clear_udp || layer.payload_offset > end) return;
  const base::Bytes payload = data.subspan(layer.payload_offset, end - layer.payload_offset);
  if (!reads(payload.size())) return;
  const base::Endpoint source{layer.source, layer.source_port};
  const base::Conversation ends = base::conversation_of(source, {layer.destination, layer.destination_port});
  const std::uint32_t row = flows_.insert(ends);
  if (row != flows_.kMissing) add(row, ends.is_from_low(source), payload);
}

void PortLearner::add(std::uint32_t index, bool from_low, base::Bytes payload) {
  const auto [ends, row] = flows_[index];
  if (row.learned) return;
  if (is_marked_ike(payload)) {
    row.ike = true;
    return;
  }
  const std::uint32_t spi = read_u32(payload, 0);
  const std::uint32_t sequence = read_u32(payload, 4);
  if (base::Spi{spi}.reserved()) return;
  Run& run = row.runs[from_low ? 0 : 1];
  const bool continues = run.spi == spi && sequence > run.sequence && sequence - run.sequence <= kLargestStep;
  run = {
      .spi = spi, .sequence = sequence, .length = continues ? static_cast<std::uint8_t>(std::min(run.length + 1, 255)) : std::uint8_t{1}};
  const bool both_ways = row.ike && row.runs[0].length >= kEnough && row.runs[1].length >= kEnough;
  const base::Address& source = (from_low ? ends.low : ends.high).address;
  const base::Address& destination = (from_low ? ends.high : ends.low).address;
  if (both_ways || (run.length >= kEnough && is_configured(source, destination, spi))) learn(ends, row);
}

}  // namespace espy::verify
