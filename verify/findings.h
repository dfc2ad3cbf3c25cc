// Findings: collects findings with their catalogue severity and advice, bounded, the most severe first.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "base/limits.h"
#include "verdict/summary.h"

namespace espy::verify {

class Findings {
 public:
  // On a host the advice on a leak mentions hardware that encrypts after the capture point (V22).
  explicit Findings(verdict::Vantage vantage, std::size_t limit = base::Limits{}.findings) : vantage_(vantage), limit_(limit) {}

  // Fills severity and advice from the catalogue; `finding.code` must be in it. Beyond the limit a
  // finding is counted only, or takes the place of a less severe one.
  void add(verdict::Finding finding);
  // The same as a note, where the catalogue's severity is for a worse case.
  void add_note(verdict::Finding finding);
  std::uint64_t overflowed() const { return overflowed_; }
  bool any_warning() const { return any_warning_; }  // among those that were not kept too
  std::vector<verdict::Finding> take();

 private:
  void keep(verdict::Finding finding);

  void replace_lesser(verdict::Finding finding);

  verdict::Vantage vantage_;
  std::size_t limit_;
  std::array<std::size_t, 3> kept_{};  // by severity
  bool any_warning_ = false;
  std::vector<verdict::Finding> findings_;
  std::uint64_t overflowed_ = 0;
};

}  // namespace espy::verify
