// A few SAs and packets of theirs, some sealed by OpenSSL outside of crypto/, some changed afterwards, some random. Every back-end that
// supports an SA must say the same of its packets, alone and in bursts of all SAs, and must open what was sealed and not changed.
// The number of SAs, then eight octets an SA (protocol and flags, encryption, key, integrity, key, ICV, seed (2)), then eight a packet (SA,
// flags, size (2), ESN, header, changed (2)).
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <random>
#include <vector>

#include "crypto/library.h"
#include "tests/crypto/sealer.h"

namespace {

using espy::base::Bytes;
using espy::crypto::Check;
using espy::crypto::Job;
using espy::crypto::Parameters;
using espy::ipsec::Encryption;
using espy::ipsec::Integrity;
using espy::ipsec::Protocol;
using espy::tests::Message;
using espy::tests::Octets;
using espy::tests::Sealed;

constexpr std::size_t kAssociationSize = 8;
constexpr std::size_t kPacketSize = 8;
constexpr std::size_t kMostAssociations = 4;
constexpr std::size_t kMostPackets = 48;
constexpr std::size_t kMostPlaintext = 70'000;
constexpr std::uint8_t kCanary = 0xa5;

void require(bool condition) {
  if (!condition) std::abort();
}

// Two octets of the input.
unsigned number(Bytes octets, std::size_t at) { return octets[at] * 256U + octets[at + 1]; }

class Random {
 public:
  explicit Random(std::uint32_t seed) : generator_(seed) {}
  Octets octets(std::size_t size) {
    Octets octets(size);
    for (std::uint8_t& octet : octets) octet = static_cast<std::uint8_t>(generator_() >> 7);
    return octets;
  }
  espy::ipsec::Key key(std::size_t size) { return espy::ipsec::Key(octets(size)); }

 private:
  std::minstd_rand generator_;
};

// Some size that the algorithm allows, or, seldom, one that it may not.
std::size_t choose_key_size(Encryption encryption, std::uint8_t choice) {
  const espy::ipsec::EncryptionFacts& facts = espy::ipsec::facts(encryption);
  if (choice >= 0xf0) return choice & 15U;
  if (!facts.key_sizes.empty()) return facts.key_sizes[choice % facts.key_sizes.size()] + std::size_t{facts.salt_size};
  return facts.key_min + choice % (facts.key_max - facts.key_min + 1U);
}

espy::ipsec::Association make_association(Bytes octets) {
  Random random(number(octets, 6));
  espy::ipsec::Association association;
  association.protocol = (octets[0] & 1) != 0 ? Protocol::kAh : Protocol::kEsp;
  association.esn = (octets[0] & 2) != 0;
  association.old_header = (octets[0] & 4) != 0 && (octets[0] & 8) != 0;
  association.encryption = static_cast<Encryption>(octets[1] % (static_cast<unsigned>(Encryption::kChaCha20Poly1305Iiv) + 1));
  if (association.protocol == Protocol::kAh) association.encryption = Encryption::kNone;
  association.encryption_key = random.key(choose_key_size(association.encryption, octets[2]));
  association.integrity = static_cast<Integrity>(octets[3] % (static_cast<unsigned>(Integrity::kTcpMd5) + 1));
  if (espy::ipsec::facts(association.encryption).aead) association.integrity = Integrity::kNone;
  const bool gmac = association.integrity == Integrity::kAesGmac;
  association.integrity_key = random.key(gmac ? 20U + octets[4] % 3 * 8 : espy::ipsec::facts(association.integrity).key_size);
  association.icv_bits = static_cast<std::uint16_t>(octets[5] % 65 * 8);
  return association;
}

bool can_seal(const Parameters& parameters) {
  switch (parameters.integrity) {
    case Integrity::kKeyedMd5:
    case Integrity::kKeyedSha1:
    case Integrity::kHmacSm3: return false;
    default: break;
  }
  switch (parameters.encryption) {
    case Encryption::kNone:
    case Encryption::kNull:
    case Encryption::kDesCbc:
    case Encryption::kTripleDesCbc:
    case Encryption::kAesCbc:
    case Encryption::kAesCtr:
    case Encryption::kAesGcm:
    case Encryption::kAesCcm:
    case Encryption::kAesGmac:
    case Encryption::kChaCha20Poly1305:
    case Encryption::kAesGcmIiv:
    case Encryption::kAesCcmIiv:
    case Encryption::kChaCha20Poly1305Iiv: return true;
    default: return false;
  }
}

struct Secured {
  Parameters parameters;
  std::vector<std::unique_ptr<espy::crypto::Transform>> transforms;
};

// nullptr where the configuration would be refused.
std::unique_ptr<Secured> make_secured(Bytes octets) {
  const auto readings = espy::crypto::parameters_of(make_association(octets));
  if (!readings) return nullptr;
  auto secured = std::make_unique<Secured>();
  secured->parameters = (*readings)[octets[5] % readings->size()];
  for (const espy::crypto::Backend* backend : espy::crypto::backends()) {
    if (!backend->supports(secured->parameters)) continue;
    if (auto transform = backend->prepare(secured->parameters)) secured->transforms.push_back(*std::move(transform));
  }
  return secured;
}

struct Packet {
  const Secured* secured = nullptr;
  Message message;
  Sealed sealed;
  bool right = false;
};

void change(Sealed& sealed, std::size_t where) {
  Octets& octets = sealed.icv.empty() || where % 4 != 0 ? sealed.packet : sealed.icv;
  if (!octets.empty()) octets[where % octets.size()] ^= static_cast<std::uint8_t>(1U << where % 8);
}

Packet make_packet(const Secured& secured, Bytes octets) {
  const Parameters& parameters = secured.parameters;
  const espy::crypto::Layout layout = layout_of(parameters);
  const bool ah = parameters.protocol == Protocol::kAh;
  const std::uint8_t flags = octets[1];
  Random random(number(octets, 6) + flags * 65'536U);
  std::size_t size = number(octets, 2);
  if (flags < 0xe0) size &= 0x7ff;
  Packet packet{.secured = &secured, .message = {}, .sealed = {}, .right = false};
  packet.message = {.spi = 0x1000, .sequence = 5U + octets[7], .esn_high = octets[4], .iv = {}, .payload = {}, .header = {}};
  packet.message.header = random.octets(ah ? octets[5] % 80 : octets[5] % 32 < 20 ? 0 : octets[5] % 20);
  const bool any_length = (flags & 3) == 3;
  if (any_length || !can_seal(parameters)) {
    const std::size_t whole = any_length ? 0 : layout.payload_offset() + layout.icv_size;
    packet.sealed = {random.octets(size / layout.block_size * layout.block_size + whole + (any_length ? size % 16 : 0)), {}};
    if (ah) packet.sealed.icv = random.octets(any_length ? size % 40 : layout.icv_size);
    return packet;
  }
  packet.message.iv = random.octets(parameters.integrity == Integrity::kAesGmac ? 8 : layout.iv_size);
  packet.message.payload =
      random.octets((std::max<std::size_t>(size, ah ? 0 : 2) + layout.block_size - 1) / layout.block_size * layout.block_size);
  packet.sealed = seal(parameters, packet.message);
  packet.right = (flags & 3) != 2;
  if (!packet.right) change(packet.sealed, number(octets, 6));
  return packet;
}

// What one back-end says of one packet.
struct Answer {
  explicit Answer(const Packet& packet, const espy::crypto::Transform& transform, bool wants_plaintext)
      : plaintext(wants_plaintext ? std::min(packet.sealed.packet.size(), kMostPlaintext) + 16 : 0, kCanary) {
    job.transform = &transform;
    job.header = packet.message.header;
    job.packet = packet.sealed.packet;
    job.icv = packet.sealed.icv;
    job.esn_high = packet.message.esn_high;
    job.plaintext = wants_plaintext ? plaintext.data() : nullptr;
  }
  bool operator==(const Answer& other) const {
    return job.check == other.job.check && job.opened == other.job.opened && (!job.opened || plaintext == other.plaintext);
  }
  Job job;
  Octets plaintext;
};

void check_right(const Packet& packet, const Answer& answer) {
  const Parameters& parameters = packet.secured->parameters;
  const bool checked = parameters.icv_size != 0 && parameters.integrity != Integrity::kAny;
  const bool prefix_fits = packet.message.header.size() <= 16 || !espy::ipsec::facts(parameters.encryption).aead;
  if (!packet.right || !prefix_fits) return;
  require(answer.job.check == (checked ? Check::kGood : Check::kNone));
  if (answer.plaintext.empty() || parameters.protocol == Protocol::kAh) return;
  require(answer.job.opened);
  require(std::ranges::equal(packet.message.payload, answer.job.content()));
}

// Kept from input to input: an engine must not remember transforms that are gone.
struct Openers {
  espy::crypto::Opener alone;
  espy::crypto::Opener in_bursts;
};

std::vector<Answer> ask(const std::vector<Packet>& packets, const std::vector<bool>& wants_plaintext) {
  std::vector<Answer> answers;
  for (std::size_t index = 0; index < packets.size(); ++index) {
    for (const auto& transform : packets[index].secured->transforms)
      answers.emplace_back(packets[index], *transform, wants_plaintext[index]);
  }
  return answers;
}

void open_in_one_burst(espy::crypto::Opener& opener, std::vector<Answer>& answers) {
  std::vector<Job> jobs;
  for (const Answer& answer : answers) jobs.push_back(answer.job);
  opener.open(jobs);
  for (std::size_t index = 0; index < jobs.size(); ++index) answers[index].job = jobs[index];
}

void compare(const std::vector<Packet>& packets, const std::vector<Answer>& answers, const std::vector<Answer>& in_burst) {
  std::size_t at = 0;
  for (const Packet& packet : packets) {
    const std::size_t first = at;
    for (; at < first + packet.secured->transforms.size(); ++at) {
      require(answers[at] == answers[first]);
      require(in_burst[at] == answers[first]);
      check_right(packet, answers[at]);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Openers& openers = *new Openers;
  if (size == 0) return 0;
  Bytes rest(data + 1, size - 1);
  std::vector<std::unique_ptr<Secured>> all;
  for (std::size_t count = data[0] % kMostAssociations + 1; count != 0 && rest.size() >= kAssociationSize; --count) {
    auto secured = make_secured(rest.first(kAssociationSize));
    if (secured) all.push_back(std::move(secured));
    rest = rest.subspan(kAssociationSize);
  }
  if (all.empty()) return 0;
  std::vector<Packet> packets;
  std::vector<bool> wants_plaintext;
  for (; rest.size() >= kPacketSize && packets.size() < kMostPackets; rest = rest.subspan(kPacketSize)) {
    packets.push_back(make_packet(*all[rest[0] % all.size()], rest.first(kPacketSize)));
    wants_plaintext.push_back((rest[1] & 4) == 0);
  }
  std::vector<Answer> answers = ask(packets, wants_plaintext);
  for (Answer& answer : answers) openers.alone.open({&answer.job, 1});
  std::vector<Answer> in_burst = ask(packets, wants_plaintext);
  open_in_one_burst(openers.in_bursts, in_burst);
  compare(packets, answers, in_burst);
  return 0;
}
