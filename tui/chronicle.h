// Chronicle: what the pictures of a run add up to over time: packets of each requirement and SA, slice by slice, for sparklines and the
// timeline, and the log of events. Bounded. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/time.h"
#include "tui/event_log.h"
#include "tui/slices.h"
#include "verdict/picture.h"

namespace espy::tui {

class Chronicle {
 public:
  static constexpr std::size_t kFileSlices = 512;
  static constexpr std::size_t kTrackLimit = 4'096;  // requirements and SAs; beyond, those that pictures no longer show go

  enum class Span : std::uint8_t { kMinute, kHour, kDay };  // 60 steps of 1 s, 60 of 1 min, 48 of 30 min (TUI.md 3.4)

  // Of a live capture: rolls on.
  Chronicle();
  // Of a file from `begin` on: the whole of it, in steps that double when there are too many.
  Chronicle(base::Time begin, base::Duration step);

  // Pictures in order of time.
  void add(const std::shared_ptr<const verdict::Picture>& picture);

  // Of a part of a file: what this picture counts came before it.
  void begin_after(const std::shared_ptr<const verdict::Picture>& picture);
  // Nothing more came before `end`.
  void extend_to(base::Time end);

  // Of all, of one requirement (id) or of one SA (association_key). A live chronicle has each span; a file's has one, whatever is asked.
  Series all(Span span) const { return series("", span); }
  Series requirement(const std::string& id, Span span) const { return series("r " + id, span); }
  Series association(const std::string& key, Span span) const { return series("s " + key, span); }
  const std::vector<Event>& events() const { return log_.events(); }  // oldest first
  std::uint64_t events_left_out() const { return log_.left_out(); }
  void keep_events(std::size_t limit) { log_.keep(limit); }
  std::size_t event_limit() const { return log_.limit(); }
  // Of a file: the steps grow to `step` or a little more.
  void stretch_to(base::Duration step);

 private:
  struct Counted {
    std::uint64_t encrypted = 0, clear = 0, forged = 0;
  };
  struct Track {
    Counted counted;            // up to the last picture that has it
    std::uint64_t touched = 0;  // number of that picture
    std::vector<Slices> spans;
  };

  Series series(const std::string& key, Span span) const;
  void stretch_to(base::Time time);
  void stretch();
  Track* track(const std::string& key);
  bool make_room();
  void add_to(const std::string& key, const Counted& now, Slice slice);
  void count(const verdict::Picture& picture, bool blind);

  std::vector<Axis> axes_;
  std::unordered_map<std::string, Track> tracks_;
  std::shared_ptr<const verdict::Picture> last_;
  std::uint64_t pictures_ = 0;
  bool counts_ = true;  // what pictures show goes into slices, and does not only become known
  base::Time now_;
  EventLog log_;
};

}  // namespace espy::tui
