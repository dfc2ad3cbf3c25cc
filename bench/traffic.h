// Traffic: packets of one SA with good ICVs. Where the cipher carries no ICV the ciphertext is random: any is as good as another.
#pragma once

#include <vector>

#include "bench/algorithms.h"
#include "bench/bare.h"
#include "tests/crypto/sealer.h"

namespace espy::bench {

inline constexpr std::size_t kBurst = 64;

crypto::Parameters make_parameters(const Algorithm& algorithm);

class Traffic {
 public:
  // `size` octets each, from the SPI (ESP) or the IP header (AH) on; a little less where blocks do not come out even.
  Traffic(const crypto::Parameters& parameters, std::size_t size);
  Traffic(const Traffic&) = delete;
  const std::vector<Packet>& packets() const { return packets_; }

 private:
  std::vector<tests::Sealed> sealed_;
  tests::Octets header_;
  std::vector<tests::Octets> rooms_;
  std::vector<Packet> packets_;
};

}  // namespace espy::bench
