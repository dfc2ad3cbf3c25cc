#include "verify/twin.h"

#include <algorithm>

#include "base/hash.h"

namespace espy::verify {
namespace {

constexpr base::Duration kTwinWithin = base::seconds(1);
constexpr std::uint32_t kEspHeaderSize = 8;
constexpr std::size_t kIpv4Header = 20;
constexpr std::size_t kIpv6Header = 40;
constexpr std::uint32_t kTrailerSize = 2;  // pad length and next header

std::uint32_t round_up(std::uint32_t size, std::uint32_t block) { return (size + block - 1) / block * block; }

// What the algorithms of a configured SA add; several where the configuration leaves the ICV's length open.
std::vector<TwinFinder::Overhead> overheads_of(const ipsec::Association& association) {
  const ipsec::EncryptionFacts& cipher = ipsec::facts(association.encryption);
  const ipsec::IntegrityFacts& integrity = ipsec::facts(association.integrity);
  const std::uint32_t block = std::max<std::uint32_t>(cipher.block_size, 4);
  if (association.icv_bits != 0) return {{cipher.iv_size, association.icv_bits / 8U, block}};
  if (cipher.aead) return {{cipher.iv_size, 16, block}, {cipher.iv_size, 12, block}, {cipher.iv_size, 8, block}};
  if (association.integrity == ipsec::Integrity::kNone) return {{cipher.iv_size, 0, block}};
  return {{cipher.iv_size, integrity.icv_size, block}, {cipher.iv_size, 12, block}};
}

// The combinations in use where nothing is known of the SA.
std::vector<TwinFinder::Overhead> usual_overheads() {
  std::vector<TwinFinder::Overhead> overheads;
  for (const std::uint32_t icv : {0U, 8U, 12U, 16U, 24U, 32U}) {
    overheads.push_back({0, icv, 4});
    overheads.push_back({8, icv, 4});
    overheads.push_back({8, icv, 8});
    overheads.push_back({16, icv, 16});
  }
  return overheads;
}

struct ContentEnds {
  std::size_t upper;    // where the upper layer begins,
  std::size_t payload;  // its payload,
  std::size_t end;      // and the end
  bool has_payload;     // `payload` is one by itself, not just the end
};
struct ContentHeader {
  const base::Address& source;
  const base::Address& destination;
  std::uint8_t protocol;
  std::uint64_t fragment;
};

// Each octet is hashed once.
TwinContent hash_content(const ContentEnds& ends, const ContentHeader& header, base::Bytes octets) {
  const std::uint64_t seed = base::hash_seed();
  TwinContent content;
  content.known = true;
  const std::uint64_t payload = base::hash_bytes(octets.subspan(ends.payload, ends.end - ends.payload), seed);
  content.upper = base::combine(base::hash_bytes(octets.subspan(ends.upper, ends.payload - ends.upper), seed), payload);
  content.header = base::combine(base::combine(base::hash_ends(header.source, header.destination, seed), header.protocol), header.fragment);
  if (!ends.has_payload) return content;
  content.payload = payload;
  content.payload_size = static_cast<std::uint32_t>(ends.end - ends.payload);
  return content;
}

std::uint32_t ip_header_size(const decode::Layer& layer) { return layer.source.family == base::Family::kIpv4 ? 20 : 40; }

}  // namespace

TwinContent twin_content(const decode::Layer& layer, base::Bytes octets) {
  const std::size_t end = std::size_t{layer.offset} + layer.size;
  if (layer.upper_offset < layer.offset || layer.upper_offset == 0 || layer.upper_offset > end || end > octets.size()) return {};
  const bool has_payload = layer.payload_offset >= layer.upper_offset && layer.payload_offset <= end;
  return hash_content(
      {.upper = layer.upper_offset, .payload = has_payload ? layer.payload_offset : end, .end = end, .has_payload = has_payload},
      {.source = layer.source,
       .destination = layer.destination,
       .protocol = layer.protocol,
       .fragment = (std::uint64_t{layer.fragment_id} << 32) | layer.fragment_offset},
      octets);
}

TwinContent twin_content(const decode::Glance& glance, base::Bytes octets) {
  const bool ipv4 = glance.source.family == base::Family::kIpv4;
  const std::uint64_t id = ipv4 ? std::uint64_t{octets[4]} << 8 | octets[5] : 0;
  return hash_content({.upper = ipv4 ? kIpv4Header : kIpv6Header, .payload = glance.inner, .end = glance.end, .has_payload = true},
                      {.source = glance.source, .destination = glance.destination, .protocol = glance.protocol, .fragment = id << 32},
                      octets);
}

TwinFinder::TwinFinder(const ipsec::World& world) : usual_(usual_overheads()) {
  for (const ipsec::Association& association : world.associations()) {
    const bool known = association.encryption != ipsec::Encryption::kUnknown && association.integrity != ipsec::Integrity::kUnknown;
    overheads_.push_back(known ? overheads_of(association) : usual_);
    padded_.push_back(association.tfc_padding != 0);
  }
}

std::span<const TwinFinder::Overhead> TwinFinder::overheads(const Carrier& carrier) const {
  return carrier.configured == ipsec::kNoAssociation ? usual_ : overheads_[carrier.configured];
}

// BEET: the copy has the SA's inner addresses, and the rest is the same.
TwinContent TwinFinder::content_of(const decode::Packet& packet, const decode::SecurityHeader& header, base::Bytes octets) {
  const std::size_t upper = header.content_offset;
  const std::size_t end = upper + header.content_size;
  if (end > octets.size()) return {};
  const std::size_t payload = packet.layers[header.layer].payload_offset;
  const base::Address none;
  TwinContent content =
      hash_content({.upper = upper, .payload = payload >= upper && payload <= end ? payload : end, .end = end, .has_payload = false},
                   {.source = none, .destination = none, .protocol = 0, .fragment = 0}, octets);
  content.header = 0;
  return content;
}

// Member by member, because a whole one that is made elsewhere and copied waits for its own stores.
inline void TwinFinder::Carrier::carry(const TwinContent& content) {
  readable = content.known;
  header = content.header;
  upper = content.upper;
  payload = content.payload;
  payload_size = content.payload_size;
}

inline TwinFinder::Carrier* TwinFinder::room(StateId state, base::Time time, ipsec::AssociationId configured) {
  if (!remembers(state)) {
    if (requirements_ >= kRequirementLimit) return nullptr;
    if (state >= recent_.size()) recent_.resize(std::max<std::size_t>(state + 1U, 2 * recent_.size()));
    recent_[state] = std::make_unique<Recent>();
    ++requirements_;
  }
  Recent& recent = *recent_[state];
  Carrier& carrier = recent.carriers[recent.next];
  recent.next = (recent.next + 1) % kRemembered;
  carrier.time = time;
  carrier.configured = configured;
  carrier.padded = configured != ipsec::kNoAssociation && padded_[configured];
  carrier.exact = carrier.claimed = false;
  return &carrier;
}

void TwinFinder::remember(StateId state, const Frame& frame, std::uint32_t size, ipsec::AssociationId configured,
                          const TwinContent& content) {
  Carrier* const carrier = room(state, frame.time, configured);
  if (carrier == nullptr) return;
  const bool ethernet = frame.link_type == base::LinkType::kEthernet;
  carrier->carry(content);
  carrier->size = size - kEspHeaderSize;
  carrier->interface_index = 0;
  carrier->has_mac = carrier->has_mac_source = ethernet;
  carrier->outwards = frame.direction == base::Direction::kOut;
  if (!ethernet) return;
  std::ranges::copy(frame.data.first<6>(), carrier->mac_destination.begin());
  std::ranges::copy(frame.data.subspan<6, 6>(), carrier->mac_source.begin());
}

void TwinFinder::remember(StateId state, const Inspection& inspection, std::size_t index, ipsec::AssociationId configured,
                          base::Time time) {
  Carrier* const carrier = room(state, time, configured);
  if (carrier == nullptr) return;
  const decode::Packet& packet = inspection.packet;
  const decode::SecurityHeader& header = packet.security[index];
  const bool esp = header.protocol == decode::SecurityProtocol::kEsp;
  const bool inside = header.layer + 1U < packet.layer_count;
  carrier->carry({});
  carrier->size = 0;
  carrier->interface_index = packet.interface_index;
  carrier->mac_destination = packet.mac_destination;
  carrier->mac_source = packet.mac_source;
  carrier->has_mac = packet.has_mac;
  carrier->has_mac_source = packet.has_mac_source;
  carrier->outwards = packet.direction == base::Direction::kOut;
  const bool readable = !esp || inspection.checks[index].opened;
  if (readable && inside) carrier->carry(twin_content(packet.layers[header.layer + 1U], inspection.octets));
  if (readable && !inside && esp) carrier->carry(content_of(packet, header, inspection.octets));
  if (esp) {
    const std::uint32_t before = kEspHeaderSize + (header.wrapped ? 4 : 0);
    carrier->size = header.size > before ? header.size - before : 0;
  } else if (inside) {
    carrier->size = packet.layers[header.layer + 1U].size;
    carrier->exact = carrier->size != 0;
  }
}

// The copy travels inwards on the interface of its carrier, from the same sender. Where neither direction nor addresses are known, nothing
// tells a copy from a leak.
bool TwinFinder::same_way(const Carrier& carrier, const decode::Packet& packet) {
  if (carrier.outwards || packet.direction == base::Direction::kOut || packet.interface_index != carrier.interface_index) return false;
  const bool senders_known = carrier.has_mac_source && packet.has_mac_source;
  if (senders_known && packet.mac_source != carrier.mac_source) return false;
  const bool both_known = carrier.has_mac && packet.has_mac;
  if (both_known && packet.mac_destination != carrier.mac_destination) return false;
  return packet.direction == base::Direction::kIn || both_known;
}

bool TwinFinder::usable(const Carrier& carrier, const decode::Packet& packet, base::Time time) const {
  return carrier.time.known() && !carrier.claimed && time - carrier.time <= kTwinWithin && same_way(carrier, packet);
}

bool TwinFinder::fits(const Carrier& carrier, const ipsec::Requirement& requirement, std::uint32_t inner_size, base::Time time) const {
  if (carrier.exact) return carrier.size == inner_size;
  // Compressed or padded content has any length. A copy that Linux makes of ICMP keeps its carrier's very time.
  const bool any_larger = carrier.padded || carrier.time == time;
  for (const Overhead& overhead : overheads(carrier)) {
    const std::uint32_t expected = round_up(inner_size + kTrailerSize, overhead.block) + overhead.iv + overhead.icv;
    if (carrier.size == expected) return true;
    if (requirement.compressed && carrier.size < expected) return true;
    if (any_larger && carrier.size > expected) return true;
  }
  return false;
}

TwinFinder::SizeRange TwinFinder::inner_sizes(const Carrier& carrier) const {
  if (carrier.exact) return {carrier.size, carrier.size};
  SizeRange range{.least = 0xffffffff, .most = 0};
  for (const Overhead& overhead : overheads(carrier)) {
    const std::uint32_t added = overhead.iv + overhead.icv + kTrailerSize;
    if (carrier.size < added + overhead.block) continue;
    range.least = std::min(range.least, carrier.size - added - (overhead.block - 1));
    range.most = std::max(range.most, carrier.size - added);
  }
  return range;
}

// A frame that receive offload merged holds the payloads of several packets behind one set of headers.
TwinMatch TwinFinder::claim_merged(Recent& recent, const Inspection& inspection, std::size_t index, base::Time time) const {
  const decode::Layer& layer = inspection.packet.layers[index];
  if (layer.payload_offset <= layer.offset || layer.size <= layer.payload_offset - layer.offset) return TwinMatch::kNone;
  const std::uint32_t headers = layer.payload_offset - layer.offset;
  const std::uint32_t payload = layer.size - headers;
  const bool whole = std::size_t{layer.payload_offset} + payload <= inspection.octets.size();
  for (std::size_t start = 0; start < kRemembered; ++start) {
    std::uint32_t least = 0;
    std::uint32_t most = 0;
    std::array<std::uint16_t, 64> members{};
    std::size_t count = 0;
    bool by_content = true;
    for (std::size_t step = start; step < kRemembered && count < members.size() && least <= payload; ++step) {
      const std::size_t slot = (recent.next + step) % kRemembered;
      const Carrier& carrier = recent.carriers[slot];
      if (!usable(carrier, inspection.packet, time)) {
        if (count == 0) break;
        continue;
      }
      SizeRange sizes = inner_sizes(carrier);
      if (carrier.readable && whole) {
        // Its payload must stand here, after those of the carriers before it.
        const std::uint32_t size = carrier.payload_size;
        const bool may_stand = by_content && size != 0 && size <= payload - least;
        const auto slice = may_stand ? inspection.octets.subspan(std::size_t{layer.payload_offset} + least, size) : base::Bytes{};
        if (!may_stand || base::hash_bytes(slice, base::hash_seed()) != carrier.payload) {
          if (count == 0) break;  // a later start tries those after it
          continue;
        }
        sizes = {headers + size, headers + size};
      } else {
        by_content = false;
      }
      if (sizes.most <= headers) continue;
      least += sizes.least > headers ? sizes.least - headers : 0;
      most += sizes.most - headers;
      members[count++] = static_cast<std::uint16_t>(slot);
      if (count < 2 || payload < least || payload > most) continue;
      for (std::size_t member = 0; member < count; ++member) recent.carriers[members[member]].claimed = true;
      return by_content ? TwinMatch::kByContent : TwinMatch::kByLength;
    }
  }
  return TwinMatch::kNone;
}

TwinMatch TwinFinder::compare(const Carrier& carrier, const TwinContent& content, const ipsec::Requirement& requirement, std::uint32_t size,
                              base::Time time) const {
  if (!carrier.readable || !content.known) return fits(carrier, requirement, size, time) ? TwinMatch::kByLength : TwinMatch::kNone;
  const bool same_header = carrier.header == content.header || requirement.mode() == ipsec::Mode::kBeet;
  return same_header && carrier.upper == content.upper ? TwinMatch::kByContent : TwinMatch::kNone;
}

TwinMatch TwinFinder::claim(StateId state, const ipsec::Requirement& requirement, const Inspection& inspection, std::size_t index,
                            base::Time time) {
  const decode::Packet& packet = inspection.packet;
  if (packet.direction == base::Direction::kOut) return TwinMatch::kNone;
  if (!remembers(state)) return TwinMatch::kNone;
  Recent& recent = *recent_[state];
  const decode::Layer& layer = packet.layers[index];
  const TwinContent content = twin_content(layer, inspection.octets);
  const bool beet = requirement.mode() == ipsec::Mode::kBeet;
  const std::uint32_t size = beet && layer.size > ip_header_size(layer) ? layer.size - ip_header_size(layer) : layer.size;
  Carrier* guess = nullptr;
  for (std::size_t step = 0; step < kRemembered; ++step) {  // oldest first
    Carrier& carrier = recent.carriers[(recent.next + step) % kRemembered];
    if (!usable(carrier, packet, time)) continue;
    const TwinMatch match = compare(carrier, content, requirement, size, time);
    if (match == TwinMatch::kByLength && guess == nullptr) guess = &carrier;
    if (match != TwinMatch::kByContent) continue;
    carrier.claimed = true;
    return match;
  }
  if (guess == nullptr) return claim_merged(recent, inspection, index, time);
  guess->claimed = true;
  return TwinMatch::kByLength;
}

}  // namespace espy::verify
