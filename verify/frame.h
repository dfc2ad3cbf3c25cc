// Frame and Inspection: what verify gets of one captured frame, and what can be found out about it alone, in parallel and without order.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "base/bytes.h"
#include "base/link.h"
#include "base/time.h"
#include "decode/packet.h"
#include "ipsec/world.h"

namespace espy::verify {

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

struct Inspection {
  decode::Packet packet;
  std::array<ipsec::Judgement, decode::kMaxLayers> judgements;  // of the layers whose inside is visible; others hold old values
};

// True when what layer `index` carries can be judged by its selector's fields: it is not opaque and not quoted.
bool is_visible(const decode::Packet& packet, std::size_t index);

// The selector's fields of layer `index`.
ipsec::PacketView view_of(const decode::Packet& packet, std::size_t index);

// Decodes frames and looks up what the policies say of them. One for each worker: it holds a small cache of exact flows, no results.
class Inspector {
 public:
  // `world` must outlive the inspector.
  Inspector(const ipsec::World& world, const decode::Ports& ports);
  ~Inspector();
  void inspect(const Frame& frame, Inspection& inspection);
  // The same for a datagram that was put together from fragments; link and direction are kept as they are in `inspection`.
  void inspect_datagram(base::Bytes datagram, Inspection& inspection);

 private:
  struct CacheEntry;
  static constexpr std::size_t kCacheSlots = 4096;

  void judge_layers(Inspection& inspection);
  ipsec::Judgement judge(const ipsec::PacketView& view);

  const ipsec::World& world_;
  decode::Ports ports_;
  std::unique_ptr<CacheEntry[]> cache_;
};

}  // namespace espy::verify
