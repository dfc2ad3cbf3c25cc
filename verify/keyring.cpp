#include "verify/keyring.h"

#include <fmt/format.h>

namespace espy::verify {
namespace {

bool has_keys(const ipsec::Association& association) {
  const bool keyless = association.encryption == ipsec::Encryption::kNull && association.integrity == ipsec::Integrity::kNone;
  return keyless || (!association.keys_hidden && !(association.encryption_key.empty() && association.integrity_key.empty()));
}

std::string describe(const ipsec::Association& association) {
  const std::string spi = association.spi ? base::to_string(*association.spi) : "any SPI";
  return fmt::format("{}: {} {}", ipsec::to_string(association.origin), ipsec::name(association.protocol), spi);
}

}  // namespace

Keyring::Keyring(const ipsec::World& world, const crypto::Library& library)
    : world_(world), library_(library), entries_(world.associations().size()) {
  for (ipsec::AssociationId id = 0; id < entries_.size(); ++id) {
    const ipsec::Association& association = world.associations()[id];
    if (association.protocol != ipsec::Protocol::kIpcomp && has_keys(association)) add(association, entries_[id]);
  }
}

Candidates Keyring::candidates(ipsec::Protocol protocol, base::Spi spi, const base::Address& source,
                               const base::Address& destination) const {
  std::array<ipsec::AssociationId, Candidates::kMost> found{};
  Candidates candidates;
  candidates.count = static_cast<std::uint8_t>(world_.find_associations(protocol, spi, source, destination, found));
  if (candidates.count == 0) return candidates;
  candidates.best = found[0];
  candidates.state = state(found[0]);
  for (std::size_t index = 0; index < candidates.count; ++index) {
    if (!readings(found[index]).empty()) candidates.keyed[candidates.keyed_count++] = found[index];
  }
  return candidates;
}

void Keyring::add(const ipsec::Association& association, Entry& entry) {
  entry.state = KeyState::kNoAlgorithm;
  const auto readings = crypto::parameters_of(association);
  if (!readings) {
    complaints_.push_back(fmt::format("{}: {}", describe(association), readings.error().message));
    return;
  }
  std::string refusal;
  for (const crypto::Parameters& parameters : *readings) {
    auto transform = library_.prepare(parameters);
    if (transform) {
      entry.readings.push_back({std::move(*transform), parameters.esn, parameters.old_header});
    } else {
      refusal = transform.error().message;
    }
  }
  if (entry.readings.empty()) {
    complaints_.push_back(fmt::format("{}: {}", describe(association), refusal));
    return;
  }
  entry.state = KeyState::kUsable;
  any_ = true;
}

}  // namespace espy::verify
