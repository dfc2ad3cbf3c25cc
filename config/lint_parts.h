// The parts of lint, one a kind of thing looked at, and how their messages name it.
#pragma once

#include <string>
#include <vector>

#include "config/lint.h"

namespace espy::config {

void lint_associations(const ipsec::Configuration& configuration, std::vector<LintFinding>& findings);
void lint_keys(const ipsec::Configuration& configuration, std::vector<LintFinding>& findings);
void lint_pairs(const ipsec::Configuration& configuration, std::vector<LintFinding>& findings);
void lint_policies(const ipsec::Configuration& configuration, std::vector<LintFinding>& findings);
void lint_coverage(const ipsec::Configuration& configuration, std::vector<LintFinding>& findings);

// "SA esp 0x00000201 10.0.0.1 > 10.0.0.2"
std::string describe(const ipsec::Association& association);
// "policy 10.0.0.1 > 10.0.0.2 tcp/23 (setkey.conf:12)"; a conn or child is named.
std::string describe(const ipsec::Policy& policy);

}  // namespace espy::config
