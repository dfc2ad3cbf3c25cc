#include "decode/application.h"

#include <algorithm>
#include <array>

#include "decode/application_content.h"

namespace espy::decode {

namespace {

constexpr std::uint8_t kIcmpProtocol = 1;
constexpr std::uint8_t kTcpProtocol = 6;
constexpr std::uint8_t kUdpProtocol = 17;
constexpr std::uint8_t kIcmp6Protocol = 58;

struct PortRange {
  std::uint16_t first;
  std::uint16_t last;
  Application application;
};

constexpr std::array kPorts = std::to_array<PortRange>({
    {20, 21, Application::kFtp},
    {22, 22, Application::kSsh},
    {23, 23, Application::kTelnet},
    {25, 25, Application::kSmtp},
    {53, 53, Application::kDns},
    {80, 80, Application::kHttp},
    {88, 88, Application::kKerberos},
    {123, 123, Application::kNtp},
    {137, 139, Application::kSmb},
    {161, 162, Application::kSnmp},
    {389, 389, Application::kLdap},
    {443, 443, Application::kTls},
    {445, 445, Application::kSmb},
    {464, 464, Application::kKerberos},
    {465, 465, Application::kTls},
    {514, 514, Application::kSyslog},
    {587, 587, Application::kSmtp},
    {636, 636, Application::kTls},
    {853, 853, Application::kTls},
    {989, 990, Application::kTls},
    {992, 995, Application::kTls},
    {2049, 2049, Application::kNfs},
    {3268, 3268, Application::kLdap},
    {3269, 3269, Application::kTls},
    {3306, 3306, Application::kMysql},
    {3389, 3389, Application::kRdp},
    {5353, 5353, Application::kDns},
    {5355, 5355, Application::kDns},
    {5432, 5432, Application::kPostgresql},
    {5500, 5500, Application::kVnc},
    {5800, 5803, Application::kHttp},
    {5900, 5999, Application::kVnc},
    {6000, 6063, Application::kX11},
    {6514, 6514, Application::kTls},
    {8000, 8000, Application::kHttp},
    {8080, 8080, Application::kHttp},
    {8443, 8443, Application::kTls},
    {24800, 24800, Application::kSynergy},
});

static_assert(std::ranges::is_sorted(kPorts, {}, &PortRange::last));

Application application_of(std::uint16_t port) {
  const auto found = std::ranges::lower_bound(kPorts, port, {}, &PortRange::last);
  return found == kPorts.end() || port < found->first ? Application::kUnknown : found->application;
}

Application recognise(const Conversation& conversation, base::Bytes payload) noexcept {
  if (is_tls(conversation, payload)) return Application::kTls;
  for (const auto recogniser : {recognise_text, recognise_binary, recognise_asn1}) {
    const Application application = recogniser(conversation, payload);
    if (application != Application::kUnknown) return application;
  }
  return is_dns(conversation, payload) ? Application::kDns : Application::kUnknown;
}

// The program that was called, rather than the one that calls: a client may use any port.
Application by_port(const Conversation& conversation) {
  const Application called = application_of(conversation.destination_port);
  return called != Application::kUnknown ? called : application_of(conversation.source_port);
}

}  // namespace

ApplicationGuess guess_application(std::uint8_t protocol, std::uint16_t source_port, std::uint16_t destination_port,
                                   base::Bytes payload) noexcept {
  if (protocol == kIcmpProtocol || protocol == kIcmp6Protocol) return {Application::kIcmp, GuessedBy::kContent};
  if (protocol != kTcpProtocol && protocol != kUdpProtocol) return {};
  const Conversation conversation{protocol == kUdpProtocol, source_port, destination_port};
  const Application content = payload.empty() ? Application::kUnknown : recognise(conversation, payload);
  if (content != Application::kUnknown) return {content, GuessedBy::kContent};
  const Application port = by_port(conversation);
  return {port, port == Application::kUnknown ? GuessedBy::kNothing : GuessedBy::kPort};
}

std::string_view name(Application application) {
  constexpr std::array<std::string_view, 22> kNames = {"",     "telnet", "vnc", "ssh",        "http",    "tls",  "dns",      "ftp",
                                                       "smtp", "smb",    "nfs", "postgresql", "mysql",   "ldap", "kerberos", "syslog",
                                                       "snmp", "ntp",    "rdp", "x11",        "synergy", "icmp"};
  const auto index = static_cast<std::size_t>(application);
  return index < kNames.size() ? kNames[index] : std::string_view{};
}

}  // namespace espy::decode
