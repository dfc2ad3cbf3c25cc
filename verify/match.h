// match: whether the AH and ESP headers that a packet carries are those that a requirement asks for (V1, V4, V17).
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "base/address.h"
#include "decode/packet.h"
#include "ipsec/requirement.h"
#include "verdict/summary.h"

namespace espy::verify {

// One AH or ESP header as carried, with the ends of its IP layer (or of its configured SA where NAT changed them).
struct CarriedHeader {
  ipsec::Protocol protocol = ipsec::Protocol::kEsp;
  base::Address source;
  base::Address destination;
};

// The headers outside the layer that is judged, outermost first.
struct Stack {
  std::array<CarriedHeader, decode::kMaxSecurityHeaders> headers;
  std::uint8_t count = 0;
  bool opaque = false;  // the last one is ESP: more may be behind it
  std::span<const CarriedHeader> span() const { return std::span(headers).first(count); }
};

enum class Form : std::uint8_t {
  kElsewhere,  // none of these headers runs between the requirement's ends
  kSatisfied,  // all required headers, in order
  kPossible,   // what is missing could be behind the unreadable ESP
  kBroken,     // a required header is missing; `reason` says which, as it does with kElsewhere
};

struct Fit {
  Form form = Form::kElsewhere;
  verdict::LeakReason reason = verdict::LeakReason::kPlaintext;
};

Fit match(const ipsec::Requirement& requirement, const Stack& stack);

// All required headers, in order, between whatever ends.
bool carries_all(const ipsec::Requirement& requirement, const Stack& stack);

}  // namespace espy::verify
