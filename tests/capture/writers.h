// Writers of capture files for the tests, octet by octet from the formats' descriptions, and what reads a source to its end.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "capture/source.h"

namespace espy::capture::testing {

using Octets = std::vector<std::uint8_t>;

enum class Order { kLittle, kBig };

// Integers in a chosen byte order, appended.
class Writer {
 public:
  explicit Writer(Order order = Order::kLittle) : order_(order) {}
  Writer& u8(std::uint64_t value) { return integer(value, 1); }
  Writer& u16(std::uint64_t value) { return integer(value, 2); }
  Writer& u32(std::uint64_t value) { return integer(value, 4); }
  Writer& u64(std::uint64_t value) { return integer(value, 8); }
  Writer& octets(const Octets& more) {
    octets_.insert(octets_.end(), more.begin(), more.end());
    return *this;
  }
  Writer& text(std::string_view more) {
    octets_.insert(octets_.end(), more.begin(), more.end());
    return *this;
  }
  Writer& pad() {
    while (octets_.size() % 4 != 0) octets_.push_back(0);
    return *this;
  }
  const Octets& done() const { return octets_; }
  std::size_t size() const { return octets_.size(); }

 private:
  Writer& integer(std::uint64_t value, int size) {
    for (int index = 0; index < size; ++index) {
      const int shift = 8 * (order_ == Order::kLittle ? index : size - 1 - index);
      octets_.push_back(static_cast<std::uint8_t>(value >> shift));
    }
    return *this;
  }
  Order order_;
  Octets octets_;
};

inline void append(Octets& octets, const Octets& more) { octets.insert(octets.end(), more.begin(), more.end()); }

inline Octets operator+(Octets left, const Octets& right) {
  append(left, right);
  return left;
}

// `size` octets that differ from frame to frame.
inline Octets payload(std::size_t size, std::uint8_t first) {
  Octets octets(size);
  for (std::size_t index = 0; index < size; ++index) octets[index] = static_cast<std::uint8_t>(first + index);
  return octets;
}

inline Octets pcap_header(Order order = Order::kLittle, std::uint32_t magic = 0xa1b2c3d4, std::uint32_t link_type = 1,
                          std::uint16_t minor = 4, std::uint32_t snapshot_length = 262144) {
  return Writer(order).u32(magic).u16(2).u16(minor).u32(0).u32(0).u32(snapshot_length).u32(link_type).done();
}

inline Octets pcap_record(Order order, std::uint32_t seconds, std::uint32_t fraction, const Octets& data, std::uint32_t original = 0) {
  const std::size_t size = data.size();
  return Writer(order).u32(seconds).u32(fraction).u32(size).u32(original == 0 ? size : original).octets(data).done();
}

// A pcapng block with its two lengths.
inline Octets block(Order order, std::uint32_t type, const Octets& body) {
  const Octets padded = Writer().octets(body).pad().done();
  const std::size_t size = padded.size() + 12;
  return Writer(order).u32(type).u32(size).octets(padded).u32(size).done();
}

inline Octets section(Order order) { return block(order, 0x0a0d0d0a, Writer(order).u32(0x1a2b3c4d).u16(1).u16(0).u64(~0ULL).done()); }

inline Octets option(Order order, std::uint16_t code, const Octets& value) {
  return Writer(order).u16(code).u16(value.size()).octets(value).pad().done();
}

inline Octets interface(Order order, std::uint16_t link_type, const Octets& options = {}, std::uint32_t snapshot_length = 0) {
  return block(order, 1, Writer(order).u16(link_type).u16(0).u32(snapshot_length).octets(options).done());
}

inline Octets enhanced(Order order, std::uint32_t interface, std::uint64_t ticks, const Octets& data, const Octets& options = {},
                       std::uint32_t original = 0) {
  const std::size_t size = data.size();
  return block(order, 6,
               Writer(order)
                   .u32(interface)
                   .u32(ticks >> 32)
                   .u32(ticks)
                   .u32(size)
                   .u32(original == 0 ? size : original)
                   .octets(data)
                   .pad()
                   .octets(options)
                   .done());
}

// An Interface Statistics Block: what the interface dropped since its start.
inline Octets statistics(Order order, std::uint32_t interface, std::uint64_t ticks, std::uint64_t by_interface, std::uint64_t by_kernel) {
  return block(order, 5,
               Writer(order)
                   .u32(interface)
                   .u32(ticks >> 32)
                   .u32(ticks)
                   .octets(option(order, 5, Writer(order).u64(by_interface).done()))
                   .octets(option(order, 7, Writer(order).u64(by_kernel).done()))
                   .done());
}

// epb_dropcount.
inline Octets drop_count(Order order, std::uint64_t lost) { return option(order, 4, Writer(order).u64(lost).done()); }

// A folder that goes away with the test.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "espy-capture-XXXXXX").string();
    if (::mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ~Folder() {
    std::error_code code;
    std::filesystem::remove_all(path_, code);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string path(const std::string& name) const { return path_ + "/" + name; }
  std::string write(const std::string& name, const Octets& octets) const {
    std::ofstream file(path(name), std::ios::binary);
    file.write(reinterpret_cast<const char*>(octets.data()), static_cast<std::streamsize>(octets.size()));
    return path(name);
  }

 private:
  std::string path_;
};

// A frame with octets of its own.
struct KeptFrame {
  Octets data;
  std::uint32_t original_size = 0;
  std::int64_t time = 0;
  std::uint64_t number = 0;
  std::uint32_t source = 0;
  std::uint32_t interface = 0;
  base::LinkType link_type = base::LinkType::kEthernet;
  base::Direction direction = base::Direction::kUnknown;
  bool operator==(const KeptFrame&) const = default;
};

inline KeptFrame keep(const Frame& frame) {
  return {.data = {frame.data.begin(), frame.data.end()},
          .original_size = frame.original_size,
          .time = frame.time.nanoseconds,
          .number = frame.number,
          .source = frame.source,
          .interface = frame.interface,
          .link_type = frame.link_type,
          .direction = frame.direction};
}

inline Options from_files(std::vector<std::string> files, std::string filter = {}, std::optional<std::uint64_t> count = {}) {
  Options options;
  options.files = std::move(files);
  options.filter = std::move(filter);
  options.count = count;
  return options;
}

inline Options from_interface(std::string name, std::string filter = {}) {
  Options options;
  options.interfaces = {std::move(name)};
  options.filter = std::move(filter);
  return options;
}

struct Drained {
  std::vector<KeptFrame> frames;
  std::vector<SourceFacts> facts;
};

inline Drained drain(Source& source) {
  Drained drained;
  Batch batch;
  while (source.take(batch)) {
    source.cut(batch);
    for (const Frame& frame : batch.frames) drained.frames.push_back(keep(frame));
  }
  drained.facts = source.facts();
  return drained;
}

// As `drain`, by two threads that take at any time and cut in ticket order. The frames are kept after later batches have been cut.
inline Drained drain_by_two(Source& source) {
  std::mutex mutex;
  std::condition_variable turn;
  std::uint64_t next = 0;
  std::vector<std::vector<KeptFrame>> kept;
  const auto work = [&] {
    Batch batch;
    while (source.take(batch)) {
      {
        std::unique_lock lock(mutex);
        turn.wait(lock, [&] { return next == batch.ticket; });
        source.cut(batch);
        ++next;
      }
      turn.notify_all();
      std::vector<KeptFrame> frames;
      for (const Frame& frame : batch.frames) frames.push_back(keep(frame));
      const std::lock_guard lock(mutex);
      if (kept.size() <= batch.ticket) kept.resize(batch.ticket + 1);
      kept[batch.ticket] = std::move(frames);
    }
  };
  std::thread first(work);
  std::thread second(work);
  first.join();
  second.join();
  Drained drained;
  for (auto& frames : kept) drained.frames.insert(drained.frames.end(), frames.begin(), frames.end());
  drained.facts = source.facts();
  return drained;
}

}  // namespace espy::capture::testing
