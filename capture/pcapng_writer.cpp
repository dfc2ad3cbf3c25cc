#include "capture/pcapng_writer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <limits>
#include <system_error>
#include <utility>

namespace espy::capture {

namespace {

constexpr std::uint32_t kSectionBlock = 0x0a0d0d0a;
constexpr std::uint32_t kInterfaceBlock = 1;
constexpr std::uint32_t kEnhancedPacketBlock = 6;
constexpr std::uint32_t kSecretsBlock = 10;
constexpr std::uint32_t kByteOrderMagic = 0x1a2b3c4d;

constexpr std::uint16_t kEndOfOptions = 0;
constexpr std::uint16_t kOptionComment = 1;
constexpr std::uint16_t kOptionPacketFlags = 2;
constexpr std::uint16_t kOptionInterfaceName = 2;
constexpr std::uint16_t kOptionApplication = 4;
constexpr std::uint16_t kOptionResolution = 9;
constexpr std::uint8_t kNanoseconds = 9;  // digits after the second

constexpr std::size_t kFlushAt = std::size_t{64} * 1024;
constexpr std::size_t kMaxOption = 65'535 - 3;  // what the padding of its end leaves of 16 bits
constexpr std::size_t kMaxInterfaces = 16'384;
constexpr mode_t kOwnerOnly = 0600;  // what was encrypted on the wire is not for everybody on the host

// The least significant octet first.
template <class Integer>
void append(std::vector<std::uint8_t>& octets, Integer value) {
  const std::size_t at = octets.size();
  octets.resize(at + sizeof value);
  for (std::size_t index = 0; index < sizeof value; ++index) octets[at + index] = static_cast<std::uint8_t>(value >> (8 * index));
}

std::string reason_of(int error) { return std::generic_category().message(error); }

}  // namespace

base::Result<PcapngWriter> PcapngWriter::create(const std::string& path) {
  const int descriptor =
      path == "-" ? ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0) : ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kOwnerOnly);
  if (descriptor < 0) return base::fail(fmt::format("{}: {}", path, reason_of(errno)));
  PcapngWriter writer(descriptor, path);
  writer.write_section();
  return writer;
}

PcapngWriter::PcapngWriter(int descriptor, std::string path) : descriptor_(descriptor), path_(std::move(path)) {}

PcapngWriter::PcapngWriter(PcapngWriter&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      path_(std::move(other.path_)),
      buffer_(std::move(other.buffer_)),
      block_(other.block_),
      interfaces_(std::move(other.interfaces_)),
      frames_(other.frames_),
      flushed_(other.flushed_),
      failure_(std::move(other.failure_)) {}

PcapngWriter::~PcapngWriter() { static_cast<void>(close().has_value()); }

bool PcapngWriter::write_secrets(std::uint32_t type, base::Bytes secrets) {
  if (!flush()) return false;
  buffer_.reserve(secrets.size() + kFlushAt);  // so that no copy is left behind by growing
  begin_block(kSecretsBlock);
  put32(type);
  put32(static_cast<std::uint32_t>(secrets.size()));
  put_octets(secrets);
  end_block();
  const bool written = flush();
  buffer_.resize(buffer_.capacity());
  ::explicit_bzero(buffer_.data(), buffer_.size());
  buffer_.clear();
  return written;
}

bool PcapngWriter::write(const FrameToWrite& frame) {
  std::uint32_t interface = 0;
  if (!failure_.empty() || !find_interface(frame, interface)) return false;
  const auto ticks = static_cast<std::uint64_t>(std::max<std::int64_t>(frame.time.nanoseconds, 0));
  begin_block(kEnhancedPacketBlock);
  put32(interface);
  put32(static_cast<std::uint32_t>(ticks >> 32));
  put32(static_cast<std::uint32_t>(ticks));
  put32(static_cast<std::uint32_t>(frame.data.size()));
  put32(std::max(frame.original_size, static_cast<std::uint32_t>(frame.data.size())));
  put_octets(frame.data);
  const auto flags = static_cast<std::uint8_t>(frame.direction);  // epb_flags: 1 inbound, 2 outbound
  if (flags != 0) put_option(kOptionPacketFlags, std::array<std::uint8_t, 4>{flags, 0, 0, 0});
  put_text(kOptionComment, frame.comment);
  if (flags != 0 || !frame.comment.empty()) put_option(kEndOfOptions, {});
  ++frames_;
  return end_block();
}

base::Result<void> PcapngWriter::close() {
  if (descriptor_ < 0) return failure_.empty() ? base::Result<void>{} : base::fail(failure_);
  flush();
  if (::close(std::exchange(descriptor_, -1)) != 0) fail(reason_of(errno));
  if (!failure_.empty()) return base::fail(failure_);
  return {};
}

bool PcapngWriter::find_interface(const FrameToWrite& frame, std::uint32_t& index) {
  const auto type = static_cast<std::uint32_t>(frame.link_type);
  if (type > std::numeric_limits<std::uint16_t>::max()) return fail(fmt::format("pcapng has no link type {}", type));
  const auto [entry, is_new] =
      interfaces_.try_emplace({frame.source, frame.interface, frame.link_type}, static_cast<std::uint32_t>(interfaces_.size()));
  if (is_new && interfaces_.size() > kMaxInterfaces) return fail(fmt::format("there are more than {} interfaces", kMaxInterfaces));
  if (is_new) write_interface(frame);
  index = entry->second;
  return true;
}

// The section's length is not known before its end; all ones says so.
void PcapngWriter::write_section() {
  begin_block(kSectionBlock);
  put32(kByteOrderMagic);
  put16(1);
  put16(0);
  put32(0xffff'ffff);
  put32(0xffff'ffff);
  put_text(kOptionApplication, "espy");
  put_option(kEndOfOptions, {});
  end_block();
}

void PcapngWriter::write_interface(const FrameToWrite& frame) {
  begin_block(kInterfaceBlock);
  put16(static_cast<std::uint16_t>(frame.link_type));
  put16(0);
  put32(0);  // frames of any size
  put_text(kOptionInterfaceName, frame.interface_name);
  put_option(kOptionResolution, base::Bytes(&kNanoseconds, 1));
  put_option(kEndOfOptions, {});
  end_block();
}

void PcapngWriter::begin_block(std::uint32_t type) {
  block_ = buffer_.size();
  put32(type);
  put32(0);
}

// The length stands before and behind the body.
bool PcapngWriter::end_block() {
  const auto size = static_cast<std::uint32_t>(buffer_.size() - block_ + sizeof(std::uint32_t));
  put32(size);
  std::copy_n(buffer_.end() - sizeof size, sizeof size, buffer_.begin() + static_cast<std::ptrdiff_t>(block_ + sizeof size));
  return buffer_.size() < kFlushAt || flush();
}

void PcapngWriter::put16(std::uint16_t value) { append(buffer_, value); }

void PcapngWriter::put32(std::uint32_t value) { append(buffer_, value); }

void PcapngWriter::put_octets(base::Bytes octets) {
  constexpr std::size_t kAlignment = 4;
  buffer_.insert(buffer_.end(), octets.begin(), octets.end());
  buffer_.resize(buffer_.size() + (kAlignment - octets.size() % kAlignment) % kAlignment);
}

void PcapngWriter::put_option(std::uint16_t code, base::Bytes value) {
  put16(code);
  put16(static_cast<std::uint16_t>(value.size()));
  put_octets(value);
}

void PcapngWriter::put_text(std::uint16_t code, std::string_view text) {
  const std::vector<std::uint8_t> octets(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(std::min(text.size(), kMaxOption)));
  if (!octets.empty()) put_option(code, octets);
}

bool PcapngWriter::flush() {
  for (std::size_t at = 0; failure_.empty() && at < buffer_.size();) {
    const ssize_t written = ::write(descriptor_, buffer_.data() + at, buffer_.size() - at);
    if (written >= 0) {
      at += static_cast<std::size_t>(written);
    } else if (errno != EINTR) {
      fail(reason_of(errno));
      leave_whole_blocks();
    }
  }
  if (failure_.empty()) flushed_ += buffer_.size();
  buffer_.clear();
  return failure_.empty();
}

// Other tools refuse a file that ends inside a block. What is no regular file, or is another program's, stays as it is.
void PcapngWriter::leave_whole_blocks() {
  if (path_ != "-") static_cast<void>(::ftruncate(descriptor_, static_cast<off_t>(flushed_)) == 0);
}

bool PcapngWriter::fail(std::string reason) {
  if (failure_.empty()) failure_ = fmt::format("{}: {}", path_ == "-" ? "standard output" : path_, reason);
  return false;
}

}  // namespace espy::capture
