// Slices: the counts of one thing over time in a bounded number of slices of equal length. It either rolls on, forgetting the oldest, or
// keeps the whole by making its slices longer.
#pragma once

#include <cstdint>
#include <vector>

#include "base/time.h"

namespace espy::tui {

// What happened in one step of time.
struct Slice {
  std::uint64_t encrypted = 0;  // packets under AH or ESP, checked or not
  std::uint64_t clear = 0;      // leaked
  std::uint64_t forged = 0;
  bool blind = false;  // the capture lost packets, or was not looking
  bool rekey = false;  // an SA was seen for the first time

  Slice& operator+=(const Slice& other);
};

// Slices of equal length, the oldest first; the last one may not be over.
struct Series {
  base::Time begin;
  base::Duration step;
  std::vector<Slice> slices;
};

// From `begin` to before `end`.
struct Period {
  base::Time begin, end;

  base::Duration length() const { return end - begin; }
  bool has(const Period& other) const { return begin <= other.begin && other.end <= end; }
  bool has(base::Time time) const { return begin <= time && time < end; }
  bool operator==(const Period&) const = default;
};

// Where slices lie, shared by all that are compared with each other.
struct Axis {
  enum class Growth : std::uint8_t { kRolls, kStretches };

  base::Time origin;
  base::Duration step;
  std::size_t capacity = 0;
  Growth growth = Growth::kRolls;

  std::int64_t slot(base::Time time) const { return (time - origin).nanoseconds / step.nanoseconds; }
};

class Slices {
 public:
  // Adds to the slice at `time`, or to the newest one where that is later. `axis` is the same in every call but for its step, which grows
  // to the double: then stretch() was called.
  void add(const Axis& axis, base::Time time, const Slice& slice);
  // Each two slices become one.
  void stretch();
  // From the oldest to `now`.
  Series series(const Axis& axis, base::Time now) const;

 private:
  std::int64_t first_ = 0;  // slot of slices_.front()
  std::vector<Slice> slices_;
};

}  // namespace espy::tui
