// scan and many_policies: small ESP packets of many SAs that no key opens, and one frame in twenty in clear.
#include <array>

#include <fmt/format.h>

#include "bench/scenario.h"
#include "bench/streams.h"

namespace espy::bench {

namespace {

constexpr std::array<std::size_t, 2> kFrameSizes{102, 130};
constexpr std::uint32_t kOneLeakIn = 20;
constexpr std::uint32_t kFirstSpi = 0xc0001000;
constexpr std::array<std::uint16_t, 6> kServices{23, 80, 389, 445, 3306, 5432};

Ends pair_ends(std::uint32_t pair) { return {ipv4(0x0a010000 + pair + 1), ipv4(0x0a020000 + pair + 1)}; }

constexpr std::string_view kRequirement = "ipsec esp/transport//require;\n";

class SmallPackets : public Scenario {
 public:
  explicit SmallPackets(std::uint64_t seed) : random_(seed), noise_(seed) {}

  void add_frame(CaptureWriter& writer) override {
    const std::uint64_t number = random_.next();
    const std::size_t size = kFrameSizes[number >> 63];
    const std::uint8_t* const noise = noise_.at(number >> 40);
    if (random_.below(kOneLeakIn) == 0) return any(leaks_).add_frame(writer, size, noise);
    any(streams_).add_frame(writer, size, noise);
  }

 protected:
  void add_stream(const Ends& ends) { streams_.emplace_back(ends, kFirstSpi + static_cast<std::uint32_t>(streams_.size())); }
  void add_leak(const Ends& ends, std::uint16_t service) {
    const auto client = static_cast<std::uint16_t>(32768 + leaks_.size());
    leaks_.emplace_back(ends, leaks_.size() % 3 == 0 ? kUdp : kTcp, Ports{client, service});
  }

 private:
  template <class Stream>
  Stream& any(std::vector<Stream>& streams) {
    return streams[random_.below(static_cast<std::uint32_t>(streams.size()))];
  }

  Random random_;
  Noise noise_;
  std::vector<EspStream> streams_;
  std::vector<PlainFlow> leaks_;
};

class Scan final : public SmallPackets {
 public:
  explicit Scan(const ScenarioOptions& options) : SmallPackets(options.seed) {
    const std::uint32_t pairs = (options.associations == 0 ? 64 : options.associations) / 2;
    for (std::uint32_t pair = 0; pair < pairs; ++pair) {
      add_stream(pair_ends(pair));
      add_stream(pair_ends(pair).reversed());
    }
    for (std::uint32_t leak = 0; leak < kLeaks; ++leak) add_leak(pair_ends(leak % pairs), kServices[leak % kServices.size()]);
  }

  std::string configuration() const override {
    return fmt::format("spdadd 10.1.0.0/16 10.2.0.0/16 any -P out {0}spdadd 10.2.0.0/16 10.1.0.0/16 any -P in {0}", kRequirement);
  }

 private:
  static constexpr std::uint32_t kLeaks = 48;
};

// The packets are the same for any number of policies. The last policy covers all; those before it are of a pair of hosts, or a port of it.
class ManyPolicies final : public SmallPackets {
 public:
  explicit ManyPolicies(const ScenarioOptions& options)
      : SmallPackets(options.seed), policies_(options.policies == 0 ? 10'000 : options.policies) {
    for (std::uint32_t pair = 0; pair < kPairs; ++pair) {
      add_stream(pair_ends(pair));
      add_leak(pair_ends(pair), static_cast<std::uint16_t>(kFirstPort + pair % kVariants));
    }
  }

  std::string configuration() const override {
    std::string text;
    for (std::uint32_t policy = policies_ - 1; policy > 0; --policy) text += specific_policy(policy - 1);
    return text + fmt::format("spdadd 10.1.0.0/16 10.2.0.0/16 any -P out {}", kRequirement);
  }

 private:
  static constexpr std::uint32_t kPairs = 1000;
  static constexpr std::uint32_t kVariants = 64;
  static constexpr std::uint32_t kFirstPort = 1000;

  // Later variants of a pair come first in the file, so that none hides another.
  static std::string specific_policy(std::uint32_t index) {
    const Ends ends = pair_ends(index % kPairs);
    const std::uint32_t variant = index / kPairs;
    const std::string source = base::to_string(ends.source);
    const std::string destination = base::to_string(ends.destination);
    if (variant == 0) return fmt::format("spdadd {} {} any -P out {}", source, destination, kRequirement);
    return fmt::format("spdadd {} {}[{}] tcp -P out {}", source, destination, kFirstPort + variant, kRequirement);
  }

  std::uint32_t policies_;
};

}  // namespace

std::unique_ptr<Scenario> make_scan(const ScenarioOptions& options) { return std::make_unique<Scan>(options); }
std::unique_ptr<Scenario> make_many_policies(const ScenarioOptions& options) { return std::make_unique<ManyPolicies>(options); }

}  // namespace espy::bench
