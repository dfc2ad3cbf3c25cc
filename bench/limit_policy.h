// What the limit programs read of the configurations that make_capture writes: `spdadd` of setkey.conf, in which all require ESP, and the
// keys of `add`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bench/limit_frame.h"

namespace espy::bench {

struct BareAssociation {
  std::uint64_t key;  // as in an Observation
  std::vector<std::uint8_t> encryption_key;
  std::vector<std::uint8_t> integrity_key;
};

// Which frames in clear break a policy. Look-up takes one probe for each shape of selector: its prefix lengths, and whether it names a
// port.
class BarePolicies {
 public:
  bool covers(const BareFrame& frame, std::uint16_t port) const;

 private:
  friend struct BareConfiguration;
  struct Shape {
    BareAddress source_mask;
    BareAddress destination_mask;
    bool with_port;
    bool ipv6;
    bool operator==(const Shape& other) const;
  };
  struct Selector {
    Shape shape;
    BareAddress source;
    BareAddress destination;
    std::uint16_t port;
  };

  void add(const Selector& selector);
  static std::uint64_t hash(const Shape& shape, const BareAddress& source, const BareAddress& destination, std::uint64_t rest);
  bool holds(std::uint64_t key) const;
  void insert(std::uint64_t key);

  std::vector<Shape> shapes_;
  std::vector<std::uint64_t> keys_ = std::vector<std::uint64_t>(64);
  std::size_t used_ = 0;
};

struct BareConfiguration {
  BarePolicies policies;
  std::vector<BareAssociation> associations;

  // Ends the program where the file cannot be read.
  explicit BareConfiguration(const char* path);

 private:
  void add_policy(const std::vector<std::string>& words);
  void add_association(const std::vector<std::string>& words);
};

inline std::uint64_t hash_association(const BareFrame& frame, std::uint32_t spi) { return hash_ends(frame.source, frame.destination, spi); }

}  // namespace espy::bench
