#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "capture/source.h"
#include "tests/capture/writers.h"

namespace espy::capture {
namespace {

using namespace testing;

std::unique_ptr<Source> open_loopback(const std::string& filter, std::optional<base::Duration> duration = {},
                                      std::optional<std::uint64_t> count = {}) {
  Options options = from_interface("lo", filter);
  options.duration = duration;
  options.count = count;
  auto source = open(options);
  return source ? std::move(*source) : nullptr;
}

constexpr const char* kSkip = "capturing on lo needs the capability cap_net_raw and a loopback interface that is up";

// One datagram to the discard port, which nobody needs to answer.
void send_datagram(std::uint16_t port) {
  const int number = ::socket(AF_INET, SOCK_DGRAM, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const char text[] = "espy";
  ::sendto(number, text, sizeof text, 0, reinterpret_cast<const sockaddr*>(&to), sizeof to);
  ::close(number);
}

TEST(LiveSource, SeesWhatIsSentAndStopsAfterTheCount) {
  auto source = open_loopback("udp dst port 50509", {}, 3);
  if (source == nullptr) GTEST_SKIP() << kSkip;
  for (int index = 0; index < 5; ++index) send_datagram(50509);
  const Drained drained = drain(*source);
  ASSERT_EQ(drained.frames.size(), 3U);
  EXPECT_EQ(drained.frames[0].data.size(), 14U + 20U + 8U + 5U);
  EXPECT_EQ(drained.frames[2].number, 3U);
  EXPECT_EQ(drained.facts.at(0).format, "live");
  EXPECT_EQ(drained.facts[0].packets, 3U);
  EXPECT_EQ(drained.facts[0].dropped_by_kernel, 0U);
  EXPECT_EQ(drained.facts[0].interfaces.at(0).name, "lo");
}

TEST(LiveSource, TicksOnAnIdleLinkAndEndsInTime) {
  const auto before = std::chrono::steady_clock::now();
  auto source = open_loopback("udp dst port 50510", base::milliseconds(350));
  if (source == nullptr) GTEST_SKIP() << kSkip;
  Batch batch;
  base::Time last = base::kNever;
  int ticks = 0;
  for (; source->take(batch); ++ticks) {
    source->cut(batch);
    EXPECT_TRUE(batch.frames.empty());
    EXPECT_GT(batch.now, last);
    last = batch.now;
  }
  EXPECT_GE(ticks, 3);
  EXPECT_GE(std::chrono::steady_clock::now() - before, std::chrono::milliseconds(350));
}

TEST(LiveSource, StopsWhenTold) {
  auto source = open_loopback("udp dst port 50511");
  if (source == nullptr) GTEST_SKIP() << kSkip;
  source->stop();
  Batch batch;
  EXPECT_FALSE(source->take(batch));
}

TEST(LiveSource, TellsHowItsInterfacesStand) {
  auto source = open_loopback("udp dst port 50512", {}, 2);
  if (source == nullptr) GTEST_SKIP() << kSkip;
  const std::vector<SourceState> before = source->states();
  ASSERT_EQ(before.size(), 1U);
  EXPECT_EQ(before[0].name, "lo");
  EXPECT_TRUE(before[0].up);
  EXPECT_EQ(before[0].note, "");
  EXPECT_EQ(before[0].packets, 0U);
  send_datagram(50512);
  send_datagram(50512);
  drain(*source);
  const std::vector<SourceState> after = source->states();
  EXPECT_EQ(after.at(0).packets, 2U);
  EXPECT_EQ(after[0].bytes, 2U * (14U + 20U + 8U + 5U));
  EXPECT_EQ(after[0].dropped_by_kernel, 0U);
}

// The same loopback twice: each datagram is seen by both, and never before an earlier one of the other.
TEST(LiveSource, MergesInterfacesByTime) {
  Options options = from_interface("lo", "udp dst port 50513");
  options.interfaces.push_back("lo");
  options.count = 8;
  auto source = open(options);
  if (!source) GTEST_SKIP() << kSkip;
  for (int index = 0; index < 4; ++index) send_datagram(50513);
  const Drained drained = drain(**source);
  ASSERT_EQ(drained.frames.size(), 8U);
  for (std::size_t index = 1; index < 8; ++index) EXPECT_LE(drained.frames[index - 1].time, drained.frames[index].time);
  const auto of = [&](std::uint32_t number) { return std::ranges::count(drained.frames, number, &KeptFrame::source); };
  EXPECT_EQ(of(0), 4);
  EXPECT_EQ(of(1), 4);
  EXPECT_EQ(drained.facts.at(1).packets, 4U);
}

// What came before the end counts, although it was not taken yet.
TEST(LiveSource, TakesWhatCameInTime) {
  auto source = open_loopback("udp dst port 50514", base::seconds(1));
  if (source == nullptr) GTEST_SKIP() << kSkip;
  for (int index = 0; index < 5; ++index) send_datagram(50514);
  std::this_thread::sleep_for(std::chrono::milliseconds(1200));
  send_datagram(50514);
  EXPECT_EQ(drain(*source).frames.size(), 5U);
}

TEST(LiveSource, NamesTheInterfacesThatThereAre) {
  const auto source = open(from_interface("espy-none"));
  ASSERT_FALSE(source);
  EXPECT_NE(source.error().message.find("espy-none"), std::string::npos);
  EXPECT_FALSE(source.error().advice.empty());
}

TEST(LiveSource, RefusesABadFilter) {
  if (open_loopback("") == nullptr) GTEST_SKIP() << kSkip;
  const auto source = open(from_interface("lo", "esp and and"));
  ASSERT_FALSE(source);
  EXPECT_TRUE(source.error().message.starts_with("the filter 'esp and and' cannot be used: ")) << source.error().message;
}

}  // namespace
}  // namespace espy::capture
