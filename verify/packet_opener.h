// PacketOpener: checks the AH and ESP headers of many packets in bursts, from the outside in, and parses what becomes readable. It tries
// every reading of every SA that a header may belong to (V13, V15). One for each worker.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "crypto/inflate.h"
#include "crypto/library.h"
#include "verify/arena.h"
#include "verify/esn.h"
#include "verify/frame.h"
#include "verify/keyring.h"

namespace espy::verify {

class PacketOpener {
 public:
  // All must outlive it; `opener` is its worker's.
  PacketOpener(const ipsec::World& world, const decode::Ports& ports, const Keyring& keys, const EsnHints& hints, crypto::Opener& opener);

  // Packets as they were parsed, their octets set. Fills checks; parses on where a content was opened and points octets at it.
  void open(std::span<Inspection* const> packets, Arena& arena);
  // The first of `highs` with which header `index` verifies is kept, and the packet is opened on from there.
  bool settle_esn(Inspection& packet, std::size_t index, std::span<const std::uint32_t> highs, Arena& arena);

 private:
  // One header of one packet that is being tried.
  struct Trial {
    Inspection* packet = nullptr;
    std::uint8_t header = 0;
    std::uint8_t candidate = 0;  // of those of `candidates` that have a key
    std::uint8_t reading = 0;
    bool second_form = false;  // WESP: the ICV does not cover its header; AH with AES-GMAC: it covers the IV
    bool deferred = false;     // an ESN reading failed with a guessed high half
    base::Bytes octets;        // with this header as it was on the wire: what it holds is not replaced yet
    std::uint8_t* content = nullptr;
    Candidates candidates;

    ipsec::AssociationId association() const { return candidates.keyed[candidate]; }
  };

  void begin(Inspection& packet, std::size_t header, base::Bytes octets);
  bool prepare(Trial& trial, crypto::Job& job, Arena& arena);
  bool prepare_ah(Trial& trial, const Reading& reading, crypto::Job& job, Arena& arena);
  bool prepare_esp(Trial& trial, const Reading& reading, crypto::Job& job, Arena& arena);
  void run(Arena& arena);
  bool has_second_form(const Trial& trial) const;
  bool next_reading(Trial& trial) const;
  void succeed(const Trial& trial, const crypto::Job& job, Arena& arena);
  void fail(const Trial& trial);
  void open_content(const Trial& trial, const crypto::Job& job, Arena& arena);
  void inflate(Inspection& packet, std::size_t header, Arena& arena);
  const Reading& reading_of(const Trial& trial) const { return keys_.readings(trial.association())[trial.reading]; }

  const ipsec::World& world_;
  const decode::Ports& ports_;
  const Keyring& keys_;
  const EsnHints& hints_;
  crypto::Opener& opener_;
  crypto::Inflater inflater_;
  std::vector<Trial> trials_;  // being tried now
  std::vector<Trial> next_;
  std::vector<crypto::Job> jobs_;
};

}  // namespace espy::verify
