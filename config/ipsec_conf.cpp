// Reads ipsec.conf: what each conn protects, and what is weak in it.
#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>

#include "config/document.h"
#include "config/ike_policies.h"
#include "config/ipsec_conf_conns.h"
#include "config/ipsec_conf_lint.h"
#include "config/words.h"

namespace espy::config {
namespace {

struct Sides {
  std::string_view end, subnet, protoport, pool, source;  // parameter names
};
constexpr Sides kLeft{"left", "leftsubnet", "leftprotoport", "leftaddresspool", "leftsourceip"};
constexpr Sides kRight{"right", "rightsubnet", "rightprotoport", "rightaddresspool", "rightsourceip"};

bool yes(std::string_view value) { return value == "yes" || value == "true" || value == "1" || value == "on" || value == "force"; }
bool no(std::string_view value) { return value == "no" || value == "never" || value == "false" || value == "0" || value == "off"; }

// Which files of the folder `policies` stand for which action.
struct PolicyGroup {
  std::string_view name;
  ipsec::Action action;
  ipsec::PolicyLevel level;
};
constexpr std::array kPolicyGroups = std::to_array<PolicyGroup>({
    {"clear", ipsec::Action::kBypass, ipsec::PolicyLevel::kUse},
    {"clear-or-private", ipsec::Action::kProtect, ipsec::PolicyLevel::kUse},
    {"private-or-clear", ipsec::Action::kProtect, ipsec::PolicyLevel::kUse},
    {"private", ipsec::Action::kProtect, ipsec::PolicyLevel::kRequire},
    {"block", ipsec::Action::kDiscard, ipsec::PolicyLevel::kRequire},
});

bool is_group(std::string_view end) { return end == "%group" || end == "%opportunisticgroup"; }

class ConnReader {
 public:
  ConnReader(Document& document, IkePolicies& policies, IpsecConfDialect dialect)
      : document_(document), files_(document), policies_(policies), dialect_(dialect) {}

  void read(const IpsecConn& conn) {
    if (!wanted(conn)) return;
    const ConnectionName name{"conn", conn.name, conn.origin};
    IkeChild child{.name = conn.name, .origin = conn.origin};
    check_end(conn, kLeft);
    check_end(conn, kRight);
    child.local = end(conn, kLeft);
    child.remote = end(conn, kRight);
    const bool known_kind = set_kind(conn, child);
    if (child.action == ipsec::Action::kProtect) lint(conn, name);
    if (is_group(conn.value("right")) || is_group(conn.value("left"))) return read_group(conn, child);
    if (virtual_address(conn)) return lint_virtual_address(document_, name);
    const bool left = selectors(conn, kLeft, child.local_selectors);
    const bool right = selectors(conn, kRight, child.remote_selectors);  // every bad value of the conn is told
    if (known_kind && left && right) policies_.add(child);
  }

 private:
  // A conn without auto= that others build upon, or without ends, is a template and not a connection.
  static bool wanted(const IpsecConn& conn) {
    if (conn.value("auto") == "ignore") return false;
    if (conn.has("auto")) return true;
    return !conn.is_base && (conn.has("left") || conn.has("right"));
  }

  void bad_value(const IpsecConn& conn, std::string_view key, std::string advice) {
    const IpsecConfParameter& parameter = conn.parameters.find(key)->second;
    error_at(document_, parameter.origin, fmt::format("'{}' is no value for {}", conn.value(key), key), std::move(advice),
             parameter.column);
  }

  void check_end(const IpsecConn& conn, const Sides& side) {
    if (is_misspelt_address(conn.value(side.end))) bad_value(conn, side.end, "give an address, a name, or %any");
  }

  static IkeEnd end(const IpsecConn& conn, const Sides& side) { return make_end(conn.value(side.end)); }

  bool set_kind(const IpsecConn& conn, IkeChild& child) {
    const std::string type = lower(conn.value("type"));
    if (type == "transport" || type == "transport_proxy") {
      child.mode = ipsec::Mode::kTransport;
    } else if (type == "passthrough" || type == "pass") {
      child.action = ipsec::Action::kBypass;
      child.rank = dialect_ == IpsecConfDialect::kStrongswan ? Rank::kFirst : Rank::kByWidth;
    } else if (type == "drop" || type == "reject") {
      child.action = ipsec::Action::kDiscard;
      child.rank = dialect_ == IpsecConfDialect::kStrongswan ? Rank::kLast : Rank::kByWidth;
    } else if (type == "beet") {
      child.mode = ipsec::Mode::kBeet;
    } else if (!type.empty() && type != "tunnel") {
      bad_value(conn, "type", "use tunnel, transport, passthrough, drop or reject");
      return false;
    } else if (yes(conn.value("iptfs"))) {
      child.mode = ipsec::Mode::kIptfs;
    }
    set_details(conn, child);
    return true;
  }

  static void set_details(const IpsecConn& conn, IkeChild& child) {
    const bool ah = conn.value("phase2") == "ah" || (conn.has("ah") && !conn.has("esp"));
    if (ah) child.protocol = ipsec::Protocol::kAh;
    for (const std::string_view key : {"failureshunt", "negotiationshunt"}) {
      if (conn.value(key).starts_with("pass")) child.level = ipsec::PolicyLevel::kUse;
    }
    for (const std::string_view key : {"mark", "mark_in", "mark_out", "mark-in", "mark-out", "if_id_in", "if_id_out", "vti-interface"}) {
      if (conn.has(key) && !no(conn.value(key))) child.marked = true;
    }
    if (conn.has("ipsec-interface") && lower(conn.value("ipsec-interface")) != "no") child.marked = true;
  }

  // An address that one side takes from the other stands nowhere in the file.
  static bool virtual_address(const IpsecConn& conn) {
    for (const auto& [source, subnet, client] : {std::array<std::string_view, 3>{"leftsourceip", "leftsubnet", "leftmodecfgclient"},
                                                 {"rightsourceip", "rightsubnet", "rightmodecfgclient"}}) {
      if (conn.has(subnet)) continue;
      if (conn.value(source).starts_with("%config") || conn.value(source).starts_with("%modeconfig") || yes(conn.value(client)))
        return true;
    }
    return false;
  }

  bool selectors(const IpsecConn& conn, const Sides& side, std::vector<TrafficSelector>& selectors) {
    const std::string plural = fmt::format("{}s", side.subnet);
    const std::string key = conn.has(side.subnet) ? std::string(side.subnet) : conn.has(plural) ? plural : pool_key(conn, side);
    for (const std::string_view word : split(conn.value(key), key == plural ? ", \t{}" : ",{}")) {
      if (!selector(word, selectors)) {
        bad_value(conn, key, "give subnets like 10.1.0.0/16");
        return false;
      }
    }
    return narrow(conn, side, selectors);
  }

  // A pool of addresses that the other side is given narrows the selector as a subnet would.
  static std::string pool_key(const IpsecConn& conn, const Sides& side) {
    if (conn.has(side.pool)) return std::string(side.pool);
    const std::string_view source = conn.value(side.source);
    const bool pool = source.find('/') != std::string_view::npos || base::read_address(source).has_value();
    return pool ? std::string(side.source) : std::string();
  }

  static bool selector(std::string_view word, std::vector<TrafficSelector>& selectors) {
    if (word.starts_with("vhost:") || word.starts_with("vnet:")) {
      selectors.emplace_back();
      return true;
    }
    return read_traffic_selector(word, selectors);
  }

  bool narrow(const IpsecConn& conn, const Sides& side, std::vector<TrafficSelector>& selectors) {
    if (!conn.has(side.protoport)) return true;
    auto layer = read_upper_layer(conn.value(side.protoport));
    if (!layer) {
      bad_value(conn, side.protoport, "give it as tcp/23, udp/%any or 47");
      return false;
    }
    if (!is_icmp(layer->protocol) && layer->port == ipsec::PortRange{0, 0}) layer->port = {};
    if (selectors.empty()) selectors.emplace_back();
    for (TrafficSelector& selector : selectors) selector.layer = *layer;
    return true;
  }

  void read_group(const IpsecConn& conn, IkeChild child) {
    const auto* const group = std::ranges::find(kPolicyGroups, conn.name, &PolicyGroup::name);
    if (group != kPolicyGroups.end()) {
      child.action = group->action;
      child.level = group->level;
    }
    child.mode = ipsec::Mode::kAny;
    child.any_ends = true;
    child.rank = Rank::kLast;
    if (is_group(conn.value("left"))) std::swap(child.local, child.remote);
    WipedText text;
    for (const std::string_view folder : {"policies", "ipsec.d/policies"}) {
      const std::string name = beside(fmt::format("{}/{}", folder, conn.name), conn.origin.file);
      if (!conn.name.contains('/') && files_.read_optional(name, text)) return read_group_lines(name, text.view(), child);
    }
    document_.findings.push_back({"config.include-missing",
                                  fmt::format("conn {} at {} needs the policy group file policies/{}, which could not be read", conn.name,
                                              to_string(conn.origin), conn.name),
                                  conn.origin});
  }

  void read_group_lines(const std::string& name, std::string_view text, IkeChild child) {
    std::uint32_t number = 0;
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      const std::string_view line = text.substr(0, end);
      text.remove_prefix(std::min(end + 1, text.size()));
      child.origin = {name, ++number};
      read_group_line(trim(line.substr(0, line.find('#'))), child);
    }
  }

  // A network; behind it perhaps protocol, source port and destination port.
  void read_group_line(std::string_view line, IkeChild& child) {
    const std::vector<std::string_view> words = split(line, kBlanks);
    if (words.empty()) return;
    child.remote_selectors.clear();
    child.local_selectors.assign(1, {});
    bool good = read_traffic_selector(words[0], child.remote_selectors);
    const auto protocol = words.size() > 1 ? read_protocol(words[1]) : std::optional<std::uint8_t>{0};
    const auto source = words.size() > 2 ? read_ports(words[2]) : ipsec::PortRange{};
    const auto destination = words.size() > 3 ? read_ports(words[3]) : ipsec::PortRange{};
    if (!good || !protocol || !source || !destination) {
      error_at(document_, child.origin, fmt::format("'{}' is no line of a policy group", line.substr(0, 60)),
               "give a network like 10.0.0.0/8");
      return;
    }
    const auto any_if_zero = [](ipsec::PortRange range) { return range.last == 0 ? ipsec::PortRange{} : range; };
    child.local_selectors[0].layer = {*protocol, any_if_zero(*source), {}};
    for (TrafficSelector& selector : child.remote_selectors) selector.layer = {*protocol, any_if_zero(*destination), {}};
    policies_.add(child);
  }

  void lint(const IpsecConn& conn, const ConnectionName& name) {
    const bool version_1 = no(conn.value("ikev2")) || conn.value("keyexchange") == "ikev1";
    const bool secret = conn.value("authby").find("secret") != std::string_view::npos || conn.value("authby") == "psk" ||
                        conn.value("leftauth") == "psk" || conn.value("rightauth") == "psk";
    if (version_1) lint_version_1(document_, name);
    if (secret && (yes(conn.value("aggressive")) || yes(conn.value("aggrmode")))) lint_aggressive(document_, name);
    for (const std::string_view key : {"esp", "phase2alg"}) {
      lint_proposal(document_, name, conn.value(key), conn.value("phase2") == "ah" ? ProposalUse::kAh : ProposalUse::kEsp);
    }
    lint_proposal(document_, name, conn.value("ah"), ProposalUse::kAh);
    lint_proposal(document_, name, conn.value("ike"), ProposalUse::kIke);
    const bool strongswan = dialect_ == IpsecConfDialect::kStrongswan;
    const std::string_view offered = conn.has("esp") ? conn.value("esp") : conn.value("ah");
    if (strongswan ? !offered.empty() && !has_key_exchange(offered) : no(conn.value("pfs"))) lint_no_pfs(document_, name);
  }

  Document& document_;
  IncludedFiles files_;
  IkePolicies& policies_;
  IpsecConfDialect dialect_;
};

}  // namespace

void read_ipsec_conf(Document& document) {
  const std::vector<IpsecConfSection> sections = read_ipsec_conf_sections(document);
  const IpsecConfDialect dialect = find_dialect(sections);
  IkePolicies policies(document);
  ConnReader reader(document, policies, dialect);
  for (const IpsecConn& conn : resolve_conns(document, sections, dialect)) reader.read(conn);
  policies.finish();
  document.configuration.has_ike = true;
}

}  // namespace espy::config
