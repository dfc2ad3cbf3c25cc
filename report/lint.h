// lint: what `espy lint` found, as text or JSON. Rows are plain values, because this module does not know configurations.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "report/report.h"
#include "verdict/summary.h"

namespace espy::report {

struct LintRow {
  std::string file;
  std::uint32_t line = 0;  // 1-based; 0: the whole file
  std::string code;
  verdict::Severity severity = verdict::Severity::kWarning;
  std::string message;
};

// One line a row, "file:line: code: message", under a heading for each severity, then a line that sums up.
void write_lint(const std::vector<LintRow>& rows, Color color, std::ostream& out);

// { "espy", "schema", "exit_status", "findings": [ { "file", "line", "code", "severity", "message" } ], "errors": [ … ] } and a newline.
void write_lint_json(const std::vector<LintRow>& rows, const std::vector<base::Error>& errors, int exit_status, std::string_view version,
                     std::ostream& out);

}  // namespace espy::report
