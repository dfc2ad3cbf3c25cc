// ESP packets of real kernels and of independent implementations (tests/pcaps/algorithm-*; each folder's README says whose they are)
// through every back-end that has their algorithms. How many ICVs are right was counted by whoever made the packets.
#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>

#include <nlohmann/json.hpp>

#include "config/document.h"
#include "tests/crypto/opening.h"

namespace espy::crypto {
namespace {

struct Case {
  const char* folder;
  const char* configuration;
};

constexpr const char* kState = "xfrm-state.txt";
constexpr const char* kToml = "keys.toml";

const Case kCases[] = {
    {"algorithm-3des-cbc", kState},
    {"algorithm-aes-cbc-192-256", kToml},
    {"algorithm-aes-cbc", kState},
    {"algorithm-aes-ccm-192-256", kToml},
    {"algorithm-aes-ccm-8-12", kToml},
    {"algorithm-aes-ccm", kState},
    {"algorithm-aes-cmac", kToml},
    {"algorithm-aes-ctr-192-256", kToml},
    {"algorithm-aes-ctr", kState},
    {"algorithm-aes-gcm-192", kToml},
    {"algorithm-aes-gcm-8-12", kToml},
    {"algorithm-aes-gcm", kState},
    {"algorithm-aes-gmac-192-256", kToml},
    {"algorithm-aes-gmac", kState},
    {"algorithm-aes-xcbc", kState},
    {"algorithm-blowfish-cbc", kToml},
    {"algorithm-camellia-cbc-128-192", kToml},
    {"algorithm-camellia-cbc", kState},
    {"algorithm-camellia-ccm", kToml},
    {"algorithm-camellia-ctr", kToml},
    {"algorithm-cast128-cbc", kToml},
    {"algorithm-chacha20-poly1305", kState},
    {"algorithm-des-cbc", kState},
    {"algorithm-des-deriv", kToml},
    {"algorithm-hmac-md5", kState},
    {"algorithm-hmac-ripemd160", kToml},
    {"algorithm-hmac-sha256-96", kState},
    {"algorithm-hmac-sha256", kState},
    {"algorithm-hmac-sha384", kToml},
    {"algorithm-hmac-sha512", kToml},
    {"algorithm-implicit-iv", kToml},
    {"algorithm-null-sha256", kState},
    {"algorithm-null", kState},
    {"algorithm-serpent-cbc", kToml},
    {"algorithm-twofish-cbc-128", kToml},
    {"algorithm-twofish-cbc", kState},
    {"algorithm-linux-aes-cbc", kState},
    {"algorithm-linux-aes-ccm", kState},
    {"algorithm-linux-aes-cmac", kState},
    {"algorithm-linux-aes-ctr", kState},
    {"algorithm-linux-aes-gcm", kState},
    {"algorithm-linux-aes-gmac", kState},
    {"algorithm-linux-aes-xcbc", kState},
    {"algorithm-linux-blowfish-cbc", kState},
    {"algorithm-linux-camellia-cbc", kState},
    {"algorithm-linux-cast128-cbc", kState},
    {"algorithm-linux-hmac-md5", kState},
    {"algorithm-linux-hmac-ripemd160", kState},
    {"algorithm-linux-hmac-sha1", kState},
    {"algorithm-linux-hmac-sha384", kState},
    {"algorithm-linux-hmac-sha512", kState},
    {"algorithm-linux-serpent-cbc", kState},
    {"algorithm-linux-twofish-cbc", kState},
    {"algorithm-esn", kState},
};

std::string file_of(const Case& which, const char* name) {
  std::ifstream file(std::string(ESPY_SOURCE_DIR "/tests/pcaps/") + which.folder + "/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<ipsec::Association> associations_of(const Case& which) {
  const std::string text = file_of(which, which.configuration);
  config::Document document{.name = which.configuration, .text = text, .configuration = {}, .errors = {}, .findings = {}};
  which.configuration == kState ? config::read_xfrm_state(document) : config::read_toml(document);
  EXPECT_TRUE(document.errors.empty());
  return document.configuration.associations;
}

std::uint32_t big_endian(const std::string& text, std::size_t offset, std::size_t size) {
  std::uint32_t value = 0;
  for (std::size_t index = 0; index < size; ++index) value = (value << 8) | static_cast<std::uint8_t>(text.at(offset + index));
  return value;
}

std::uint32_t little_endian(const std::string& text, std::size_t offset) {
  std::uint32_t value = 0;
  for (std::size_t index = 4; index-- > 0;) value = (value << 8) | static_cast<std::uint8_t>(text.at(offset + index));
  return value;
}

// ESP right inside of IPv4 inside of Ethernet, in a classic pcap of a little-endian host: what these captures have.
std::vector<Octets> esp_packets(const std::string& capture) {
  constexpr std::size_t kFileHeader = 24, kRecordHeader = 16, kEthernet = 14;
  std::vector<Octets> packets;
  for (std::size_t at = kFileHeader; at < capture.size();) {
    const std::size_t ip = at + kRecordHeader + kEthernet;
    const std::size_t captured = little_endian(capture, at + 8);
    at += kRecordHeader + captured;
    if (captured < kEthernet + 20 || big_endian(capture, ip - 2, 2) != 0x0800 || capture.at(ip + 9) != 50) continue;
    const std::size_t header = (big_endian(capture, ip, 1) & 15) * 4;
    packets.emplace_back(capture.begin() + static_cast<std::ptrdiff_t>(ip + header),
                         capture.begin() + static_cast<std::ptrdiff_t>(ip + big_endian(capture, ip + 2, 2)));
  }
  return packets;
}

struct Count {
  int good = 0;
  int bad = 0;
  bool operator==(const Count&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Count& count) { return out << count.good << " good, " << count.bad << " bad"; }

// RFC 4303 section 2.4: padding of 1, 2, 3 and so on, its length and the next header.
bool has_trailer(const Octets& plaintext) {
  const std::size_t pad_size = plaintext.at(plaintext.size() - 2);
  if (pad_size + 2 > plaintext.size()) return false;
  for (std::size_t index = 0; index < pad_size; ++index) {
    if (plaintext[plaintext.size() - 2 - pad_size + index] != index + 1) return false;
  }
  return true;
}

Count count_with(const Parameters& parameters, const Backend& backend, const std::vector<Octets>& packets) {
  const auto transform = backend.prepare(parameters);
  EXPECT_TRUE(transform);
  Count count;
  for (const Octets& packet : packets) {
    const Opened opened = open(**transform, {.packet = packet});
    ++(opened.check == Check::kGood ? count.good : count.bad);
    if (opened.check == Check::kGood) {
      EXPECT_TRUE(has_trailer(hex(opened.plaintext))) << opened.plaintext;
    }
  }
  return count;
}

Count counted_by_the_maker(const Case& which) {
  const auto values = nlohmann::json::parse(file_of(which, "case.json")).at("expect");
  Count count;
  for (const auto& [name, value] : values.items()) {
    if (!name.starts_with("associations[esp ")) continue;
    if (name.ends_with(".integrity_checks.good")) count.good += value.get<int>();
    if (name.ends_with(".integrity_checks.bad")) count.bad += value.get<int>();
  }
  EXPECT_GE(count.good, 20);
  return count;
}

TEST(CapturedPackets, HaveTheIcvsThatTheirMakersCounted) {
  for (const Case& which : kCases) {
    SCOPED_TRACE(which.folder);
    std::map<std::uint32_t, std::vector<Octets>> by_spi;
    for (Octets& packet : esp_packets(file_of(which, "wire.pcap"))) {
      const std::string text(packet.begin(), packet.end());
      by_spi[big_endian(text, 0, 4)].push_back(std::move(packet));
    }
    Count total;
    for (const ipsec::Association& association : associations_of(which)) {
      const auto readings = parameters_of(association);
      ASSERT_TRUE(readings) << readings.error().message;
      const std::vector<Octets>& packets = by_spi[association.spi->value];
      const auto found = backends_for(readings->front());
      ASSERT_FALSE(found.empty());
      const Count first = count_with(readings->front(), *found.front(), packets);
      for (const Backend* const backend : found) EXPECT_EQ(count_with(readings->front(), *backend, packets), first) << backend->name();
      total.good += first.good;
      total.bad += first.bad;
    }
    EXPECT_EQ(total, counted_by_the_maker(which));
  }
}

}  // namespace
}  // namespace espy::crypto
