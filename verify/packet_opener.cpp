#include "verify/packet_opener.h"

#include <algorithm>
#include <cstring>

#include "decode/authenticated.h"
#include "verify/content.h"

namespace espy::verify {
namespace {

constexpr std::size_t kGmacIvSize = 8;
constexpr std::size_t kWespSize = 4;
constexpr std::size_t kWespPaddedSize = 8;
constexpr std::uint8_t kWespPadded = 0x10;
constexpr std::size_t kMostInflated = 65'535;
constexpr std::size_t kMostOfBatch = 16U << 20;
constexpr std::size_t kHighsAtOnce = 64;
constexpr std::uint16_t kDeflate = 2;  // RFC 2394: the well-known CPI

ipsec::Protocol protocol_of(const decode::SecurityHeader& header) {
  return header.protocol == decode::SecurityProtocol::kAh ? ipsec::Protocol::kAh : ipsec::Protocol::kEsp;
}

bool is_quoted(const decode::Packet& packet, const decode::SecurityHeader& header) {
  return packet.layers[header.layer].carrier == decode::Carrier::kIcmpQuote;
}

std::size_t wrapper_size(base::Bytes octets, const decode::SecurityHeader& header) {
  if (!header.wrapped) return 0;
  return (octets[header.offset + 3] & kWespPadded) != 0 ? kWespPaddedSize : kWespSize;
}

// Wireshark's "no checking" leaves an ICV alone whose key it does not have.
Checked checked_by(crypto::Check check, const ipsec::Association& association) {
  if (check == crypto::Check::kGood) return Checked::kGood;
  return association.integrity == ipsec::Integrity::kAny ? Checked::kNoKey : Checked::kNoIcv;
}

}  // namespace

PacketOpener::PacketOpener(const ipsec::World& world, const decode::Ports& ports, const Keyring& keys, const EsnHints& hints,
                           crypto::Opener& opener)
    : world_(world), ports_(ports), keys_(keys), hints_(hints), opener_(opener) {}

// What can be said of the header at once, or its first trial.
void PacketOpener::begin(Inspection& packet, std::size_t index, base::Bytes octets) {
  const decode::SecurityHeader& header = packet.packet.security[index];
  HeaderCheck& check = packet.checks[index];
  check = {};
  check.octets = octets;
  if (is_quoted(packet.packet, header) || header.protocol == decode::SecurityProtocol::kIpcomp) return;
  const decode::Layer& layer = packet.packet.layers[header.layer];
  const Trial trial{.packet = &packet,
                    .header = static_cast<std::uint8_t>(index),
                    .octets = octets,
                    .candidates = keys_.candidates(protocol_of(header), header.spi, layer.source, layer.destination)};
  check.association = trial.candidates.best;
  check.checked = checked_without_key(trial.candidates.state);
  if (layer.fragment) {
    check.checked = Checked::kFragment;
  } else if (header.captured < header.size) {
    check.checked = Checked::kCutShort;
  } else if (trial.candidates.keyed_count > 0) {
    next_.push_back(trial);
  }
}

bool PacketOpener::prepare_ah(Trial& trial, const Reading& reading, crypto::Job& job, Arena& arena) {
  std::uint8_t* room = arena.take(decode::kMaxAuthenticatedHeader);
  const auto covered = decode::mute_for_ah(trial.octets, trial.packet->packet, trial.header, {.old_header = reading.old_header},
                                           {room, decode::kMaxAuthenticatedHeader});
  arena.shorten(decode::kMaxAuthenticatedHeader - (covered ? covered->size : 0));
  const std::size_t icv_size = reading.transform->layout().icv_size;
  if (!covered || covered->icv.size() < icv_size) return false;
  if (trial.second_form)
    std::memcpy(room + covered->size - covered->icv.size(), covered->icv.data(), std::min(kGmacIvSize, covered->icv.size()));
  job.header = {room, covered->size};
  job.packet = covered->following;
  job.icv = covered->icv.first(icv_size);
  return true;
}

bool PacketOpener::prepare_esp(Trial& trial, const Reading& reading, crypto::Job& job, Arena& arena) {
  const decode::SecurityHeader& header = trial.packet->packet.security[trial.header];
  const base::Bytes octets = trial.octets;
  const std::size_t wrapper = wrapper_size(octets, header);
  const std::size_t start = header.offset + wrapper;
  const crypto::Layout& layout = reading.transform->layout();
  if (header.size < wrapper || !layout.fits(header.size - wrapper)) return false;
  job.packet = octets.subspan(start, header.size - wrapper);
  if (wrapper > 0 && !trial.second_form) job.header = octets.subspan(header.offset, wrapper);
  if (!layout.encrypted) return true;
  // The same offsets hold in the copy, so room for all that is before the content is taken too.
  if (trial.content == nullptr) trial.content = arena.take(std::size_t{header.offset} + header.size);
  job.plaintext = trial.content + start + layout.payload_offset();
  return true;
}

// False where the packet cannot be of this reading at all.
bool PacketOpener::prepare(Trial& trial, crypto::Job& job, Arena& arena) {
  const Reading& reading = reading_of(trial);
  const decode::SecurityHeader& header = trial.packet->packet.security[trial.header];
  job = {};
  job.transform = reading.transform.get();
  if (reading.esn) job.esn_high = infer_high(hints_.highest(trial.association()), header.sequence);
  const bool ah = header.protocol == decode::SecurityProtocol::kAh;
  return ah ? prepare_ah(trial, reading, job, arena) : prepare_esp(trial, reading, job, arena);
}

// Two constructions are done in two ways. RFC 5840 has the ICV cover WESP's header, and not all senders do. RFC 4543 section 4 puts AH's IV
// into the ICV field, which RFC 4302 has zeroed as a whole, and some leave the IV there.
bool PacketOpener::has_second_form(const Trial& trial) const {
  const decode::SecurityHeader& header = trial.packet->packet.security[trial.header];
  if (header.protocol != decode::SecurityProtocol::kAh) return header.wrapped;
  return world_.associations()[trial.association()].integrity == ipsec::Integrity::kAesGmac;
}

bool PacketOpener::next_reading(Trial& trial) const {
  if (!trial.second_form && has_second_form(trial)) {
    trial.second_form = true;
    return true;
  }
  trial.second_form = false;
  if (++trial.reading < keys_.readings(trial.association()).size()) return true;
  trial.reading = 0;
  return ++trial.candidate < trial.candidates.keyed_count;
}

void PacketOpener::fail(const Trial& trial) {
  HeaderCheck& check = trial.packet->checks[trial.header];
  check.association = trial.candidates.keyed[0];
  if (trial.deferred) check.decrypted = false;  // what another SA made of it depends on the guess
  if (check.decrypted) return;                  // an SA without ICV, whose content no key makes sane
  check.checked = trial.deferred ? Checked::kEsnDeferred : Checked::kBad;
}

void PacketOpener::open_content(const Trial& trial, const crypto::Job& job, Arena& arena) {
  Inspection& packet = *trial.packet;
  const decode::SecurityHeader& header = packet.packet.security[trial.header];
  const HeaderCheck& check = packet.checks[trial.header];
  const bool copied = job.transform->layout().encrypted;
  const std::uint8_t* const begin_of_octets = copied ? trial.content : trial.octets.data();
  const auto offset = static_cast<std::uint32_t>(job.content().data() - begin_of_octets);
  if (copied) std::memcpy(trial.content, packet.octets.data(), offset);
  packet.octets = {begin_of_octets, std::size_t{header.offset} + header.size};
  decode::parse_opened(
      packet.octets,
      {.security = trial.header, .next_header = check.trailer.next_header, .offset = offset, .size = check.trailer.content_size}, ports_,
      packet.packet);
  for (std::size_t index = trial.header + 1U; index < packet.packet.security_count; ++index) {
    begin(packet, index, packet.octets);
    if (packet.packet.security[index].protocol == decode::SecurityProtocol::kIpcomp) inflate(packet, index, arena);
  }
}

// IPComp behind an opened header. Negotiated CPIs do not name their algorithm; DEFLATE is what kernels speak, and a stream of another kind
// does not inflate.
void PacketOpener::inflate(Inspection& packet, std::size_t index, Arena& arena) {
  constexpr std::size_t kHeaderSize = 4;
  constexpr std::uint32_t kWellKnown = 256;
  const decode::SecurityHeader& header = packet.packet.security[index];
  const bool other = header.spi.value < kWellKnown && header.spi.value != kDeflate;
  if (arena.taken() > kMostOfBatch) return;  // a few octets can inflate to very many
  if (other || header.size <= kHeaderSize || header.offset + std::size_t{header.size} > packet.octets.size()) return;
  const std::size_t before = packet.octets.size();
  std::uint8_t* room = arena.take(before + kMostInflated);
  const auto size =
      inflater_.inflate(packet.octets.subspan(header.offset + kHeaderSize, header.size - kHeaderSize), {room + before, kMostInflated});
  arena.shorten(kMostInflated - size.value_or(0));
  if (!size) return;
  std::memcpy(room, packet.octets.data(), before);
  packet.octets = {room, before + *size};
  packet.checks[index].opened = true;
  decode::parse_opened(packet.octets,
                       {.security = static_cast<std::uint8_t>(index),
                        .next_header = header.next_header,
                        .offset = static_cast<std::uint32_t>(before),
                        .size = static_cast<std::uint32_t>(*size)},
                       ports_, packet.packet);
}

void PacketOpener::succeed(const Trial& trial, const crypto::Job& job, Arena& arena) {
  HeaderCheck& check = trial.packet->checks[trial.header];
  const Reading& reading = reading_of(trial);
  const crypto::Layout& layout = reading.transform->layout();
  check.association = trial.association();
  check.checked = checked_by(job.check, world_.associations()[check.association]);
  check.reading = trial.reading;
  check.iv_size = layout.iv_size;
  check.icv_size = layout.icv_size;
  check.esn = reading.esn;
  check.esn_high = job.esn_high;
  check.decrypted = job.opened;
  if (!job.opened) return;
  const base::Bytes plaintext = job.content();
  check.trailer = decode::read_esp_trailer(plaintext);
  // With an AEAD cipher the ICV proves the encryption key too.
  const bool aead = job.check == crypto::Check::kGood && ipsec::facts(world_.associations()[check.association].encryption).aead;
  check.opened = check.trailer.fits && (aead || is_sane(plaintext, check.trailer));
  if (check.opened) open_content(trial, job, arena);
}

void PacketOpener::run(Arena& arena) {
  while (!next_.empty()) {
    std::swap(trials_, next_);
    next_.clear();
    jobs_.resize(trials_.size());
    std::size_t ready = 0;
    for (Trial& trial : trials_) {
      bool more = true;
      while (more && !prepare(trial, jobs_[ready], arena)) more = next_reading(trial);
      if (!more) {
        fail(trial);
        continue;
      }
      std::swap(trials_[ready], trial);
      ++ready;
    }
    opener_.open(std::span(jobs_).first(ready));
    for (std::size_t index = 0; index < ready; ++index) {
      Trial& trial = trials_[index];
      const crypto::Job& job = jobs_[index];
      // As long as a high half is only guessed, an SA without ICV proves nothing.
      const bool unproven = job.check == crypto::Check::kNone && trial.deferred;
      const bool told = job.check != crypto::Check::kBad && !unproven;
      if (told) succeed(trial, job, arena);
      const HeaderCheck& check = trial.packet->checks[trial.header];
      const bool readable = job.check == crypto::Check::kGood || (told && (check.opened || !check.decrypted));
      if (readable) continue;
      trial.deferred = trial.deferred || reading_of(trial).esn;
      if (next_reading(trial)) {
        next_.push_back(trial);
      } else {
        fail(trial);
      }
    }
  }
}

void PacketOpener::open(std::span<Inspection* const> packets, Arena& arena) {
  for (Inspection* packet : packets) {
    for (std::size_t index = 0; index < packet->packet.security_count; ++index) begin(*packet, index, packet->octets);
  }
  run(arena);
}

bool PacketOpener::settle_esn(Inspection& packet, std::size_t index, std::span<const std::uint32_t> highs, Arena& arena) {
  next_.clear();
  begin(packet, index, packet.checks[index].octets);
  if (next_.empty()) return false;
  Trial trial = next_.back();
  next_.clear();
  for (bool more = true; more; more = next_reading(trial)) {
    crypto::Job job;
    if (!reading_of(trial).esn || !prepare(trial, job, arena)) continue;
    std::uint8_t* plaintext = job.plaintext;
    job.plaintext = nullptr;
    for (std::size_t start = 0; start < highs.size(); start += kHighsAtOnce) {
      const auto some = highs.subspan(start, std::min(kHighsAtOnce, highs.size() - start));
      jobs_.assign(some.size(), job);
      for (std::size_t one = 0; one < some.size(); ++one) jobs_[one].esn_high = some[one];
      opener_.open(jobs_);
      const auto good = std::ranges::find(jobs_, crypto::Check::kGood, &crypto::Job::check);
      if (good == jobs_.end()) continue;
      job = *good;
      job.plaintext = plaintext;
      opener_.open({&job, 1});
      succeed(trial, job, arena);
      run(arena);
      return true;
    }
  }
  trial.deferred = true;
  fail(trial);
  return false;
}

}  // namespace espy::verify
