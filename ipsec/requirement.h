// Requirement: one direction of one policy as it must look on the wire (VERDICT.md V1 to V5), merged over the hosts that agree on it.
// It is not a policy: it has no order and no host.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "ipsec/configuration.h"

namespace espy::ipsec {

// Index into World::requirements(), stable for the life of a World.
using RequirementId = std::uint32_t;
inline constexpr RequirementId kNoRequirement = 0xffffffff;

// One AH or ESP header on the wire. The ends are unknown where the header protects the packet's own addresses (transport mode without a
// tunnel before it, V4) or where any pair of ends will do (V7).
struct RequiredHeader {
  Protocol protocol = Protocol::kEsp;
  Mode mode = Mode::kTransport;
  base::Address source;
  base::Address destination;
  bool operator==(const RequiredHeader&) const = default;
  bool has_ends() const { return source.known() && destination.known(); }
};

struct Requirement {
  std::string name;  // conn name, or empty
  Action action = Action::kProtect;
  PolicyLevel level = PolicyLevel::kRequire;
  Selector selector;
  std::vector<RequiredHeader> headers;  // outermost first, IPComp left out
  std::vector<std::uint32_t> reqids;    // of the templates, 0 left out; empty: not known
  bool compressed = false;              // a template asks for IPComp: lengths inside are not predictable
  bool any_tunnel_ends = false;         // V7: a tunnel between any pair of ends will do
  bool inferred = false;                // V8
  bool from_ike = false;                // V6
  bool command_line = false;
  bool source_open = false;  // V6: binds to a peer that was seen; the selector's source is not to be used
  bool destination_open = false;
  std::vector<Origin> origins;

  // Tunnel or BEET by its outermost tunnel header; kTransport when no header opens one, kAny when it is not said.
  Mode mode() const;
  // The header that opens the tunnel, or nullptr.
  const RequiredHeader* tunnel() const;
  // True when the selector has a protocol or ports that unreadable ESP does not show.
  bool narrow() const { return selector.protocol != 0; }
  bool open() const { return source_open || destination_open; }
};

// What `policy` demands on the wire. Socket policies are not requirements (V3) and are not to be passed here.
Requirement make_requirement(const Policy& policy, bool command_line);

// True when two policies state the same requirement (V2): selector, headers, mode and ends; origins and names aside.
bool same_requirement(const Requirement& left, const Requirement& right);

}  // namespace espy::ipsec
