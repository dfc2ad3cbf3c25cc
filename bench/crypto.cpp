// Packets a second through crypto::Opener, in bursts of 64, against a bare loop over the same library, and what espy takes beyond it.
// usage: bench_crypto [WORD...]: only rows whose algorithm, size or back-end holds every word
#include <time.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "bench/algorithms.h"
#include "bench/bare.h"
#include "bench/traffic.h"
#include "crypto/library.h"

namespace espy::bench {

namespace {

using crypto::Parameters;
using ipsec::Protocol;

constexpr std::size_t kRounds = 41;
constexpr double kRoundSeconds = 300e-6;
constexpr std::array<std::size_t, 5> kSizes{64, 200, 576, 1400, 9000};

// The same packets through espy.
class EspyLoop {
 public:
  EspyLoop(const crypto::Transform& transform, const std::vector<Packet>& packets)
      : jobs_(packets.size()), expected_(transform.layout().icv_size == 0 ? crypto::Check::kNone : crypto::Check::kGood) {
    const bool ah = transform.protocol() == Protocol::kAh;
    for (std::size_t index = 0; index < packets.size(); ++index) {
      const Packet& packet = packets[index];
      crypto::Job& job = jobs_[index];
      job.transform = &transform;
      job.header = packet.header;
      job.packet = packet.octets;
      if (ah) job.icv = packet.icv;
      job.esn_high = kEsnHigh;
      job.plaintext = packet.plaintext;
    }
  }
  std::size_t open() {
    opener_.open(jobs_);
    return static_cast<std::size_t>(std::ranges::count(jobs_, expected_, &crypto::Job::check));
  }

 private:
  std::vector<crypto::Job> jobs_;
  crypto::Check expected_;
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

struct Row {
  const char* algorithm;
  std::size_t size;
  std::string_view backend;
};

// The columns before those that a bare loop fills.
void begin_line(const Row& row, double nanoseconds) {
  std::printf("| %-32s | %5zu | %-9s | %10.0f | ", row.algorithm, row.size, std::string(row.backend).c_str(), 1e6 / nanoseconds);
}

std::size_t repeats_for(double nanoseconds) {
  return std::max<std::size_t>(1, static_cast<std::size_t>(kRoundSeconds * 1e9 / nanoseconds / kBurst));
}

// All that espy takes is its own.
void measure_alone(const Row& row, EspyLoop& espy) {
  const auto open_espy = [&] { return espy.open(); };
  const std::size_t repeats = repeats_for(measure(3, open_espy));
  std::vector<double> times;
  for (std::size_t round = 0; round < kRounds; ++round) times.push_back(measure(repeats, open_espy));
  begin_line(row, median(times));
  std::printf("%10s | %8.1f | %6s |\n", "", median(times), "");
}

// Paired rounds, so that what else the machine does meets both alike.
void compare(const Row& row, EspyLoop& espy, BareLoop& bare, const std::vector<Packet>& packets) {
  const auto open_espy = [&] { return espy.open(); };
  const auto open_bare = [&] { return bare.open(packets); };
  const std::size_t repeats = repeats_for(std::max(measure(3, open_espy), measure(3, open_bare)));
  std::vector<double> espy_times, bare_times, more, shares;
  for (std::size_t round = 0; round < kRounds; ++round) {
    espy_times.push_back(measure(repeats, open_espy));
    bare_times.push_back(measure(repeats, open_bare));
    more.push_back(espy_times.back() - bare_times.back());
    shares.push_back(100 * more.back() / bare_times.back());
  }
  begin_line(row, median(espy_times));
  std::printf("%10.0f | %8.1f | %6.1f |\n", 1e6 / median(bare_times), median(more), median(shares));
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
  const auto chosen = [&](const crypto::Backend* backend) {
    return backend->supports(parameters) && wanted(algorithm, size, *backend, words);
  };
  if (std::ranges::none_of(crypto::backends(), chosen)) return;
  const Traffic traffic(parameters, size);
  for (const crypto::Backend* backend : crypto::backends()) {
    if (!chosen(backend)) continue;
    const auto transform = backend->prepare(parameters);
    if (!transform) continue;
    EspyLoop espy(**transform, traffic.packets());
    const Row row{algorithm.name, size, backend->name()};
    const auto bare = has_bare_loop(parameters) ? make_bare(*backend, parameters) : nullptr;
    if (bare) compare(row, espy, *bare, traffic.packets());
    if (!has_bare_loop(parameters)) measure_alone(row, espy);
    std::fflush(stdout);
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
