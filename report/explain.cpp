#include <fmt/format.h>

#include "report/page.h"
#include "report/report.h"

namespace espy::report {

void write_explanation(const verdict::CatalogueEntry& entry, Color color, std::ostream& out) {
  Page page({.color = color}, out);
  page.write(0, 0, styled(Style::kStrong, entry.code) + " (" + styled(style_of(entry.severity), name(entry.severity)) + ")");
  page.write(0, 0, entry.title);
  page.blank();
  page.write(0, 0, entry.meaning);
  page.blank();
  page.write(0, 12, column(styled(Style::kFaint, "What to do"), 12) + std::string(entry.advice));
  page.write(0, 12, column(styled(Style::kFaint, "Reference"), 12) + std::string(entry.reference));
}

void write_explanations(Color color, std::ostream& out) {
  constexpr std::size_t kCodeWidth = 28;
  Page page({.color = color}, out);
  for (const auto& entry : verdict::catalogue()) {
    page.write(0, kCodeWidth, column(styled(style_of(entry.severity), entry.code), kCodeWidth) + std::string(entry.title));
  }
}

}  // namespace espy::report
