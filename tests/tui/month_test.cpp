// A screen that is left open: a month of frames on a synthetic clock, a picture each hour. Memory must stay within its bound.
#include <gtest/gtest.h>
#include <malloc.h>

#include "tui/chronicle.h"
#include "verify/ledger.h"
#include "verify/portrait.h"

#if defined(__SANITIZE_ADDRESS__)
extern "C" std::size_t __sanitizer_get_current_allocated_bytes();
#endif

namespace espy::tui {
namespace {

constexpr std::int64_t kStart = 1'795'294'526'000'000'000;
constexpr std::int64_t kMinute = 60'000'000'000;
constexpr std::size_t kRows = 200;

// Octets that are allocated now.
std::size_t heap_size() {
#if defined(__SANITIZE_ADDRESS__)
  return __sanitizer_get_current_allocated_bytes();
#else
  return mallinfo2().uordblks;
#endif
}

using Octets = std::vector<std::uint8_t>;

void put(Octets& out, std::uint64_t value, int octets) {
  while (octets-- > 0) out.push_back(static_cast<std::uint8_t>(value >> (8 * octets)));
}

// Raw IPv4 from 10.0.0.1 to 10.0.0.2.
Octets ipv4(std::uint8_t protocol, const Octets& payload) {
  Octets out;
  put(out, 0x45, 2);
  out[0] = 0x45;
  out[1] = 0;
  put(out, 20 + payload.size(), 2);
  put(out, 0, 4);
  put(out, 64, 1);
  put(out, protocol, 1);
  put(out, 0, 2);
  put(out, 0x0a000001, 4);
  put(out, 0x0a000002, 4);
  out.insert(out.end(), payload.begin(), payload.end());
  return out;
}

Octets esp(std::uint32_t spi, std::uint32_t sequence) {
  Octets payload;
  put(payload, spi, 4);
  put(payload, sequence, 4);
  for (std::uint64_t word = 1; word <= 8; ++word) put(payload, (sequence + word) * 0x9e3779b97f4a7c15ULL, 8);
  return ipv4(50, payload);
}

Octets udp(std::uint16_t port) {
  Octets payload;
  put(payload, port, 2);
  put(payload, 53, 2);
  put(payload, 12, 2);
  put(payload, 0, 2);
  put(payload, 0x01020304, 4);
  return ipv4(17, payload);
}

ipsec::Configuration one_policy() {
  ipsec::Policy policy;
  policy.direction = ipsec::PolicyDirection::kOut;
  policy.action = ipsec::Action::kProtect;
  policy.selector.source = base::read_prefix("10.0.0.1").value();
  policy.selector.destination = base::read_prefix("10.0.0.2").value();
  policy.templates.push_back({});
  ipsec::Configuration configuration;
  configuration.spds.emplace_back();
  configuration.spds.back().policies.push_back(policy);
  return configuration;
}

class Month {
 public:
  void minute(std::int64_t number) {
    const auto hour = static_cast<std::uint32_t>(number / 60);
    // Rekeyed each hour; now and then a number is lost, or comes again.
    const std::uint32_t sequence = static_cast<std::uint32_t>(number % 60) + 1;
    if (sequence % 25 != 0) send(esp(0x1000 + hour, sequence), number, 1);
    if (sequence % 40 == 0) send(esp(0x1000 + hour, 3), number, 2);
    if (number % 10 == 0) send(udp(static_cast<std::uint16_t>(1'024 + number / 10)), number, 5);  // another leaking flow
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
