// Programs that speak ASN.1 in BER: what counts is that tags and lengths nest as they should.
#include <algorithm>
#include <optional>

#include "decode/application_content.h"

namespace espy::decode {

namespace {

constexpr std::uint16_t kLdapPort = 389;
constexpr std::uint8_t kSequence = 0x30;
constexpr std::uint8_t kInteger = 0x02;
constexpr std::uint8_t kOctetString = 0x04;
constexpr std::uint8_t kKerberosVersion = 5;

struct Element {
  std::uint8_t tag = 0;
  std::uint32_t size = 0;  // of the content, as its length field says
  base::Bytes content;     // what of it is there
};

// Reads a tag of one octet and a definite length of at most four, and moves `bytes` to the content.
std::optional<Element> take_header(base::Bytes& bytes) {
  if (bytes.size() < 2) return std::nullopt;
  Element element{.tag = bytes[0], .size = bytes[1], .content = {}};
  std::size_t header = 2;
  if (element.size >= 0x80) {
    const std::size_t octets = element.size - 0x80;
    if (octets == 0 || octets > 4 || bytes.size() < header + octets) return std::nullopt;
    element.size = 0;
    for (std::size_t index = 0; index < octets; ++index) element.size = element.size << 8 | bytes[header + index];
    header += octets;
  }
  bytes = bytes.subspan(header);
  element.content = bytes.first(std::min<std::size_t>(element.size, bytes.size()));
  return element;
}

// A whole small integer; moves `bytes` past it.
std::optional<std::uint32_t> take_integer(base::Bytes& bytes) {
  const std::optional<Element> element = take_header(bytes);
  if (!element || element->tag != kInteger || element->size == 0 || element->size > 4 || element->content.size() != element->size)
    return std::nullopt;
  std::uint32_t value = 0;
  for (const std::uint8_t octet : element->content) value = value << 8 | octet;
  bytes = bytes.subspan(element->size);
  return value;
}

// SNMP v1 and v2c: version, community, PDU (RFC 1157, 3416). v3: version, then a header sequence (RFC 3412).
bool is_snmp(base::Bytes payload) {
  const std::optional<Element> message = take_header(payload);
  if (!message || message->tag != kSequence || message->size != payload.size()) return false;
  const std::optional<std::uint32_t> version = take_integer(payload);
  if (!version) return false;
  const std::optional<Element> second = take_header(payload);
  if (!second || second->content.size() != second->size) return false;
  if (*version == 3) return second->tag == kSequence && !second->content.empty() && second->content[0] == kInteger;
  if (*version > 1 || second->tag != kOctetString || second->size > 255) return false;
  payload = payload.subspan(second->size);
  return !payload.empty() && payload[0] >= 0xa0 && payload[0] <= 0xa8;
}

// RFC 4511 section 4.1.1: message id, then an operation of [APPLICATION 0] to [APPLICATION 25].
bool is_ldap(const Conversation& conversation, base::Bytes payload) {
  const std::optional<Element> message = take_header(payload);
  if (!message || message->tag != kSequence || message->size < 5) return false;
  const bool exact = message->size == payload.size();
  if (!exact && !conversation.uses(kLdapPort)) return false;
  if (!take_integer(payload) || payload.size() < 2) return false;
  const std::uint8_t tag = payload[0];
  const bool unbind = tag == 0x42 && payload[1] == 0;
  const bool operation = (tag >= 0x60 && tag <= 0x79) || tag == 0x4a || tag == 0x50;
  const std::optional<Element> body = take_header(payload);
  return unbind || (operation && body && body->size <= message->size && (!exact || body->size <= payload.size()));
}

// RFC 4120: requests carry pvno in [1], answers in [0]; it is 5.
bool is_kerberos(const Conversation& conversation, base::Bytes payload) {
  if (!conversation.udp) {
    if (payload.size() < 4 || u32_at(payload, 0) < payload.size() - 4) return false;
    payload = payload.subspan(4);
  }
  const std::optional<Element> message = take_header(payload);
  if (!message || message->tag < 0x6a || message->tag > 0x7e || message->size < payload.size()) return false;
  const std::optional<Element> sequence = take_header(payload);
  if (!sequence || sequence->tag != kSequence || sequence->size > message->size) return false;
  const std::optional<Element> field = take_header(payload);
  if (!field || (field->tag != 0xa0 && field->tag != 0xa1) || field->size != 3) return false;
  const std::optional<std::uint32_t> version = take_integer(payload);
  return version && *version == kKerberosVersion;
}

}  // namespace

Application recognise_asn1(const Conversation& conversation, base::Bytes payload) noexcept {
  if (conversation.udp && is_snmp(payload)) return Application::kSnmp;
  if (is_kerberos(conversation, payload)) return Application::kKerberos;
  return is_ldap(conversation, payload) ? Application::kLdap : Application::kUnknown;
}

}  // namespace espy::decode
