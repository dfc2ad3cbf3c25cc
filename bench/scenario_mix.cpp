// mix: what a backbone carries. Three sizes, both families, VLAN tags, many SAs and policies, all shuffled; no keys.
#include <array>

#include <fmt/format.h>

#include "bench/scenario.h"
#include "bench/streams.h"

namespace espy::bench {

namespace {

constexpr std::uint32_t kPairs = 2000;
constexpr std::uint32_t kAssociations = 10'000;
constexpr std::uint32_t kPolicies = 500;
constexpr std::uint32_t kUnrelated = 3000;
constexpr std::uint32_t kFirstSpi = 0xc0010000;
constexpr std::uint16_t kIkePort = 500;
constexpr std::size_t kLeastPayload = 40;  // of ESP: IV, a few octets, ICV
constexpr std::uint32_t kOneIkeIn = 1000;
constexpr std::uint32_t kOnePlainIn = 12;
constexpr std::array<std::uint16_t, 6> kServices{22, 80, 443, 3128, 5060, 8080};

// Twelve frames: seven small, four of middle size, one large.
constexpr std::array<std::size_t, 12> kImix{64, 64, 64, 64, 64, 64, 64, 570, 570, 570, 570, 1518};

struct Place {
  Ends ends;
  std::uint16_t vlan;
};

// Two policies cover a group of hosts, one for each direction; a group has one family.
Place place_of(std::uint32_t pair) {
  constexpr std::uint32_t kGroups = kPolicies / 2;
  const std::uint32_t group = pair % kGroups;
  const std::uint32_t host = 1 + pair / kGroups;
  const auto vlan = static_cast<std::uint16_t>(pair / 7 % 3 == 0 ? 100 + pair % 16 : 0);
  if (group % 3 == 0)
    return {{ipv6(static_cast<std::uint16_t>(0x1000 + group), static_cast<std::uint16_t>(host)),
             ipv6(static_cast<std::uint16_t>(0x2000 + group), static_cast<std::uint16_t>(host))},
            vlan};
  return {{ipv4(0x0a010000 + (group << 8) + host), ipv4(0x0a020000 + (group << 8) + host)}, vlan};
}

Place unrelated_place(std::uint32_t flow) {
  const auto vlan = static_cast<std::uint16_t>(flow % 3 == 0 ? 200 + flow % 8 : 0);
  if (flow / 3 % 3 == 0)
    return {{ipv6(0x3000, static_cast<std::uint16_t>(1 + flow)), ipv6(0x4000, static_cast<std::uint16_t>(1 + flow % 100))}, vlan};
  return {{ipv4(0xac100000 + flow + 1), ipv4(0xc6336400 + 1 + flow % 200)}, vlan};
}

std::string policies_of(const Ends& ends) {
  const std::uint8_t length = ends.source.family == base::Family::kIpv6 ? 48 : 24;
  const std::string from = base::to_string(base::make_prefix(ends.source, length));
  const std::string to = base::to_string(base::make_prefix(ends.destination, length));
  return fmt::format("spdadd {0} {1} any -P out ipsec esp/transport//require;\nspdadd {1} {0} any -P in ipsec esp/transport//require;\n",
                     from, to);
}

class Mix final : public Scenario {
 public:
  explicit Mix(const ScenarioOptions& options) : random_(options.seed), noise_(options.seed) {
    for (std::uint32_t index = 0; index < kAssociations; ++index) {
      const Place place = place_of(index % kPairs);
      const bool forth = index / kPairs % 2 == 0;
      streams_.emplace_back(forth ? place.ends : place.ends.reversed(), kFirstSpi + index, place.vlan);
    }
    for (std::uint32_t flow = 0; flow < kUnrelated; ++flow) add_unrelated(flow);
  }

  std::string configuration() const override {
    std::string text;
    for (std::uint32_t group = 0; group < kPolicies / 2; ++group) text += policies_of(place_of(group).ends);
    return text;
  }

  void add_frame(CaptureWriter& writer) override {
    const std::size_t size = kImix[random_.below(kImix.size())];
    const std::uint8_t* const noise = noise_.at(random_.next());
    if (random_.below(kOneIkeIn) == 0) return add_ike(writer);
    if (random_.below(kOnePlainIn) == 0) return add(any(plain_), writer, size, kUdpHeaderSize, noise);
    add(any(streams_), writer, size, kLeastPayload, noise);
  }

 private:
  void add_unrelated(std::uint32_t flow) {
    const Place place = unrelated_place(flow);
    const Ports ports{static_cast<std::uint16_t>(1024 + flow), kServices[flow % kServices.size()]};
    plain_.emplace_back(flow % 2 == 0 ? place.ends : place.ends.reversed(), flow % 4 < 3 ? kTcp : kUdp,
                        flow % 2 == 0 ? ports : Ports{ports.destination, ports.source}, place.vlan);
  }

  template <class Stream>
  static void add(Stream& stream, CaptureWriter& writer, std::size_t size, std::size_t least, const std::uint8_t* noise) {
    stream.add_frame(writer, std::max({size, stream.headers_size() + least, kLeastFrame}), noise);
  }

  // RFC 7296 section 3.1: an informational exchange of IKEv2 with one encrypted payload.
  void add_ike(CaptureWriter& writer) {
    constexpr std::size_t kIkeSize = 80;
    std::array<std::uint8_t, Noise::kLongest> message;
    std::memcpy(message.data(), noise_.at(random_.next()), kIkeSize);
    const std::array<std::uint8_t, 4> facts{46, 0x20, 37, 0x08};  // SK follows, version 2.0, INFORMATIONAL, from the initiator
    std::memcpy(message.data() + 16, facts.data(), facts.size());
    put32(message.data() + 20, ++ike_messages_);
    put32(message.data() + 24, kIkeSize);
    put32(message.data() + 28, kIkeSize - 28);
    const Place place = place_of(random_.below(kPairs));
    PlainFlow flow(place.ends, kUdp, Ports{kIkePort, kIkePort}, place.vlan);
    flow.add_frame(writer, flow.headers_size() + kIkeSize, message.data());
  }

  template <class Stream>
  Stream& any(std::vector<Stream>& streams) {
    return streams[random_.below(static_cast<std::uint32_t>(streams.size()))];
  }

  Random random_;
  Noise noise_;
  std::vector<EspStream> streams_;
  std::vector<PlainFlow> plain_;
  std::uint32_t ike_messages_ = 0;
};

}  // namespace

std::unique_ptr<Scenario> make_mix(const ScenarioOptions& options) { return std::make_unique<Mix>(options); }

}  // namespace espy::bench
