#include "verify/alternatives.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "verify/content.h"

namespace espy::verify {
namespace {

constexpr std::array<std::uint8_t, 7> kIcvSizes{12, 16, 8, 24, 32, 20, 10};
constexpr std::uint32_t kMostHighs = 8;

using Octets = std::vector<std::uint8_t>;

Octets octets_of(const ipsec::Key& key) { return {key.secret().begin(), key.secret().end()}; }

ipsec::Key key_of(Octets octets) { return ipsec::Key(std::move(octets)); }

// Zeros that a tool dropped from the front of a number, or that stand at the end because it was filled up there.
std::vector<ipsec::Key> with_other_zeros(const ipsec::Key& key, bool may_shrink) {
  std::vector<ipsec::Key> keys;
  const Octets octets = octets_of(key);
  const auto first = std::ranges::find_if(octets, [](std::uint8_t octet) { return octet != 0; });
  const auto leading = first - octets.begin();
  if (leading == std::ssize(octets)) return keys;
  if (leading > 0) {
    Octets filled(first, octets.end());
    if (may_shrink) keys.push_back(key_of(filled));
    filled.resize(octets.size());
    keys.push_back(key_of(std::move(filled)));
  }
  std::size_t trailing = 0;
  while (octets[octets.size() - 1 - trailing] == 0) ++trailing;
  for (std::size_t moved = 1; moved <= trailing; ++moved) {
    Octets shifted(moved, 0);
    shifted.insert(shifted.end(), octets.begin(), octets.end() - static_cast<std::ptrdiff_t>(moved));
    keys.push_back(key_of(std::move(shifted)));
  }
  return keys;
}

std::string_view integrity_name(const crypto::Parameters& parameters) {
  const bool aead = parameters.integrity == ipsec::Integrity::kNone;
  return aead ? ipsec::facts(parameters.encryption).name : ipsec::facts(parameters.integrity).name;
}

std::string_view words_of(decode::MutableField field) {
  using decode::MutableField;
  switch (field) {
    case MutableField::kTypeOfService: return "the type of service or traffic class";
    case MutableField::kFlags: return "the flags (Don't Fragment)";
    case MutableField::kFragmentOffset: return "the fragment offset";
    case MutableField::kTimeToLive: return "the time to live or hop limit";
    case MutableField::kChecksum: return "the IPv4 header checksum";
    case MutableField::kFlowLabel: return "the flow label";
    case MutableField::kOptions: return "options that may change on the way";
    case MutableField::kRouting: return "the source route";
    case MutableField::kNone: return "";
  }
  return "";
}

}  // namespace

Alternatives::Alternatives(const ipsec::World& world, const Keyring& keys, const ipsec::Association& association)
    : world_(world), keys_(keys), association_(association) {
  if (auto readings = crypto::parameters_of(association)) readings_ = std::move(*readings);
}

bool Alternatives::verifies(const crypto::Transform& transform, const Packet& packet, std::uint32_t high, const decode::Muting& muting) {
  const decode::SecurityHeader& header = packet.packet->security[packet.header];
  std::array<std::uint8_t, decode::kMaxAuthenticatedHeader> room;
  crypto::Job job;
  job.transform = &transform;
  job.esn_high = high;
  if (header.protocol == decode::SecurityProtocol::kAh) {
    const auto covered = decode::mute_for_ah(packet.octets, *packet.packet, packet.header, muting, room);
    if (!covered || covered->icv.size() < transform.layout().icv_size) return false;
    job.header = base::Bytes(room).first(covered->size);
    job.packet = covered->following;
    job.icv = covered->icv.first(transform.layout().icv_size);
  } else {
    if (header.wrapped) return false;
    job.packet = packet.octets.subspan(header.offset, header.size);
    if (!transform.layout().fits(job.packet.size())) return false;
  }
  opener_.open({&job, 1});
  return job.check == crypto::Check::kGood;
}

std::size_t Alternatives::verified(const crypto::Parameters& parameters, const Trial& trial) {
  const auto transform = keys_.library().prepare(parameters);
  if (!transform) return 0;
  decode::Muting muting = trial.muting;
  muting.old_header = parameters.old_header;
  return static_cast<std::size_t>(std::ranges::count_if(packets_, [&](const Packet& packet) {
    return std::ranges::any_of(trial.highs, [&](std::uint32_t high) { return verifies(**transform, packet, high, muting); });
  }));
}

// How many decrypt to something that makes sense when the ICV is left alone.
std::size_t Alternatives::sane(const crypto::Parameters& parameters) {
  const auto transform = keys_.library().prepare(parameters);
  if (!transform) return 0;
  std::size_t count = 0;
  for (const Packet& packet : packets_) {
    const decode::SecurityHeader& header = packet.packet->security[packet.header];
    if (header.wrapped || header.size < parameters.icv_size) continue;
    Octets plaintext(header.size);
    crypto::Job job;
    job.transform = transform->get();
    job.packet = packet.octets.subspan(header.offset, header.size);
    job.plaintext = plaintext.data();
    if (!(*transform)->layout().fits(job.packet.size())) continue;
    opener_.open({&job, 1});
    if (!job.opened) continue;
    const base::Bytes content = job.content();
    count += is_sane(content, decode::read_esp_trailer(content));
    ipsec::wipe(reinterpret_cast<char*>(plaintext.data()), plaintext.size());
  }
  return count;
}

std::optional<Alternatives::Explanation> Alternatives::explain(const crypto::Parameters& parameters, std::string name,
                                                               std::string sentence) {
  Trial trial;
  if (parameters.esn) {
    for (std::uint32_t high = 1; high < kMostHighs; ++high) trial.highs.push_back(high);
    if (association_.esn_high) trial.highs.push_back(*association_.esn_high);
  }
  const std::size_t explained = verified(parameters, trial);
  if (explained == 0) return std::nullopt;
  return Explanation{{std::move(name), std::move(sentence)}, explained};
}

std::optional<Alternatives::Explanation> Alternatives::try_icv_length() {
  if (readings_.front().icv_size == 0) return std::nullopt;
  for (const std::uint8_t size : kIcvSizes) {
    const bool tried = std::ranges::any_of(readings_, [&](const auto& reading) { return reading.icv_size == size; });
    if (tried) continue;
    crypto::Parameters other = readings_.front();
    other.icv_size = size;
    const auto found = explain(other, "icv-length",
                               fmt::format("Verifies with a {}-bit ICV: the peer truncates {} to {} bits, the configuration says {}.",
                                           size * 8, integrity_name(other), size * 8, readings_.front().icv_size * 8));
    if (found) return found;
  }
  return std::nullopt;
}

std::optional<Alternatives::Explanation> Alternatives::try_esn() {
  crypto::Parameters other = readings_.front();
  other.esn = !other.esn;
  return explain(other, "esn",
                 other.esn ? "Verifies with extended sequence numbers: the peer uses ESN, the configuration does not say so."
                           : "Verifies with 32-bit sequence numbers: the configuration says ESN, the peer does not use it.");
}

// The SA of the other direction.
const ipsec::Association* Alternatives::reverse() const {
  const auto found = std::ranges::find_if(world_.associations(), [&](const ipsec::Association& other) {
    return other.protocol == association_.protocol && other.source == association_.destination &&
           other.destination == association_.source && other.encryption == association_.encryption &&
           other.integrity == association_.integrity;
  });
  return found == world_.associations().end() ? nullptr : &*found;
}

std::optional<Alternatives::Explanation> Alternatives::try_swapped() {
  const ipsec::Association* other = reverse();
  if (other == nullptr) return std::nullopt;
  const auto readings = crypto::parameters_of(*other);
  if (!readings) return std::nullopt;
  crypto::Parameters both = readings->front();
  both.esn = readings_.front().esn;
  const std::string spi = other->spi ? base::to_string(*other->spi) : "of the other direction";
  if (const auto found =
          explain(both, "swapped", fmt::format("Verifies with the keys of the other direction (SPI {}): the two are exchanged.", spi)))
    return found;
  crypto::Parameters one = readings_.front();
  one.integrity_key = both.integrity_key;
  return explain(one, "swapped",
                 fmt::format("Verifies with the authentication key of the other direction (SPI {}): the two are exchanged.", spi));
}

std::optional<Alternatives::Explanation> Alternatives::try_salt() {
  const crypto::Parameters& said = readings_.front();
  if (said.salt.empty()) return std::nullopt;
  const std::size_t size = said.salt.size();
  Octets whole = octets_of(said.encryption_key);
  const Octets salt = octets_of(said.salt);
  whole.insert(whole.end(), salt.begin(), salt.end());
  const auto split = static_cast<std::ptrdiff_t>(size);
  const auto with = [&](Octets key, Octets other_salt) {
    crypto::Parameters other = said;
    other.encryption_key = key_of(std::move(key));
    other.salt = key_of(std::move(other_salt));
    return other;
  };
  const Octets key = octets_of(said.encryption_key);
  const Octets reversed(salt.rbegin(), salt.rend());
  if (const auto found = explain(with({whole.begin() + split, whole.end()}, {whole.begin(), whole.begin() + split}), "salt",
                                 "Verifies with the salt taken from the front of the key: it belongs at the end."))
    return found;
  if (const auto found = explain(with(key, reversed), "salt", "Verifies with the octets of the salt in the reverse order.")) return found;
  if (const auto found = explain(with(key, Octets(size, 0)), "salt", "Verifies with a salt of zeros: the peer's key has none."))
    return found;
  const ipsec::Association* other = reverse();
  const auto readings = other == nullptr ? std::nullopt : std::optional(crypto::parameters_of(*other));
  if (!readings || !*readings) return std::nullopt;
  return explain(with(key, octets_of((*readings)->front().salt)), "salt", "Verifies with the salt of the other direction.");
}

std::optional<Alternatives::Explanation> Alternatives::try_zeros() {
  constexpr const char* kSentence =
      "Verifies when zeros at the ends of the {} key are placed otherwise: a tool lost the leading zeros of a key that was written as a "
      "number.";
  for (const ipsec::Key& key : with_other_zeros(readings_.front().integrity_key, true)) {
    crypto::Parameters other = readings_.front();
    other.integrity_key = key;
    if (const auto found = explain(other, "zeros", fmt::format(kSentence, "authentication"))) return found;
  }
  if (readings_.front().integrity != ipsec::Integrity::kNone) return std::nullopt;
  for (const ipsec::Key& key : with_other_zeros(readings_.front().encryption_key, false)) {
    crypto::Parameters other = readings_.front();
    other.encryption_key = key;
    if (const auto found = explain(other, "zeros", fmt::format(kSentence, "encryption"))) return found;
  }
  return std::nullopt;
}

// auth-key: what the encryption key opens makes sense.
std::optional<Alternatives::Explanation> Alternatives::try_without_icv() {
  const crypto::Parameters& said = readings_.front();
  if (said.protocol == ipsec::Protocol::kAh || said.integrity == ipsec::Integrity::kNone) return std::nullopt;
  for (const crypto::Parameters& reading : readings_) {
    const std::size_t count = sane(reading);
    if (count * 2 < packets_.size() || count == 0) continue;
    return Explanation{
        {"auth-key", fmt::format("The encryption key is right (padding and inner header are sane in {} of {} packets tried), the "
                                 "authentication key is wrong.",
                                 count, packets_.size())},
        count};
  }
  return std::nullopt;
}

std::optional<Alternatives::Explanation> Alternatives::try_field(decode::MutableField field) {
  std::vector<std::optional<std::uint8_t>> lives{std::nullopt};
  if (field == decode::MutableField::kTimeToLive) lives.insert(lives.end(), {64, 128, 255, 32});
  for (const auto& time_to_live : lives) {
    const std::size_t explained =
        verified(readings_.front(), {.muting = {.keep = field, .time_to_live = time_to_live, .old_header = association_.old_header}});
    if (explained == 0) continue;
    return Explanation{
        {fmt::format("ah-mute:{}", decode::name(field)),
         fmt::format("Verifies when {} is not muted: the peer computes the ICV over a field that may change on the way.", words_of(field))},
        explained};
  }
  return std::nullopt;
}

std::optional<Alternatives::Explanation> Alternatives::try_muting() {
  if (readings_.empty()) return std::nullopt;
  for (std::size_t field = 1; field < decode::kMutableFieldCount; ++field) {
    if (auto found = try_field(static_cast<decode::MutableField>(field))) return found;
  }
  return std::nullopt;
}

std::optional<Alternatives::Explanation> Alternatives::try_all() {
  if (readings_.empty()) return std::nullopt;
  if (auto found = try_icv_length()) return found;
  if (auto found = try_esn()) return found;
  if (auto found = try_swapped()) return found;
  if (auto found = try_salt()) return found;
  if (auto found = try_zeros()) return found;
  if (association_.protocol == ipsec::Protocol::kAh) return try_muting();
  return try_without_icv();
}

}  // namespace espy::verify
