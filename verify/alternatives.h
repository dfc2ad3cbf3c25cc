// Alternatives: the mistakes that Diagnoser tries on packets whose ICV is wrong. Each is a variation of what the configuration says. Only
// diagnosis.cpp includes this.
#pragma once

#include <optional>
#include <vector>

#include "decode/authenticated.h"
#include "verify/diagnosis.h"

namespace espy::verify {

class Alternatives {
 public:
  struct Packet {
    const decode::Packet* packet = nullptr;
    base::Bytes octets;
    std::size_t header = 0;
  };
  struct Explanation {
    Diagnosis diagnosis;
    std::size_t explained = 0;  // packets that verify, or make sense, with it
  };

  Alternatives(const ipsec::World& world, const Keyring& keys, const ipsec::Association& association);
  void add(const Packet& packet) { packets_.push_back(packet); }

  // The first that explains a packet, in the order of REPORT.md.
  std::optional<Explanation> try_all();
  // AH: a field that the peer did not mute.
  std::optional<Explanation> try_muting();

 private:
  // How an alternative is tried: the high half of an extended number, and what AH's peer left unmuted.
  struct Trial {
    std::vector<std::uint32_t> highs{0};
    decode::Muting muting{};
  };

  std::optional<Explanation> try_icv_length();
  std::optional<Explanation> try_esn();
  std::optional<Explanation> try_swapped();
  std::optional<Explanation> try_salt();
  std::optional<Explanation> try_zeros();
  std::optional<Explanation> try_without_icv();
  std::optional<Explanation> try_field(decode::MutableField field);

  std::size_t verified(const crypto::Parameters& parameters, const Trial& trial);
  std::size_t sane(const crypto::Parameters& parameters);
  bool verifies(const crypto::Transform& transform, const Packet& packet, std::uint32_t high, const decode::Muting& muting);
  std::optional<Explanation> explain(const crypto::Parameters& parameters, std::string name, std::string sentence);
  const ipsec::Association* reverse() const;

  const ipsec::World& world_;
  const Keyring& keys_;
  const ipsec::Association& association_;
  std::vector<crypto::Parameters> readings_;  // what the configuration says
  std::vector<Packet> packets_;
  crypto::Opener opener_;
};

}  // namespace espy::verify
