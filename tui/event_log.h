// EventLog: what happened, told once, from one picture of a run to the next: leaks, forged packets, gaps, rekeys, drops, changes of the
// verdict. Bounded: the oldest events go.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/limits.h"
#include "base/time.h"
#include "verdict/picture.h"

namespace espy::tui {

enum class EventKind : std::uint8_t { kStart, kLeak, kForged, kSequence, kRekey, kDrop, kInterface, kFinding, kVerdict };

struct Event {
  EventKind kind = EventKind::kFinding;
  verdict::Severity severity = verdict::Severity::kNote;
  base::Time time{};
  std::string code{};         // a finding's, or empty
  std::string requirement{};  // id, or empty
  std::string association{};  // as association_key(), or empty
  std::string text{};         // one sentence
  std::string leak{};         // as leak_key(), or empty
  std::uint64_t number = 0;   // identity, in order of arrival
};

std::string_view name(EventKind kind);  // "LEAK", "SEQ", "REKEY", "DROP", "IFACE" …

// What tells one SA, one leak from another over many pictures (T4). "esp 0x00000201 10.0.0.1 > 10.0.0.2", as findings write it.
std::string association_key(const verdict::AssociationSummary& association);
std::string leak_key(const verdict::Leak& leak);

// What was told already: of what the last picture showed, and of more as long as there is room.
template <class Value>
class Known {
 public:
  static constexpr std::size_t kLimit = 16'384;

  // A value that is new where nothing is known yet.
  Value& operator[](const std::string& key) {
    Entry& entry = entries_[key];
    entry.seen = picture_;
    return entry.value;
  }
  // Another picture begins.
  void turn() {
    if (entries_.size() > kLimit) std::erase_if(entries_, [&](const auto& entry) { return entry.second.seen < picture_; });
    ++picture_;
  }

 private:
  struct Entry {
    Value value{};
    std::uint64_t seen = 0;
  };
  std::unordered_map<std::string, Entry> entries_;
  std::uint64_t picture_ = 0;
};

class EventLog {
 public:
  static constexpr std::size_t kEvents = base::Limits{}.events;

  // From now on at most so many.
  void keep(std::size_t limit) { limit_ = limit; }
  std::size_t limit() const { return limit_; }
  // `before` is null for the first picture.
  void add(const verdict::Picture* before, const verdict::Picture& picture);
  const std::vector<Event>& events() const { return events_; }  // oldest first
  std::uint64_t left_out() const { return left_out_; }

 private:
  // What was told of one SA.
  struct Told {
    base::Time sequence = base::kNever;  // time of its newest odd number
    bool seen = false;
    bool forged = false;
  };

  void push(Event event);
  void add_captures(const verdict::Picture* before, const verdict::Picture& picture);
  void add_leaks(const verdict::Picture& picture);
  void add_associations(const verdict::Picture& picture);
  void add_sequence(const verdict::SequenceDetail& detail, const verdict::AssociationSummary& association, Told& told);
  void add_verdicts(const verdict::Picture* before, const verdict::Picture& picture);
  void add_findings(const verdict::Picture& picture);

  std::size_t limit_ = kEvents;
  std::vector<Event> events_;
  std::uint64_t next_ = 0;
  std::uint64_t left_out_ = 0;
  Known<bool> leaks_;
  Known<bool> findings_;
  Known<Told> associations_;
};

}  // namespace espy::tui
