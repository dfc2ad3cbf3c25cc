// The order, the filter and the states of rows.
#include <gtest/gtest.h>

#include "tui/rows.h"
#include "tui/wireshark.h"

namespace espy::tui {
namespace {

verdict::RequirementSummary requirement(std::string id, std::string name, verdict::Verdict verdict, verdict::ClassCounts packets) {
  verdict::RequirementSummary made;
  made.id = std::move(id);
  made.name = std::move(name);
  made.action = "protect";
  made.verdict = verdict;
  made.packets = packets;
  return made;
}

verdict::Picture picture() {
  using verdict::Verdict;
  verdict::Picture made;
  made.summary.requirements = {requirement("r1", "b", Verdict::kProtected, {.protected_ = 9}),
                               requirement("r2", "quiet", Verdict::kInconclusive, {}),
                               requirement("r3", "few", Verdict::kViolated, {.protected_ = 97, .leaked = 3}),
                               requirement("r4", "many", Verdict::kViolated, {.protected_ = 1, .leaked = 30}),
                               requirement("r5", "forged", Verdict::kViolated, {.protected_ = 5, .forged = 1}),
                               requirement("r6", "unchecked", Verdict::kInconclusive, {.unverified = 4}),
                               requirement("r10", "a", Verdict::kProtected, {.protected_ = 9})};
  return made;
}

struct Fixture {
  verdict::Picture shown = picture();
  Chronicle chronicle;
  Scene scene{.picture = shown, .whole = shown, .chronicle = chronicle};
  std::string ids(Narrowing narrowing = Narrowing::kAsked) const {
    std::string all;
    for (const RequirementRow& row : requirement_rows(scene, narrowing)) all += row.requirement->id + ' ';
    return all;
  }
};

TEST(Rows, WorstFirst) {
  const Fixture one;
  EXPECT_EQ(one.ids(), "r4 r3 r5 r6 r2 r10 r1 ");
  const auto rows = requirement_rows(one.scene, Narrowing::kNone);
  EXPECT_EQ(rows[0].word, "LEAK");
  EXPECT_EQ(rows[2].word, "FAIL");  // nothing leaked
  EXPECT_EQ(rows[3].word, "WARN");
  EXPECT_EQ(rows[4].word, "NONE");
  EXPECT_EQ(rows[5].word, "OK");
}

TEST(Rows, SortedAndReversed) {
  Fixture one;
  one.scene.sort = {.column = "clear", .reversed = true};
  EXPECT_EQ(one.ids().substr(0, 6), "r4 r3 ");
  one.scene.sort = {.column = "name", .reversed = false};
  EXPECT_EQ(one.ids(), "r10 r1 r3 r5 r4 r2 r6 ");
  EXPECT_EQ(one.ids(Narrowing::kNone), "r4 r3 r5 r6 r2 r10 r1 ");
}

TEST(Rows, Filtered) {
  Fixture one;
  one.scene.filter = *Filter::read("state:leak clear:10..");
  EXPECT_EQ(one.ids(), "r4 ");
  one.scene.filter = *Filter::read("!state:ok !state:leak !state:fail");
  EXPECT_EQ(one.ids(), "r6 r2 ");
}

TEST(Rows, AHeldOrderStaysAndTakesNewRowsAtItsEnd) {
  Fixture one;
  one.scene.held_order[Pane::kRequirements] = {"r1", "r2", "r3", "r10"};
  EXPECT_EQ(one.ids(), "r1 r2 r3 r10 r4 r5 r6 ");
}

TEST(Rows, OfAnAssociationTheWorstFindingCounts) {
  verdict::AssociationSummary one;
  EXPECT_EQ(state_of(one), State::kNone);
  one.packets = 5;
  EXPECT_EQ(state_of(one), State::kOk);
  one.findings = {{"sa.gap", 1}};  // a note
  EXPECT_EQ(state_of(one), State::kOk);
  one.findings.push_back({"sa.replay", 1});  // a warning
  EXPECT_EQ(state_of(one), State::kWarn);
  one.findings.push_back({"sa.icv-bad", 2});  // critical
  EXPECT_EQ(state_of(one), State::kLeak);
}

TEST(Wireshark, FiltersSpeakItsLanguage) {
  verdict::Leak leak;
  leak.source = "10.1.0.14";
  leak.destination = "10.2.0.9";
  leak.protocol = "tcp";
  leak.source_port = 49'822;
  leak.destination_port = 5432;
  EXPECT_EQ(wireshark_filter_of(leak), "ip.src==10.1.0.14 && ip.dst==10.2.0.9 && tcp.srcport==49822 && tcp.dstport==5432");
  verdict::AssociationSummary association;
  association.protocol = "esp";
  association.spi = base::Spi{0x201};
  association.source = "fd00::1";
  association.destination = "fd00::2";
  EXPECT_EQ(wireshark_filter_of(association), "esp.spi==0x00000201 && ipv6.src==fd00::1 && ipv6.dst==fd00::2");
}

}  // namespace
}  // namespace espy::tui
