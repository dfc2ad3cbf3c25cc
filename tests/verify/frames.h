// frames: IP packets put together octet by octet as the RFCs draw them (791, 8200, 768, 9293, 792, 4302, 4303), and a scene that feeds
// them to a ledger. Nothing here uses espy's decoder.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/ipsec/policies.h"
#include "verify/ledger.h"
#include "verify/summary.h"

namespace espy::verify::testing {

using Octets = std::vector<std::uint8_t>;
using ipsec::testing::address;

inline void put16(Octets& octets, std::uint32_t value) {
  octets.push_back(static_cast<std::uint8_t>(value >> 8));
  octets.push_back(static_cast<std::uint8_t>(value));
}
inline void put32(Octets& octets, std::uint32_t value) {
  put16(octets, value >> 16);
  put16(octets, value & 0xffff);
}
inline void put(Octets& octets, std::span<const std::uint8_t> more) { octets.insert(octets.end(), more.begin(), more.end()); }
inline Octets text(std::string_view characters) { return {characters.begin(), characters.end()}; }
inline Octets filler(std::size_t size, std::uint8_t first = 0x41) {
  Octets octets(size);
  for (std::size_t index = 0; index < size; ++index) octets[index] = static_cast<std::uint8_t>(first + index * 37);
  return octets;
}

// RFC 1071
inline std::uint16_t checksum(std::span<const std::uint8_t> octets) {
  std::uint32_t sum = 0;
  for (std::size_t index = 0; index < octets.size(); ++index) sum += static_cast<std::uint32_t>(octets[index]) << (index % 2 == 0 ? 8 : 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

struct Ip {
  std::string_view from = "10.0.0.1";
  std::string_view to = "10.0.0.2";
  std::uint8_t ttl = 64;
  std::uint16_t id = 0;
  std::uint16_t fragment_offset = 0;  // octets
  bool more = false;
};

inline Octets ipv4(const Ip& ip, std::uint8_t protocol, const Octets& payload) {
  Octets octets{0x45, 0};
  put16(octets, static_cast<std::uint32_t>(20 + payload.size()));
  put16(octets, ip.id);
  put16(octets, (ip.more ? 0x2000U : 0U) | ip.fragment_offset / 8U);
  octets.push_back(ip.ttl);
  octets.push_back(protocol);
  put16(octets, 0);
  put(octets, address(ip.from).bytes());
  put(octets, address(ip.to).bytes());
  const std::uint16_t sum = checksum(octets);
  octets[10] = static_cast<std::uint8_t>(sum >> 8);
  octets[11] = static_cast<std::uint8_t>(sum);
  put(octets, payload);
  return octets;
}

inline Octets ipv6(const Ip& ip, std::uint8_t protocol, const Octets& payload) {
  Octets octets{0x60, 0, 0, 0};
  put16(octets, static_cast<std::uint32_t>(payload.size()));
  octets.push_back(protocol);
  octets.push_back(ip.ttl);
  put(octets, address(ip.from).bytes());
  put(octets, address(ip.to).bytes());
  put(octets, payload);
  return octets;
}

// The datagram in pieces whose data begins at these offsets (multiples of 8, the first 0).
inline std::vector<Octets> fragments(Ip ip, std::uint8_t protocol, const Octets& payload, const std::vector<std::uint16_t>& offsets) {
  std::vector<Octets> pieces;
  for (std::size_t index = 0; index < offsets.size(); ++index) {
    const std::size_t end = index + 1 < offsets.size() ? offsets[index + 1] : payload.size();
    ip.fragment_offset = offsets[index];
    ip.more = index + 1 < offsets.size();
    pieces.push_back(ipv4(ip, protocol, Octets(payload.begin() + offsets[index], payload.begin() + static_cast<std::ptrdiff_t>(end))));
  }
  return pieces;
}

inline Octets udp(std::uint16_t from, std::uint16_t to, const Octets& payload) {
  Octets octets;
  put16(octets, from);
  put16(octets, to);
  put16(octets, static_cast<std::uint32_t>(8 + payload.size()));
  put16(octets, 0);
  put(octets, payload);
  return octets;
}

inline Octets tcp(std::uint16_t from, std::uint16_t to, const Octets& payload = {}, std::uint32_t sequence = 1, std::uint8_t flags = 0x18) {
  Octets octets;
  put16(octets, from);
  put16(octets, to);
  put32(octets, sequence);
  put32(octets, 0);
  octets.push_back(0x50);
  octets.push_back(flags);
  put16(octets, 1024);
  put32(octets, 0);
  put(octets, payload);
  return octets;
}

inline Octets icmp(std::uint8_t type, std::uint8_t code, const Octets& payload) {
  Octets octets{type, code, 0, 0, 0, 0, 0, 0};
  put(octets, payload);
  return octets;
}

// `ciphertext` octets after the sequence number, different in every packet.
inline Octets esp(std::uint32_t spi, std::uint32_t sequence, std::size_t ciphertext = 64) {
  Octets octets;
  put32(octets, spi);
  put32(octets, sequence);
  std::uint64_t state = 0x9e3779b97f4a7c15ULL * (sequence + 1) ^ spi;
  for (std::size_t index = 0; index < ciphertext; ++index) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    octets.push_back(static_cast<std::uint8_t>(state >> 56));
  }
  return octets;
}

// With a 12-octet ICV, as HMAC-SHA1-96 has it.
inline Octets ah(std::uint8_t next, std::uint32_t spi, std::uint32_t sequence, const Octets& payload) {
  Octets octets{next, 4, 0, 0};
  put32(octets, spi);
  put32(octets, sequence);
  put(octets, filler(12, static_cast<std::uint8_t>(sequence)));
  put(octets, payload);
  return octets;
}

// ESP with NULL encryption and a 12-octet ICV around `inner`.
inline Octets null_esp(std::uint32_t spi, std::uint32_t sequence, std::uint8_t next, const Octets& inner) {
  Octets octets;
  put32(octets, spi);
  put32(octets, sequence);
  put(octets, inner);
  std::uint8_t pad = 0;
  while ((inner.size() + pad + 2) % 4 != 0) octets.push_back(++pad);
  octets.push_back(pad);
  octets.push_back(next);
  put(octets, filler(12, static_cast<std::uint8_t>(sequence * 7)));
  return octets;
}

// ESP with NULL encryption and no ICV: an SA with neither key opens it.
inline Octets open_esp(std::uint32_t spi, std::uint32_t sequence, std::uint8_t next, const Octets& inner) {
  Octets octets = null_esp(spi, sequence, next, inner);
  octets.resize(octets.size() - 12);
  return octets;
}

// An IKEv2 header alone (RFC 7296 section 3.1): INFORMATIONAL, 28 octets.
inline Octets ike() {
  Octets octets = filler(16);
  octets.insert(octets.end(), {0, 0x20, 37, 0x08});
  put32(octets, 1);
  put32(octets, 28);
  return octets;
}

inline Octets with_marker(const Octets& message) {
  Octets octets(4);
  put(octets, message);
  return octets;
}

inline Octets ethernet(const Octets& ip, std::uint8_t from = 1, std::uint8_t to = 2) {
  Octets octets{2, 0, 0, 0, 0, to, 2, 0, 0, 0, 0, from};
  put16(octets, (ip[0] >> 4) == 4 ? 0x0800 : 0x86dd);
  put(octets, ip);
  return octets;
}

struct Sent {
  std::int64_t at = -1;  // milliseconds; -1: one after the frame before
  std::uint32_t source = 0;
  std::uint32_t interface = 0;
  base::LinkType link = base::LinkType::kRaw;
  base::Direction direction = base::Direction::kUnknown;
  std::size_t captured = 0xffff'ffff;
};

// A world, a ledger and frames sent to it one by one.
class Scene {
 public:
  explicit Scene(const ipsec::Configuration& configuration)
      : world_(configuration),
        keys_(world_, crypto::Library()),
        ledger_(world_, {.ports = {}, .keys = &keys_, .limits = configuration.limits_in_force()}),
        inspector_(world_, ports_, &keys_, ledger_.hints()) {}
  explicit Scene(std::vector<ipsec::Policy> policies, std::vector<ipsec::Association> associations = {})
      : Scene(configuration_of(std::move(policies), std::move(associations))) {}

  void send(const Octets& frame, const Sent& sent = {}) {
    now_ = sent.at < 0 ? now_ + 1 : sent.at;
    const base::Bytes captured = base::Bytes(frame).first(std::min(frame.size(), sent.captured));
    const Frame view{.data = captured,
                     .original_size = static_cast<std::uint32_t>(frame.size()),
                     .time = {1'795'294'526'000'000'000 + now_ * 1'000'000},
                     .number = ++number_,
                     .source = sent.source,
                     .interface = sent.interface,
                     .link_type = sent.link,
                     .direction = sent.direction};
    inspector_.inspect({&view, 1}, found_);
    ledger_.commit({&view, 1}, found_);
  }
  // Nothing came until then, in milliseconds as in Sent.
  void tick(std::int64_t at) { ledger_.tick({1'795'294'526'000'000'000 + at * 1'000'000}); }
  verdict::Summary finish(const RunFacts& facts = {}) {
    ledger_.finish();
    return summarize(ledger_, facts);
  }
  Ledger& ledger() { return ledger_; }

 private:
  static ipsec::Configuration configuration_of(std::vector<ipsec::Policy> policies, std::vector<ipsec::Association> associations) {
    ipsec::Configuration configuration;
    if (!policies.empty()) configuration.spds.push_back(ipsec::testing::spd(std::move(policies)));
    configuration.associations = std::move(associations);
    return configuration;
  }

  ipsec::World world_;
  decode::Ports ports_;
  Keyring keys_;
  Ledger ledger_;
  Inspector inspector_;
  Inspected found_;
  std::int64_t now_ = 0;
  std::uint64_t number_ = 0;
};

inline std::uint64_t count(const verdict::Summary& summary, verdict::Class packet_class) {
  return summary.packets.by_class[static_cast<std::size_t>(packet_class)];
}
inline bool has(const std::vector<verdict::Finding>& findings, std::string_view code) {
  return std::ranges::any_of(findings, [&](const verdict::Finding& finding) { return finding.code == code; });
}
// "3 leaked 2 exempt": the classes that are not empty, in the order of the enumeration.
inline std::string classes(const verdict::Summary& summary) {
  std::string text;
  for (std::size_t index = 0; index < verdict::kClassCount; ++index) {
    if (summary.packets.by_class[index] == 0) continue;
    if (!text.empty()) text += ' ';
    text += std::to_string(summary.packets.by_class[index]) + ' ' + std::string(verdict::name(static_cast<verdict::Class>(index)));
  }
  return text;
}

}  // namespace espy::verify::testing
