#include "verify/diagnosis.h"

#include <fmt/format.h>

#include "verify/alternatives.h"

namespace espy::verify {
namespace {

// A key that opens what it should opens at least half of it; damage may account for the rest.
bool most(std::size_t part, std::size_t whole) { return part > 0 && part * 2 >= whole; }

Diagnosis wrong_encryption_key(const AssociationRow& row) {
  const std::string_view icvs = row.verifies() ? "The ICVs verify, so the authentication key is right; " : "";
  return {"encryption-key", fmt::format("{}{} of {} packets decrypt to nothing that makes sense, so the encryption key or cipher is wrong.",
                                        icvs, row.failed, row.failed + row.opened)};
}

Diagnosis damaged(const AssociationRow& row) {
  return {"damage",
          fmt::format("{} of {} packets fail while the others verify with the same keys: these packets were damaged on the way or "
                      "forged.",
                      row.count(Checked::kBad), row.count(Checked::kBad) + row.count(Checked::kGood))};
}

Diagnosis unexplained(const ipsec::Association& association) {
  if (association.protocol == ipsec::Protocol::kAh)
    return {"unknown",
            "No packet verifies, whichever field the peer may have failed to mute: most likely the authentication key is wrong."};
  if (ipsec::facts(association.encryption).aead)
    return {"unknown", "No packet verifies with any salt, ICV length or sequence number size tried: the key or the cipher is wrong."};
  return {"unknown", "Neither the ICVs verify nor does the content make sense: both keys, or the algorithms, are wrong."};
}

std::string_view advice_on(std::string_view name) {
  if (name == "auth-key")
    return "Compare the authentication key of this SPI on both hosts ('ip xfrm state' as root, 'setkey -D') and in the file given to espy.";
  if (name == "encryption-key") return "Compare the encryption key and the cipher of this SPI on both hosts and in the file given to espy.";
  if (name == "icv-length")
    return "Set the same length on both hosts: 'auth-trunc hmac(sha256) KEY 128' in 'ip xfrm state', sha2-truncbug= in Libreswan, "
           "sha256_96= in "
           "strongSwan.";
  if (name == "esn")
    return "Set ESN on both hosts or on neither ('flag esn' in 'ip xfrm state', esn= in ipsec.conf, -esn in a strongSwan proposal).";
  if (name == "swapped") return "Exchange the keys of the two directions: a key belongs to the SPI that the receiver lists.";
  if (name == "salt")
    return "The last four octets of the configured key are the salt (three for CCM): write key and salt in this order, as the peer has "
           "them.";
  if (name == "zeros") return "Write the key in full length in hex on both hosts, leading zeros included.";
  if (name == "damage")
    return "Look for who else can write to this path, and at the interfaces' error counters; the receiver drops these packets.";
  if (name.starts_with("ah-mute:"))
    return "The sender's IPsec is at fault: update it, or use ESP with integrity, which covers no IP header.";
  return "Compare keys and algorithms of the SA on both hosts ('setkey -D', 'ip xfrm state' as root), and give espy the sending host's "
         "output.";
}

}  // namespace

void Diagnoser::keep(std::uint32_t association, const Inspection& inspection, std::size_t index) {
  const HeaderCheck& check = inspection.checks[index];
  const decode::SecurityHeader& header = inspection.packet.security[index];
  const std::size_t size = std::size_t{header.offset} + header.size;
  if (keys_ == nullptr || check.association == ipsec::kNoAssociation || size > check.octets.size()) return;
  if (size > kLargest || octets_ + size > kAllOctets) return;
  std::vector<Kept>& kept = kept_[association];
  if (kept.size() >= kPackets) return;
  octets_ += size;
  kept.push_back(
      {inspection.packet, {check.octets.begin(), check.octets.begin() + static_cast<std::ptrdiff_t>(size)}, index, check.association});
}

std::optional<Diagnosis> Diagnoser::diagnose(std::uint32_t association, const AssociationRow& row) const {
  std::optional<Diagnosis> diagnosis = find(association, row);
  if (diagnosis) diagnosis->advice = advice_on(diagnosis->name);
  return diagnosis;
}

std::optional<Diagnosis> Diagnoser::find(std::uint32_t association, const AssociationRow& row) const {
  if (row.count(Checked::kBad) + row.count(Checked::kEsnUnknown) == 0) {
    if (row.senseless()) return wrong_encryption_key(row);
    return std::nullopt;
  }
  const auto found = kept_.find(association);
  if (keys_ == nullptr || found == kept_.end() || found->second.empty()) return std::nullopt;
  const ipsec::Association& configured = world_.associations()[found->second.front().configured];
  Alternatives alternatives(world_, *keys_, configured);
  for (const Kept& kept : found->second) alternatives.add({&kept.packet, kept.octets, kept.header});
  const bool ah = configured.protocol == ipsec::Protocol::kAh;
  if (row.verifies()) {
    // Only packets with the field in question fail where a peer mutes too little.
    const auto muting = ah ? alternatives.try_muting() : std::nullopt;
    return muting && most(muting->explained, found->second.size()) ? muting->diagnosis : damaged(row);
  }
  const auto explained = alternatives.try_all();
  return explained ? explained->diagnosis : unexplained(configured);
}

}  // namespace espy::verify
