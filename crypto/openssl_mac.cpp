// OpenSSL's integrity functions, and AES-CBC for those that espy builds on it.
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <utility>

#include "crypto/block_mac.h"
#include "crypto/openssl_library.h"
#include "crypto/openssl_primitives.h"

namespace espy::crypto {

namespace {

using I = ipsec::Integrity;

constexpr std::uint8_t kZeroBlock[kMostBlockSize] = {};

class OpensslBlockChain final : public BlockChain {
 public:
  explicit OpensslBlockChain(CipherContext context) : context_(std::move(context)) {}
  static std::unique_ptr<BlockChain> make(base::Bytes key);

  bool start() noexcept override { return EVP_EncryptInit_ex2(context_.get(), nullptr, nullptr, kZeroBlock, nullptr) == 1; }
  bool encrypt(base::Bytes blocks, std::uint8_t* out) noexcept override {
    int written = 0;
    return EVP_EncryptUpdate(context_.get(), out, &written, blocks.data(), static_cast<int>(blocks.size())) == 1;
  }

 private:
  CipherContext context_;
};

std::unique_ptr<BlockChain> OpensslBlockChain::make(base::Bytes key) {
  const EVP_CIPHER* const cipher = OpensslLibrary::instance().find_cipher(ipsec::Encryption::kAesCbc, key.size());
  CipherContext context(EVP_CIPHER_CTX_new());
  unsigned int padding = 0;
  const OSSL_PARAM options[] = {OSSL_PARAM_construct_uint(OSSL_CIPHER_PARAM_PADDING, &padding), OSSL_PARAM_construct_end()};
  if (cipher == nullptr || !context || EVP_EncryptInit_ex2(context.get(), cipher, key.data(), nullptr, options) != 1) return nullptr;
  return std::make_unique<OpensslBlockChain>(std::move(context));
}

std::unique_ptr<Mac> make_mac(const Parameters& parameters) {
  const base::Bytes key = parameters.integrity_key.secret();
  switch (parameters.integrity) {
    case I::kAesXcbc: return BlockMac::make_xcbc(key, OpensslBlockChain::make);
    case I::kAesCmac: return BlockMac::make_cmac(key, OpensslBlockChain::make);
    case I::kAesGmac: return make_openssl_gmac(parameters.integrity_key);
    default: return make_openssl_hash_mac(parameters.integrity, key);
  }
}

bool needs_no_mac(I integrity) { return integrity == I::kNone || integrity == I::kAny; }

}  // namespace

bool has_openssl_mac(I integrity) { return integrity != I::kUnknown && integrity != I::kHmacSm3 && integrity != I::kTcpMd5; }

bool make_openssl_mac(const Parameters& parameters, Primitives& primitives) {
  if (needs_no_mac(parameters.integrity)) return true;
  primitives.mac = make_mac(parameters);
  return primitives.mac != nullptr;
}

}  // namespace espy::crypto
