// FakeTerminal: a Terminal without a tty: keys from a script, pictures kept as text. FakeFeed: pictures that a test puts there.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "tui/feed.h"
#include "tui/terminal.h"

namespace espy::tui::testing {

class FakeTerminal final : public Terminal {
 public:
  explicit FakeTerminal(Size size) : size_(size) {}

  base::Result<void> start() override {
    started = true;
    return {};
  }
  tui::Size size() const override { return size_; }
  int colours() const override { return 256; }
  void set_theme(const Theme& theme) override { themes.push_back(theme.name); }
  void draw(const Canvas& canvas, int row, int) override {
    pictures.push_back(canvas.text());
    cursor_row = row;
  }
  Input read(base::Duration longest) override {
    if (on_read) on_read(longest);
    if (inputs.empty()) return exhausted;
    const Input next = inputs.front();
    inputs.pop_front();
    return next;
  }
  void set_mouse(Mouse wanted) override { mouse = wanted; }
  void redraw() override { ++redraws; }
  void suspend() override { ++suspensions; }
  base::Result<std::string> copy(std::string_view text) override {
    copied = text;
    if (clipboard.empty()) return base::fail("no clipboard");
    return clipboard;
  }
  void finish(const Canvas* keep) override {
    finished = true;
    if (keep != nullptr) kept = keep->text();
  }

  void press(Key key) { inputs.push_back({.kind = InputKind::kKey, .key = key}); }
  void press(std::string_view letters) {
    for (const char letter : letters) press(key(letter));
  }

  std::deque<Input> inputs;
  Input exhausted{.kind = InputKind::kClosed};  // what comes after the script
  std::function<void(base::Duration)> on_read;
  std::vector<std::string> pictures, themes;
  std::string copied, kept, clipboard = "the clipboard";
  Mouse mouse = Mouse::kOff;
  int cursor_row = 0, redraws = 0, suspensions = 0;
  bool started = false, finished = false;

 private:
  tui::Size size_;
};

class FakeFeed final : public Feed {
 public:
  FakeFeed(std::shared_ptr<const verdict::Picture> picture, const Chronicle& chronicle)
      : picture_(std::move(picture)), chronicle_(chronicle) {}

  Moment look(std::optional<base::Time> cursor) override {
    ++looks;
    last_cursor = cursor;
    return {.picture = picture_, .whole = picture_, .chronicle = &chronicle_};
  }
  bool live() const override { return picture_->live; }
  std::string name() const override { return feed_name; }
  void set_interval(base::Duration wanted) override { interval = wanted; }
  base::Result<std::string> save_packets(const std::string& key) override {
    saved = key;
    return std::string("saved packets.pcapng");
  }
  base::Result<std::string> save_report() override { return std::string("saved report.json"); }

  void show(verdict::Picture picture) {
    picture_ = std::make_shared<const verdict::Picture>(std::move(picture));
    chronicle_.add(picture_);
  }
  const verdict::Picture& picture() const { return *picture_; }

  std::string feed_name = "eth0";
  int looks = 0;
  std::optional<base::Time> last_cursor;
  base::Duration interval;
  std::string saved;

 private:
  std::shared_ptr<const verdict::Picture> picture_;
  Chronicle chronicle_;
};

}  // namespace espy::tui::testing
