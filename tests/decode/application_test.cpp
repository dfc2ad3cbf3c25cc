// Payloads are written by hand after each protocol's own specification, or are what a well-known program sends.
#include "decode/application.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace espy::decode {
namespace {

using namespace std::string_view_literals;

constexpr std::uint8_t kTcp = 6;
constexpr std::uint8_t kUdp = 17;

base::Bytes bytes_of(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

struct Case {
  std::uint8_t protocol;
  std::string_view payload;
  Application application;
};

// None of these needs a port.
const Case kByContent[] = {
    {kTcp, "\xff\xfd\x18\xff\xfd\x20\xff\xfd\x23\xff\xfd\x27"sv, Application::kTelnet},
    {kTcp, "RFB 003.008\n"sv, Application::kVnc},
    {kTcp, "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"sv, Application::kSsh},
    {kTcp, "GET /index.html HTTP/1.1\r\nHost: example.org\r\n\r\n"sv, Application::kHttp},
    {kTcp, "HTTP/1.1 200 OK\r\n"sv, Application::kHttp},
    {kTcp, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"sv, Application::kHttp},
    {kTcp, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\xa1\xa2\xa3\xa4"sv, Application::kTls},
    {kTcp, "\x14\x03\x03\x00\x01\x01\x17\x03\x03\x00\x23"sv, Application::kTls},
    {kTcp, "\x15\x03\x03\x00\x02\x01\x00"sv, Application::kTls},
    {kUdp,
     "\xbe\xef\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07"
     "example\x03org\x00\x00\x01\x00\x01"sv,
     Application::kDns},
    {kTcp,
     "\x00\x1d\xbe\xef\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07"
     "example\x03org\x00\x00\x1c\x00\x01"sv,
     Application::kDns},
    {kTcp, "220 ftp.example.org FTP server ready\r\n"sv, Application::kFtp},
    {kTcp, "220 mx.example.org ESMTP Postfix\r\n"sv, Application::kSmtp},
    {kTcp, "EHLO client.example.org\r\n"sv, Application::kSmtp},
    {kTcp, "\x00\x00\x00\x54\xffSMB\x72\x00\x00\x00\x00"sv, Application::kSmb},
    {kTcp, "\x00\x00\x00\xe8\xfeSMB\x40\x00\x00\x00\x00"sv, Application::kSmb},
    {kUdp, "\x12\x34\x56\x78\x00\x00\x00\x00\x00\x00\x00\x02\x00\x01\x86\xa3\x00\x00\x00\x03\x00\x00\x00\x01"sv, Application::kNfs},
    {kTcp, "\x80\x00\x00\x28\x12\x34\x56\x78\x00\x00\x00\x00\x00\x00\x00\x02\x00\x01\x86\xa3\x00\x00\x00\x04"sv, Application::kNfs},
    {kTcp, "\x00\x00\x00\x08\x04\xd2\x16\x2f"sv, Application::kPostgresql},
    {kTcp,
     "\x00\x00\x00\x13\x00\x03\x00\x00user\x00"
     "alice\x00"sv,
     Application::kPostgresql},
    {kTcp, "Q\x00\x00\x00\x0eselect 1;\x00"sv, Application::kPostgresql},
    {kTcp,
     "\x27\x00\x00\x00\x0a"
     "8.0.36\x00\x01\x02\x03\x04"
     "abcdefgh\x00\xff\xf7\x21\x02\x00\xff\xdf\x15\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"sv,
     Application::kMysql},
    {kTcp, "\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\x00\x80\x00"sv, Application::kLdap},
    {kTcp, "\x30\x05\x02\x01\x03\x42\x00"sv, Application::kLdap},
    {kUdp, "\x6a\x81\xb6\x30\x81\xb3\xa1\x03\x02\x01\x05\xa2\x03\x02\x01\x0a"sv, Application::kKerberos},
    {kTcp, "\x00\x00\x00\xb9\x6a\x81\xb6\x30\x81\xb3\xa1\x03\x02\x01\x05\xa2\x03\x02\x01\x0a"sv, Application::kKerberos},
    {kUdp, "<34>Oct 11 22:14:15 host su: failed"sv, Application::kSyslog},
    {kUdp, "\x30\x18\x02\x01\x01\x04\x06public\xa0\x0b\x02\x01\x01\x02\x01\x00\x02\x01\x00\x30\x00"sv, Application::kSnmp},
    {kTcp, "\x03\x00\x00\x13\x0e\xe0\x00\x00\x00\x00\x00\x01\x00\x08\x00\x03\x00\x00\x00"sv, Application::kRdp},
    {kTcp, "\x03\x00\x00\x0b\x02\xf0\x80\x68\x00\x01\x03"sv, Application::kRdp},
    {kTcp, "l\x00\x0b\x00\x00\x00\x12\x00\x10\x00\x00\x00MIT-MAGIC-COOKIE-1"sv, Application::kX11},
    {kTcp, "B\x00\x00\x0b\x00\x00\x00\x00\x00\x00\x00\x00"sv, Application::kX11},
    {kTcp, "\x00\x00\x00\x0bSynergy\x00\x01\x00\x06"sv, Application::kSynergy},
    {kTcp,
     "\x00\x00\x00\x0b"
     "Barrier\x00\x01\x00\x06"sv,
     Application::kSynergy},
};

TEST(Application, IsKnownByItsContentOnAnyPort) {
  for (const Case& one : kByContent) {
    const ApplicationGuess guess = guess_application(one.protocol, 50'001, 50'002, bytes_of(one.payload));
    EXPECT_EQ(name(guess.application), name(one.application)) << testing::PrintToString(one.payload);
    EXPECT_EQ(guess.by, GuessedBy::kContent) << name(one.application);
  }
}

TEST(Application, ContentCountsMoreThanThePort) {
  EXPECT_EQ(guess_application(kTcp, 40'000, 80, bytes_of("SSH-2.0-x\r\n")).application, Application::kSsh);
}

// A shorter payload may only lose its name, never take another; on every length it is safe to read.
TEST(Application, EveryCutKeepsTheNameOrLosesIt) {
  for (const Case& one : kByContent) {
    for (std::size_t size = 0; size < one.payload.size(); ++size) {
      const std::vector<std::uint8_t> copy(one.payload.begin(), one.payload.begin() + static_cast<std::ptrdiff_t>(size));
      const ApplicationGuess guess = guess_application(one.protocol, 50'001, 50'002, copy);
      EXPECT_TRUE(guess.application == Application::kUnknown || guess.application == one.application) << name(one.application) << size;
    }
  }
}

TEST(Application, IsGuessedByItsPort) {
  struct PortCase {
    std::uint8_t protocol;
    std::uint16_t port;
    Application application;
  };
  const PortCase cases[] = {
      {kTcp, 20, Application::kFtp},         {kTcp, 22, Application::kSsh},          {kTcp, 23, Application::kTelnet},
      {kTcp, 25, Application::kSmtp},        {kUdp, 53, Application::kDns},          {kTcp, 80, Application::kHttp},
      {kTcp, 88, Application::kKerberos},    {kUdp, 123, Application::kNtp},         {kUdp, 161, Application::kSnmp},
      {kTcp, 389, Application::kLdap},       {kTcp, 443, Application::kTls},         {kTcp, 445, Application::kSmb},
      {kUdp, 514, Application::kSyslog},     {kTcp, 2049, Application::kNfs},        {kTcp, 3306, Application::kMysql},
      {kTcp, 3389, Application::kRdp},       {kTcp, 5432, Application::kPostgresql}, {kTcp, 5900, Application::kVnc},
      {kTcp, 5999, Application::kVnc},       {kTcp, 6000, Application::kX11},        {kTcp, 6063, Application::kX11},
      {kTcp, 24'800, Application::kSynergy}, {kTcp, 6064, Application::kUnknown},    {kTcp, 24, Application::kUnknown}};
  for (const PortCase& one : cases) {
    const GuessedBy by = one.application == Application::kUnknown ? GuessedBy::kNothing : GuessedBy::kPort;
    for (const auto& [source, destination] : {std::pair{std::uint16_t{50'000}, one.port}, std::pair{one.port, std::uint16_t{50'000}}}) {
      const ApplicationGuess guess = guess_application(one.protocol, source, destination, {});
      EXPECT_EQ(guess.application, one.application) << one.port;
      EXPECT_EQ(guess.by, by) << one.port;
    }
  }
}

TEST(Application, WeakSignsNeedTheirPort) {
  const std::string ntp = "\x23\x02\x06\x20" + std::string(44, '\0');
  EXPECT_EQ(guess_application(kUdp, 123, 123, bytes_of(ntp)).by, GuessedBy::kContent);
  EXPECT_EQ(guess_application(kUdp, 1024, 1025, bytes_of(ntp)).by, GuessedBy::kNothing);
  EXPECT_EQ(guess_application(kTcp, 40'000, 23, bytes_of("\xff\xfb\x01"sv)).by, GuessedBy::kContent);
  EXPECT_EQ(guess_application(kTcp, 40'000, 40'001, bytes_of("\xff\xfb\x01"sv)).by, GuessedBy::kNothing);
  EXPECT_EQ(guess_application(kTcp, 40'000, 21, bytes_of("USER anonymous\r\n"sv)).by, GuessedBy::kContent);
  EXPECT_EQ(guess_application(kTcp, 40'000, 110, bytes_of("USER anonymous\r\n"sv)).by, GuessedBy::kNothing);
  EXPECT_EQ(guess_application(kTcp, 21, 40'000, bytes_of("220 ready\r\n"sv)).application, Application::kFtp);
  EXPECT_EQ(guess_application(kTcp, 25, 40'000, bytes_of("220 ready\r\n"sv)).application, Application::kSmtp);
  EXPECT_EQ(guess_application(kTcp, 443, 40'000, bytes_of("\x17\x03\x03\x40\x11\x9c\x1d"sv)).by, GuessedBy::kContent);
  EXPECT_EQ(guess_application(kTcp, 4430, 40'000, bytes_of("\x17\x03\x03\x40\x11\x9c\x1d"sv)).by, GuessedBy::kNothing);
}

TEST(Application, RandomOctetsHaveNoContent) {
  std::mt19937 random(4303);
  std::vector<std::uint8_t> payload;
  for (std::size_t round = 0; round < 300'000; ++round) {
    payload.resize(round % 80);
    std::generate(payload.begin(), payload.end(), [&] { return static_cast<std::uint8_t>(random()); });
    const std::uint8_t protocol = round % 2 == 0 ? kTcp : kUdp;
    ASSERT_EQ(guess_application(protocol, 50'001, 4500, payload).by, GuessedBy::kNothing) << testing::PrintToString(payload);
  }
}

TEST(Application, NearMissesHaveNoContent) {
  const Case cases[] = {
      {kTcp, "\x16\x03\x09\x02\x00\x01\x00\x01\xfc\x03\x03"sv, Application::kUnknown},
      {kTcp, "\x16\x03\x01\x00\x00"sv, Application::kUnknown},
      {kTcp, "SSH-3.0-x"sv, Application::kUnknown},
      {kTcp, "GETTING /started"sv, Application::kUnknown},
      {kUdp, "<192>Oct 11 22:14:15"sv, Application::kUnknown},
      {kUdp, "<34>\x01\x02\x03\x04\x05\x06\x07\x08"sv, Application::kUnknown},
      {kUdp,
       "\xbe\xef\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x47"
       "example\x03org\x00\x00\x01\x00\x01"sv,
       Application::kUnknown},
      {kUdp,
       "\xbe\xef\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07"
       "example\x03org\x00\x00\x01\x00\x07"sv,
       Application::kUnknown},
      {kTcp, "\x00\x00\x00\x09\x04\xd2\x16\x2f"sv, Application::kUnknown},
      {kTcp, "\x03\x00\x00\x14\x0e\xe0\x00\x00\x00\x00\x00\x01\x00\x08\x00\x03\x00\x00\x00"sv, Application::kUnknown},
      {kUdp, "\x30\x19\x02\x01\x01\x04\x06public\xa0\x0b\x02\x01\x01\x02\x01\x00\x02\x01\x00\x30\x00"sv, Application::kUnknown},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(guess_application(one.protocol, 50'001, 50'002, bytes_of(one.payload)).by, GuessedBy::kNothing)
        << testing::PrintToString(one.payload);
  }
}

TEST(Application, IcmpIsItsOwnAndOtherProtocolsHaveNone) {
  EXPECT_EQ(guess_application(1, 8, 0, {}).application, Application::kIcmp);
  EXPECT_EQ(guess_application(58, 128, 0, {}).application, Application::kIcmp);
  EXPECT_EQ(guess_application(50, 22, 22, bytes_of("SSH-2.0-x")).by, GuessedBy::kNothing);
}

TEST(Application, EveryOneHasItsName) {
  EXPECT_EQ(name(Application::kUnknown), "");
  EXPECT_EQ(name(Application::kTelnet), "telnet");
  EXPECT_EQ(name(Application::kPostgresql), "postgresql");
  EXPECT_EQ(name(Application::kSynergy), "synergy");
  EXPECT_EQ(name(Application::kIcmp), "icmp");
  EXPECT_EQ(name(static_cast<Application>(200)), "");
}

}  // namespace
}  // namespace espy::decode
