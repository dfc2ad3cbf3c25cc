// Ethernet and what switches and access networks put between it and IP: tags, LLC, PPP and label stacks.
#include <algorithm>

#include "decode/numbers.h"
#include "decode/parser.h"

namespace espy::decode {

namespace {

constexpr std::uint32_t kLlcSnap = 0xaaaa03;
constexpr std::uint32_t kLlcIp = 0x060603;
constexpr std::uint8_t kPppoeVersionAndType = 0x11;
constexpr std::uint8_t kPppoeSession = 0;

constexpr std::uint16_t kPppIpv4 = 0x0021;
constexpr std::uint16_t kPppIpv6 = 0x0057;
constexpr std::uint16_t kPppMpls = 0x0281;
constexpr std::uint16_t kPppMplsMulticast = 0x0283;

}  // namespace

// Addresses and tags are the outermost's: those of a tunnel's inner Ethernet say nothing about the capture.
Step Parser::ethernet() {
  const auto header = reader_.peek<14>();
  if (!header) return Step::kStop;
  if (outermost()) {
    packet_.has_mac = true;
    packet_.has_mac_source = true;
    std::ranges::copy(header.bytes<0, 6>(), packet_.mac_destination.begin());
    std::ranges::copy(header.bytes<6, 6>(), packet_.mac_source.begin());
  }
  reader_.skip(14);
  ether_type_ = header.u16<12>();
  return Step::kEtherType;
}

Step Parser::ether_type() {
  if (outermost() && ether_type_ >= kSmallestEtherType) packet_.ether_type = ether_type_;
  switch (ether_type_) {
    case kEtherTypeIpv4: return Step::kIpv4;
    case kEtherTypeIpv6: return Step::kIpv6;
    case kEtherTypeVlan:
    case kEtherTypeServiceVlan:
    case kEtherTypeOldVlan:
    case kEtherTypeOldestVlan: return vlan();
    case kEtherTypeMpls:
    case kEtherTypeMplsMulticast: return Step::kMpls;
    case kEtherTypePppoe: return Step::kPppoe;
    case kEtherTypePpp: return Step::kPpp;
    default: return ether_type_ < kSmallestEtherType ? Step::kLlc : non_ip();
  }
}

Step Parser::vlan() {
  const auto tag = reader_.peek<4>();
  if (!tag) return Step::kStop;
  if (outermost() && packet_.vlan == 0) packet_.vlan = tag.u16<0>() & 0x0fff;
  reader_.skip(4);
  ether_type_ = tag.u16<2>();
  return Step::kEtherType;
}

// RFC 1042: SNAP, or the rare LLC number of IP itself. Frames of other protocols may be shorter than an LLC header with SNAP.
Step Parser::llc() {
  const auto header = reader_.peek<3>();
  if (!header) return Step::kStop;
  const std::uint32_t kind = static_cast<std::uint32_t>(header.u16<0>()) << 8 | header.u8<2>();
  if (kind == kLlcIp) return reader_.skip(3) ? Step::kIpv4 : Step::kStop;
  if (kind != kLlcSnap) return non_ip();
  const auto snap = reader_.peek<8>();
  if (!snap) return Step::kStop;
  reader_.skip(8);
  ether_type_ = snap.u16<6>();
  const bool ethernet_numbers = snap.u8<3>() == 0 && snap.u8<4>() == 0;
  return ethernet_numbers && ether_type_ >= kSmallestEtherType ? Step::kEtherType : non_ip();
}

// RFC 2516 section 4.
Step Parser::pppoe() {
  const auto header = reader_.peek<6>();
  if (!header) return Step::kStop;
  if (header.u8<0>() != kPppoeVersionAndType) return malformed();
  reader_.skip(6);
  return header.u8<1>() == kPppoeSession ? Step::kPpp : non_ip();
}

// RFC 1661 section 2: the protocol number is one octet where its first is odd (compressed).
Step Parser::ppp() {
  const auto first = reader_.peek<1>();
  if (!first) return Step::kStop;
  std::uint16_t number = first.u8<0>();
  if ((number & 1) == 0) {
    const auto both = reader_.peek<2>();
    if (!both) return Step::kStop;
    number = both.u16<0>();
    reader_.skip(1);
  }
  reader_.skip(1);
  switch (number) {
    case kPppIpv4: return Step::kIpv4;
    case kPppIpv6: return Step::kIpv6;
    case kPppMpls:
    case kPppMplsMulticast: return Step::kMpls;
    default: return non_ip();
  }
}

// RFC 3032 section 2.1: one label a step, until the bottom of the stack.
Step Parser::mpls() {
  const auto label = reader_.peek<4>();
  if (!label) return Step::kStop;
  carrier_ = Carrier::kMpls;
  reader_.skip(4);
  return (label.u8<2>() & 1) == 0 ? Step::kMpls : below_mpls();
}

// Labels do not say what they carry. RFC 4928: IP shows its version; a pseudowire begins with a control word of nibble 0, or goes without.
Step Parser::below_mpls() {
  const auto first = reader_.peek<1>();
  if (!first) return Step::kStop;
  if (first.u8<0>() >> 4 == 0 && reader_.peek<4>()) {
    Reader behind = reader_;
    behind.skip(4);
    if (looks_like(behind, Step::kEthernet) == Guess::kNo) return non_ip();
    reader_ = behind;
    return Step::kEthernet;
  }
  if (looks_like(reader_, Step::kInternet) != Guess::kNo) return Step::kInternet;
  if (looks_like(reader_, Step::kEthernet) != Guess::kNo) return Step::kEthernet;
  const int version = first.u8<0>() >> 4;
  return version == 4 || version == 6 ? Step::kInternet : non_ip();
}

}  // namespace espy::decode
