// Source: where frames come from: capture files, standard input or an interface, in batches that own their bytes. A source does
// not decode; it cuts records and says what was lost (DESIGN.md section 2, steps "take" and "cut").
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/frame.h"
#include "base/large_pages.h"
#include "base/link.h"
#include "base/result.h"
#include "base/time.h"
#include "capture/drops.h"

namespace espy::capture {

// `data` points into the frame's Batch and lives as long as the batch is not taken again.
using Frame = base::Frame;
using Frames = std::vector<Frame, base::LargePages<Frame>>;

// A ticket, the raw bytes and, after cut(), the frames in them. Reused; keeps its capacity between uses.
struct Batch {
  std::uint64_t ticket = 0;                                          // 0, 1, 2 … in capture order, given by take()
  std::vector<std::uint8_t, base::LargePages<std::uint8_t>> buffer;  // owned by the source's logic; opaque to others
  std::size_t begin = 0;                                             // the raw bytes that take() brought are buffer[begin, end)
  std::size_t end = 0;
  std::uint64_t offset = 0;  // of buffer[begin] in its file
  Frames frames;
  std::vector<DropsTold> told;  // of files, in order: what they tell of losses on the way. At their end facts() has all of it
  base::Time now;               // the source's time: the last frame's, or the clock of a live source on a tick without frames
};

struct InterfaceFacts {
  std::string name;  // "eth0", or empty when the file does not say
  base::LinkType link_type = base::LinkType::kEthernet;
  std::string filter;  // a recorded capture filter, or empty
};

// The octets of one ESP Decryption Secrets Block of a pcapng file: lines of Wireshark's esp_sa. Wiped when the last owner lets go.
class Secrets {
 public:
  explicit Secrets(base::Bytes octets) : octets_(octets.begin(), octets.end()) {}
  ~Secrets();
  Secrets(const Secrets&) = delete;
  Secrets& operator=(const Secrets&) = delete;
  std::string_view text() const { return {octets_.data(), octets_.size()}; }

 private:
  std::vector<char> octets_;
};

// What is known of one file or interface; complete once take() has returned false.
struct SourceFacts {
  std::string name;    // the path as given, "-", or the interface
  std::string format;  // "pcap", "pcapng", "pcap.gz", "pcapng.zst", "live" …
  std::vector<InterfaceFacts> interfaces;
  std::uint64_t packets = 0;  // frames cut, before any BPF expression
  std::uint64_t bytes = 0;    // octets on the wire of those
  base::Time first = base::kNever;
  base::Time last = base::kNever;
  std::optional<std::uint64_t> dropped_by_kernel;  // nullopt: the capture does not say
  std::optional<std::uint64_t> dropped_by_interface;
  std::uint64_t truncated = 0;                          // frames shorter than on the wire (snaplen)
  std::vector<std::shared_ptr<const Secrets>> secrets;  // shared, because facts are copied and keys should not be
  std::uint64_t secrets_left_out = 0;                   // blocks beyond the bounds of pcapng_format.h
  bool damaged = false;                                 // the file is cut off or holds a damaged block; all before it was read
  std::string damage;                                   // one sentence: what and at which offset, or empty
  std::uint64_t interruptions = 0;                      // live only: how often the interface was down or gone
  std::string interruption;                             // of the first of those: "was down from 12:01:02 to 12:01:05 UTC"
};

// An interface as it stands while it is listened to.
struct SourceState {
  std::string name;
  bool up = true;
  std::string note;  // what happened to it, as words that go after its name, or empty
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  std::uint64_t dropped_by_kernel = 0;
  std::uint64_t dropped_by_interface = 0;
};

class Source {
 public:
  virtual ~Source() = default;
  // Brings the next raw bytes and a ticket. Thread-safe. False at the end of the capture; then `batch` holds nothing.
  virtual bool take(Batch& batch) = 0;
  // Cuts a taken batch into frames. Called once a batch, in ticket order, never by two threads at a time. Records that straddle
  // two batches belong to the later one.
  virtual void cut(Batch& batch) = 0;
  // Call when the last batch has been cut; of a live source at any time, by any thread.
  virtual std::vector<SourceFacts> facts() const = 0;
  // Of a live source: one for each interface, drops no older than a second while batches are taken. Of files: none. Thread-safe.
  virtual std::vector<SourceState> states() const { return {}; }
  // 0.0 to 1.0 of the input taken so far, nullopt where the length is unknown. Thread-safe.
  virtual std::optional<double> progress() const = 0;
  // Stops a live source: take() returns false soon. Safe in a signal handler and from any thread.
  virtual void stop() noexcept = 0;
};

inline constexpr std::uint32_t kLiveBuffer = 16 * 1024 * 1024;

struct Options {
  std::vector<std::string> files;       // paths, directories (their capture files in name order), "-" for standard input
  std::vector<std::string> interfaces;  // live instead of files, each once
  std::string filter;                   // a BPF expression, or empty: frames that do not match are skipped and not numbered out
  std::uint32_t snapshot_length = 262'144;
  std::uint32_t buffer_size = kLiveBuffer;                // live only: octets that the kernel keeps for each interface until they are taken
  bool promiscuous = true;                                // live only: also what the device would not take for itself
  base::Direction direction = base::Direction::kUnknown;  // live only: nothing but what goes this way; kUnknown: both
  std::optional<base::Duration> duration;                 // live only: how long
  std::optional<std::uint64_t> count;                     // stop after so many frames
};

// Opens everything and reads the headers. Errors: a file that cannot be opened or whose header cannot be read, a bad filter, an
// interface that does not exist or may not be opened (the advice says what is needed).
base::Result<std::unique_ptr<Source>> open(const Options& options);

}  // namespace espy::capture
