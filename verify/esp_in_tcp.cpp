#include "verify/esp_in_tcp.h"

#include <algorithm>
#include <utility>

#include "base/hash.h"
#include "decode/numbers.h"

namespace espy::verify {
namespace {

constexpr std::uint16_t kEncapsulationPort = 4500;

struct End {
  const base::Address& address;
  std::uint16_t port;
  std::uint64_t hash(std::uint64_t seed) const { return base::combine(base::hash_bytes(address.octets, seed), port); }
};

std::uint64_t id_of(const End& from, const End& to) { return base::mix(to.hash(from.hash(base::hash_seed()))) | (std::uint64_t{1} << 63); }

const decode::Layer& innermost(const decode::Packet& packet) { return packet.layers[packet.layer_count - 1U]; }

}  // namespace

bool may_carry_esp(const decode::Packet& packet, const decode::Ports& ports) {
  if (packet.layer_count == 0 || packet.security_count != 0) return false;
  const decode::Layer& layer = innermost(packet);
  if (layer.payload != decode::Payload::kClear || layer.protocol != decode::kTcp || !layer.ports_known || layer.fragment ||
      layer.payload_offset == 0 || layer.carrier == decode::Carrier::kIcmpQuote) {
    return false;
  }
  const auto carries = [&](std::uint16_t port) {
    return port == kEncapsulationPort || (port != 0 && std::ranges::find(ports.encapsulation, port) != ports.encapsulation.end());
  };
  return carries(layer.source_port) || carries(layer.destination_port);
}

std::uint32_t EspInTcp::payload_size(const decode::Packet& packet) {
  const decode::Layer& layer = innermost(packet);
  const std::uint32_t headers = layer.payload_offset - layer.offset;
  return layer.size > headers ? layer.size - headers : 0;
}

assemble::StreamOutcome EspInTcp::add(const Frame& frame, const decode::Packet& packet, std::uint64_t number) {
  const decode::Layer& layer = innermost(packet);
  const std::uint32_t size = payload_size(packet);
  const std::size_t from = std::min<std::size_t>(layer.payload_offset, frame.data.size());
  return streams_.add({.source = layer.source,
                       .destination = layer.destination,
                       .source_port = layer.source_port,
                       .destination_port = layer.destination_port,
                       .sequence = layer.tcp_sequence,
                       .flags = layer.tcp_flags,
                       .payload = frame.data.subspan(from, std::min<std::size_t>(size, frame.data.size() - from)),
                       .size = size,
                       .number = number,
                       .time = frame.time});
}

void EspInTcp::make_packet(const decode::Packet& segment, const assemble::StreamMessage& message, decode::Packet& packet) {
  packet = segment;
  decode::Layer& layer = packet.layers[packet.layer_count - 1U];
  if (message.kind != assemble::StreamMessageKind::kEsp) {
    layer.payload = message.kind == assemble::StreamMessageKind::kKeepalive ? decode::Payload::kKeepalive : decode::Payload::kIke;
    return;
  }
  layer.payload = decode::Payload::kEsp;
  layer.first_security = packet.security_count;
  layer.security_count = 1;
  packet.security[packet.security_count++] = {.protocol = decode::SecurityProtocol::kEsp,
                                              .encapsulation = decode::Encapsulation::kTcp,
                                              .layer = static_cast<std::uint8_t>(packet.layer_count - 1U),
                                              .spi = message.spi,
                                              .sequence = message.sequence,
                                              .offset = 0,
                                              .size = message.size,
                                              .captured = static_cast<std::uint32_t>(message.bytes.size())};
}

std::uint64_t EspInTcp::direction_id(const decode::Packet& packet) {
  const decode::Layer& layer = innermost(packet);
  return id_of({layer.source, layer.source_port}, {layer.destination, layer.destination_port});
}

std::uint64_t EspInTcp::opposite_id(const decode::Packet& packet) {
  const decode::Layer& layer = innermost(packet);
  return id_of({layer.destination, layer.destination_port}, {layer.source, layer.source_port});
}

void EspInTcp::turn(decode::Packet& segment) {
  decode::Layer& layer = segment.layers[segment.layer_count - 1U];
  std::swap(layer.source, layer.destination);
  std::swap(layer.source_port, layer.destination_port);
}

const Outcome* EspInTcp::last_outcome(std::uint64_t direction) const {
  const auto found = last_.find(direction);
  return found == last_.end() ? nullptr : &found->second;
}

void EspInTcp::remember(std::uint64_t direction, const Outcome& outcome) {
  if (last_.size() >= kRemembered && !last_.contains(direction)) last_.clear();
  last_[direction] = outcome;
}

}  // namespace espy::verify
