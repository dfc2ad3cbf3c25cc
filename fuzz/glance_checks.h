// glance_checks: a glance says of a frame what the parser says of it, or nothing.
#pragma once

#include <array>
#include <cstring>

#include "decode/esp_glance.h"
#include "decode/glance.h"
#include "decode/numbers.h"
#include "decode/transport_glance.h"
#include "fuzz/packet_checks.h"

namespace espy::fuzz {

inline void check_esp(const decode::Packet& packet, const decode::Glance& glance) {
  const decode::SecurityHeader& header = packet.security[0];
  require(packet.security_count == 1 && packet.layers[0].payload == decode::Payload::kEsp);
  require(header.protocol == decode::SecurityProtocol::kEsp && !header.wrapped && header.layer == 0);
  require((header.encapsulation == decode::Encapsulation::kUdp) == glance.in_udp);
  require(header.spi == glance.spi && header.sequence == glance.sequence && header.offset == glance.inner);
  require(header.size == header.captured && header.size == glance.end - glance.inner);
}

inline void check_clear(const decode::Packet& packet, const decode::Glance& glance) {
  const decode::Layer& layer = packet.layers[0];
  require(packet.security_count == 0 && layer.payload == decode::Payload::kClear && layer.protocol == glance.protocol);
  require(layer.ports_known && layer.source_port == glance.source_port && layer.destination_port == glance.destination_port);
  require(layer.payload_offset == glance.inner && glance.inner <= glance.end && glance.end == layer.offset + layer.size);
}

// The quickest glance says of ESP what the other says, or nothing.
inline void check_esp_glance(base::Bytes frame, std::uint32_t original_size, base::LinkType type, const decode::Packet& packet) {
  decode::EspGlance glance;
  if (!decode::glance_esp(frame, original_size, type, glance)) return;
  require(packet.trouble == decode::Trouble::kNone && packet.layer_count == 1 && packet.security_count == 1);
  const decode::Layer& layer = packet.layers[0];
  const decode::SecurityHeader& header = packet.security[0];
  require(layer.source.family == base::Family::kIpv4 && layer.size == glance.packet_size());
  require(((layer.destination.word(0) << 32) | layer.source.word(0)) == glance.ends);
  require(header.protocol == decode::SecurityProtocol::kEsp && header.encapsulation == decode::Encapsulation::kNone && !header.wrapped);
  require(header.spi.value == __builtin_bswap32(glance.spi) && header.sequence == glance.sequence);
  require(header.offset == glance.offset && header.size == glance.size && header.captured == glance.size);
}

// The quickest glance at TCP or UDP says which ports there are, and the other glance tells of all packets with these or of none. True: it
// said something.
inline bool check_transport_glance(base::Bytes content, std::uint8_t next_header, const decode::Glancer& glancer) {
  decode::TransportGlance glance;
  if (!decode::glance_transport(content, next_header, glance)) return false;
  std::array<std::uint8_t, 20> smallest{};
  std::memcpy(smallest.data(), &glance.ports, sizeof glance.ports);
  smallest[next_header == decode::kUdp ? 5 : 12] = next_header == decode::kUdp ? 20 : 0x50;
  decode::Glance whole, other;
  const bool said = glancer.glance_content(content, next_header, whole);
  require(glance.protocol == next_header && said == glancer.glance_content(smallest, next_header, other));
  if (said) require(whole.source_port == other.source_port && whole.destination_port == other.destination_port);
  return true;
}

// True: the glance said something, and it was right.
inline bool check_glance(base::Bytes frame, std::uint32_t original_size, base::LinkType type, const decode::Ports& ports,
                         const decode::Packet& packet) {
  check_esp_glance(frame, original_size, type, packet);
  decode::Glance glance;
  if (!decode::Glancer(ports).glance(frame, original_size, type, glance)) return false;
  require(packet.trouble == decode::Trouble::kNone && packet.layer_count == 1 && !packet.non_ip);
  const decode::Layer& layer = packet.layers[0];
  require(layer.carrier == decode::Carrier::kLink && !layer.fragment && layer.size == glance.size);
  require(layer.source == glance.source && layer.destination == glance.destination);
  require(packet.has_mac == (type == base::LinkType::kEthernet) && packet.interface_index == 0);
  if (glance.protocol == decode::kEsp) {
    check_esp(packet, glance);
  } else {
    check_clear(packet, glance);
  }
  return true;
}

}  // namespace espy::fuzz
