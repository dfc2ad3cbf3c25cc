#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <ctime>
#include <random>

#include <fmt/compile.h>
#include <fmt/format.h>

#include "base/address.h"
#include "base/hash.h"
#include "base/link.h"
#include "base/result.h"
#include "base/spi.h"
#include "base/time.h"

namespace espy::base {

std::string to_string(const Error& error) {
  std::string place = error.file;
  if (!place.empty() && error.line != 0) place += fmt::format(":{}", error.line);
  if (!place.empty() && error.line != 0 && error.column != 0) place += fmt::format(":{}", error.column);
  if (!place.empty()) place += ": ";
  return error.advice.empty() ? place + error.message : fmt::format("{}{}; {}", place, error.message, error.advice);
}

std::string to_rfc3339(Time time) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  std::int64_t fraction = time.nanoseconds % kSecond;
  if (fraction < 0) fraction += kSecond;
  const std::time_t whole = (time.nanoseconds - fraction) / kSecond;
  std::tm parts{};
  gmtime_r(&whole, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:09}Z", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour,
                     parts.tm_min, parts.tm_sec, fraction);
}

std::string to_string(const Address& address) {
  if (!address.known()) return "?";
  const auto& octets = address.octets;
  // inet_ntop() prints octet by octet with sprintf(), and a report may have a hundred thousand.
  if (address.family == Family::kIpv4) return fmt::format(FMT_COMPILE("{}.{}.{}.{}"), octets[0], octets[1], octets[2], octets[3]);
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(AF_INET6, octets.data(), text.data(), text.size());
  return text.data();
}

Result<Address> read_address(std::string_view text) {
  const std::string copy(text);
  std::array<std::uint8_t, 16> octets{};
  if (inet_pton(AF_INET, copy.c_str(), octets.data()) == 1) return make_ipv4(octets);
  if (inet_pton(AF_INET6, copy.c_str(), octets.data()) == 1) return make_ipv6(octets);
  return fail(fmt::format("'{}' is not an IP address", text), "give it as numbers, like 10.0.0.1 or fd00::1");
}

namespace {

// Ones for those of the first `length` bits of an address that stand in the word at octet `at`, 0 or 8, as Address::word() loads it.
std::uint64_t ones(std::uint8_t length, std::size_t at) {
  static_assert(std::endian::native == std::endian::little);
  const auto kept = static_cast<unsigned>(std::clamp<int>(length - static_cast<int>(at) * 8, 0, 64));
  return kept == 0 ? 0 : __builtin_bswap64(~std::uint64_t{0} << (64 - kept));
}

}  // namespace

Address mask(const Address& address, std::uint8_t length) {
  const std::array<std::uint64_t, 2> words{address.word(0) & ones(length, 0), address.word(8) & ones(length, 8)};
  return {.octets = std::bit_cast<std::array<std::uint8_t, 16>>(words), .family = address.family};
}

Prefix make_prefix(const Address& address, std::uint8_t length) {
  const auto longest = static_cast<std::uint8_t>(address.size() * 8);
  const std::uint8_t kept = std::min(length, longest);
  return {.address = mask(address, kept), .length = kept};
}

Prefix host_prefix(const Address& address) { return {.address = address, .length = static_cast<std::uint8_t>(address.size() * 8)}; }

bool Prefix::contains(const Address& other) const {
  return other.family == address.family && (other.word(0) & ones(length, 0)) == address.word(0) &&
         (other.word(8) & ones(length, 8)) == address.word(8);
}

bool Prefix::contains(const Prefix& other) const { return other.length >= length && contains(other.address); }

std::string to_string(const Prefix& prefix) {
  if (prefix.is_host()) return to_string(prefix.address);
  return fmt::format("{}/{}", to_string(prefix.address), prefix.length);
}

Result<Prefix> read_prefix(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = read_address(text.substr(0, slash));
  if (!address) return std::unexpected(address.error());
  if (slash == std::string_view::npos) return host_prefix(*address);
  const std::string_view digits = text.substr(slash + 1);
  unsigned length = 0;
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
  if (code != std::errc{} || end != digits.data() + digits.size() || length > address->size() * 8) {
    return fail(fmt::format("'{}' is not a prefix length", digits), fmt::format("give 0 to {}", address->size() * 8));
  }
  return make_prefix(*address, static_cast<std::uint8_t>(length));
}

std::string to_string(Spi spi) { return fmt::format("0x{:08x}", spi.value); }

std::string to_string(LinkType type) {
  switch (type) {
    case LinkType::kNull: return "NULL";
    case LinkType::kEthernet: return "EN10MB";
    case LinkType::kPpp: return "PPP";
    case LinkType::kRawOld12:
    case LinkType::kRawOld14:
    case LinkType::kRaw: return "RAW";
    case LinkType::kPppHdlc: return "PPP_SERIAL";
    case LinkType::kPppEther: return "PPP_ETHER";
    case LinkType::kLoop: return "LOOP";
    case LinkType::kEnc: return "ENC";
    case LinkType::kLinuxSll: return "LINUX_SLL";
    case LinkType::kPppWithDirection: return "PPP_WITH_DIR";
    case LinkType::kMpls: return "MPLS";
    case LinkType::kIpv4: return "IPV4";
    case LinkType::kIpv6: return "IPV6";
    case LinkType::kNflog: return "NFLOG";
    case LinkType::kLinuxSll2: return "LINUX_SLL2";
  }
  return fmt::format("{}", static_cast<std::uint32_t>(type));
}

std::uint64_t hash_seed() {
  static const std::uint64_t seed = [] {
    std::random_device device;
    return (static_cast<std::uint64_t>(device()) << 32) | device();
  }();
  return seed;
}

}  // namespace espy::base
