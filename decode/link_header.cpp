#include "decode/link_header.h"

#include <array>

#include "decode/numbers.h"

namespace espy::decode {

namespace {

using base::LinkType;

constexpr std::size_t kAddresses = 12;  // both of Ethernet's
constexpr std::size_t kTagSize = 4;
constexpr std::size_t kCookedProtocolAt = 14;
constexpr std::size_t kCooked2Size = 20;
constexpr std::size_t kFamilySize = 4;
constexpr std::uint8_t kBsdIpv4 = 2;
constexpr std::uint8_t kBsdIpv6 = 30;  // Darwin's; each BSD has its own, and readers know them all

constexpr std::uint8_t kPppAddress = 0xff;
constexpr std::uint8_t kPppControl = 0x03;
constexpr std::uint8_t kPppIpv4 = 0x21;
constexpr std::uint8_t kPppIpv6 = 0x57;

std::uint16_t read_u16(base::Bytes octets, std::size_t at) { return static_cast<std::uint16_t>(octets[at] << 8 | octets[at + 1]); }

bool is_tag(std::uint16_t type) {
  return type == kEtherTypeVlan || type == kEtherTypeServiceVlan || type == kEtherTypeOldVlan || type == kEtherTypeOldestVlan;
}

// The VLAN tags that begin at `at`, where a protocol is named.
base::Bytes tags(base::Bytes header, std::size_t at) {
  std::size_t end = at;
  while (end + kTagSize + 2 <= header.size() && is_tag(read_u16(header, end))) end += kTagSize;
  return header.subspan(at, end - at);
}

// One link header in the writing: each part says whether there was room for it.
class LinkHeader {
 public:
  LinkHeader(base::Bytes header, bool ipv4, OctetWriter& out) : header_(header), ipv4_(ipv4), out_(out) {}

  bool ethernet() { return copy(header_.first(kAddresses)) && copy(tags(header_, kAddresses)) && ether_type(); }
  bool cooked() { return copy(header_.first(kCookedProtocolAt)) && copy(tags(header_, kCookedProtocolAt)) && ether_type(); }
  bool cooked_2() { return ether_type() && copy(header_.subspan(2, kCooked2Size - 2)); }
  bool ppp() { return copy(std::array<std::uint8_t, 4>{kPppAddress, kPppControl, 0, ipv4_ ? kPppIpv4 : kPppIpv6}); }
  bool ppp_with_direction() { return copy(header_.first(1)) && ppp(); }
  // Null's family is in the byte order of the host that captured, Loop's in network order.
  bool family(bool known_order) {
    const bool little = !known_order && header_[0] != 0;
    std::array<std::uint8_t, kFamilySize> octets{};
    octets[little ? 0 : kFamilySize - 1] = ipv4_ ? kBsdIpv4 : kBsdIpv6;
    return copy(octets);
  }

 private:
  bool copy(base::Bytes octets) { return octets.empty() || !out_.append(octets).empty(); }
  bool ether_type() {
    std::array<std::uint8_t, 2> octets{};
    write_u16(octets, ipv4_ ? kEtherTypeIpv4 : kEtherTypeIpv6);
    return copy(octets);
  }

  base::Bytes header_;
  bool ipv4_;
  OctetWriter& out_;
};

}  // namespace

WrittenLink write_link_header(LinkType type, base::Bytes header, base::Family family, OctetWriter& out) {
  LinkHeader link(header, family == base::Family::kIpv4, out);
  const std::size_t size = header.size();
  switch (type) {
    case LinkType::kEthernet:
      if (size >= kAddresses + 2) return {type, link.ethernet()};
      break;
    case LinkType::kLinuxSll:
      if (size >= kCookedProtocolAt + 2) return {type, link.cooked()};
      break;
    case LinkType::kLinuxSll2:
      if (size >= kCooked2Size) return {type, link.cooked_2()};
      break;
    case LinkType::kNull:
    case LinkType::kLoop:
      if (size >= kFamilySize) return {type, link.family(type == LinkType::kLoop)};
      break;
    case LinkType::kPpp:
    case LinkType::kPppHdlc: return {type, link.ppp()};
    case LinkType::kPppWithDirection:
      if (size >= 1) return {type, link.ppp_with_direction()};
      break;
    case LinkType::kRawOld12:
    case LinkType::kRawOld14: return {type, true};
    default: break;
  }
  return {};
}

}  // namespace espy::decode
