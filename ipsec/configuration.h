// Configuration: what the configuration files say, in one vocabulary: security associations, policies in the order of their host,
// and peers of IKE daemons. Plain values; the fast look-up is World's business.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/limits.h"
#include "base/spi.h"
#include "ipsec/algorithm.h"
#include "ipsec/key.h"

namespace espy::ipsec {

// Where something was said: "setkey.conf:12", "command line".
struct Origin {
  std::string file;
  std::uint32_t line = 0;  // 1-based; 0: the whole file
  bool operator==(const Origin&) const = default;
};
std::string to_string(const Origin& origin);

enum class Protocol : std::uint8_t { kAh, kEsp, kIpcomp };
enum class Mode : std::uint8_t { kAny, kTransport, kTunnel, kBeet, kIptfs };
enum class Encapsulation : std::uint8_t { kNone, kUdp, kTcp };

std::string_view name(Protocol protocol);  // "ah", "esp", "ipcomp"
std::string_view name(Mode mode);          // "any", "transport", "tunnel", "beet", "iptfs"

// One security association (RFC 4301 section 4.4.2), one direction. `source` and `destination` are prefixes because Wireshark's
// esp_sa may leave bits open; a length of 0 with family kNone matches everything. `spi` is nullopt for a wildcard.
struct Association {
  Protocol protocol = Protocol::kEsp;
  std::optional<base::Spi> spi;
  std::uint32_t spi_mask = 0xffffffff;  // esp_sa's "0x12**5678": bits that must match
  base::Prefix source;
  base::Prefix destination;
  Mode mode = Mode::kAny;
  std::uint32_t reqid = 0;  // 0: none
  Encapsulation encapsulation = Encapsulation::kNone;
  std::uint16_t encapsulation_source_port = 0;
  std::uint16_t encapsulation_destination_port = 0;
  bool old_header = false;  // esp-old, ah-old: RFC 1825 to 1829
  Encryption encryption = Encryption::kNone;
  std::string encryption_name;  // as written, for messages
  Key encryption_key;           // salt at the end for AEAD and CTR
  Integrity integrity = Integrity::kNone;
  std::string integrity_name;
  Key integrity_key;
  std::uint16_t icv_bits = 0;  // 0: not said
  bool keys_hidden = false;    // the listing was made without keys ("<<Keys hidden>>")
  bool key_from_text = false;  // setkey: a key in quotes; esp_sa: a key without 0x
  bool esn = false;
  std::optional<std::uint32_t> esn_high;  // from oseq-hi, seq-hi or esp_sa's tenth column
  std::uint32_t replay_window = 0;        // packets; 0: not said or off
  std::uint32_t tfc_padding = 0;          // Linux tfcpad: inner packets are padded up to this size
  bool align4 = false;                    // Linux flag align4
  std::uint64_t marked = 0;               // an SA with a mark or interface id: not 0
  Origin origin;
};

// An upper-layer selector value: any, one, a range, or Linux's value and mask.
struct PortRange {
  std::uint16_t first = 0;
  std::uint16_t last = 0xffff;
  auto operator<=>(const PortRange&) const = default;
  constexpr bool any() const { return first == 0 && last == 0xffff; }
  constexpr bool contains(std::uint16_t port) const { return first <= port && port <= last; }
};

// RFC 4301 section 4.4.1.1. For ICMP the ports hold type (source) and code (destination), as Linux does.
struct Selector {
  base::Prefix source;
  base::Prefix destination;
  std::uint8_t protocol = 0;  // 0: any
  PortRange source_port;
  PortRange destination_port;
  auto operator<=>(const Selector&) const = default;
};

enum class PolicyDirection : std::uint8_t { kIn, kOut, kForward };
enum class Action : std::uint8_t { kProtect, kBypass, kDiscard };
enum class PolicyLevel : std::uint8_t { kRequire, kUse };

// One header that a policy asks for. `source`/`destination`: the tunnel's ends; unknown for transport mode.
struct Template {
  Protocol protocol = Protocol::kEsp;
  Mode mode = Mode::kTransport;
  base::Address source;
  base::Address destination;
  PolicyLevel level = PolicyLevel::kRequire;
  std::uint32_t reqid = 0;
  bool operator==(const Template&) const = default;
};

// An end of an IKE connection that the file leaves open: %any, %defaultroute, a name, `dynamic` (VERDICT.md V6).
struct OpenEnd {
  std::string text;  // as written; a name can be bound with --host NAME=ADDRESS
  bool operator==(const OpenEnd&) const = default;
};

struct Policy {
  std::string name;  // conn or child name, or empty
  PolicyDirection direction = PolicyDirection::kOut;
  Action action = Action::kProtect;
  Selector selector;
  std::vector<Template> templates;  // in the order of application, inside first; IPComp included as written
  std::uint32_t priority = 0;       // the kernel's number: lower is matched first
  std::uint32_t age = 0;            // order of creation within the Spd: at equal priority the lower is matched first
  bool socket = false;              // per-socket policy: counted, not a requirement (V3)
  bool marked = false;              // has a mark or an interface id (V5)
  bool from_ike = false;            // stands for a conn or child rather than for a kernel policy
  bool any_tunnel_ends = false;     // --protect with prefixes and without --via (V7)
  // IKE only: ends of the connection that are not addresses. When set, the selector's prefix on that side is to be bound to the peer
  // (dynamic), and the tunnel's end too.
  std::optional<OpenEnd> open_source;
  std::optional<OpenEnd> open_destination;
  bool source_dynamic = false;  // the selector's source is the (open) end itself
  bool destination_dynamic = false;
  Origin origin;
};

// The policies of one host, or of the command line (V2).
struct Spd {
  std::string name;              // file name, or "command line"
  bool command_line = false;     // no bypass of another SPD overrides it
  std::vector<Policy> policies;  // in the order of matching: priority, then age
};

// Larval SAs and the like: read, counted, not used (V3).
struct Ignored {
  std::uint64_t larval = 0;
};

// A line of [limits].
struct LimitSetting {
  std::string_view key;  // of base::kLimitFacts
  std::size_t value = 0;
  Origin origin;
};

struct Configuration {
  std::vector<Association> associations;
  std::vector<Spd> spds;
  Ignored ignored;
  bool has_ike = false;                            // an ipsec.conf or swanctl.conf was given
  std::vector<std::uint16_t> encapsulation_ports;  // besides 4500
  std::vector<std::uint16_t> ike_ports;            // besides 500 and 4500
  std::vector<std::string> clear_interfaces;       // of the capture; as with --clear, traffic on them is meant to be clear
  std::optional<Origin> redact_payload;            // what forbids that octets of packets are shown; nullopt: nothing does
  std::vector<LimitSetting> limits;                // each key once

  base::Limits limits_in_force() const;  // what `limits` says, and the usual ones
};

}  // namespace espy::ipsec
