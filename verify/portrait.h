// portray: a verdict::Picture of a ledger, at its end or in the middle of a run.
#pragma once

#include "verdict/picture.h"
#include "verify/summary.h"

namespace espy::verify {

// `ledger` has carried over what it counted so far, and keeps details if samples and sequences are to be shown. `facts.rows` bounds the
// rows. What only the capture knows (time, interfaces, progress, memory) is left for the caller to fill in.
verdict::Picture portray(const Ledger& ledger, const RunFacts& facts);

}  // namespace espy::verify
