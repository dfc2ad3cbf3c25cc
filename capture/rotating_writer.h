// RotatingWriter: frames as pcapng, in one file or in several, one after the other. It does not decide what is written.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "capture/pcapng_writer.h"
#include "capture/rotation.h"

namespace espy::capture {

class RotatingWriter {
 public:
  // `path` as PcapngWriter::create has it; with options.seconds the first file is made when the first frame comes.
  static base::Result<RotatingWriter> create(const std::string& path, const RotationOptions& options);

  // False: nothing more will be written, because it failed, which close() tells, or because the last file is complete.
  bool write(const FrameToWrite& frame);
  // What was written so far can be read by others. False as write().
  bool flush();
  base::Result<void> close();

  bool over() const { return over_; }
  std::uint64_t frames() const { return frames_; }  // in all files
  std::uint64_t files() const { return files_; }

 private:
  explicit RotatingWriter(Rotation rotation) : rotation_(std::move(rotation)) {}
  bool open_next();
  bool close_file();

  Rotation rotation_;
  std::optional<PcapngWriter> writer_;
  std::uint64_t frames_ = 0;
  std::uint64_t files_ = 0;
  bool over_ = false;
  base::Error failure_;
};

}  // namespace espy::capture
