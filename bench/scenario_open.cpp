// open, open_one, open_small, open_cbc and many_associations: ESP in transport mode around UDP, sealed with keys that the configuration
// holds.
#include <cstring>

#include <fmt/format.h>

#include "bench/scenario.h"
#include "bench/sealer.h"
#include "bench/streams.h"

namespace espy::bench {

namespace {

constexpr std::size_t kLarge = 1350;
constexpr std::size_t kSmall = 60;
constexpr std::uint32_t kBusy = 16;
constexpr std::uint32_t kMany = 100'000;
constexpr std::uint32_t kFirstSpi = 0xc0100000;
constexpr std::uint32_t kInnerFlows = 8;  // of each SA
constexpr std::string_view kRequirement = "ipsec esp/transport//require;\n";

// Both directions of pairs of hosts in turn.
Ends ends_of(std::uint32_t association) {
  const std::uint32_t pair = association / 2;
  const Ends ends{ipv4(0x0a100001 + pair), ipv4(0x0a200001 + pair)};
  return association % 2 == 0 ? ends : ends.reversed();
}

std::string policies() {
  return fmt::format("spdadd 10.16.0.0/12 10.32.0.0/12 any -P out {0}spdadd 10.32.0.0/12 10.16.0.0/12 any -P in {0}", kRequirement);
}

struct Shape {
  Suite suite;
  std::size_t payload_size;
  std::uint32_t associations;
};

class Open final : public Scenario {
 public:
  Open(const ScenarioOptions& options, const Shape& shape) : shape_(shape), random_(options.seed), noise_(options.seed) {
    if (options.associations > 0) shape_.associations = options.associations;
    for (std::uint32_t index = 0; index < shape_.associations; ++index)
      streams_.push_back({FrameHeaders(ends_of(index), kEsp), Sealer(shape.suite, options.seed << 32 | index)});
  }

  std::string configuration() const override {
    std::string text;
    for (std::uint32_t index = 0; index < shape_.associations; ++index) {
      const Ends ends = ends_of(index);
      text += fmt::format("add {} {} esp 0x{:x} -m transport {};\n", base::to_string(ends.source), base::to_string(ends.destination),
                          kFirstSpi + index, streams_[index].sealer.setkey_algorithms());
    }
    return text + policies();
  }

  void add_frame(CaptureWriter& writer) override {
    const std::uint32_t index = random_.below(shape_.associations);
    Stream& stream = streams_[index];
    const std::size_t size = stream.sealer.packet_size(shape_.payload_size);
    std::uint8_t* const packet = stream.headers.write(writer.add_frame(stream.headers.size() + size), size);
    put32(packet, kFirstSpi + index);
    put32(packet + 4, ++stream.sequence);
    write_payload(packet + stream.sealer.payload_offset());
    stream.sealer.seal(packet, shape_.payload_size, kUdp);
  }

 private:
  struct Stream {
    FrameHeaders headers;
    Sealer sealer;
    std::uint32_t sequence = 0;
  };

  void write_payload(std::uint8_t* out) {
    const std::uint64_t number = random_.next();
    std::memcpy(out, noise_.at(number), shape_.payload_size);
    write_udp(out, {static_cast<std::uint16_t>(40'000 + (number >> 32) % kInnerFlows), 4000}, shape_.payload_size);
  }

  Shape shape_;
  Random random_;
  Noise noise_;
  std::vector<Stream> streams_;
};

// The SAs are listed and their keys are not: setkey.conf cannot say that, espy's own format can.
class ManyAssociations final : public Scenario {
 public:
  explicit ManyAssociations(const ScenarioOptions& options) : random_(options.seed), noise_(options.seed) {
    const std::uint32_t count = options.associations == 0 ? kMany : options.associations;
    for (std::uint32_t index = 0; index < count; ++index) streams_.emplace_back(ends_of(index), kFirstSpi + index);
  }

  std::string configuration() const override {
    std::string text = "[[protect]]\nfrom = \"10.16.0.0/12\"\nto = \"10.32.0.0/12\"\n";
    for (std::uint32_t index = 0; index < streams_.size(); ++index) {
      const Ends ends = ends_of(index);
      text += fmt::format(
          "[[sa]]\nsource = \"{}\"\ndestination = \"{}\"\nspi = 0x{:x}\nmode = \"transport\"\nencryption = \"aes-gcm\"\n"
          "keys_hidden = true\n",
          base::to_string(ends.source), base::to_string(ends.destination), kFirstSpi + index);
    }
    return text;
  }

  void add_frame(CaptureWriter& writer) override {
    const std::uint64_t number = random_.next();
    const std::uint32_t index = random_.below(static_cast<std::uint32_t>(streams_.size()));
    streams_[index].add_frame(writer, number >> 63 == 0 ? 102 : 130, noise_.at(number >> 32));
  }

 private:
  Random random_;
  Noise noise_;
  std::vector<EspStream> streams_;
};

}  // namespace

std::unique_ptr<Scenario> make_open(const ScenarioOptions& options) {
  return std::make_unique<Open>(options, Shape{Suite::kAesGcm, kLarge, kBusy});
}
std::unique_ptr<Scenario> make_open_one(const ScenarioOptions& options) {
  return std::make_unique<Open>(options, Shape{Suite::kAesGcm, kLarge, 1});
}
std::unique_ptr<Scenario> make_open_small(const ScenarioOptions& options) {
  return std::make_unique<Open>(options, Shape{Suite::kAesGcm, kSmall, kBusy});
}
std::unique_ptr<Scenario> make_open_cbc(const ScenarioOptions& options) {
  return std::make_unique<Open>(options, Shape{Suite::kAesCbcHmacSha256, kLarge, kBusy});
}
std::unique_ptr<Scenario> make_many_associations(const ScenarioOptions& options) {
  if (options.keys) return std::make_unique<Open>(options, Shape{Suite::kAesGcm, kSmall, kMany});
  return std::make_unique<ManyAssociations>(options);
}

}  // namespace espy::bench
