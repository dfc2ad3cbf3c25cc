#include <cstring>

#include "decode/esp_content.h"
#include "verify/content.h"
#include "verify/inspector.h"
#include "verify/keyring.h"
#include "verify/null_esp_reading.h"

// The part of Inspector that opens ESP of SAs whose keys are there, and says in a few words what is inside.
namespace espy::verify {

// False: it did not open, or something is inside that an observation cannot say, or no packet like it was decided in full yet.
inline bool Inspector::observe_opened(const Sealed& sealed, const crypto::Job& job, Inspected& found) {
  KeyedRow& row = keyed_[sealed.association];
  if (job.check != crypto::Check::kGood || !job.opened) {
    take_reading(row, row.reading + 1U);
    return false;
  }
  const base::Bytes plaintext = job.content();
  const decode::EspTrailer trailer = decode::read_esp_trailer(plaintext);
  // Of a copy: what is passed by its address cannot stay in registers.
  if (!trailer.fits || (!row.aead && !is_sane(plaintext, decode::EspTrailer(trailer)))) return false;
  // Member by member: what is stored in parts cannot be loaded as a whole for a while.
  OpenedObservation& opened = found.observations_[sealed.frame].of.emplace<OpenedObservation>();
  opened.sequence = sealed.sequence;
  opened.offset = sealed.offset;
  opened.size = static_cast<std::uint32_t>(job.packet.size());
  opened.esn_high = job.esn_high;
  opened.fingerprint = fingerprint_of(job.packet, opened.size, seed_);
  if (opened.size >= Associations::kNonceEnd)
    std::memcpy(opened.nonce.data(), job.packet.data() + Associations::kEspHeaderSize, IvLayout::kNonceSize);
  opened.traits = sealed.traits;
  opened.traits.default_padding = trailer.default_padding;
  // What verified under a cipher's key was encrypted.
  if (!job.transform->layout().encrypted) opened.traits.legible = glance_at_endings(job.packet.subspan(Associations::kEspHeaderSize));
  const base::Bytes content = plaintext.first(trailer.content_size);
  decode::TransportGlance glance;
  const bool plain = decode::glance_transport(content, trailer.next_header, glance);
  KnownFlow& known = known_flow(sealed.association, glance);
  if (plain && known.association == sealed.association && known.glance == glance) {
    opened.lane = known.lane;
    return true;
  }
  if (!observe_content(sealed, content, trailer.next_header, opened, found)) return false;
  if (plain && is_guessed(opened.lane)) known = {.association = sealed.association, .lane = opened.lane, .glance = glance};
  return true;
}

// What of a group needs no more than to be opened. A bit for each that turns out to need more.
std::uint32_t Inspector::open_sealed(std::uint32_t start, Inspected& found) {
  job_opener_.open(std::span(jobs_).first(sealed_count_));
  std::uint32_t whole = 0;
  for (std::size_t index = 0; index < sealed_count_; ++index) {
    if (!observe_opened(sealed_[index], jobs_[index], found)) whole |= std::uint32_t{1} << (sealed_[index].frame - start);
  }
  sealed_count_ = 0;
  plaintext_.reset();
  return whole;
}

// Of a flow inside that is not known yet.
bool Inspector::observe_content(const Sealed& sealed, base::Bytes content, std::uint8_t next_header, OpenedObservation& opened,
                                Inspected& found) {
  const KeyedRow& row = keyed_[sealed.association];
  decode::Glance inner;
  if (!glancer_.glance_content(content, next_header, inner)) return false;
  const bool tunnelled = inner.protocol != next_header;
  if (!tunnelled && row.translated) return false;
  const OpenedKey key{.association = sealed.association,
                      .source = inner.source,
                      .destination = inner.destination,
                      .source_port = inner.source_port,
                      .destination_port = inner.destination_port,
                      .protocol = inner.protocol,
                      .tunnelled = tunnelled};
  opened.lane = hints_.opened->find(key);
  if (opened.lane == OpenedTable::kMissing) return false;
  opened.traits.flow_padded = tunnelled && inner.size < content.size();
  if (!is_guessed(opened.lane)) {
    const base::Bytes payload = content.subspan(inner.inner, inner.end - inner.inner);
    opened.application = decode::guess_application(key.protocol, key.source_port, key.destination_port, payload);
  }
  if (tunnelled) {
    opened.content = static_cast<std::uint32_t>(found.contents_.size());
    found.contents_.push_back(twin_content(inner, content));
  }
  return true;
}

}  // namespace espy::verify
