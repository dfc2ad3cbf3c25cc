// Programs that begin with words: banners, commands and requests.
#include <algorithm>
#include <array>
#include <string_view>

#include "decode/application_content.h"

namespace espy::decode {

namespace {

constexpr std::uint16_t kFtpPort = 21;
constexpr std::array<std::uint16_t, 3> kSmtpPorts{25, 587, 465};
constexpr std::size_t kLongestLine = 512;

struct Opening {
  std::string_view words;
  Application application;
};

constexpr std::array kOpenings = std::to_array<Opening>({
    {"SSH-2.0-", Application::kSsh},        {"SSH-1.", Application::kSsh},     {"RFB 003.", Application::kVnc},
    {"RFB 004.", Application::kVnc},        {"RFB 005.", Application::kVnc},   {"HTTP/1.", Application::kHttp},
    {"GET /", Application::kHttp},          {"GET http", Application::kHttp},  {"POST /", Application::kHttp},
    {"HEAD /", Application::kHttp},         {"PUT /", Application::kHttp},     {"DELETE /", Application::kHttp},
    {"PATCH /", Application::kHttp},        {"OPTIONS /", Application::kHttp}, {"OPTIONS * HTTP", Application::kHttp},
    {"CONNECT ", Application::kHttp},       {"TRACE /", Application::kHttp},   {"PROPFIND /", Application::kHttp},
    {"PRI * HTTP/2.0", Application::kHttp}, {"EHLO ", Application::kSmtp},     {"HELO ", Application::kSmtp},
    {"MAIL FROM:", Application::kSmtp},     {"RCPT TO:", Application::kSmtp},
});

// What openings begin with: most payloads begin with something else, and are not compared with each of them.
constexpr std::array kFirstLetters = [] {
  std::array<bool, 256> letters{};
  for (const Opening& opening : kOpenings) letters[static_cast<unsigned char>(opening.words.front())] = true;
  return letters;
}();

Application recognise_opening(std::string_view text) {
  if (text.empty() || !kFirstLetters[static_cast<unsigned char>(text.front())]) return Application::kUnknown;
  const auto found = std::ranges::find_if(kOpenings, [&](const Opening& opening) { return text.starts_with(opening.words); });
  return found == kOpenings.end() ? Application::kUnknown : found->application;
}

// Commands and answers that say FTP only together with its port: POP3, IRC and SMTP know some of them too.
constexpr std::array<std::string_view, 12> kFtpWords{"USER ", "PASS ", "RETR ", "STOR ", "PASV\r", "EPSV\r",
                                                     "PORT ", "TYPE ", "LIST",  "331 ",  "230 ",   "227 "};

std::string_view text_of(base::Bytes payload) {
  return {reinterpret_cast<const char*>(payload.data()), std::min(payload.size(), kLongestLine)};
}

bool is_printable(char letter) { return letter >= 0x20 && letter < 0x7f; }

// "220 mail.example.org ESMTP ready": both FTP and SMTP greet with 220.
Application recognise_greeting(const Conversation& conversation, std::string_view text) {
  if (!text.starts_with("220 ") && !text.starts_with("220-")) return Application::kUnknown;
  if (std::any_of(kSmtpPorts.begin(), kSmtpPorts.end(), [&](std::uint16_t port) { return conversation.uses(port); }))
    return Application::kSmtp;
  if (conversation.uses(kFtpPort)) return Application::kFtp;
  const std::string_view line = text.substr(0, text.find('\n'));
  if (line.find("SMTP") != std::string_view::npos) return Application::kSmtp;
  return line.find("FTP") != std::string_view::npos ? Application::kFtp : Application::kUnknown;
}

bool is_ftp(const Conversation& conversation, std::string_view text) {
  if (!conversation.uses(kFtpPort)) return false;
  return std::any_of(kFtpWords.begin(), kFtpWords.end(), [&](std::string_view words) { return text.starts_with(words); });
}

// "<34>Oct 11 …": a priority of at most 191 (RFC 5424 section 6.2.1) and text behind it.
bool is_syslog(std::string_view text) {
  constexpr int kHighestPriority = 191;
  constexpr std::size_t kSomeText = 8;
  if (!text.starts_with('<')) return false;
  int priority = 0;
  std::size_t at = 1;
  for (; at < text.size() && at <= 3 && text[at] >= '0' && text[at] <= '9'; ++at) priority = priority * 10 + (text[at] - '0');
  if (at == 1 || at >= text.size() || text[at] != '>' || priority > kHighestPriority) return false;
  const std::string_view message = text.substr(at + 1, kSomeText);
  return message.size() == kSomeText && std::all_of(message.begin(), message.end(), is_printable);
}

}  // namespace

Application recognise_text(const Conversation& conversation, base::Bytes payload) noexcept {
  const std::string_view text = text_of(payload);
  if (const Application opening = recognise_opening(text); opening != Application::kUnknown) return opening;
  if (const Application greeting = recognise_greeting(conversation, text); greeting != Application::kUnknown) return greeting;
  if (is_ftp(conversation, text)) return Application::kFtp;
  return is_syslog(text) ? Application::kSyslog : Application::kUnknown;
}

}  // namespace espy::decode
