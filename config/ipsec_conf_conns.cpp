#include "config/ipsec_conf_conns.h"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

namespace espy::config {
namespace {

using Sections = std::vector<IpsecConfSection>;
using Parameters = std::map<std::string, IpsecConfParameter, std::less<>>;

constexpr std::size_t kMostVisits = 500'000;  // parameters looked at; also= and %default could multiply a hostile file
constexpr std::string_view kDefault = "%default";

constexpr std::array<std::string_view, 30> kLibreswanKeys = {
    "ikev2",
    "phase2alg",
    "phase2",
    "protostack",
    "plutodebug",
    "logfile",
    "ikev1-policy",
    "leftsubnets",
    "rightsubnets",
    "negotiationshunt",
    "failureshunt",
    "narrowing",
    "ipsec-interface",
    "leftaddresspool",
    "rightaddresspool",
    "leftrsasigkey",
    "rightrsasigkey",
    "nat_traversal",
    "virtual_private",
    "virtual-private",
    "interfaces",
    "sha2-truncbug",
    "nic-offload",
    "leftxauthserver",
    "leftmodecfgclient",
    "rightmodecfgserver",
    "klipsdebug",
    "oe",
    "aggrmode",
    "encapsulation",
};

constexpr std::array<std::string_view, 20> kStrongswanKeys = {
    "charondebug",  "leftauth",     "rightauth",     "leftauth2",      "rightauth2",  "strictcrlpolicy", "cachecrls",
    "eap_identity", "leftfirewall", "rightfirewall", "closeaction",    "charonstart", "installpolicy",   "inactivity",
    "leftgroups",   "rightdns",     "reauth",        "lefthostaccess", "rightgroups", "aggressive",
};

template <std::size_t kSize>
bool contains(const std::array<std::string_view, kSize>& keys, std::string_view key) {
  return std::ranges::find(keys, key) != keys.end();
}

bool strongswan_value(const IpsecConfParameter& parameter) {
  if (parameter.key == "keyexchange") return parameter.value == "ikev2" || parameter.value == "ikev1";
  const bool proposal = parameter.key == "ike" || parameter.key == "esp" || parameter.key == "ah";
  return proposal && parameter.value.ends_with('!');
}

// Whose word for one parameter counts when it is met twice.
enum class Winner : std::uint8_t { kFirst, kLast };

void put(Parameters& parameters, const IpsecConfParameter& parameter, Winner winner) {
  if (winner == Winner::kFirst) {
    parameters.emplace(parameter.key, parameter);
  } else {
    parameters.insert_or_assign(parameter.key, parameter);
  }
}

class Resolver {
 public:
  explicit Resolver(const Sections& sections) {
    for (const IpsecConfSection& section : sections) {
      if (section.kind != IpsecConfSection::Kind::kConn) continue;
      conns_[section.name].push_back(&section);
    }
  }

  Parameters resolve(const std::string& name, IpsecConfDialect dialect) {
    Parameters parameters = expand(name, dialect);
    if (conns_.contains(kDefault)) {
      for (const auto& [key, parameter] : expand(std::string(kDefault), dialect)) put(parameters, parameter, Winner::kFirst);
    }
    return parameters;
  }

  const auto& conns() const { return conns_; }
  bool exhausted() const { return visits_ > kMostVisits; }

 private:
  Parameters expand(const std::string& name, IpsecConfDialect dialect) {
    Parameters parameters;
    std::set<std::string, std::less<>> visited;
    visit(name, dialect, visited, parameters);
    return parameters;
  }

  void visit(const std::string& name, IpsecConfDialect dialect, std::set<std::string, std::less<>>& visited, Parameters& parameters) {
    constexpr std::size_t kDeepest = 64;
    if (visited.size() > kDeepest || exhausted() || !visited.insert(name).second) return;
    const auto found = conns_.find(name);
    if (found == conns_.end()) return;
    for (const IpsecConfSection* section : found->second) {
      visits_ += 1 + section->parameters.size();
      if (dialect == IpsecConfDialect::kStrongswan) {
        visit_inherited(*section, visited, parameters);
        put_own(*section, parameters);
      } else {
        visit_in_place(*section, visited, parameters);
      }
    }
  }

  void visit_in_place(const IpsecConfSection& section, std::set<std::string, std::less<>>& visited, Parameters& parameters) {
    for (const IpsecConfParameter& parameter : section.parameters) {
      if (parameter.key == "also") {
        visit(parameter.value, IpsecConfDialect::kLibreswan, visited, parameters);
      } else {
        put(parameters, parameter, Winner::kFirst);
      }
    }
  }

  void visit_inherited(const IpsecConfSection& section, std::set<std::string, std::less<>>& visited, Parameters& parameters) {
    for (const IpsecConfParameter& parameter : section.parameters) {
      if (parameter.key == "also") visit(parameter.value, IpsecConfDialect::kStrongswan, visited, parameters);
    }
  }

  static void put_own(const IpsecConfSection& section, Parameters& parameters) {
    for (const IpsecConfParameter& parameter : section.parameters) {
      if (parameter.key != "also") put(parameters, parameter, Winner::kLast);
    }
  }

  std::map<std::string, std::vector<const IpsecConfSection*>, std::less<>> conns_;
  std::size_t visits_ = 0;
};

bool same_values(const Parameters& left, const Parameters& right) {
  return std::ranges::equal(
      left, right, [](const auto& one, const auto& other) { return one.first == other.first && one.second.value == other.second.value; });
}

// Errors of `also` itself: names that do not exist, and circles.
void check_also(Document& document, const IpsecConfParameter& also, const IpsecConfSection& section, const Resolver& resolver) {
  if (also.value == section.name) {
    error_at(document, also.origin, fmt::format("conn {} names itself in also=", section.name), "remove the line");
  } else if (!resolver.conns().contains(also.value)) {
    error_at(document, also.origin, fmt::format("also={} names a conn that is not in the file", also.value),
             "give the file that has it, or correct the name");
  }
}

void tell_also_order(Document& document, const std::string& name, const ipsec::Origin& origin) {
  document.findings.push_back(
      {"config.also-order",
       fmt::format("conn {} at {} means different things to Libreswan and strongSwan because of also=; it is read as Libreswan does", name,
                   to_string(origin)),
       origin});
}

}  // namespace

std::string_view IpsecConn::value(std::string_view key) const {
  const auto found = parameters.find(key);
  return found == parameters.end() ? std::string_view{} : std::string_view(found->second.value);
}

IpsecConfDialect find_dialect(const Sections& sections) {
  std::size_t libreswan = 0, strongswan = 0;
  for (const IpsecConfSection& section : sections) {
    if (section.kind == IpsecConfSection::Kind::kAuthority) ++strongswan;
    for (const IpsecConfParameter& parameter : section.parameters) {
      if (contains(kLibreswanKeys, parameter.key)) ++libreswan;
      if (contains(kStrongswanKeys, parameter.key) || strongswan_value(parameter)) ++strongswan;
    }
  }
  if (libreswan == strongswan) return IpsecConfDialect::kUnknown;
  return libreswan > strongswan ? IpsecConfDialect::kLibreswan : IpsecConfDialect::kStrongswan;
}

std::vector<IpsecConn> resolve_conns(Document& document, const Sections& sections, IpsecConfDialect dialect) {
  Resolver resolver(sections);
  std::set<std::string, std::less<>> bases, done;
  for (const IpsecConfSection& section : sections) {
    if (section.kind != IpsecConfSection::Kind::kConn) continue;
    for (const IpsecConfParameter& parameter : section.parameters) {
      if (parameter.key != "also") continue;
      check_also(document, parameter, section, resolver);
      bases.insert(parameter.value);
    }
  }
  std::vector<IpsecConn> conns;
  for (const IpsecConfSection& section : sections) {
    if (section.kind != IpsecConfSection::Kind::kConn || section.name == kDefault || !done.insert(section.name).second) continue;
    Parameters parameters = resolver.resolve(section.name, dialect);
    if (dialect == IpsecConfDialect::kUnknown && !same_values(parameters, resolver.resolve(section.name, IpsecConfDialect::kStrongswan))) {
      tell_also_order(document, section.name, section.origin);
    }
    conns.push_back({section.name, section.origin, std::move(parameters), bases.contains(section.name)});
  }
  if (resolver.exhausted())
    error_at(document, {document.name, 0}, "also= and %default multiply the conns beyond what espy reads", "split the file");
  return conns;
}

}  // namespace espy::config
