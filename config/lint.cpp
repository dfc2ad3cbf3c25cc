#include "config/lint.h"

namespace espy::config {

std::vector<LintFinding> lint(const ipsec::Configuration&) { return {}; }

}  // namespace espy::config
