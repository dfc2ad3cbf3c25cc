// World: the configured associations and requirements as one immutable value with fast look-up: by (destination, protocol, SPI) for an AH
// or ESP header, by policy order for a clear packet, by ends for an unreadable one. Shared between threads without a lock.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/address.h"
#include "base/hash.h"
#include "base/spi.h"
#include "ipsec/configuration.h"
#include "ipsec/policy_lookup.h"
#include "ipsec/requirement.h"

namespace espy::ipsec {

using AssociationId = std::uint32_t;
inline constexpr AssociationId kNoAssociation = 0xffffffff;

// What the policies say of one clear packet, over all Spds (V2, V9).
struct Judgement {
  enum class Decision : std::uint8_t {
    kUnrelated,  // no policy speaks of it
    kExempt,     // the first matching policy of each Spd that speaks of it allows clear
    kOptional,   // protection is asked for at level `use`
    kProtect,    // protection is required
    kDiscard,    // nothing may pass
    kUncertain,  // a field that decides between two of these was not captured
  };
  Decision decision = Decision::kUnrelated;
  std::uint8_t count = 0;                       // requirements below that gave the decision
  std::array<RequirementId, 4> requirements{};  // the first one is the one to name
};

struct IgnoredPolicies {
  std::uint64_t socket = 0;
  std::uint64_t marked = 0;  // V5: with a mark and a selector that matches everything
  std::uint64_t larval = 0;
};

class World {
 public:
  // Never fails: what cannot be a requirement is counted in ignored().
  explicit World(const Configuration& configuration);

  const std::vector<Requirement>& requirements() const { return requirements_; }
  const std::vector<Association>& associations() const { return associations_; }
  const IgnoredPolicies& ignored() const { return ignored_; }
  bool has_ike() const { return has_ike_; }
  // No policy was given at all: pairs of hosts that exchange AH/ESP are to be inferred (V8).
  bool inferring() const { return requirements_.empty(); }

  Judgement judge(const PacketView& view) const;
  // What judge() looks at, the rest cleared: packets with the same essence are judged alike. For caches.
  PacketView essence_of(const PacketView& view) const;

  // V13: by (destination, protocol, SPI), then by SPI and protocol alone where that is unique; entries with wildcards last. Writes as many
  // as `out` has room for, best first, and returns how many.
  std::size_t find_associations(Protocol protocol, base::Spi spi, const base::Address& source, const base::Address& destination,
                                std::span<AssociationId> out) const;
  // The first of them.
  AssociationId find_association(Protocol protocol, base::Spi spi, const base::Address& source, const base::Address& destination) const;

  // Appends the protect requirements that a header between these ends might serve or break.
  void find_by_ends(const base::Address& source, const base::Address& destination, std::vector<RequirementId>& out) const;

  // The protect requirements in tunnel mode whose tunnel begins at this address.
  std::span<const RequirementId> tunnels_from(const base::Address& source) const;

  // Requirements whose selector has an open end (V6): they bind to peers.
  const std::vector<RequirementId>& open_requirements() const { return open_; }

 private:
  struct AddressHash {
    std::size_t operator()(const base::Address& address) const { return base::hash_bytes(address.octets, base::hash_seed()); }
  };
  struct Direction {
    std::vector<RequirementId> requirement_by_order;
    std::unique_ptr<PolicyLookup> lookup;
  };
  struct Host {
    std::array<Direction, 3> directions;  // indexed by PolicyDirection
    std::vector<base::Address> local;     // addresses that only this host can own, sorted
    bool command_line = false;
  };

  // Which bits of an address of one family the policies look at.
  struct AddressMask {
    std::array<std::uint8_t, 16> octets{};
    void widen(std::size_t length);
    base::Address apply(const base::Address& address) const;
  };
  struct Looks {
    AddressMask source;
    AddressMask destination;
  };

  void see_selector(const Selector& selector);
  void add_spd(const Spd& spd);
  void add_association(const Association& association);
  RequirementId merge(Requirement requirement);
  void judge_host(const Host& host, const PacketView& view, Judgement& judgement) const;
  Judgement::Decision decide(const Direction& direction, const PacketView& view, RequirementId& requirement) const;

  std::vector<Requirement> requirements_;
  std::vector<Association> associations_;
  std::vector<Host> hosts_;
  std::unordered_map<std::uint64_t, std::vector<AssociationId>> by_spi_;  // protocol and SPI
  std::vector<AssociationId> wildcards_;
  std::unordered_map<std::uint64_t, std::vector<RequirementId>> by_ends_;
  std::vector<RequirementId> by_prefix_;  // ends that are not two hosts
  std::vector<RequirementId> open_;
  std::unordered_map<base::Address, std::vector<RequirementId>, AddressHash> tunnels_from_;
  std::unordered_map<std::uint64_t, std::vector<RequirementId>> merged_;  // by a hash of the selector
  Looks looks_ipv4_;
  Looks looks_ipv6_;
  bool looks_at_ports_ = false;  // or at the protocol
  IgnoredPolicies ignored_;
  bool has_ike_ = false;
};

}  // namespace espy::ipsec
