// BlockMac: AES-XCBC-MAC (RFC 3566) and AES-CMAC (RFC 4493) over a library's CBC encryption. The two differ in their keys alone.
#pragma once

#include <array>
#include <memory>
#include <span>

#include "base/bytes.h"
#include "crypto/primitives.h"

namespace espy::crypto {

// AES-CBC that encrypts one message after another.
class BlockChain {
 public:
  virtual ~BlockChain() = default;
  // The next message begins: its IV is zero.
  virtual bool start() noexcept = 0;
  // Whole blocks; goes on from the last one.
  virtual bool encrypt(base::Bytes blocks, std::uint8_t* out) noexcept = 0;
};
using MakeBlockChain = std::unique_ptr<BlockChain>(base::Bytes key);  // nullptr where the key is refused

class BlockMac final : public Mac {
 public:
  // nullptr where `key` is not of 16 octets, or the library refuses it.
  static std::unique_ptr<BlockMac> make_xcbc(base::Bytes key, MakeBlockChain make_chain);
  static std::unique_ptr<BlockMac> make_cmac(base::Bytes key, MakeBlockChain make_chain);
  ~BlockMac() override;

  bool compute(base::Bytes nonce, std::span<const base::Bytes> parts, Tag& tag) noexcept override;

 private:
  static constexpr std::size_t kBlockSize = 16;
  static constexpr std::size_t kChunkSize = 1024;
  using Block = std::array<std::uint8_t, kBlockSize>;

  // Collects parts of any size into blocks. The last block of a message waits for finish().
  struct Pending {
    Block block{};
    std::size_t size = 0;
  };

  BlockMac(std::unique_ptr<BlockChain> chain, const Block& whole_key, const Block& partial_key)
      : chain_(std::move(chain)), whole_key_(whole_key), partial_key_(partial_key) {}
  bool add(base::Bytes part, Pending& pending) noexcept;
  bool add_blocks(base::Bytes blocks) noexcept;
  bool finish(Pending& pending, Tag& tag) noexcept;

  std::unique_ptr<BlockChain> chain_;
  Block whole_key_;    // goes into the last block when it is whole
  Block partial_key_;  // when it was filled up
};

}  // namespace espy::crypto
