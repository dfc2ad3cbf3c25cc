// whole_frames: a capture inspected frame by frame, each as a whole, none observed: what every faster way must agree with.
#pragma once

#include <span>

#include "verify/inspector.h"
#include "verify/ledger.h"

namespace espy::fuzz {

// Commits the frames and finishes the ledger.
inline void commit_whole(std::span<const base::Frame> frames, const decode::Ports& ports, verify::Ledger& ledger) {
  verify::Inspector inspector(ledger.world(), ports, ledger.keys(), ledger.hints());
  verify::Inspection inspection;
  verify::Arena arena;
  for (const base::Frame& frame : frames) {
    arena.reset();
    inspector.inspect(frame, inspection, arena);
    ledger.commit(frame, inspection);
  }
  ledger.finish();
}

}  // namespace espy::fuzz
