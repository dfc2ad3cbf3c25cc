// Limits: how much of what traffic brings is kept. Every table that traffic can grow ends at one of these; what no longer fits is counted.
// Plain numbers: whoever owns a table takes its own.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace espy::base {

inline constexpr std::size_t kMebibyte = std::size_t{1} << 20;

// Numbers of rows, but for those that say otherwise.
struct Limits {
  std::size_t flows = 1'048'576;         // that leaked
  std::size_t protected_flows = 16'384;  // seen inside AH and opened ESP
  std::size_t associations = 65'536;     // SAs that no configuration lists
  std::size_t pairs = 65'536;            // of hosts, where the policy leaves an end open or there is none; and those that speak IKE
  std::size_t held = 65'536;             // frames that wait for what comes within a second
  std::size_t findings = 2'048;          // of a report
  std::size_t fragments = 32;            // MiB of fragments whose datagram is not whole yet
  std::size_t streams = 1'024;           // TCP connections on ports where ESP may be
  std::size_t samples = 1'024;           // leaking flows, and SAs, whose packets are kept for a screen
  std::size_t events = 4'096;            // of a screen's log
  std::size_t rows = 1'000;              // of each table of a screen

  bool operator==(const Limits&) const = default;
};

// One of them as a configuration calls it, and what it may be.
struct LimitFacts {
  std::string_view key;
  std::size_t Limits::*value;
  std::size_t least, largest;
};

inline constexpr std::array kLimitFacts{
    LimitFacts{"flows", &Limits::flows, 16, 16'777'216},
    LimitFacts{"protected_flows", &Limits::protected_flows, 16, 1'048'576},
    LimitFacts{"associations", &Limits::associations, 16, 1'048'576},
    LimitFacts{"pairs", &Limits::pairs, 16, 1'048'576},
    LimitFacts{"held", &Limits::held, 16, 1'048'576},
    LimitFacts{"findings", &Limits::findings, 16, 65'536},
    LimitFacts{"fragments", &Limits::fragments, 1, 4'096},
    LimitFacts{"streams", &Limits::streams, 16, 65'536},
    LimitFacts{"samples", &Limits::samples, 0, 65'536},
    LimitFacts{"events", &Limits::events, 64, 1'048'576},
    LimitFacts{"rows", &Limits::rows, 16, 65'536},
};

}  // namespace espy::base
