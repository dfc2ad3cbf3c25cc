// Rotation: when a capture file is to be followed by the next one, and what that is called, as tcpdump's -C, -G and -W have it. It opens no
// file and reads no clock.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/time.h"

namespace espy::capture {

struct RotationOptions {
  std::optional<std::uint64_t> size;     // octets after which a file is followed by the next (-C, in millions)
  std::optional<std::uint64_t> seconds;  // of the frames' time, after which it is (-G); the name is one for strftime
  std::optional<std::uint64_t> files;    // -W: with `size` a ring of so many files; with `seconds` alone, no more than so many
  bool any() const { return size || seconds; }
};

class Rotation {
 public:
  Rotation(std::string path, const RotationOptions& options) : path_(std::move(path)), options_(options) {}

  // The name of the current file. `time`: of the first frame, before which there is no file where the name depends on the time.
  std::string name() const;
  // Before a frame of this time is written to a file of that size: whether it belongs to the next file, whose name is name() then.
  bool advance(std::uint64_t size, base::Time time);
  // That next file would be one too many.
  bool ended() const { return !options_.size && options_.seconds && options_.files && periods_ >= *options_.files; }
  void begin(base::Time time) { began_ = time; }
  bool begun() const { return began_.known(); }

 private:
  bool next_period(base::Time time);

  std::string path_;
  RotationOptions options_;
  base::Time began_;  // the current period
  std::uint64_t periods_ = 0;
  std::uint64_t number_ = 0;  // of the file, by size
};

}  // namespace espy::capture
