// TLS records and DNS messages.
#include <algorithm>
#include <array>
#include <optional>

#include "decode/application_content.h"

namespace espy::decode {

namespace {

constexpr std::size_t kRecordHeaderSize = 5;
constexpr std::uint32_t kLargestRecord = 16'384 + 2048;
constexpr std::array<std::uint16_t, 9> kTlsPorts{443, 465, 636, 853, 990, 993, 995, 6514, 8443};

enum ContentType : std::uint8_t { kChangeCipherSpec = 20, kAlert = 21, kHandshake = 22, kApplicationData = 23 };

// ClientHello and ServerHello open with their length and a version; other handshake messages only with their length.
bool is_hello(base::Bytes body, std::uint32_t record_size) {
  if (body.size() < 6 || (body[0] != 1 && body[0] != 2) || body[4] != 3 || body[5] > 4) return false;
  return u24_at(body, 1) + 4 <= record_size || record_size >= 16'000;
}

bool has_record_header(base::Bytes bytes) {
  if (bytes.size() < kRecordHeaderSize || bytes[0] < kChangeCipherSpec || bytes[0] > kApplicationData) return false;
  if (bytes[1] != 3 || bytes[2] > 4) return false;
  const std::uint32_t size = u16_at(bytes, 3);
  if (size == 0 || size > kLargestRecord) return false;
  if (bytes[0] == kChangeCipherSpec) return size == 1 && (bytes.size() == kRecordHeaderSize || bytes[kRecordHeaderSize] == 1);
  return bytes[0] != kAlert || size == 2 || (size >= 16 && size <= 64);
}

// DNS: what ends a walk over a name; the octet after it.
std::optional<std::size_t> skip_name(base::Bytes bytes, std::size_t at) {
  constexpr std::size_t kLongestName = 255;
  const std::size_t start = at;
  while (at < bytes.size() && at - start < kLongestName) {
    const std::uint8_t label = bytes[at];
    if (label == 0) return at + 1;
    if (label >= 0xc0) return at + 2;
    if (label > 63) return std::nullopt;
    at += 1U + label;
  }
  return std::nullopt;
}

bool is_dns_message(base::Bytes bytes, bool well_known_port) {
  constexpr std::size_t kHeaderSize = 12;
  constexpr std::uint32_t kHighestType = 260;
  if (bytes.size() < kHeaderSize) return false;
  const unsigned operation = bytes[2] >> 3 & 15;
  const unsigned response_code = bytes[3] & 15;
  if ((operation > 2 && operation != 4 && operation != 5) || response_code > 10 || (bytes[3] & 0x40) != 0) return false;
  const std::uint32_t questions = u16_at(bytes, 4);
  const bool few = questions <= 16 && u16_at(bytes, 6) <= 256 && u16_at(bytes, 8) <= 256 && u16_at(bytes, 10) <= 256;
  if (!few) return false;
  if (questions != 1) return well_known_port;
  const std::optional<std::size_t> end = skip_name(bytes, kHeaderSize);
  if (!end || *end + 4 > bytes.size()) return false;
  const std::uint32_t type = u16_at(bytes, *end);
  const std::uint32_t query_class = u16_at(bytes, *end + 2) & 0x7fff;
  return type >= 1 && type <= kHighestType && (query_class == 1 || query_class == 3 || query_class == 255);
}

}  // namespace

// One record that ends with the payload, records that follow one another, a hello, or (on TLS's ports) any record header.
bool is_tls(const Conversation& conversation, base::Bytes payload) noexcept {
  if (conversation.udp || !has_record_header(payload)) return false;
  const std::uint32_t size = u16_at(payload, 3);
  const base::Bytes body = payload.subspan(kRecordHeaderSize);
  if (payload[0] == kHandshake && is_hello(body, size)) return true;
  if (std::any_of(kTlsPorts.begin(), kTlsPorts.end(), [&](std::uint16_t port) { return conversation.uses(port); })) return true;
  if (size > body.size()) return false;
  return size == body.size() || has_record_header(body.subspan(size));
}

bool is_dns(const Conversation& conversation, base::Bytes payload) noexcept {
  const bool well_known_port = conversation.uses(53) || conversation.uses(5353) || conversation.uses(5355);
  if (conversation.udp) return is_dns_message(payload, well_known_port);
  if (payload.size() < 2 || u16_at(payload, 0) != payload.size() - 2) return false;
  return is_dns_message(payload.subspan(2), well_known_port);
}

}  // namespace espy::decode
