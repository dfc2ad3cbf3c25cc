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
  any_warning_ = any_warning_ || finding.severity != verdict::Severity::kNote;
  const verdict::CatalogueEntry* entry = verdict::find(finding.code);
  if (entry != nullptr && finding.advice.empty()) finding.advice = entry->advice;
  if (vantage_ == verdict::Vantage::kHost && finding.code.starts_with("leak.")) {
    finding.advice +=
        " Captured on a host: a network card that does the encryption itself makes the host see plaintext; compare with a capture on the "
        "wire.";
  }
  if (findings_.size() >= limit_) return replace_lesser(std::move(finding));
  ++kept_[static_cast<std::size_t>(finding.severity)];
  findings_.push_back(std::move(finding));
}

// The last of the least severe ones goes.
void Findings::replace_lesser(verdict::Finding finding) {
  ++overflowed_;
  std::size_t least = 0;
  while (least < kept_.size() && kept_[least] == 0) ++least;
  const auto severity = static_cast<std::size_t>(finding.severity);
  if (least >= severity) return;
  const auto last = std::find_if(findings_.rbegin(), findings_.rend(),
                                 [&](const verdict::Finding& kept) { return static_cast<std::size_t>(kept.severity) == least; });
  --kept_[least];
  ++kept_[severity];
  *last = std::move(finding);
}

std::vector<verdict::Finding> Findings::take() {
  std::ranges::stable_sort(findings_, [](const verdict::Finding& left, const verdict::Finding& right) {
    if (left.severity != right.severity) return left.severity > right.severity;
    return left.first.known() && (!right.first.known() || left.first < right.first);
  });
  return std::move(findings_);
}

}  // namespace espy::verify
