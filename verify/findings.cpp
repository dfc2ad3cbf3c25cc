#include "verify/findings.h"

#include <algorithm>

#include "verdict/catalogue.h"

namespace espy::verify {

void Findings::add(verdict::Finding finding) {
  if (const verdict::CatalogueEntry* entry = verdict::find(finding.code)) finding.severity = entry->severity;
  keep(std::move(finding));
}

void Findings::add_note(verdict::Finding finding) {
  finding.severity = verdict::Severity::kNote;
  keep(std::move(finding));
}

void Findings::keep(verdict::Finding finding) {
  if (findings_.size() >= kLimit) {
    ++overflowed_;
    return;
  }
  const verdict::CatalogueEntry* entry = verdict::find(finding.code);
  if (entry != nullptr && finding.advice.empty()) finding.advice = entry->advice;
  if (vantage_ == verdict::Vantage::kHost && finding.code.starts_with("leak.")) {
    finding.advice +=
        " Captured on a host: a network card that does the encryption itself makes the host see plaintext; compare with a capture on the "
        "wire.";
  }
  findings_.push_back(std::move(finding));
}

bool Findings::any_warning() const {
  return std::ranges::any_of(findings_, [](const verdict::Finding& finding) { return finding.severity != verdict::Severity::kNote; });
}

std::vector<verdict::Finding> Findings::take() {
  std::ranges::stable_sort(findings_, [](const verdict::Finding& left, const verdict::Finding& right) {
    if (left.severity != right.severity) return left.severity > right.severity;
    return left.first.known() && (!right.first.known() || left.first < right.first);
  });
  return std::move(findings_);
}

}  // namespace espy::verify
