// Which SA followed which. Of real captures the times are what tshark says of the first and the last packet of each SPI.
#include "tui/lineage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/tui/pictures.h"
#include "tui/view.h"

namespace espy::tui {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using verdict::AssociationSummary;

std::int64_t second(int number) { return 1'795'293'000'000'000'000 + number * std::int64_t{1'000'000'000}; }

AssociationSummary association(std::uint32_t spi, int first, int last) {
  AssociationSummary made;
  made.protocol = "esp";
  made.spi = base::Spi{spi};
  made.source = "10.0.0.1";
  made.destination = "10.0.0.2";
  made.packets = 9;
  made.first = {second(first)};
  made.last = {second(last)};
  made.requirements = {"r1"};
  return made;
}

verdict::Picture picture(std::vector<AssociationSummary> associations) {
  verdict::Picture made;
  made.associations_total = associations.size();
  made.summary.associations = std::move(associations);
  return made;
}

// The SPIs before and after the SA at `index`, 0 for none.
std::pair<std::uint32_t, std::uint32_t> neighbours(const verdict::Picture& picture, std::size_t index) {
  const Lineage found = lineage_of(picture, picture.summary.associations.at(index));
  const auto spi = [](const AssociationSummary* one) { return one == nullptr ? 0 : one->spi->value; };
  return {spi(found.before), spi(found.after)};
}

using Pair = std::pair<std::uint32_t, std::uint32_t>;

TEST(Lineage, IsTheOrderInWhichTheyBegan) {
  const auto three = picture({association(3, 21, 30), association(1, 0, 9), association(2, 10, 20)});
  EXPECT_EQ(neighbours(three, 1), Pair(0, 2));
  EXPECT_EQ(neighbours(three, 2), Pair(1, 3));
  EXPECT_EQ(neighbours(three, 0), Pair(2, 0));
}

TEST(Lineage, IsNotToldOfSasAtTheSameTime) {
  EXPECT_EQ(neighbours(picture({association(1, 0, 9), association(2, 8, 20)}), 0), Pair(0, 0)) << "they overlap";
  const auto beside = picture({association(1, 0, 9), association(2, 10, 20), association(3, 5, 15)});
  EXPECT_EQ(neighbours(beside, 0), Pair(0, 0)) << "2 may have taken the place of 1 or of 3";
  EXPECT_EQ(neighbours(beside, 1), Pair(0, 0));
}

TEST(Lineage, IsOfTheSameEndsAndPurpose) {
  for (const int what : {0, 1, 2, 3, 4, 5}) {
    AssociationSummary other = association(2, 10, 20);
    if (what == 0) other.source = "10.0.0.9";
    if (what == 1) std::swap(other.source, other.destination);
    if (what == 2) other.protocol = "ah";
    if (what == 3) other.requirements = {"r2"};
    if (what == 4) other.packets = 0;
    if (what == 5) other.integrity_checks.bad = other.packets;
    EXPECT_EQ(neighbours(picture({association(1, 0, 9), other}), 0), Pair(0, 0)) << what;
  }
}

TEST(Lineage, IsNotToldWhereSasAreMissing) {
  auto bounded = picture({association(1, 0, 9), association(3, 21, 30)});
  ASSERT_EQ(neighbours(bounded, 0), Pair(0, 3));
  bounded.associations_total = 3;
  EXPECT_EQ(neighbours(bounded, 0), Pair(0, 0));
  bounded.associations_total = 2;
  bounded.summary.limits.associations = 1;
  EXPECT_EQ(neighbours(bounded, 0), Pair(0, 0)) << "one was forgotten";
}

std::string shown(const char* name, std::string_view spi) {
  const auto& recorded = testing::recording({name});
  Scene scene{.picture = recorded.whole(), .whole = recorded.whole(), .chronicle = *recorded.chronicle};
  scene.display.tier = Tier::kAscii;
  scene.focus = Pane::kMain;
  for (const AssociationSummary& each : scene.picture.summary.associations) {
    if (association_key(each).find(spi) != std::string::npos) scene.subject = association_key(each);
  }
  EXPECT_FALSE(scene.subject.empty()) << spi;
  Canvas canvas(80, 60);
  view(ViewId::kAssociation).draw(scene, canvas, {0, 0, 80, 60});
  return canvas.text();
}

// tshark: 0xc1000010 until 21:01:32.256809, 0xc1000020 from 21:01:32.277528; of the other direction .576634 and .608310.
TEST(Lineage, OfARekey) {
  EXPECT_THAT(shown("rekey", "0xc1000010"), HasSubstr("[0xc1000010] --(21:01:32.277)--> 0xc1000020"));
  EXPECT_THAT(shown("rekey", "0xc1000020"), HasSubstr("0xc1000010 --(21:01:32.277)--> [0xc1000020]"));
  EXPECT_THAT(shown("rekey", "0xc1000021"), HasSubstr("0xc1000011 --(21:01:32.608)--> [0xc1000021]"));
  EXPECT_THAT(shown("leak-telnet", "0x00000200"), Not(HasSubstr("[Life]")));
}

}  // namespace
}  // namespace espy::tui
