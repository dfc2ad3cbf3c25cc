#include "capture/rotation.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

#include "capture/rotating_writer.h"
#include "tests/capture/writers.h"

namespace espy::capture {
namespace {

using namespace testing;

constexpr base::Time at(std::int64_t seconds) { return {(1'700'000'000 + seconds) * 1'000'000'000}; }

// What tcpdump 4.99 names its files.
TEST(Rotation, CountsOnFromTheSecondFile) {
  Rotation rotation("trace", {.size = 100, .seconds = {}, .files = {}});
  EXPECT_EQ(rotation.name(), "trace");
  EXPECT_FALSE(rotation.advance(100, at(0)));
  EXPECT_TRUE(rotation.advance(101, at(0)));
  EXPECT_EQ(rotation.name(), "trace1");
  EXPECT_TRUE(rotation.advance(200, at(0)));
  EXPECT_EQ(rotation.name(), "trace2");
  EXPECT_FALSE(rotation.ended());
}

TEST(Rotation, GoesRoundInARing) {
  Rotation rotation("trace", {.size = 1, .seconds = {}, .files = 11});
  EXPECT_EQ(rotation.name(), "trace00");
  for (int file = 1; file <= 10; ++file) EXPECT_TRUE(rotation.advance(2, at(0)));
  EXPECT_EQ(rotation.name(), "trace10");
  EXPECT_TRUE(rotation.advance(2, at(0)));
  EXPECT_EQ(rotation.name(), "trace00");
}

TEST(Rotation, ARingOfOneFileHasNoNumber) {
  Rotation rotation("trace", {.size = 1, .seconds = {}, .files = 1});
  EXPECT_EQ(rotation.name(), "trace");
  EXPECT_TRUE(rotation.advance(2, at(0)));
  EXPECT_EQ(rotation.name(), "trace");
}

class RotationByTime : public ::testing::Test {
 protected:
  void SetUp() override {
    ::setenv("TZ", "UTC", 1);
    ::tzset();
  }
};

// 1,700,000,000 is 2023-11-14 22:13:20 UTC.
TEST_F(RotationByTime, NamesAFileByItsFirstFrame) {
  Rotation rotation("at-%H%M%S", {.size = {}, .seconds = 60, .files = {}});
  rotation.begin(at(0));
  EXPECT_EQ(rotation.name(), "at-221320");
  EXPECT_FALSE(rotation.advance(0, at(59)));
  EXPECT_TRUE(rotation.advance(0, at(75)));
  EXPECT_EQ(rotation.name(), "at-221435");
  EXPECT_FALSE(rotation.advance(0, at(134)));
  EXPECT_TRUE(rotation.advance(0, at(135)));
}

TEST_F(RotationByTime, EndsAfterSoManyFiles) {
  Rotation rotation("at-%S", {.size = {}, .seconds = 1, .files = 2});
  rotation.begin(at(0));
  EXPECT_TRUE(rotation.advance(0, at(1)));
  EXPECT_FALSE(rotation.ended());
  EXPECT_TRUE(rotation.advance(0, at(2)));
  EXPECT_TRUE(rotation.ended());
}

TEST_F(RotationByTime, NumbersWhatIsTooLargeWithinATime) {
  Rotation rotation("at-%S.", {.size = 10, .seconds = 5, .files = {}});
  rotation.begin(at(0));
  EXPECT_EQ(rotation.name(), "at-20.");
  EXPECT_TRUE(rotation.advance(11, at(1)));
  EXPECT_EQ(rotation.name(), "at-20.1");
  EXPECT_TRUE(rotation.advance(0, at(6)));
  EXPECT_EQ(rotation.name(), "at-26.");
}

FrameToWrite frame(const Octets& data, std::int64_t seconds) {
  FrameToWrite frame;
  frame.data = data;
  frame.original_size = static_cast<std::uint32_t>(data.size());
  frame.time = at(seconds);
  return frame;
}

std::size_t frames_in(const std::string& path) {
  auto source = open(from_files({path}));
  return source ? drain(**source).frames.size() : 0;
}

TEST(RotatingWriter, LosesNothingBetweenTwoFiles) {
  const Folder folder;
  const Octets data = payload(1000, 1);
  auto writer = RotatingWriter::create(folder.path("trace"), {.size = 2500, .seconds = {}, .files = {}});
  ASSERT_TRUE(writer.has_value());
  for (int number = 0; number < 7; ++number) EXPECT_TRUE(writer->write(frame(data, number)));
  EXPECT_TRUE(writer->close().has_value());
  EXPECT_EQ(writer->frames(), 7U);
  EXPECT_EQ(writer->files(), 3U);
  EXPECT_EQ(frames_in(folder.path("trace")), 3U);
  EXPECT_EQ(frames_in(folder.path("trace1")), 3U);
  EXPECT_EQ(frames_in(folder.path("trace2")), 1U);
}

TEST(RotatingWriter, WritesNothingAfterTheLastFile) {
  const Folder folder;
  const Octets data = payload(10, 1);
  auto writer = RotatingWriter::create(folder.path("trace-%s"), {.size = {}, .seconds = 10, .files = 1});
  ASSERT_TRUE(writer.has_value());
  EXPECT_EQ(writer->files(), 0U);
  EXPECT_TRUE(writer->write(frame(data, 0)));
  EXPECT_TRUE(writer->write(frame(data, 9)));
  EXPECT_FALSE(writer->write(frame(data, 10)));
  EXPECT_TRUE(writer->over());
  EXPECT_FALSE(writer->write(frame(data, 11)));
  EXPECT_TRUE(writer->close().has_value());
  EXPECT_EQ(writer->frames(), 2U);
}

TEST(RotatingWriter, SaysWhichFileFailed) {
  EXPECT_FALSE(RotatingWriter::create("/espy-none/trace", {}).has_value());
  auto writer = RotatingWriter::create("/espy-none/%H", {.size = {}, .seconds = 10, .files = {}});
  ASSERT_TRUE(writer.has_value());
  EXPECT_FALSE(writer->write(frame(payload(10, 1), 0)));
  EXPECT_TRUE(writer->over());
  const auto closed = writer->close();
  ASSERT_FALSE(closed.has_value());
  EXPECT_NE(closed.error().message.find("/espy-none/"), std::string::npos);
}

TEST(RotatingWriter, LetsOthersReadWhatIsFlushed) {
  const Folder folder;
  const Octets data = payload(10, 1);
  auto writer = RotatingWriter::create(folder.path("trace"), {});
  ASSERT_TRUE(writer.has_value());
  EXPECT_TRUE(writer->write(frame(data, 0)));
  EXPECT_EQ(frames_in(folder.path("trace")), 0U);
  EXPECT_TRUE(writer->flush());
  EXPECT_EQ(frames_in(folder.path("trace")), 1U);
}

}  // namespace
}  // namespace espy::capture
