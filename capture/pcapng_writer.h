// PcapngWriter: frames as a pcapng file that other tools read, times in nanoseconds, a comment on each frame. It describes each interface
// where its first frame comes. It does not decide what is written, nor does it decode.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/bytes.h"
#include "base/link.h"
#include "base/result.h"
#include "base/time.h"

namespace espy::capture {

// One frame to be written. The interface it came from is told by `source`, `interface` and the link type, its name is for people.
struct FrameToWrite {
  base::Bytes data;
  std::uint32_t original_size = 0;  // octets on the wire; never less than what is written
  base::Time time;                  // what is before 1970 becomes 1970
  std::uint32_t source = 0;
  std::uint32_t interface = 0;
  base::LinkType link_type = base::LinkType::kEthernet;  // of what is written; pcapng has 16 bits for it
  base::Direction direction = base::Direction::kUnknown;
  std::string_view interface_name;  // or empty
  std::string_view comment;         // or empty
};

class PcapngWriter {
 public:
  // `path`: a file, which is replaced and which only its owner may read when it is new, or "-" for standard output.
  static base::Result<PcapngWriter> create(const std::string& path);
  PcapngWriter(PcapngWriter&& other) noexcept;
  PcapngWriter& operator=(PcapngWriter&&) = delete;
  // Closes without a word about what could not be written; close() tells.
  ~PcapngWriter();

  // A Decryption Secrets Block, which serves the frames after it. `type` as registered for pcapng: 0x45535053 is ESP, whose secrets are the
  // text of Wireshark's esp_sa. The octets do not stay in memory. False: as write().
  bool write_secrets(std::uint32_t type, base::Bytes secrets);
  // False: writing has failed, now or before, and nothing more is written; close() says why.
  bool write(const FrameToWrite& frame);
  // What was written so far can be read by others. False: as write().
  bool flush();
  // Writes what is still buffered and closes. Errors: the first that writing met, such as a full disk. Then the file ends with the last
  // block that was written as a whole.
  base::Result<void> close();

  std::uint64_t frames() const { return frames_; }                  // written so far
  std::uint64_t size() const { return flushed_ + buffer_.size(); }  // octets of the file so far

 private:
  using InterfaceKey = std::tuple<std::uint32_t, std::uint32_t, base::LinkType>;

  PcapngWriter(int descriptor, std::string path);
  bool find_interface(const FrameToWrite& frame, std::uint32_t& index);
  void write_section();
  void write_interface(const FrameToWrite& frame);
  void begin_block(std::uint32_t type);
  bool end_block();
  void put16(std::uint16_t value);
  void put32(std::uint32_t value);
  void put_octets(base::Bytes octets);
  void put_option(std::uint16_t code, base::Bytes value);
  void put_text(std::uint16_t code, std::string_view text);
  void leave_whole_blocks();
  bool fail(std::string reason);

  int descriptor_ = -1;
  std::string path_;
  std::vector<std::uint8_t> buffer_;  // whole blocks, and the one in the making
  std::size_t block_ = 0;             // where that one begins
  std::map<InterfaceKey, std::uint32_t> interfaces_;
  std::uint64_t frames_ = 0;
  std::uint64_t flushed_ = 0;  // octets, of whole blocks
  std::string failure_;
};

}  // namespace espy::capture
