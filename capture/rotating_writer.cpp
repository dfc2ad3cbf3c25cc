#include "capture/rotating_writer.h"

#include <utility>

namespace espy::capture {

base::Result<RotatingWriter> RotatingWriter::create(const std::string& path, const RotationOptions& options) {
  RotatingWriter writer(Rotation(path, options));
  if (!options.seconds && !writer.open_next()) return std::unexpected(std::move(writer.failure_));
  return writer;
}

bool RotatingWriter::write(const FrameToWrite& frame) {
  if (over_) return false;
  if (!rotation_.begun()) rotation_.begin(frame.time);
  const bool next = rotation_.advance(writer_ ? writer_->size() : 0, frame.time);
  if (next && !close_file()) return false;
  if (next && rotation_.ended()) {
    over_ = true;
    return false;
  }
  if (!writer_ && !open_next()) return false;
  over_ = !writer_->write(frame);
  frames_ += over_ ? 0 : 1;
  return !over_;
}

bool RotatingWriter::flush() {
  if (writer_ && !writer_->flush()) over_ = true;
  return !over_;
}

base::Result<void> RotatingWriter::close() {
  close_file();
  if (!failure_.message.empty()) return std::unexpected(failure_);
  return {};
}

bool RotatingWriter::open_next() {
  auto writer = PcapngWriter::create(rotation_.name());
  if (!writer) {
    failure_ = std::move(writer.error());
    over_ = true;
    return false;
  }
  writer_.emplace(std::move(*writer));
  ++files_;
  return true;
}

// False when something of it could not be written.
bool RotatingWriter::close_file() {
  if (!writer_) return true;
  const auto closed = writer_->close();
  writer_.reset();
  if (closed) return true;
  if (failure_.message.empty()) failure_ = closed.error();
  over_ = true;
  return false;
}

}  // namespace espy::capture
