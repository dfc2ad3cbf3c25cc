// Input: the octets of one capture file in order, whatever they come from: a file, a pipe, a decompressor. It knows nothing of records.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace espy::capture {

class Input {
 public:
  virtual ~Input() = default;
  // Octets read to the front of `room`, which is not empty: at least one, or 0 at the end. Blocks. One thread at a time.
  virtual std::size_t read(std::span<std::uint8_t> room) = 0;
  // True when read() would have to wait for somebody else to write.
  virtual bool would_wait() = 0;
  // Why the end came early, in one sentence, or empty.
  virtual std::string trouble() const = 0;
  // 0.0 to 1.0, nullopt where the length is unknown. Thread-safe.
  virtual std::optional<double> progress() const = 0;
  // Makes read() return 0 soon. Safe in a signal handler.
  virtual void stop() noexcept = 0;
};

// A file descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor();
  int number() const { return number_; }

 private:
  int number_;
};

// An open file; `size` is what it had when it was opened, nullopt for pipes and the like.
struct OpenFile {
  Descriptor descriptor;
  std::optional<std::uint64_t> size;
};

// Opens a path, or standard input for "-". The error names the path.
base::Result<OpenFile> open_file(const std::string& path);

// Reads from `offset` until `room` is full, the file ends or fails. Thread-safe.
std::size_t read_at(const Descriptor& descriptor, std::uint64_t offset, std::span<std::uint8_t> room);

// A file or pipe, read front to back. A regular file ends where it ended when it was opened.
class FileInput : public Input {
 public:
  explicit FileInput(OpenFile file) : file_(std::move(file)) {}
  std::size_t read(std::span<std::uint8_t> room) override;
  bool would_wait() override;
  std::string trouble() const override { return trouble_; }
  std::optional<double> progress() const override;
  void stop() noexcept override { stopped_ = true; }

 private:
  bool wait();

  OpenFile file_;
  std::atomic<std::uint64_t> position_{0};
  std::atomic<bool> stopped_{false};
  std::string trouble_;
};

// An input whose first octets can be looked at before they are read.
class PeekedInput : public Input {
 public:
  explicit PeekedInput(std::unique_ptr<Input> input) : input_(std::move(input)) {}
  // The first octets, as far as grow() has fetched them.
  base::Bytes head() const { return head_; }
  // Fetches at least one octet more to the head; false at the end. Not after read().
  bool grow();
  // Grows the head to `size` octets; false when the input is shorter.
  bool grow_to(std::size_t size);

  std::size_t read(std::span<std::uint8_t> room) override;
  bool would_wait() override { return given_ == head_.size() && input_->would_wait(); }
  std::string trouble() const override { return input_->trouble(); }
  std::optional<double> progress() const override { return input_->progress(); }
  void stop() noexcept override { input_->stop(); }

 private:
  std::unique_ptr<Input> input_;
  std::vector<std::uint8_t> head_;
  std::size_t given_ = 0;  // octets of the head that read() has given out
};

}  // namespace espy::capture
