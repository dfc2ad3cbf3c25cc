#include "report/dump_upper.h"

#include <array>
#include <iterator>
#include <string_view>

#include <fmt/format.h>

#include "base/address.h"

namespace espy::report {

namespace {

template <class... Arguments>
void append(std::string& out, fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  fmt::format_to(std::back_inserter(out), format, std::forward<Arguments>(arguments)...);
}

constexpr std::uint8_t kFin = 0x01, kSyn = 0x02, kRst = 0x04, kAck = 0x10, kUrg = 0x20;
constexpr std::size_t kTcpHeader = 20;
constexpr std::size_t kUdpHeader = 8;

std::string flag_letters(std::uint8_t flags) {
  constexpr std::string_view kLetters = "FSRP.UEW";
  std::string letters;
  for (std::size_t bit = 0; bit < kLetters.size(); ++bit) {
    if ((flags >> bit & 1) != 0) letters += kLetters[bit];
  }
  return letters.empty() ? "none" : letters;
}

void append_sack(const Octets& data, std::size_t offset, std::size_t size, std::string& out) {
  append(out, "sack {} ", (size - 2) / 8);
  for (std::size_t block = offset + 2; block + 8 <= offset + size; block += 8)
    append(out, "{{{}:{}}}", data.u32(block), data.u32(block + 4));
}

void append_option(const Octets& data, std::size_t offset, std::size_t size, std::string& out) {
  switch (data.u8(offset)) {
    case 2: append(out, "mss {}", data.u16(offset + 2)); break;
    case 3: append(out, "wscale {}", data.u8(offset + 2)); break;
    case 4: out += "sackOK"; break;
    case 5: append_sack(data, offset, size, out); break;
    case 8: append(out, "TS val {} ecr {}", data.u32(offset + 2), data.u32(offset + 6)); break;
    default: append(out, "unknown-{}", data.u8(offset));
  }
}

void append_options(const Octets& data, std::size_t offset, std::size_t end, std::string& out) {
  if (offset >= end) return;
  out += ", options [";
  for (bool first = true; offset < end && data.has(offset, 1); first = false) {
    if (!first) out += ',';
    const std::uint8_t kind = data.u8(offset);
    if (kind <= 1) {
      out += kind == 0 ? "eol" : "nop";
      ++offset;
      if (kind == 0) break;
      continue;
    }
    const std::size_t size = data.u8(offset + 1);
    if (size < 2 || size > end - offset || !data.has(offset, size)) break;
    append_option(data, offset, size, out);
    offset += size;
  }
  out += ']';
}

void append_tcp_numbers(const Octets& data, std::size_t offset, std::size_t length, std::string& out) {
  const std::uint8_t flags = data.u8(offset + 13);
  const std::uint32_t sequence = data.u32(offset + 4);
  if (length > 0) {
    append(out, ", seq {}:{}", sequence, sequence + static_cast<std::uint32_t>(length));
  } else if ((flags & (kFin | kSyn | kRst)) != 0) {
    append(out, ", seq {}", sequence);
  }
  if ((flags & kAck) != 0) append(out, ", ack {}", data.u32(offset + 8));
  append(out, ", win {}", data.u16(offset + 14));
  if ((flags & kUrg) != 0) append(out, ", urg {}", data.u16(offset + 18));
}

}  // namespace

void append_tcp(const Upper& upper, std::string& out) {
  const Octets& data = upper.data;
  if (!data.has(upper.offset, kTcpHeader)) {
    out += "[|tcp]";
    return;
  }
  const std::size_t header = (data.u8(upper.offset + 12) >> 4) * 4u;
  const std::size_t length = upper.size > header ? upper.size - header : 0;
  append(out, "Flags [{}]", flag_letters(data.u8(upper.offset + 13)));
  append_tcp_numbers(data, upper.offset, length, out);
  append_options(data, upper.offset + kTcpHeader, upper.offset + header, out);
  append(out, ", length {}", length);
}

void append_udp(const Upper& upper, std::string& out) {
  const std::size_t size = upper.data.u16(upper.offset + 4);
  append(out, "UDP, length {}", size >= kUdpHeader ? size - kUdpHeader : 0);
}

namespace {

constexpr std::uint8_t kFragmentationNeeded = 4;

// The packet that an ICMP error quotes, named as tcpdump does.
void append_unreachable(const Upper& upper, const decode::Layer& quoted, std::string& out) {
  const std::string destination = base::to_string(quoted.destination);
  switch (upper.data.u8(upper.offset + 1)) {
    case 0: append(out, "net {} unreachable", destination); break;
    case 1: append(out, "host {} unreachable", destination); break;
    case 2: append(out, "{} protocol {} unreachable", destination, quoted.protocol); break;
    case 3: append(out, "{} {} port {} unreachable", destination, quoted.protocol == 6 ? "tcp" : "udp", quoted.destination_port); break;
    case kFragmentationNeeded: append(out, "{} unreachable - need to frag (mtu {})", destination, upper.data.u16(upper.offset + 6)); break;
    case 13: append(out, "host {} unreachable - admin prohibited filter", destination); break;
    default: append(out, "{} unreachable - #{}", destination, upper.data.u8(upper.offset + 1));
  }
}

void append_echo(const Upper& upper, std::string_view kind, std::string& out) {
  append(out, "{}, id {}, seq {}", kind, upper.data.u16(upper.offset + 4), upper.data.u16(upper.offset + 6));
}

}  // namespace

void append_icmp(const Upper& upper, const decode::Packet& packet, std::string& out) {
  out += "ICMP ";
  const std::uint8_t type = upper.data.u8(upper.offset);
  if (type == 0) {
    append_echo(upper, "echo reply", out);
  } else if (type == 8) {
    append_echo(upper, "echo request", out);
  } else if (type == 3 && packet.quotes && packet.layer_count > 0) {
    append_unreachable(upper, packet.layers[packet.layer_count - 1u], out);
  } else if (type == 11) {
    out += upper.data.u8(upper.offset + 1) == 0 ? "time exceeded in-transit" : "ip reassembly time exceeded";
  } else {
    append(out, "type-#{}", type);
  }
  append(out, ", length {}", upper.size);
}

namespace {

std::string address_at(const Octets& data, std::size_t offset) {
  const base::Bytes octets = data.slice(offset, 16);
  return octets.empty() ? "?" : base::to_string(base::make_ipv6(octets));
}

struct NamedType {
  std::uint8_t type;
  std::string_view name;
};

constexpr auto kIcmpv6Names = std::to_array<NamedType>({{1, "destination unreachable"},
                                                        {3, "time exceeded in-transit"},
                                                        {4, "parameter problem"},
                                                        {130, "multicast listener query"},
                                                        {131, "multicast listener report"},
                                                        {132, "multicast listener done"},
                                                        {133, "router solicitation"},
                                                        {134, "router advertisement"},
                                                        {137, "redirect"}});

void append_icmpv6_name(std::uint8_t type, std::string& out) {
  for (const auto& named : kIcmpv6Names) {
    if (named.type == type) {
      out += named.name;
      return;
    }
  }
  append(out, "type-#{}", type);
}

}  // namespace

void append_icmpv6(const Upper& upper, std::string& out) {
  out += "ICMP6, ";
  const Octets& data = upper.data;
  switch (const std::uint8_t type = data.u8(upper.offset)) {
    case 2: append(out, "packet too big, mtu {}", data.u32(upper.offset + 4)); break;
    case 128: append_echo(upper, "echo request", out); break;
    case 129: append_echo(upper, "echo reply", out); break;
    case 135: append(out, "neighbor solicitation, who has {}", address_at(data, upper.offset + 8)); break;
    case 136: append(out, "neighbor advertisement, tgt is {}", address_at(data, upper.offset + 8)); break;
    case 143: append(out, "multicast listener report v2, {} group record(s)", data.u16(upper.offset + 6)); break;
    default: append_icmpv6_name(type, out);
  }
  append(out, ", length {}", upper.size);
}

namespace {

std::string exchange_name(std::uint8_t exchange) {
  constexpr std::array<std::string_view, 6> kFirst{"none", "base", "ident", "auth", "agg", "inf"};
  constexpr std::array<std::string_view, 6> kLater{"oakley-quick", "oakley-newgroup", "ikev2_init", "ikev2_auth", "child_sa", "inf2"};
  if (exchange < kFirst.size()) return std::string(kFirst[exchange]);
  if (exchange >= 32 && exchange < 32 + kLater.size()) return std::string(kLater[exchange - 32u]);
  return fmt::format("#{}", exchange);
}

constexpr std::uint8_t kEncrypted = 0x01, kInitiator = 0x08, kResponse = 0x20;

void append_version_2(std::uint8_t flags, std::uint8_t exchange, std::uint32_t message, std::string& out) {
  append(out, " {} {}", message == 0 ? "parent_sa" : "child_sa ", exchange_name(exchange));
  const bool initiator = (flags & kInitiator) != 0;
  const bool response = (flags & kResponse) != 0;
  if (initiator || response) append(out, "[{}{}]", initiator ? "I" : "", response ? "R" : "");
}

}  // namespace

void append_isakmp(const Upper& upper, bool marked, std::string& out) {
  const Octets& data = upper.data;
  const std::size_t offset = upper.offset + (marked ? 4 : 0);
  if (marked) out += "NONESP-encap: ";
  out += "isakmp:";
  const std::uint8_t flags = data.u8(offset + 19);
  const std::uint32_t message = data.u32(offset + 20);
  if (data.u8(offset + 17) >> 4 == 2) return append_version_2(flags, data.u8(offset + 18), message, out);
  const bool first = data.u32(offset + 8) == 0 && data.u32(offset + 12) == 0;
  append(out, " phase {} {} {}", message == 0 ? "1" : "2/others", first ? "I" : "?", exchange_name(data.u8(offset + 18)));
  if ((flags & kEncrypted) != 0) out += "[E]";
}

namespace {

constexpr std::size_t kArpSize = 28;

std::string ipv4_at(const Octets& data, std::size_t offset) { return base::to_string(base::make_ipv4(data.slice(offset, 4))); }

}  // namespace

void append_arp(const Upper& upper, std::string& out) {
  const Octets& data = upper.data;
  const bool ethernet_ipv4 =
      data.has(upper.offset, kArpSize) && data.u16(upper.offset + 2) == 0x0800 && data.u16(upper.offset + 4) == 0x0604;
  out += "ARP";
  if (ethernet_ipv4 && data.u16(upper.offset + 6) == 1) {
    append(out, ", Request who-has {} tell {}", ipv4_at(data, upper.offset + 24), ipv4_at(data, upper.offset + 14));
  } else if (ethernet_ipv4 && data.u16(upper.offset + 6) == 2) {
    append(out, ", Reply {} is-at {:02x}", ipv4_at(data, upper.offset + 14), fmt::join(data.slice(upper.offset + 8, 6), ":"));
  }
  append(out, ", length {}", upper.size);
}

}  // namespace espy::report
