// Findings: collects findings with their catalogue severity and advice, bounded, the most severe first.
#pragma once

#include <string>
#include <vector>

#include "verdict/summary.h"

namespace espy::verify {

class Findings {
 public:
  static constexpr std::size_t kLimit = 2'048;

  // On a host the advice on a leak mentions hardware that encrypts after the capture point (V22).
  explicit Findings(verdict::Vantage vantage) : vantage_(vantage) {}

  // Fills severity and advice from the catalogue; `finding.code` must be in it. Beyond kLimit a finding is counted only.
  void add(verdict::Finding finding);
  // The same as a note, where the catalogue's severity is for a worse case.
  void add_note(verdict::Finding finding);
  std::uint64_t overflowed() const { return overflowed_; }
  bool any_warning() const;
  std::vector<verdict::Finding> take();

 private:
  void keep(verdict::Finding finding);

  verdict::Vantage vantage_;
  std::vector<verdict::Finding> findings_;
  std::uint64_t overflowed_ = 0;
};

}  // namespace espy::verify
