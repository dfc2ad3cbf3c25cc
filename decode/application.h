// Application: a guess at which program speaks in a clear payload, by its content first and by its port second. For a report's
// reader, never for a verdict.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"

namespace espy::decode {

enum class Application : std::uint8_t {
  kUnknown,
  kTelnet,
  kVnc,
  kSsh,
  kHttp,
  kTls,
  kDns,
  kFtp,
  kSmtp,
  kSmb,
  kNfs,
  kPostgresql,
  kMysql,
  kLdap,
  kKerberos,
  kSyslog,
  kSnmp,
  kNtp,
  kRdp,
  kX11,
  kSynergy,
  kIcmp,
};

enum class GuessedBy : std::uint8_t { kNothing, kContent, kPort };

struct ApplicationGuess {
  Application application = Application::kUnknown;
  GuessedBy by = GuessedBy::kNothing;
};

// `protocol` is the IP protocol number; `payload` what follows its header, possibly empty or cut short. No allocation; thread-safe.
ApplicationGuess guess_application(std::uint8_t protocol, std::uint16_t source_port, std::uint16_t destination_port,
                                   base::Bytes payload) noexcept;

// "telnet", "vnc", "tls" …; "" for kUnknown.
std::string_view name(Application application);

}  // namespace espy::decode
