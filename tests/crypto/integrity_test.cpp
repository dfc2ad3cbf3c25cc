// The integrity functions with the vectors of their RFCs. AH lays its ICV over whatever it is given, so that a vector's data can stand for
// the packet.
#include "tests/crypto/opening.h"

namespace espy::crypto {
namespace {

using I = ipsec::Integrity;

struct Vector {
  const char* source;
  I integrity;
  Octets key;
  Octets data;
  const char* output;  // whole
};

Octets repeated(std::uint8_t octet, std::size_t count) { return Octets(count, octet); }

Octets counting(std::size_t count) {
  Octets octets;
  for (std::size_t index = 0; index < count; ++index) octets.push_back(static_cast<std::uint8_t>(index));
  return octets;
}

const Octets kJefe = text_octets("Jefe");
const Octets kQuestion = text_octets("what do ya want for nothing?");
const Octets kGreeting = text_octets("Hi There");
const Octets kLongKeyText = text_octets("Test Using Larger Than Block-Size Key - Hash Key First");
const Octets kCmacKey = hex("2b7e151628aed2a6abf7158809cf4f3c");
const Octets kCmacData = hex(
    "6bc1bee22e409f96e93d7e117393172a ae2d8a571e03ac9c9eb76fac45af8e51 30c81c46a35ce411e5fbc1191a0a52ef f69f2445df4f9b17ad2b417be66c3710");

Octets first(const Octets& octets, std::size_t count) { return {octets.begin(), octets.begin() + static_cast<std::ptrdiff_t>(count)}; }

std::vector<Vector> vectors() {
  return {
      {"RFC 2202 section 2 case 1", I::kHmacMd5, repeated(0x0b, 16), kGreeting, "9294727a3638bb1c13f48ef8158bfc9d"},
      {"RFC 2202 section 2 case 2", I::kHmacMd5, kJefe, kQuestion, "750c783e6ab0b503eaa86e310a5db738"},
      {"RFC 2202 section 2 case 3", I::kHmacMd5, repeated(0xaa, 16), repeated(0xdd, 50), "56be34521d144c88dbb8c733f0e8b3f6"},
      {"RFC 2202 section 2 case 6", I::kHmacMd5, repeated(0xaa, 80), kLongKeyText, "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd"},
      {"RFC 2202 section 3 case 1", I::kHmacSha1, repeated(0x0b, 20), kGreeting, "b617318655057264e28bc0b6fb378c8ef146be00"},
      {"RFC 2202 section 3 case 2", I::kHmacSha1, kJefe, kQuestion, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"},
      {"RFC 2202 section 3 case 3", I::kHmacSha1, repeated(0xaa, 20), repeated(0xdd, 50), "125d7342b9ac11cd91a39af48aa17b4f63f175d3"},
      {"RFC 2202 section 3 case 6", I::kHmacSha1, repeated(0xaa, 80), kLongKeyText, "aa4ae5e15272d00e95705637ce8a3b55ed402112"},
      {"RFC 4231 section 4.2", I::kHmacSha256, repeated(0x0b, 20), kGreeting,
       "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
      {"RFC 4231 section 4.3", I::kHmacSha256, kJefe, kQuestion, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
      {"RFC 4231 section 4.7", I::kHmacSha256, repeated(0xaa, 131), kLongKeyText,
       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
      {"RFC 4231 section 4.2", I::kHmacSha384, repeated(0x0b, 20), kGreeting,
       "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6"},
      {"RFC 4231 section 4.3", I::kHmacSha384, kJefe, kQuestion,
       "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649"},
      {"RFC 4231 section 4.2", I::kHmacSha512, repeated(0x0b, 20), kGreeting,
       "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854"},
      {"RFC 4231 section 4.3", I::kHmacSha512, kJefe, kQuestion,
       "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"},
      {"RFC 2286 section 2 case 1", I::kHmacRipemd160, repeated(0x0b, 20), kGreeting, "24cb4bd67d20fc1a5d2ed7732dcc39377f0a5668"},
      {"RFC 2286 section 2 case 2", I::kHmacRipemd160, kJefe, kQuestion, "dda6c0213a485a9e24f4742064a7f033b43c4069"},
      {"RFC 2286 section 2 case 3", I::kHmacRipemd160, repeated(0xaa, 20), repeated(0xdd, 50), "b0b105360de759960ab4f35298e116e295d8e7c1"},
      {"RFC 3566 section 4.6 case 1", I::kAesXcbc, counting(16), {}, "75f0251d528ac01c4573dfd584d79f29"},
      {"RFC 3566 section 4.6 case 2", I::kAesXcbc, counting(16), counting(3), "5b376580ae2f19afe7219ceef172756f"},
      {"RFC 3566 section 4.6 case 3", I::kAesXcbc, counting(16), counting(16), "d2a246fa349b68a79998a4394ff7a263"},
      {"RFC 3566 section 4.6 case 4", I::kAesXcbc, counting(16), counting(20), "47f51b4564966215b8985c63055ed308"},
      {"RFC 3566 section 4.6 case 5", I::kAesXcbc, counting(16), counting(32), "f54f0ec8d2b9f3d36807734bd5283fd4"},
      {"RFC 3566 section 4.6 case 6", I::kAesXcbc, counting(16), counting(34), "becbb3bccdb518a30677d5481fb6b4d8"},
      {"RFC 3566 section 4.6 case 7", I::kAesXcbc, counting(16), repeated(0, 1000), "f0dafee895db30253761103b5d84528f"},
      {"RFC 4493 section 4 example 1", I::kAesCmac, kCmacKey, {}, "bb1d6929e95937287fa37d129b756746"},
      {"RFC 4493 section 4 example 2", I::kAesCmac, kCmacKey, first(kCmacData, 16), "070a16b46b4d4144f79bdd9dd04a287c"},
      {"RFC 4493 section 4 example 3", I::kAesCmac, kCmacKey, first(kCmacData, 40), "dfa66747de9ae63030ca32611497c827"},
      {"RFC 4493 section 4 example 4", I::kAesCmac, kCmacKey, kCmacData, "51f0bebf7e3b9d92fc49741779363cfe"},
      // hashlib.md5 and .sha1 over key, 0x80, zeros, length in bits, data, key, laid out as RFC 1828 section 2 and RFC 1852 section 2 say.
      {"RFC 1828 by hand", I::kKeyedMd5, counting(16), kQuestion, "b696cebd42a79a720fdfb873f44ad629"},
      {"RFC 1852 by hand", I::kKeyedSha1, counting(20), kQuestion, "d6fae5e6e054a5966db4bf36347a152d170749c1"},
      {"a key of 60 octets fills two blocks", I::kKeyedMd5, counting(60), kQuestion, "953f6014ba1eabde4fe247636136e7aa"},
      // hashlib's SM3 in the construction of RFC 2104.
      {"RFC 2104 by hand", I::kHmacSm3, counting(32), kQuestion, "06eece7e039516a3b27346544a2edd8f9935097d88c55209bbcebf071ea8923e"},
  };
}

Parameters ah(I integrity, const Octets& secret, std::size_t icv_size) {
  Parameters parameters;
  parameters.protocol = ipsec::Protocol::kAh;
  parameters.integrity = integrity;
  parameters.integrity_key = ipsec::Key(secret);
  parameters.icv_size = static_cast<std::uint8_t>(icv_size);
  return parameters;
}

TEST(Integrity, AgreesWithTheVectorsOfTheRfcs) {
  for (const Vector& vector : vectors()) {
    SCOPED_TRACE(vector.source);
    const Octets output = hex(vector.output);
    const auto size = ipsec::facts(vector.integrity).icv_size;
    for (const std::size_t icv_size : {std::size_t{size}, std::size_t{12}}) {
      SCOPED_TRACE(icv_size);
      const Given given{.packet = vector.data, .icv = first(output, icv_size)};
      expect_everywhere(ah(vector.integrity, vector.key, icv_size), given, {.check = Check::kGood});
    }
  }
}

TEST(Integrity, LooksAtEveryOctetOfTheIcv) {
  for (const Vector& vector : vectors()) {
    SCOPED_TRACE(vector.source);
    const std::size_t size = ipsec::facts(vector.integrity).icv_size;
    for (std::size_t index = 0; index < size; ++index) {
      Octets icv = first(hex(vector.output), size);
      icv[index] ^= 0x01;
      expect_everywhere(ah(vector.integrity, vector.key, size), {.packet = vector.data, .icv = icv}, {.check = Check::kBad});
    }
  }
}

TEST(Integrity, GoesOverHeaderPacketAndHighHalfInThisOrder) {
  for (const Vector& vector : vectors()) {
    if (vector.data.size() < 12) continue;
    SCOPED_TRACE(vector.source);
    const std::size_t size = ipsec::facts(vector.integrity).icv_size;
    const std::size_t middle = vector.data.size() - 4;
    const Octets end(vector.data.begin() + static_cast<std::ptrdiff_t>(middle), vector.data.end());
    Parameters parameters = ah(vector.integrity, vector.key, size);
    parameters.esn = true;
    Given given{.header = first(vector.data, 5),
                .packet = Octets(vector.data.begin() + 5, vector.data.begin() + static_cast<std::ptrdiff_t>(middle)),
                .icv = first(hex(vector.output), size),
                .esn_high = (std::uint32_t{end[0]} << 24) | (std::uint32_t{end[1]} << 16) | (std::uint32_t{end[2]} << 8) | end[3]};
    expect_everywhere(parameters, given, {.check = Check::kGood});
    given.esn_high ^= 1;
    expect_everywhere(parameters, given, {.check = Check::kBad});
  }
}

TEST(Integrity, RefusesAnIcvOfAnotherSize) {
  const Octets icv = hex("9294727a3638bb1c13f48ef8158bfc9d");
  for (std::size_t size = 0; size <= icv.size(); ++size) {
    const Given given{.packet = kGreeting, .icv = first(icv, size)};
    expect_everywhere(ah(I::kHmacMd5, repeated(0x0b, 16), 12), given, {.check = size == 12 ? Check::kGood : Check::kBad});
  }
}

TEST(Integrity, SaysWhereNothingWasAuthenticated) {
  Parameters parameters = ah(I::kAny, {}, 12);
  expect_everywhere(parameters, {.packet = kGreeting, .icv = Octets(12)}, {.check = Check::kNone});
  expect_everywhere(parameters, {.packet = kGreeting, .icv = Octets(11)}, {.check = Check::kBad});
}

// RFC 4543: the ICV field is IV and tag. The tag is that of AES-GCM without a plaintext: Python's cryptography.
TEST(Integrity, TakesTheIvOfGmacFromTheIcv) {
  Parameters parameters = ah(I::kAesGmac, hex("000102030405060708090a0b0c0d0e0f"), 24);
  parameters.salt = key("cafebabe");
  const Octets icv = hex("0001020304050607 7762065d01947acfa2ce4db49ece022c");
  expect_everywhere(parameters, {.header = counting(44), .packet = kQuestion, .icv = icv}, {.check = Check::kGood});
  for (std::size_t index = 0; index < icv.size(); ++index) {
    Octets changed = icv;
    changed[index] ^= 0x80;
    expect_everywhere(parameters, {.header = counting(44), .packet = kQuestion, .icv = changed}, {.check = Check::kBad});
  }
  parameters.esn = true;
  const Octets with_high = hex("0001020304050607 1b0d5f60d553556839d3d77801730f2a");
  expect_everywhere(parameters, {.header = counting(44), .packet = kQuestion, .icv = with_high, .esn_high = 5}, {.check = Check::kGood});
  expect_everywhere(parameters, {.header = counting(44), .packet = kQuestion, .icv = with_high, .esn_high = 6}, {.check = Check::kBad});
}

}  // namespace
}  // namespace espy::crypto
