// Picture: all that a screen shows of one moment: the summary so far, the health of the capture, and of leaks and SAs what is too detailed
// for a report. Plain values without keys, immutable once made, so that threads may share one.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/link.h"
#include "base/time.h"
#include "verdict/summary.h"

namespace espy::verdict {

inline constexpr std::size_t kSampleOctets = 512;         // kept of a frame
inline constexpr std::size_t kSamplesPerLeak = 8;         // the first packets of a leaking flow
inline constexpr std::size_t kSamplesPerAssociation = 4;  // the last packets of an SA, not every one of a busy SA
inline constexpr std::size_t kSequenceEvents = 64;        // kept of an SA, the newest
inline constexpr std::size_t kSequencePoints = 128;       // kept of an SA, and the newest
inline constexpr std::uint64_t kExactLateness = 64;       // numbers behind the highest that are told one by one
inline constexpr std::size_t kSequenceWindow = 1024;      // numbers whose sighting is known one by one

// A frame that a person may want to look into, and what was decided of it.
struct PacketSample {
  FrameReference frame;
  base::Time time;
  std::uint32_t original_size = 0;  // on the wire
  base::LinkType link_type = base::LinkType::kEthernet;
  std::vector<std::uint8_t> octets;  // the first of the captured ones
  std::vector<std::uint8_t> inner;   // the IP packet that keys brought out, or empty
  Class packet_class = Class::kUnrelated;
  std::string requirement;  // "10.0.0.1 > 10.0.0.2 (setkey.conf:12)", or empty
  std::string rule;         // why it has this class: "leaked: plaintext where ESP is required"
};

// Oldest first; pictures share them.
using PacketSamples = std::vector<std::shared_ptr<const PacketSample>>;

enum class SequenceEventKind : std::uint8_t { kGap, kLate, kDuplicate, kReplayed, kReset };

// Something about the numbers of an SA that is not "the next one".
struct SequenceEvent {
  SequenceEventKind kind = SequenceEventKind::kGap;
  base::Time time;             // of the packet that showed it
  base::Time before;           // gap: of the last packet before it
  std::uint64_t number = 0;    // of the packet; gap: the first number that was skipped
  std::uint64_t count = 1;     // gap: numbers skipped, those included that came late
  std::uint64_t distance = 0;  // late: behind the highest number
};

// The highest number at a time.
struct SequencePoint {
  base::Time time;
  std::uint64_t number = 0;
  bool operator==(const SequencePoint&) const = default;
};

// How far behind the highest number packets came, those in order counted as 0. Exact up to kExactLateness; beyond it p50 and p99 are the
// most that they can be.
struct Lateness {
  std::uint64_t p50 = 0, p99 = 0, most = 0;
};

// The numbers of one SA. They are extended: a wrap of the 32 bits counts on.
struct SequenceDetail {
  std::uint64_t first = 0, highest = 0;                    // since the counter last began again
  std::uint64_t first_packet = 0;                          // number of the SA's first packet in the capture
  std::array<std::uint64_t, kSequenceWindow / 64> seen{};  // number n of the last kSequenceWindow was seen: bit n % 64 of word n / 64 % 16
  std::vector<SequenceEvent> events;                       // oldest first
  std::uint64_t events_left_out = 0;                       // older ones
  std::array<std::uint64_t, 5> late{};                     // packets that came 0, 1, 2, 3 to 64, more than 64 numbers behind the highest
  Lateness lateness;
  // Oldest first, evenly many packets apart, and both sides of a step back; the last is the newest. Of the first SAs of a picture only.
  std::vector<SequencePoint> points;
};

// One interface that is listened to, or one file.
struct CaptureState {
  std::string name;
  bool up = true;    // an interface that went down is told here until it is back
  std::string note;  // what happened to it, or empty
  std::uint64_t packets = 0, bytes = 0;
  std::uint64_t dropped_by_kernel = 0;     // the ring was full
  std::uint64_t dropped_by_interface = 0;  // the device or its driver

  std::uint64_t dropped() const { return dropped_by_kernel + dropped_by_interface; }
};

// A bound of memory in force: a key of [limits].
struct LimitUse {
  std::string key;
  std::uint64_t used = 0, limit = 0;  // rows; MiB of fragments
  std::uint64_t left_out = 0;         // for want of room
};

struct Picture {
  Summary summary;  // of a bounded number of rows, the worst and busiest; totals below
  base::Time now;   // the capture's time: of the last frame, or the clock of an idle interface
  bool live = false;
  bool complete = false;           // the capture has ended and all of it is counted
  std::optional<double> progress;  // 0 to 1 of a file read so far
  std::vector<CaptureState> captures;
  std::vector<PacketSamples> leak_samples;               // one for each of summary.leaks; may be empty
  std::vector<PacketSamples> association_samples;        // one for each of summary.associations; may be empty
  std::vector<std::optional<SequenceDetail>> sequences;  // one for each of summary.associations; nullopt: no number was followed
  std::uint64_t leaks_total = 0, associations_total = 0;
  std::uint64_t leaked_packets = 0;
  std::uint64_t keyed_associations = 0, configured_associations = 0;
  std::vector<std::string> association_sources;  // the files that SAs were read from, without their folders
  base::Time associations_read;                  // of a live capture: when
  std::uint64_t memory_size = 0;                 // octets resident
  std::vector<LimitUse> limits;

  // Packets that no capture brought, of all interfaces or files.
  std::uint64_t dropped() const {
    std::uint64_t sum = 0;
    for (const CaptureState& capture : captures) sum += capture.dropped();
    return sum;
  }
};

}  // namespace espy::verdict
