// Any octets as a frame of any link type. The first octet chooses the link type, the next the way the original size lies about the
// captured one; what the parser says must stay within the octets it was given and within its own arrays, and a
// glance must agree with it.
#include <array>
#include <cstdint>

#include "decode/packet.h"
#include "fuzz/glance_checks.h"
#include "fuzz/packet_checks.h"

namespace {

using namespace espy;
using fuzz::check;
using fuzz::require;

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
  fuzz::check_glance(frame, original, type, ports, packet);
  if (original == frame.size()) check_cut(frame, type, ports, packet);
  decode::parse_datagram(frame, original, ports, packet);
  check(packet);
  return 0;
}
