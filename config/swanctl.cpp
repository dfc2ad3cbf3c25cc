// Reads swanctl.conf: what each child protects, and what is weak in connections and secrets.
#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "config/document.h"
#include "config/ike_policies.h"
#include "config/ipsec_conf_lint.h"
#include "config/proposal.h"
#include "config/secret_strength.h"
#include "config/swanctl_tree.h"
#include "config/words.h"

namespace espy::config {
namespace {

constexpr std::size_t kMostChildren = 20'000;

bool yes(std::string_view value) { return value == "yes" || value == "true" || value == "1" || value == "enabled"; }
bool no(std::string_view value) { return value == "no" || value == "false" || value == "0" || value == "disabled"; }

std::uint32_t number(std::string_view digits) {
  std::uint32_t value = 0;
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return code == std::errc{} && end == digits.data() + digits.size() ? value : 0;
}

class ConnectionsReader {
 public:
  ConnectionsReader(Document& document, const SwanctlView& root) : document_(document), root_(root), policies_(document) {}

  void read() {
    const SwanctlView connections = root_.below("connections");
    for (const std::string& name : connections.names()) read_connection(name, connections.below(name));
    policies_.finish();
  }

 private:
  void read_connection(const std::string& name, const SwanctlView& connection) {
    lint(name, connection);
    check_end(connection, "local_addrs");
    check_end(connection, "remote_addrs");
    const SwanctlView children = connection.below("children");
    for (const std::string& child : children.names()) {
      if (++children_ > kMostChildren) {
        if (children_ == kMostChildren + 1)
          error_at(document_, connection.origin(), fmt::format("more than {} children", kMostChildren), "split the file");
        return;
      }
      read_child(name, connection, child, children.below(child));
    }
  }

  void read_child(const std::string& connection_name, const SwanctlView& connection, const std::string& name, const SwanctlView& view) {
    lint_child(name, view);
    if (no(view.value("policies"))) return;
    IkeChild child{.name = name == connection_name ? name : fmt::format("{}/{}", connection_name, name), .origin = view.origin()};
    child.local = make_end(connection.value("local_addrs"));
    child.remote = make_end(connection.value("remote_addrs"));
    const bool known_mode = set_mode(view, child);
    child.protocol =
        view.find("ah_proposals") != nullptr && view.find("esp_proposals") == nullptr ? ipsec::Protocol::kAh : ipsec::Protocol::kEsp;
    child.reqid = number(view.value("reqid"));
    child.priority = std::min<std::uint32_t>(number(view.value("priority")), 0xffff);
    child.marked = marked(connection) || marked(view);
    if (virtual_address(connection, view)) return lint_virtual_address(document_, {"child", name, view.origin()});
    const bool local = selectors(view, "local_ts", child.local_selectors);
    const bool remote = selectors(view, "remote_ts", child.remote_selectors);  // every bad value of the child is told
    check_proposals(view);
    if (!known_mode || !local || !remote) return;
    narrow_to_pools(connection, child.remote_selectors);
    policies_.add(child);
  }

  void check_proposals(const SwanctlView& child) {
    for (const std::string_view key : {"esp_proposals", "ah_proposals"}) {
      const std::string unknown = unknown_part(child.value(key));
      if (unknown.empty()) continue;
      const SwanctlSetting& setting = *child.find(key);
      error_at(document_, setting.origin, fmt::format("'{}' in {} is no transform that strongSwan knows", unknown.substr(0, 40), key),
               "give proposals like aes128-sha256-modp3072 or aes256gcm16-ecp256", setting.column);
    }
  }

  void check_end(const SwanctlView& connection, std::string_view key) {
    if (is_misspelt_address(connection.value(key))) bad_value(connection, key, "give an address, a name, or %any");
  }

  bool set_mode(const SwanctlView& view, IkeChild& child) {
    const std::string mode = lower(view.value("mode"));
    if (mode == "transport" || mode == "transport_proxy") {
      child.mode = ipsec::Mode::kTransport;
    } else if (mode == "beet") {
      child.mode = ipsec::Mode::kBeet;
    } else if (mode == "iptfs") {
      child.mode = ipsec::Mode::kIptfs;
    } else if (mode == "pass" || mode == "drop") {
      child.action = mode == "pass" ? ipsec::Action::kBypass : ipsec::Action::kDiscard;
      child.rank = mode == "pass" ? Rank::kFirst : Rank::kLast;
    } else if (!mode.empty() && mode != "tunnel") {
      bad_value(view, "mode", "use tunnel, transport, beet, iptfs, pass or drop");
      return false;
    }
    return true;
  }

  void bad_value(const SwanctlView& view, std::string_view key, std::string advice) {
    const SwanctlSetting& setting = *view.find(key);
    error_at(document_, setting.origin, fmt::format("'{}' is no value for {}", view.value(key).substr(0, 80), key), std::move(advice),
             setting.column);
  }

  static bool marked(const SwanctlView& view) {
    for (const std::string_view key : {"mark_in", "mark_out", "if_id_in", "if_id_out"}) {
      const std::string_view value = view.value(key);
      if (!value.empty() && value != "0" && value != "0/0" && value != "0/0x00000000") return true;
    }
    return false;
  }

  static bool is_dynamic(std::string_view selectors) { return selectors.empty() || lower(selectors).starts_with("dynamic"); }

  static bool virtual_address(const SwanctlView& connection, const SwanctlView& child) {
    return !connection.value("vips").empty() && is_dynamic(child.value("local_ts"));
  }

  bool selectors(const SwanctlView& view, std::string_view key, std::vector<TrafficSelector>& selectors) {
    for (const std::string_view word : split(view.value(key), ",")) {
      if (read_traffic_selector(word, selectors)) continue;
      bad_value(view, key, "give subnets like 10.1.0.0/16[tcp/80], or dynamic");
      return false;
    }
    return true;
  }

  // A peer that gets its address from a pool sends from there, whatever its outer address is.
  void narrow_to_pools(const SwanctlView& connection, std::vector<TrafficSelector>& selectors) {
    std::vector<TrafficSelector> pools;
    for (const std::string_view name : split(connection.value("pools"), ", "))
      read_traffic_selector(root_.below("pools").below(name).value("addrs"), pools);
    if (pools.empty()) return;
    if (selectors.empty()) selectors.emplace_back();
    std::vector<TrafficSelector> narrowed;
    for (const TrafficSelector& selector : selectors) {
      if (!selector.dynamic()) narrowed.push_back(selector);
      for (const TrafficSelector& pool : pools) {
        if (selector.dynamic()) narrowed.push_back({pool.prefix, selector.layer});
      }
    }
    selectors = std::move(narrowed);
  }

  void lint(const std::string& name, const SwanctlView& connection) {
    const ConnectionName spoken{"connection", name, connection.origin()};
    if (connection.value("version") == "1") lint_version_1(document_, spoken);
    if (yes(connection.value("aggressive")) && uses_secret(connection)) lint_aggressive(document_, spoken);
    lint_proposal(document_, spoken, connection.value("proposals"), ProposalUse::kIke);
  }

  static bool uses_secret(const SwanctlView& connection) {
    const std::vector<std::string> names = connection.names();
    return std::ranges::any_of(names, [&](const std::string& name) {
      return (name.starts_with("local") || name.starts_with("remote")) && connection.below(name).value("auth").starts_with("psk");
    });
  }

  void lint_child(const std::string& name, const SwanctlView& child) {
    const ConnectionName spoken{"child", name, child.origin()};
    lint_proposal(document_, spoken, child.value("esp_proposals"), ProposalUse::kEsp);
    lint_proposal(document_, spoken, child.value("ah_proposals"), ProposalUse::kAh);
    const std::string_view offered = child.find("esp_proposals") != nullptr ? child.value("esp_proposals") : child.value("ah_proposals");
    if (!offered.empty() && offered != "default" && !has_key_exchange(offered)) lint_no_pfs(document_, spoken);
  }

  Document& document_;
  const SwanctlView& root_;
  IkePolicies policies_;
  std::size_t children_ = 0;
};

// Only secrets that one guess after the other can be tried against: of IKE, and post-quantum ones.
void check_secrets(Document& document, const SwanctlView& root) {
  const SwanctlView secrets = root.below("secrets");
  SecretCheck check(document);
  for (const std::string& name : secrets.names()) {
    if (!name.starts_with("ike") && !name.starts_with("ppk")) continue;
    const SwanctlView section = secrets.below(name);
    if (const SwanctlSetting* secret = section.find("secret")) check.add(section.value("secret"), name, secret->origin);
  }
}

}  // namespace

void read_swanctl(Document& document) {
  const SwanctlSection tree = read_swanctl_tree(document);
  const SwanctlView root(tree, tree);
  ConnectionsReader(document, root).read();
  check_secrets(document, root);
  document.configuration.has_ike = document.configuration.has_ike || !root.below("connections").empty();
}

}  // namespace espy::config
