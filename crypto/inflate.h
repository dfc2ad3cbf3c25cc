// Inflater: IPComp's DEFLATE (RFC 2394: raw, one datagram a stream). One worker's own; not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "base/bytes.h"

namespace espy::crypto {

class Inflater {
 public:
  Inflater();
  ~Inflater();
  // Octets written to `out`; nullopt where `compressed` is no whole DEFLATE stream or needs more room than `out` has.
  std::optional<std::size_t> inflate(base::Bytes compressed, std::span<std::uint8_t> out) noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace espy::crypto
