#include "tui/terminal.h"

#define NCURSES_NOMACROS 1
#include <fcntl.h>
#include <fmt/format.h>
#include <langinfo.h>
#include <ncurses.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>

#include "tui/clipboard.h"
#include "tui/curses_keys.h"
#include "tui/curses_painter.h"
#include "tui/glyphs.h"
#include "tui/rescue.h"

namespace espy::tui {
namespace {

constexpr int kEscapeDelay = 50;           // ms in which the rest of an escape sequence must come
constexpr int kEmptyReadsUntilClosed = 8;  // of a terminal that says that it is readable
constexpr std::string_view kMouseOff = "\x1b[?1006l\x1b[?1000l";

// The octets of a terminfo string without its padding marks $<…>.
std::string capability(const char* name) {
  const char* found = ::tigetstr(name);
  if (found == nullptr || found == reinterpret_cast<const char*>(-1)) return {};
  std::string text(found);
  for (std::size_t mark = text.find("$<"); mark != std::string::npos; mark = text.find("$<")) {
    const std::size_t end = text.find('>', mark);
    text.erase(mark, end == std::string::npos ? end : end - mark + 1);
  }
  return text;
}

// Of the ones that a screen may have changed, all.
std::string farewell() {
  std::string text(kMouseOff);
  for (const char* name : {"sgr0", "op", "cnorm", "rmkx", "rmcup"}) text += capability(name);
  return text;
}

std::string ascii(std::string text) {
  std::erase_if(text, [](char octet) { return (static_cast<unsigned char>(octet) & 0xc0U) == 0x80; });
  std::ranges::replace_if(
      text, [](char octet) { return static_cast<signed char>(octet) < 0; }, '?');
  return text;
}

bool same_row(const Canvas& left, const Canvas& right, int row) {
  for (int column = 0; column < left.width(); ++column) {
    if (left.at(row, column) != right.at(row, column)) return false;
  }
  return true;
}

class CursesTerminal final : public Terminal {
 public:
  // `own_input`: a descriptor to be closed at the end, or -1.
  CursesTerminal(const TerminalOptions& options, int own_input) : options_(options), own_input_(own_input) {}
  ~CursesTerminal() override {
    finish(nullptr);
    if (own_input_ >= 0) ::close(own_input_);
  }

  base::Result<void> start() override;
  Size size() const override;
  int colours() const override { return painter_.colours(); }
  void set_theme(const Theme& theme) override;
  void draw(const Canvas& canvas, int cursor_row, int cursor_column) override;
  Input read(base::Duration longest) override;
  void set_mouse(Mouse mouse) override;
  void redraw() override;
  void suspend() override;
  base::Result<std::string> copy(std::string_view text) override;
  void finish(const Canvas* keep) override;

 private:
  void choose_locale();
  Input read_key();
  Input mouse_input();
  Input wait(int timeout);
  Input signal_input(int signal);
  Input resized();
  void send(std::string_view octets);
  std::string kept_text(const Canvas& canvas) const;
  void close_files();

  TerminalOptions options_;
  int own_input_;
  std::optional<Rescue> rescue_;
  std::FILE* input_ = nullptr;
  std::FILE* output_ = nullptr;
  SCREEN* screen_ = nullptr;
  bool utf8_ = false;
  int empty_reads_ = 0;
  CursesPainter painter_;
  std::optional<Canvas> shown_;
};

void CursesTerminal::choose_locale() {
  std::setlocale(LC_CTYPE, "");
  if (options_.force_utf8 && terminal_codeset() != "UTF-8") std::setlocale(LC_CTYPE, "C.UTF-8");
  utf8_ = std::string_view(::nl_langinfo(CODESET)) == "UTF-8";
}

base::Result<void> CursesTerminal::start() {
  if (screen_ != nullptr) return {};
  choose_locale();
  rescue_.emplace(options_.input, options_.output);
  input_ = ::fdopen(::dup(options_.input), "r");
  output_ = ::fdopen(::dup(options_.output), "w");
  ::use_env(FALSE);
  ::use_tioctl(TRUE);
  if (input_ != nullptr && output_ != nullptr) screen_ = ::newterm(nullptr, output_, input_);
  if (screen_ == nullptr || capability("cup").empty()) {
    finish(nullptr);
    return base::fail("this terminal cannot move its cursor", "use --plain, or set TERM");
  }
  rescue_->set_farewell(farewell());
  ::set_escdelay(kEscapeDelay);
  ::raw();
  ::noecho();
  ::nonl();
  ::keypad(stdscr, TRUE);
  ::nodelay(stdscr, TRUE);
  ::intrflush(stdscr, FALSE);
  ::leaveok(stdscr, FALSE);
  ::mouseinterval(0);
  painter_.start(options_.colour, utf8_);
  return {};
}

void CursesTerminal::set_theme(const Theme& theme) {
  painter_.set_theme(theme);
  shown_.reset();
}

Size CursesTerminal::size() const {
  if (screen_ != nullptr) return {getmaxx(stdscr), getmaxy(stdscr)};
  winsize window{};
  if (::ioctl(options_.output, TIOCGWINSZ, &window) != 0 || window.ws_col == 0 || window.ws_row == 0) return {};
  return {window.ws_col, window.ws_row};
}

void CursesTerminal::draw(const Canvas& canvas, int cursor_row, int cursor_column) {
  if (screen_ == nullptr) return;
  const bool same_size = shown_ && shown_->width() == canvas.width() && shown_->height() == canvas.height();
  if (!same_size) ::werase(stdscr);
  for (int row = 0; row < canvas.height(); ++row) {
    if (!same_size || !same_row(canvas, *shown_, row)) painter_.draw_row(canvas, row);
  }
  ::wmove(stdscr, cursor_row, cursor_column);
  ::wrefresh(stdscr);
  shown_ = canvas;
  rescue_->trim();
}

Input CursesTerminal::signal_input(int signal) {
  if (signal == SIGTSTP) return {.kind = InputKind::kKey, .key = control('z')};
  if (signal == SIGWINCH) return resized();
  return {.kind = InputKind::kSignal, .signal = signal};
}

// resizeterm() is ncurses' own answer to SIGWINCH; it runs here, in the loop, and its KEY_RESIZE tells the size on.
Input CursesTerminal::resized() {
  winsize window{};
  if (::ioctl(options_.output, TIOCGWINSZ, &window) == 0 && window.ws_row > 0 && window.ws_col > 0) {
    ::resizeterm(window.ws_row, window.ws_col);
  }
  redraw();  // terminals differ in what they keep of the old picture
  return {.kind = InputKind::kResize};
}

Input CursesTerminal::mouse_input() {
  MEVENT event;
  if (::getmouse(&event) != OK) return {};
  Input input{.kind = InputKind::kNone, .row = event.y, .column = event.x};
  if ((event.bstate & BUTTON4_PRESSED) != 0) input.kind = InputKind::kWheelUp;
  if ((event.bstate & BUTTON5_PRESSED) != 0) input.kind = InputKind::kWheelDown;
  if ((event.bstate & (BUTTON1_PRESSED | BUTTON1_CLICKED)) != 0) input.kind = InputKind::kClick;
  return input;
}

Input CursesTerminal::read_key() {
  wint_t code = 0;
  const int kind = ::wget_wch(stdscr, &code);
  if (kind == ERR) return {};
  empty_reads_ = 0;
  if (kind == KEY_CODE_YES && code == KEY_RESIZE) return {.kind = InputKind::kResize};  // resizeterm() said so
  if (kind == KEY_CODE_YES && code == KEY_MOUSE) return mouse_input();
  const Key key = kind == KEY_CODE_YES ? key_of_function(code) : key_of_character(code);
  if (key == control('c')) return {.kind = InputKind::kSignal, .signal = SIGINT};
  if (key == control('\\')) return {.kind = InputKind::kSignal, .signal = SIGQUIT};
  return {.kind = key == Key::kNone ? InputKind::kNone : InputKind::kKey, .key = key};
}

// Before the screen is taken only whole lines come, and signals have their usual effect.
Input CursesTerminal::wait(int timeout) {
  std::array<pollfd, 2> files = {
      {{.fd = options_.input, .events = POLLIN, .revents = 0}, {.fd = rescue_ ? rescue_->pipe() : -1, .events = POLLIN, .revents = 0}}};
  if (::poll(files.data(), files.size(), timeout) <= 0 || files[0].revents == 0) return {};
  const bool closed = (files[0].revents & (POLLHUP | POLLERR | POLLNVAL)) != 0 || ++empty_reads_ > kEmptyReadsUntilClosed;
  if (closed) return {.kind = InputKind::kClosed};
  if (screen_ != nullptr) return {};
  std::array<char, 256> line;
  return {.kind = ::read(options_.input, line.data(), line.size()) > 0 ? InputKind::kKey : InputKind::kClosed, .key = Key::kEnter};
}

Input CursesTerminal::read(base::Duration longest) {
  const int timeout = static_cast<int>(std::clamp<std::int64_t>(longest.nanoseconds / 1'000'000, 0, 60'000));
  if (screen_ == nullptr) return wait(timeout);
  if (const int signal = rescue_->take_signal()) return signal_input(signal);
  if (const Input input = read_key(); input.kind != InputKind::kNone) return input;
  if (const Input input = wait(timeout); input.kind != InputKind::kNone) return input;
  if (const int signal = rescue_->take_signal()) return signal_input(signal);
  return read_key();
}

void CursesTerminal::set_mouse(Mouse mouse) {
  if (screen_ == nullptr) return;
  ::mousemask(mouse == Mouse::kOn ? BUTTON1_PRESSED | BUTTON1_CLICKED | BUTTON4_PRESSED | BUTTON5_PRESSED : 0, nullptr);
}

void CursesTerminal::redraw() {
  shown_.reset();
  if (screen_ != nullptr) ::clearok(stdscr, TRUE);
}

void CursesTerminal::suspend() {
  if (screen_ == nullptr) return;
  ::endwin();
  struct sigaction usual {
  }, ours{};
  usual.sa_handler = SIG_DFL;
  ::sigaction(SIGTSTP, &usual, &ours);
  ::kill(0, SIGTSTP);
  ::sigaction(SIGTSTP, &ours, nullptr);
  resized();
  ::wrefresh(stdscr);
  redraw();
}

void CursesTerminal::send(std::string_view octets) {
  std::fflush(output_);
  while (!octets.empty()) {
    const ssize_t written = ::write(options_.output, octets.data(), octets.size());
    if (written <= 0) return;
    octets.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::string CursesTerminal::kept_text(const Canvas& canvas) const {
  std::string text = canvas.text();
  text.erase(text.find_last_not_of('\n') + 1);
  return (utf8_ ? text : ascii(text)) + '\n';
}

base::Result<std::string> CursesTerminal::copy(std::string_view text) {
  if (screen_ == nullptr) return base::fail("no screen is taken");
  if (copy_to_tmux(text)) return std::string("tmux's buffer");
  const char* type = std::getenv("TERM");
  if (type == nullptr || choose_tier("UTF-8", type) == Tier::kAscii) return base::fail("this terminal has no clipboard");
  const auto sequence = osc52(text);
  if (!sequence) return std::unexpected(sequence.error());
  send(*sequence);
  return std::string("the terminal's clipboard");
}

void CursesTerminal::close_files() {
  if (output_ != nullptr) std::fclose(output_);
  if (input_ != nullptr) std::fclose(input_);
  output_ = input_ = nullptr;
}

void CursesTerminal::finish(const Canvas* keep) {
  if (screen_ != nullptr) {
    set_mouse(Mouse::kOff);
    ::endwin();
    if (keep != nullptr) send(kept_text(*keep));
    ::delscreen(screen_);
    screen_ = nullptr;
  }
  close_files();
  rescue_.reset();
}

}  // namespace

std::string terminal_codeset() {
  std::setlocale(LC_CTYPE, "");
  return ::nl_langinfo(CODESET);
}

base::Result<std::unique_ptr<Terminal>> open_terminal(const TerminalOptions& options) {
  const char* type = std::getenv("TERM");
  if (::isatty(options.output) == 0) return base::fail("there is no terminal", "use --plain or --once");
  if (type == nullptr || *type == '\0' || std::string_view(type) == "dumb") {
    return base::fail("TERM says that the terminal is dumb", "use --plain or --once");
  }
  TerminalOptions used = options;
  // A capture may come from standard input; keys then come from the terminal itself.
  const int own_input = ::isatty(options.input) == 0 ? ::open("/dev/tty", O_RDWR | O_CLOEXEC) : -1;
  if (own_input >= 0) used.input = own_input;
  if (::isatty(used.input) == 0) return base::fail("no keys can be read from here", "use --plain or --once");
  return std::make_unique<CursesTerminal>(used, own_input);
}

}  // namespace espy::tui
