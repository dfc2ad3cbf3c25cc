// IkePolicies: the requirements that a conn (ipsec.conf) or a child (swanctl.conf) stands for: for each pair of traffic selectors one
// policy there and one back. Daemons derive the kernel's priorities from the width of the selectors; so do these.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/document.h"
#include "config/traffic_selector.h"

namespace espy::config {

// An end of a connection: an address, or a text that only the traffic or --host can bind.
struct IkeEnd {
  std::string text = "%any";
  base::Address address;
};

// Reads an end; what is no address is left open, for the traffic or --host to bind.
IkeEnd make_end(std::string_view text);

// Digits and dots, or hexadecimal digits and colons, that are no address: never a host's name, so it is a slip and no end to leave open.
bool is_misspelt_address(std::string_view text);

// Which policies the daemon lets win whatever their width: strongSwan puts passthrough before and drop behind all others.
enum class Rank : std::uint8_t { kFirst, kByWidth, kLast };

struct IkeChild {
  std::string name;
  ipsec::Origin origin;
  IkeEnd local = {};
  IkeEnd remote = {};
  std::vector<TrafficSelector> local_selectors = {};  // empty: the end itself
  std::vector<TrafficSelector> remote_selectors = {};
  ipsec::Action action = ipsec::Action::kProtect;
  ipsec::Protocol protocol = ipsec::Protocol::kEsp;
  ipsec::Mode mode = ipsec::Mode::kTunnel;
  ipsec::PolicyLevel level = ipsec::PolicyLevel::kRequire;
  std::uint32_t reqid = 0;
  std::uint32_t priority = 0;  // given by hand; 0: computed
  Rank rank = Rank::kByWidth;
  bool marked = false;
  bool any_ends = false;  // policy groups: any pair of ends may carry it
};

class IkePolicies {
 public:
  explicit IkePolicies(Document& document) : document_(document) {}
  void add(const IkeChild& child);
  // Puts the policies in the order of matching, as the Spd of the document.
  void finish();

 private:
  bool add_pair(const IkeChild& child, const TrafficSelector& local, const TrafficSelector& remote);

  Document& document_;
  std::vector<ipsec::Policy> policies_;
  bool full_ = false;
};

}  // namespace espy::config
