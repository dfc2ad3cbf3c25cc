#include "tui/keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace espy::tui {
namespace {

TEST(Key, NamesAreReadBack) {
  const Key kKeys[] = {key('a'),       key('?'),         control('d'),          Key::kTab, Key::kShiftTab, Key::kSpace,
                       Key::kPageDown, function_key(10), static_cast<Key>(0xe9)};
  for (const Key each : kKeys) EXPECT_EQ(find_key(name(each)), each) << name(each);
  EXPECT_EQ(name(control('l')), "^l");
  EXPECT_EQ(name(function_key(12)), "F12");
  for (const std::string_view wrong : {"", "F13", "Meta-x", "ab", "\x1b"}) EXPECT_FALSE(find_key(wrong)) << wrong;
}

TEST(Keys, EveryKeyHasOneMeaning) {
  std::set<Key> seen;
  for (const ActionFacts& fact : actions()) {
    EXPECT_NE(fact.keys[0], Key::kNone) << fact.name;
    for (const Key key : fact.keys) {
      if (key == Key::kNone) continue;
      EXPECT_TRUE(seen.insert(key).second) << name(key);
      EXPECT_NE(key, control('a'));
      EXPECT_NE(key, control('b'));
    }
  }
}

// TUI.md 3.3, the table of keys.
TEST(Keys, AreThoseOfTheSpecification) {
  const std::pair<std::string_view, std::string_view> kSpecified[] = {
      {"?", "help"},
      {"F1", "help"},
      {"q", "quit"},
      {"F10", "quit"},
      {"Q", "quit-keep"},
      {"Enter", "open"},
      {"Esc", "back"},
      {"Tab", "next-pane"},
      {"S-Tab", "previous-pane"},
      {"1", "pane-1"},
      {"7", "pane-7"},
      {"\\", "maximise"},
      {"j", "down"},
      {"k", "up"},
      {"Up", "up"},
      {"Down", "down"},
      {"g", "first"},
      {"G", "last"},
      {"Home", "first"},
      {"End", "last"},
      {"^d", "half-page-down"},
      {"^u", "half-page-up"},
      {"PgUp", "page-up"},
      {"PgDn", "page-down"},
      {"Left", "left"},
      {"Right", "right"},
      {"/", "filter"},
      {"n", "next-match"},
      {"N", "previous-match"},
      {"e", "next-bad"},
      {"E", "previous-bad"},
      {"f", "follow"},
      {"s", "sort"},
      {"S", "reverse"},
      {"o", "hold-order"},
      {"c", "columns"},
      {"Space", "freeze"},
      {"+", "more"},
      {"-", "less"},
      {"u", "units"},
      {"d", "names"},
      {"z", "clock"},
      {"T", "theme"},
      {"C", "save-settings"},
      {"y", "copy"},
      {"Y", "copy-filter"},
      {"w", "save-view"},
      {"W", "save-packets"},
      {"R", "save-report"},
      {"a", "acknowledge"},
      {"m", "mark"},
      {"x", "payload"},
      {"v", "sequence"},
      {"p", "peer"},
      {"t", "timeline"},
      {"<", "slower"},
      {">", "faster"},
      {"[", "narrower"},
      {"]", "wider"},
      {":", "command"},
      {"M", "mouse"},
      {"^l", "redraw"},
      {"^z", "suspend"},
      {"i", "capture"},
  };
  const Keymap keymap;
  for (const auto& [key, action] : kSpecified) {
    const Action* found = keymap.find(*find_key(key));
    ASSERT_NE(found, nullptr) << key;
    EXPECT_EQ(facts(*found).name, action) << key;
  }
}

TEST(Keys, AreRebound) {
  Keymap keymap;
  const std::string kNew[] = {"b", "F4"};
  ASSERT_TRUE(keymap.bind("next-bad", kNew));
  EXPECT_EQ(*keymap.find(key('b')), Action::kNextBad);
  EXPECT_EQ(*keymap.find(function_key(4)), Action::kNextBad);
  EXPECT_EQ(keymap.find(key('e')), nullptr);
  EXPECT_EQ(keymap.shown(Action::kNextBad), "b");
  const std::string kTaken[] = {"q"};
  ASSERT_TRUE(keymap.bind("freeze", kTaken));
  EXPECT_EQ(*keymap.find(key('q')), Action::kFreeze);
  EXPECT_EQ(keymap.shown(Action::kQuit), "F10");
}

TEST(Keys, RefuseWhatWouldLockAPersonOut) {
  Keymap keymap;
  const std::pair<std::string, std::string> kCases[] = {
      {"Esc", "Esc keeps its meaning"}, {"^a", "^a belongs to tmux and screen"}, {"F99", "no key is called \"F99\""}};
  for (const auto& [key, reason] : kCases) {
    const std::vector<std::string> keys = {key};
    EXPECT_EQ(keymap.bind("mark", keys).error().message, reason);
  }
  EXPECT_EQ(keymap.bind("fly", {}).error().message, "no action is called \"fly\"");
  ASSERT_TRUE(keymap.bind("up", {}));
  EXPECT_EQ(*keymap.find(Key::kUp), Action::kUp);
  EXPECT_EQ(keymap.find(key('k')), nullptr);
}

TEST(Keys, EveryViewOffersHelpAndQuitLast) {
  for (int view = 0; view <= static_cast<int>(ViewId::kHelp); ++view) {
    const auto offered = hints(static_cast<ViewId>(view));
    ASSERT_GE(offered.size(), 2U);
    EXPECT_EQ(offered[offered.size() - 2], Action::kHelp);
    EXPECT_EQ(offered.back(), Action::kQuit);
  }
}

}  // namespace
}  // namespace espy::tui
