// What is wrong among policies, and between policies and SAs.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "config/lint_parts.h"

namespace espy::config {
namespace {

using ipsec::Association;
using ipsec::Policy;

// Beyond these a comparison of all with all would take seconds; such tables are machine-made and are not judged.
constexpr std::size_t kMostShadowed = 3000;
constexpr std::size_t kMostComparisons = 50'000'000;

bool covers(const ipsec::PortRange& wide, const ipsec::PortRange& narrow) { return wide.first <= narrow.first && narrow.last <= wide.last; }

bool covers(const ipsec::Selector& wide, const ipsec::Selector& narrow) {
  return wide.source.contains(narrow.source) && wide.destination.contains(narrow.destination) &&
         (wide.protocol == 0 || wide.protocol == narrow.protocol) && covers(wide.source_port, narrow.source_port) &&
         covers(wide.destination_port, narrow.destination_port);
}

bool open(const Policy& policy) { return policy.source_dynamic || policy.destination_dynamic; }

bool may_shadow(const Policy& earlier, const Policy& later) {
  if (earlier.direction != later.direction || earlier.socket || later.socket || earlier.marked || later.marked) return false;
  return !open(earlier) && !open(later) && covers(earlier.selector, later.selector);
}

void add_shadowed(const ipsec::Spd& spd, std::vector<LintFinding>& findings) {
  if (spd.policies.size() > kMostShadowed) return;
  std::set<std::pair<std::string, std::uint32_t>> told;
  for (auto later = spd.policies.begin(); later != spd.policies.end(); ++later) {
    const auto earlier = std::find_if(spd.policies.begin(), later, [&](const Policy& policy) { return may_shadow(policy, *later); });
    if (earlier == later || !told.insert({later->origin.file + later->name, later->origin.line}).second) continue;
    findings.push_back({"config.shadowed-policy",
                        fmt::format("{} never matches because {} stands before it", describe(*later), describe(*earlier)), later->origin});
  }
}

void add_level_use(const ipsec::Spd& spd, std::vector<LintFinding>& findings) {
  std::set<std::pair<std::string, std::uint32_t>> told;
  for (const Policy& policy : spd.policies) {
    const bool optional =
        std::ranges::any_of(policy.templates, [](const ipsec::Template& header) { return header.level == ipsec::PolicyLevel::kUse; });
    if (policy.action != ipsec::Action::kProtect || policy.socket || !optional) continue;
    if (!told.insert({policy.origin.file + policy.name, policy.origin.line}).second) continue;
    findings.push_back(
        {"config.level-use", fmt::format("{} lets traffic go in clear when there is no SA", describe(policy)), policy.origin});
  }
}

// The ends that an SA for `header` must have: the tunnel's, or those of the packet.
struct Ends {
  base::Prefix source;
  base::Prefix destination;
};

bool overlap(const base::Prefix& left, const base::Prefix& right) {
  if (!left.address.known() || !right.address.known()) return true;
  return left.contains(right) || right.contains(left);
}

bool serves(const Association& association, const ipsec::Template& header, const Ends& ends) {
  if (association.protocol != header.protocol) return false;
  if (header.reqid != 0 && association.reqid != 0 && header.reqid != association.reqid) return false;
  return overlap(association.source, ends.source) && overlap(association.destination, ends.destination);
}

// Calls `visit` for each header that needs an SA, with the ends of that SA (VERDICT.md V4).
template <class Visit>
void for_each_header(const Policy& policy, Visit visit) {
  Ends ends{policy.selector.source, policy.selector.destination};
  for (const ipsec::Template& header : policy.templates) {
    if (header.source.known() && header.destination.known())
      ends = {base::host_prefix(header.source), base::host_prefix(header.destination)};
    if (header.protocol != ipsec::Protocol::kIpcomp) visit(header, ends);
  }
}

bool judged(const ipsec::Spd& spd, const Policy& policy) {
  return !spd.command_line && !policy.from_ike && !policy.socket && policy.action == ipsec::Action::kProtect;
}

class Coverage {
 public:
  Coverage(const ipsec::Configuration& configuration, std::vector<LintFinding>& findings)
      : configuration_(configuration), findings_(findings) {}

  void run() {
    std::size_t policies = 0;
    for (const ipsec::Spd& spd : configuration_.spds) {
      for (const Policy& policy : spd.policies) policies += judged(spd, policy) ? 1U : 0U;
    }
    const std::size_t associations = configuration_.associations.size();
    if (configuration_.has_ike || policies == 0 || associations == 0 || policies > kMostComparisons / associations) return;
    used_.assign(associations, false);
    for (const ipsec::Spd& spd : configuration_.spds) {
      for (const Policy& policy : spd.policies) {
        if (judged(spd, policy)) check(policy);
      }
    }
    add_unused();
  }

 private:
  void check(const Policy& policy) {
    for_each_header(policy, [&](const ipsec::Template& header, const Ends& ends) {
      bool served = false;
      for (std::size_t index = 0; index < used_.size(); ++index) {
        if (!serves(configuration_.associations[index], header, ends)) continue;
        used_[index] = true;
        served = true;
      }
      if (served) return;
      findings_.push_back({"config.policy-without-sa",
                           fmt::format("{} needs {}, for which there is no SA", describe(policy), name(header.protocol)), policy.origin});
    });
  }

  void add_unused() {
    for (std::size_t index = 0; index < used_.size(); ++index) {
      const Association& association = configuration_.associations[index];
      if (used_[index] || association.protocol == ipsec::Protocol::kIpcomp) continue;
      findings_.push_back({"config.sa-without-policy", fmt::format("{} is used by no policy", describe(association)), association.origin});
    }
  }

  const ipsec::Configuration& configuration_;
  std::vector<LintFinding>& findings_;
  std::vector<bool> used_;
};

}  // namespace

void lint_policies(const ipsec::Configuration& configuration, std::vector<LintFinding>& findings) {
  for (const ipsec::Spd& spd : configuration.spds) {
    add_shadowed(spd, findings);
    add_level_use(spd, findings);
  }
}

void lint_coverage(const ipsec::Configuration& configuration, std::vector<LintFinding>& findings) {
  Coverage(configuration, findings).run();
}

}  // namespace espy::config
