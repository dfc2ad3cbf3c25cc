#include "config/lint.h"

#include <fmt/format.h>

#include "config/lint_parts.h"

namespace espy::config {
namespace {

std::string text(const base::Prefix& prefix) { return prefix.address.known() ? to_string(prefix) : "any"; }

std::string service(const ipsec::Selector& selector) {
  if (selector.protocol == 0) return {};
  const auto port = [](const ipsec::PortRange& range) {
    return range.any()                 ? std::string("any")
           : range.first == range.last ? fmt::format("{}", range.first)
                                       : fmt::format("{}-{}", range.first, range.last);
  };
  if (selector.source_port.any() && selector.destination_port.any()) return fmt::format(" protocol {}", selector.protocol);
  return fmt::format(" protocol {} port {} > {}", selector.protocol, port(selector.source_port), port(selector.destination_port));
}

}  // namespace

std::string describe(const ipsec::Association& association) {
  return fmt::format("SA {} {} {} > {}", name(association.protocol), association.spi ? to_string(*association.spi) : "any SPI",
                     text(association.source), text(association.destination));
}

std::string describe(const ipsec::Policy& policy) {
  return fmt::format("policy {}{}{} > {}{} ({})", policy.name, policy.name.empty() ? "" : " ", text(policy.selector.source),
                     text(policy.selector.destination), service(policy.selector), to_string(policy.origin));
}

std::vector<LintFinding> lint(const ipsec::Configuration& configuration) {
  std::vector<LintFinding> findings;
  lint_associations(configuration, findings);
  lint_keys(configuration, findings);
  lint_pairs(configuration, findings);
  lint_policies(configuration, findings);
  lint_coverage(configuration, findings);
  return findings;
}

}  // namespace espy::config
