#include "verify/port_learner.h"

#include <algorithm>
#include <tuple>

#include "base/hash.h"

namespace espy::verify {
namespace {

constexpr std::uint8_t kUdp = 17;
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

std::uint64_t PortLearner::Key::hash(std::uint64_t seed) const {
  const std::uint64_t ends = base::hash_bytes(high.octets, base::hash_bytes(low.octets, seed));
  return base::combine(ends, (std::uint64_t{low_port} << 16) | high_port);
}

PortLearner::PortLearner(const ipsec::World& world) : world_(world), flows_(kFlowLimit, base::hash_seed()) {}

// Exact ends only: a guess by the SPI alone would take any payload that begins with it.
bool PortLearner::is_configured(const decode::Layer& layer, std::uint32_t spi) const {
  const ipsec::AssociationId id = world_.find_association(ipsec::Protocol::kEsp, base::Spi{spi}, layer.source, layer.destination);
  if (id == ipsec::kNoAssociation) return false;
  const ipsec::Association& association = world_.associations()[id];
  return association.spi == base::Spi{spi} && association.destination.is_host() && association.destination.contains(layer.destination) &&
         association.source.contains(layer.source);
}

void PortLearner::learn(Row& row, const decode::Layer& layer) {
  row.learned = true;
  // Both ends' ports tell; the lower one is more likely to stay when an address translator moves the other.
  const std::uint16_t port = std::min(layer.source_port, layer.destination_port);
  if (ports_.size() < kPortLimit && std::ranges::find(ports_, port) == ports_.end()) ports_.push_back(port);
}

void PortLearner::add(const decode::Packet& packet, base::Bytes data) {
  if (packet.layer_count == 0) return;
  const decode::Layer& layer = packet.layers[packet.layer_count - 1U];
  const bool clear_udp = layer.protocol == kUdp && layer.payload == decode::Payload::kClear && layer.ports_known &&
                         layer.payload_offset != 0 && layer.carrier != decode::Carrier::kIcmpQuote;
  if (!clear_udp || layer.payload_offset + kLeastEsp > data.size()) return;
  const std::size_t end = std::min<std::size_t>(data.size(), std::size_t{layer.offset} + layer.size);
  if (layer.payload_offset + kLeastEsp > end) return;
  const base::Bytes payload = data.subspan(layer.payload_offset, end - layer.payload_offset);
  const bool from_low = std::tie(layer.source, layer.source_port) < std::tie(layer.destination, layer.destination_port);
  const Key key = from_low ? Key{layer.source, layer.destination, layer.source_port, layer.destination_port}
                           : Key{layer.destination, layer.source, layer.destination_port, layer.source_port};
  const std::uint32_t index = flows_.insert(key);
  if (index == flows_.kMissing || flows_[index].row.learned) return;
  Row& row = flows_[index].row;
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
  if (both_ways || (run.length >= kEnough && is_configured(layer, spi))) learn(row, layer);
}

}  // namespace espy::verify
