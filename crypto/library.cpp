#include "crypto/library.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "crypto/ipsec_mb.h"
#include "crypto/libgcrypt.h"
#include "crypto/openssl.h"

namespace espy::crypto {

namespace {

std::vector<const Backend*> find_backends() {
  std::vector<const Backend*> found;
  if (const Backend* const backend = ipsec_mb_backend()) found.push_back(backend);
  found.push_back(&openssl_backend());
  found.push_back(&libgcrypt_backend());
  return found;
}

// Where libgcrypt takes its packets faster than OpenSSL, in thousands a second at 64 and at 1400 octets (bench/README.md). Elsewhere they
// are near each other or OpenSSL is ahead. IPsec-MB is ahead of both wherever it has the algorithm.
constexpr auto kLibgcryptFirst = std::to_array<ipsec::Encryption>({
    ipsec::Encryption::kTripleDesCbc,  // 1739 and 78 against 934 and 25
    ipsec::Encryption::kBlowfishCbc,   // 5098 and 320 against 2899 and 129
    ipsec::Encryption::kCast128Cbc,    // 4994 and 258 against 2810 and 123
    ipsec::Encryption::kCamelliaCbc,   // 4384 and 406 against 3805 and 129
    ipsec::Encryption::kCamelliaCtr,   // 3101 and 393 against 2829 and 112
    ipsec::Encryption::kAesGcm,        // 7386 and 2666 against 5678 and 1993
    ipsec::Encryption::kSerpentCbc,    // OpenSSL has none
    ipsec::Encryption::kTwofishCbc,    // OpenSSL has none
});

// The fastest that supports them; nullptr where none does.
const Backend* find_fastest(const Parameters& parameters) {
  const bool openssl_last = std::ranges::find(kLibgcryptFirst, parameters.encryption) != kLibgcryptFirst.end();
  const Backend* last = nullptr;
  for (const Backend* const backend : backends()) {
    if (!backend->supports(parameters)) continue;
    if (!openssl_last || backend != &openssl_backend()) return backend;
    last = backend;
  }
  return last;
}

std::string names_of_backends() {
  std::string names;
  for (const Backend* const backend : backends()) {
    if (!names.empty()) names += ", ";
    names += backend->name();
  }
  return names;
}

// "aes-cbc with a key of 192 bits and hmac-md5", for a message.
std::string describe(const Parameters& parameters) {
  using ipsec::Encryption;
  using ipsec::Integrity;
  std::string text;
  if (parameters.encryption != Encryption::kNone)
    text = fmt::format("{} with a key of {} bits", ipsec::facts(parameters.encryption).name, parameters.encryption_key.size() * 8);
  if (parameters.integrity == Integrity::kNone) return text;
  return fmt::format("{}{}{}", text, text.empty() ? "" : " and ", ipsec::facts(parameters.integrity).name);
}

}  // namespace

std::span<const Backend* const> backends() {
  static const std::vector<const Backend*> found = find_backends();
  return found;
}

base::Result<Library> Library::force(std::string_view name) {
  const auto found = std::ranges::find(backends(), name, &Backend::name);
  if (found == backends().end())
    return base::fail(fmt::format("there is no crypto back-end \"{}\" here", name),
                      fmt::format("this machine has {}", names_of_backends()));
  Library library;
  library.forced_ = *found;
  return library;
}

bool Library::supports(const Parameters& parameters) const {
  if (forced_ != nullptr) return forced_->supports(parameters);
  return std::ranges::any_of(backends(), [&](const Backend* backend) { return backend->supports(parameters); });
}

base::Result<std::unique_ptr<Transform>> Library::prepare(const Parameters& parameters) const {
  if (forced_ != nullptr && forced_->supports(parameters)) return forced_->prepare(parameters);
  if (forced_ != nullptr) return base::fail(fmt::format("the crypto back-end {} has no {}", forced_->name(), describe(parameters)));
  if (const Backend* const fastest = find_fastest(parameters)) return fastest->prepare(parameters);
  return base::fail(fmt::format("no back-end of this machine has {}", describe(parameters)));
}

// The jobs of one back-end in the burst at hand, and the engine that opens them.
struct Opener::Share {
  const Backend* backend = nullptr;
  std::unique_ptr<Engine> engine;
  std::vector<Job*> jobs;
};

Opener::Opener() = default;
Opener::~Opener() = default;

void Opener::open(std::span<Job> jobs) noexcept {
  for (Job& job : jobs) {
    const Backend* const backend = &job.transform->backend();
    auto share = std::ranges::find(shares_, backend, &Share::backend);
    if (share == shares_.end()) share = shares_.insert(share, Share{.backend = backend, .engine = backend->make_engine(), .jobs = {}});
    share->jobs.push_back(&job);
  }
  for (Share& share : shares_) {
    if (share.jobs.empty()) continue;
    share.engine->open(share.jobs);
    share.jobs.clear();
  }
}

}  // namespace espy::crypto
