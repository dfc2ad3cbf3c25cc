// LiveInterface: one interface through all that may happen to it while it is listened to: frames, drops, going down, being removed and made
// again under its name. Not thread-safe, and it never waits.
#pragma once

#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "capture/clock.h"
#include "capture/live_link.h"
#include "capture/live_ring.h"
#include "capture/source.h"

namespace espy::capture {

class LiveInterface : private RingReader {
 public:
  // `source` is its place among the interfaces of a capture. `options` outlive it.
  static base::Result<std::unique_ptr<LiveInterface>> open(std::uint32_t source, const Options& options);

  // Appends copies of the frames that are there, at most `limit`. False when the batch has no room for more.
  bool read(Batch& batch, std::uint64_t limit);
  // A frame of it that was read is one of the capture.
  void count(const Frame& frame);
  // Looks whether it is still there, and opens it again where it had gone. `news`: of all interfaces,
  // since the last look.
  void look(std::span<const LinkNews> news);
  // Asks what was dropped since the last time.
  void measure();

  // To be waited for; -1 while there is nothing.
  int descriptor() const { return ring_ ? ring_->descriptor() : -1; }
  const SourceFacts& facts() const { return facts_; }
  SourceState state() const;

 private:
  LiveInterface(std::uint32_t source, const Options& options, Ring ring);
  bool accept(const RingFrame& frame) override;
  Frame describe(const RingFrame& frame) const;
  void append_kept(Batch& batch, std::uint64_t limit);
  void lose(std::string_view why);
  void try_again(const LinkState& link);
  void begin_interruption(std::string_view what);
  void end_interruption();

  const Options& options_;
  const std::string& name_;
  std::uint32_t source_;
  std::optional<Ring> ring_;
  RingDrops drops_;     // of this ring, as last asked
  unsigned index_ = 0;  // of the interface; 0: there is none behind this name, and nothing to be watched
  bool carrier_ = true;
  base::Time down_since_ = base::kNever;  // known while it is down or gone
  std::string what_;                      // happened last, and when
  std::string note_;
  SourceFacts facts_;
  Batch* into_ = nullptr;  // while frames are brought
  struct Kept {
    std::vector<std::uint8_t> octets;
    Frame frame;
  };
  std::uint64_t read_ = 0;  // frames
  std::deque<Kept> kept_;   // what came although there was no room
};

}  // namespace espy::capture
