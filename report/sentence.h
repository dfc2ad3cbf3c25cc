// Sentence: the one line that carries the verdict, shared by the text report, --quiet and the machine formats.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "verdict/summary.h"

namespace espy::report {

// Why the verdict is what it is: verdict_line without a repetition of the verdict before it; a plain sentence where that is empty.
std::string reason_sentence(const verdict::Summary& summary);

// How much of what needed protection had it and how much of that was checked:
// "96.2 % of 3,120 packets carried AH or ESP; 0 % of those could be verified: no keys".
std::string share_sentence(const verdict::Summary& summary);

// "esp in tunnel mode 192.0.2.1 > 192.0.2.2", "nothing: clear traffic is allowed", "no traffic at all". Not escaped.
std::string demand_words(const verdict::RequirementSummary& requirement);

// "setkey.conf:12 and 2 more"; "" when there is no origin.
std::string origin_words(const verdict::RequirementSummary& requirement);

const verdict::RequirementSummary* find_requirement(const verdict::Summary& summary, std::string_view id);

std::uint64_t packets_of(const verdict::Summary& summary, verdict::Class packet_class);

}  // namespace espy::report
