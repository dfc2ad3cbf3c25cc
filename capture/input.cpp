#include "capture/input.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

namespace espy::capture {

namespace {

// So often a read that waits for a writer looks whether it was stopped.
constexpr int kPollMilliseconds = 100;
constexpr int kPipeSize = 256 * 1024;

std::unexpected<base::Error> cannot_open(const std::string& path, int code) {
  std::string advice;
  if (code == EACCES) advice = "you may not read this file";
  if (code == EISDIR) advice = "give a file";
  return std::unexpected(base::Error{.message = fmt::format("cannot open: {}", std::strerror(code)), .advice = advice, .file = path});
}

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(number_, other.number_);
  return *this;
}

Descriptor::~Descriptor() {
  if (number_ >= 0) ::close(number_);
}

base::Result<OpenFile> open_file(const std::string& path) {
  const int number = path == "-" ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (number < 0) return cannot_open(path, errno);
  OpenFile file{.descriptor = Descriptor(number), .size = {}};
  struct stat status {};
  if (::fstat(number, &status) != 0) return cannot_open(path, errno);
  if (S_ISDIR(status.st_mode)) return cannot_open(path, EISDIR);
  // So that reader and writer take turns less often. Where it is refused, it stays as it is.
  if (S_ISFIFO(status.st_mode)) ::fcntl(number, F_SETPIPE_SZ, kPipeSize);
  if (S_ISREG(status.st_mode)) {
    file.size = static_cast<std::uint64_t>(status.st_size);
    ::posix_fadvise(number, 0, 0, POSIX_FADV_SEQUENTIAL);
  }
  return file;
}

std::size_t read_at(const Descriptor& descriptor, std::uint64_t offset, std::span<std::uint8_t> room) {
  std::size_t filled = 0;
  while (filled < room.size()) {
    const ssize_t count = ::pread(descriptor.number(), room.data() + filled, room.size() - filled, static_cast<off_t>(offset + filled));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    filled += static_cast<std::size_t>(count);
  }
  return filled;
}

std::size_t FileInput::read(std::span<std::uint8_t> room) {
  if (file_.size) {
    const std::uint64_t left = *file_.size - std::min(*file_.size, position_.load());
    room = room.first(static_cast<std::size_t>(std::min<std::uint64_t>(room.size(), left)));
    if (room.empty()) return 0;
  }
  while (wait()) {
    const ssize_t count = ::read(file_.descriptor.number(), room.data(), room.size());
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count < 0) trouble_ = fmt::format("it cannot be read beyond offset {}: {}", position_.load(), std::strerror(errno));
    if (count == 0 && file_.size) trouble_ = fmt::format("it became shorter while it was read: it ends at offset {}", position_.load());
    if (count <= 0) return 0;
    position_ += static_cast<std::uint64_t>(count);
    return static_cast<std::size_t>(count);
  }
  return 0;
}

// A regular file never waits; a pipe waits in short steps, to see stop().
bool FileInput::wait() {
  pollfd poll_entry{.fd = file_.descriptor.number(), .events = POLLIN, .revents = 0};
  while (!stopped_) {
    if (file_.size) return true;
    const int ready = ::poll(&poll_entry, 1, kPollMilliseconds);
    if (ready > 0 || (ready < 0 && errno != EINTR)) return true;
  }
  return false;
}

bool FileInput::would_wait() {
  if (file_.size) return false;
  pollfd poll_entry{.fd = file_.descriptor.number(), .events = POLLIN, .revents = 0};
  return ::poll(&poll_entry, 1, 0) <= 0;
}

std::optional<double> FileInput::progress() const {
  if (!file_.size) return std::nullopt;
  if (*file_.size == 0) return 1.0;
  return std::min(1.0, static_cast<double>(position_.load()) / static_cast<double>(*file_.size));
}

bool PeekedInput::grow() {
  constexpr std::size_t kStep = std::size_t{64} * 1024;
  const std::size_t size = head_.size();
  head_.resize(size + kStep);
  const std::size_t count = input_->read(std::span(head_).subspan(size));
  head_.resize(size + count);
  return count != 0;
}

bool PeekedInput::grow_to(std::size_t size) {
  while (head_.size() < size) {
    if (!grow()) return false;
  }
  return true;
}

std::size_t PeekedInput::read(std::span<std::uint8_t> room) {
  if (given_ == head_.size()) return input_->read(room);
  const std::size_t count = std::min(room.size(), head_.size() - given_);
  std::copy_n(head_.begin() + static_cast<std::ptrdiff_t>(given_), count, room.begin());
  given_ += count;
  if (given_ == head_.size()) {
    head_ = {};
    given_ = 0;
  }
  return count;
}

}  // namespace espy::capture
