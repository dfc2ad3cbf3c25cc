// inspect_batch: the parallel part of a limit program, from octets to observations. Plain frames that break no policy leave none.
#pragma once

#include "bench/limit_line.h"
#include "bench/limit_policy.h"

namespace espy::bench {

inline constexpr std::uint8_t kEspNumber = 50;
inline constexpr std::uint8_t kAhNumber = 51;
inline constexpr std::uint8_t kUdpNumber = 17;

inline bool is_ike(std::uint16_t port) { return port == 500 || port == 4500; }

inline void observe_protected(const BareFrame& frame, Batch& batch, std::size_t frame_size) {
  const bool esp = frame.protocol == kEspNumber;
  const std::uint8_t* const header = frame.payload + (esp ? 0 : 4);
  if (frame.payload_size < (esp ? 8 : 12)) return;
  batch.add_observation() = {hash_association(frame, load32(header)),
                             load32(header + 4),
                             static_cast<std::uint32_t>(frame.payload - batch.octets()),
                             static_cast<std::uint32_t>(frame_size),
                             static_cast<std::uint16_t>(frame.payload_size),
                             esp ? FrameClass::kEsp : FrameClass::kAh,
                             false};
}

inline void observe_plain(const BareFrame& frame, Batch& batch, std::size_t frame_size, const BarePolicies& policies) {
  const bool ports = frame.payload_size >= 8 && (frame.protocol == 6 || frame.protocol == kUdpNumber);
  const std::uint32_t both = ports ? load32(frame.payload) : 0;
  const auto port = static_cast<std::uint16_t>(both);
  const bool ike = frame.protocol == kUdpNumber && (is_ike(port) || is_ike(static_cast<std::uint16_t>(both >> 16)));
  if (!ike && !policies.covers(frame, port)) return;
  batch.add_observation() = {hash_ends(frame.source, frame.destination, static_cast<std::uint64_t>(frame.protocol) << 32 | both),
                             0,
                             0,
                             static_cast<std::uint32_t>(frame_size),
                             0,
                             ike ? FrameClass::kIke : FrameClass::kLeak,
                             false};
}

inline void inspect_batch(Batch& batch, const BarePolicies& policies) {
  batch.clear_observations();
  for (const std::uint32_t place : batch.frames()) {
    const std::uint8_t* const octets = batch.octets() + place;
    std::uint32_t size;
    std::memcpy(&size, octets - 8, sizeof size);
    BareFrame frame;
    if (!decode_frame(octets, size, frame)) continue;
    if (frame.protocol == kEspNumber || frame.protocol == kAhNumber) {
      observe_protected(frame, batch, size);
    } else {
      observe_plain(frame, batch, size, policies);
    }
  }
}

// The program around a limit: `NAME [--jobs N] -c CONFIGURATION CAPTURE`, counts as JSON on standard output.
struct LimitArguments {
  unsigned jobs = 1;
  const char* configuration = nullptr;
  const char* capture = nullptr;
};
LimitArguments read_limit_arguments(int count, char** words);
int open_capture(const char* path);

}  // namespace espy::bench
