// The ciphers with published vectors. An SA without integrity shows the cipher alone; a vector of one block stands for CBC with an IV of
// zeros.
#include "tests/crypto/opening.h"

namespace espy::crypto {
namespace {

using E = ipsec::Encryption;

Parameters esp(E encryption, std::string_view secret, std::string_view salt = "") {
  Parameters parameters;
  parameters.encryption = encryption;
  parameters.encryption_key = key(secret);
  parameters.salt = key(salt);
  return parameters;
}

const char* const kHeader = "00000100 00000001";
const char* const kZero8 = "0000000000000000";
const char* const kZero16 = "00000000000000000000000000000000";

struct Vector {
  const char* source;
  E encryption;
  const char* key;
  const char* salt;
  const char* iv;
  const char* ciphertext;
  const char* plaintext;
};

// "Single block msg" and 00 to 1f, which the RFCs of the counter modes and of AES-CBC share.
const char* const kMessage = "53696e676c6520626c6f636b206d7367";
const char* const kCounting32 = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const char* const kCounting36 = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20212223";
const char* const kSchneier = "fedcba9876543210";

constexpr const char* kCast = "0123456789abcdef";
constexpr const char* kCamellia = "0123456789abcdeffedcba9876543210";

const Vector kVectors[] = {
    {"RFC 3602 section 4 case 1", E::kAesCbc, "06a9214036b8a15b512e03d534120006", "", "3dafba429d9eb430b422da802c9fac41",
     "e353779c1079aeb82708942dbe77181a", kMessage},
    {"RFC 3602 section 4 case 2", E::kAesCbc, "c286696d887c9aa0611bbb3e2025a45a", "", "562e17996d093d28ddb3ba695a2e6f58",
     "d296cd94c2cccf8a3a863028b5e1dc0a7586602d253cfff91b8266bea6d61ab1", kCounting32},
    {"SP 800-38A F.2.3", E::kAesCbc, "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b", "", "000102030405060708090a0b0c0d0e0f",
     "4f021db243bc633d7178183a9fa071e8", "6bc1bee22e409f96e93d7e117393172a"},
    {"SP 800-38A F.2.5", E::kAesCbc, "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", "",
     "000102030405060708090a0b0c0d0e0f", "f58c4c04d6e5f1ba779eabfb5f7bfbd6", "6bc1bee22e409f96e93d7e117393172a"},
    {"RFC 3686 section 6 vector 1", E::kAesCtr, "ae6852f8121067cc4bf7a5765577f39e", "00000030", "0000000000000000",
     "e4095d4fb7a7b3792d6175a3261311b8", kMessage},
    {"RFC 3686 section 6 vector 2", E::kAesCtr, "7e24067817fae0d743d6ce1f32539163", "006cb6db", "c0543b59da48d90b",
     "5104a106168a72d9790d41ee8edad388eb2e1efc46da57c8fce630df9141be28", kCounting32},
    {"RFC 3686 section 6 vector 3", E::kAesCtr, "7691be035e5020a8ac6e618529f9a0dc", "00e0017b", "27777f3f4a1786f0",
     "c1cf48a89f2ffdd9cf4652e9efdb72d74540a42bde6d7836d59a5ceaaef3105325b2072f", kCounting36},
    {"RFC 3686 section 6 vector 4", E::kAesCtr, "16af5b145fc9f579c175f93e3bfb0eed863d06ccfdb78515", "00000048", "36733c147d6d93cb",
     "4b55384fe259c9c84e7935a003cbe928", kMessage},
    {"RFC 3686 section 6 vector 7", E::kAesCtr, "776beff2851db06f4c8a0542c8696f6c6a81af1eec96b4d37fc1d689e6c1c104", "00000060",
     "db5672c97aa8f0b2", "145ad01dbf824ec7560863dc71e3e0c0", kMessage},
    {"RFC 5528 section 4.1 vector 1", E::kCamelliaCtr, "ae6852f8121067cc4bf7a5765577f39e", "00000030", "0000000000000000",
     "d09dc29a8214619a20877c76db1f0b3f", kMessage},
    {"RFC 5528 section 4.1 vector 2", E::kCamelliaCtr, "7e24067817fae0d743d6ce1f32539163", "006cb6db", "c0543b59da48d90b",
     "dbf3c78dc08396d4da7c907765bbcb442b8e8e0f31f0dca72c7417e35360e048", kCounting32},
    {"RFC 5528 section 4.1 vector 3", E::kCamelliaCtr, "7691be035e5020a8ac6e618529f9a0dc", "00e0017b", "27777f3f4a1786f0",
     "b19d1fcdcb75eb882f849ce24d85cf739ce64b2b5c9d73f14f2d5d9dce9889cddf508696", kCounting36},
    {"RFC 3713 appendix A 128", E::kCamelliaCbc, "0123456789abcdeffedcba9876543210", "", kZero16, "67673138549669730857065648eabe43",
     kCamellia},
    {"RFC 3713 appendix A 192", E::kCamelliaCbc, "0123456789abcdeffedcba98765432100011223344556677", "", kZero16,
     "b4993401b3e996f84ee5cee7d79b09b9", kCamellia},
    {"RFC 3713 appendix A 256", E::kCamelliaCbc, "0123456789abcdeffedcba987654321000112233445566778899aabbccddeeff", "", kZero16,
     "9acc237dff16d76c20ef7c919e3a7509", kCamellia},
    {"FIPS 81 table C1", E::kDesCbc, "0123456789abcdef", "", "1234567890abcdef", "e5c7cdde872bf27c43e934008c389c0f683788499a7c05f6",
     "4e6f77206973207468652074696d6520666f7220616c6c20"},
    {"SP 800-67 appendix B", E::kTripleDesCbc, "0123456789abcdef23456789abcdef01456789abcdef0123", "", kZero8, "a826fd8ce53b855f",
     "5468652071756663"},
    {"RFC 2144 appendix B.1 128", E::kCast128Cbc, "0123456712345678234567893456789a", "", kZero8, "238b4fe5847e44b2", kCast},
    {"RFC 2144 appendix B.1 80", E::kCast128Cbc, "01234567123456782345", "", kZero8, "eb6a711a2c02271b", kCast},
    {"RFC 2144 appendix B.1 40", E::kCast128Cbc, "0123456712", "", kZero8, "7ac816d16e9b302e", kCast},
    {"Schneier, ECB 1", E::kBlowfishCbc, "0000000000000000", "", kZero8, "4ef997456198dd78", kZero8},
    {"Schneier, CBC", E::kBlowfishCbc, "0123456789abcdeff0e1d2c3b4a59687", "", "fedcba9876543210",
     "6b77b4d63006dee605b156e27403979358deb9e7154616d959f1652bd5ff92cc",
     "37363534333231204e6f77206973207468652074696d6520666f722000000000"},
    {"Schneier, 40 bits", E::kBlowfishCbc, "f0e1d2c3b4", "", kZero8, "b39e44481bdb1e6e", kSchneier},
    {"Schneier, 56 bits", E::kBlowfishCbc, "f0e1d2c3b4a596", "", kZero8, "8bb77032f960629d", kSchneier},
    {"Schneier, 128 bits", E::kBlowfishCbc, "f0e1d2c3b4a5968778695a4b3c2d1e0f", "", kZero8, "93142887ee3be15c", kSchneier},
    {"Schneier, 160 bits", E::kBlowfishCbc, "f0e1d2c3b4a5968778695a4b3c2d1e0f00112233", "", kZero8, "10851c0e3858da9f", kSchneier},
    {"NESSIE Serpent-128 set 1 vector 0", E::kSerpentCbc, "80000000000000000000000000000000", "", kZero16,
     "264e5481eff42a4606abda06c0bfda3d", kZero16},
    {"NESSIE Serpent-192 set 1 vector 0", E::kSerpentCbc, "800000000000000000000000000000000000000000000000", "", kZero16,
     "9e274ead9b737bb21efcfca548602689", kZero16},
    {"NESSIE Serpent-256 set 1 vector 0", E::kSerpentCbc, "8000000000000000000000000000000000000000000000000000000000000000", "", kZero16,
     "a223aa1288463c0e2be38ebd825616c0", kZero16},
    {"Twofish paper, ECB_TBL 128", E::kTwofishCbc, kZero16, "", kZero16, "9f589f5cf6122c32b6bfec2f2ae8c35a", kZero16},
    {"Twofish paper, appendix A 256", E::kTwofishCbc, "0123456789abcdeffedcba987654321000112233445566778899aabbccddeeff", "", kZero16,
     "37527be0052334b89f0cfccae87cfa20", kZero16},
};

TEST(Cipher, AgreesWithPublishedVectors) {
  for (const Vector& vector : kVectors) {
    SCOPED_TRACE(vector.source);
    const Given given{.packet = hex(kHeader) + hex(vector.iv) + hex(vector.ciphertext)};
    const Opened expected{.check = Check::kNone, .opened = true, .plaintext = vector.plaintext};
    expect_everywhere(esp(vector.encryption, vector.key, vector.salt), given, expected);
  }
}

// Under the IV 12345678edcba987 the first block of FIPS 81's example is 4e6f772069732074 ^ 1234567890abcdef ^ 12345678edcba987.
TEST(Cipher, MakesTheIvFrom32BitsAndTheirComplement) {
  const std::string_view secret = "0123456789abcdef";
  const Opened expected{.check = Check::kNone, .opened = true, .plaintext = "4e6f77201413441c"};
  expect_everywhere(esp(E::kDes32Iv, secret), {.packet = hex("00000100 00000001 12345678 e5c7cdde872bf27c")}, expected);
  expect_everywhere(esp(E::kDesDeriv, secret), {.packet = hex("00000100 12345678 e5c7cdde872bf27c")}, expected);
  const std::string three = std::string(secret) + std::string(secret) + std::string(secret);
  expect_everywhere(esp(E::kTripleDesDeriv, three), {.packet = hex("00000100 12345678 e5c7cdde872bf27c")}, expected);
}

// RFC 1827 and RFC 1829: no sequence number between SPI and IV.
TEST(Cipher, ReadsTheOldHeader) {
  Parameters parameters = esp(E::kDes32Iv, "0123456789abcdef");
  parameters.old_header = true;
  expect_everywhere(parameters, {.packet = hex("00000100 12345678 e5c7cdde872bf27c")},
                    {.check = Check::kNone, .opened = true, .plaintext = "4e6f77201413441c"});
  parameters = esp(E::kDesCbc, "0123456789abcdef");
  parameters.old_header = true;
  expect_everywhere(parameters, {.packet = hex("00000100 1234567890abcdef e5c7cdde872bf27c")},
                    {.check = Check::kNone, .opened = true, .plaintext = "4e6f772069732074"});
}

TEST(Cipher, IgnoresTheParityOfDesKeys) {
  const Given given{.packet = hex(kHeader) + hex("1234567890abcdef e5c7cdde872bf27c")};
  expect_everywhere(esp(E::kDesCbc, "0022446688aaccee"), given, {.check = Check::kNone, .opened = true, .plaintext = "4e6f772069732074"});
}

// A key that a library calls weak is the key of the SA nevertheless. DES of zeros under a key of ones and zeros: FIPS 81's weak key
// encrypts twice to what it began with.
TEST(Cipher, TakesWeakKeys) {
  const Parameters parameters = esp(E::kDesCbc, "0101010101010101");
  const auto openssl = Library::force("openssl")->prepare(parameters);
  ASSERT_TRUE(openssl);
  const std::string once = open(**openssl, {.packet = hex(kHeader) + hex(kZero8) + hex(kZero8)}).plaintext;
  EXPECT_EQ(once.size(), 16U);
  expect_everywhere(parameters, {.packet = hex(kHeader) + hex(kZero8) + hex(once)},
                    {.check = Check::kNone, .opened = true, .plaintext = kZero8});
}

TEST(Cipher, LeavesWhatIsNotEncryptedInThePacket) {
  const Given given{.packet = hex(kHeader) + hex("0a0b0c 01 01 04"), .decrypt = false};
  expect_everywhere(esp(E::kNull, ""), given, {.check = Check::kNone, .opened = true, .plaintext = "0a0b0c010104"});
}

TEST(Cipher, NeedsNobodyToAskForThePlaintext) {
  const Given given{.packet = hex(kHeader) + hex(kZero8) + hex(kZero8), .decrypt = false};
  expect_everywhere(esp(E::kDesCbc, "0123456789abcdef"), given, {.check = Check::kNone});
}

// The block size is the cipher's: no cipher in CBC makes part of a block.
TEST(Cipher, RefusesBrokenBlocks) {
  const Parameters parameters = esp(E::kAesCbc, kZero16);
  for (std::size_t size = 0; size <= 200; ++size) {
    const bool whole = size >= 8 + 16 + 16 && (size - 8) % 16 == 0;
    for (const Backend* const backend : backends_for(parameters)) {
      const auto transform = backend->prepare(parameters);
      const Opened opened = open(**transform, {.packet = Octets(size)});
      EXPECT_EQ(opened.opened, whole) << size;
      EXPECT_EQ(opened.check, whole ? Check::kNone : Check::kBad) << size;
    }
  }
}

}  // namespace
}  // namespace espy::crypto
