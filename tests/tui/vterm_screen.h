// VtermScreen: a pseudo-terminal whose other end is libvterm: what a person would see of what is sent, cell by cell. Octets are read by a
// thread, so that a writer never waits; settle() shows all that was written so far.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <vterm.h>

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "tui/terminal.h"
#include "tui/unicode.h"

namespace espy::tui {

class VtermScreen {
 public:
  enum class Listens : std::uint8_t { kAtOnce, kLater };  // kLater: a test that forks may have no second thread then

  explicit VtermScreen(Size size, Listens listens = Listens::kAtOnce) : size_(size) {
    const winsize window = window_of(size);
    ::openpty(&master_, &slave_, nullptr, nullptr, &window);
    ::fcntl(master_, F_SETFD, FD_CLOEXEC);
    terminal_ = ::vterm_new(size.height, size.width);
    ::vterm_set_utf8(terminal_, 1);
    screen_ = ::vterm_obtain_screen(terminal_);
    ::vterm_screen_enable_altscreen(screen_, 1);
    ::vterm_screen_reset(screen_, 1);
    static constexpr VTermScreenCallbacks kCallbacks = {.damage = nullptr,
                                                        .moverect = nullptr,
                                                        .movecursor = &VtermScreen::cursor_moved,
                                                        .settermprop = &VtermScreen::property_set,
                                                        .bell = nullptr,
                                                        .resize = nullptr,
                                                        .sb_pushline = nullptr,
                                                        .sb_popline = nullptr};
    ::vterm_screen_set_callbacks(screen_, &kCallbacks, this);
    if (listens == Listens::kAtOnce) listen();
  }
  ~VtermScreen() {
    close_slave();
    stop_listening();
    ::close(master_);
    ::vterm_free(terminal_);
  }
  VtermScreen(const VtermScreen&) = delete;
  VtermScreen& operator=(const VtermScreen&) = delete;

  void listen() {
    reader_ = std::thread([this] { read(); });
  }
  void stop_listening() {
    if (!reader_.joinable()) return;
    stop_ = true;
    reader_.join();
    stop_ = false;
  }

  int slave() const { return slave_; }
  int master() const { return master_; }
  void close_slave() {
    if (slave_ >= 0) ::close(slave_);
    slave_ = -1;
  }

  // A person types.
  void type(std::string_view octets) { [[maybe_unused]] const ssize_t sent = ::write(master_, octets.data(), octets.size()); }

  // The window gets another size. The program hears of it by SIGWINCH, which only a controlling terminal sends.
  void resize(Size size) {
    settle();
    const std::lock_guard lock(mutex_);
    size_ = size;
    const winsize window = window_of(size);
    ::ioctl(master_, TIOCSWINSZ, &window);
    ::vterm_set_size(terminal_, size.height, size.width);
    ::vterm_screen_flush_damage(screen_);
  }

  // All that was written through slave() until now has been taken in.
  void settle() {
    std::unique_lock lock(mutex_);
    const std::string mark = "\x1b]777;" + std::to_string(++marks_) + "\x07";
    marks_size_ += mark.size();
    lock.unlock();
    [[maybe_unused]] const ssize_t sent = ::write(slave_, mark.data(), mark.size());
    lock.lock();
    arrived_.wait(lock, [&] { return raw_.find(mark, searched_) != std::string::npos; });
    ::vterm_input_write(terminal_, raw_.data() + searched_, raw_.size() - searched_);
    ::vterm_screen_flush_damage(screen_);
    searched_ = raw_.size();
  }

  // Another process writes: until this text has come after octet `from`, or ten seconds are over. Where it ends, or npos.
  std::size_t wait_for(std::string_view text, std::size_t from = 0) {
    std::unique_lock lock(mutex_);
    std::size_t found = std::string::npos;
    arrived_.wait_for(lock, std::chrono::seconds(10), [&] { return (found = raw_.find(text, from)) != std::string::npos; });
    return found == std::string::npos ? found : found + text.size();
  }

  char32_t glyph(int row, int column) {
    const VTermScreenCell cell = at(row, column);
    return cell.chars[0] == 0 ? U' ' : static_cast<char32_t>(cell.chars[0]);
  }
  bool reversed(int row, int column) { return at(row, column).attrs.reverse != 0; }
  bool bold(int row, int column) { return at(row, column).attrs.bold != 0; }

  // The rows as Canvas::text() writes them.
  std::string text() {
    std::string all;
    for (int row = 0; row < size_.height; ++row) {
      std::string line;
      for (int column = 0; column < size_.width; ++column) {
        if (at(row, column).chars[0] != static_cast<std::uint32_t>(-1)) append_utf8(line, glyph(row, column));
      }
      line.erase(line.find_last_not_of(' ') + 1);
      all += line + '\n';
    }
    return all;
  }

  // Every octet that came, markers of settle() included; their number without the markers.
  std::string raw() {
    const std::lock_guard lock(mutex_);
    return raw_;
  }
  std::size_t octets() {
    const std::lock_guard lock(mutex_);
    return raw_.size() - marks_size_;
  }

  bool cursor_visible() const { return cursor_visible_; }
  bool alternate_screen() const { return alternate_; }
  int cursor_row() const { return cursor_.row; }

 private:
  VTermScreenCell at(int row, int column) {
    const std::lock_guard lock(mutex_);
    VTermScreenCell cell{};
    ::vterm_screen_get_cell(screen_, VTermPos{.row = row, .col = column}, &cell);
    return cell;
  }

  static winsize window_of(Size size) {
    winsize window{};
    window.ws_row = static_cast<unsigned short>(size.height);
    window.ws_col = static_cast<unsigned short>(size.width);
    return window;
  }

  static int cursor_moved(VTermPos position, VTermPos, int, void* self) {
    static_cast<VtermScreen*>(self)->cursor_ = position;
    return 1;
  }

  static int property_set(VTermProp property, VTermValue* value, void* self) {
    auto* screen = static_cast<VtermScreen*>(self);
    if (property == VTERM_PROP_CURSORVISIBLE) screen->cursor_visible_ = value->boolean != 0;
    if (property == VTERM_PROP_ALTSCREEN) screen->alternate_ = value->boolean != 0;
    return 1;
  }

  void read() {
    std::array<char, 4096> part;
    while (!stop_) {
      pollfd file{.fd = master_, .events = POLLIN, .revents = 0};
      if (::poll(&file, 1, 20) <= 0) continue;
      const ssize_t size = ::read(master_, part.data(), part.size());
      if (size <= 0) {
        if (stop_) return;
        ::usleep(1000);  // nobody holds the other end just now
        continue;
      }
      const std::lock_guard lock(mutex_);
      raw_.append(part.data(), static_cast<std::size_t>(size));
      arrived_.notify_all();
    }
  }

  Size size_;
  int master_ = -1, slave_ = -1;
  VTerm* terminal_ = nullptr;
  VTermScreen* screen_ = nullptr;
  std::atomic<bool> stop_{false};
  std::atomic<bool> cursor_visible_{true}, alternate_{false};
  VTermPos cursor_{};
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::string raw_;
  std::size_t searched_ = 0, marks_ = 0, marks_size_ = 0;
  std::thread reader_;
};

}  // namespace espy::tui
