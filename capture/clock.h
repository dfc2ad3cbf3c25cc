// clock: the time of day on the clock that the kernel stamps frames with.
#pragma once

#include <ctime>

#include "base/time.h"

namespace espy::capture {

inline base::Time wall_clock() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return {std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec};
}

}  // namespace espy::capture
