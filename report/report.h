// report: a summary as text, JSON, JUnit or SARIF, and the pages of `espy explain`. All functions write to a stream and keep nothing.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "verdict/catalogue.h"
#include "verdict/summary.h"

namespace espy::report {

enum class Color : std::uint8_t { kNever, kAlways };

struct TextOptions {
  Color color = Color::kNever;
  bool ascii = false;     // no character outside ASCII
  std::size_t rows = 10;  // of a table, then "and N more"; 0: all
};

// At most 80 columns. Leads with the verdict and why, then what was seen, leaks, findings with advice, what cannot be told.
void write_text(const verdict::Summary& summary, const TextOptions& options, std::ostream& out);

// --quiet: one line.
void write_line(const verdict::Summary& summary, std::ostream& out);

// REPORT.md's object, written row by row: memory does not grow with the number of rows. Ends with a newline.
void write_json(const verdict::Summary& summary, std::string_view version, std::ostream& out);

// The object for exit status 2.
void write_json_errors(const std::vector<base::Error>& errors, std::string_view version, std::ostream& out);

// ECOSYSTEM.md 6.8.
void write_junit(const verdict::Summary& summary, std::ostream& out);
void write_sarif(const verdict::Summary& summary, std::string_view version, std::ostream& out);

// One page of `espy explain CODE`, or the list of all codes.
void write_explanation(const verdict::CatalogueEntry& entry, Color color, std::ostream& out);
void write_explanations(Color color, std::ostream& out);

}  // namespace espy::report
