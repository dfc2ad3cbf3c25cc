// The JSON, JUnit and SARIF reports as their readers see them: well-formed with hostile strings, complete, without a pass that is none.
#include <gtest/gtest.h>

#include <sstream>

#include <nlohmann/json.hpp>

#include "report/report.h"
#include "tests/report/samples.h"

namespace espy::report {
namespace {

using nlohmann::json;

template <class Write>
std::string written(Write write) {
  std::ostringstream out;
  write(out);
  return out.str();
}

json report(const verdict::Summary& summary) {
  return json::parse(written([&](std::ostream& out) { write_json(summary, "0.1.0", out); }));
}

json sarif(const verdict::Summary& summary) {
  return json::parse(written([&](std::ostream& out) { write_sarif(summary, "0.1.0", out); }));
}

std::string junit(const verdict::Summary& summary) {
  return written([&](std::ostream& out) { write_junit(summary, out); });
}

const std::string kHostile = std::string("\x1b[2J]]>--><&\"'\xff\xed\xa0\x80\u202e\n") + '\0';

TEST(Json, ClassesAddUpToTheTotal) {
  const json packets = report(samples::bad())["packets"];
  std::uint64_t sum = 0;
  for (const char* name :
       {"protected", "unverified", "leaked", "forged", "exempt", "decapsulated", "control", "unrelated", "undecodable"}) {
    sum += packets.at(name).get<std::uint64_t>();
  }
  EXPECT_EQ(sum, 2443u);
  EXPECT_EQ(packets.at("total"), 2443u);
}

TEST(Json, WhatIsUnknownIsNull) {
  const json empty = report(samples::empty());
  EXPECT_TRUE(empty["capture"]["filter"].is_null());
  EXPECT_EQ(empty["verdict"], "inconclusive");
  EXPECT_EQ(empty["requirements"], json::array());
  const json bad = report(samples::bad());
  EXPECT_TRUE(bad["requirements"][1]["first"].is_null());
  EXPECT_TRUE(bad["requirements"][0]["protocol"].is_null());
  EXPECT_TRUE(bad["requirements"][0]["tunnel"].is_null());
  EXPECT_TRUE(bad["findings"][1]["requirement"].is_null());
  EXPECT_TRUE(bad["capture"]["sources"][0]["dropped_by_interface"].is_null());
  EXPECT_EQ(bad["capture"]["sources"][0]["dropped_by_kernel"], 17);
}

TEST(Json, WritesSpisTimesAndFrames) {
  const json bad = report(samples::bad());
  EXPECT_EQ(bad["associations"][1]["spi"], "0x00000201");
  EXPECT_EQ(bad["leaks"][0]["first"], "2026-11-21T20:55:15.245370000Z");
  EXPECT_EQ(bad["leaks"][0]["first_frame"], json::parse(R"({"source": 0, "frame": 41})"));
  EXPECT_EQ(bad["leaks"][0]["application"], json::parse(R"({"name": "telnet", "by": "content"})"));
  EXPECT_EQ(bad["associations"][1]["integrity_checks"]["unchecked_because"]["no-key"], 1204);
  EXPECT_EQ(bad["requirements"][0]["packets"]["leaked"], 29);
}

TEST(Json, SurvivesHostileText) {
  const json report_of_hostile = report(samples::hostile(kHostile));
  EXPECT_NE(report_of_hostile["leaks"][0]["source"].get<std::string>().find("\u202e"), std::string::npos);
  EXPECT_NE(report_of_hostile["leaks"][0]["source"].get<std::string>().find("\ufffd"), std::string::npos);
}

TEST(Json, ErrorsHaveTheirPlace) {
  const base::Error error{.message = "key is 15 bytes", .advice = {}, .file = "setkey.conf", .line = 12};
  const json errors = json::parse(written([&](std::ostream& out) { write_json_errors({error}, "0.1.0", out); }));
  EXPECT_EQ(errors, json::parse(R"({"espy": "0.1.0", "schema": 1, "exit_status": 2, "errors":
      [{"file": "setkey.conf", "line": 12, "column": null, "message": "key is 15 bytes", "advice": null}]})"));
}

TEST(Sarif, EveryResultHasAFileAndALine) {
  for (const auto& summary : {samples::bad(), samples::hostile(kHostile), samples::good()}) {
    const json results = sarif(summary)["runs"][0]["results"];
    for (const auto& result : results) {
      const json place = result.at("locations").at(0).at("physicalLocation");
      EXPECT_FALSE(place.at("artifactLocation").at("uri").get<std::string>().empty());
      EXPECT_GE(place.at("region").at("startLine").get<int>(), 1);
      EXPECT_EQ(result.at("partialFingerprints").at("espyProblem/v1").get<std::string>().size(), 16u);
    }
  }
}

TEST(Sarif, PointsAtTheBrokenPolicyAndAtTheFrame) {
  const json results = sarif(samples::bad())["runs"][0]["results"];
  ASSERT_EQ(results.size(), 2u);  // the flow stands for the finding that sums it up
  EXPECT_EQ(results[0]["ruleId"], "leak.plaintext");
  EXPECT_EQ(results[0]["level"], "error");
  EXPECT_EQ(results[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "setkey.conf");
  EXPECT_EQ(results[0]["locations"][0]["physicalLocation"]["region"]["startLine"], 12);
  EXPECT_EQ(results[0]["relatedLocations"][0]["physicalLocation"]["artifactLocation"]["uri"], "wire.pcap");
  EXPECT_EQ(results[0]["relatedLocations"][0]["logicalLocations"][0]["name"], "frame 41");
  EXPECT_EQ(results[1]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "wire.pcap");
}

TEST(Sarif, FingerprintOutlivesTheClientPortAndTheTime) {
  verdict::Summary later = samples::bad();
  later.leaks[0].source_port = 50'001;
  later.leaks[0].packets = 7;
  later.leaks[0].first_frame.frame = 99;
  EXPECT_EQ(sarif(later)["runs"][0]["results"][0]["partialFingerprints"],
            sarif(samples::bad())["runs"][0]["results"][0]["partialFingerprints"]);
  later.leaks[0].destination_port = 80;
  EXPECT_NE(sarif(later)["runs"][0]["results"][0]["partialFingerprints"],
            sarif(samples::bad())["runs"][0]["results"][0]["partialFingerprints"]);
}

TEST(Junit, FailsSkipsAndCounts) {
  const std::string xml = junit(samples::bad());
  EXPECT_NE(xml.find(R"(<testsuites name="espy verify" tests="3" failures="2" errors="0" skipped="1">)"), std::string::npos) << xml;
  EXPECT_NE(xml.find(R"(<testsuite name="setkey.conf" tests="2" failures="1" errors="0" skipped="1">)"), std::string::npos);
  EXPECT_NE(xml.find(R"(<property name="capture[0].dropped_by_kernel" value="17"/>)"), std::string::npos);
  EXPECT_NE(xml.find("10.0.0.1 port 45678 &gt; 10.0.0.2 port 23 tcp: plaintext, 29 packets, 2.4 kB, first frame 41 of wire.pcap"),
            std::string::npos);
  EXPECT_NE(xml.find(R"(<skipped message="inconclusive: policy.unseen"/>)"), std::string::npos);
}

TEST(Junit, AViolationWithoutARequirementStillFails) {
  verdict::Summary summary = samples::good();
  summary.verdict = verdict::Verdict::kViolated;
  EXPECT_NE(junit(summary).find(R"(tests="3" failures="1")"), std::string::npos);
}

TEST(Junit, NothingIsAPassWhenNothingWasSeen) {
  EXPECT_NE(junit(samples::empty()).find(R"(tests="1" failures="0" errors="0" skipped="1")"), std::string::npos);
}

}  // namespace
}  // namespace espy::report
