// packet_checks: what holds of every Packet, whatever octets it was parsed from: it stays within them and within its own arrays.
#pragma once

#include <algorithm>
#include <cstdlib>

#include "decode/packet.h"

namespace espy::fuzz {

// abort() and not assert(): the invariants hold in release builds too.
inline void require(bool invariant) {
  if (!invariant) std::abort();
}

inline void check_layer(const decode::Packet& packet, const decode::Layer& layer) {
  require(layer.source.known() && layer.destination.known() && layer.source.family == layer.destination.family);
  require(layer.offset < packet.parsed_size && layer.upper_offset <= packet.parsed_size);
  require(layer.payload_offset <= packet.parsed_size && layer.fragment_data <= packet.parsed_size);
  require(layer.upper_offset == 0 || layer.upper_offset > layer.offset);
  require(layer.payload_offset == 0 || layer.payload_offset > layer.upper_offset);
  require(layer.first_security + layer.security_count <= packet.security_count);
  require(layer.fragment || layer.payload != decode::Payload::kFragment);
  require(layer.fragment_offset == 0 || layer.payload == decode::Payload::kFragment);
  require(layer.payload != decode::Payload::kEsp || layer.security_count > 0);
}

inline void check_security(const decode::Packet& packet, const decode::SecurityHeader& header) {
  require(header.layer < packet.layer_count);
  require(header.captured <= header.size && header.captured >= 4);
  require(header.offset + header.captured <= packet.parsed_size);
  require(header.offset > packet.layers[header.layer].offset);
}

inline void check(const decode::Packet& packet) {
  require(packet.layer_count <= decode::kMaxLayers && packet.security_count <= decode::kMaxSecurityHeaders);
  for (std::size_t index = 0; index < packet.layer_count; ++index) {
    check_layer(packet, packet.layers[index]);
    require(index == 0 || packet.layers[index].offset > packet.layers[index - 1].offset);
  }
  for (std::size_t index = 0; index < packet.security_count; ++index) check_security(packet, packet.security[index]);
  require(!packet.non_ip || packet.layer_count == 0);
  require(!packet.quotes || packet.layers[packet.layer_count - 1u].carrier == decode::Carrier::kIcmpQuote);
}

}  // namespace espy::fuzz
