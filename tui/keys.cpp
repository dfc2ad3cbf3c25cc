#include "tui/keys.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace espy::tui {
namespace {

constexpr Key kNo = Key::kNone;
constexpr ViewSet kDetails = only(ViewId::kLeak) | only(ViewId::kPacket);
constexpr ViewSet kGraphs = only(ViewId::kOverview) | only(ViewId::kRequirement) | only(ViewId::kAssociation) | only(ViewId::kTimeline);
constexpr ViewSet kRows = only(ViewId::kOverview) | only(ViewId::kRequirement) | only(ViewId::kEvents);
constexpr ViewSet kSaRows = only(ViewId::kOverview) | only(ViewId::kRequirement) | only(ViewId::kAssociation);
constexpr std::string_view kNoGraph = "no graph is in this view";
constexpr std::string_view kNotHere = "this view has nothing to sort or hide";

using enum Action;
using enum KeyGroup;

constexpr std::array<ActionFacts, kActionCount> kActions = {{
    {kUp, "up", kMove, {Key::kUp, key('k'), kNo}, "Above", "one row up"},
    {kDown, "down", kMove, {Key::kDown, key('j'), kNo}, "Below", "one row down"},
    {kPageUp, "page-up", kMove, {Key::kPageUp, kNo, kNo}, "Before", "one page up"},
    {kPageDown, "page-down", kMove, {Key::kPageDown, kNo, kNo}, "More", "one page down"},
    {kHalfUp, "half-page-up", kMove, {control('u'), kNo, kNo}, "HalfUp", "half a page up"},
    {kHalfDown, "half-page-down", kMove, {control('d'), kNo, kNo}, "HalfDown", "half a page down"},
    {kFirst, "first", kMove, {Key::kHome, key('g'), kNo}, "First", "first row"},
    {kLast, "last", kMove, {Key::kEnd, key('G'), kNo}, "Last", "last row"},
    {kLeft, "left", kMove, {Key::kLeft, kNo, kNo}, "Earlier", "scroll columns left; timeline, sequence: back in time"},
    {kRight, "right", kMove, {Key::kRight, kNo, kNo}, "Later", "scroll columns right; timeline, sequence: forward"},
    {kNextPane, "next-pane", kMove, {Key::kTab, kNo, kNo}, "Pane", "next pane"},
    {kPreviousPane, "previous-pane", kMove, {Key::kShiftTab, kNo, kNo}, "PrevPane", "previous pane"},
    {kPane1, "pane-1", kMove, {key('1'), kNo, kNo}, "Requirements", "pane 1: requirements"},
    {kPane2, "pane-2", kMove, {key('2'), kNo, kNo}, "SAs", "pane 2: SAs of the selected requirement"},
    {kPane3, "pane-3", kMove, {key('3'), kNo, kNo}, "Leaks", "pane 3: leaks"},
    {kPane4, "pane-4", kMove, {key('4'), kNo, kNo}, "Events", "pane 4: events; again: the event log"},
    {kPane5, "pane-5", kMove, {key('5'), kNo, kNo}, "Flows", "pane 5: flows inside the protection"},
    {kPane6, "pane-6", kMove, {key('6'), kNo, kNo}, "Timeline", "pane 6: timeline"},
    {kPane7, "pane-7", kMove, {key('7'), kNo, kNo}, "Sequence", "pane 7: sequence numbers of the selected SA"},
    {kMaximise,
     "maximise",
     kMove,
     {key('\\'), kNo, kNo},
     "Max",
     "the focused pane alone, or all panes",
     only(ViewId::kOverview),
     "only the overview has several panes"},
    {kOpen, "open", kMove, {Key::kEnter, kNo, kNo}, "Open", "open the selected row"},
    {kBack, "back", kMove, {Key::kEscape, kNo, kNo}, "Back", "clear the filter, or back one step"},
    {kNextBad, "next-bad", kMove, {key('e'), function_key(8), kNo}, "NextBad", "next bad thing"},
    {kPreviousBad, "previous-bad", kMove, {key('E'), function_key(7), kNo}, "PrevBad", "previous bad thing"},
    {kFollow, "follow", kMove, {key('f'), kNo, kNo}, "Follow", "keep the selected row, or the newest event, in sight"},
    {kFilter, "filter", kLook, {key('/'), function_key(3), kNo}, "Filter", "show only rows that match; in help: search"},
    {kNextMatch, "next-match", kLook, {key('n'), kNo, kNo}, "Next", "next row that matches the filter"},
    {kPreviousMatch, "previous-match", kLook, {key('N'), kNo, kNo}, "Prev", "previous row that matches the filter"},
    {kSort, "sort", kLook, {key('s'), function_key(6), kNo}, "Sort", "choose the column to sort by", kRows, kNotHere},
    {kReverse, "reverse", kLook, {key('S'), kNo, kNo}, "Reverse", "reverse the order", kRows, kNotHere},
    {kHold, "hold-order", kLook, {key('o'), kNo, kNo}, "Hold", "hold the order of rows; new ones come last", kRows, kNotHere},
    {kColumns, "columns", kLook, {key('c'), function_key(2), kNo}, "Columns", "choose the columns to show", kRows, kNotHere},
    {kUnits, "units", kLook, {key('u'), kNo, kNo}, "Units", "rates in bits or in octets a second"},
    {kNames, "names", kLook, {key('d'), kNo, kNo}, "Names", "names or addresses"},
    {kClock, "clock", kLook, {key('z'), kNo, kNo}, "Clock", "times in UTC or local"},
    {kFreeze, "freeze", kLook, {Key::kSpace, function_key(9), kNo}, "Freeze", "live: hold the picture, capture goes on; file: play, pause"},
    {kMore, "more", kLook, {key('+'), key('='), kNo}, "ZoomIn", "refresh less often; in graphs: zoom in"},
    {kLess, "less", kLook, {key('-'), kNo, kNo}, "ZoomOut", "refresh more often; in graphs: zoom out"},
    {kSlower, "slower", kLook, {key('<'), kNo, kNo}, "Slower", "file: play at half the speed"},
    {kFaster, "faster", kLook, {key('>'), kNo, kNo}, "Faster", "file: play at twice the speed"},
    {kNarrower,
     "narrower",
     kLook,
     {key('['), kNo, kNo},
     "Narrower",
     "live graphs: a shorter span; file: a shorter window, which its table is of",
     kGraphs,
     kNoGraph},
    {kWider, "wider", kLook, {key(']'), kNo, kNo}, "Wider", "a longer span or window", kGraphs, kNoGraph},
    {kTimeline, "timeline", kLook, {key('t'), kNo, kNo}, "Timeline", "the timeline: of the file, or of the time kept"},
    {kSequence,
     "sequence",
     kLook,
     {key('v'), kNo, kNo},
     "Sequence",
     "sequence numbers of the selected SA",
     kSaRows,
     "select an SA first: pane 2 of the overview"},
    {kPeer,
     "peer",
     kLook,
     {key('p'), kNo, kNo},
     "Peer",
     "the SA of the other direction",
     only(ViewId::kAssociation) | only(ViewId::kSequence),
     "open an SA first"},
    {kListOnly,
     "list-only",
     kLook,
     {key('l'), kNo, kNo},
     "List",
     "sequence numbers: what was odd alone, or the map too",
     only(ViewId::kSequence),
     "open the sequence view of an SA first: v"},
    {kCapture, "capture", kLook, {key('i'), kNo, kNo}, "Capture", "how the capture stands: interfaces, drops, filter"},
    {kAcknowledge, "acknowledge", kAct, {key('a'), kNo, kNo}, "Ack", "acknowledge a leak (with `espy monitor`)"},
    {kMark, "mark", kAct, {key('m'), kNo, kNo}, "Mark", "mark the row"},
    {kPayload,
     "payload",
     kAct,
     {key('x'), kNo, kNo},
     "Payload",
     "show or hide the octets of packets",
     kDetails,
     "no packet is in this view"},
    {kCopy, "copy", kAct, {key('y'), kNo, kNo}, "Copy", "copy the selected row"},
    {kCopyFilter, "copy-filter", kAct, {key('Y'), kNo, kNo}, "CopyFilter", "copy a Wireshark filter for it"},
    {kSaveView, "save-view", kAct, {key('w'), kNo, kNo}, "Save", "save this screen as text"},
    {kSavePackets, "save-packets", kAct, {key('W'), kNo, kNo}, "Packets", "save the packets of the selected leak or SA (pcapng)"},
    {kSaveReport, "save-report", kAct, {key('R'), kNo, kNo}, "Report", "write the report"},
    {kCommand, "command", kAct, {key(':'), kNo, kNo}, "Command", "a command; Tab completes: goto filter set view ..."},
    {kTheme, "theme", kAct, {key('T'), kNo, kNo}, "Theme", "choose the colours"},
    {kSaveSettings, "save-settings", kAct, {key('C'), kNo, kNo}, "SaveSet", "keep the settings in tui.toml"},
    {kMouse, "mouse", kAct, {key('M'), kNo, kNo}, "Mouse", "mouse on, off; when on, Shift and drag selects text"},
    {kRedraw, "redraw", kAct, {control('l'), function_key(5), kNo}, "Redraw", "draw the screen anew"},
    {kSuspend, "suspend", kAct, {control('z'), kNo, kNo}, "Suspend", "suspend; `fg` comes back"},
    {kHelp, "help", kAct, {key('?'), function_key(1), kNo}, "Help", "this help; again, or Esc, closes it"},
    {kQuit, "quit", kAct, {key('q'), function_key(10), kNo}, "Quit", "quit"},
    {kQuitKeep, "quit-keep", kAct, {key('Q'), kNo, kNo}, "QuitKeep", "quit and leave the picture on the terminal"},
}};

static_assert([] {
  for (std::size_t i = 0; i < kActions.size(); ++i) {
    if (static_cast<std::size_t>(kActions[i].action) != i) return false;
  }
  return true;
}());

// A person who remaps these away could not leave a view or a prompt any more.
constexpr std::array kFixedKeys = {Key::kUp, Key::kDown, Key::kLeft, Key::kRight, Key::kEnter, Key::kEscape};
// tmux and screen take them before espy sees them.
constexpr std::array kForeignKeys = {control('a'), control('b')};

template <class Range>
bool holds(const Range& range, Key key) {
  return std::ranges::find(range, key) != range.end();
}

base::Result<Key> read_key(const std::string& text) {
  const auto key = find_key(text);
  if (!key) return base::fail(fmt::format("no key is called \"{}\"", text), "write a, ^d, Space, Tab, PgDn or F5");
  if (holds(kFixedKeys, *key)) return base::fail(fmt::format("{} keeps its meaning", text));
  if (holds(kForeignKeys, *key)) return base::fail(fmt::format("{} belongs to tmux and screen", text));
  return *key;
}

}  // namespace

std::string_view name(KeyGroup group) {
  switch (group) {
    case kMove: return "Move";
    case kLook: return "Look";
    case kAct: return "Act";
  }
  return {};
}

std::span<const ActionFacts> actions() { return kActions; }

const ActionFacts& facts(Action action) { return kActions[static_cast<std::size_t>(action)]; }

Keymap::Keymap() {
  for (const ActionFacts& fact : kActions) {
    for (const Key key : fact.keys) {
      if (key == Key::kNone) continue;
      by_key_[key] = fact.action;
      by_action_[static_cast<std::size_t>(fact.action)].push_back(key);
    }
  }
}

base::Result<void> Keymap::bind(std::string_view action, std::span<const std::string> keys) {
  const auto fact = std::ranges::find(kActions, action, &ActionFacts::name);
  if (fact == kActions.end()) return base::fail(fmt::format("no action is called \"{}\"", action), "docs/keys.md lists them");
  std::vector<Key> wanted;
  for (const std::string& text : keys) {
    const auto key = read_key(text);
    if (!key) return std::unexpected(key.error());
    wanted.push_back(*key);
  }
  auto& own = by_action_[static_cast<std::size_t>(fact->action)];
  std::erase_if(own, [&](Key key) { return !holds(kFixedKeys, key) && by_key_.erase(key) > 0; });
  for (const Key key : wanted) {
    if (const Action* other = find(key)) std::erase(by_action_[static_cast<std::size_t>(*other)], key);
    by_key_[key] = fact->action;
    own.push_back(key);
  }
  return {};
}

const Action* Keymap::find(Key key) const {
  const auto found = by_key_.find(key);
  return found == by_key_.end() ? nullptr : &found->second;
}

const std::vector<Key>& Keymap::keys(Action action) const { return by_action_[static_cast<std::size_t>(action)]; }

std::string Keymap::shown(Action action) const { return keys(action).empty() ? "-" : name(keys(action).front()); }

std::string Keymap::shown_all(Action action) const {
  std::vector<std::string> names;
  for (const Key key : keys(action)) names.push_back(name(key));
  return fmt::format("{}", fmt::join(names, " "));
}

std::span<const Action> hints(ViewId view) {
  static constexpr std::array kOverview = {kOpen, kFilter,   kSort,        kFreeze,   kNextBad, kNextPane,
                                           kCopy, kSaveView, kSavePackets, kTimeline, kHelp,    kQuit};
  static constexpr std::array kRequirement = {kBack, kOpen, kNextBad, kFilter, kSort, kFreeze, kCopy, kSaveView, kHelp, kQuit};
  static constexpr std::array kAssociation = {kBack, kSequence, kPeer, kFollow, kOpen, kCopyFilter, kSaveView, kSavePackets, kHelp, kQuit};
  static constexpr std::array kLeak = {kBack, kOpen, kNextBad, kPayload, kCopyFilter, kSavePackets, kTimeline, kHelp, kQuit};
  static constexpr std::array kSequences = {kBack, kLeft, kRight, kMore, kLess, kNextBad, kCommand, kListOnly, kCopy, kHelp, kQuit};
  static constexpr std::array kPacket = {kBack, kOpen, kNextBad, kPreviousBad, kPayload, kCopy, kCopyFilter, kHelp, kQuit};
  static constexpr std::array kEvents = {kBack, kOpen, kFilter, kNextBad, kFollow, kClock, kCopy, kSaveView, kHelp, kQuit};
  static constexpr std::array kTimes = {kBack, kLeft, kRight, kNextBad, kCommand, kFreeze, kFaster, kMore, kSaveReport, kHelp, kQuit};
  static constexpr std::array kPlain = {kBack, kPageDown, kSaveView, kHelp, kQuit};
  static constexpr std::array kSearched = {kBack, kPageDown, kFilter, kSaveView, kHelp, kQuit};
  switch (view) {
    case ViewId::kOverview: return kOverview;
    case ViewId::kRequirement: return kRequirement;
    case ViewId::kAssociation: return kAssociation;
    case ViewId::kLeak: return kLeak;
    case ViewId::kSequence: return kSequences;
    case ViewId::kPacket: return kPacket;
    case ViewId::kEvents: return kEvents;
    case ViewId::kTimeline: return kTimes;
    case ViewId::kHelp: return kSearched;
    case ViewId::kCapture: return kPlain;
  }
  return kPlain;
}

}  // namespace espy::tui
