// Whole ESP packets that RFCs and drafts print, with the plaintext that they print.
#include "tests/crypto/opening.h"

namespace espy::crypto {
namespace {

using E = ipsec::Encryption;

struct Sample {
  const char* source;
  E encryption;
  const char* key;
  const char* salt;
  std::uint8_t icv_size;
  bool esn;
  std::uint32_t esn_high;
  const char* header;  // SPI and sequence number as they are sent
  const char* iv;
  const char* ciphertext;
  const char* icv;
  const char* plaintext;
};

constexpr const char* kLegal = "6c6567616c697a656d6172696a75616e61616e64646f69746265666f72656961";

const Sample kSamples[] = {
    // draft-mcgrew-gcm-test-01 section 4; where its associated data has 12 octets, the middle four are the high half.
    {"GCM 1", E::kAesGcm, "4c80cdefbb5d10da906ac73c3613a634", "2e443b68", 16, true, 0x87654321, "00004321 00000000", "4956ed7e3b244cfe",
     "fecf537e729d5b07dc30df528dd22b768d1b98736696a6fd348509fa13ceac34cfa2436f14a3f3cf65925bf1f4a13c5d15b21e1884f5ff6247aeabb786b93bce"
     "61bc17d768fd9732",
     "459018148f6cbe722fd04796562dfdb4",
     "45000048699a000080114db7c0a80102c0a801010a9bf15638d301000001000000000000045f736970045f756470037369700963796265726369747902646b00"
     "0021000101020201"},
    {"GCM 2", E::kAesGcm, "feffe9928665731c6d6a8f9467308308", "cafebabe", 16, false, 0, "0000a5f8 0000000a", "facedbaddecaf888",
     "deb22cd9b07c72c16e3a65beeb8df304a5a5897d33ae530f1ba76d5d114d2a5c3de81827c10e9a4f51330d0eec416642cfbb85a5b47e48a4ec3b9ba95d918bd1",
     "83b70d3aa8bc6ee4c309e9d85a41ad4a",
     "4500003e698f000080114dccc0a80102c0a801010a980035002a2343b2d001000001000000000000037369700963796265726369747902646b00000100010001"},
    {"GCM 3", E::kAesGcm, "abbccddef00112233445566778899aababbccddef00112233445566778899aab", "11223344", 16, false, 0, "4a2cbfe3 00000002",
     "0102030405060708", "ff425c9b724599df7a3bcd510194e00d6a78107f1b0b1cbf06efae9d65a5d763748a637985771d347f0545659f14e99def842d8e",
     "b335f4eecfdbf831824b4c4915956c96",
     "4500003069a6400080062690c0a801029389155e0a9e008b2dc57ee0000000007002400020bf0000020405b40101040201020201"},
    {"GCM 7", E::kAesGcm, "feffe9928665731c6d6a8f9467308308feffe9928665731c", "cafebabe", 16, false, 0, "0000a5f8 0000000a",
     "facedbaddecaf888", "a5b1f8066029aea40e598b8122de02420938b3ab33f828e687b8858b5bfbdbd0315b27452144cc77",
     "95457b9652037f5318027b5b4cd7a636", "45000028a4ad4000400678800a01038f0a010612802306b8cb712602dd6bb03e501016d075680001"},
    {"GCM 12", E::kAesGcm, "7d773d00c144c525ac619d18c84a3f47", "d9664267", 16, false, 0, "335467ae ffffffff", "43457e9182443bc6",
     "437f866b", "cb3f699fe9b0822bac961c4504bef270", "01020201"},
    {"GCM 14", E::kAesGcm, kLegal, "7475726e", 16, true, 0xffffffff, "796b6963 ffffffff", "333021696765746d",
     "f97ab2aa356d8edce17644ac8c78e25dd24dedbb29ebf1b64a274b39b49c3a864cd3d78ca4ae68a32b42458fb57dbe821dcc63b9",
     "d0937ba2945f669368661a329fb4c053",
     "45000030da3a00008001df3bc0a80005c0a800010800c6cd020007006162636465666768696a6b6c6d6e6f707172737401020201"},
    // RFC 3602 section 4 case 5: transport mode, no integrity.
    {"CBC 5", E::kAesCbc, "90d382b410eeba7ad938c46cec1a82bf", "", 0, false, 0, "00004321 00000001", "e96e8c08ab465763fd098d45dd3ff893",
     "f663c25d325c18c6a9453e194e120849a4870b66cc6b9965330013b4898dc856a4699e523a55db080b59ec3a8e4b7e52775b07d1db34ed9c538ab50c551b874a"
     "a269add047ad2d5913ac19b7cfbad4a6",
     "",
     "08000ebda70a00008e9c083db95b070008090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f3031323334353637"
     "0102030405060708090a0b0c0d0e0e01"},
    // RFC 7634 appendix A.
    {"ChaCha20", E::kChaCha20Poly1305, "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f", "a0a1a2a3", 16, false, 0,
     "01020304 00000005", "1011121314151617",
     "24039428b97f417e3c13753a4f05087b67c352e6a7fab1b982d466ef407ae5c614ee8099d52844eb61aa95dfab4c02f72aa71e7c4c4f64c9befe2facc638e8f3"
     "cbec163fac469b502773f6fb94e664da9165b82829f641e0",
     "76aaa8266b7fb0f7b11b369907e1ad43",
     "45000054a6f200004001e778c6336405c000020508005b7a3a080000553bec100007362708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20212223"
     "2425262728292a2b2c2d2e2f303132333435363701020204"},
    // RFC 4309, 4106, 4543, 7634 and 8750 by hand: nonce and associated data laid out as they say, AEAD by Python's cryptography.
    {"CCM 128, ICV 8", E::kAesCcm, "030a11181f262d343b424950575e656c", "a1b2c3", 8, false, 0x0, "c0ffee01 00000007", "0011223344556677",
     "1ef3a0e2e609d88d43d0aef1112cb9f99303b5d68312fd1a1c6516268bbaf18e7e3b2a9016e8e120cdafc2702f974c3d1652e28a", "5a3945606857647a",
     "45000030da3a00008001df3bc0a80005c0a800010800c6cd020007006162636465666768696a6b6c6d6e6f707172737401020204"},
    {"CCM 128, ICV 8, ESN", E::kAesCcm, "030a11181f262d343b424950575e656c", "a1b2c3", 8, true, 0x9, "c0ffee01 00000007", "0011223344556677",
     "1ef3a0e2e609d88d43d0aef1112cb9f99303b5d68312fd1a1c6516268bbaf18e7e3b2a9016e8e120cdafc2702f974c3d1652e28a", "8ac4d1c5bc9d95e0",
     "45000030da3a00008001df3bc0a80005c0a800010800c6cd020007006162636465666768696a6b6c6d6e6f707172737401020204"},
    {"CCM 192, ICV 12", E::kAesCcm, "030a11181f262d343b424950575e656c737a81888f969da4", "a1b2c3", 12, false, 0x0, "c0ffee01 00000007",
     "0011223344556677", "e7689a3de0ff0ffe2b17fb28f7759549d224af771a505cf3540f4322d99f7ce3c343f4b589b577309282f5636009f92e49b43ca8",
     "462a19dd3688153b7277ebd0",
     "45000030da3a00008001df3bc0a80005c0a800010800c6cd020007006162636465666768696a6b6c6d6e6f707172737401020204"},
    {"CCM 192, ICV 12, ESN", E::kAesCcm, "030a11181f262d343b424950575e656c737a81888f969da4", "a1b2c3", 12, true, 0x9, "c0ffee01 00000007",
     "0011223344556677", "e7689a3de0ff0ffe2b17fb28f7759549d224af771a505cf3540f4322d99f7ce3c343f4b589b577309282f5636009f92e49b43ca8",
     "0ac2b1302fcc6363d75cc75e",
     "45000030da3a00008001df3bc0a80005c0a800010800c6cd020007006162636465666768696a6b6c6d6e6f707172737401020204"},
    {"CCM 256, ICV 16", E::kAesCcm, "030a11181f262d343b424950575e656c737a81888f969da4abb2b9c0c7ced5dc", "a1b2c3", 16, false, 0x0,
     "c0ffee01 00000007", "0011223344556677",
     "a94fcb732a3c7130f705c106eb002723437f73630ab09610cbc3179eb34210ae9171d5428b627d09af26698646e05dfe884ade75",
     "9a37e7408245932d8395a338d1003f3d",
     "45000030da3a00008001df3bc0a80005c0a800010800c6cd020007006162636465666768696a6b6c6d6e6f707172737401020204"},
    {"CCM 256, ICV 16, ESN", E::kAesCcm, "030a11181f262d343b424950575e656c737a81888f969da4abb2b9c0c7ced5dc", "a1b2c3", 16, true, 0x9,
     "c0ffee01 00000007", "0011223344556677",
     "a94fcb732a3c7130f705c106eb002723437f73630ab09610cbc3179eb34210ae9171d5428b627d09af26698646e05dfe884ade75",
     "bad9ea1b3896971485fd4b378d559547",
     "45000030da3a00008001df3bc0a80005c0a800010800c6cd020007006162636465666768696a6b6c6d6e6f707172737401020204"},
    {"GCM, ICV 8", E::kAesGcm, "030a11181f262d343b424950575e656c", "a1b2c3d4", 8, false, 0x0, "c0ffee01 00000007", "0011223344556677",
     "1b518ef2c3bc49cc86dfcca27b91d9a19406f512340b851264aa0c927ff1493bd4ff0eb18af1e86a3513770c7f7603c28319a5c7", "a508b25febca9df6",
     "45000030da3a00008001df3bc0a80005c0a800010800c6cd020007006162636465666768696a6b6c6d6e6f707172737401020204"},
    {"GCM, ICV 12", E::kAesGcm, "030a11181f262d343b424950575e656c", "a1b2c3d4", 12, false, 0x0, "c0ffee01 00000007", "0011223344556677",
     "1b518ef2c3bc49cc86dfcca27b91d9a19406f512340b851264aa0c927ff1493bd4ff0eb18af1e86a3513770c7f7603c28319a5c7", "a508b25febca9df6eebc9c21",
     "45000030da3a00008001df3bc0a80005c0a800010800c6cd020007006162636465666768696a6b6c6d6e6f707172737401020204"},
    {"ChaCha20, ESN", E::kChaCha20Poly1305, "030a11181f262d343b424950575e656c737a81888f969da4abb2b9c0c7ced5dc", "a1b2c3d4", 16, true, 0x9,
     "c0ffee01 00000007", "0011223344556677",
     "1e3e3ece0874c600d6e833cb5dd1d1a311b76263dc5b8fadb8c07a75a1d92cd18283d55d0b6541e990c3c6b4c89f6e8c8951c95a",
     "b435db0fd0b37a85a3add0fa3da5da7f",
     "45000030da3a00008001df3bc0a80005c0a800010800c6cd020007006162636465666768696a6b6c6d6e6f707172737401020204"},
    {"GMAC 128", E::kAesGmac, "030a11181f262d343b424950575e656c", "a1b2c3d4", 16, false, 0x0, "c0ffee01 00000007", "0011223344556677",
     "45000030da3a00008001df3bc0a80005c0a800010800c6cd020007006162636465666768696a6b6c6d6e6f707172737401020204",
     "5b6fb2f11702d5b0678c7492ec755df1",
     "45000030da3a00008001df3bc0a80005c0a800010800c6cd020007006162636465666768696a6b6c6d6e6f707172737401020204"},
    {"GMAC 128, ESN", E::kAesGmac, "030a11181f262d343b424950575e656c", "a1b2c3d4", 16, true, 0x9, "c0ffee01 00000007", "0011223344556677",
     "45000030da3a00008001df3bc0a80005c0a800010800c6cd020007006162636465666768696a6b6c6d6e6f707172737401020204",
     "120170a722bd1f14a6c693f5be35da13",
     "45000030da3a00008001df3bc0a80005c0a800010800c6cd020007006162636465666768696a6b6c6d6e6f707172737401020204"},
    {"GMAC 192", E::kAesGmac, "030a11181f262d343b424950575e656c737a81888f969da4", "a1b2c3d4", 16, false, 0x0, "c0ffee01 00000007",
     "0011223344556677", "45000030da3a00008001df3bc0a80005c0a800010800c6cd020007006162636465666768696a6b6c6d6e6f707172737401020204",
     "2079af3e0394b6becfc3c6af79bee6a7",
     "45000030da3a00008001df3bc0a80005c0a800010800c6cd020007006162636465666768696a6b6c6d6e6f707172737401020204"},
    {"GMAC 192, ESN", E::kAesGmac, "030a11181f262d343b424950575e656c737a81888f969da4", "a1b2c3d4", 16, true, 0x9, "c0ffee01 00000007",
     "0011223344556677", "45000030da3a00008001df3bc0a80005c0a800010800c6cd020007006162636465666768696a6b6c6d6e6f707172737401020204",
     "5cb7c258c329275793dd61d597906de0",
     "45000030da3a00008001df3bc0a80005c0a800010800c6cd020007006162636465666768696a6b6c6d6e6f707172737401020204"},
    {"GMAC 256", E::kAesGmac, "030a11181f262d343b424950575e656c737a81888f969da4abb2b9c0c7ced5dc", "a1b2c3d4", 16, false, 0x0,
     "c0ffee01 00000007", "0011223344556677",
     "45000030da3a00008001df3bc0a80005c0a800010800c6cd020007006162636465666768696a6b6c6d6e6f707172737401020204",
     "87cab21a883066510287fae1e2d66cb9",
     "45000030da3a00008001df3bc0a80005c0a800010800c6cd020007006162636465666768696a6b6c6d6e6f707172737401020204"},
    {"GMAC 256, ESN", E::kAesGmac, "030a11181f262d343b424950575e656c737a81888f969da4abb2b9c0c7ced5dc", "a1b2c3d4", 16, true, 0x9,
     "c0ffee01 00000007", "0011223344556677",
     "45000030da3a00008001df3bc0a80005c0a800010800c6cd020007006162636465666768696a6b6c6d6e6f707172737401020204",
     "cf39b35cb891bdc69377b441a12df5b8",
     "45000030da3a00008001df3bc0a80005c0a800010800c6cd020007006162636465666768696a6b6c6d6e6f707172737401020204"},
    {"GCM, implicit IV", E::kAesGcmIiv, "030a11181f262d343b424950575e656c737a81888f969da4abb2b9c0c7ced5dc", "a1b2c3d4", 16, false, 0x0,
     "c0ffee01 00000007", "", "cf827f21a2aa8923e7ca7c98f4316908184df1fd46b05f1a10bc47b6cbc5488a7a03b064771a8444d792f75dc2c92b80ffaaa053",
     "132824953817dcf00781e8cb1c8919bf",
     "45000030da3a00008001df3bc0a80005c0a800010800c6cd020007006162636465666768696a6b6c6d6e6f707172737401020204"},
    {"ChaCha20, implicit IV", E::kChaCha20Poly1305Iiv, "030a11181f262d343b424950575e656c737a81888f969da4abb2b9c0c7ced5dc", "a1b2c3d4", 16,
     false, 0x0, "c0ffee01 00000007", "",
     "818b219e83c564d2d234976400680ccb60e62e66fde3b9cf06240a8d617315041c382ab7c2cbf920d4b57bc83357d0573d302f5f",
     "60d3354dfd2bae1643641530c717970a",
     "45000030da3a00008001df3bc0a80005c0a800010800c6cd020007006162636465666768696a6b6c6d6e6f707172737401020204"},
    {"CCM, implicit IV", E::kAesCcmIiv, "030a11181f262d343b424950575e656c", "a1b2c3", 8, false, 0x0, "c0ffee01 00000007", "",
     "fa938d0657cc0a6f15d2c75e8ef1f43097282f5d8409a020d33bb590dbfa85694cc36194f93cc5136ee780ad28a641b6eab5b296", "579f68a63ecf4597",
     "45000030da3a00008001df3bc0a80005c0a800010800c6cd020007006162636465666768696a6b6c6d6e6f707172737401020204"},
    {"GCM, implicit IV, ESN", E::kAesGcmIiv, "030a11181f262d343b424950575e656c737a81888f969da4abb2b9c0c7ced5dc", "a1b2c3d4", 16, true, 0x9,
     "c0ffee01 00000007", "", "c1162da6415921dea8f745a05a780e38fe6b17c7d33151d09111a74e63d3d2e53459f33a8ad3f17d32d8be2693c997b60ba3afc4",
     "b86fdd325ab240feefd0fe47dc7e7a5f",
     "45000030da3a00008001df3bc0a80005c0a800010800c6cd020007006162636465666768696a6b6c6d6e6f707172737401020204"},
    {"ChaCha20, implicit IV, ESN", E::kChaCha20Poly1305Iiv, "030a11181f262d343b424950575e656c737a81888f969da4abb2b9c0c7ced5dc", "a1b2c3d4",
     16, true, 0x9, "c0ffee01 00000007", "",
     "42e6da04360003d8357aaa1cf393730c97ba83c5d1ba021c39bd8285d3e02c2f4cc74b1edd9469e432cec2c076cf2276d19e662d",
     "97ddd617d582aa61d3540d9fe0c43ab6",
     "45000030da3a00008001df3bc0a80005c0a800010800c6cd020007006162636465666768696a6b6c6d6e6f707172737401020204"},
    {"CCM, implicit IV, ESN", E::kAesCcmIiv, "030a11181f262d343b424950575e656c", "a1b2c3", 8, true, 0x9, "c0ffee01 00000007", "",
     "8bcd0fe277d6e7d52c31540cc8b26efcd786c37f935ab71db26f39f9085e823b39b7c482ee65b77fbe58e35160cb600ca7824cbb", "2fbe39ff87906538",
     "45000030da3a00008001df3bc0a80005c0a800010800c6cd020007006162636465666768696a6b6c6d6e6f707172737401020204"},
};

Parameters parameters_of_sample(const Sample& sample) {
  Parameters parameters;
  parameters.encryption = sample.encryption;
  parameters.encryption_key = key(sample.key);
  parameters.salt = key(sample.salt);
  parameters.icv_size = sample.icv_size;
  parameters.esn = sample.esn;
  return parameters;
}

Given given_of(const Sample& sample) {
  return {.packet = hex(sample.header) + hex(sample.iv) + hex(sample.ciphertext) + hex(sample.icv), .esn_high = sample.esn_high};
}

TEST(EspPacket, OpensAsItsRfcSays) {
  for (const Sample& sample : kSamples) {
    SCOPED_TRACE(sample.source);
    const Check check = sample.icv_size > 0 ? Check::kGood : Check::kNone;
    Given given = given_of(sample);
    expect_everywhere(parameters_of_sample(sample), given, {.check = check, .opened = true, .plaintext = sample.plaintext});
    given.decrypt = false;
    const bool readable = sample.encryption == ipsec::Encryption::kAesGmac;
    expect_everywhere(parameters_of_sample(sample), given,
                      {.check = check, .opened = readable, .plaintext = readable ? sample.plaintext : ""});
  }
}

TEST(EspPacket, HasNoOctetThatMayChange) {
  for (const Sample& sample : kSamples) {
    if (sample.icv_size == 0) continue;
    SCOPED_TRACE(sample.source);
    const Parameters parameters = parameters_of_sample(sample);
    for (const Backend* const backend : backends_for(parameters)) {
      const auto transform = backend->prepare(parameters);
      Given given = given_of(sample);
      for (std::uint8_t& octet : given.packet) {
        octet ^= 0x10;
        const Opened opened = open(**transform, given);
        EXPECT_EQ(opened.check, Check::kBad) << backend->name() << " at " << (&octet - given.packet.data());
        EXPECT_TRUE(opened.opened);
        octet ^= 0x10;
      }
      EXPECT_EQ(open(**transform, given).check, Check::kGood);
    }
  }
}

// What was decrypted is there for the diagnosis of a bad ICV: one that the ICV does not touch leaves it whole.
TEST(EspPacket, IsDecryptedWhateverItsIcv) {
  for (const Sample& sample : kSamples) {
    if (sample.icv_size == 0) continue;
    SCOPED_TRACE(sample.source);
    Given given = given_of(sample);
    given.packet.back() ^= 0x01;
    expect_everywhere(parameters_of_sample(sample), given, {.check = Check::kBad, .opened = true, .plaintext = sample.plaintext});
  }
}

TEST(EspPacket, CountsTheHighHalfOnlyWithExtendedNumbers) {
  for (const Sample& sample : kSamples) {
    if (sample.icv_size == 0) continue;
    SCOPED_TRACE(sample.source);
    Given given = given_of(sample);
    given.esn_high ^= 0x00010000;
    const Parameters parameters = parameters_of_sample(sample);
    for (const Backend* const backend : backends_for(parameters))
      EXPECT_EQ(open(**backend->prepare(parameters), given).check, sample.esn ? Check::kBad : Check::kGood) << backend->name();
  }
}

TEST(EspPacket, MayHaveAnyLength) {
  for (const Sample& sample : kSamples) {
    SCOPED_TRACE(sample.source);
    const Parameters parameters = parameters_of_sample(sample);
    const Octets whole = given_of(sample).packet;
    for (const Backend* const backend : backends_for(parameters)) {
      const auto transform = backend->prepare(parameters);
      for (std::size_t size = 0; size <= 200; ++size) {
        Octets packet = whole;
        packet.resize(size);
        const Opened opened = open(**transform, {.packet = packet, .esn_high = sample.esn_high});
        EXPECT_EQ(opened.opened, (*transform)->layout().fits(size));
        if (size != whole.size()) {
          EXPECT_NE(opened.check, Check::kGood) << size;
        }
      }
    }
  }
}

}  // namespace
}  // namespace espy::crypto
