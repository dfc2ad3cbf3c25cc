// Layout: from which size of the terminal on the screen shows more (T1). A person may change it in the table [layout] of tui.toml.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace espy::tui {

// Columns and rows of a terminal.
struct Size {
  int width = 80;
  int height = 24;
  bool operator==(const Size&) const = default;
};

struct Layout {
  int three_lines_below = 5;    // rows; fewer: three lines are all there is
  int merge_health_below = 12;  // rows; fewer: the health of the capture stands beside the verdict
  Size panes_from{80, 22};      // smaller: the focused pane of the overview alone
  Size wide_from{100, 34};      // rates and inner flows in the overview; its columns alone: wider rows and graphs everywhere
  bool operator==(const Layout&) const = default;

  bool wide(int width) const { return width >= wide_from.width; }
  bool wide(Size size) const { return wide(size.width) && size.height >= wide_from.height; }
  bool has_panes(Size size) const { return size.width >= panes_from.width && size.height >= panes_from.height; }
};

// One entry of [layout]: "three-lines-below" and "merge-health-below" are rows, "panes-from" and "wide-from" sizes such as "80x24". Errors:
// another name, no such value, out of range; the sentence says what is meant.
base::Result<void> read_layout(std::string_view name, std::string_view value, Layout& layout);
// The entries that differ from the defaults, as TOML lines without the table's name.
std::string to_toml(const Layout& layout);

}  // namespace espy::tui
