#include "decode/packet.h"

#include "decode/parser.h"

namespace espy::decode {

namespace {

// More headers than any honest frame has; keeps a frame full of VLAN tags or extension headers cheap.
constexpr int kMaxSteps = 64;

// The arrays are left as they are: a layer or security header is reset when it is taken into use.
void reset(Packet& packet, base::Bytes captured, base::LinkType link_type) {
  packet.link_type = link_type;
  packet.direction = base::Direction::kUnknown;
  packet.trouble = Trouble::kNone;
  packet.has_mac = false;
  packet.has_mac_source = false;
  packet.non_ip = false;
  packet.quotes = false;
  packet.layer_count = 0;
  packet.security_count = 0;
  packet.ether_type = 0;
  packet.vlan = 0;
  packet.interface_index = 0;
  packet.mac_source = {};
  packet.mac_destination = {};
  packet.parsed_size = static_cast<std::uint32_t>(captured.size());
}

}  // namespace

void Parser::run(Step step) {
  for (int budget = kMaxSteps; step != Step::kStop; --budget) step = budget == 0 ? too_deep() : advance(step);
  if (packet_.trouble == Trouble::kNone) packet_.trouble = reader_.trouble();
}

Step Parser::advance(Step step) {
  switch (step) {
    case Step::kStop: return Step::kStop;
    case Step::kEthernet: return ethernet();
    case Step::kEtherType: return ether_type();
    case Step::kLlc: return llc();
    case Step::kPppoe: return pppoe();
    case Step::kPpp: return ppp();
    case Step::kMpls: return mpls();
    case Step::kInternet: return internet();
    case Step::kIpv4: return ipv4();
    case Step::kIpv6: return ipv6();
    case Step::kProtocol: return protocol();
  }
  return Step::kStop;
}

// What an ICMP error quotes is somebody else's packet: its faults are not the frame's.
Step Parser::malformed() {
  if (!quoted_) packet_.trouble = Trouble::kMalformed;
  return Step::kStop;
}

Step Parser::too_deep() {
  packet_.trouble = Trouble::kTooDeep;
  return Step::kStop;
}

void parse_frame(base::Bytes captured, std::uint32_t original_size, base::LinkType link_type, const Ports& ports, Packet& packet) noexcept {
  reset(packet, captured, link_type);
  Parser parser(Reader(captured, original_size), ports, packet);
  parser.run(parser.link(link_type));
}

void parse_datagram(base::Bytes captured, std::uint32_t original_size, const Ports& ports, Packet& packet) noexcept {
  reset(packet, captured, base::LinkType::kRaw);
  Parser(Reader(captured, original_size), ports, packet).run(Step::kInternet);
}

}  // namespace espy::decode
