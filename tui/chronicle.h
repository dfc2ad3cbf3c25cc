// Chronicle: what the pictures of a run add up to over time: rates by requirement and SA for sparklines and the timeline, and the log of
// events. Bounded: slices are merged as time goes on, the oldest events go. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/time.h"
#include "verdict/picture.h"

namespace espy::tui {

// What happened in one step of time.
struct Slice {
  std::uint64_t encrypted = 0;  // packets under AH or ESP, checked or not
  std::uint64_t clear = 0;      // leaked
  std::uint64_t forged = 0;
  bool blind = false;  // the capture lost packets, or was not looking
  bool rekey = false;  // an SA was seen for the first time
};

// Slices of equal length, the oldest first; the last one may not be over.
struct Series {
  base::Time begin;
  base::Duration step;
  std::vector<Slice> slices;
};

enum class EventKind : std::uint8_t { kStart, kLeak, kForged, kSequence, kRekey, kDrop, kInterface, kFinding, kVerdict };

struct Event {
  EventKind kind = EventKind::kFinding;
  verdict::Severity severity = verdict::Severity::kNote;
  base::Time time;
  std::string code;          // a finding's, or empty
  std::string requirement;   // id, or empty
  std::string association;   // as association_key(), or empty
  std::string text;          // one sentence
  std::uint64_t number = 0;  // identity, in order of arrival
};

std::string_view name(EventKind kind);  // "LEAK", "SEQ", "REKEY", "DROP", "IFACE" …

// What tells one SA, one leak from another over many pictures (T4). "esp 0x00000201 10.0.0.1 > 10.0.0.2", as findings write it.
std::string association_key(const verdict::AssociationSummary& association);
std::string leak_key(const verdict::Leak& leak);

class Chronicle {
 public:
  static constexpr std::size_t kEvents = 4096;

  enum class Span : std::uint8_t { kMinute, kHour, kDay };  // 60 steps of 1 s, 60 of 1 min, 48 of 30 min (TUI.md 3.4)

  // Of a live capture: rolls on. Of a file of this length: the whole of it in at most 512 slices.
  Chronicle();
  Chronicle(base::Time begin, base::Duration step);

  // Pictures in order of time.
  void add(const std::shared_ptr<const verdict::Picture>& picture);

  // Of all, of one requirement (id) or of one SA (association_key). A live chronicle has each span; a file's has one, whatever is asked.
  Series all(Span span) const;
  Series requirement(const std::string& id, Span span) const;
  Series association(const std::string& key, Span span) const;
  const std::vector<Event>& events() const;  // oldest first
  std::uint64_t events_left_out() const;

 private:
  struct Track;
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace espy::tui
