// ledger_input: what the octets of a fuzz target's input stand for: a configuration and the frames of a capture. The first octet chooses
// the configuration; then frame by frame: link type and source, interface and direction, time, cut, length (2), octets. The keys are those
// of cases in tests/pcaps, whose frames make_ledger_seeds.py turns into seeds; SAs without ICV open anything.
#pragma once

#include <array>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <utility>
#include <vector>

#include "base/frame.h"
#include "decode/packet.h"
#include "ipsec/configuration.h"

namespace espy::fuzz {

inline constexpr std::array kLinkTypes = {base::LinkType::kEthernet,  base::LinkType::kRaw,  base::LinkType::kLinuxSll,
                                          base::LinkType::kLinuxSll2, base::LinkType::kNull, base::LinkType::kPppWithDirection,
                                          base::LinkType::kNflog,     base::LinkType{99'999}};
inline constexpr std::size_t kHeadSize = 6;
inline constexpr decode::Ports kPorts{.encapsulation = {10'000}, .ike = {5500}};

inline base::Address address(const char* text) { return base::read_address(text).value(); }

inline ipsec::Policy policy(ipsec::PolicyDirection direction, const char* from, const char* to,
                            ipsec::Action action = ipsec::Action::kProtect) {
  ipsec::Policy made;
  made.direction = direction;
  made.action = action;
  made.selector.source = base::read_prefix(from).value();
  made.selector.destination = base::read_prefix(to).value();
  if (action == ipsec::Action::kProtect) made.templates.push_back({});
  return made;
}

inline ipsec::Policy tunnel(ipsec::PolicyDirection direction, const char* from, const char* to, const char* source, const char* destination,
                            ipsec::Mode mode) {
  ipsec::Policy made = policy(direction, from, to);
  made.templates[0].mode = mode;
  made.templates[0].source = address(source);
  made.templates[0].destination = address(destination);
  return made;
}

inline ipsec::Policy ports(ipsec::Policy made, std::uint8_t protocol, std::uint16_t port) {
  made.selector.protocol = protocol;
  made.selector.destination_port = {port, port};
  return made;
}

inline ipsec::Association association(std::uint32_t spi, const char* from, const char* to, ipsec::Mode mode, ipsec::Encryption encryption) {
  ipsec::Association made;
  made.spi = base::Spi{spi};
  made.source = base::read_prefix(from).value();
  made.destination = base::read_prefix(to).value();
  made.mode = mode;
  made.encryption = encryption;
  made.replay_window = 32;
  return made;
}

// Host to host in every form, gateways in tunnel and BEET mode, level use, discard, ports, IPv6, and an IKE peer that may be anyone.
inline ipsec::Configuration policies() {
  using enum ipsec::PolicyDirection;
  ipsec::Spd spd{.name = "fuzz", .command_line = false, .policies = {}};
  const auto add = [&](ipsec::Policy made) { spd.policies.push_back(std::move(made)); };
  add(ports(policy(kOut, "10.0.0.1", "10.0.0.2", ipsec::Action::kBypass), 6, 5901));
  add(ports(policy(kOut, "10.0.0.1", "10.0.0.2", ipsec::Action::kDiscard), 17, 53));
  add(ports(policy(kOut, "10.0.0.1", "10.0.0.2"), 6, 23));
  ipsec::Policy both = policy(kOut, "10.0.0.1", "10.0.0.2");
  both.templates.push_back({.protocol = ipsec::Protocol::kAh, .mode = ipsec::Mode::kTransport, .source = {}, .destination = {}});
  add(both);
  add(policy(kIn, "10.0.0.2", "10.0.0.1"));
  add(tunnel(kOut, "10.1.0.0/16", "10.2.0.0/16", "192.0.2.1", "192.0.2.2", ipsec::Mode::kTunnel));
  add(tunnel(kIn, "10.2.0.0/16", "10.1.0.0/16", "192.0.2.2", "192.0.2.1", ipsec::Mode::kBeet));
  add(tunnel(kIn, "0.0.0.0/0", "10.9.0.0/16", "10.0.0.2", "10.0.0.1", ipsec::Mode::kTunnel));
  ipsec::Policy use = policy(kOut, "fd00::/16", "fd00::/16");
  use.templates[0].level = ipsec::PolicyLevel::kUse;
  add(use);
  ipsec::Policy open = policy(kIn, "0.0.0.0/0", "198.51.100.1");
  open.from_ike = open.source_dynamic = true;
  open.open_source = ipsec::OpenEnd{"%any"};
  add(open);
  ipsec::Configuration configuration;
  configuration.spds.push_back(std::move(spd));
  return configuration;
}

inline void add_associations(ipsec::Configuration& configuration) {
  using ipsec::Encryption;
  using ipsec::Mode;
  configuration.associations.push_back(association(0x200, "10.0.0.1", "10.0.0.2", Mode::kTransport, Encryption::kAesCbc));
  configuration.associations.push_back(association(0x201, "10.0.0.2", "10.0.0.1", Mode::kTransport, Encryption::kNull));
  configuration.associations.push_back(association(0x301, "192.0.2.1", "192.0.2.2", Mode::kTunnel, Encryption::kAesGcm));
  configuration.associations.push_back(association(0, "fd00::/16", "fd00::/16", Mode::kAny, Encryption::kUnknown));
  configuration.associations.back().spi = std::nullopt;
}

struct KeyedAssociation {
  std::uint32_t spi;
  const char* from;
  const char* to;
  ipsec::Encryption encryption;
  std::string_view encryption_key;
  ipsec::Integrity integrity;
  std::string_view integrity_key;
  std::uint16_t icv_bits;
  bool esn = false;
};

inline constexpr const char* kA = "10.0.0.1";
inline constexpr const char* kB = "10.0.0.2";

// Several share an SPI on purpose: every key must be tried (V13).
inline constexpr auto kKeyed = std::to_array<KeyedAssociation>({
    // algorithm-aes-cbc
    {0x200, kA, kB, ipsec::Encryption::kAesCbc, "1d5c6f971fe4d35e78048a3dfecaa43b", ipsec::Integrity::kHmacSha1,
     "24f5413ad5922e181fb15de79a3255357475e2ed", 96},
    {0x201, kB, kA, ipsec::Encryption::kAesCbc, "1e77cab0c6992730ab584662ec85d826", ipsec::Integrity::kHmacSha1,
     "799d1d48e0205715a96e5eab9c39365f99851dec", 96},
    // algorithm-ipcomp
    {0x200, kA, kB, ipsec::Encryption::kAesCbc, "9040a1c3c3199443d8e778efd0933952", ipsec::Integrity::kHmacSha1,
     "0a9092981b4b2faf8cd8e96fc796c54cd4093a43", 96},
    {0x300, kB, kA, ipsec::Encryption::kAesCbc, "fa5f7fd2ecbf65ab2070d9f11e1382de", ipsec::Integrity::kHmacSha1,
     "a66c489c6042035ae518dc3c7bee1fbf5c314936", 96},
    // algorithm-ah-outside-esp
    {0x200, kA, kB, ipsec::Encryption::kNone, "", ipsec::Integrity::kHmacSha256,
     "bf05f045a7c5fdee767b89d993cf4e2a91637c86cfd71991664e50d34968e7a1", 128},
    {0x201, kA, kB, ipsec::Encryption::kAesCbc, "2d4d3a0498aec93d517bc0bb9ca6b6f3", ipsec::Integrity::kNone, "", 0},
    // algorithm-ah-hmac-md5
    {0x2000, "10.0.1.1", "10.0.1.2", ipsec::Encryption::kNone, "", ipsec::Integrity::kHmacMd5, "dc0117d0fb35a99e291dd70e1970cc69", 96},
    // algorithm-nested and algorithm-tcp
    {0x1000, kA, kB, ipsec::Encryption::kAesGcm, "b214e574a9fc3e1d553fe259e25f2b5c405e5459", ipsec::Integrity::kNone, "", 128},
    {0x1100, "10.1.0.10", "10.2.0.10", ipsec::Encryption::kAesCbc, "5ecd8c10a8a58e1c201fb00955b80bb1541078d003db911ebf8a61df07487595",
     ipsec::Integrity::kHmacSha256, "6c819ffbf348038651679802a701c7558b07849fc154a6557a1c862d4d949d19", 128},
    // Content that a mutation reaches: as it stands, and behind a cipher that decrypts anything
    {0x400, kA, kB, ipsec::Encryption::kNull, "", ipsec::Integrity::kNone, "", 0},
    {0x400, kB, kA, ipsec::Encryption::kNull, "", ipsec::Integrity::kNone, "", 0},
    {0x401, "192.0.2.1", "192.0.2.2", ipsec::Encryption::kNull, "", ipsec::Integrity::kNone, "", 0},
    {0x402, kA, kB, ipsec::Encryption::kAesCbc, "000102030405060708090a0b0c0d0e0f", ipsec::Integrity::kNone, "", 0},
});

// algorithm-esn-wrap-gcm, and AH: a search for the high half costs time, so these stand apart.
inline constexpr auto kExtended = std::to_array<KeyedAssociation>({
    {0x200, kA, kB, ipsec::Encryption::kAesGcm, "aebd45dca44ece8109573f1900c2b52ab0526c82", ipsec::Integrity::kNone, "", 128, true},
    {0x201, kB, kA, ipsec::Encryption::kAesGcm, "b7662a7722e28fcb7e1ede9764af175bff483db2", ipsec::Integrity::kNone, "", 128, true},
    {0x2000, "10.0.1.1", "10.0.1.2", ipsec::Encryption::kNone, "", ipsec::Integrity::kHmacMd5, "dc0117d0fb35a99e291dd70e1970cc69", 96,
     true},
});

inline ipsec::Key key(std::string_view digits) {
  const auto value = [](char digit) { return digit <= '9' ? digit - '0' : digit - 'a' + 10; };
  std::vector<std::uint8_t> octets;
  for (std::size_t index = 0; index + 1 < digits.size(); index += 2) {
    octets.push_back(static_cast<std::uint8_t>(value(digits[index]) << 4 | value(digits[index + 1])));
  }
  return ipsec::Key(std::move(octets));
}

inline void add_keyed(std::span<const KeyedAssociation> keyed, ipsec::Configuration& configuration) {
  for (const KeyedAssociation& one : keyed) {
    ipsec::Association made = association(one.spi, one.from, one.to, ipsec::Mode::kAny, one.encryption);
    if (one.encryption == ipsec::Encryption::kNone) made.protocol = ipsec::Protocol::kAh;
    made.encryption_key = key(one.encryption_key);
    made.integrity = one.integrity;
    made.integrity_key = key(one.integrity_key);
    made.icv_bits = one.icv_bits;
    made.esn = one.esn;
    configuration.associations.push_back(std::move(made));
  }
}

// Bits of the first octet: policies; SAs without keys; keyed SAs; keyed SAs with extended sequence numbers.
inline ipsec::Configuration configuration_of(std::uint8_t choice) {
  ipsec::Configuration configuration = (choice & 1) != 0 ? policies() : ipsec::Configuration{};
  if ((choice & 2) != 0) add_associations(configuration);
  if ((choice & 64) != 0) add_keyed(kKeyed, configuration);
  if ((choice & 128) != 0) add_keyed(kExtended, configuration);
  return configuration;
}

// The frames point into `data`.
inline std::vector<base::Frame> frames_of(base::Bytes data) {
  std::vector<base::Frame> frames;
  base::Time now{0};
  while (data.size() >= kHeadSize) {
    const std::size_t wanted = static_cast<std::size_t>(data[4]) << 8 | data[5];
    const std::size_t size = std::min(wanted, data.size() - kHeadSize);
    now.nanoseconds += data[2] == 0xff ? -base::seconds(2).nanoseconds : base::milliseconds(data[2] * 8).nanoseconds;
    frames.push_back({.data = data.subspan(kHeadSize, size),
                      .original_size = static_cast<std::uint32_t>(size) + data[3],
                      .time = now,
                      .number = frames.size() + 1,
                      .source = data[0] >> 6 & 1U,
                      .interface = data[1] & 3U,
                      .link_type = kLinkTypes[data[0] % kLinkTypes.size()],
                      .direction = static_cast<base::Direction>((data[1] >> 2 & 3U) % 3)});
    data = data.subspan(kHeadSize + size);
  }
  return frames;
}

}  // namespace espy::fuzz
