// Frame: what stands around every view (TUI.md 3.1): tool, mode, breadcrumb, filter and clock; the verdict in words; the health of the
// capture; the keys. Where the layout has no room for them the health joins the verdict, or three lines are all there is.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "tui/canvas.h"
#include "tui/health.h"
#include "tui/keys.h"
#include "tui/view.h"

namespace espy::tui {

struct FrameFacts {
  bool live = true;
  std::string feed = {};                      // "eth0", "wan.pcapng"
  std::string playing = {};                   // "> x16", or empty
  std::optional<base::Duration> frozen = {};  // for how long
  std::vector<std::string> path = {};         // breadcrumb after the overview
  std::string filter = {};
  std::string bpf = {};  // capture filter, or empty
  base::Time clock = {};
  base::Duration interval = {};  // of refresh
  State state = State::kNone;    // of the view's headline
  std::string word = {};         // "VIOLATED"
  std::string sentence = {};
  const verdict::Picture* picture = nullptr;  // the newest: health is never frozen
  const Health* health = nullptr;
  const Display* display = nullptr;
  ViewId view = ViewId::kOverview;
  const Keymap* keymap = nullptr;
};

// Rows that a view may draw on; the three-line form leaves none.
Area body_area(Size size, const Layout& layout);
void draw_frame(Canvas& canvas, const FrameFacts& facts);
// The last row alone: as many keys as fit.
std::string hint_line(ViewId view, const Keymap& keymap, bool root, int width);

}  // namespace espy::tui
