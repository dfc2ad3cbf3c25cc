// The headers that capture formats put before a packet: cooked, BSD, PPP and netfilter-log captures.
#include <algorithm>

#include "decode/numbers.h"
#include "decode/parser.h"

namespace espy::decode {

namespace {

// Address families as the capturing systems number them.
constexpr std::uint32_t kFamilyIpv4 = 2;
constexpr std::uint32_t kFamilyIpv6Linux = 10;
constexpr std::uint32_t kFamilyIpv6NetBsd = 24;
constexpr std::uint32_t kFamilyIpv6FreeBsd = 28;
constexpr std::uint32_t kFamilyIpv6Darwin = 30;

constexpr unsigned kMacSize = 6;

// sll_pkttype of the cooked captures.
constexpr std::uint16_t kPacketFromOthersToOthers = 3;
constexpr std::uint16_t kPacketOutgoing = 4;

// Interface types whose "protocol" field is no EtherType (ARPHRD_ of Linux).
constexpr std::uint16_t kHardwareNetlink = 824;

// NFLOG: attribute types and netfilter hooks (linux/netfilter/nfnetlink_log.h, linux/netfilter.h).
constexpr std::uint16_t kNflogPacketHeader = 1;
constexpr std::uint16_t kNflogInDevice = 4;
constexpr std::uint16_t kNflogOutDevice = 5;
constexpr std::uint16_t kNflogPayload = 9;
constexpr std::uint8_t kFamilyUnspecified = 0;
constexpr std::uint8_t kFamilyInet = 1;  // netfilter's own family of both IP versions
constexpr int kNflogMaxAttributes = 48;
constexpr std::uint8_t kHookLocalIn = 1;
constexpr std::uint8_t kHookLocalOut = 3;
constexpr std::uint8_t kHookPostRouting = 4;

constexpr std::uint16_t kHdlcPpp = 0xff03;
constexpr std::uint16_t kHdlcCiscoUnicast = 0x0f00;
constexpr std::uint16_t kHdlcCiscoMulticast = 0x8f00;

std::uint16_t swapped(std::uint16_t value) { return static_cast<std::uint16_t>(value << 8 | value >> 8); }

base::Direction cooked_direction(std::uint16_t packet_type) {
  if (packet_type < kPacketFromOthersToOthers) return base::Direction::kIn;
  return packet_type == kPacketOutgoing ? base::Direction::kOut : base::Direction::kUnknown;
}

base::Direction hook_direction(std::uint8_t hook) {
  if (hook <= kHookLocalIn) return base::Direction::kIn;
  return hook == kHookLocalOut || hook == kHookPostRouting ? base::Direction::kOut : base::Direction::kUnknown;
}

}  // namespace

Step Parser::link(base::LinkType type) {
  switch (type) {
    case base::LinkType::kEthernet: return Step::kEthernet;
    case base::LinkType::kRawOld12:
    case base::LinkType::kRawOld14:
    case base::LinkType::kRaw: return Step::kInternet;
    case base::LinkType::kIpv4: return Step::kIpv4;
    case base::LinkType::kIpv6: return Step::kIpv6;
    case base::LinkType::kLinuxSll: return linux_cooked();
    case base::LinkType::kLinuxSll2: return linux_cooked_2();
    case base::LinkType::kNull:
    case base::LinkType::kLoop: return null_family(4);
    case base::LinkType::kEnc: return null_family(12);
    case base::LinkType::kPpp:
    case base::LinkType::kPppHdlc: return hdlc();
    case base::LinkType::kPppWithDirection: return ppp_with_direction();
    case base::LinkType::kPppEther: return Step::kPppoe;
    case base::LinkType::kMpls: return Step::kMpls;
    case base::LinkType::kNflog: return nflog();
  }
  packet_.trouble = Trouble::kUnknownLink;
  return Step::kStop;
}

Step Parser::non_ip() {
  if (packet_.layer_count == 0) packet_.non_ip = true;
  return Step::kStop;
}

void Parser::set_source(const std::array<std::uint8_t, 6>& address) {
  packet_.has_mac_source = true;
  packet_.mac_source = address;
}

// https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html
Step Parser::linux_cooked() {
  const auto header = reader_.peek<16>();
  if (!header) return Step::kStop;
  packet_.direction = cooked_direction(header.u16<0>());
  if (header.u16<4>() == kMacSize)
    set_source({header.u8<6>(), header.u8<7>(), header.u8<8>(), header.u8<9>(), header.u8<10>(), header.u8<11>()});
  reader_.skip(16);
  ether_type_ = header.u16<14>();
  return header.u16<2>() == kHardwareNetlink ? non_ip() : Step::kEtherType;
}

// https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL2.html
Step Parser::linux_cooked_2() {
  const auto header = reader_.peek<20>();
  if (!header) return Step::kStop;
  packet_.direction = cooked_direction(header.u8<10>());
  packet_.interface_index = header.u32<4>();
  if (header.u8<11>() == kMacSize)
    set_source({header.u8<12>(), header.u8<13>(), header.u8<14>(), header.u8<15>(), header.u8<16>(), header.u8<17>()});
  reader_.skip(20);
  ether_type_ = header.u16<0>();
  return header.u16<8>() == kHardwareNetlink ? non_ip() : Step::kEtherType;
}

// DLT_NULL and DLT_ENC hold the family in the order of the host that captured, which the file does not tell; DLT_LOOP in network order.
Step Parser::null_family(std::size_t header_size) {
  const auto header = reader_.peek<4>();
  if (!header || !reader_.skip(header_size)) return Step::kStop;
  const std::uint32_t family = header.u16<0>() == 0 ? header.u32<0>() : swapped(header.u16<0>());
  switch (family) {
    case kFamilyIpv4: return Step::kIpv4;
    case kFamilyIpv6Linux:
    case kFamilyIpv6NetBsd:
    case kFamilyIpv6FreeBsd:
    case kFamilyIpv6Darwin: return Step::kIpv6;
    default: return non_ip();
  }
}

// PPP with or without its HDLC address and control octets, or Cisco's HDLC, which has an EtherType in PPP's place.
Step Parser::hdlc() {
  const auto header = reader_.peek<2>();
  if (!header) return Step::kStop;
  if (header.u16<0>() == kHdlcPpp) return reader_.skip(2) ? Step::kPpp : Step::kStop;
  if (header.u16<0>() != kHdlcCiscoUnicast && header.u16<0>() != kHdlcCiscoMulticast) return Step::kPpp;
  const auto cisco = reader_.peek<4>();
  if (!cisco) return Step::kStop;
  ether_type_ = cisco.u16<2>();
  reader_.skip(4);
  return Step::kEtherType;
}

Step Parser::ppp_with_direction() {
  const auto header = reader_.peek<1>();
  if (!header) return Step::kStop;
  packet_.direction = header.u8<0>() == 0 ? base::Direction::kIn : base::Direction::kOut;
  reader_.skip(1);
  return hdlc();
}

// https://www.tcpdump.org/linktypes/LINKTYPE_NFLOG.html: attributes in the capturing host's order, one of them the packet.
Step Parser::nflog() {
  const auto header = reader_.peek<4>();
  if (!header) return Step::kStop;
  reader_.skip(4);
  for (int count = 0; count < kNflogMaxAttributes && reader_.remaining() > 0; ++count) {
    const auto attribute = reader_.peek<4>();
    if (!attribute) return Step::kStop;
    const bool little = attribute.u8<3>() == 0;
    const std::uint16_t type = little ? swapped(attribute.u16<2>()) : attribute.u16<2>();
    const std::uint16_t size = little ? swapped(attribute.u16<0>()) : attribute.u16<0>();
    if (size < 4) return malformed();
    if (type == kNflogPayload) return reader_.skip(4) ? nflog_payload(header.u8<0>(), size - 4u) : Step::kStop;
    if (size >= 8) nflog_fact(type, reader_.peek<8>());
    if (!reader_.skip(size)) return Step::kStop;
    reader_.skip(std::min<std::size_t>(reader_.remaining(), (4u - size % 4u) % 4u));
  }
  return non_ip();
}

void Parser::nflog_fact(std::uint16_t type, Header<8> attribute) {
  if (!attribute) return;
  switch (type) {
    case kNflogPacketHeader:
      ether_type_ = attribute.u16<4>();
      packet_.direction = hook_direction(attribute.u8<6>());
      break;
    case kNflogInDevice:
    case kNflogOutDevice: packet_.interface_index = attribute.u32<4>(); break;
    default: break;
  }
}

// The log may hold less of a packet than there was, and then does not say so.
Step Parser::nflog_payload(std::uint8_t family, std::size_t size) {
  if (!reader_.narrow(size)) return Step::kStop;
  reader_.suspect_end();
  switch (family) {
    case kFamilyIpv4: return Step::kIpv4;
    case kFamilyIpv6Linux: return Step::kIpv6;
    case kFamilyUnspecified:
    case kFamilyInet: return Step::kInternet;
    default: return Step::kEtherType;
  }
}

}  // namespace espy::decode
