// docs/keys.md is what the tables say (T25). ESPY_UPDATE_DOCS=1 writes it anew.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "tui/keys.h"
#include "tui/theme.h"

namespace espy::tui {
namespace {

// Inside a table `|` would end a cell.
std::string code(std::string_view text) { return text == "|" ? "`\\|`" : text == "`" ? "`` ` ``" : fmt::format("`{}`", text); }

std::string keys_of(const ActionFacts& fact) {
  std::string text;
  for (const Key key : fact.keys) {
    if (key != Key::kNone) text += (text.empty() ? "" : " ") + code(name(key));
  }
  return text;
}

std::string views_of(const ActionFacts& fact) {
  if (fact.views == kEveryView) return "";
  std::string text;
  for (int view = 0; view <= static_cast<int>(ViewId::kHelp); ++view) {
    if ((fact.views & only(static_cast<ViewId>(view))) != 0)
      text += (text.empty() ? "" : ", ") + std::string(name(static_cast<ViewId>(view)));
  }
  return text;
}

std::string key_tables() {
  std::string text;
  for (const KeyGroup group : {KeyGroup::kMove, KeyGroup::kLook, KeyGroup::kAct}) {
    text += fmt::format("## {}\n\n| key | does | only in | name in tui.toml |\n| --- | --- | --- | --- |\n", name(group));
    for (const ActionFacts& fact : actions()) {
      if (fact.group == group) text += fmt::format("| {} | {} | {} | `{}` |\n", keys_of(fact), fact.help, views_of(fact), fact.name);
    }
    text += "\n";
  }
  return text;
}

std::string theme_table(int colours) {
  std::string text = "| role |";
  for (const Theme& theme : built_in_themes()) text += fmt::format(" {} |", theme.name);
  text += "\n|";
  for (std::size_t i = 0; i <= built_in_themes().size(); ++i) text += " --- |";
  text += "\n";
  for (std::size_t role = 0; role < kRoleCount; ++role) {
    text += fmt::format("| {} |", name(static_cast<Role>(role)));
    for (const Theme& theme : built_in_themes()) text += fmt::format(" {} |", to_string(paint(theme, static_cast<Role>(role), colours)));
    text += "\n";
  }
  return text + "\n";
}

std::string document() {
  return "# Keys and themes of `espy watch`\n\n"
         "Written by the test `tui.KeysDocument`, from the tables that the program acts on.\n\n"
         "F-keys are only twins of letters. Arrows, Enter and Esc keep their meaning; `^a` and `^b` are left to tmux and screen. While "
         "text is\n"
         "typed every letter means itself; Tab completes, Enter accepts, Esc gives up.\n\n" +
         key_tables() +
         "## Settings\n\n"
         "`C` writes `$XDG_CONFIG_HOME/espy/tui.toml` (or `~/.config/espy/tui.toml`), and `espy watch --save` does so at its start, with "
         "what\n"
         "`--theme`, `--refresh`, `--ascii`, `--utf8`, `--screen-reader` and `--redact-payload` say; nothing else does. The file is "
         "replaced "
         "whole, never\nwritten through a link; one that cannot be read is told and left alone.\n\n"
         "```toml\n"
         "[screen]\n"
         "theme = \"mine\"\n"
         "clock = \"local\"      # or \"utc\"\n"
         "units = \"octets\"     # or \"bits\"\n"
         "payload = \"off\"      # or \"on\"\n"
         "names = \"on\"         # or \"off\"\n"
         "mouse = \"off\"        # or \"on\"\n"
         "glyphs = \"auto\"      # by the terminal; or \"ascii\", \"block\", \"braille\"\n"
         "screen-reader = \"off\"  # or \"on\": neither boxes nor graphs\n"
         "interval = \"0.5\"     # seconds, 0.25 to 60\n"
         "\n"
         "[layout]             # of the terminal, in rows or COLUMNSxROWS; what stands here are the defaults\n"
         "three-lines-below = 5       # rows; fewer: three lines are all there is\n"
         "merge-health-below = 12     # rows; fewer: the health of the capture stands beside the verdict\n"
         "panes-from = \"80x22\"       # smaller: one pane of the overview at a time\n"
         "wide-from = \"100x34\"       # rates and inner flows in the overview; its columns: wide rows and graphs in every view\n"
         "\n"
         "[keys]\n"
         "next-bad = [\"b\", \"F4\"]\n"
         "\n"
         "[theme.mine]         # what it leaves out is as in default\n"
         "leak = \"white on red bold\"\n"
         "ok = \"39\"\n"
         "```\n\n"
         "## Themes\n\n"
         "A colour is a number of xterm's 256, one of the eight names, or `default`, the terminal's own. Signs and words carry every "
         "meaning;\n"
         "with `NO_COLOR`, `--color=never` or fewer than eight colours attributes alone are used, as in `mono`.\n\n"
         "With 256 colours:\n\n" +
         theme_table(256) + "With 16 colours:\n\n" + theme_table(16);
}

TEST(KeysDocument, IsWhatTheTablesSay) {
  const std::string path = ESPY_SOURCE_DIR "/docs/keys.md";
  if (std::getenv("ESPY_UPDATE_DOCS") != nullptr) std::ofstream(path) << document();
  std::ostringstream written;
  written << std::ifstream(path).rdbuf();
  EXPECT_EQ(written.str(), document()) << "ESPY_UPDATE_DOCS=1 writes docs/keys.md anew";
}

}  // namespace
}  // namespace espy::tui
