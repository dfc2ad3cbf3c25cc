// Time: a moment and a span in nanoseconds. Moments come from frames, never from a clock (DESIGN.md section 1).
#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <string>

namespace espy::base {

// A span of time in nanoseconds; may be negative, captures are not always sorted.
struct Duration {
  std::int64_t nanoseconds = 0;
  auto operator<=>(const Duration&) const = default;
};

constexpr Duration milliseconds(std::int64_t count) { return {count * 1'000'000}; }
constexpr Duration seconds(std::int64_t count) { return {count * 1'000'000'000}; }

// Nanoseconds since 1970-01-01T00:00:00Z. kNever: no moment is known.
struct Time {
  std::int64_t nanoseconds = std::numeric_limits<std::int64_t>::min();
  auto operator<=>(const Time&) const = default;
  constexpr bool known() const { return nanoseconds != std::numeric_limits<std::int64_t>::min(); }
};

constexpr Time kNever{};

// Both moments must be known. Saturates instead of overflowing.
constexpr Duration operator-(Time left, Time right) {
  std::int64_t difference = 0;
  if (__builtin_sub_overflow(left.nanoseconds, right.nanoseconds, &difference)) {
    difference = left < right ? std::numeric_limits<std::int64_t>::min() : std::numeric_limits<std::int64_t>::max();
  }
  return {difference};
}

// RFC 3339 in UTC with nine digits: "2026-11-21T20:31:05.004118000Z". `time` must be known.
std::string to_rfc3339(Time time);

}  // namespace espy::base
