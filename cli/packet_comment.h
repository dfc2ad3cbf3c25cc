// packet_comment: what a written packet's comment says of it: class, requirement, code, SA.
#pragma once

#include <string>

#include "verify/ledger.h"

namespace espy::cli {

// AH or ESP of an SA that no configuration lists.
bool is_unknown(const verify::Ledger& ledger, const verify::Outcome& outcome);

// "leaked leak.plaintext 10.0.0.1 > 10.0.0.2 tcp/23 (setkey.conf:12)". `comment` is written over and keeps its room.
void describe_packet(const verify::Ledger& ledger, const verify::Outcome& outcome, std::string& comment);

}  // namespace espy::cli
