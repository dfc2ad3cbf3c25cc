// A screen that is left open: a month of frames on a synthetic clock, a picture each hour. Memory must stay within its bound.
#include <gtest/gtest.h>

#include "tests/base/heap.h"
#include "tests/verify/frames.h"
#include "tui/chronicle.h"
#include "verify/ledger.h"
#include "verify/portrait.h"

namespace espy::tui {
namespace {

constexpr std::int64_t kStart = 1'795'294'526'000'000'000;
constexpr std::int64_t kMinute = 60'000'000'000;
constexpr std::uint8_t kUdp = 17, kEsp = 50;
constexpr std::size_t kRows = 200;

using espy::testing::heap_size;
using verify::testing::esp;
using verify::testing::ipv4;
using verify::testing::Octets;
using verify::testing::udp;

ipsec::Configuration one_policy() {
  ipsec::Configuration configuration;
  configuration.spds.emplace_back();
  configuration.spds.back().policies.push_back(ipsec::testing::out("10.0.0.1", "10.0.0.2"));
  return configuration;
}

class Month {
 public:
  void minute(std::int64_t number) {
    const auto hour = static_cast<std::uint32_t>(number / 60);
    // Rekeyed each hour; now and then a number is lost, or comes again.
    const std::uint32_t sequence = static_cast<std::uint32_t>(number % 60) + 1;
    if (sequence % 25 != 0) send(ipv4({}, kEsp, esp(0x1000 + hour, sequence)), number, 1);
    if (sequence % 40 == 0) send(ipv4({}, kEsp, esp(0x1000 + hour, 3)), number, 2);
    if (number % 10 == 0)
      send(ipv4({}, kUdp, udp(static_cast<std::uint16_t>(1'024 + number / 10), 53, {1, 2, 3, 4})), number, 5);  // another leaking flow
    if (number % kPictureEvery == 0) look(number);
  }

  ipsec::World world{one_policy()};
  verify::Ledger ledger{world, {.ports = {}, .details = true}};
  Chronicle chronicle;

 private:
  static constexpr std::int64_t kPictureEvery = 60;

  void look(std::int64_t number) {
    ledger.carry_over();
    verify::RunFacts facts;
    facts.rows = kRows;
    auto picture = std::make_shared<verdict::Picture>(verify::portray(ledger, facts));
    picture->now = {kStart + (number + 1) * kMinute};
    picture->live = true;
    EXPECT_LE(picture->summary.leaks.size(), kRows);
    EXPECT_LE(picture->summary.associations.size(), kRows);
    chronicle.add(std::move(picture));
  }

  void send(const Octets& octets, std::int64_t minute, std::int64_t second) {
    const base::Frame frame{.data = octets,
                            .original_size = static_cast<std::uint32_t>(octets.size()),
                            .time = {kStart + minute * kMinute + second * 1'000'000'000},
                            .number = ++frames_,
                            .link_type = base::LinkType::kRaw};
    inspector_.inspect(std::span(&frame, 1), found_);
    ledger.commit(std::span(&frame, 1), found_);
  }

  verify::Inspector inspector_{world, {}, nullptr, ledger.hints()};
  verify::Inspected found_;
  std::uint64_t frames_ = 0;
};

TEST(Month, StaysWithinItsMemoryBound) {
  constexpr std::int64_t kDay = 24 * 60;
  auto month = std::make_unique<Month>();
  std::size_t after_ten_days = 0;
  for (std::int64_t minute = 0; minute < 30 * kDay; ++minute) {
    month->minute(minute);
    if (minute == 10 * kDay) after_ten_days = heap_size();
  }
  const std::size_t after_the_month = heap_size();
  // 4,320 leaking flows, 720 SAs with a history of 4 KiB and a row of 1 KiB, samples, and what pictures show.
  EXPECT_LT(after_the_month, std::size_t{96} << 20);
  // The other twenty days bring 480 SAs and their odd numbers, 2,880 flows, and nothing else may grow.
  EXPECT_LT(after_the_month - std::min(after_the_month, after_ten_days), std::size_t{24} << 20);
  EXPECT_LE(month->chronicle.events().size(), EventLog::kEvents);
  EXPECT_GT(month->chronicle.events_left_out(), 0U);
  const Series last = month->chronicle.requirement("r1", Chronicle::Span::kDay);
  ASSERT_EQ(last.slices.size(), 48U);
  std::uint64_t clear = 0, encrypted = 0;
  for (const Slice& slice : last.slices) {
    clear += slice.clear;
    encrypted += slice.encrypted;
  }
  EXPECT_EQ(clear, 24 * 6U);
  EXPECT_EQ(encrypted, 24 * (60 - 2 + 1U));
}

}  // namespace
}  // namespace espy::tui
