// Packets a second through crypto::Opener, in bursts of 64, against a bare loop over the same library, and what espy takes beyond it.
// usage: bench_crypto [WORD...]: only rows whose algorithm, size or back-end holds every word
#include <time.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>

#include "bench/bare.h"
#include "crypto/library.h"
#include "tests/crypto/sealer.h"

namespace espy::bench {

namespace {

using crypto::Parameters;
using ipsec::Encryption;
using ipsec::Integrity;
using ipsec::Protocol;
using tests::Octets;

constexpr std::size_t kBurst = 64;
constexpr std::size_t kRounds = 41;
constexpr double kRoundSeconds = 300e-6;
constexpr std::size_t kAhAndIpv4 = 44;  // headers with an ICV of 12 octets
constexpr std::array<std::size_t, 5> kSizes{64, 200, 576, 1400, 9000};

struct Algorithm {
  const char* name;
  Protocol protocol;
  Encryption encryption;
  std::size_t key_size;
  Integrity integrity;
  std::size_t integrity_key_size;
  std::uint8_t icv_size;
};

constexpr Algorithm kAlgorithms[] = {
    {"aes-cbc-128 hmac-sha1-96", Protocol::kEsp, Encryption::kAesCbc, 16, Integrity::kHmacSha1, 20, 12},
    {"aes-cbc-256 hmac-sha256-128", Protocol::kEsp, Encryption::kAesCbc, 32, Integrity::kHmacSha256, 32, 16},
    {"aes-cbc-256 hmac-sha512-256", Protocol::kEsp, Encryption::kAesCbc, 32, Integrity::kHmacSha512, 64, 32},
    {"aes-cbc-128 hmac-md5-96", Protocol::kEsp, Encryption::kAesCbc, 16, Integrity::kHmacMd5, 16, 12},
    {"aes-cbc-128 aes-xcbc-96", Protocol::kEsp, Encryption::kAesCbc, 16, Integrity::kAesXcbc, 16, 12},
    {"aes-ctr-128 hmac-sha1-96", Protocol::kEsp, Encryption::kAesCtr, 16, Integrity::kHmacSha1, 20, 12},
    {"null hmac-sha256-128", Protocol::kEsp, Encryption::kNull, 0, Integrity::kHmacSha256, 32, 16},
    {"3des-cbc hmac-sha1-96", Protocol::kEsp, Encryption::kTripleDesCbc, 24, Integrity::kHmacSha1, 20, 12},
    {"blowfish-cbc-128 hmac-sha1-96", Protocol::kEsp, Encryption::kBlowfishCbc, 16, Integrity::kHmacSha1, 20, 12},
    {"cast128-cbc-128 hmac-sha1-96", Protocol::kEsp, Encryption::kCast128Cbc, 16, Integrity::kHmacSha1, 20, 12},
    {"camellia-cbc-256 hmac-sha256-128", Protocol::kEsp, Encryption::kCamelliaCbc, 32, Integrity::kHmacSha256, 32, 16},
    {"camellia-ctr-256 hmac-sha256-128", Protocol::kEsp, Encryption::kCamelliaCtr, 32, Integrity::kHmacSha256, 32, 16},
    {"twofish-cbc-256 hmac-sha256-128", Protocol::kEsp, Encryption::kTwofishCbc, 32, Integrity::kHmacSha256, 32, 16},
    {"serpent-cbc-256 hmac-sha256-128", Protocol::kEsp, Encryption::kSerpentCbc, 32, Integrity::kHmacSha256, 32, 16},
    {"aes-gcm-128", Protocol::kEsp, Encryption::kAesGcm, 16, Integrity::kNone, 0, 16},
    {"aes-gcm-256", Protocol::kEsp, Encryption::kAesGcm, 32, Integrity::kNone, 0, 16},
    {"aes-ccm-128", Protocol::kEsp, Encryption::kAesCcm, 16, Integrity::kNone, 0, 16},
    {"chacha20-poly1305", Protocol::kEsp, Encryption::kChaCha20Poly1305, 32, Integrity::kNone, 0, 16},
    {"ah hmac-sha1-96", Protocol::kAh, Encryption::kNone, 0, Integrity::kHmacSha1, 20, 12},
    {"ah hmac-sha256-128", Protocol::kAh, Encryption::kNone, 0, Integrity::kHmacSha256, 32, 16},
};

Octets random_octets(std::size_t size) {
  static std::mt19937 generator(3);
  Octets octets(size);
  for (std::uint8_t& octet : octets) octet = static_cast<std::uint8_t>(generator());
  return octets;
}

Parameters make_parameters(const Algorithm& algorithm) {
  return {.protocol = algorithm.protocol,
          .encryption = algorithm.encryption,
          .integrity = algorithm.integrity,
          .encryption_key = ipsec::Key(random_octets(algorithm.key_size)),
          .salt = ipsec::Key(random_octets(ipsec::facts(algorithm.encryption).salt_size)),
          .integrity_key = ipsec::Key(random_octets(algorithm.integrity_key_size)),
          .icv_size = algorithm.icv_size,
          .esn = false,
          .old_header = false};
}

// Packets of one SA with good ICVs. Where the cipher carries no ICV the ciphertext is random: any is as good as another.
class Traffic {
 public:
  Traffic(const Parameters& parameters, std::size_t size) : rooms_(kBurst, Octets(size + 16)) {
    const crypto::Layout layout = layout_of(parameters);
    const bool ah = parameters.protocol == Protocol::kAh;
    Parameters sender = parameters;
    const bool sealed = ipsec::facts(parameters.encryption).aead;
    if (!sealed && !ah) sender.encryption = Encryption::kNull;
    if (ah) header_ = random_octets(kAhAndIpv4);
    const std::size_t around = layout.payload_offset() + layout.icv_size;
    const std::size_t payload = std::max<std::size_t>((size - around) / layout.block_size, 1) * layout.block_size;
    for (std::size_t index = 0; index < kBurst; ++index) {
      tests::Message message{
          .spi = 1, .sequence = static_cast<std::uint32_t>(index + 1), .esn_high = 0, .iv = {}, .payload = {}, .header = {}};
      message.iv = random_octets(sealed ? layout.iv_size : 0);
      message.header = header_;
      message.payload = random_octets(ah ? size - kAhAndIpv4 : payload + (sealed ? 0 : layout.iv_size));
      tests::Sealed packet = seal(sender, message);
      if (!ah) packet.icv.assign(packet.packet.end() - layout.icv_size, packet.packet.end());
      sealed_.push_back(std::move(packet));
    }
    for (std::size_t index = 0; index < kBurst; ++index) {
      const tests::Sealed& packet = sealed_[index];
      packets.push_back({header_, packet.packet, packet.icv, ah ? nullptr : rooms_[index].data()});
    }
  }

  std::vector<Packet> packets;

 private:
  std::vector<tests::Sealed> sealed_;
  Octets header_;
  std::vector<Octets> rooms_;
};

// The same packets through espy.
class EspyLoop {
 public:
  EspyLoop(const crypto::Transform& transform, const std::vector<Packet>& packets) : jobs_(packets.size()) {
    const bool ah = transform.protocol() == Protocol::kAh;
    for (std::size_t index = 0; index < packets.size(); ++index) {
      const Packet& packet = packets[index];
      crypto::Job& job = jobs_[index];
      job.transform = &transform;
      job.header = packet.header;
      job.packet = packet.octets;
      if (ah) job.icv = packet.icv;
      job.plaintext = packet.plaintext;
    }
  }
  std::size_t open() {
    opener_.open(jobs_);
    return static_cast<std::size_t>(std::ranges::count(jobs_, crypto::Check::kGood, &crypto::Job::check));
  }

 private:
  std::vector<crypto::Job> jobs_;
  crypto::Opener opener_;
};

// Of this thread alone: other programs of the machine do not count.
double processor_nanoseconds() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

// Nanoseconds a packet.
template <class Open>
double measure(std::size_t repeats, Open open) {
  const double begin = processor_nanoseconds();
  for (std::size_t count = 0; count < repeats; ++count) {
    if (open() == kBurst) continue;
    std::puts("a bad ICV: the numbers would mean nothing");
    std::exit(1);
  }
  return (processor_nanoseconds() - begin) / static_cast<double>(repeats * kBurst);
}

double median(std::vector<double> values) {
  std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2));
  return values[values.size() / 2];
}

// Paired rounds, so that what else the machine does meets both alike.
void compare(const Algorithm& algorithm, std::size_t size, const crypto::Backend& backend, EspyLoop& espy, BareLoop& bare,
             const std::vector<Packet>& packets) {
  const auto open_espy = [&] { return espy.open(); };
  const auto open_bare = [&] { return bare.open(packets); };
  const double first = std::max(measure(3, open_espy), measure(3, open_bare));
  const auto repeats = std::max<std::size_t>(1, static_cast<std::size_t>(kRoundSeconds * 1e9 / first / kBurst));
  std::vector<double> espy_times, bare_times, more, shares;
  for (std::size_t round = 0; round < kRounds; ++round) {
    espy_times.push_back(measure(repeats, open_espy));
    bare_times.push_back(measure(repeats, open_bare));
    more.push_back(espy_times.back() - bare_times.back());
    shares.push_back(100 * more.back() / bare_times.back());
  }
  std::printf("| %-32s | %5zu | %-9s | %10.0f | %10.0f | %8.1f | %6.1f |\n", algorithm.name, size, std::string(backend.name()).c_str(),
              1e6 / median(espy_times), 1e6 / median(bare_times), median(more), median(shares));
  std::fflush(stdout);
}

std::unique_ptr<BareLoop> make_bare(const crypto::Backend& backend, const Parameters& parameters) {
  if (backend.name() == "openssl") return make_bare_openssl(parameters);
  if (backend.name() == "libgcrypt") return make_bare_libgcrypt(parameters);
  return make_bare_ipsec_mb(parameters);
}

bool wanted(const Algorithm& algorithm, std::size_t size, const crypto::Backend& backend, std::span<char*> words) {
  const std::string row = std::string(algorithm.name) + " " + std::to_string(size) + " " + std::string(backend.name()) + " ";
  return std::ranges::all_of(words, [&](const char* word) { return row.find(word) != std::string::npos; });
}

void run(const Algorithm& algorithm, std::size_t size, std::span<char*> words) {
  const Parameters parameters = make_parameters(algorithm);
  const Traffic traffic(parameters, size);
  for (const crypto::Backend* backend : crypto::backends()) {
    if (!backend->supports(parameters) || !wanted(algorithm, size, *backend, words)) continue;
    const auto transform = backend->prepare(parameters);
    const auto bare = make_bare(*backend, parameters);
    if (!transform || !bare) continue;
    EspyLoop espy(**transform, traffic.packets);
    compare(algorithm, size, *backend, espy, *bare, traffic.packets);
  }
}

}  // namespace

}  // namespace espy::bench

int main(int argc, char** argv) {
  std::printf("| %-32s | %5s | %-9s | %10s | %10s | %8s | %6s |\n", "algorithm", "size", "back-end", "espy kpps", "bare kpps", "ns more",
              "share");
  std::puts("|---|---|---|---|---|---|---|");
  const std::span<char*> words(argv + 1, static_cast<std::size_t>(argc - 1));
  for (const auto& algorithm : espy::bench::kAlgorithms) {
    for (const std::size_t size : espy::bench::kSizes) espy::bench::run(algorithm, size, words);
  }
}
