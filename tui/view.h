// View: one screenful over a picture: overview, an SA, a leak … A view is stateless: what is selected, filtered and sorted comes with the
// scene; it lists what can be selected and draws. The frame around it (rows 1 to 3 and the keys) belongs to tui/screen.h.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"
#include "tui/canvas.h"
#include "tui/chronicle.h"
#include "tui/filter.h"
#include "tui/glyphs.h"
#include "tui/layout.h"
#include "verdict/picture.h"

namespace espy::tui {

enum class ViewId : std::uint8_t { kOverview, kRequirement, kAssociation, kLeak, kSequence, kPacket, kEvents, kTimeline, kCapture, kHelp };

// "overview", "requirement", "sa", "leak", "sequence", "packet", "events", "timeline", "capture", "help": for --view, the breadcrumb and
// the subject of a step into help.
std::string_view name(ViewId id);
std::optional<ViewId> find_view(std::string_view name);

// The panes of the overview have the numbers of their keys; other views have one pane, kMain.
enum class Pane : std::uint8_t {
  kMain = 0,
  kRequirements = 1,
  kAssociations = 2,
  kLeaks = 3,
  kEvents = 4,
  kFlows = 5,
  kTimeline = 6,
  kSequence = 7
};

// A step of the breadcrumb: a view and what it is of: a requirement's id, an association_key(), a leak_key(), "leak key#2" for a packet.
struct Step {
  ViewId view = ViewId::kOverview;
  std::string key;
};

// Something that can be selected.
struct Item {
  std::string key;
  State state = State::kNote;  // kLeak and kWarn are what e and E jump to
};

struct Display {
  Tier tier = Tier::kBlock;
  bool utc = true;
  bool bits = true;     // rates in bit/s, or octets
  bool payload = true;  // octets of packets are shown, unless they are redacted
  bool names = true;    // requirements and ends by name where there is one, or by address
  bool plain = false;   // --screen-reader: no boxes, no graphs
  int zoom = 0;         // of graphs and of the sequence view; more is closer
  Chronicle::Span span = Chronicle::Span::kMinute;
  Layout layout{};
  std::string redacted_by{};  // T24: what forbids octets to be shown: "--redact-payload"; empty: nothing

  bool shows_octets() const { return payload && redacted_by.empty(); }
};

struct Sort {
  std::string column;  // "" is the view's own order: worst first
  bool reversed = false;
};

class Keymap;

// All that a view draws from.
struct Scene {
  const verdict::Picture& picture;  // of now, of the frozen moment, or of the cursor's
  const verdict::Picture& whole;    // the newest: its verdict is always shown
  const Chronicle& chronicle;
  Display display{};
  Filter filter{};
  Sort sort{};
  std::string subject{};                     // key of the breadcrumb's last step
  std::string requirement{};                 // selected in the overview: its SAs are listed
  std::optional<base::Time> cursor{};        // of a file's timeline
  const Chronicle* closeup = nullptr;        // of a part of a file at finer steps, or null
  base::Duration window{};                   // before the cursor, and around it
  const verdict::Picture* before = nullptr;  // of the window's begin; null: the file's
  std::map<Pane, std::string> selected{};    // key by pane; absent: the first
  Pane focus = Pane::kRequirements;
  bool maximised = false;
  int columns_skipped = 0;                             // Left, Right
  int scroll = 0;                                      // first row of views that only scroll
  int offset = 0;                                      // graphs, sequence: cells moved from the newest
  std::optional<std::uint64_t> number = std::nullopt;  // sequence: to be in sight (:goto seq)
  const Keymap* keymap = nullptr;                      // that help shows; null: the keys as they are at first
  // `o`: keys of a pane in the order to keep; items that are not in it come after, in the view's own order. Empty: the order is free.
  std::map<Pane, std::vector<std::string>> held_order{};
  std::set<std::string> unfolded{};                     // keys of lines that Enter opened in place
  bool list_only = false;                               // `l`: without the map
  Size size{};                                          // of the terminal
  std::set<std::string> marked{};                       // `m`: keys of rows to mark
  std::set<std::string, std::less<>> hidden_columns{};  // `c`: of columns(), not to be drawn where the pane can do without
};

// What a drawn view tells back, for the mouse, the hardware cursor and scrolling.
struct Drawn {
  struct Line {
    int row;
    Pane pane;
    std::string key;
  };
  std::vector<Line> lines;  // where selectable items lie
  int cursor_row = 0;       // of the focused item (T19)
  int rows = 0;             // that the content has, for scrolling
};

class View {
 public:
  virtual ~View() = default;
  // Panes that the focus moves through, in order; those that the size leaves no room for included.
  virtual std::vector<Pane> panes(const Scene& scene) const = 0;
  // After filter and sort, in the order shown.
  virtual std::vector<Item> items(const Scene& scene, Pane pane) const = 0;
  // Row 2 while this view is open: state and one sentence. The overview's is the verdict.
  virtual std::pair<State, std::string> headline(const Scene& scene) const = 0;
  // The word before it, where it is not word() of its state: "FAIL" of what is bad without a leak.
  virtual std::string_view headline_word(const Scene& scene) const;
  virtual Drawn draw(const Scene& scene, Canvas& canvas, Area area) const = 0;
  // Where Enter leads from an item; nullopt: nowhere.
  virtual std::optional<Step> open(const Scene& scene, Pane pane, const std::string& key) const = 0;
  // Whether Enter opens an item in place, and folds it again.
  virtual bool unfolds(const std::string& key) const;
  // What lies beside the subject, for `e` and `E` where the view is of one of several: the next sample of a leak, the next leak. nullopt:
  // the view's items are what they go through.
  virtual std::optional<Step> beside(const Scene& scene, bool forward) const;
  // The sort keys that `s` offers.
  virtual std::vector<std::string> columns() const = 0;
  // A Wireshark display filter for an item, or empty (Y).
  virtual std::string wireshark_filter(const Scene& scene, Pane pane, const std::string& key) const = 0;
};

const View& view(ViewId id);

}  // namespace espy::tui
