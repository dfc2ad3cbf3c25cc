// Listening: what verify and dump do beside the packets while they listen on interfaces: say what they listen to, what happens to it, and
// what was lost; end when every requirement was seen.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "cli/options.h"
#include "cli/session.h"

namespace espy::cli {

class PacketWriter;

// Words about interfaces on standard error. Nothing where files are read.
class Listening {
 public:
  // "espy: listening on eth0 (EN10MB), snapshot length 262144 octets"; from then on packets are kept.
  explicit Listening(const Session& session) : session_(session), states_(session.states()) {}
  void announce(const Inputs& inputs) const;
  // Between two batches: tells what happened to an interface since the last time.
  void look();
  // "espy: eth0: 86 packets captured, 0 dropped by the kernel, 0 by the interface"
  void tell_counts() const;

 private:
  using Clock = std::chrono::steady_clock;

  const Session& session_;
  std::vector<capture::SourceState> states_;
  Clock::time_point next_;
};

// --until-seen: whether something of every requirement that demands protection was seen.
class UntilSeen {
 public:
  explicit UntilSeen(Session& session) : session_(session) {}
  // Between two batches. Looks now and then only, as a look takes time.
  bool reached();

 private:
  using Clock = std::chrono::steady_clock;

  Session& session_;
  Clock::time_point next_;
};

// What a run of the session has beside it.
struct Beside {
  verify::Tap* tap = nullptr;      // or null
  PacketWriter* writer = nullptr;  // or null
  Progress progress = Progress::kNever;
  bool talk = true;    // about interfaces, on standard error
  bool judged = true;  // false: the writer gets what is read, whatever it is, and nobody else gets anything
};

// Runs the session until the capture ends, --until-seen is reached, or nothing more can be written.
void run(Session& session, const Inputs& inputs, const Beside& beside);

}  // namespace espy::cli
