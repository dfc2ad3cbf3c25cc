#include <gtest/gtest.h>

#include "tests/config/reading.h"

namespace espy::config {
namespace {

using E = ipsec::Encryption;
using I = ipsec::Integrity;

TEST(EspSa, ReadsTheTableOfACapture) {
  const std::string text = data_file("auth-aes128-cbc-sha256-96.esp_sa");
  const Document document = read_text(read_esp_sa, text);
  EXPECT_EQ(all_errors(document), "");
  ASSERT_EQ(document.configuration.associations.size(), 2U);
  const auto& association = document.configuration.associations[0];
  EXPECT_EQ(association.spi->value, 0x200U);
  EXPECT_EQ(base::to_string(association.source), "10.0.0.1");
  EXPECT_EQ(association.encryption, E::kAesCbc);
  EXPECT_EQ(hex(association.encryption_key), "62fefd5b30a7afe07303127f0078628e");
  EXPECT_EQ(association.integrity, I::kHmacSha256);
  EXPECT_EQ(association.icv_bits, 96);
}

TEST(EspSa, ReadsTenFields) {
  const Document document = read_text(read_esp_sa,
                                      "\"IPv6\",\"fd00::1\",\"*\",\"*\",\"AES-GCM with 12 octet ICV "
                                      "[RFC4106]\",\"0x000102030405060708090a0b0c0d0e0f10111213\",\"NULL\",\"\",\"64-bit\",\"1a\"\r\n");
  EXPECT_EQ(all_errors(document), "");
  const auto& association = document.configuration.associations.at(0);
  EXPECT_FALSE(association.spi.has_value());
  EXPECT_EQ(association.destination.length, 0);
  EXPECT_EQ(association.destination.address.family, base::Family::kIpv6);
  EXPECT_EQ(association.icv_bits, 96);
  EXPECT_TRUE(association.esn);
  EXPECT_EQ(association.esn_high, 0x1aU);
}

ipsec::Association line_of(std::string_view source, std::string_view spi, std::string_view cipher = "\"NULL\",\"\"",
                           std::string_view authentication = "\"NULL\",\"\"") {
  const std::string text = "\"IPv4\",\"" + std::string(source) + "\",\"10.0.0.2\",\"" + std::string(spi) + "\"," + std::string(cipher) +
                           "," + std::string(authentication);
  const Document document = read_text(read_esp_sa, text);
  EXPECT_EQ(all_errors(document), "") << text;
  return document.configuration.associations.empty() ? ipsec::Association{} : document.configuration.associations[0];
}

TEST(EspSa, WildcardsBecomePrefixesAndMasks) {
  EXPECT_EQ(base::to_string(line_of("10.1.*.*", "*").source), "10.1.0.0/16");
  EXPECT_EQ(base::to_string(line_of("10.1.2.*", "*").source), "10.1.2.0/24");
  EXPECT_EQ(base::to_string(line_of("10.1.2.0/23", "*").source), "10.1.2.0/23");
  EXPECT_EQ(line_of("*", "0x12**5678").spi->value, 0x12005678U);
  EXPECT_EQ(line_of("*", "0x12**5678").spi_mask, 0xff00ffffU);
  EXPECT_EQ(line_of("*", "4096").spi->value, 4096U);
  EXPECT_FALSE(line_of("*", "0x********").spi.has_value());
}

TEST(EspSa, TakesAnyAuthenticationAndTextKeys) {
  const auto any = line_of("*", "1", "\"AES-CBC\",\"0123456789abcdef\"", "\"ANY 128 bit authentication [no checking]\",\"0x\"");
  EXPECT_EQ(any.integrity, I::kAny);
  EXPECT_EQ(any.icv_bits, 128);
  EXPECT_TRUE(any.key_from_text);
  EXPECT_EQ(any.encryption_key.size(), 16U);
  const auto old = line_of("*", "1", "\"AES-GCM [RFC4106]\",\"0x000102030405060708090a0b0c0d0e0f10111213\"",
                           "\"ANY 64 bit authentication [no checking]\",\"\"");
  EXPECT_EQ(old.icv_bits, 64);
  const auto escaped = line_of("*", "1", "\"DES-CBC\",\"abc\\x22\\x5cdef\"");
  EXPECT_EQ(escaped.encryption_key.size(), 8U);
  EXPECT_EQ(escaped.encryption_key.secret()[3], '"');
  EXPECT_EQ(escaped.encryption_key.secret()[4], '\\');
}

TEST(EspSa, AnUnknownAlgorithmIsKeptWithoutMeaning) {
  const auto association = line_of("*", "1", "\"MORUS-1280\",\"0x00\"");
  EXPECT_EQ(association.encryption, E::kUnknown);
  EXPECT_EQ(association.encryption_name, "MORUS-1280");
}

TEST(EspSa, SaysWhatIsWrong) {
  struct Row {
    const char* text;
    const char* error;
  };
  const Row rows[] = {
      {"\"IPv4\",\"10.0.0.1\"", "file:1:1: this line has 2 fields; a line of esp_sa has 8 or 10, each in quotes, with commas between them"},
      {"\"IPv4\",\"10.*.0.1\",\"*\",\"*\",\"NULL\",\"\",\"NULL\",\"\"",
       "file:1:9: espy cannot match the address '10.*.0.1'; leave open whole octets at the end (10.1.*.*), or give a prefix (10.1.0.0/16)"},
      {"\"IPv4\",\"fd00::1\",\"*\",\"*\",\"NULL\",\"\",\"NULL\",\"\"",
       "file:1:9: 'fd00::1' is no address of IPv4; change the first field or the address"},
      {"\"IPv4\",\"*\",\"*\",\"0x12\"*\",\"NULL\",\"\",\"NULL\",\"\"",
       "file:1:22: there is no comma between two fields; write \"field\",\"field\""},
      {"\"IPv4\",\"*\",\"*\",\"0x1*\",\"NULL\",\"\",\"NULL\",\"\"",
       "file:1:17: '0x1*' is no SPI; give 0x and eight digits, of which '*' leaves some open, or \"*\""},
      {"\"IPv4\",\"*\",\"*\",\"0x201\",\"AES-CBD\",\"0x00\",\"NULL\",\"\"",
       "file:1:25: 'AES-CBD' is no algorithm of esp_sa; did you mean 'AES-CBC'?"},
      {"\"IPv4\",\"*\",\"*\",\"0x201\",\"AES-CBC\",\"0x00\",\"NULL\",\"\"",
       "file:1:35: key of SPI 0x201 is 1 bytes; aes-cbc needs 16, 24 or 32"},
      {"\"IPv4\",\"*\",\"*\",\"0x201\",\"NULL\",\"", "file:1:31: this quote is never closed; put every field in double quotes"},
      {"\"IPX\",\"*\",\"*\",\"*\",\"NULL\",\"\",\"NULL\",\"\"",
       "file:1:2: 'IPX' is no protocol of esp_sa; give \"IPv4\", \"IPv6\" or \"Any\""},
      {"\"Any\",\"*\",\"*\",\"*\",\"NULL\",\"\",\"NULL\",\"\",\"33-bit\",\"0\"",
       "file:1:40: '33-bit' is no size of sequence numbers; give \"32-bit\" or \"64-bit\""},
  };
  for (const Row& row : rows) EXPECT_EQ(all_errors(read_text(read_esp_sa, row.text)), std::string(row.error) + "\n") << row.text;
}

}  // namespace
}  // namespace espy::config
