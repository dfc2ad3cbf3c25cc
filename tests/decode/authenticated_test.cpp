// mute_for_ah() against data/ah-vectors.txt: kernels' packets whose ICVs were proven with the key, and packets that Scapy muted
// (data/make_ah_vectors.py says how). Never against espy's own output.
#include "decode/authenticated.h"

#include <gtest/gtest.h>

#include <array>
#include <set>

#include "decode/esp_content.h"
#include "tests/decode/frames.h"

namespace espy::decode {
namespace {

struct Vector {
  std::string name;
  std::size_t security = 0;
  Muting muting;
  std::string opened;  // "index:next header:offset:size", or "-"
  std::vector<std::uint8_t> frame;
  std::vector<std::uint8_t> header;
};

std::vector<Vector> vectors() {
  std::ifstream file(test::data_path("ah-vectors.txt"));
  std::vector<Vector> all;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream words(line);
    std::string frame, header;
    Vector vector;
    words >> vector.name >> vector.security >> vector.muting.icv_size >> vector.muting.old_header >> vector.opened >> frame >> header;
    vector.frame = test::from_hex(frame);
    vector.header = test::from_hex(header);
    all.push_back(std::move(vector));
  }
  return all;
}

Vector vector_named(const std::string& name) {
  for (Vector& vector : vectors()) {
    if (vector.name == name) return vector;
  }
  ADD_FAILURE() << "no vector " << name;
  std::abort();
}

OpenedContent content_of(const std::string& text) {
  std::istringstream words(text);
  unsigned security = 0, next_header = 0;
  OpenedContent content;
  char colon = 0;
  words >> security >> colon >> next_header >> colon >> content.offset >> colon >> content.size;
  content.security = static_cast<std::uint8_t>(security);
  content.next_header = static_cast<std::uint8_t>(next_header);
  return content;
}

Packet parsed(const Vector& vector, base::Bytes frame) {
  Packet packet;
  parse_datagram(frame, static_cast<std::uint32_t>(vector.frame.size()), {}, packet);
  if (vector.opened != "-") parse_opened(frame, content_of(vector.opened), {}, packet);
  return packet;
}

struct Muted {
  std::array<std::uint8_t, kMaxAuthenticatedHeader> room{};
  std::optional<AuthenticatedHeader> result;

  std::vector<std::uint8_t> octets() const {
    if (!result) return {};
    return {room.begin(), room.begin() + static_cast<std::ptrdiff_t>(result->size)};
  }
};

Muted mute(const Vector& vector, base::Bytes frame, const Muting& muting) {
  Muted muted;
  muted.result = mute_for_ah(frame, parsed(vector, frame), vector.security, muting, muted.room);
  return muted;
}
Muted mute(const Vector& vector) { return mute(vector, vector.frame, vector.muting); }

// Where two runs of octets differ, as "offset: left right".
std::vector<std::string> differences(const std::vector<std::uint8_t>& left, const std::vector<std::uint8_t>& right) {
  std::vector<std::string> found;
  for (std::size_t at = 0; at < std::min(left.size(), right.size()); ++at) {
    if (left[at] == right[at]) continue;
    std::ostringstream text;
    text << at << ": " << std::hex << int{left[at]} << " " << int{right[at]};
    found.push_back(text.str());
  }
  return found;
}

TEST(Authenticated, MutesWhatKernelsAndScapyMute) {
  const std::vector<Vector> all = vectors();
  ASSERT_GE(all.size(), 49u);
  for (const Vector& vector : all) {
    const Muted muted = mute(vector);
    ASSERT_TRUE(muted.result) << vector.name;
    EXPECT_EQ(muted.octets().size(), vector.header.size()) << vector.name;
    EXPECT_EQ(differences(muted.octets(), vector.header), std::vector<std::string>{}) << vector.name;
  }
}

TEST(Authenticated, KnowsUsualPaddingWithoutTheSizeOfTheIcv) {
  for (Vector& vector : vectors()) {
    vector.muting.icv_size = 0;
    EXPECT_EQ(differences(mute(vector).octets(), vector.header), std::vector<std::string>{}) << vector.name;
  }
}

// 0a000002 in the laboratory's first packet is what the kernel's buffer held; with an ICV of 20 octets it would not be padding.
TEST(Authenticated, KeepsPaddingBehindTheIcv) {
  Vector vector = vector_named("ah-only/wire.pcap/0");
  const std::vector<std::uint8_t> muted = mute(vector).octets();
  vector.muting.icv_size = 20;
  EXPECT_EQ(differences(mute(vector).octets(), muted), (std::vector<std::string>{"48: 0 a", "51: 0 2"}));
}

TEST(Authenticated, SplitsTheCoveredOctets) {
  const Vector vector = vector_named("ah-only/wire.pcap/0");  // 20 octets IPv4, 12 + 16 + 4 AH, 64 ICMP
  const Muted muted = mute(vector);
  ASSERT_TRUE(muted.result);
  EXPECT_EQ(muted.result->icv.data(), vector.frame.data() + 32);
  EXPECT_EQ(muted.result->icv.size(), 20u);
  EXPECT_EQ(muted.result->following.data(), vector.frame.data() + 52);
  EXPECT_EQ(muted.result->following.size(), 64u);
  const Vector old = vector_named("ipv4-old-header");
  const Muted muted_old = mute(old);
  ASSERT_TRUE(muted_old.result);
  EXPECT_EQ(muted_old.result->icv.data(), old.frame.data() + 28);
  EXPECT_EQ(muted_old.result->icv.size(), 16u);
}

TEST(Authenticated, NeedsThePacketWhole) {
  for (const Vector& vector : vectors()) {
    for (std::size_t size = 0; size < vector.frame.size(); ++size) {
      const std::vector<std::uint8_t> cut(vector.frame.begin(), vector.frame.begin() + static_cast<std::ptrdiff_t>(size));
      const bool spared = vector.opened != "-" && size >= content_of(vector.opened).offset + content_of(vector.opened).size;
      EXPECT_EQ(mute(vector, cut, vector.muting).result.has_value(), spared) << vector.name << " cut at " << size;
    }
  }
}

TEST(Authenticated, NeedsRoom) {
  for (const Vector& vector : vectors()) {
    const Packet packet = parsed(vector, vector.frame);
    for (std::size_t size = 0; size <= vector.header.size(); ++size) {
      std::vector<std::uint8_t> room(size);
      EXPECT_EQ(mute_for_ah(vector.frame, packet, vector.security, vector.muting, room).has_value(), size == vector.header.size());
    }
  }
}

TEST(Authenticated, RefusesFragmentsAndOtherHeaders) {
  const Vector vector = vector_named("ah-only/wire.pcap/0");
  std::array<std::uint8_t, kMaxAuthenticatedHeader> room{};
  Packet packet = parsed(vector, vector.frame);
  EXPECT_FALSE(mute_for_ah(vector.frame, packet, 1, {}, room));
  packet.layers[0].fragment = true;
  EXPECT_FALSE(mute_for_ah(vector.frame, packet, 0, {}, room));
  packet.layers[0].fragment = false;
  packet.security[0].protocol = SecurityProtocol::kEsp;
  EXPECT_FALSE(mute_for_ah(vector.frame, packet, 0, {}, room));
}

// The kernel's ICMP packet with its option list broken: a size of 1, and one beyond the list.
TEST(Authenticated, RefusesOptionsThatNobodyCanRead) {
  const Vector vector = vector_named("ipv4-timestamp");
  for (const std::uint8_t size : std::array<std::uint8_t, 4>{0, 1, 9, 255}) {
    std::vector<std::uint8_t> broken = vector.frame;
    broken[21] = size;
    EXPECT_FALSE(mute(vector, broken, vector.muting).result) << int{size};
  }
  const Vector hop = vector_named("ipv6-destination");
  std::vector<std::uint8_t> broken = hop.frame;
  broken[43] = 200;
  EXPECT_FALSE(mute(hop, broken, hop.muting).result);
}

TEST(Authenticated, RefusesARouteThatCannotBeForeseen) {
  const Vector vector = vector_named("ipv6-routing-0-half-way");
  std::vector<std::uint8_t> changed = vector.frame;
  changed[43] = 4;  // more segments left than there are addresses
  EXPECT_FALSE(mute(vector, changed, vector.muting).result);
  changed = vector.frame;
  changed[42] = 3;  // RFC 6554's addresses are compressed
  EXPECT_FALSE(mute(vector, changed, vector.muting).result);
  changed[43] = 0;
  EXPECT_TRUE(mute(vector, changed, vector.muting).result);
}

// One field at a time is left as it was received; the offsets are those of RFC 791 and RFC 8200.
TEST(Authenticated, LeavesTheFieldThatAPeerFailsToMute) {
  const Vector vector = vector_named("ipv4-flags-tos");
  const std::vector<std::uint8_t> muted = mute(vector).octets();
  const auto kept = [&](MutableField field, std::optional<std::uint8_t> time_to_live = {}) {
    Muting muting = vector.muting;
    muting.keep = field;
    muting.time_to_live = time_to_live;
    return differences(mute(vector, vector.frame, muting).octets(), muted);
  };
  using Texts = std::vector<std::string>;
  EXPECT_EQ(kept(MutableField::kTypeOfService), Texts{"1: b9 0"});
  EXPECT_EQ(kept(MutableField::kFlags), Texts{"6: 40 0"});
  EXPECT_EQ(kept(MutableField::kFragmentOffset), Texts{});
  EXPECT_EQ(kept(MutableField::kTimeToLive), Texts{"8: 3d 0"});
  EXPECT_EQ(kept(MutableField::kTimeToLive, 64), Texts{"8: 40 0"});
  EXPECT_EQ(kept(MutableField::kChecksum), (Texts{"10: a6 0", "11: 94 0"}));
  EXPECT_EQ(kept(MutableField::kFlowLabel), Texts{});
}

TEST(Authenticated, LeavesIpv6FieldsThatAPeerFailsToMute) {
  const Vector vector = vector_named("ipv6-atomic-fragment");  // traffic class 2e, flow label 12345, hop limit 64
  const std::vector<std::uint8_t> muted = mute(vector).octets();
  const auto kept = [&](MutableField field) {
    Muting muting = vector.muting;
    muting.keep = field;
    return differences(mute(vector, vector.frame, muting).octets(), muted);
  };
  using Texts = std::vector<std::string>;
  EXPECT_EQ(kept(MutableField::kTypeOfService), (Texts{"0: 62 60", "1: e0 0"}));
  EXPECT_EQ(kept(MutableField::kFlowLabel), (Texts{"1: 1 0", "2: 23 0", "3: 45 0"}));
  EXPECT_EQ(kept(MutableField::kTimeToLive), Texts{"7: 40 0"});
  EXPECT_EQ(kept(MutableField::kChecksum), Texts{});
}

TEST(Authenticated, LeavesOptionsAndRoutesThatAPeerFailsToMute) {
  const auto kept = [](const char* name, MutableField field, std::size_t from, std::size_t size) {
    const Vector vector = vector_named(name);
    Muting muting = vector.muting;
    muting.keep = field;
    const std::vector<std::uint8_t> octets = mute(vector, vector.frame, muting).octets();
    return std::equal(octets.begin() + static_cast<std::ptrdiff_t>(from), octets.begin() + static_cast<std::ptrdiff_t>(from + size),
                      vector.frame.begin() + static_cast<std::ptrdiff_t>(from));
  };
  EXPECT_TRUE(kept("ipv4-record-route", MutableField::kOptions, 20, 12));
  EXPECT_FALSE(kept("ipv4-record-route", MutableField::kRouting, 20, 12));
  EXPECT_TRUE(kept("ipv4-loose-route", MutableField::kRouting, 16, 16));
  EXPECT_FALSE(kept("ipv4-loose-route", MutableField::kOptions, 16, 16));
  EXPECT_TRUE(kept("ipv6-hop-by-hop", MutableField::kOptions, 42, 22));
  EXPECT_TRUE(kept("ipv6-routing-0", MutableField::kRouting, 24, 70));
}

TEST(Authenticated, NamesItsFields) {
  std::set<std::string_view> names;
  for (std::size_t index = 0; index < kMutableFieldCount; ++index) names.insert(name(static_cast<MutableField>(index)));
  EXPECT_EQ(names.size(), kMutableFieldCount);
  EXPECT_EQ(name(MutableField::kTimeToLive), "ttl");
  EXPECT_EQ(name(MutableField::kRouting), "routing");
}

}  // namespace
}  // namespace espy::decode
