// Reads espy's own TOML (docs/configuration.md): SAs, and policies in the order of the file.
#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <variant>

#include <fmt/format.h>

#include "config/algorithm_names.h"
#include "config/document.h"
#include "config/included_files.h"
#include "config/protect_policies.h"
#include "config/scanner.h"
#include "config/toml_choices.h"
#include "config/toml_policy.h"
#include "config/words.h"

namespace espy::config {
namespace {

constexpr std::int64_t kLargest32 = 0xffffffff;
using Hosts = std::map<std::string, base::Address, std::less<>>;

constexpr Choices<ipsec::Encapsulation, 3> kEncapsulations{
    {{{"none", ipsec::Encapsulation::kNone}, {"udp", ipsec::Encapsulation::kUdp}, {"tcp", ipsec::Encapsulation::kTcp}}}};

constexpr std::array kDialects = {Dialect::kSetkey, Dialect::kKernel, Dialect::kWireshark};

// espy's own name first, then what the other formats call it.
std::optional<NamedEncryption> find_encryption_name(std::string_view name) {
  for (std::uint8_t id = 0; id <= static_cast<std::uint8_t>(ipsec::Encryption::kChaCha20Poly1305Iiv); ++id) {
    if (facts(static_cast<ipsec::Encryption>(id)).name == name) return NamedEncryption{.id = static_cast<ipsec::Encryption>(id)};
  }
  for (const Dialect dialect : kDialects) {
    if (auto found = find_encryption(dialect, name)) return found;
  }
  return std::nullopt;
}

std::optional<NamedIntegrity> find_integrity_name(std::string_view name) {
  for (std::uint8_t id = 0; id <= static_cast<std::uint8_t>(ipsec::Integrity::kTcpMd5); ++id) {
    if (facts(static_cast<ipsec::Integrity>(id)).name == name) return NamedIntegrity{.id = static_cast<ipsec::Integrity>(id)};
  }
  for (const Dialect dialect : kDialects) {
    if (auto found = find_integrity(dialect, name)) return found;
  }
  return std::nullopt;
}

class TomlReader {
 public:
  explicit TomlReader(Document& document) : document_(document), files_(document) {}

  void read(const TomlNode& root) {
    TomlEntry entry(document_, root, "the file");
    if (entry.has("hosts")) read_hosts(root);
    each(root, entry, "sa", [this](TomlEntry& sa, const TomlNode&) { read_association(sa); });
    each(root, entry, "protect", [this](TomlEntry& policy, const TomlNode&) { read_policy(policy, ipsec::Action::kProtect); });
    each(root, entry, "bypass", [this](TomlEntry& policy, const TomlNode&) { read_policy(policy, ipsec::Action::kBypass); });
    each(root, entry, "discard", [this](TomlEntry& policy, const TomlNode&) { read_policy(policy, ipsec::Action::kDiscard); });
    each(root, entry, "policy", [this](TomlEntry& policy, const TomlNode& node) { read_one_way(policy, node); });
    if (entry.has("ports")) read_ports_table(root);
    if (entry.has("capture")) read_capture_table(root);
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

  const TomlNode* table(const TomlNode& root, std::string_view key) {
    const auto found = root.table.find(key);
    if (found != root.table.end() && found->second.kind == TomlNode::Kind::kTable) return &found->second;
    TomlEntry(document_, root, "the file").error(key, fmt::format("{} is not a table", key), fmt::format("write it as [{}]", key));
    return nullptr;
  }

  void read_hosts(const TomlNode& root) {
    const TomlNode* names = table(root, "hosts");
    if (names == nullptr) return;
    TomlEntry entry(document_, *names, "[hosts]");
    for (const auto& [name, node] : names->table) {
      const auto word = entry.text(name);
      const auto address = base::read_address(word.value_or(""));
      if (address) {
        hosts_.emplace(name, *address);
      } else if (word) {
        entry.error(name, address.error().message, address.error().advice);
      }
    }
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

  // An address, a prefix, or a name of [hosts].
  std::optional<base::Prefix> side(TomlEntry& entry, std::string_view key) {
    const std::string word = entry.required(key);
    if (const auto host = hosts_.find(word); host != hosts_.end()) return base::host_prefix(host->second);
    const auto prefix = base::read_prefix(word);
    if (prefix) return *prefix;
    if (!word.empty()) entry.error(key, prefix.error().message, "give an address, a prefix, or a name of [hosts]");
    return std::nullopt;
  }

  // The same, or `any`: an SA may leave its ends open, as Wireshark's do.
  std::optional<base::Prefix> open_side(TomlEntry& entry, std::string_view key) {
    return entry.text(key) == "any" ? base::Prefix{} : side(entry, key);
  }

  void read_association(TomlEntry& entry) {
    ipsec::Association association;
    const std::size_t errors = document_.errors.size();
    const auto source = open_side(entry, "source");
    const auto destination = open_side(entry, "destination");
    association.protocol = kProtocols.read(entry, "protocol", ipsec::Protocol::kEsp);
    association.mode = kModes.read(entry, "mode", ipsec::Mode::kAny);
    association.origin = entry.origin();
    read_spi(entry, association);
    read_numbers(entry, association);
    read_rare_traits(entry, association);
    const bool good = read_encryption(entry, association) && read_integrity(entry, association);
    if (!good || !source || !destination || document_.errors.size() != errors) return;
    association.source = *source;
    association.destination = *destination;
    const std::string place = fmt::format("{}", entry.what());
    if (check_key_sizes(document_, {place, association.origin.line, 1}, association))
      document_.configuration.associations.push_back(std::move(association));
  }

  static void read_spi(TomlEntry& entry, ipsec::Association& association) {
    if (!entry.has("spi")) return entry.error("spi", "[[sa]] has no spi", "add spi = 0x…");
    association.spi_mask = static_cast<std::uint32_t>(entry.number("spi_mask", 0, kLargest32).value_or(kLargest32));
    if (entry.is_text("spi") && entry.text("spi") == "any") return;
    if (const auto spi = entry.number("spi", 0, kLargest32)) association.spi = base::Spi{static_cast<std::uint32_t>(*spi)};
  }

  static void read_rare_traits(TomlEntry& entry, ipsec::Association& association) {
    association.old_header = entry.flag("old_header").value_or(false);
    association.keys_hidden = entry.flag("keys_hidden").value_or(false);
    association.key_from_text = entry.flag("key_from_text").value_or(false);
    association.tfc_padding = static_cast<std::uint32_t>(entry.number("tfc_padding", 0, kLargest32).value_or(0));
    association.align4 = entry.flag("align4").value_or(false);
    const std::string marked = entry.text("marked").value_or("0");
    const auto mark = read_number(marked, ~std::uint64_t{0});
    if (!mark) entry.error("marked", fmt::format("{} is no mark", quoted(marked)), "give a number in quotes, like \"0x10\"");
    association.marked = mark.value_or(0);
  }

  static void read_numbers(TomlEntry& entry, ipsec::Association& association) {
    association.icv_bits = static_cast<std::uint16_t>(entry.number("icv_bits", 0, 512).value_or(0));
    association.replay_window = static_cast<std::uint32_t>(entry.number("replay_window", 0, kLargest32).value_or(0));
    association.reqid = static_cast<std::uint32_t>(entry.number("reqid", 0, kLargest32).value_or(0));
    association.esn = entry.flag("esn").value_or(false);
    if (const auto high = entry.number("esn_high", 0, kLargest32)) association.esn_high = static_cast<std::uint32_t>(*high);
    association.encapsulation = kEncapsulations.read(entry, "encapsulation", ipsec::Encapsulation::kNone);
    association.encapsulation_source_port = static_cast<std::uint16_t>(entry.number("source_port", 0, 0xffff).value_or(0));
    association.encapsulation_destination_port = static_cast<std::uint16_t>(entry.number("destination_port", 0, 0xffff).value_or(0));
  }

  bool read_encryption(TomlEntry& entry, ipsec::Association& association) {
    const auto word = entry.text("encryption");
    association.encryption = association.protocol == ipsec::Protocol::kEsp ? ipsec::Encryption::kUnknown : ipsec::Encryption::kNone;
    association.encryption_name = entry.text("encryption_name").value_or("");
    const bool key = read_key(entry, "encryption", association.encryption_key);
    if (!word) return key;
    const auto found = find_encryption_name(lower(*word));
    if (!found) {
      entry.error("encryption", fmt::format("'{}' is no cipher that espy knows", word->substr(0, 40)),
                  suggestion(*word, encryption_names(Dialect::kSetkey)));
      return false;
    }
    association.encryption = found->id;
    if (association.encryption_name.empty()) association.encryption_name = *word;
    if (entry.has("icv_bits")) return key;
    association.icv_bits = found->icv_bits;
    if (association.icv_bits == 0 && facts(found->id).aead) association.icv_bits = 128;
    return key;
  }

  bool read_integrity(TomlEntry& entry, ipsec::Association& association) {
    const auto word = entry.text("integrity");
    association.integrity_name = entry.text("integrity_name").value_or("");
    const bool key = read_key(entry, "integrity", association.integrity_key);
    if (!word) return key;
    const auto found = find_integrity_name(lower(*word));
    if (!found) {
      entry.error("integrity", fmt::format("'{}' is no integrity algorithm that espy knows", word->substr(0, 40)),
                  suggestion(*word, integrity_names(Dialect::kSetkey)));
      return false;
    }
    association.integrity = found->id;
    if (association.integrity_name.empty()) association.integrity_name = *word;
    if (association.icv_bits == 0 && !entry.has("icv_bits")) association.icv_bits = found->icv_bits;
    return key;
  }

  // KIND_key with hexadecimal digits, or KIND_key_file with the name of a file that holds them.
  bool read_key(TomlEntry& entry, std::string_view kind, ipsec::Key& key) {
    const std::string in_place = fmt::format("{}_key", kind), in_file = fmt::format("{}_key_file", kind);
    const auto& [name, file] = names_.emplace_back(in_place, in_file);  // TomlEntry keeps views of the keys that were asked for
    WipedText text(entry.text(name).value_or(""));
    const auto path = entry.text(file);
    if (!text.view().empty() && path) {
      entry.error(file, fmt::format("{} and {} exclude each other", name, file), "remove one");
      return false;
    }
    if (path && !files_.read_optional(beside(*path, document_.name), text)) {
      entry.error(file, fmt::format("the key file '{}' cannot be read", path->substr(0, 80)),
                  "give a regular file with one key in hexadecimal digits");
      return false;
    }
    return path || !text.view().empty() ? read_digits(entry, path ? std::string_view(file) : std::string_view(name), trim(text.view()), key)
                                        : true;
  }

  static bool read_digits(TomlEntry& entry, std::string_view place, std::string_view digits, ipsec::Key& key) {
    if (starts_with_0x(digits)) digits.remove_prefix(2);
    auto read = read_hex_key(digits);
    if (!read) {
      entry.error(place, fmt::format("{}: {}", place, read.error().message), read.error().advice);
      return false;
    }
    key = std::move(*read);
    return true;
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
    const auto from = side(entry, "from");
    const auto to = side(entry, "to");
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
      if (const auto host = hosts_.find(gateway); host != hosts_.end()) gateway = to_string(host->second);
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
  IncludedFiles files_;
  Hosts hosts_;
  std::multimap<std::uint32_t, std::variant<ProtectTerms, TomlPolicy>> terms_;  // by line
  std::map<std::string, std::size_t> spd_index_;
  std::deque<std::pair<std::string, std::string>> names_;
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
