// Opening: a capture file that was opened and looked into: its format, its interfaces, the time of its first frame.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "capture/cutter.h"
#include "capture/filter.h"
#include "capture/input.h"

namespace espy::capture {

struct Opening {
  std::string name;
  std::string format;                  // as in SourceFacts
  Cutter cutter;                       // that has cut nothing yet
  std::unique_ptr<PeekedInput> input;  // from the first octet on, decompressed
  bool plain = false;                  // a regular, uncompressed file
  bool repeatable = false;             // a regular file, which can be opened again
  base::Time first = base::kNever;     // of its first frame, where the look went that far
};

// How far to look: to the first interface, or to the first frame, which may make a pipe wait.
enum class Look : std::uint8_t { kInterface, kFirstFrame };

// Errors name the file: it cannot be opened, it is not a capture, the filter cannot be compiled for its link type.
base::Result<Opening> open_capture(const std::string& path, std::uint32_t source, Look look, Filter& filter);

// The octets of a file, decompressed, from the first on.
base::Result<std::unique_ptr<PeekedInput>> open_input(const std::string& path);

// True when the file begins like a capture, compressed or not.
bool is_capture(const std::string& path);

}  // namespace espy::capture
