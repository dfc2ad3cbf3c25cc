// Frame and Inspection: what verify gets of one captured frame, and what can be found out about it alone, in parallel and without order.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/link.h"
#include "base/time.h"
#include "decode/packet.h"
#include "ipsec/world.h"
#include "verify/arena.h"
#include "verify/header_check.h"

namespace espy::verify {

class EsnHints;
class Keyring;
class PacketOpener;

// A view of one captured frame; `data` must outlive the call it is passed to.
struct Frame {
  base::Bytes data;
  std::uint32_t original_size = 0;  // octets on the wire
  base::Time time;
  std::uint64_t number = 0;  // 1-based within its source
  std::uint32_t source = 0;
  std::uint32_t interface = 0;  // within its source
  base::LinkType link_type = base::LinkType::kEthernet;
  base::Direction direction = base::Direction::kUnknown;
};

// A frame's own facts without its octets.
struct FrameFacts {
  std::uint64_t number = 0;
  base::Time time;
  std::uint32_t source = 0;
  std::uint32_t interface = 0;
  std::uint32_t original_size = 0;
};

inline FrameFacts facts_of(const Frame& frame) { return {frame.number, frame.time, frame.source, frame.interface, frame.original_size}; }

struct Inspection {
  decode::Packet packet;
  // What the offsets of `packet` count in: the frame (or datagram) itself, or a copy of it with the content of its ESP and IPComp headers
  // readable, which lives in the arena that it was inspected with.
  base::Bytes octets;
  std::array<HeaderCheck, decode::kMaxSecurityHeaders> checks;  // of packet.security
  std::array<ipsec::Judgement, decode::kMaxLayers> judgements;  // of the layers whose inside is visible; others hold old values
};

// True when what layer `index` carries can be judged by its selector's fields: it is not opaque and not quoted.
bool is_visible(const decode::Packet& packet, std::size_t index);

// The selector's fields of layer `index`.
ipsec::PacketView view_of(const decode::Packet& packet, std::size_t index);

// Decodes frames, checks and opens what the keys allow, and looks up what the policies say. One for each worker: it holds a small cache of
// exact flows and the contexts of its ciphers, no results.
class Inspector {
 public:
  // All must outlive the inspector; without `keys`, which may be null, checks stay as they are.
  Inspector(const ipsec::World& world, const decode::Ports& ports, const Keyring* keys, const EsnHints* hints);
  ~Inspector();
  // As many inspections as frames. What is opened lives in `arena`.
  void inspect(std::span<const Frame> frames, std::span<Inspection> inspections, Arena& arena);
  // The same for a datagram that was put together from fragments; link and direction are kept as they are in `inspection`.
  void inspect_datagram(base::Bytes datagram, Inspection& inspection, Arena& arena);
  // A packet that was not parsed from octets of its own, such as a message of a stream: checks, opens and judges it.
  void inspect_packet(base::Bytes octets, Inspection& inspection, Arena& arena);
  // Tries the deferred header `index` (Checked::kEsnDeferred) with each of these high halves. True: one verifies; its content, if any, is
  // parsed, checked and judged too.
  bool settle_esn(Inspection& inspection, std::size_t index, std::span<const std::uint32_t> highs, Arena& arena);

 private:
  struct CacheEntry;
  static constexpr std::size_t kCacheSlots = 4096;

  ipsec::PacketView content_view(const Inspection& inspection, std::size_t index) const;
  void judge_layers(Inspection& inspection);
  ipsec::Judgement judge(const ipsec::PacketView& view);

  const ipsec::World& world_;
  decode::Ports ports_;
  std::unique_ptr<CacheEntry[]> cache_;
  std::unique_ptr<PacketOpener> opener_;
  std::vector<Inspection*> burst_;
};

}  // namespace espy::verify
