// With keys too the report does not depend on how many workers there are (DESIGN.md section 2), nor on what is observed and what inspected
// as a whole: workers inspect ahead with hints that may be stale, and the ledger settles what they could not. Batches are small, so that
// many are under way at once.
#include <gtest/gtest.h>

#include "tests/pipeline/every_way.h"
#include "tests/verify/recorded.h"

namespace espy::pipeline {
namespace {

using namespace testing;
using namespace verify::testing;

std::vector<base::Frame> frames_of(const std::vector<RecordedFrame>& recorded) {
  std::vector<base::Frame> frames;
  for (const RecordedFrame& frame : recorded) {
    frames.push_back({.data = frame.octets,
                      .original_size = static_cast<std::uint32_t>(frame.octets.size()),
                      .time = {1'795'294'526'000'000'000 + frame.at * 1'000'000},
                      .number = frames.size() + 1,
                      .link_type = base::LinkType::kEthernet});
  }
  return frames;
}

std::string expect_one_report(const Recorded& capture, const std::string& what) {
  return testing::expect_one_report(capture.configuration, frames_of(capture.frames), what);
}

constexpr const char* kCases[] = {
    "algorithm-aes-cbc",      "algorithm-ah-outside-esp", "algorithm-nested", "algorithm-tcp",      "algorithm-fragments",
    "algorithm-ipcomp",       "algorithm-wesp",           "algorithm-esn",    "algorithm-esn-high", "algorithm-esn-wrap-cbc",
    "algorithm-esn-wrap-gcm", "algorithm-ah-esn-wrap",    "iv-reuse-ctr",     "wrong-auth-key",     "diagnosis-esn-unsaid",
    "diagnosis-damage",       "twin-keyed-gateway",       "opened-flows",     "padding-random",     "tfc-padding-keyed",
    "dummy-packets",
};

TEST(KeyedPipeline, AnyNumberOfWorkersGivesTheSameReport) {
  for (const char* name : kCases) expect_one_report(recorded(name), name);
}

TEST(KeyedPipeline, DamageChangesNothingInThat) {  // V16: what is forged is known late
  for (const char* name : kCases) {
    Recorded capture = recorded(name);
    for (std::size_t index = 2; index < capture.frames.size(); index += 7) capture.frames[index] = damaged(capture.frames[index]);
    expect_one_report(capture, name);
  }
}

// Flows of so many packets that what they are is settled, which from then on their lanes count for. Replays are authentic, too (V15).
TEST(KeyedPipeline, NorDoLongFlows) {
  constexpr std::int64_t kBetween = 60'000;  // milliseconds
  for (const char* name : kCases) {
    Recorded capture = recorded(name);
    const std::vector<RecordedFrame> once = capture.frames;
    for (std::int64_t round = 1; round < 4; ++round) {
      for (RecordedFrame frame : once) {
        frame.at += round * kBetween;
        capture.frames.push_back(frame);
      }
    }
    expect_one_report(capture, name);
    // The flow begins with the packet whose time is the earliest, wherever that stands.
    for (std::size_t index = 3; index < capture.frames.size(); index += 7)
      capture.frames[index].at = -10 * static_cast<std::int64_t>(index);
    expect_one_report(capture, name);
  }
}

TEST(KeyedPipeline, NorDoSasOfTheSameSpisWithoutKeys) {  // V13: they are found first
  Recorded capture = recorded("opened-flows");
  std::vector<ipsec::Association>& associations = capture.configuration.associations;
  std::vector<ipsec::Association> others = associations;
  for (ipsec::Association& other : others) other.encryption_key = other.integrity_key = {};
  associations.insert(associations.begin(), others.begin(), others.end());
  expect_one_report(capture, "opened-flows");
}

TEST(KeyedPipeline, NorDoesAHighHalfThatIsNotTold) {  // the first packets are settled by the ledger, the others with its hints
  for (const char* name : {"algorithm-esn-high", "algorithm-esn-wrap-gcm", "algorithm-esn-wrap-cbc", "algorithm-ah-esn-wrap"}) {
    Recorded capture = recorded(name);
    for (ipsec::Association& association : capture.configuration.associations) association.esn_high.reset();
    std::vector<RecordedFrame> late(capture.frames.begin() + static_cast<std::ptrdiff_t>(capture.frames.size() / 2), capture.frames.end());
    capture.frames = std::move(late);
    const std::string report = expect_one_report(capture, name);
    EXPECT_NE(report.find("\"verdict\""), std::string::npos);
    EXPECT_EQ(report.find("sa.icv-bad"), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace espy::pipeline
