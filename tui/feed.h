// Feed: where the screen's pictures come from: a live capture, or a file with its index. Every call is from the screen's thread and
// returns at once; the packet path never waits for it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "tui/chronicle.h"
#include "verdict/picture.h"

namespace espy::tui {

struct Moment {
  std::shared_ptr<const verdict::Picture> picture;
  std::shared_ptr<const verdict::Picture> whole;
  const Chronicle* chronicle = nullptr;  // lives as long as the feed; changes only inside look()
  const Chronicle* closeup = nullptr;    // likewise, of a part of a file at finer steps, or null; without events
};

class Feed {
 public:
  virtual ~Feed() = default;
  // The newest picture, or of a file the one at `cursor` (nullopt: its end so far). The picture is never null: before the first frame it is
  // empty.
  virtual Moment look(std::optional<base::Time> cursor) = 0;
  // Of a file: the picture at a moment; null before its begin, and of what is live.
  virtual std::shared_ptr<const verdict::Picture> at(base::Time) { return nullptr; }
  // A part of a file is in sight: where its steps are long the feed reads it again at finer ones, beside the screen.
  virtual void look_closely(const Period&) {}
  virtual bool live() const = 0;
  // "eth0, eth1", or the file's name.
  virtual std::string name() const = 0;
  // How often a live feed makes pictures (T18).
  virtual void set_interval(base::Duration interval) = 0;
  // W: the packets of the selected leak or SA as pcapng; R: the report. What was written, as a sentence to tell, or why not.
  // Where packets take longer the sentence is empty, work() tells of it, and W once more gives it up.
  virtual base::Result<std::string> save_packets(const std::string& key) = 0;
  virtual base::Result<std::string> save_report() = 0;
  // What goes on beside the screen and how far it is; "" while nothing does. What came of it, as a sentence that is told once.
  virtual std::string work() const { return ""; }
  virtual std::optional<std::string> take_news() { return std::nullopt; }
};

}  // namespace espy::tui
