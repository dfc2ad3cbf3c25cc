#include "crypto/association_opener.h"

#include <cstring>
#include <utility>

#include "crypto/octets.h"

namespace espy::crypto {

namespace {

constexpr std::size_t kLargestPacket = std::size_t{1} << 24;  // libraries count in int; IP cannot carry a tenth of it
constexpr std::size_t kSpiSize = 4;
constexpr std::size_t kHeaderSize = 8;
constexpr std::size_t kGmacIvSize = 8;
constexpr std::size_t kLargestPrefix = 16;  // of a WESP header with its padding (RFC 5840)

// The four octets that count in ICVs without being sent.
class HighHalf {
 public:
  HighHalf(bool used, std::uint32_t value) : size_(used ? sizeof octets_ : 0) { put_big_endian(value, octets_); }
  base::Bytes octets() const { return base::Bytes(octets_, size_); }

 private:
  std::uint8_t octets_[4]{};
  std::size_t size_;
};

// SPI, high half and sequence number, after the header that is covered too: RFC 4106 section 5, RFC 4543 section 3.3, RFC 7634 section 2.1.
class AssociatedData {
 public:
  AssociatedData(const Job& job, bool esn) {
    append(job.header);
    append(job.packet.first(kSpiSize));
    append(HighHalf(esn, job.esn_high).octets());
    append(job.packet.subspan(kSpiSize, kHeaderSize - kSpiSize));
  }
  static bool fits(const Job& job) { return job.header.size() <= kLargestPrefix; }
  base::Bytes octets() const { return base::Bytes(octets_).first(size_); }

 private:
  void append(base::Bytes part) {
    if (part.empty()) return;
    std::memcpy(octets_.data() + size_, part.data(), part.size());
    size_ += part.size();
  }
  std::array<std::uint8_t, kLargestPrefix + kHeaderSize + 4> octets_;
  std::size_t size_ = 0;
};

bool is_gmac(const Parameters& parameters) {
  return parameters.encryption == ipsec::Encryption::kAesGmac || parameters.integrity == ipsec::Integrity::kAesGmac;
}

}  // namespace

AssociationOpener::AssociationOpener(const Parameters& parameters, Primitives primitives)
    : layout_(layout_of(parameters)),
      initial_vector_(parameters),
      protocol_(parameters.protocol),
      esn_(parameters.esn),
      gmac_(is_gmac(parameters)),
      primitives_(std::move(primitives)) {}

void AssociationOpener::open(Job& job, Scratch& scratch) noexcept {
  job.check = Check::kBad;
  job.opened = false;
  if (job.packet.size() > kLargestPacket || job.header.size() > kLargestPacket) return;
  if (protocol_ == ipsec::Protocol::kAh) {
    job.check = check_header(job);
    return;
  }
  if (!layout_.fits(job.packet.size()) || (gmac_ && !AssociatedData::fits(job))) return;
  if (primitives_.aead) return open_sealed(job, scratch);
  job.check = check_packet(job);
  job.opened = !layout_.encrypted || (job.plaintext != nullptr && decrypt(job));
}

// AH.
Check AssociationOpener::check_header(const Job& job) noexcept {
  if (job.icv.size() != layout_.icv_size) return Check::kBad;
  const HighHalf high(esn_, job.esn_high);
  const std::array parts{job.header, job.packet, high.octets()};
  if (!gmac_) return compare({}, parts, job.icv);
  InitialVector::Room room;
  return compare(initial_vector_.salted(job.icv.first(kGmacIvSize), room), parts, job.icv.subspan(kGmacIvSize));
}

// ESP whose cipher carries no ICV.
Check AssociationOpener::check_packet(const Job& job) noexcept {
  if (!primitives_.mac) return Check::kNone;
  const base::Bytes icv = job.packet.last(layout_.icv_size);
  const base::Bytes covered = job.packet.first(job.packet.size() - icv.size());
  if (gmac_) {
    InitialVector::Room room;
    const base::Bytes nonce = initial_vector_.of(job.packet, job.esn_high, room);
    // Nothing stands between header and payload then: one piece, and no block that is not whole in its middle.
    if (!esn_ && job.header.empty()) return compare(nonce, std::array{covered}, icv);
    const AssociatedData associated(job, esn_);
    const std::array parts{associated.octets(), covered.subspan(kHeaderSize)};
    return compare(nonce, parts, icv);
  }
  const HighHalf high(esn_, job.esn_high);
  const std::array parts{job.header, covered, high.octets()};
  return compare({}, parts, icv);
}

Check AssociationOpener::compare(base::Bytes nonce, std::span<const base::Bytes> parts, base::Bytes icv) noexcept {
  if (!primitives_.mac) return Check::kNone;
  Tag tag;
  if (!primitives_.mac->compute(nonce, parts, tag)) return Check::kBad;
  return equal_in_constant_time(icv, base::Bytes(tag).first(icv.size())) ? Check::kGood : Check::kBad;
}

void AssociationOpener::open_sealed(Job& job, Scratch& scratch) noexcept {
  if (!AssociatedData::fits(job)) return;
  const std::size_t size = layout_.payload_size(job.packet.size());
  if (job.plaintext == nullptr && scratch.size() < size) scratch.resize(size);
  InitialVector::Room room;
  const AssociatedData associated(job, esn_);
  const Sealed sealed{.nonce = initial_vector_.of(job.packet, job.esn_high, room),
                      .associated_data = associated.octets(),
                      .ciphertext = job.packet.subspan(layout_.payload_offset(), size),
                      .tag = job.packet.last(layout_.icv_size)};
  const bool good = primitives_.aead->open(sealed, job.plaintext != nullptr ? job.plaintext : scratch.data());
  job.check = good ? Check::kGood : Check::kBad;
  job.opened = job.plaintext != nullptr;
}

bool AssociationOpener::decrypt(const Job& job) noexcept {
  const base::Bytes ciphertext = job.packet.subspan(layout_.payload_offset(), layout_.payload_size(job.packet.size()));
  InitialVector::Room room;
  return primitives_.cipher->decrypt(initial_vector_.of(job.packet, job.esn_high, room), ciphertext, job.plaintext);
}

}  // namespace espy::crypto
