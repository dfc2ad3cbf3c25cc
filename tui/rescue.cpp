#include "tui/rescue.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <exception>

namespace espy::tui {
namespace {

constexpr std::array kAskToEnd = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
constexpr std::array kTold = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH};
constexpr std::array kCrashes = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};
constexpr std::size_t kFarewellSize = 512;
constexpr off_t kErrorsKept = 65'536;

// All that a signal handler may touch: plain data, prepared before any handler is installed.
struct Prepared {
  std::atomic<bool> stands{false};
  int input = -1, output = -1;
  int wake_read = -1, wake_write = -1;
  int errors = -1;       // what stderr is while the screen is taken
  int true_errors = -1;  // what it was
  bool has_modes = false;
  termios modes{};
  std::array<char, kFarewellSize> farewell{};
  std::size_t farewell_size = 0;
  std::array<std::atomic<bool>, NSIG> waiting{};  // told, and not yet taken
  std::array<struct sigaction, NSIG> before{};
  std::terminate_handler terminate = nullptr;
};
Prepared prepared;

void write_all(int descriptor, const char* data, std::size_t size) {
  while (size > 0) {
    const ssize_t written = ::write(descriptor, data, size);
    if (written <= 0) return;
    data += written;
    size -= static_cast<std::size_t>(written);
  }
}

// Async-signal-safe.
void copy_errors() {
  if (prepared.errors < 0) return;
  ::dup2(prepared.true_errors, STDERR_FILENO);
  std::array<char, 1024> part;
  ::lseek(prepared.errors, 0, SEEK_SET);
  for (ssize_t size; (size = ::read(prepared.errors, part.data(), part.size())) > 0;) {
    write_all(STDERR_FILENO, part.data(), static_cast<std::size_t>(size));
  }
}

// Async-signal-safe. Each step is tried whatever became of the one before.
void restore_terminal() {
  if (!prepared.stands.exchange(false)) return;
  write_all(prepared.output, prepared.farewell.data(), prepared.farewell_size);
  if (prepared.has_modes) ::tcsetattr(prepared.input, TCSANOW, &prepared.modes);
  copy_errors();
}

void set_action(int signal, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  ::sigaction(signal, &action, nullptr);
}

// A second signal before the first was taken: the loop hangs, perhaps on a terminal that reads no more.
void give_up(int signal) {
  restore_terminal();
  set_action(signal, SIG_DFL);
  ::raise(signal);
}

void tell(int signal) {
  const int error = errno;
  const bool ends = std::ranges::find(kAskToEnd, signal) != kAskToEnd.end();
  if (prepared.waiting[static_cast<std::size_t>(signal)].exchange(true) && ends) give_up(signal);
  const auto octet = static_cast<char>(signal);
  if (::write(prepared.wake_write, &octet, 1) < 0) errno = error;  // a full pipe wakes as well
  errno = error;
}

void crash(int signal) {
  restore_terminal();
  ::sigaction(signal, &prepared.before[static_cast<std::size_t>(signal)], nullptr);
  ::raise(signal);
}

[[noreturn]] void terminated() {
  restore_terminal();
  prepared.terminate();
  __builtin_unreachable();
}

void catch_signal(int signal, void (*handler)(int)) {
  ::sigaction(signal, nullptr, &prepared.before[static_cast<std::size_t>(signal)]);
  set_action(signal, handler);
}

void close_if_open(int& descriptor) {
  if (descriptor >= 0) ::close(descriptor);
  descriptor = -1;
}

}  // namespace

Rescue::Rescue(int input, int output) {
  prepared.input = input;
  prepared.output = output;
  prepared.has_modes = ::tcgetattr(input, &prepared.modes) == 0;
  prepared.farewell_size = 0;
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_NONBLOCK | O_CLOEXEC) == 0) {
    prepared.wake_read = ends[0];
    prepared.wake_write = ends[1];
  }
  keep_errors();
  prepared.stands = true;
  for (auto& waiting : prepared.waiting) waiting = false;
  prepared.terminate = std::set_terminate(terminated);
  for (const int signal : kTold) catch_signal(signal, tell);
  for (const int signal : kCrashes) catch_signal(signal, crash);
}

Rescue::~Rescue() {
  for (const int signal : kTold) ::sigaction(signal, &prepared.before[static_cast<std::size_t>(signal)], nullptr);
  for (const int signal : kCrashes) ::sigaction(signal, &prepared.before[static_cast<std::size_t>(signal)], nullptr);
  std::set_terminate(prepared.terminate);
  if (prepared.stands.exchange(false)) copy_errors();
  close_if_open(prepared.errors);
  close_if_open(prepared.true_errors);
  close_if_open(prepared.wake_read);
  close_if_open(prepared.wake_write);
}

void Rescue::set_farewell(std::string_view farewell) {
  const std::size_t size = std::min(farewell.size(), kFarewellSize);
  std::copy_n(farewell.data(), size, prepared.farewell.data());
  prepared.farewell_size = size;
}

void Rescue::keep_errors() {
  if (::isatty(STDERR_FILENO) == 0) return;
  prepared.errors = ::memfd_create("espy-stderr", MFD_CLOEXEC);
  prepared.true_errors = ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
  if (prepared.errors < 0 || prepared.true_errors < 0 || ::fcntl(prepared.errors, F_SETFL, O_APPEND) != 0) {
    close_if_open(prepared.errors);
    return close_if_open(prepared.true_errors);
  }
  ::dup2(prepared.errors, STDERR_FILENO);
}

int Rescue::pipe() const { return prepared.wake_read; }

int Rescue::take_signal() {
  for (char octet = 0; ::read(prepared.wake_read, &octet, 1) > 0;) {
  }
  for (const int signal : kTold) {
    if (prepared.waiting[static_cast<std::size_t>(signal)].exchange(false)) return signal;
  }
  return 0;
}

void Rescue::trim() {
  struct stat facts {};
  if (prepared.errors >= 0 && ::fstat(prepared.errors, &facts) == 0 && facts.st_size > kErrorsKept &&
      ::ftruncate(prepared.errors, 0) != 0) {
    close_if_open(prepared.errors);
  }
}

}  // namespace espy::tui
