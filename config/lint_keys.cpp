// What is weak in keys, and in the relation of one SA to the others.
#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "config/lint_parts.h"
#include "config/secret_strength.h"

namespace espy::config {
namespace {

using ipsec::Association;

void add_weak_key(const Association& association, std::string_view kind, const ipsec::Key& key, std::vector<LintFinding>& findings) {
  const auto why = association.key_from_text ? std::nullopt : key_weakness(key.secret());
  if (!why) return;
  findings.push_back(
      {"config.low-entropy-key", fmt::format("{} has an {} key that {}", describe(association), kind, *why), association.origin});
}

// One use of a key. Sorted by key, equal keys stand side by side.
struct KeyUse {
  base::Bytes key;
  const Association* association;
};

bool same_identity(const Association& left, const Association& right) {
  return left.protocol == right.protocol && left.spi == right.spi && left.destination == right.destination;
}

std::vector<KeyUse> key_uses(const ipsec::Configuration& configuration) {
  std::vector<KeyUse> uses;
  for (const Association& association : configuration.associations) {
    if (!association.encryption_key.empty()) uses.push_back({association.encryption_key.secret(), &association});
    if (!association.integrity_key.empty()) uses.push_back({association.integrity_key.secret(), &association});
  }
  std::ranges::sort(uses, [](const KeyUse& left, const KeyUse& right) {
    const auto order = std::lexicographical_compare_three_way(left.key.begin(), left.key.end(), right.key.begin(), right.key.end());
    return order == 0 ? left.association < right.association : order < 0;  // all point into one vector
  });
  return uses;
}

void add_same_keys(const ipsec::Configuration& configuration, std::vector<LintFinding>& findings) {
  const std::vector<KeyUse> uses = key_uses(configuration);
  std::set<std::pair<const Association*, const Association*>> told;
  for (std::size_t index = 1; index < uses.size(); ++index) {
    const Association& first = *uses[index - 1].association;
    const Association& second = *uses[index].association;
    if (!std::ranges::equal(uses[index - 1].key, uses[index].key)) continue;
    if (&first != &second && same_identity(first, second)) continue;
    if (!told.insert({&first, &second}).second) continue;
    findings.push_back({"config.same-key",
                        &first == &second ? fmt::format("{} uses one key for encryption and integrity", describe(second))
                                          : fmt::format("{} has a key that {} has too", describe(second), describe(first)),
                        second.origin});
  }
}

// What a look-up of an SA starts from (VERDICT.md V13).
using Identity = std::tuple<ipsec::Protocol, base::Spi, base::Prefix>;

bool same_keys(const Association& left, const Association& right) {
  return left.encryption == right.encryption && left.encryption_key == right.encryption_key && left.integrity == right.integrity &&
         left.integrity_key == right.integrity_key && left.source == right.source;
}

void add_duplicates(const ipsec::Configuration& configuration, std::vector<LintFinding>& findings) {
  std::map<Identity, const Association*> known;
  for (const Association& association : configuration.associations) {
    if (!association.spi || association.keys_hidden) continue;
    const auto [slot, added] = known.try_emplace(Identity{association.protocol, *association.spi, association.destination}, &association);
    if (added || slot->second->keys_hidden || same_keys(*slot->second, association)) continue;
    findings.push_back({"config.duplicate-sa",
                        fmt::format("{} at {} has the protocol, SPI and destination of the SA at {}", describe(association),
                                    to_string(association.origin), to_string(slot->second->origin)),
                        association.origin});
  }
}

using Path = std::tuple<ipsec::Protocol, base::Prefix, base::Prefix>;

void add_one_direction(const ipsec::Configuration& configuration, std::vector<LintFinding>& findings) {
  std::set<Path> paths, told;
  for (const Association& association : configuration.associations)
    paths.insert({association.protocol, association.source, association.destination});
  for (const Association& association : configuration.associations) {
    const Path path{association.protocol, association.source, association.destination};
    const bool judged =
        association.spi && association.source.is_host() && association.destination.is_host() && association.source.address.known();
    if (!judged || paths.contains({association.protocol, association.destination, association.source}) || !told.insert(path).second)
      continue;
    findings.push_back(
        {"config.one-direction", fmt::format("{} has no SA in the other direction", describe(association)), association.origin});
  }
}

}  // namespace

void lint_keys(const ipsec::Configuration& configuration, std::vector<LintFinding>& findings) {
  for (const Association& association : configuration.associations) {
    add_weak_key(association, "encryption", association.encryption_key, findings);
    add_weak_key(association, "integrity", association.integrity_key, findings);
  }
  add_same_keys(configuration, findings);
}

void lint_pairs(const ipsec::Configuration& configuration, std::vector<LintFinding>& findings) {
  add_duplicates(configuration, findings);
  add_one_direction(configuration, findings);
}

}  // namespace espy::config
