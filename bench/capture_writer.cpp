#include "bench/capture_writer.h"

#include <unistd.h>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace espy::bench {

namespace {

constexpr std::size_t kFlushSize = 1 << 20;
constexpr std::size_t kRecordHeaderSize = 16;
constexpr std::uint32_t kMagic = 0xa1b2c3d4;
constexpr std::uint32_t kVersion = 4U << 16 | 2;
constexpr std::uint32_t kEthernet = 1;
constexpr std::uint64_t kFirstSecond = 1'700'000'000;

}  // namespace

CaptureWriter::CaptureWriter(int descriptor)
    : descriptor_(descriptor), buffer_(kFlushSize + kRecordHeaderSize + 2 * kLargestFrame), half_microseconds_(kFirstSecond * 2'000'000) {
  for (const std::uint32_t word : {kMagic, kVersion, 0U, 0U, static_cast<std::uint32_t>(kLargestFrame), kEthernet}) put(word);
}

std::uint8_t* CaptureWriter::add_frame(std::size_t size) {
  if (used_ >= kFlushSize) flush();
  const std::uint64_t microseconds = half_microseconds_++ / 2;
  put(static_cast<std::uint32_t>(microseconds / 1'000'000));
  put(static_cast<std::uint32_t>(microseconds % 1'000'000));
  put(static_cast<std::uint32_t>(size));
  put(static_cast<std::uint32_t>(size));
  std::uint8_t* const frame = buffer_.data() + used_;
  used_ += size;
  return frame;
}

void CaptureWriter::flush() {
  for (std::size_t written = 0; written < used_;) {
    const ssize_t count = ::write(descriptor_, buffer_.data() + written, used_ - written);
    if (count < 0) {
      std::perror("make_capture: cannot write");
      std::exit(1);
    }
    written += static_cast<std::size_t>(count);
  }
  used_ = 0;
}

void CaptureWriter::put(std::uint32_t word) {
  std::memcpy(buffer_.data() + used_, &word, sizeof word);
  used_ += sizeof word;
}

}  // namespace espy::bench
