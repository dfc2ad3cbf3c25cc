// Pipeline: drives a source through inspection into a ledger with N identical workers (DESIGN.md section 2). The only place with threads
// on the packet path. The result is the same for any number of workers.
#pragma once

#include <cstdint>
#include <functional>

#include "capture/source.h"
#include "ipsec/world.h"
#include "verify/ledger.h"

namespace espy::pipeline {

// Moments of the capture at which somebody looks at the ledger. Called by one thread at a time.
class Stops {
 public:
  virtual ~Stops() = default;
  // The next moment; kNever: the first frame, whenever it comes.
  virtual base::Time next() const = 0;
  // All before the first frame, or news of drops, at or after next() is committed; that is of this time. next() is later afterwards.
  virtual void reached(base::Time time) = 0;
};

struct Options {
  unsigned jobs = 1;  // workers, at least 1; the calling thread is one of them
  decode::Ports ports;
  Stops* stops = nullptr;                                 // null: nobody looks before the end
  std::function<void(const capture::DropsTold&)> told{};  // with `stops`: what a file tells of drops, between the frames where it does
  std::function<void()> committed;                        // after each batch, by one thread at a time; may be empty (progress display)
};

// Returns when the source has ended and all is committed; `ledger` has finished then. All references must outlive the call.
void run(capture::Source& source, const ipsec::World& world, verify::Ledger& ledger, const Options& options);

}  // namespace espy::pipeline
