// SetkeyDatabase: the SAs and policies that the statements of a setkey.conf build up and take away, as the kernel would hold them.
#pragma once

#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "config/document.h"

namespace espy::config {

class SetkeyDatabase {
 public:
  // The line of the SA that already has this destination, protocol and SPI; 0 when there is none.
  std::uint32_t line_of(const ipsec::Association& association) const;
  void put(ipsec::Association association);
  void remove(const ipsec::Association& association);
  // Those with the source, destination and protocol of `association`, whatever their SPI.
  void remove_all(const ipsec::Association& association);
  void flush();
  void flush(ipsec::Protocol protocol);

  // The line of the policy that has this selector and direction; 0 when there is none, or when it came with an `in` policy.
  std::uint32_t line_of(const ipsec::Policy& policy) const;
  // On Linux setkey adds a forward policy to each policy of direction in; so does this.
  void put(ipsec::Policy policy);
  void remove(const ipsec::Policy& policy);
  void flush_policies() { policies_.clear(); }

  // Everything in the order in which it was added.
  std::vector<ipsec::Association> take_associations();
  std::vector<ipsec::Policy> take_policies();

 private:
  using AssociationKey = std::tuple<ipsec::Protocol, base::Address, std::uint32_t>;
  using PolicyKey = std::pair<ipsec::PolicyDirection, ipsec::Selector>;
  struct Placed {
    std::uint32_t order = 0;
    ipsec::Association association;
  };
  struct PlacedPolicy {
    bool added_with_in = false;
    ipsec::Policy policy;
  };
  static AssociationKey key_of(const ipsec::Association& association);
  static PolicyKey key_of(const ipsec::Policy& policy);
  void place(ipsec::Policy policy, bool added_with_in);

  std::map<AssociationKey, Placed> associations_;
  std::map<PolicyKey, PlacedPolicy> policies_;
  std::uint32_t order_ = 0;
};

}  // namespace espy::config
