// sequence_lists: what was odd about the numbers of an SA, event by event, and how late its packets came.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tui/block.h"
#include "verdict/picture.h"

namespace espy::tui {

// The SA that a sequence view is of.
struct SequenceSubject {
  static constexpr std::uint64_t kUsualWindow = 64;

  const verdict::AssociationSummary* association = nullptr;
  const verdict::SequenceDetail* detail = nullptr;  // null: no number was followed
  bool ended = false;                               // the capture is over: nothing more comes
  std::uint64_t window() const { return association->sequence.window_configured.value_or(kUsualWindow); }
  std::uint64_t open() const { return ended ? 0 : window(); }
};

SequenceSubject sequence_subject(const Scene& scene);

// "gap", "late", "duplicate", "replayed", "reset"
std::string_view name(verdict::SequenceEventKind kind);
// Of the event's row.
std::string key_of(const verdict::SequenceEvent& event);

// Of a subject with details.
void write_gaps(const Scene& scene, const SequenceSubject& subject, Writer& writer);
void write_oddities(const Scene& scene, const SequenceSubject& subject, Writer& writer);
void write_lateness(const SequenceSubject& subject, Writer& writer);

}  // namespace espy::tui
