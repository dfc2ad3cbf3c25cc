// classifier_context: what the two halves of Classifier, over readable and over secured packets, share. Only they include this.
#pragma once

#include <array>
#include <cstdint>

#include "verify/classifier.h"

namespace espy::verify {

struct Classifier::Context {
  const Inspection& inspection;
  const decode::Packet& packet;
  const FrameFacts& frame;
  const std::array<std::uint32_t, decode::kMaxSecurityHeaders>& rows;
};

inline bool is_security(const decode::SecurityHeader& header) { return header.protocol != decode::SecurityProtocol::kIpcomp; }

}  // namespace espy::verify
