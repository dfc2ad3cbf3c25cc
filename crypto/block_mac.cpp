#include "crypto/block_mac.h"

#include <algorithm>
#include <cstring>

namespace espy::crypto {

namespace {

constexpr std::size_t kKeySize = 16;
using Block = std::array<std::uint8_t, 16>;

void wipe(Block& block) { explicit_bzero(block.data(), block.size()); }

// One block of AES on its own.
bool encrypt_block(BlockChain& chain, const Block& in, Block& out) { return chain.start() && chain.encrypt(in, out.data()); }

// RFC 3566 section 4: K1, K2 and K3 are the encryptions of blocks of ones, twos and threes.
bool derive(BlockChain& chain, std::uint8_t number, Block& out) {
  Block block;
  block.fill(number);
  return encrypt_block(chain, block, out);
}

// RFC 4493 section 2.3: multiplication by x in GF(2^128), without a branch on the key.
Block doubled(const Block& block) {
  Block result;
  for (std::size_t index = 0; index < block.size(); ++index) {
    const unsigned next = index + 1 < block.size() ? block[index + 1] : 0u;
    result[index] = static_cast<std::uint8_t>((unsigned{block[index]} << 1) | (next >> 7));
  }
  result.back() = static_cast<std::uint8_t>(result.back() ^ (0x87 & -(block[0] >> 7)));
  return result;
}

}  // namespace

std::unique_ptr<BlockMac> BlockMac::make_xcbc(base::Bytes key, MakeBlockChain make_chain) {
  if (key.size() != kKeySize) return nullptr;
  const std::unique_ptr<BlockChain> deriving = make_chain(key);
  Block chain_key, whole_key, partial_key;
  if (!deriving || !derive(*deriving, 1, chain_key) || !derive(*deriving, 2, whole_key) || !derive(*deriving, 3, partial_key))
    return nullptr;
  std::unique_ptr<BlockChain> chain = make_chain(chain_key);
  std::unique_ptr<BlockMac> mac;
  if (chain) mac.reset(new BlockMac(std::move(chain), whole_key, partial_key));
  for (Block* const block : {&chain_key, &whole_key, &partial_key}) wipe(*block);
  return mac;
}

std::unique_ptr<BlockMac> BlockMac::make_cmac(base::Bytes key, MakeBlockChain make_chain) {
  if (key.size() != kKeySize) return nullptr;
  std::unique_ptr<BlockChain> chain = make_chain(key);
  Block zero{};
  if (!chain || !encrypt_block(*chain, {}, zero)) return nullptr;
  Block whole_key = doubled(zero);
  Block partial_key = doubled(whole_key);
  std::unique_ptr<BlockMac> mac(new BlockMac(std::move(chain), whole_key, partial_key));
  for (Block* const block : {&zero, &whole_key, &partial_key}) wipe(*block);
  return mac;
}

BlockMac::~BlockMac() {
  wipe(whole_key_);
  wipe(partial_key_);
}

bool BlockMac::compute(base::Bytes, std::span<const base::Bytes> parts, Tag& tag) noexcept {
  Pending pending;
  if (!chain_->start()) return false;
  for (const base::Bytes part : parts) {
    if (!add(part, pending)) return false;
  }
  return finish(pending, tag);
}

bool BlockMac::add(base::Bytes part, Pending& pending) noexcept {
  if (part.empty()) return true;
  const std::size_t wanted = std::min(kBlockSize - pending.size, part.size());
  if (pending.size > 0 || part.size() <= kBlockSize) {
    std::memcpy(pending.block.data() + pending.size, part.data(), wanted);
    pending.size += wanted;
    part = part.subspan(wanted);
    if (part.empty()) return true;
    if (!add_blocks(pending.block)) return false;
  }
  const std::size_t whole = (part.size() - 1) / kBlockSize * kBlockSize;
  pending.size = part.size() - whole;
  std::memcpy(pending.block.data(), part.data() + whole, pending.size);
  return add_blocks(part.first(whole));
}

// The encrypted blocks themselves are of no use: only the last one lives on, in the chain.
bool BlockMac::add_blocks(base::Bytes blocks) noexcept {
  std::array<std::uint8_t, kChunkSize> unused;
  while (!blocks.empty()) {
    const base::Bytes chunk = blocks.first(std::min(blocks.size(), unused.size()));
    if (!chain_->encrypt(chunk, unused.data())) return false;
    blocks = blocks.subspan(chunk.size());
  }
  return true;
}

bool BlockMac::finish(Pending& pending, Tag& tag) noexcept {
  const bool whole = pending.size == kBlockSize;
  if (!whole) {
    pending.block[pending.size] = 0x80;
    std::fill(pending.block.begin() + static_cast<std::ptrdiff_t>(pending.size) + 1, pending.block.end(), std::uint8_t{0});
  }
  const Block& key = whole ? whole_key_ : partial_key_;
  for (std::size_t index = 0; index < kBlockSize; ++index)
    pending.block[index] = static_cast<std::uint8_t>(pending.block[index] ^ key[index]);
  return chain_->encrypt(pending.block, tag.data());
}

}  // namespace espy::crypto
