#include <fmt/format.h>

#include "report/escape.h"
#include "report/page.h"
#include "report/report.h"
#include "report/sentence.h"
#include "report/text_sections.h"

namespace espy::report {

void write_text(const verdict::Summary& summary, const TextOptions& options, std::ostream& out) {
  Page page(options, out);
  write_head(summary, page);
  write_leaks(summary, page);
  write_findings(summary, page);
  write_requirements(summary, page);
  write_packets(summary, page);
  write_associations(summary, page);
  write_protected_flows(summary, page);
  write_doubts(summary, page);
}

void write_line(const verdict::Summary& summary, std::ostream& out) {
  out << name(summary.verdict) << ": " << escape(reason_sentence(summary)) << '\n';
}

}  // namespace espy::report
