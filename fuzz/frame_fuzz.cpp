// Any octets as a frame of any link type. The first octet chooses the link type, the next the way the original size lies about the
// captured one; what the parser says must stay within the octets it was given and within its own arrays.
#include <array>
#include <cstdint>
#include <cstdlib>

#include "decode/packet.h"

namespace {

using namespace espy;

constexpr std::array kLinkTypes = {
    base::LinkType::kEthernet, base::LinkType::kNull,
    base::LinkType::kPpp,      base::LinkType::kRawOld12,
    base::LinkType::kRawOld14, base::LinkType::kPppHdlc,
    base::LinkType::kPppEther, base::LinkType::kRaw,
    base::LinkType::kLoop,     base::LinkType::kEnc,
    base::LinkType::kLinuxSll, base::LinkType::kLinuxSll2,
    base::LinkType::kMpls,     base::LinkType::kPppWithDirection,
    base::LinkType::kIpv4,     base::LinkType::kIpv6,
    base::LinkType::kNflog,    base::LinkType{99'999},
};
constexpr std::size_t kChoices = 2;

// abort() and not assert(): the invariants hold in release builds too.
void require(bool invariant) {
  if (!invariant) std::abort();
}

void check_layer(const decode::Packet& packet, const decode::Layer& layer) {
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

void check_security(const decode::Packet& packet, const decode::SecurityHeader& header) {
  require(header.layer < packet.layer_count);
  require(header.captured <= header.size && header.captured >= 4);
  require(header.offset + header.captured <= packet.parsed_size);
  require(header.offset > packet.layers[header.layer].offset);
}

void check(const decode::Packet& packet) {
  require(packet.layer_count <= decode::kMaxLayers && packet.security_count <= decode::kMaxSecurityHeaders);
  for (std::size_t index = 0; index < packet.layer_count; ++index) {
    check_layer(packet, packet.layers[index]);
    require(index == 0 || packet.layers[index].offset > packet.layers[index - 1].offset);
  }
  for (std::size_t index = 0; index < packet.security_count; ++index) check_security(packet, packet.security[index]);
  require(!packet.non_ip || packet.layer_count == 0);
  require(!packet.quotes || packet.layers[packet.layer_count - 1u].carrier == decode::Carrier::kIcmpQuote);
}

// Half of the octets of a frame that is whole or too deep: never malformed, never more headers.
void check_cut(base::Bytes frame, base::LinkType type, const decode::Ports& ports, const decode::Packet& whole) {
  const auto size = static_cast<std::uint32_t>(frame.size());
  decode::Packet cut;
  decode::parse_frame(frame.first(frame.size() / 2), size, type, ports, cut);
  check(cut);
  require(cut.layer_count <= whole.layer_count || cut.trouble == decode::Trouble::kCutShort);
  if (whole.trouble != decode::Trouble::kMalformed) require(cut.trouble != decode::Trouble::kMalformed);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < kChoices) return 0;
  const base::LinkType type = kLinkTypes[data[0] % kLinkTypes.size()];
  const auto frame = base::Bytes(data, size).subspan(kChoices);
  const std::uint32_t original = data[1] == 0xff ? 0xffff'ffffu : static_cast<std::uint32_t>(frame.size()) + data[1] * 16u;
  const decode::Ports ports{.encapsulation = {10'000, 4501}, .ike = {5500}};

  decode::Packet packet;
  decode::parse_frame(frame, original, type, ports, packet);
  check(packet);
  if (original == frame.size()) check_cut(frame, type, ports, packet);
  decode::parse_datagram(frame, original, ports, packet);
  check(packet);
  return 0;
}
