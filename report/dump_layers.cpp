#include "report/dump_layers.h"

#include <iterator>
#include <span>

#include <fmt/format.h>

#include "report/dump_upper.h"
#include "report/octets.h"

namespace espy::report {

namespace {

using decode::Carrier;
using decode::Layer;
using decode::Packet;
using decode::Payload;
using decode::SecurityHeader;
using decode::SecurityProtocol;

constexpr std::uint8_t kTcp = 6, kUdp = 17, kIcmp = 1, kIcmpv6 = 58, kSctp = 132, kDccp = 33, kHopByHop = 0, kBeet = 94;
constexpr std::size_t kBeetUnit = 8;
constexpr std::size_t kAhFixedSize = 12;
constexpr std::uint16_t kArp = 0x0806;

template <class... Arguments>
void append(std::string& out, fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  fmt::format_to(std::back_inserter(out), format, std::forward<Arguments>(arguments)...);
}

struct View {
  const Packet& packet;
  const Layer& layer;
  Octets data;

  bool ipv6() const { return layer.source.family == base::Family::kIpv6; }
  // The protocol that the IP header itself names, extension headers included.
  std::uint8_t named_protocol() const { return data.u8(layer.offset + (ipv6() ? 6u : 9u)); }
  std::size_t end() const { return std::size_t{layer.offset} + layer.size; }
  std::span<const SecurityHeader> security() const {
    return std::span(packet.security).subspan(layer.first_security, layer.security_count);
  }
  // Of the protocol that the IP header names; where it encapsulates ESP, the layer's own ports may be those inside.
  bool shows_ports() const { return encapsulates() || (layer.ports_known && layer.payload != Payload::kFragment); }
  bool encapsulates() const { return layer.security_count > 0 && security().front().encapsulation != decode::Encapsulation::kNone; }
  Upper upper() const {
    Upper found{.data = data, .offset = layer.upper_offset, .size = 0};
    std::size_t last = end();
    for (const auto& header : security()) {
      if (header.protocol == SecurityProtocol::kAh) {
        found.offset = std::size_t{header.offset} + kAhFixedSize + header.icv_size;
      } else if (header.content_offset != 0) {
        found.offset = header.content_offset + beet_size(header);
        last = std::size_t{header.content_offset} + header.content_size;
      }
    }
    found.size = last > found.offset ? last - found.offset : 0;
    return found;
  }

 private:
  // The pseudo header in front of the content in BEET mode, where IPv4 options are carried.
  std::size_t beet_size(const SecurityHeader& header) const {
    return header.next_header == kBeet ? (data.u8(std::size_t{header.content_offset} + 1) + 1u) * kBeetUnit : 0;
  }
};

bool has_ports(std::uint8_t protocol) { return protocol == kTcp || protocol == kUdp || protocol == kSctp || protocol == kDccp; }

// tcpdump writes ports behind the addresses only where the IP header itself names the protocol that has them.
void append_ends(const View& view, std::string& out) {
  const Layer& layer = view.layer;
  out += view.ipv6() ? "IP6 " : "IP ";
  const std::string source = base::to_string(layer.source);
  const std::string destination = base::to_string(layer.destination);
  if (has_ports(view.named_protocol()) && view.shows_ports()) {
    append(out, "{}.{} > {}.{}: ", source, view.data.u16(layer.upper_offset), destination, view.data.u16(layer.upper_offset + 2u));
  } else {
    append(out, "{} > {}: ", source, destination);
  }
}

void append_extensions(const View& view, std::string& out) {
  const Layer& layer = view.layer;
  if (!view.ipv6()) return;
  if (view.named_protocol() == kHopByHop) out += "HBH ";
  if (layer.fragment)
    append(out, "frag ({}|{})", layer.fragment_offset, view.end() > layer.fragment_data ? view.end() - layer.fragment_data : 0);
  if (layer.fragment && layer.payload != Payload::kFragment) out += ' ';
}

void append_ah(const SecurityHeader& header, const Octets& data, std::string& out) {
  append(out, "AH(spi=0x{:08x},seq=0x{:x},icv=0x", header.spi.value, header.sequence);
  append(out, "{:02x}): ", fmt::join(data.slice(std::size_t{header.offset} + kAhFixedSize, header.icv_size), ""));
}

void append_esp(const SecurityHeader& header, std::string& out) {
  switch (header.encapsulation) {
    case decode::Encapsulation::kNone: break;
    case decode::Encapsulation::kUdp: out += "UDP-encap: "; break;
    case decode::Encapsulation::kTcp: out += "TCP-encap: "; break;
  }
  if (header.wrapped) out += "WESP: ";
  append(out, "ESP(spi=0x{:08x},seq=0x{:x}), length {}", header.spi.value, header.sequence, header.size);
}

void append_security(const View& view, std::string& out) {
  for (const auto& header : view.security()) {
    switch (header.protocol) {
      case SecurityProtocol::kAh: append_ah(header, view.data, out); break;
      case SecurityProtocol::kEsp: append_esp(header, out); break;
      case SecurityProtocol::kIpcomp: append(out, "IPComp(cpi=0x{:04x})", header.spi.value); break;
    }
    if (header.content_offset != 0) out += ": ";
  }
}

// Ports behind addresses that are said already; tcpdump says them again for UDP in ESP in UDP.
void append_bare_ports(const View& view, std::string& out) {
  const Layer& layer = view.layer;
  if (!layer.ports_known || (has_ports(view.named_protocol()) && !view.encapsulates())) return;
  if (layer.protocol != view.named_protocol()) return append(out, "{} > {}: ", layer.source_port, layer.destination_port);
  append(out, "{}.{} > {}.{}: ", base::to_string(layer.source), layer.source_port, base::to_string(layer.destination),
         layer.destination_port);
}

void append_clear(const View& view, std::string& out) {
  const Upper upper = view.upper();
  switch (view.layer.protocol) {
    case kTcp: append_bare_ports(view, out); return append_tcp(upper, out);
    case kUdp: append_bare_ports(view, out); return append_udp(upper, out);
    case kIcmp: return append_icmp(upper, view.packet, out);
    case kIcmpv6: return append_icmpv6(upper, out);
    case kSctp: append_bare_ports(view, out); return append(out, "sctp, length {}", upper.size);
    default: append(out, "ip-proto-{} {}", view.layer.protocol, upper.size);
  }
}

bool marked(const View& view) {
  const bool standard = view.layer.source_port == 500 || view.layer.destination_port == 500;
  return !standard && view.data.u32(view.layer.payload_offset) == 0;
}

void append_ike(const View& view, std::string& out) {
  append_isakmp({.data = view.data, .offset = view.layer.payload_offset, .size = 0}, marked(view), out);
}

// Content of an opened header that is no packet that can be told, such as a dummy packet, has a size at least.
bool is_opened(const View& view) { return !view.security().empty() && view.security().back().content_offset != 0; }

void append_payload(const View& view, std::string& out) {
  switch (view.layer.payload) {
    case Payload::kNone:
      if (is_opened(view)) append_clear(view, out);
      break;
    case Payload::kEsp:
    case Payload::kCompressed: break;
    case Payload::kClear: append_clear(view, out); break;
    case Payload::kIke: append_ike(view, out); break;
    case Payload::kKeepalive: out += "isakmp-nat-keep-alive"; break;
    case Payload::kFragment:
      if (!view.ipv6()) append(out, "ip-proto-{}", view.named_protocol());
      break;
  }
}

// What stands between this layer and the one inside it.
void append_carrier(const View& outer, const Layer& inner, std::string& out) {
  switch (inner.carrier) {
    case Carrier::kGre: append(out, "GREv{}, length {}: ", outer.data.u16(outer.upper().offset) & 7, outer.upper().size); break;
    case Carrier::kVxlan: out += "VXLAN: "; break;
    case Carrier::kGeneve: out += "Geneve: "; break;
    case Carrier::kGtpU: out += "GTP-U: "; break;
    case Carrier::kMpls: out += "MPLS: "; break;
    case Carrier::kLink:
    case Carrier::kIpInIp:
    case Carrier::kAhTunnel:
    case Carrier::kEspTunnel:
    case Carrier::kIcmpQuote: break;
  }
}

bool cooked(const Packet& packet) {
  return packet.link_type == base::LinkType::kLinuxSll || packet.link_type == base::LinkType::kLinuxSll2;
}

// tcpdump names the type behind a VLAN tag where the tag stands in a cooked header.
void append_tagged_type(const Packet& packet, std::string& out) {
  if (!cooked(packet) || packet.vlan == 0) return;
  switch (packet.ether_type) {
    case kArp: out += "ethertype ARP, "; break;
    case 0x0800: out += "ethertype IPv4, "; break;
    case 0x86dd: out += "ethertype IPv6, "; break;
    default: break;
  }
}

}  // namespace

std::size_t network_offset(const Packet& packet, base::Bytes bytes) {
  const Octets data(bytes);
  constexpr std::size_t kEthernetHeader = 14, kTag = 4, kCooked = 16, kCooked2 = 20;
  std::size_t offset = packet.link_type == base::LinkType::kLinuxSll ? kCooked : kEthernetHeader;
  if (packet.link_type == base::LinkType::kLinuxSll2) {
    if (data.u16(0) == packet.ether_type) return kCooked2;
    offset = kCooked2 + kTag;
  }
  while (data.has(offset, kTag) && data.u16(offset - 2) != packet.ether_type) offset += kTag;
  return offset;
}

namespace {

void append_without_ip(const Packet& packet, base::Bytes bytes, std::uint32_t original_size, std::string& out) {
  const std::size_t offset = network_offset(packet, bytes);
  const std::size_t size = original_size > offset ? original_size - offset : 0;
  if (packet.ether_type == kArp) return append_arp({.data = Octets(bytes), .offset = offset, .size = size}, out);
  if (packet.non_ip) return append(out, "ethertype 0x{:04x}, length {}", packet.ether_type, size);
  append(out, "undecodable, length {}", original_size);
}

bool quoted(const Packet& packet, std::size_t index) { return packet.layers[index].carrier == Carrier::kIcmpQuote; }

}  // namespace

void append_layers(const Packet& packet, base::Bytes bytes, std::uint32_t original_size, std::string& out) {
  const Octets data(bytes);
  append_tagged_type(packet, out);
  if (packet.layer_count == 0) return append_without_ip(packet, bytes, original_size, out);
  for (std::size_t index = 0; index < packet.layer_count && !quoted(packet, index); ++index) {
    const View view{.packet = packet, .layer = packet.layers[index], .data = data};
    append_ends(view, out);
    append_extensions(view, out);
    append_security(view, out);
    const bool has_inner = index + 1u < packet.layer_count && !quoted(packet, index + 1);
    if (has_inner) {
      append_carrier(view, packet.layers[index + 1], out);
    } else {
      append_payload(view, out);
    }
  }
}

}  // namespace espy::report
