// StreamCutter: one direction of an ESP-in-TCP stream (RFC 9329 section 3), octets in, messages out. It is given octets in order and told
// of holes; it finds the boundaries again after a hole or when it joined late. It does not know segments' order nor connections.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/spi.h"

namespace espy::assemble {

enum class StreamMessageKind : std::uint8_t {
  kIke,  // behind four zero octets
  kEsp,
  kKeepalive,  // one octet 0xff
  kUnknown,    // a length field that frames neither of them
};

struct StreamMessage {
  StreamMessageKind kind = StreamMessageKind::kUnknown;
  bool complete = false;            // `bytes` holds all of it; otherwise the rest of it cannot come any more
  base::Spi spi;                    // ESP, if its header is there
  std::uint32_t sequence = 0;       // ESP: low 32 bits
  std::uint32_t size = 0;           // octets on the wire without the length field; for IKE without the four zero octets too
  std::uint64_t first_segment = 0;  // number of the segment that its first octet came in
  std::uint64_t last_segment = 0;   // of the one with the last of `bytes`
  bool answer = false;              // it goes against the segment that was added
  base::Bytes bytes;                // what was captured of those octets, from the beginning
};

// What a cutter has found; `offset` and `captured` place the message in the batch's octets.
struct CutMessages {
  struct Place {
    std::size_t offset = 0;
    std::size_t captured = 0;
  };
  std::vector<StreamMessage> messages;  // `bytes` is set by resolve()
  std::vector<Place> places;
  std::vector<std::uint8_t> octets;

  void clear();
  void add(const StreamMessage& message, base::Bytes bytes);
  void resolve();
};

enum class StreamStatus : std::uint8_t {
  kUnsure,  // nothing is known yet
  kEsp,     // the prefix was seen, or three messages in a row that fit together
  kNotEsp,  // something else talks on this port
};

class StreamCutter {
 public:
  // A stream that was seen to begin: with the prefix (the side that opened the connection), or with the first message.
  void begin_with_prefix();
  void begin_with_message();

  // The next octets in order, from segment `number`.
  void append(base::Bytes bytes, std::uint64_t number, CutMessages& out);
  // `size` octets in order that nobody captured.
  void skip(std::uint64_t size, CutMessages& out);
  // The other direction proved to be ESP, or not to be: what is held can be told, as far as its boundaries are known.
  void learn(StreamStatus status, CutMessages& out);

  StreamStatus status() const { return status_; }
  // Octets wait for others before they can be told.
  bool waiting() const { return begin_ < buffer_.size(); }
  std::size_t held() const { return buffer_.capacity(); }
  std::uint64_t resynchronised() const { return resynchronised_; }
  // Forgets the stream and gives its memory back.
  void clear() { *this = StreamCutter(); }

 private:
  enum class State : std::uint8_t { kSearching, kPrefix, kFirstMessage, kCutting };
  enum class Look : std::uint8_t { kWrong, kNeedsMore, kRight };
  static constexpr std::size_t kKnownSpis = 4;

  // A message as its first octets describe it.
  struct Header {
    StreamMessageKind kind = StreamMessageKind::kUnknown;
    std::size_t total = 0;  // with the length field
    base::Spi spi;
    std::uint32_t sequence = 0;
  };

  // Octets of buffer_ from `position` on came in segment `number`.
  struct Mark {
    std::size_t position = 0;
    std::uint64_t number = 0;
  };

  base::Bytes rest() const { return base::Bytes(buffer_).subspan(begin_); }
  void parse(CutMessages& out);
  bool take_prefix();
  void cut(CutMessages& out);
  void lose();
  void report(const Header& header, std::size_t captured, CutMessages& out);
  void report_started(std::uint64_t hole, CutMessages& out);
  bool resynchronise();
  bool may_search();
  bool ends_beyond_buffer(std::size_t offset) const;
  void give_up_old_octets();
  Look look_at_chain(std::size_t offset) const;
  Look look_at(std::size_t offset, Header& header) const;
  bool fits_chain(const Header& header, const Header& previous) const;
  Header describe(std::size_t offset) const;
  bool known(base::Spi spi) const;
  void remember(base::Spi spi);
  bool looks_like_another_protocol(base::Bytes bytes) const;
  void compact();
  std::uint64_t segment_at(std::size_t position) const;

  State state_ = State::kSearching;
  StreamStatus status_ = StreamStatus::kUnsure;
  std::vector<std::uint8_t> buffer_;
  std::size_t begin_ = 0;  // of what is not consumed
  std::vector<Mark> marks_;
  std::uint64_t rest_to_skip_ = 0;  // of a message that was reported as started
  std::uint64_t searched_ = 0;      // octets given up without a boundary
  std::size_t undecided_ = 0;       // every offset from begin_ up to here is no boundary
  std::uint64_t search_credit_ = 0;
  base::Spi spis_[kKnownSpis];
  std::size_t next_spi_ = 0;
  std::uint64_t resynchronised_ = 0;
};

}  // namespace espy::assemble
