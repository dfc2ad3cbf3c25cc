// Ring: an interface that libpcap has opened, and the frames that the kernel puts into memory which both can see. It does not know what
// becomes of the interface later, nor does it keep frames.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/link.h"
#include "base/result.h"
#include "base/time.h"
#include "capture/source.h"

struct pcap;  // libpcap's pcap_t

namespace espy::capture {

// A frame in the kernel's memory, valid during the call that brings it.
struct RingFrame {
  base::Bytes data;
  std::uint32_t original_size = 0;
  base::Time time;
};

class RingReader {
 public:
  virtual ~RingReader() = default;
  // False: this was the last one that there is room for. More may come all the same.
  virtual bool accept(const RingFrame& frame) = 0;
};

// Since the ring was opened. They count on from 2^32 to 0.
struct RingDrops {
  std::uint32_t by_kernel = 0;
  std::uint32_t by_interface = 0;
};

class Ring {
 public:
  // How long a frame may wait in a block that does not become full.
  static constexpr int kMilliseconds = 50;

  // `milliseconds`: how long a frame may wait, for whoever measures what that is worth. Errors: there is no such interface, it may not be
  // opened, it is not up, the filter is wrong.
  static base::Result<Ring> open(const std::string& interface, const Options& options, int milliseconds = kMilliseconds);

  base::LinkType link_type() const { return link_type_; }
  int descriptor() const;
  // Brings the frames that are there, at most `limit`, without waiting. False: the interface is lost; trouble() says why.
  bool read(std::uint64_t limit, RingReader& reader);
  std::string trouble() const;
  RingDrops drops();

 private:
  struct Close {
    void operator()(pcap* handle) const;
  };
  using Handle = std::unique_ptr<pcap, Close>;

  explicit Ring(Handle handle);

  Handle handle_;
  base::LinkType link_type_;
  std::int64_t tick_ = 1000;  // nanoseconds in a unit of the time stamps' fraction
};

}  // namespace espy::capture
