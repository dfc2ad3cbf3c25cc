#include "decode/esp_content.h"
#include "verify/content.h"
#include "verify/esn.h"
#include "verify/inspector.h"
#include "verify/keyring.h"
#include "verify/null_esp_reading.h"

// The part of Inspector that opens ESP of SAs whose keys are there, and says in a few words what is inside.
namespace espy::verify {

// Puts the packet among those to be opened, to be read as the one before it was.
void Inspector::seal(const Frame& frame, std::uint32_t index, const EspPlace& place) {
  const KeyedRow& row = keyed_[place.association];
  const Reading& reading = row.readings[row.reading];
  crypto::Job& job = jobs_[sealed_count_];
  job.transform = reading.transform.get();
  job.packet = frame.data.subspan(place.offset, place.size);
  job.esn_high = reading.esn ? infer_high(hints_.esn->highest(row.id), place.sequence) : 0;
  job.plaintext = job.transform->layout().encrypted ? plaintext_.take(place.size) : nullptr;
  // Member by member: what is stored in parts cannot be loaded as a whole for a while.
  Sealed& sealed = sealed_[sealed_count_++];
  sealed.frame = index;
  sealed.outer.association = place.association;
  sealed.outer.sequence = place.sequence;
  sealed.outer.offset = place.offset;
  sealed.outer.size = place.size;
  sealed.outer.in_udp = place.in_udp;
  sealed.esn = reading.esn;
}

// What of a group needs no more than to be opened. A bit for each that turns out to need more.
std::uint32_t Inspector::open_sealed(std::uint32_t start, Inspected& found) {
  sealed_opener_.open(std::span(jobs_).first(sealed_count_));
  std::uint32_t whole = 0;
  for (std::size_t index = 0; index < sealed_count_; ++index) {
    if (!observe_opened(sealed_[index], jobs_[index], found)) whole |= std::uint32_t{1} << (sealed_[index].frame - start);
  }
  sealed_count_ = 0;
  plaintext_.reset();
  return whole;
}

// False: it did not open, or something is inside that an observation cannot say, or no packet like it was decided in full yet.
bool Inspector::observe_opened(const Sealed& sealed, const crypto::Job& job, Inspected& found) {
  KeyedRow& row = keyed_[sealed.outer.association];
  if (job.check != crypto::Check::kGood || !job.opened) {
    row.reading = static_cast<std::uint8_t>((row.reading + 1U) % row.readings.size());
    return false;
  }
  const base::Bytes plaintext = job.content();
  const decode::EspTrailer trailer = decode::read_esp_trailer(plaintext);
  if (!trailer.fits || (!row.aead && !is_sane(plaintext, trailer))) return false;
  decode::Glance inner;
  const base::Bytes content = plaintext.first(trailer.content_size);
  if (!glancer_.glance_content(content, trailer.next_header, inner)) return false;
  const bool tunnelled = inner.protocol != trailer.next_header;
  if (!tunnelled && row.translated) return false;
  const OpenedKey key{.association = sealed.outer.association,
                      .source = inner.source,
                      .destination = inner.destination,
                      .source_port = inner.source_port,
                      .destination_port = inner.destination_port,
                      .protocol = inner.protocol,
                      .tunnelled = tunnelled};
  const std::uint32_t lane = hints_.opened->find(key);
  if (lane == OpenedTable::kMissing) return false;
  const crypto::Layout& layout = job.transform->layout();
  OpenedObservation& opened = found.observations_[sealed.frame].of.emplace<OpenedObservation>();
  opened.lane = lane;
  opened.sequence = sealed.outer.sequence;
  opened.offset = sealed.outer.offset;
  opened.size = static_cast<std::uint32_t>(job.packet.size());
  opened.esn_high = job.esn_high;
  opened.esn = sealed.esn;
  opened.icv_size = layout.icv_size;
  opened.fingerprint = fingerprint_of(job.packet, opened.size, seed_);
  // What verified under a cipher's key was encrypted.
  if (!layout.encrypted) opened.legible = glance_at_endings(job.packet.subspan(Associations::kEspHeaderSize));
  opened.in_udp = sealed.outer.in_udp;
  opened.default_padding = trailer.default_padding;
  opened.flow_padded = tunnelled && inner.size < trailer.content_size;
  if (!(*hints_.opened)[lane].row.guessed.load(std::memory_order_relaxed)) {
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
