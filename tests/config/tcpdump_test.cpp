#include <gtest/gtest.h>

#include "tests/config/reading.h"

namespace espy::config {
namespace {

using E = ipsec::Encryption;

TEST(TcpdumpKeys, ReadsEntriesAndPassesOverIke) {
  const Document document =
      read_text(read_tcpdump_keys,
                "# keys of a laboratory\n"
                "0x12345678@192.1.2.45 3des-cbc-hmac96:0x4043434545464649494a4a4c4c4f4f515152525454575758\n"
                "ikev2 I 0x0011223344556677 0x8899aabbccddeeff sha1:0x00 aes128:0x00\n"
                "0xd1234567@fd00::1 aes256-cbc:0x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f,513@10.0.0.1 none:\r\n"
                "des-cbc:8letters\n");
  EXPECT_EQ(all_errors(document), "");
  const auto& associations = document.configuration.associations;
  ASSERT_EQ(associations.size(), 4U);
  EXPECT_EQ(associations[0].spi->value, 0x12345678U);
  EXPECT_EQ(base::to_string(associations[0].destination), "192.1.2.45");
  EXPECT_EQ(associations[0].source.length, 0);
  EXPECT_EQ(associations[0].encryption, E::kTripleDesCbc);
  EXPECT_EQ(associations[0].integrity, ipsec::Integrity::kAny);
  EXPECT_EQ(associations[0].icv_bits, 96);
  EXPECT_EQ(hex(associations[0].encryption_key), "4043434545464649494a4a4c4c4f4f515152525454575758");
  EXPECT_EQ(associations[1].encryption, E::kAesCbc);
  EXPECT_EQ(associations[1].integrity, ipsec::Integrity::kNone);
  EXPECT_EQ(associations[2].encryption, E::kNull);
  EXPECT_EQ(associations[2].spi->value, 513U);
  EXPECT_FALSE(associations[3].spi.has_value());
  EXPECT_TRUE(associations[3].key_from_text);
}

TEST(TcpdumpKeys, FollowsAFileLine) {
  const std::string text = "file " + data_path("tcpdump.keys") + "\n";
  const Document document = read_text(read_tcpdump_keys, text);
  EXPECT_EQ(all_errors(document), "");
  ASSERT_EQ(document.configuration.associations.size(), 1U);
  EXPECT_EQ(document.configuration.associations[0].origin.line, 2U);
  EXPECT_EQ(document.name, "file");
}

TEST(TcpdumpKeys, SaysWhatIsWrong) {
  struct Row {
    const char* text;
    const char* error;
  };
  const Row rows[] = {
      {"0x201@10.0.0.2", "file:1:1: the algorithm and the key are missing; write SPI@ADDRESS ALGORITHM:SECRET"},
      {"0x201 aes128-cbc:0x00",
       "file:1:1: '0x201' names no SA; write SPI@ADDRESS, like 0x12345678@192.0.2.1; the address is the destination"},
      {"0x201@gate aes128-cbc:0x00", "file:1:7: 'gate' is not an IP address; give it as numbers, like 10.0.0.1 or fd00::1"},
      {"0x201@10.0.0.2 aes12-cbc:0x00", "file:1:16: 'aes12-cbc' is no algorithm that espy knows from tcpdump; did you mean 'aes128'?"},
      {"0x201@10.0.0.2 aes128-cbc:0x00", "file:1:16: key of SPI 0x201 is 1 bytes; aes128-cbc needs 16"},
      {"0x201@10.0.0.2 aes128-cbc:0x000",
       "file:1:27: the key has an odd number of hexadecimal digits, 3; a digit is missing or doubled; write two for every byte, 0x05 and "
       "not 0x5"},
      {"0x201@10.0.0.2 aes128-cbc",
       "file:1:16: there is no ':' between an algorithm and its key; write ALGORITHM:0xKEY, like "
       "aes128-cbc:0x00112233445566778899aabbccddeeff"},
      {"0x201@10.0.0.2 aes128-cbc:0x00 more", "file:1:32: this entry has too many words; write SPI@ADDRESS ALGORITHM:SECRET"},
  };
  for (const Row& row : rows) EXPECT_EQ(all_errors(read_text(read_tcpdump_keys, row.text)), std::string(row.error) + "\n") << row.text;
}

}  // namespace
}  // namespace espy::config
