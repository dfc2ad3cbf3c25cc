#include "tui/worst.h"

#include <gtest/gtest.h>

namespace espy::tui {
namespace {

verdict::AssociationSummary association(std::uint32_t spi, std::uint64_t packets, std::uint64_t lost, std::uint64_t bad) {
  verdict::AssociationSummary made;
  made.protocol = "esp";
  made.spi = base::Spi{spi};
  made.source = "10.0.0.1";
  made.destination = "10.0.0.2";
  made.packets = packets;
  made.sequence.lost = lost;
  made.integrity_checks.bad = bad;
  return made;
}

TEST(Worst, NothingIsTheWorstOfNothing) {
  const verdict::Picture empty;
  for (const ViewId view : {ViewId::kRequirement, ViewId::kAssociation, ViewId::kSequence, ViewId::kLeak, ViewId::kPacket})
    EXPECT_EQ(worst_key(view, empty), std::nullopt);
  EXPECT_EQ(worst_key(ViewId::kOverview, empty), "");
  EXPECT_EQ(worst_key(ViewId::kTimeline, empty), "");
}

TEST(Worst, ForgedBeforeLostBeforeBusy) {
  verdict::Picture picture;
  picture.summary.associations = {association(1, 1'000, 0, 0), association(2, 10, 5, 0)};
  EXPECT_EQ(worst_key(ViewId::kSequence, picture), "esp 0x00000002 10.0.0.1 > 10.0.0.2");
  picture.summary.associations.push_back(association(3, 2, 0, 1));
  EXPECT_EQ(worst_key(ViewId::kAssociation, picture), "esp 0x00000003 10.0.0.1 > 10.0.0.2");
}

TEST(Worst, ARequirementThatLeaksMost) {
  verdict::Picture picture;
  for (const std::uint64_t leaked : {0, 7, 9}) {
    verdict::RequirementSummary row;
    row.id = "r" + std::to_string(picture.summary.requirements.size() + 1);
    row.verdict = leaked == 0 ? verdict::Verdict::kInconclusive : verdict::Verdict::kViolated;
    row.packets.leaked = leaked;
    picture.summary.requirements.push_back(row);
  }
  EXPECT_EQ(worst_key(ViewId::kRequirement, picture), "r3");
}

}  // namespace
}  // namespace espy::tui
