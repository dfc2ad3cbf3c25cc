// summarize: turns what a Ledger counted into the Summary that everyone shows: verdicts of requirements (V23, V24), findings, leaks, SAs.
#pragma once

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "verdict/summary.h"
#include "verify/ledger.h"

namespace espy::verify {

// What the ledger cannot know: how espy was called and what the capture says of itself.
struct RunFacts {
  std::vector<std::string> command;
  std::vector<verdict::SourceSummary> sources;
  std::optional<std::string> filter;  // BPF expression in use, or recorded in the capture
  bool classic_capture = false;       // no source can record a capture filter
  bool command_line_policies = false;
  bool file_policies = false;
  bool strict = false;
  bool allow_unseen = false;
  bool unfiltered = false;  // the user vouches for a classic capture without clear traffic
  // Of SAs, leaks and flows each, those with the most packets: what a screen shows while a capture goes on.
  std::size_t rows = std::numeric_limits<std::size_t>::max();
};

// `ledger` has finished, or has carried over what it counted so far. Exit status as V24 says.
verdict::Summary summarize(const Ledger& ledger, const RunFacts& facts);

// The finding that a leak for this reason raises: "leak.plaintext"
std::string_view code_of(verdict::LeakReason reason);
// "10.0.0.1 > 10.0.0.2 tcp/23 (setkey.conf:12)"
std::string describe_requirement(const RequirementState& state);
// "esp 0x00000201 10.0.0.1 > 10.0.0.2"
std::string describe_association(const AssociationKey& key);

}  // namespace espy::verify
