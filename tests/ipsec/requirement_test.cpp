// V1 to V5, V11: what one policy demands on the wire. Expected headers follow from RFC 4301 section 4.4.1 and from what the Linux kernel
// does with templates: the first one is applied first, so it ends up innermost.
#include "ipsec/requirement.h"

#include <gtest/gtest.h>

#include "tests/ipsec/policies.h"

namespace espy::ipsec {
namespace {

using namespace testing;

// "ah esp" for transport, "esp[10.0.0.1>10.0.0.2]" where the ends are said.
std::string text(const Requirement& requirement) {
  std::string text;
  for (const RequiredHeader& header : requirement.headers) {
    if (!text.empty()) text += ' ';
    text += name(header.protocol);
    if (header.has_ends()) text += '[' + base::to_string(header.source) + '>' + base::to_string(header.destination) + ']';
  }
  return text;
}

Requirement from(std::vector<Template> templates) { return make_requirement(out("10.0.0.1", "10.0.0.2", std::move(templates)), false); }

TEST(Requirement, ListsHeadersFromTheOutside) {  // V1
  EXPECT_EQ(text(from({kEsp})), "esp");
  EXPECT_EQ(text(from({kEsp, kAh})), "ah esp");
  EXPECT_EQ(text(from({kAh, kEsp})), "esp ah");
}

TEST(Requirement, KeepsRepetition) {  // V4
  EXPECT_EQ(text(from({kEsp, kEsp})), "esp esp");
  EXPECT_EQ(text(from({kAh, kEsp, kAh})), "ah esp ah");
}

TEST(Requirement, TransportAfterATunnelTakesItsEnds) {  // V4
  const Template inner = tunnel(Protocol::kEsp, "192.0.2.1", "192.0.2.2");
  EXPECT_EQ(text(from({inner, kAh})), "ah[192.0.2.1>192.0.2.2] esp[192.0.2.1>192.0.2.2]");
  EXPECT_EQ(text(from({kAh, inner})), "esp[192.0.2.1>192.0.2.2] ah");
  const Template outer = tunnel(Protocol::kEsp, "198.51.100.1", "198.51.100.2");
  EXPECT_EQ(text(from({inner, outer, kAh})), "ah[198.51.100.1>198.51.100.2] esp[198.51.100.1>198.51.100.2] esp[192.0.2.1>192.0.2.2]");
}

TEST(Requirement, NeverRequiresIpcomp) {  // V4
  const Requirement requirement = from({kIpcomp, kEsp});
  EXPECT_EQ(text(requirement), "esp");
  EXPECT_TRUE(requirement.compressed);
  // IPComp in tunnel mode still gives its ends to the ESP after it.
  EXPECT_EQ(text(from({tunnel(Protocol::kIpcomp, "192.0.2.1", "192.0.2.2"), kEsp})), "esp[192.0.2.1>192.0.2.2]");
  EXPECT_EQ(from({kIpcomp}).action, Action::kBypass);
}

TEST(Requirement, ModeIsThatOfTheTunnel) {
  EXPECT_EQ(from({kEsp}).mode(), Mode::kTransport);
  EXPECT_EQ(from({tunnel(Protocol::kEsp, "192.0.2.1", "192.0.2.2"), kAh}).mode(), Mode::kTunnel);
  EXPECT_EQ(from({tunnel(Protocol::kEsp, "192.0.2.1", "192.0.2.2", Mode::kBeet)}).mode(), Mode::kBeet);
  Template any = kEsp;
  any.mode = Mode::kAny;
  EXPECT_EQ(from({any}).mode(), Mode::kAny);
  EXPECT_EQ(from({kEsp}).tunnel(), nullptr);
}

TEST(Requirement, LevelUseCountsOnlyWhereNothingIsRequired) {  // V11
  const Template esp_use = transport(Protocol::kEsp, PolicyLevel::kUse);
  EXPECT_EQ(from({esp_use}).level, PolicyLevel::kUse);
  EXPECT_EQ(text(from({esp_use})), "esp");
  const Requirement mixed = from({esp_use, kAh});
  EXPECT_EQ(mixed.level, PolicyLevel::kRequire);
  EXPECT_EQ(text(mixed), "ah");
}

TEST(Requirement, BypassAndDiscardHaveNoHeaders) {  // V1
  EXPECT_TRUE(make_requirement(with_action(out("10.0.0.1", "10.0.0.2"), Action::kBypass), false).headers.empty());
  const Requirement discard = make_requirement(with_action(out("10.0.0.1", "10.0.0.2"), Action::kDiscard), false);
  EXPECT_EQ(discard.action, Action::kDiscard);
  EXPECT_TRUE(discard.headers.empty());
}

TEST(Requirement, AnyTunnelEndsWhereATunnelDoesNotSayItsOwn) {  // V6, V7
  EXPECT_TRUE(from({tunnel(Protocol::kEsp, "", "")}).any_tunnel_ends);
  EXPECT_FALSE(from({tunnel(Protocol::kEsp, "192.0.2.1", "192.0.2.2")}).any_tunnel_ends);
  EXPECT_FALSE(from({kEsp}).any_tunnel_ends);
}

TEST(Requirement, IsTheSameOnlyWithSelectorHeadersModeAndEnds) {  // V2
  const auto made = [](const Policy& policy) { return make_requirement(policy, false); };
  const Policy base = out("10.0.0.1", "10.0.0.2");
  EXPECT_TRUE(same_requirement(made(base), made(in("10.0.0.1", "10.0.0.2"))));  // the peer's `in`
  EXPECT_FALSE(same_requirement(made(base), made(in("10.0.0.2", "10.0.0.1"))));
  EXPECT_FALSE(same_requirement(made(base), made(out("10.0.0.1", "10.0.0.2", {kAh}))));
  EXPECT_FALSE(same_requirement(made(base), made(out("10.0.0.1", "10.0.0.2", {kEsp, kEsp}))));
  EXPECT_FALSE(same_requirement(made(base), made(out("10.0.0.1", "10.0.0.2", {transport(Protocol::kEsp, PolicyLevel::kUse)}))));
  EXPECT_FALSE(same_requirement(made(base), made(out("10.0.0.1", "10.0.0.2", {tunnel(Protocol::kEsp, "10.0.0.1", "10.0.0.2")}))));
  EXPECT_FALSE(same_requirement(made(base), made(with_ports(base, 6, kAnyPort, port(23)))));
  EXPECT_FALSE(same_requirement(made(base), made(with_action(base, Action::kBypass))));
  EXPECT_FALSE(same_requirement(made(base), make_requirement(base, true)));
  EXPECT_FALSE(same_requirement(made(out("10.0.0.1", "10.0.0.2", {tunnel(Protocol::kEsp, "192.0.2.1", "192.0.2.2")})),
                                made(out("10.0.0.1", "10.0.0.2", {tunnel(Protocol::kEsp, "192.0.2.1", "192.0.2.3")}))));
}

}  // namespace
}  // namespace espy::ipsec
