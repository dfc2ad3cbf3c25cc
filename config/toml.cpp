// Reads espy's own TOML (docs/configuration.md): SAs, and policies in the order of the file.
#include <algorithm>
#include <map>
#include <variant>

#include <fmt/format.h>

#include "config/document.h"
#include "config/protect_policies.h"
#include "config/toml_association.h"
#include "config/toml_choices.h"
#include "config/toml_hosts.h"
#include "config/toml_policy.h"

namespace espy::config {
namespace {

constexpr std::int64_t kLargest32 = 0xffffffff;

class TomlReader {
 public:
  explicit TomlReader(Document& document) : document_(document), associations_(document, hosts_) {}

  void read(const TomlNode& root) {
    TomlEntry entry(document_, root, "the file");
    if (entry.has("hosts")) read_hosts_table(root);
    each(root, entry, "sa", [this](TomlEntry& sa, const TomlNode&) { associations_.read(sa); });
    each(root, entry, "protect", [this](TomlEntry& policy, const TomlNode&) { read_policy(policy, ipsec::Action::kProtect); });
    each(root, entry, "bypass", [this](TomlEntry& policy, const TomlNode&) { read_policy(policy, ipsec::Action::kBypass); });
    each(root, entry, "discard", [this](TomlEntry& policy, const TomlNode&) { read_policy(policy, ipsec::Action::kDiscard); });
    each(root, entry, "policy", [this](TomlEntry& policy, const TomlNode& node) { read_one_way(policy, node); });
    if (entry.has("ports")) read_ports_table(root);
    if (entry.has("capture")) read_capture_table(root);
    if (entry.has("limits")) read_limits_table(root);
    read_redaction(root, entry);
    document_.configuration.has_ike = entry.flag("ike_daemon").value_or(false);
    document_.configuration.ignored.larval = static_cast<std::uint64_t>(entry.number("larval", 0, kLargest32).value_or(0));
    entry.refuse_unknown();
    add_spds();
  }

 private:
  template <class Read>
  void each(const TomlNode& root, TomlEntry& entry, std::string_view key, Read read) {
    const auto found = root.table.find(key);
    if (!entry.has(key)) return;
    const std::string what = fmt::format("[[{}]]", key);
    const bool tables = std::ranges::all_of(found->second.list, [](const TomlNode& node) { return node.kind == TomlNode::Kind::kTable; });
    if (found->second.kind != TomlNode::Kind::kList || !tables) {
      return entry.error(key, fmt::format("{} is not a list of tables", key), fmt::format("write it as {}", what));
    }
    for (const TomlNode& node : found->second.list) {
      TomlEntry below(document_, node, what);
      read(below, node);
      below.refuse_unknown();
    }
  }

  void read_redaction(const TomlNode& root, TomlEntry& entry) {
    if (!entry.flag("redact-payload").value_or(false)) return;
    document_.configuration.redact_payload = document_.origin(root.table.find("redact-payload")->second.place.line);
  }

  const TomlNode* table(const TomlNode& root, std::string_view key) {
    const auto found = root.table.find(key);
    if (found != root.table.end() && found->second.kind == TomlNode::Kind::kTable) return &found->second;
    TomlEntry(document_, root, "the file").error(key, fmt::format("{} is not a table", key), fmt::format("write it as [{}]", key));
    return nullptr;
  }

  void read_hosts_table(const TomlNode& root) {
    const TomlNode* names = table(root, "hosts");
    if (names != nullptr) hosts_.read(document_, *names);
  }

  void read_ports_table(const TomlNode& root) {
    const TomlNode* ports = table(root, "ports");
    if (ports == nullptr) return;
    TomlEntry entry(document_, *ports, "[ports]");
    read_port_list(entry, "encapsulation", document_.configuration.encapsulation_ports);
    read_port_list(entry, "ike", document_.configuration.ike_ports);
    entry.refuse_unknown();
  }

  static void read_port_list(TomlEntry& entry, std::string_view key, std::vector<std::uint16_t>& ports) {
    for (const std::int64_t port : entry.numbers(key, 1, 0xffff)) ports.push_back(static_cast<std::uint16_t>(port));
  }

  void read_capture_table(const TomlNode& root) {
    const TomlNode* capture = table(root, "capture");
    if (capture == nullptr) return;
    TomlEntry entry(document_, *capture, "[capture]");
    document_.configuration.clear_interfaces = entry.texts("clear_interfaces");
    entry.refuse_unknown();
  }

  void read_limits_table(const TomlNode& root) {
    const TomlNode* limits = table(root, "limits");
    if (limits == nullptr) return;
    TomlEntry entry(document_, *limits, "[limits]");
    for (const base::LimitFacts& known : base::kLimitFacts) {
      const auto value = entry.number(known.key, static_cast<std::int64_t>(known.least), static_cast<std::int64_t>(known.largest));
      if (!value) continue;
      const ipsec::Origin origin = document_.origin(limits->table.find(known.key)->second.place.line);
      document_.configuration.limits.push_back({known.key, static_cast<std::size_t>(*value), origin});
    }
    entry.refuse_unknown();
  }

  void read_policy(TomlEntry& entry, ipsec::Action action) {
    const std::size_t errors = document_.errors.size();
    ProtectTerms terms{.name = entry.text("name").value_or(""),
                       .action = action,
                       .from = {},
                       .to = {},
                       .services = {},
                       .require = {},
                       .via = {},
                       .origin = entry.origin()};
    const auto from = hosts_.side(entry, "from");
    const auto to = hosts_.side(entry, "to");
    for (const std::string& word : entry.texts("ports"))
      take(entry, "ports", read_service(word), [&](const UpperLayer& layer) { terms.services.push_back(layer); });
    if (action == ipsec::Action::kProtect) read_protection(entry, terms);
    if (!from || !to || document_.errors.size() != errors) return;
    terms.from = *from;
    terms.to = *to;
    if (take(entry, "from", check_sides(*from, *to), [](bool) {})) terms_.emplace(entry.origin().line, std::move(terms));
  }

  void read_protection(TomlEntry& entry, ProtectTerms& terms) {
    terms.mode = kModes.read(entry, "mode", ipsec::Mode::kAny);
    terms.level = kLevels.read(entry, "level", ipsec::PolicyLevel::kRequire);
    take(entry, "require", read_require(entry.text("require").value_or("esp")), [&](const auto& headers) { terms.require = headers; });
    if (!entry.has("via")) return;
    std::vector<std::string> gateways = entry.texts("via");
    if (gateways.size() != 2)
      return entry.error("via", "via does not name two gateways", "write via = [\"GATEWAY OF from\", \"GATEWAY OF to\"]");
    for (std::string& gateway : gateways) {
      if (const base::Address* const host = hosts_.find(gateway)) gateway = to_string(*host);
    }
    take(entry, "via", read_via(gateways[0], gateways[1]), [&](const TunnelPath& path) { terms.via = path; });
    if (terms.mode == ipsec::Mode::kTransport) entry.error("mode", "via says tunnel, mode says transport", "remove one");
  }

  template <class T, class Use>
  bool take(TomlEntry& entry, std::string_view key, const base::Result<T>& result, Use use) {
    if (result) {
      use(*result);
    } else {
      entry.error(key, result.error().message, result.error().advice);
    }
    return result.has_value();
  }

  void read_one_way(TomlEntry& entry, const TomlNode& node) {
    const std::size_t errors = document_.errors.size();
    auto policy = read_toml_policy(entry, node);
    if (policy && document_.errors.size() == errors) terms_.emplace(policy->policy.origin.line, std::move(*policy));
  }

  ipsec::Spd& spd_of(const std::string& host) {
    std::vector<ipsec::Spd>& spds = document_.configuration.spds;
    const std::string& name = host.empty() ? document_.name : host;
    const auto [found, added] = spd_index_.try_emplace(name, spds.size());
    if (added) spds.push_back({.name = name, .command_line = false, .policies = {}});
    return spds[found->second];
  }

  void add(const ProtectTerms& terms) { add_policies(terms, spd_of("").policies); }

  void add(const TomlPolicy& one_way) {
    ipsec::Spd& spd = spd_of(one_way.host);
    spd.policies.push_back(one_way.policy);
    spd.policies.back().age = static_cast<std::uint32_t>(spd.policies.size() - 1);
  }

  // Arrays of tables of different names lose their order; the lines give it back.
  void add_spds() {
    for (const auto& [line, terms] : terms_) std::visit([this](const auto& each) { add(each); }, terms);
  }

  Document& document_;
  TomlHosts hosts_;
  TomlAssociations associations_;
  std::multimap<std::uint32_t, std::variant<ProtectTerms, TomlPolicy>> terms_;  // by line
  std::map<std::string, std::size_t> spd_index_;
};

}  // namespace

void read_toml(Document& document) {
  auto root = parse_toml(document.text);
  if (!root) {
    const base::Error& error = root.error();
    return document.error(error.line, error.column, error.message, error.advice);
  }
  TomlReader(document).read(*root);
  wipe(*root);
}

}  // namespace espy::config
