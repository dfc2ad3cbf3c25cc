// Bytes: a read-only view of octets, as they lie in a frame or a file. It owns nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace espy::base {

using Bytes = std::span<const std::uint8_t>;

}  // namespace espy::base
