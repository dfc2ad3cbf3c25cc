// The framing is that of RFC 9329 section 3, written out by hand: a 16-bit length that counts itself, then ESP or four zero octets and IKE.
#include "assemble/esp_stream.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace espy::assemble {
namespace {

using Octets = std::vector<std::uint8_t>;
using Kind = StreamMessageKind;

void append(Octets& target, const Octets& more) { target.insert(target.end(), more.begin(), more.end()); }

void append_u32(Octets& target, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) target.push_back(static_cast<std::uint8_t>(value >> shift));
}

Octets framed(const Octets& message) {
  Octets octets = {static_cast<std::uint8_t>((message.size() + 2) >> 8), static_cast<std::uint8_t>(message.size() + 2)};
  append(octets, message);
  return octets;
}

// An ESP packet of `size` octets whose body no boundary hides in.
Octets make_esp(std::uint32_t spi, std::uint32_t sequence, std::size_t size) {
  Octets esp;
  append_u32(esp, spi);
  append_u32(esp, sequence);
  std::mt19937 random(sequence);
  while (esp.size() < size) esp.push_back(static_cast<std::uint8_t>(random() | 1));
  return framed(esp);
}

Octets make_ike(std::uint32_t size) {
  Octets ike(4, 0);
  append(ike, {1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0, 33, 0x20, 34, 8});
  append_u32(ike, 0);
  append_u32(ike, size);
  ike.resize(4 + size);
  return framed(ike);
}

const Octets kKeepalive = {0, 3, 0xff};
const Octets kPrefix = {'I', 'K', 'E', 'T', 'C', 'P'};
constexpr std::uint8_t kSyn = 0x02;
constexpr std::uint8_t kAck = 0x10;

// A stream of ESP packets of 100 octets with SPI 0x1000, numbered from 1.
Octets make_stream(std::uint32_t packets) {
  Octets stream;
  for (std::uint32_t sequence = 1; sequence <= packets; ++sequence) append(stream, make_esp(0x1000, sequence, 100));
  return stream;
}

struct Seen {
  Kind kind;
  bool complete;
  std::uint32_t sequence;
  std::uint32_t size;
  std::uint64_t first_segment;
  std::size_t captured;
  std::uint64_t last_segment;
  bool answer;
};

// Sends segments of one connection and collects what is told of them.
class Talk {
 public:
  explicit Talk(std::uint32_t initial = 0xfffffff0) : initial_(initial) {}

  StreamOutcome send(std::uint32_t offset, const Octets& payload, std::uint8_t flags = kAck, std::int64_t milliseconds = 0,
                     std::size_t cut = 1 << 20) {
    return pass(streams,
                {.sequence = initial_ + 1 + offset - ((flags & kSyn) != 0 ? 1U : 0U),
                 .flags = flags,
                 .payload = base::Bytes(payload).first(std::min(cut, payload.size())),
                 .size = static_cast<std::uint32_t>(payload.size())},
                milliseconds);
  }
  StreamOutcome answer(std::uint32_t offset, const Octets& payload, std::uint8_t flags = kAck) {
    StreamSegment segment{.sequence = offset, .flags = flags, .payload = payload, .size = static_cast<std::uint32_t>(payload.size())};
    return pass(streams, segment, 0, true);
  }
  std::vector<std::uint32_t> sequences() const {
    std::vector<std::uint32_t> result;
    for (const Seen& one : seen) result.push_back(one.sequence);
    return result;
  }

  EspStreams streams;
  std::vector<Seen> seen;

 private:
  StreamOutcome pass(EspStreams& target, StreamSegment segment, std::int64_t milliseconds, bool back = false) {
    segment.source = {.octets = {10, 0, 0, static_cast<std::uint8_t>(back ? 2 : 1)}, .family = base::Family::kIpv4};
    segment.destination = {.octets = {10, 0, 0, static_cast<std::uint8_t>(back ? 1 : 2)}, .family = base::Family::kIpv4};
    segment.source_port = back ? 4500 : 40'000;
    segment.destination_port = back ? 40'000 : 4500;
    segment.number = ++number_;
    segment.time = {base::milliseconds(milliseconds).nanoseconds};
    const StreamOutcome outcome = target.add(segment);
    for (const StreamMessage& message : outcome.messages) {
      seen.push_back({message.kind, message.complete, message.sequence, message.size, message.first_segment, message.bytes.size(),
                      message.last_segment, message.answer});
    }
    return outcome;
  }

  std::uint32_t initial_;
  std::uint64_t number_ = 0;
};

std::vector<std::uint32_t> from_to(std::uint32_t first, std::uint32_t last) {
  std::vector<std::uint32_t> result;
  for (std::uint32_t value = first; value <= last; ++value) result.push_back(value);
  return result;
}

Octets part(const Octets& octets, std::size_t begin, std::size_t end) {
  return {octets.begin() + static_cast<std::ptrdiff_t>(begin), octets.begin() + static_cast<std::ptrdiff_t>(std::min(end, octets.size()))};
}

TEST(EspStream, TellsIkeEspAndKeepalivesBehindThePrefix) {
  Octets stream = kPrefix;
  append(stream, make_ike(32));
  append(stream, kKeepalive);
  append(stream, make_esp(0xa5f8, 7, 96));
  Talk talk;
  talk.send(0, {}, kSyn);
  const StreamOutcome outcome = talk.send(0, stream);
  EXPECT_EQ(outcome.status, StreamStatus::kEsp);
  EXPECT_FALSE(outcome.waiting);
  ASSERT_EQ(outcome.messages.size(), 3U);
  EXPECT_EQ(outcome.messages[0].kind, Kind::kIke);
  EXPECT_EQ(outcome.messages[0].size, 32U);
  EXPECT_EQ(outcome.messages[0].bytes[0], 1);
  EXPECT_EQ(outcome.messages[1].kind, Kind::kKeepalive);
  EXPECT_EQ(outcome.messages[2].kind, Kind::kEsp);
  EXPECT_EQ(outcome.messages[2].spi.value, 0xa5f8U);
  EXPECT_EQ(outcome.messages[2].sequence, 7U);
  EXPECT_EQ(outcome.messages[2].size, 96U);
  EXPECT_EQ(outcome.messages[2].bytes.size(), 96U);
}

TEST(EspStream, DoesNotCareHowTheStreamIsCut) {
  Octets stream = kPrefix;
  append(stream, make_stream(6));
  for (const std::size_t step : {1U, 2U, 3U, 7U, 50U, 101U, 102U, 103U, 500U}) {
    Talk talk;
    talk.send(0, {}, kSyn);
    for (std::size_t at = 0; at < stream.size(); at += step) talk.send(static_cast<std::uint32_t>(at), part(stream, at, at + step));
    EXPECT_EQ(talk.sequences(), from_to(1, 6)) << step;
    EXPECT_TRUE(std::all_of(talk.seen.begin(), talk.seen.end(), [](const Seen& one) { return one.complete; })) << step;
  }
}

TEST(EspStream, PutsSegmentsInOrderAndDropsCopies) {
  Octets stream = kPrefix;
  append(stream, make_stream(9));
  std::vector<std::size_t> order;
  for (std::size_t at = 0; at < stream.size(); at += 40) order.push_back(at);
  std::mt19937 random(9329);
  for (int round = 0; round < 20; ++round) {
    std::shuffle(order.begin(), order.end(), random);
    Talk talk;
    talk.send(0, {}, kSyn);
    for (const std::size_t at : order) {
      talk.send(static_cast<std::uint32_t>(at), part(stream, at, at + 40));
      talk.send(static_cast<std::uint32_t>(at), part(stream, at, at + 55));
    }
    EXPECT_EQ(talk.sequences(), from_to(1, 9)) << round;
  }
}

TEST(EspStream, SaysWhichSegmentBeganAMessageAndWhatWaits) {
  Octets stream = kPrefix;
  append(stream, make_stream(1));
  Talk talk;
  talk.send(0, {}, kSyn);                                     // segment 1
  EXPECT_FALSE(talk.send(0, kPrefix).waiting);                // 2
  EXPECT_TRUE(talk.send(6, part(stream, 6, 46)).waiting);     // 3
  EXPECT_TRUE(talk.send(6, part(stream, 6, 46)).copy);        // 4
  EXPECT_TRUE(talk.send(86, part(stream, 86, 200)).waiting);  // 5, early
  EXPECT_FALSE(talk.send(46, part(stream, 46, 86)).waiting);  // 6
  ASSERT_EQ(talk.seen.size(), 1U);
  EXPECT_EQ(talk.seen[0].first_segment, 3U);
  EXPECT_EQ(talk.seen[0].last_segment, 5U);
  EXPECT_FALSE(talk.seen[0].answer);
}

TEST(EspStream, KnowsAnotherProtocolFromItsFirstOctets) {
  Talk talk;
  talk.send(0, {}, kSyn);
  talk.answer(0, {}, kSyn | kAck);
  EXPECT_EQ(talk.send(0, {'I', 'K', 'E', 'X'}).status, StreamStatus::kNotEsp);
  EXPECT_EQ(talk.answer(1, make_stream(5)).status, StreamStatus::kNotEsp);
  EXPECT_TRUE(talk.seen.empty());
}

TEST(EspStream, BelievesTheAnswerOnceThePrefixWasSeen) {
  Talk talk;
  talk.send(0, {}, kSyn);
  talk.answer(0, {}, kSyn | kAck);
  EXPECT_EQ(talk.answer(1, make_esp(0x2000, 1, 50)).status, StreamStatus::kUnsure);  // segment 3
  EXPECT_TRUE(talk.seen.empty());
  EXPECT_TRUE(talk.send(0, kPrefix).proved);
  ASSERT_EQ(talk.sequences(), from_to(1, 1)) << "what the other side said before is told with the proof";
  EXPECT_TRUE(talk.seen[0].answer);
  EXPECT_EQ(talk.seen[0].last_segment, 3U);
  const StreamOutcome next = talk.answer(53, make_esp(0x2000, 2, 50));
  EXPECT_EQ(next.status, StreamStatus::kEsp);
  EXPECT_FALSE(next.proved);
  EXPECT_EQ(talk.sequences(), from_to(1, 2));
  EXPECT_FALSE(talk.seen[1].answer);
}

// The header of the third message proves it; where messages end is told for each.
TEST(EspStream, SaysWhichSegmentEndedAMessage) {
  const Octets stream = make_stream(4);  // of 102 octets each
  Talk talk;
  EXPECT_FALSE(talk.send(0, part(stream, 0, 102)).proved);
  EXPECT_FALSE(talk.send(102, part(stream, 102, 150)).proved);
  EXPECT_TRUE(talk.send(150, part(stream, 150, 250)).proved);
  EXPECT_FALSE(talk.send(250, part(stream, 250, 350)).proved);
  EXPECT_FALSE(talk.send(350, part(stream, 350, 408)).proved);
  std::vector<std::uint64_t> first, last;
  for (const Seen& one : talk.seen) {
    first.push_back(one.first_segment);
    last.push_back(one.last_segment);
  }
  EXPECT_EQ(first, (std::vector<std::uint64_t>{1, 2, 3, 4}));
  EXPECT_EQ(last, (std::vector<std::uint64_t>{1, 3, 4, 5}));
}

TEST(EspStream, FindsTheBoundariesWhenItJoinsLate) {
  const Octets stream = make_stream(8);
  for (std::size_t from = 1; from < 102; from += 10) {
    Talk talk;
    for (std::size_t at = from; at < stream.size(); at += 90) talk.send(static_cast<std::uint32_t>(at), part(stream, at, at + 90));
    EXPECT_EQ(talk.sequences(), from_to(2, 8)) << from;
    EXPECT_EQ(talk.streams.resynchronised(), 1U);
  }
}

TEST(EspStream, GuessesNothingFromTwoMessages) {
  Talk talk;
  EXPECT_EQ(talk.send(50, part(make_stream(3), 50, 306)).status, StreamStatus::kUnsure);
  EXPECT_TRUE(talk.seen.empty());
}

TEST(EspStream, GuessesNothingFromRandomOctets) {
  std::mt19937 random(1);
  for (int round = 0; round < 3; ++round) {
    Talk talk;
    for (std::uint32_t at = 0; at < 60'000; at += 1000) {
      Octets octets(1000);
      std::generate(octets.begin(), octets.end(), [&] { return static_cast<std::uint8_t>(random()); });
      talk.send(at, octets);
    }
    EXPECT_TRUE(talk.seen.empty());
  }
}

TEST(EspStream, KnowsTextAndEndlessOtherDataWhenItJoinsLate) {
  const std::string_view text = "drwxr-xr-x 2 root root 4096 Nov 21 22:13 captures\r\n";
  Talk text_talk;
  EXPECT_EQ(text_talk.send(0, Octets(text.begin(), text.end())).status, StreamStatus::kNotEsp);
  std::mt19937 random(2);
  Talk talk;
  StreamStatus status = StreamStatus::kUnsure;
  for (std::uint32_t at = 0; at < 150'000; at += 1000) {
    Octets octets(1000);
    std::generate(octets.begin(), octets.end(), [&] { return static_cast<std::uint8_t>(random()); });
    status = talk.send(at, octets).status;
  }
  EXPECT_EQ(status, StreamStatus::kNotEsp);
}

TEST(EspStream, TellsTheStartOfAMessageThatLostSegments) {
  Octets stream = kPrefix;
  append(stream, make_stream(6));
  Talk talk;
  talk.send(0, {}, kSyn);
  talk.send(0, part(stream, 0, 140));      // packet 1, and 32 octets of packet 2
  talk.send(180, part(stream, 180, 400));  // 40 octets of packet 2 are missing
  EXPECT_EQ(talk.sequences(), from_to(1, 1));
  talk.send(400, part(stream, 400, 618), kAck, 1500);
  EXPECT_EQ(talk.sequences(), from_to(1, 6));
  EXPECT_FALSE(talk.seen[1].complete);
  EXPECT_EQ(talk.seen[1].size, 100U);
  EXPECT_EQ(talk.seen[1].captured, 30U);
  EXPECT_TRUE(talk.seen[2].complete);
  EXPECT_EQ(talk.streams.holes(), 1U);
  EXPECT_EQ(talk.streams.resynchronised(), 0U);
}

TEST(EspStream, FindsTheBoundariesBehindAHoleOverSeveralMessages) {
  const Octets stream = make_stream(12);
  Talk talk;
  talk.send(0, part(stream, 0, 350));
  talk.send(700, part(stream, 700, 1000));
  talk.send(1000, part(stream, 1000, 1224), kAck, 1500);
  EXPECT_EQ(talk.sequences(), (std::vector<std::uint32_t>{1, 2, 3, 4, 8, 9, 10, 11, 12}));
  EXPECT_FALSE(talk.seen[3].complete);
}

TEST(EspStream, ReadsOnBehindASegmentCapturedShort) {
  Octets stream = kPrefix;
  append(stream, make_stream(4));
  Talk talk;
  talk.send(0, {}, kSyn);
  talk.send(0, part(stream, 0, 108), kAck, 0, 60);
  talk.send(108, part(stream, 108, 414));
  EXPECT_EQ(talk.sequences(), from_to(1, 4));
  EXPECT_FALSE(talk.seen[0].complete);
  EXPECT_EQ(talk.seen[0].captured, 52U);
  EXPECT_TRUE(talk.seen[1].complete);
}

TEST(EspStream, ABoundedTableForgetsTheSilentFirst) {
  EspStreams streams({.connections = 16});
  for (std::uint32_t peer = 0; peer < 5000; ++peer) {
    StreamSegment segment{.source_port = static_cast<std::uint16_t>(peer), .destination_port = 4500, .sequence = 1, .size = 20};
    const Octets payload(20, 0x80);
    segment.payload = payload;
    segment.source.octets = {static_cast<std::uint8_t>(peer >> 8)};
    streams.add(segment);
    ASSERT_LE(streams.connections(), 16U);
  }
  EXPECT_EQ(streams.evicted(), 5000U - 16U);
}

TEST(EspStream, AnEarlySegmentIsNotHeldForever) {
  Octets stream = kPrefix;
  append(stream, make_stream(200));
  Talk talk;
  talk.send(0, {}, kSyn);
  for (std::size_t at = 120; at < stream.size(); at += 102) talk.send(static_cast<std::uint32_t>(at), part(stream, at, at + 102));
  EXPECT_EQ(talk.streams.holes(), 1U);
  EXPECT_GT(talk.seen.size(), 190U);
}

}  // namespace
}  // namespace espy::assemble
