// rows: requirements, SAs, leaks, inner flows and events of a scene as what a table shows: filtered, in order, with a state each. They
// point into the scene's picture and chronicle and live no longer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tui/view.h"

namespace espy::tui {

struct RequirementRow {
  const verdict::RequirementSummary* requirement = nullptr;
  State state = State::kNone;
  std::string word;  // "LEAK", "FAIL", "WARN", "NONE", "OK"
  std::uint64_t associations = 0, lost = 0, bad = 0;
};

struct AssociationRow {
  const verdict::AssociationSummary* association = nullptr;
  std::size_t index = 0;  // in the summary
  std::string key;
  State state = State::kNone;
};

struct LeakRow {
  const verdict::Leak* leak = nullptr;
  std::size_t index = 0;  // in the summary
  std::string key;
  State state = State::kLeak;
};

struct FlowRow {
  const verdict::ProtectedFlow* flow = nullptr;
  std::string key;
  State state = State::kOk;
};

struct EventRow {
  const Event* event = nullptr;
  std::string key;
  State state = State::kNote;
};

// What an item is known by.
inline const std::string& key_of(const RequirementRow& row) { return row.requirement->id; }
template <class Row>
const std::string& key_of(const Row& row) {
  return row.key;
}

// What rows() narrows and sorts by: the scene's filter and order, or neither in a pane that they are not meant for.
enum class Narrowing : bool { kNone, kAsked };

// Packets per second: of the last full slices of a live capture, of those before a file's cursor, or of all of a file.
struct Rate {
  double encrypted = 0, clear = 0;
};
Rate requirement_rate(const Scene& scene, const std::string& id);

// Worst first: state, then clear packets, then name.
std::vector<RequirementRow> requirement_rows(const Scene& scene, Narrowing narrowing);
// Of one requirement (id), or all of them for "".
std::vector<AssociationRow> association_rows(const Scene& scene, std::string_view requirement, Narrowing narrowing);
// The latest first.
std::vector<LeakRow> leak_rows(const Scene& scene, std::string_view requirement, Narrowing narrowing);
std::vector<FlowRow> flow_rows(const Scene& scene, std::string_view requirement, Narrowing narrowing);
enum class EventOrder : bool { kNewestFirst, kNewestLast };
std::vector<EventRow> event_rows(const Scene& scene, EventOrder order, Narrowing narrowing);
std::vector<Item> items_of(const std::vector<EventRow>& rows);

// Names of the fields above, for `s` and `/`.
std::vector<std::string> field_names();

State state_of(const verdict::RequirementSummary& requirement);
State state_of(const verdict::AssociationSummary& association);
State state_of(verdict::Severity severity);
std::string word_of(const verdict::RequirementSummary& requirement);

// nullptr, or kNowhere, when the picture has it no more.
inline constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);
const verdict::RequirementSummary* find_requirement(const verdict::Picture& picture, std::string_view id);
std::size_t find_association(const verdict::Picture& picture, std::string_view key);
std::size_t find_leak(const verdict::Picture& picture, std::string_view key);

// Packets that had what the requirement demands, and all that it speaks of.
std::uint64_t covered(const verdict::RequirementSummary& requirement);
std::uint64_t counted(const verdict::RequirementSummary& requirement);

}  // namespace espy::tui
