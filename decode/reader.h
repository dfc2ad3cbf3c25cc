// Reader: a position in captured octets and the two ends it may run into. The only place that compares a size with an end: the
// parsers ask for headers and get them whole or not at all. It knows no protocol.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "decode/packet.h"

namespace espy::decode {

// The octets of one header, size and field offsets checked by the compiler; false when the reader could not give it. Points into
// the frame. Numbers are in network order.
template <std::size_t kSize>
class Header {
 public:
  Header() = default;
  explicit Header(const std::uint8_t* octets) : octets_(octets) {}
  explicit operator bool() const { return octets_ != nullptr; }

  template <std::size_t kAt>
  std::uint8_t u8() const {
    static_assert(kAt < kSize);
    return octets_[kAt];
  }
  template <std::size_t kAt>
  std::uint16_t u16() const {
    return static_cast<std::uint16_t>(u8<kAt>() << 8 | u8<kAt + 1>());
  }
  template <std::size_t kAt>
  std::uint32_t u32() const {
    return static_cast<std::uint32_t>(u16<kAt>()) << 16 | u16<kAt + 2>();
  }
  template <std::size_t kAt, std::size_t kCount>
  base::Bytes bytes() const {
    static_assert(kAt + kCount <= kSize);
    return {octets_ + kAt, kCount};
  }

 private:
  const std::uint8_t* octets_ = nullptr;
};

// Two ends: `captured` is where the octets stop, `limit` where they stopped on the wire (or where a length field says so), never
// before `captured`. What is missing between the two is cut_short, what is missing past the limit malformed, unless told otherwise.
// The position never passes `captured`. Copies are cheap and are how one looks ahead.
class Reader {
 public:
  Reader(base::Bytes captured, std::uint32_t original_size)
      : octets_(captured.data()), captured_(captured.size()), limit_(std::max<std::size_t>(captured.size(), original_size)) {}

  std::size_t position() const { return position_; }
  std::size_t captured_end() const { return captured_; }
  // Octets on the wire from here on.
  std::size_t remaining() const { return limit_ - position_; }
  Trouble trouble() const { return trouble_; }
  // False when a header of that size cannot be right, however little was captured of it.
  bool may_hold(std::size_t size) const { return size <= remaining() || missing_is_ != Trouble::kMalformed; }

  // The next octets without passing them. When they are not there, trouble() says why.
  template <std::size_t kSize>
  Header<kSize> peek() {
    if (kSize > captured_ - position_) return miss(kSize), Header<kSize>();
    return Header<kSize>(octets_ + position_);
  }

  // Passes `size` octets, or says why not and stays.
  bool skip(std::size_t size) {
    if (size > captured_ - position_) return miss(size), false;
    position_ += size;
    return true;
  }

  // Ends the octets `size` after the position, because a length field says so. False when they end earlier than that and should not.
  bool narrow(std::size_t size) {
    if (!may_hold(size)) return miss(size), false;
    if (size > remaining()) return true;
    limit_ = position_ + size;
    captured_ = std::min(captured_, limit_);
    if (missing_is_ == Trouble::kCutShort) missing_is_ = Trouble::kMalformed;
    return true;
  }

  // The limit cuts a packet, and that is nobody's fault: a fragment, a quote.
  void tolerate_end() {
    if (missing_is_ == Trouble::kMalformed) missing_is_ = Trouble::kNone;
  }
  // The limit may be the capture's doing. Holds until a length field fits before it.
  void suspect_end() { missing_is_ = Trouble::kCutShort; }

 private:
  void miss(std::size_t size) { trouble_ = size <= remaining() ? Trouble::kCutShort : missing_is_; }

  const std::uint8_t* octets_;
  std::size_t position_ = 0;
  std::size_t captured_;
  std::size_t limit_;
  Trouble trouble_ = Trouble::kNone;
  Trouble missing_is_ = Trouble::kMalformed;
};

}  // namespace espy::decode
