#include "crypto/keyed_hash.h"

#include <vector>

namespace espy::crypto {

namespace {

constexpr std::size_t kBlockSize = 64;
constexpr std::size_t kLengthSize = 8;

}  // namespace

ipsec::Key filled_key(base::Bytes key, LengthOrder order) {
  const std::size_t blocks = (key.size() + 1 + kLengthSize + kBlockSize - 1) / kBlockSize;
  std::vector<std::uint8_t> filled(blocks * kBlockSize);
  for (std::size_t index = 0; index < key.size(); ++index) filled[index] = key[index];
  filled[key.size()] = 0x80;
  const std::uint64_t bits = std::uint64_t{key.size()} * 8;
  for (std::size_t index = 0; index < kLengthSize; ++index) {
    const std::size_t place = order == LengthOrder::kLittleEndian ? kLengthSize - index : index + 1;
    filled[filled.size() - place] = static_cast<std::uint8_t>(bits >> (8 * index));
  }
  return ipsec::Key(std::move(filled));
}

}  // namespace espy::crypto
