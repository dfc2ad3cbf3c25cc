// PolicyLookup: the first matching policy of one ordered list, without walking the list: a tuple-space search over prefix lengths and
// over which of protocol and ports are said (DESIGN.md section 2). Immutable; thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "base/address.h"
#include "base/hash.h"
#include "ipsec/configuration.h"

namespace espy::ipsec {

// What is known of a clear packet. `protocol_known` is false when the capture ended before it; ports of ICMP are type and code.
struct PacketView {
  base::Address source;
  base::Address destination;
  std::uint8_t protocol = 0;
  bool protocol_known = true;
  bool ports_known = false;
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  bool operator==(const PacketView&) const = default;
};

// The selector's place in the order of its list; lower is matched first. `kind` is the caller's own, below kMatchKinds.
inline constexpr std::size_t kMatchKinds = 4;
struct OrderedSelector {
  Selector selector;
  std::uint32_t order = 0;
  std::uint8_t kind = 0;
};

class PolicyLookup {
 public:
  static constexpr std::uint32_t kNone = 0xffffffff;

  struct Match {
    std::uint32_t certain = kNone;   // order of the first selector that matches whatever is unknown
    std::uint32_t possible = kNone;  // of the first that may match, were the unknown fields known; never above `certain`
    std::array<std::uint32_t, kMatchKinds> possible_by_kind{kNone, kNone, kNone, kNone};  // the same for each kind; may be above `certain`
  };

  explicit PolicyLookup(const std::vector<OrderedSelector>& selectors);
  Match find(const PacketView& view) const;

 private:
  struct Shape {
    base::Family family = base::Family::kNone;
    std::uint8_t source_length = 0;
    std::uint8_t destination_length = 0;
    bool protocol = false;
    bool operator==(const Shape&) const = default;
  };
  struct Key {
    base::Address source;
    base::Address destination;
    std::uint8_t protocol = 0;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const;
  };
  struct Tuple {
    Shape shape;
    std::uint32_t first_order = kNone;
    std::unordered_map<Key, std::vector<OrderedSelector>, KeyHash> buckets;  // each in order
  };

  Tuple& tuple_for(const Shape& shape);
  static void scan(const std::vector<OrderedSelector>& bucket, const PacketView& view, Match& match);

  std::vector<Tuple> tuples_;  // by first_order
};

}  // namespace espy::ipsec
