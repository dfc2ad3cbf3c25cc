// Keys: the one table of what keys do: the screen acts on it, the last row and the help view show it, docs/keys.md is tested against it,
// and tui.toml changes its keys, never its meanings (T8, T9, T25).
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tui/key.h"
#include "tui/view.h"

namespace espy::tui {

enum class Action : std::uint8_t {
  kUp,
  kDown,
  kPageUp,
  kPageDown,
  kHalfUp,
  kHalfDown,
  kFirst,
  kLast,
  kLeft,
  kRight,
  kNextPane,
  kPreviousPane,
  kPane1,
  kPane2,
  kPane3,
  kPane4,
  kPane5,
  kPane6,
  kPane7,
  kMaximise,
  kOpen,
  kBack,
  kNextBad,
  kPreviousBad,
  kFollow,
  kFilter,
  kNextMatch,
  kPreviousMatch,
  kSort,
  kReverse,
  kHold,
  kColumns,
  kUnits,
  kNames,
  kClock,
  kFreeze,
  kMore,
  kLess,
  kSlower,
  kFaster,
  kNarrower,
  kWider,
  kTimeline,
  kSequence,
  kPeer,
  kListOnly,
  kCapture,
  kAcknowledge,
  kMark,
  kPayload,
  kCopy,
  kCopyFilter,
  kSaveView,
  kSavePackets,
  kSaveReport,
  kCommand,
  kTheme,
  kSaveSettings,
  kMouse,
  kRedraw,
  kSuspend,
  kHelp,
  kQuit,
  kQuitKeep,
};
inline constexpr std::size_t kActionCount = static_cast<std::size_t>(Action::kQuitKeep) + 1;

enum class KeyGroup : std::uint8_t { kMove, kLook, kAct };
std::string_view name(KeyGroup group);  // "Move", "Look", "Act"

// Where a key has a meaning.
using ViewSet = std::uint16_t;
constexpr ViewSet only(ViewId view) { return static_cast<ViewSet>(1U << static_cast<unsigned>(view)); }
inline constexpr ViewSet kEveryView = 0x3ff;

struct ActionFacts {
  Action action;
  std::string_view name;  // in tui.toml: "next-bad"
  KeyGroup group;
  std::array<Key, 3> keys;  // by default; kNone: no further one
  std::string_view label;   // in the last row: "NextBad"
  std::string_view help;    // in the help view, at most 60 cells
  ViewSet views = kEveryView;
  std::string_view elsewhere = {};  // why the key does nothing in other views
};

// In the order of Action.
std::span<const ActionFacts> actions();
const ActionFacts& facts(Action action);

// Which key does what; the defaults, changed by the user.
class Keymap {
 public:
  Keymap();
  // Gives an action these keys instead of its own; another action that had one loses it. Errors: no such action or key, ^a or ^b (screen's
  // and tmux's own), a key that text input needs to stay literal is no error. Arrow keys, Enter and Esc cannot be taken away.
  base::Result<void> bind(std::string_view action, std::span<const std::string> keys);

  const Action* find(Key key) const;  // null: the key has no meaning
  const std::vector<Key>& keys(Action action) const;
  std::string shown(Action action) const;      // the first key: "q", "Space"; "-" where it has none
  std::string shown_all(Action action) const;  // "q F10"

 private:
  std::map<Key, Action> by_key_;
  std::array<std::vector<Key>, kActionCount> by_action_;
};

// What the last row offers in a view, the most useful first; help and quit are the last two and always fit.
std::span<const Action> hints(ViewId view);

}  // namespace espy::tui
