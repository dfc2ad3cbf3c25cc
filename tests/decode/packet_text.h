// packet_text: a Packet as one line, so that an expectation reads like the frame: "A>B esp 201/7 50 opaque". Layers are separated by " | ".
#pragma once

#include <map>
#include <sstream>
#include <string>

#include "decode/packet.h"

namespace espy::decode::test {

// A and B are the outer hosts of the frames, C and D the hosts inside tunnels.
inline std::string host(const base::Address& address) {
  static const std::map<std::string, std::string> names = {{"192.0.2.1", "A"}, {"192.0.2.2", "B"},    {"10.1.0.1", "C"},
                                                           {"10.2.0.2", "D"},  {"2001:db8::1", "A6"}, {"2001:db8::2", "B6"}};
  const auto found = names.find(base::to_string(address));
  return found == names.end() ? base::to_string(address) : found->second;
}

inline std::string word(Carrier carrier) {
  static const std::map<Carrier, std::string> words = {
      {Carrier::kLink, ""},           {Carrier::kIpInIp, "ip "},          {Carrier::kGre, "gre "},
      {Carrier::kVxlan, "vxlan "},    {Carrier::kGeneve, "geneve "},      {Carrier::kGtpU, "gtp "},
      {Carrier::kMpls, "mpls "},      {Carrier::kAhTunnel, "ah-tunnel "}, {Carrier::kEspTunnel, "esp-tunnel "},
      {Carrier::kIcmpQuote, "quote "}};
  return words.at(carrier);
}

inline std::string word(Payload payload) {
  static const std::map<Payload, std::string> words = {{Payload::kNone, " nothing"},     {Payload::kClear, ""},
                                                       {Payload::kEsp, " opaque"},       {Payload::kCompressed, " compressed"},
                                                       {Payload::kIke, " ike"},          {Payload::kKeepalive, " keepalive"},
                                                       {Payload::kFragment, " fragment"}};
  return words.at(payload);
}

// " esp 201/7" is SPI 0x201 and sequence number 7; in UDP and with WESP it says so.
inline std::string text(const SecurityHeader& header) {
  static const std::map<SecurityProtocol, std::string> words = {
      {SecurityProtocol::kAh, " ah "}, {SecurityProtocol::kEsp, " esp "}, {SecurityProtocol::kIpcomp, " ipcomp "}};
  std::ostringstream out;
  if (header.encapsulation == Encapsulation::kUdp) out << " udp";
  if (header.wrapped) out << " wesp";
  out << words.at(header.protocol) << std::hex << header.spi.value << std::dec << "/" << header.sequence;
  return out.str();
}

inline std::string text(const Packet& packet, const Layer& layer) {
  std::ostringstream out;
  out << word(layer.carrier) << host(layer.source) << ">" << host(layer.destination);
  for (std::size_t index = 0; index < layer.security_count; ++index) out << text(packet.security[layer.first_security + index]);
  out << " " << int{layer.protocol};
  if (layer.ports_known) out << " " << layer.source_port << ":" << layer.destination_port;
  out << word(layer.payload);
  return out.str();
}

inline std::string text(const Packet& packet) {
  static const std::map<Trouble, std::string> words = {{Trouble::kNone, ""},
                                                       {Trouble::kCutShort, " (cut short)"},
                                                       {Trouble::kMalformed, " (malformed)"},
                                                       {Trouble::kTooDeep, " (too deep)"},
                                                       {Trouble::kUnknownLink, " (unknown link)"}};
  std::string out = packet.non_ip ? "non-ip" : "";
  for (std::size_t index = 0; index < packet.layer_count; ++index) {
    if (index > 0) out += " | ";
    out += text(packet, packet.layers[index]);
  }
  return out + words.at(packet.trouble);
}

}  // namespace espy::decode::test
