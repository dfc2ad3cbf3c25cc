#include "report/packet_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/address.h"
#include "decode/packet.h"
#include "report/dump_layers.h"
#include "report/dump_upper.h"
#include "report/octets.h"

namespace espy::report {

namespace {

using decode::Layer;
using decode::Packet;
using decode::SecurityHeader;
using decode::SecurityProtocol;

constexpr std::uint8_t kIcmp = 1, kTcp = 6, kUdp = 17, kEsp = 50, kAh = 51, kIcmpv6 = 58;
constexpr std::size_t kAhFixedSize = 12, kEspHeaderSize = 8, kUdpHeaderSize = 8, kIpcompHeaderSize = 4;

// One parsed run of octets, and the layers found in it so far.
struct Dissection {
  Packet packet;
  Octets data;
  bool inner = false;
  std::vector<PacketLayer>& layers;

  // Cut to the octets that are there; nothing where none is.
  void add(std::string name, std::string fields, std::size_t begin, std::size_t end) {
    const std::size_t last = std::min(end, data.size());
    if (begin >= last) return;
    layers.push_back({std::move(name), std::move(fields), begin, last - begin, inner, false});
  }
  void add_payload(std::string name, std::size_t begin, std::size_t end) {
    const std::size_t before = layers.size();
    const std::size_t on_wire = end > begin ? end - begin : 0;
    const std::size_t captured = std::min(end, data.size()) > begin ? std::min(end, data.size()) - begin : 0;
    add(std::move(name),
        captured == on_wire ? fmt::format("{} octets", on_wire) : fmt::format("{} octets, the first {} kept", on_wire, captured), begin,
        end);
    if (layers.size() > before) layers.back().is_payload = true;
  }
};

std::string mac_text(const std::array<std::uint8_t, 6>& mac) { return fmt::format("{:02x}", fmt::join(mac, ":")); }

std::string protocol_text(std::uint8_t protocol) {
  switch (protocol) {
    case kIcmp: return "icmp";
    case kTcp: return "tcp";
    case kUdp: return "udp";
    case kEsp: return "esp";
    case kAh: return "ah";
    case kIcmpv6: return "icmpv6";
    default: return std::to_string(protocol);
  }
}

void add_link(Dissection& into) {
  const Packet& packet = into.packet;
  const std::size_t end = packet.layer_count > 0 ? packet.layers[0].offset : into.data.size();
  std::string fields = packet.has_mac ? fmt::format("{} > {}", mac_text(packet.mac_source), mac_text(packet.mac_destination)) : "";
  if (packet.vlan != 0) fields += fmt::format("{}vlan {}", fields.empty() ? "" : ", ", packet.vlan);
  if (packet.ether_type != 0) fields += fmt::format("{}type 0x{:04x}", fields.empty() ? "" : ", ", packet.ether_type);
  into.add(packet.link_type == base::LinkType::kEthernet ? "Ethernet" : base::to_string(packet.link_type), std::move(fields), 0, end);
}

std::string ip_fields(const Layer& layer, const Octets& data) {
  const bool ipv6 = layer.source.family == base::Family::kIpv6;
  std::string text = fmt::format("{} > {}, {} {}, {} 0x{:02x}, length {}, next {}", base::to_string(layer.source),
                                 base::to_string(layer.destination), ipv6 ? "hop limit" : "ttl", layer.hop_limit, ipv6 ? "class" : "tos",
                                 layer.traffic_class, layer.size, protocol_text(data.u8(layer.offset + (ipv6 ? 6u : 9u))));
  if (layer.fragment) {
    text +=
        fmt::format(", fragment id {} offset {}{}", layer.fragment_id, layer.fragment_offset, layer.more_fragments ? ", more follow" : "");
  }
  return text;
}

void add_ip(Dissection& into, const Layer& layer) {
  const std::size_t end = layer.upper_offset != 0 ? layer.upper_offset : std::size_t{layer.offset} + layer.size;
  into.add(layer.source.family == base::Family::kIpv6 ? "IPv6" : "IPv4", ip_fields(layer, into.data), layer.offset, end);
}

std::string encapsulation_text(const SecurityHeader& header) {
  switch (header.encapsulation) {
    case decode::Encapsulation::kNone: return "";
    case decode::Encapsulation::kUdp: return ", in UDP";
    case decode::Encapsulation::kTcp: return ", in TCP";
  }
  return "";
}

std::string sequence_text(const SecurityHeader& header) {
  return fmt::format("spi {}, sequence {}", base::to_string(header.spi), header.sequence);
}

void add_ah(Dissection& into, const SecurityHeader& header) {
  const std::size_t end = std::size_t{header.offset} + kAhFixedSize + header.icv_size;
  into.add("AH", fmt::format("{}, ICV {} octets, next {}", sequence_text(header), header.icv_size, protocol_text(header.next_header)),
           header.offset, end);
}

// What stays encrypted in the frame's own octets: the IV, the content and the ICV cannot be told apart without the SA.
void add_esp(Dissection& into, const SecurityHeader& header) {
  const std::size_t wrapper = header.wrapped ? kEspHeaderSize : 0;
  const std::size_t begin = std::size_t{header.offset} + wrapper + kEspHeaderSize;
  into.add(header.wrapped ? "WESP" : "ESP", fmt::format("{}, length {}{}", sequence_text(header), header.size, encapsulation_text(header)),
           header.offset, begin);
  into.add_payload("encrypted", begin, std::size_t{header.offset} + header.size);
}

void add_ipcomp(Dissection& into, const SecurityHeader& header) {
  const std::size_t begin = std::size_t{header.offset} + kIpcompHeaderSize;
  into.add("IPComp", fmt::format("cpi 0x{:04x}", header.spi.value), header.offset, begin);
  into.add_payload("compressed", begin, std::size_t{header.offset} + header.size);
}

// The UDP header of RFC 3948, which stands in front of the ESP.
void add_encapsulation(Dissection& into, const Layer& layer, const SecurityHeader& header) {
  if (header.encapsulation != decode::Encapsulation::kUdp) return;
  const std::size_t at = layer.upper_offset;
  into.add("UDP", fmt::format("{} > {}", into.data.u16(at), into.data.u16(at + 2)), at, at + kUdpHeaderSize);
}

// Adds the layer's AH, ESP and IPComp headers. Where the upper layer begins behind AH; 0: hidden.
std::size_t add_security(Dissection& into, const Layer& layer) {
  std::size_t upper = layer.upper_offset;
  for (std::size_t index = 0; index < layer.security_count; ++index) {
    const SecurityHeader& header = into.packet.security[layer.first_security + index];
    add_encapsulation(into, layer, header);
    switch (header.protocol) {
      case SecurityProtocol::kAh:
        add_ah(into, header);
        upper = std::size_t{header.offset} + kAhFixedSize + header.icv_size;
        break;
      case SecurityProtocol::kEsp: add_esp(into, header); return 0;
      case SecurityProtocol::kIpcomp: add_ipcomp(into, header); return 0;
    }
  }
  return upper;
}

std::string upper_fields(const Dissection& from, const Layer& layer, std::size_t begin, std::size_t end) {
  const Upper upper{.data = from.data, .offset = begin, .size = end > begin ? end - begin : 0};
  std::string text = layer.ports_known && (layer.protocol == kTcp || layer.protocol == kUdp)
                         ? fmt::format("{} > {}: ", layer.source_port, layer.destination_port)
                         : "";
  switch (layer.protocol) {
    case kTcp: append_tcp(upper, text); break;
    case kUdp: append_udp(upper, text); break;
    case kIcmp: append_icmp(upper, from.packet, text); break;
    case kIcmpv6: append_icmpv6(upper, text); break;
    default: text += fmt::format("length {}", upper.size);
  }
  return text;
}

std::string upper_name(std::uint8_t protocol) {
  switch (protocol) {
    case kTcp: return "TCP";
    case kUdp: return "UDP";
    case kIcmp: return "ICMP";
    case kIcmpv6: return "ICMPv6";
    default: return fmt::format("protocol {}", protocol);
  }
}

void add_upper(Dissection& into, const Layer& layer, std::size_t begin) {
  const std::size_t end = std::size_t{layer.offset} + layer.size;
  if (begin == 0 || begin >= end) return;
  if (layer.payload == decode::Payload::kFragment) return into.add_payload("fragment", begin, end);
  const std::size_t payload = layer.payload_offset != 0 ? layer.payload_offset : end;
  into.add(upper_name(layer.protocol), upper_fields(into, layer, begin, end), begin, payload);
  const bool is_ike = layer.payload == decode::Payload::kIke;
  if (payload < end) into.add_payload(is_ike ? "IKE" : "payload", payload, end);
}

void dissect(Dissection& into) {
  for (std::size_t index = 0; index < into.packet.layer_count; ++index) {
    const Layer& layer = into.packet.layers[index];
    add_ip(into, layer);
    const std::size_t upper = add_security(into, layer);
    const bool last = index + 1 == into.packet.layer_count;
    if (last) add_upper(into, layer, upper);
  }
}

void parse(const verdict::PacketSample& sample, bool inner, Packet& packet) {
  if (inner) {
    decode::parse_datagram(sample.inner, static_cast<std::uint32_t>(sample.inner.size()), {}, packet);
  } else {
    decode::parse_frame(sample.octets, sample.original_size, sample.link_type, {}, packet);
  }
}

bool is_printable(std::uint8_t octet) { return octet >= 0x20 && octet < 0x7f; }

}  // namespace

std::vector<PacketLayer> packet_layers(const verdict::PacketSample& sample) {
  std::vector<PacketLayer> layers;
  Dissection outer{.packet = {}, .data = Octets(sample.octets), .inner = false, .layers = layers};
  parse(sample, false, outer.packet);
  add_link(outer);
  dissect(outer);
  if (sample.inner.empty()) return layers;
  Dissection inner{.packet = {}, .data = Octets(sample.inner), .inner = true, .layers = layers};
  parse(sample, true, inner.packet);
  dissect(inner);
  return layers;
}

std::string packet_line(const verdict::PacketSample& sample) {
  Packet packet;
  const bool inner = !sample.inner.empty();
  parse(sample, inner, packet);
  std::string line;
  append_layers(packet, inner ? sample.inner : sample.octets,
                inner ? static_cast<std::uint32_t>(sample.inner.size()) : sample.original_size, line);
  return line;
}

std::size_t hex_column(std::size_t index) { return index * 3 + (index >= 8 ? 1 : 0); }

std::vector<HexLine> hex_lines(base::Bytes octets, std::size_t width) {
  std::vector<HexLine> lines;
  const std::size_t step = std::max<std::size_t>(width, 1);
  for (std::size_t offset = 0; offset < octets.size(); offset += step) {
    HexLine line{.offset = offset, .hex = "", .text = ""};
    const base::Bytes part = octets.subspan(offset, std::min(step, octets.size() - offset));
    for (std::size_t index = 0; index < part.size(); ++index) {
      line.hex.resize(hex_column(index), ' ');
      fmt::format_to(std::back_inserter(line.hex), "{:02x}", part[index]);
      line.text += is_printable(part[index]) ? static_cast<char>(part[index]) : '.';
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace espy::report
