// What [limits] bounds (T15): a table that is full makes a verdict inconclusive, never better and never worse, whatever the number of
// workers; and a smaller limit takes less memory.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <sstream>

#include "capture/source.h"
#include "config/reader.h"
#include "pipeline/pipeline.h"
#include "report/report.h"
#include "tests/base/heap.h"
#include "tests/pcaps/case_files.h"
#include "tests/verify/frames.h"
#include "verify/findings.h"
#include "verify/keyring.h"
#include "verify/summary_parts.h"

namespace espy::pipeline {
namespace {

using namespace verify::testing;
using namespace ipsec::testing;
using espy::testing::heap_size;
using verdict::Verdict;

constexpr std::uint8_t kUdp = 17, kEspProtocol = 50;

// Less than a configuration may say, so that small captures have more.
constexpr base::Limits kTiny{.flows = 1,
                             .protected_flows = 1,
                             .associations = 1,
                             .pairs = 1,
                             .held = 2,
                             .findings = 1,
                             .fragments = 1,
                             .streams = 1,
                             .samples = 1,
                             .events = 64,
                             .rows = 1};

struct Case {
  std::string name;
  std::vector<std::string> captures;
  ipsec::Configuration configuration;
};

std::vector<Case> cases() {
  std::vector<Case> found;
  for (const auto& folder : std::filesystem::directory_iterator(ESPY_SOURCE_DIR "/tests/pcaps")) {
    if (!folder.is_directory()) continue;
    const auto files = espy::testing::case_files(folder.path());
    config::Outcome outcome = config::read(files.configs, {});
    if (files.captures.empty() || !outcome.errors.empty()) continue;
    found.push_back({folder.path().filename().string(), files.captures, std::move(outcome.configuration)});
  }
  return found;
}

verdict::Summary verify(const Case& one, const base::Limits& limits, unsigned jobs) {
  capture::Options options;
  options.files = one.captures;
  auto source = capture::open(options);
  if (!source) return {};
  const ipsec::World world(one.configuration);
  const verify::Keyring keys(world, crypto::Library());
  verify::Ledger ledger(world, {.ports = {}, .keys = &keys, .details = true, .limits = limits});
  run(**source, world, ledger, {.jobs = jobs, .ports = {}, .committed = {}});
  return verify::summarize(ledger, {});
}

std::string json(const verdict::Summary& summary) {
  std::ostringstream out;
  report::write_json(summary, "0", out);
  return out.str();
}

bool as_good(Verdict usual, Verdict limited) { return limited == usual || limited == Verdict::kInconclusive; }

// By name; those that only the traffic brought forth may have had no room.
void compare_requirements(const Case& one, const verdict::Summary& usual, const verdict::Summary& limited) {
  std::map<std::string, Verdict> known;
  for (const auto& row : usual.requirements) known[row.name + row.from + row.to] = row.verdict;
  for (const auto& row : limited.requirements) {
    const auto before = known.find(row.name + row.from + row.to);
    const bool good = before == known.end() || as_good(before->second, row.verdict);
    EXPECT_TRUE(good) << one.name << ' ' << row.name;
  }
}

TEST(Limits, AFullTableNeverMakesAVerdictBetterOrWorse) {
  std::size_t compared = 0, changed = 0;
  verdict::Limits left_out;
  for (const Case& one : cases()) {
    const verdict::Summary usual = verify(one, {}, 1);
    const verdict::Summary limited = verify(one, kTiny, 1);
    EXPECT_TRUE(as_good(usual.verdict, limited.verdict))
        << one.name << ": " << name(usual.verdict) << " became " << name(limited.verdict) << ": " << limited.verdict_line;
    EXPECT_EQ(limited.packets.total, usual.packets.total) << one.name;
    compare_requirements(one, usual, limited);
    EXPECT_EQ(json(verify(one, kTiny, 3)), json(limited)) << one.name;
    ++compared;
    changed += usual.verdict != limited.verdict;
    left_out.flows += limited.limits.flows;
    left_out.associations += limited.limits.associations;
    left_out.held += limited.limits.held;
    left_out.findings += limited.limits.findings;
  }
  EXPECT_GT(compared, 150U);
  EXPECT_GT(changed, 10U);
  EXPECT_GT(left_out.flows, 0U);
  EXPECT_GT(left_out.associations, 0U);
  EXPECT_GT(left_out.held, 0U);
  EXPECT_GT(left_out.findings, 0U);
}

ipsec::Configuration limited(std::vector<ipsec::Policy> policies, std::string_view key, std::size_t value) {
  ipsec::Configuration configuration;
  if (!policies.empty()) configuration.spds.push_back(spd(std::move(policies)));
  configuration.limits.push_back({.key = key, .value = value, .origin = {}});
  return configuration;
}

const verdict::Finding* find(const verdict::Summary& summary) {
  const auto found = std::ranges::find(summary.findings, "capture.limit", &verdict::Finding::code);
  return found == summary.findings.end() ? nullptr : &*found;
}

bool says(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

// ESP with one packet for each of `count` SPIs.
verdict::Summary many_associations(std::size_t limit, std::uint32_t count) {
  Scene scene(limited({out("10.0.0.1", "10.0.0.2")}, "associations", limit));
  for (std::uint32_t spi = 0; spi < count; ++spi) scene.send(ipv4({}, kEspProtocol, esp(0x1000 + spi, 1)));
  return scene.finish();
}

TEST(Limits, AnAssociationWithoutRoomMakesTheVerdictInconclusive) {
  EXPECT_EQ(many_associations(16, 16).verdict, Verdict::kProtected);
  const auto summary = many_associations(16, 20);
  EXPECT_EQ(summary.verdict, Verdict::kInconclusive);
  EXPECT_EQ(summary.reasons, std::vector<std::string>{"capture.limit"});
  EXPECT_EQ(summary.limits.associations, 4U);
  const verdict::Finding* finding = find(summary);
  ASSERT_NE(finding, nullptr);
  EXPECT_EQ(finding->severity, verdict::Severity::kWarning);
  EXPECT_TRUE(says(finding->message, "the limit 'associations' is 16")) << finding->message;
  EXPECT_TRUE(says(finding->advice, "set 'associations' in [limits]")) << finding->advice;
}

TEST(Limits, AFlowWithoutRoomIsCountedAllTheSame) {
  Scene scene(limited({out("10.0.0.1", "10.0.0.2")}, "flows", 16));
  for (std::uint16_t port = 1; port <= 20; ++port) scene.send(ipv4({}, kUdp, udp(port, 53, filler(8))));
  const auto summary = scene.finish();
  EXPECT_EQ(summary.verdict, Verdict::kViolated);
  EXPECT_EQ(classes(summary), "20 leaked");
  EXPECT_EQ(summary.leaks.size(), 16U);
  EXPECT_EQ(summary.limits.flows, 4U);
  ASSERT_NE(find(summary), nullptr);
  EXPECT_EQ(find(summary)->severity, verdict::Severity::kNote);
}

// By tshark's tcp.stream two connections go in clear in leak-telnet: a flow each way.
TEST(Limits, SamplesThatHadNoRoomAreCounted) {
  const std::vector<Case> all = cases();
  const auto leak = std::ranges::find(all, "leak-telnet", &Case::name);
  ASSERT_NE(leak, all.end());
  capture::Options options;
  options.files = leak->captures;
  const ipsec::World world(leak->configuration);
  for (const std::size_t limit : {std::size_t{1}, std::size_t{4}}) {
    const auto source = capture::open(options);
    ASSERT_TRUE(source);
    verify::Ledger ledger(world, {.ports = {}, .details = true, .limits = {.samples = limit}});
    run(**source, world, ledger, {.jobs = 1, .ports = {}, .committed = {}});
    const auto uses = verify::limit_uses(ledger);
    const auto samples = std::ranges::find(uses, "samples", &verdict::LimitUse::key);
    ASSERT_NE(samples, uses.end());
    EXPECT_EQ(samples->used, limit);
    EXPECT_EQ(samples->left_out, 4 - limit);
  }
}

// V21: plaintext whose protection comes on another interface a little later; while it waits others need its room.
TEST(Limits, APacketJudgedBeforeItsTimeIsNoProofOfALeak) {
  const auto sides = [](std::size_t limit) {
    Scene scene(limited({out("10.1.0.0/16", "10.2.0.0/16", {tunnel(ipsec::Protocol::kEsp, "192.0.2.1", "192.0.2.2")})}, "held", limit));
    for (int count = 0; count < 20; ++count)
      scene.send(ipv4({.from = "10.1.0.5", .to = "10.2.0.5"}, kUdp, udp(1, 2, filler(32))), {.at = 1000, .interface = 0});
    scene.send(ipv4({.from = "192.0.2.1", .to = "192.0.2.2"}, kEspProtocol, esp(0x201, 1, 96)), {.at = 1500, .interface = 1});
    return scene.finish();
  };
  EXPECT_EQ(sides(20).verdict, Verdict::kProtected);
  const auto summary = sides(16);
  EXPECT_EQ(classes(summary), "1 unverified 4 leaked 16 exempt");
  EXPECT_EQ(summary.limits.held, 4U);
  EXPECT_EQ(summary.verdict, Verdict::kInconclusive);
  ASSERT_NE(find(summary), nullptr);
  EXPECT_TRUE(says(find(summary)->advice, "'held'"));
}

// Without a policy: a pair of hosts that has no room may leak unseen.
TEST(Limits, APairWithoutRoomMakesTheVerdictInconclusive) {
  Scene scene(limited({}, "pairs", 16));
  scene.send(ipv4({.from = "10.0.0.1", .to = "10.0.0.2"}, kEspProtocol, esp(0x201, 1)));
  for (std::uint8_t host = 1; host <= 20; ++host)
    scene.send(ipv4({.from = "10.0.9." + std::to_string(host), .to = "10.0.0.2"}, kUdp, udp(1, 2, filler(8))));
  const auto summary = scene.finish();
  EXPECT_EQ(summary.verdict, Verdict::kInconclusive);
  ASSERT_NE(find(summary), nullptr);
  EXPECT_TRUE(says(find(summary)->message, "'pairs' is 16")) << find(summary)->message;
}

TEST(Limits, TheMostSevereFindingsAreKept) {
  verify::Findings findings(verdict::Vantage::kUnknown, 2);
  for (const char* code : {"sa.unused", "sa.unused", "capture.drops", "leak.plaintext", "sa.unused", "capture.drops"})
    findings.add(
        {.code = code, .requirement = {}, .association = {}, .message = code, .advice = {}, .first = {}, .last = {}, .first_frame = {}});
  EXPECT_EQ(findings.overflowed(), 4U);
  EXPECT_TRUE(findings.any_warning());
  const auto kept = findings.take();
  ASSERT_EQ(kept.size(), 2U);
  EXPECT_EQ(kept[0].code, "leak.plaintext");
  EXPECT_EQ(kept[1].code, "capture.drops");
}

// Of 50,000 leaking flows.
std::size_t memory_of_flows(std::size_t limit) {
  const std::size_t before = heap_size();
  Scene scene(limited({out("10.0.0.1", "10.0.0.2")}, "flows", limit));
  for (std::uint32_t flow = 0; flow < 50'000; ++flow)
    scene.send(ipv4({}, kUdp, udp(static_cast<std::uint16_t>(flow), static_cast<std::uint16_t>(53 + (flow >> 16)), filler(8))));
  return heap_size() - before;
}

TEST(Limits, ASmallerOneTakesLessMemory) {
  const std::size_t none = memory_of_flows(16);
  const std::size_t all = memory_of_flows(50'000) - none;
  const std::size_t some = memory_of_flows(5'000) - none;
  // A flow has a row of 96 octets and two or four places of 16 in the index, of which older ones take as many again.
  EXPECT_GT(all, std::size_t{50'000} * 128);
  EXPECT_LT(all, std::size_t{50'000} * 256);
  EXPECT_LT(some, all / 4);
}

}  // namespace
}  // namespace espy::pipeline
