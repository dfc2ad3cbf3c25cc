#include <sys/stat.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/secret_strength.h"
#include "tests/config/ike_documents.h"

namespace espy::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

Document read(const std::string& text) { return read_with(read_ipsec_secrets, text); }

struct Strength {
  const char* secret;
  const char* why;  // empty: nothing speaks against it
};

class SecretStrength : public testing::TestWithParam<Strength> {};

TEST_P(SecretStrength, TellsWhy) {
  const auto secret = read_secret(GetParam().secret);
  ASSERT_TRUE(secret.has_value());
  const auto why = weakness(secret->secret());
  if (*GetParam().why == '\0') {
    EXPECT_FALSE(why.has_value()) << *why;
  } else {
    EXPECT_THAT(why.value_or("nothing"), HasSubstr(GetParam().why));
  }
}

INSTANTIATE_TEST_SUITE_P(Table, SecretStrength,
                         testing::Values(Strength{"", "is empty"}, Strength{"Tr0ub4dor&3", "is 11 octets long"},
                                         Strength{"abcabcabcabcabcabc", "same 3 octets"}, Strength{"0123456789abcdefgh", "neighbouring"},
                                         Strength{"MySecretPassword2024", "words and digits"},
                                         Strength{"aaaaabbbbbcccccddddd", "few different"},
                                         Strength{"0x00000000000000000000000000000000", "same 1 octets"},
                                         Strength{"correct horse battery staple", ""}, Strength{"0x1f8b5ac0d4e7392610af77c3b25e8d64", ""},
                                         Strength{"0sFpZAZqEN6Ti9sqt4ZP5EWcqx", ""}, Strength{"v+NkxY9LLZvwj4qCC2o/gGrWDF2d21jL", ""}));

TEST(Secrets, DecodesBase64AndHexadecimal) {
  EXPECT_EQ(read_secret("0sAQID").value(), ipsec::Key({1, 2, 3}));  // RFC 4648: AQID is 01 02 03
  EXPECT_EQ(read_secret("0x010203").value(), ipsec::Key({1, 2, 3}));
  EXPECT_FALSE(read_secret("0x01020").has_value());
  EXPECT_FALSE(read_secret("0s&&").has_value());
}

TEST(Secrets, ReadsEveryKindOfEntry) {
  const Document document = read(
      "# comment\n: RSA key.pem\n10.0.0.1 10.0.0.2 : PSK \"v+NkxY9LLZvwj4qCC2o/gGrWDF2d21jL\"\nfd00::1 %any: PSK "
      "0x1f8b5ac0d4e7392610af77c3b25e8d64\n"
      "@a @b : RSA {\n\tModulus: 0x03\n\t}\nuser : EAP \"x\"\n: PIN %smartcard 1234\n");
  EXPECT_THAT(document.findings, IsEmpty()) << all_words(document);
  EXPECT_THAT(document.errors, IsEmpty()) << all_words(document);
}

TEST(Secrets, TellsAnEntryWithoutColon) {
  const Document document = read("\n10.0.0.1 PSK \"v+NkxY9LLZvwj4qCC2o/gGrWDF2d21jL\"\n");
  ASSERT_THAT(document.errors, testing::SizeIs(1));
  EXPECT_EQ(document.errors[0].line, 2u);
}

TEST(Secrets, WeakSecretFiresAndStrongOneDoesNot) {
  EXPECT_THAT(codes_of(read("10.0.0.1 : PSK \"secret\"\n").findings), ElementsAre("config.weak-psk"));
  EXPECT_THAT(codes_of(read("10.0.0.1 : PSK \"v+NkxY9LLZvwj4qCC2o/gGrWDF2d21jL\"\n").findings), IsEmpty());
}

TEST(Secrets, TellsASecretUsedTwice) {
  const Document document = read(": PSK \"v+NkxY9LLZvwj4qCC2o/gGrWDF2d21jL\"\n10.0.0.1 : PSK \"v+NkxY9LLZvwj4qCC2o/gGrWDF2d21jL\"\n");
  EXPECT_THAT(codes_of(document.findings), ElementsAre("config.weak-psk"));
  EXPECT_EQ(document.findings.at(0).origin.line, 2u);
}

TEST(Secrets, ColonMayEndTheLastHost) {
  EXPECT_THAT(codes_of(read("10.0.0.1 fd00::2: PSK \"short\"\n").findings), ElementsAre("config.weak-psk"));
  EXPECT_THAT(codes_of(read("10.0.0.1 fd00::2 :PSK \"short\"\n").findings), ElementsAre("config.weak-psk"));
}

TEST(Secrets, ContinuesOnIndentedLines) {
  EXPECT_THAT(codes_of(read("10.0.0.1 :\n  PSK\n  \"short\"\n").findings), ElementsAre("config.weak-psk"));
}

TEST(Secrets, NeverShowsASecret) {
  const char* const texts[] = {": PSK \"hunter2\n", ": PSK hunter2\n", "hunter2\n", ": hunter2 \"hunter2\"\n", ": PSK 0xhunter2\n"};
  for (const char* text : texts) EXPECT_THAT(all_words(read(text)), Not(HasSubstr("hunter2"))) << text;
}

TEST(Secrets, TellsAFileThatOthersCanRead) {
  const std::string path = testing::TempDir() + "espy_secrets_test";
  const std::string text = ": PSK \"v+NkxY9LLZvwj4qCC2o/gGrWDF2d21jL\"\n";
  std::ofstream(path) << text;
  ASSERT_EQ(chmod(path.c_str(), 0640), 0);
  EXPECT_THAT(codes_of(read_with(read_ipsec_secrets, text, path).findings), ElementsAre("config.readable-secrets"));
  ASSERT_EQ(chmod(path.c_str(), 0600), 0);
  EXPECT_THAT(codes_of(read_with(read_ipsec_secrets, text, path).findings), IsEmpty());
  std::filesystem::remove(path);
}

TEST(Secrets, RandomKeysDoNotLookWeak) {
  // openssl rand -hex 16, three times
  for (const char* key :
       {"0x8d07b12c5f1e93a4d6602be17fc8394a", "0x3be0a1c7f25d48966e1f93b07ac2d815", "0xc2f4478e10d9b36a5507e8ad2c71f39b"}) {
    EXPECT_FALSE(key_weakness(read_secret(key)->secret()).has_value()) << key;
  }
  EXPECT_TRUE(key_weakness(read_secret("0x000102030405060708090a0b0c0d0e0f")->secret()).has_value());
  EXPECT_TRUE(key_weakness(read_secret("0xdeadbeefdeadbeefdeadbeefdeadbeef")->secret()).has_value());
}

}  // namespace
}  // namespace espy::config
