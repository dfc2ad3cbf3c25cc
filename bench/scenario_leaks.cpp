// leaks: a million flows in clear under one policy, as small as Ethernet allows, each seen once before any is seen again.
#include <array>
#include <cstring>

#include <fmt/format.h>

#include "bench/frame_headers.h"
#include "bench/scenario.h"

namespace espy::bench {

namespace {

constexpr std::uint32_t kFlows = 1'000'000;
constexpr std::uint32_t kStep = 618'033;  // has no divisor in common with kFlows
constexpr std::size_t kPayload = 26;      // room behind the IPv4 header of the least frame
constexpr std::array<std::uint16_t, 8> kServices{21, 23, 80, 110, 143, 389, 3306, 8080};
constexpr std::size_t kSourceHost = 28;  // the last two octets of the source address
constexpr std::size_t kDestinationHost = 33;

class Leaks final : public Scenario {
 public:
  std::string configuration() const override { return "spdadd 10.1.0.0/16 10.2.0.0/16 any -P out ipsec esp/transport//require;\n"; }

  void add_frame(CaptureWriter& writer) override {
    flow_ = (flow_ + kStep) % kFlows;
    const bool tcp = flow_ % 2 == 0;
    const Ports ports{static_cast<std::uint16_t>(1024 + flow_ % 60'000), kServices[flow_ / 2 % kServices.size()]};
    const std::uint32_t source = flow_ & 0xffff;
    const std::uint32_t destination = flow_ >> 16;
    const FrameHeaders& headers = tcp ? tcp_ : udp_;
    std::uint8_t* const frame = writer.add_frame(kLeastFrame);
    std::uint8_t* const packet = headers.write(frame, kPayload);
    std::memset(packet, 0, kPayload);
    tcp ? write_tcp(packet, ports, ++count_) : write_udp(packet, ports, kPayload);
    set_hosts(frame, source, destination);
  }

 private:
  // The template's hosts are both 0, so that their numbers only add to the checksum.
  static void set_hosts(std::uint8_t* frame, std::uint32_t source, std::uint32_t destination) {
    put16(frame + kSourceHost, source);
    frame[kDestinationHost] = static_cast<std::uint8_t>(destination);
    std::uint8_t* const checksum = frame + 24;
    std::uint32_t sum = 0xffffU - static_cast<std::uint32_t>(checksum[0] << 8 | checksum[1]) + source + destination;
    sum = (sum & 0xffff) + (sum >> 16);
    put16(checksum, 0xffffU - ((sum & 0xffff) + (sum >> 16)));
  }

  static Ends ends() { return {ipv4(0x0a010000), ipv4(0x0a020000)}; }

  FrameHeaders tcp_{ends(), kTcp};
  FrameHeaders udp_{ends(), kUdp};
  std::uint32_t flow_ = 0;
  std::uint32_t count_ = 0;
};

}  // namespace

std::unique_ptr<Scenario> make_leaks(const ScenarioOptions&) { return std::make_unique<Leaks>(); }

}  // namespace espy::bench
