// Octets: numbers read from captured bytes at offsets that may lie behind their end; what is not there reads as zero.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace espy::report {

class Octets {
 public:
  explicit Octets(base::Bytes data) : data_(data) {}

  bool has(std::size_t offset, std::size_t size) const { return offset <= data_.size() && size <= data_.size() - offset; }
  std::uint8_t u8(std::size_t offset) const { return has(offset, 1) ? data_[offset] : std::uint8_t{0}; }
  std::uint16_t u16(std::size_t offset) const { return static_cast<std::uint16_t>(u8(offset) << 8 | u8(offset + 1)); }
  std::uint32_t u32(std::size_t offset) const { return static_cast<std::uint32_t>(u16(offset)) << 16 | u16(offset + 2); }
  base::Bytes slice(std::size_t offset, std::size_t size) const { return has(offset, size) ? data_.subspan(offset, size) : base::Bytes{}; }
  std::size_t size() const { return data_.size(); }

 private:
  base::Bytes data_;
};

}  // namespace espy::report
