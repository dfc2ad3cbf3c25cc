// Sealer: makes the ESP packets of one SA with OpenSSL, with an ICV of 16 octets that is right.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <openssl/evp.h>

#include "bench/random.h"

namespace espy::bench {

enum class Suite { kAesGcm, kAesCbcHmacSha256 };

class Sealer {
 public:
  // Keys come from the seed.
  Sealer(Suite suite, std::uint64_t seed);

  // From the SPI to the ICV, around a payload of so many octets.
  std::size_t packet_size(std::size_t payload_size) const;
  std::size_t payload_offset() const;
  // `packet` holds SPI, sequence number and, at payload_offset(), the payload.
  void seal(std::uint8_t* packet, std::size_t payload_size, std::uint8_t next_header);
  // The end of setkey's add statement.
  std::string setkey_algorithms() const;

 private:
  struct Free {
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
    void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
  };

  std::size_t padding_size(std::size_t payload_size) const;
  void set_up();
  void seal_gcm(std::uint8_t* packet, std::size_t text_size);
  void seal_cbc(std::uint8_t* packet, std::size_t text_size);

  Suite suite_;
  Random random_;
  std::vector<std::uint8_t> encryption_key_;  // with the salt at its end
  std::vector<std::uint8_t> integrity_key_;
  std::unique_ptr<EVP_CIPHER_CTX, Free> cipher_;
  std::unique_ptr<EVP_MAC_CTX, Free> mac_;
};

}  // namespace espy::bench
