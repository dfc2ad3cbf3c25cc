// Programs that begin with a binary header of their own.
#include <algorithm>
#include <array>
#include <string_view>

#include "decode/application_content.h"

namespace espy::decode {

namespace {

constexpr std::uint16_t kTelnetPort = 23;
constexpr std::uint16_t kNtpPort = 123;

bool begins_with(base::Bytes bytes, std::string_view words) {
  if (bytes.size() < words.size()) return false;
  return std::equal(words.begin(), words.end(), bytes.begin(),
                    [](char letter, std::uint8_t octet) { return static_cast<std::uint8_t>(letter) == octet; });
}

// RFC 854: IAC, WILL/WONT/DO/DONT, option. One command alone is too little without the port.
bool is_telnet(const Conversation& conversation, base::Bytes payload) {
  constexpr std::uint8_t kIac = 0xff;
  constexpr std::uint8_t kSubnegotiation = 0xfa;
  constexpr std::uint8_t kWill = 0xfb;
  constexpr std::uint8_t kDont = 0xfe;
  constexpr std::uint8_t kHighestOption = 50;
  constexpr std::size_t kCommandSize = 3;
  std::size_t commands = 0;
  while (payload.size() >= kCommandSize && payload[0] == kIac && payload[1] >= kWill && payload[1] <= kDont &&
         payload[2] < kHighestOption) {
    ++commands;
    payload = payload.subspan(kCommandSize);
  }
  if (commands >= 2) return true;
  const bool subnegotiation =
      payload.size() >= kCommandSize && payload[0] == kIac && payload[1] == kSubnegotiation && payload[2] < kHighestOption;
  return conversation.uses(kTelnetPort) && (commands == 1 || subnegotiation);
}

// \xffSMB or \xfeSMB behind a NetBIOS session header.
bool is_smb(base::Bytes payload) {
  constexpr std::size_t kNetbiosHeaderSize = 4;
  constexpr std::uint32_t kSmallestMessage = 32;
  if (payload.size() < 2 * kNetbiosHeaderSize || payload[0] != 0 || u24_at(payload, 1) < kSmallestMessage) return false;
  return payload[4] >= 0xfd && begins_with(payload.subspan(5), "SMB");
}

// RFC 5531: a call of version 2 to NFS, MOUNT or the NFS ACL program; over TCP behind a record mark.
bool is_nfs(const Conversation& conversation, base::Bytes payload) {
  constexpr std::uint32_t kRpcVersion = 2;
  constexpr std::array<std::uint32_t, 3> kPrograms{100'003, 100'005, 100'227};
  if (!conversation.udp && payload.size() >= 4) payload = payload.subspan(4);
  if (payload.size() < 16 || u32_at(payload, 4) != 0 || u32_at(payload, 8) != kRpcVersion) return false;
  return std::find(kPrograms.begin(), kPrograms.end(), u32_at(payload, 12)) != kPrograms.end();
}

// StartupMessage, SSLRequest, GSSENCRequest or CancelRequest.
bool is_postgresql_start(base::Bytes payload) {
  if (payload.size() < 8 || u32_at(payload, 0) != payload.size()) return false;
  const std::uint32_t code = u32_at(payload, 4);
  if (code == 80'877'103 || code == 80'877'104) return payload.size() == 8;
  if (code == 80'877'102) return payload.size() == 16;
  return (code == 0x0003'0000 || code == 0x0003'0002) && begins_with(payload.subspan(8), std::string_view("user\0", 5));
}

// A letter and a length, over and over, to the payload's very end.
bool is_postgresql_messages(base::Bytes payload) {
  constexpr std::string_view kTypes = "123ABCDEFGHIKNPQRSTVWXZcdfnpstv";
  constexpr std::size_t kHeaderSize = 5;
  while (payload.size() >= kHeaderSize) {
    const std::uint32_t size = u32_at(payload, 1);
    if (kTypes.find(static_cast<char>(payload[0])) == std::string_view::npos || size < 4 || size > payload.size() - 1) return false;
    payload = payload.subspan(size + 1);
    if (payload.empty()) return true;
  }
  return false;
}

// Protocol version 10 and a server version that begins with a digit.
bool is_mysql_greeting(base::Bytes payload) {
  constexpr std::size_t kSmallestGreeting = 34;
  if (payload.size() < kSmallestGreeting || payload[3] != 0 || payload[4] != 10) return false;
  const std::size_t size = payload[0] | static_cast<std::size_t>(payload[1]) << 8 | static_cast<std::size_t>(payload[2]) << 16;
  const bool version = payload[5] >= '0' && payload[5] <= '9' && (payload[6] == '.' || payload[7] == '.');
  return size == payload.size() - 4 && version;
}

// TPKT (RFC 1006) around an X.224 connection request, confirmation or data unit.
bool is_rdp(base::Bytes payload) {
  if (payload.size() < 7 || payload[0] != 3 || payload[1] != 0 || u16_at(payload, 2) != payload.size()) return false;
  const std::uint8_t length = payload[4];
  const std::uint8_t code = payload[5];
  if (code == 0xf0) return length == 2 && payload[6] == 0x80;
  return (code == 0xe0 || code == 0xd0) && length + 5U == payload.size();
}

// The client's connection setup: byte order, protocol 11.0, sizes of its authorization.
bool is_x11(base::Bytes payload) {
  constexpr std::size_t kSetupSize = 12;
  constexpr unsigned kLongestName = 64;
  if (payload.size() < kSetupSize || payload[1] != 0) return false;
  if (payload[0] == 'l')
    return payload[2] == 11 && payload[3] == 0 && u16_at(payload, 4) == 0 && payload[6] < kLongestName && payload[7] == 0;
  return payload[0] == 'B' && u16_at(payload, 2) == 11 && u16_at(payload, 4) == 0 && u16_at(payload, 6) < kLongestName;
}

bool is_synergy(base::Bytes payload) {
  if (payload.size() < 11 || u32_at(payload, 0) != payload.size() - 4) return false;
  return begins_with(payload.subspan(4), "Synergy") || begins_with(payload.subspan(4), "Barrier");
}

// RFC 5905: nothing but its port makes these 48 octets more than chance.
bool is_ntp(const Conversation& conversation, base::Bytes payload) {
  constexpr std::size_t kHeaderSize = 48;
  if (!conversation.udp || !conversation.uses(kNtpPort) || payload.size() < kHeaderSize) return false;
  const unsigned version = payload[0] >> 3 & 7;
  const unsigned mode = payload[0] & 7;
  return version >= 1 && version <= 4 && mode >= 1 && mode <= 5 && payload[1] <= 16;
}

Application recognise_tcp(const Conversation& conversation, base::Bytes payload) {
  if (is_telnet(conversation, payload)) return Application::kTelnet;
  if (is_smb(payload)) return Application::kSmb;
  if (is_postgresql_start(payload) || is_postgresql_messages(payload)) return Application::kPostgresql;
  if (is_mysql_greeting(payload)) return Application::kMysql;
  if (is_rdp(payload)) return Application::kRdp;
  if (is_x11(payload)) return Application::kX11;
  return is_synergy(payload) ? Application::kSynergy : Application::kUnknown;
}

}  // namespace

Application recognise_binary(const Conversation& conversation, base::Bytes payload) noexcept {
  if (is_nfs(conversation, payload)) return Application::kNfs;
  if (is_ntp(conversation, payload)) return Application::kNtp;
  return conversation.udp ? Application::kUnknown : recognise_tcp(conversation, payload);
}

}  // namespace espy::decode
