// loss: which missing sequence numbers are held against an SA, and which the capture itself could not have seen (V28).
#pragma once

#include <cstdint>
#include <vector>

#include "verify/associations.h"

namespace espy::verify {

struct Loss {
  std::uint64_t held = 0;       // numbers that never came and could have been captured
  std::uint64_t set_apart = 0;  // gaps that every SA had at once: the capture's own
};

// One Loss for each row of `associations`, by index.
std::vector<Loss> losses(const Associations& associations);

}  // namespace espy::verify
