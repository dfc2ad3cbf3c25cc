// TrafficSelector: one side of what an IKE connection protects, as ipsec.conf and swanctl.conf write it: a subnet, or the end of the
// connection itself (`dynamic`), with protocol and port (RFC 7296 section 3.13.1).
#pragma once

#include <string_view>
#include <vector>

#include "base/address.h"
#include "config/upper_layer.h"

namespace espy::config {

struct TrafficSelector {
  base::Prefix prefix;  // family kNone: the end itself
  UpperLayer layer;
  bool dynamic() const { return !prefix.address.known(); }
};

// "10.1.0.0/16", "10.1.0.0/255.255.0.0", "10.1.0.0-10.1.0.9", "10.1.0.0/16[tcp/80]", "10.1.0.0/16/6/80", "dynamic", "%dynamic[udp]".
// A range gives the few prefixes that cover it. False, and `selectors` as it was, when `text` is none of these.
bool read_traffic_selector(std::string_view text, std::vector<TrafficSelector>& selectors);

// The fewest prefixes that hold exactly the addresses from `first` to `last`; empty unless both are of one family and in order.
std::vector<base::Prefix> cover(const base::Address& first, const base::Address& last);

}  // namespace espy::config
