// V4 and V17 as a table: what is required, what is carried, what that makes. Lower case: ah, esp; "*" after the last esp: it cannot be
// read.
#include "verify/match.h"

#include <gtest/gtest.h>

#include <sstream>

#include "tests/ipsec/policies.h"

namespace espy::verify {
namespace {

using namespace ipsec::testing;
using verdict::LeakReason;

ipsec::Requirement requirement(const std::string& headers) {  // in the order of the templates: the inside first
  std::vector<ipsec::Template> templates;
  std::istringstream words(headers);
  for (std::string word; words >> word;) templates.insert(templates.begin(), word == "ah" ? kAh : kEsp);
  return ipsec::make_requirement(out("10.0.0.1", "10.0.0.2", templates), false);
}

Stack stack(const std::string& headers, const char* from = "10.0.0.1", const char* to = "10.0.0.2") {
  Stack made;
  std::istringstream words(headers);
  for (std::string word; words >> word;) {
    made.opaque = word == "esp*";
    made.headers[made.count++] = {word == "ah" ? ipsec::Protocol::kAh : ipsec::Protocol::kEsp, address(from), address(to)};
  }
  return made;
}

TEST(Match, FollowsTheTable) {  // V4, V17
  struct Case {
    const char* required;
    const char* carried;
    Form form;
    LeakReason reason = LeakReason::kPlaintext;
  };
  for (const Case& one : {
           Case{"esp", "esp*", Form::kSatisfied},
           Case{"ah", "ah", Form::kSatisfied},
           Case{"ah esp", "ah esp*", Form::kSatisfied},
           Case{"esp", "ah esp*", Form::kSatisfied},  // more than is required
           Case{"ah", "ah esp*", Form::kSatisfied},
           Case{"esp", "ah", Form::kBroken, LeakReason::kIntegrityOnly},  // readable
           Case{"ah esp", "ah", Form::kBroken, LeakReason::kIntegrityOnly},
           Case{"ah esp", "esp*", Form::kBroken, LeakReason::kMissingAh},  // the AH should be outside
           Case{"esp ah", "esp*", Form::kPossible},                        // it may be behind what cannot be read
           Case{"esp esp", "esp*", Form::kPossible},
           Case{"ah esp ah", "ah esp*", Form::kPossible},
           Case{"ah", "esp*", Form::kBroken, LeakReason::kMissingAh},
           Case{"esp", "", Form::kElsewhere},
       }) {
    const Fit fit = match(requirement(one.required), stack(one.carried));
    EXPECT_EQ(fit.form, one.form) << one.required << " / " << one.carried;
    if (one.form != Form::kBroken) continue;
    EXPECT_EQ(fit.reason, one.reason) << one.required << " / " << one.carried;
  }
}

TEST(Match, HeadersOfOtherEndsServeNothing) {
  EXPECT_EQ(match(requirement("esp"), stack("esp*", "10.0.0.3", "10.0.0.2")).form, Form::kElsewhere);
  EXPECT_EQ(match(requirement("esp"), stack("esp*", "10.0.0.2", "10.0.0.1")).form, Form::kElsewhere);
}

TEST(Match, ATunnelMustRunBetweenItsEnds) {
  const auto required =
      ipsec::make_requirement(out("10.1.0.0/16", "10.2.0.0/16", {tunnel(ipsec::Protocol::kEsp, "192.0.2.1", "192.0.2.2")}), false);
  EXPECT_EQ(match(required, stack("esp*", "192.0.2.1", "192.0.2.2")).form, Form::kSatisfied);
  EXPECT_EQ(match(required, stack("esp*", "192.0.2.2", "192.0.2.1")).form, Form::kElsewhere);
  EXPECT_EQ(match(required, stack("esp*", "10.1.0.1", "10.2.0.1")).form, Form::kElsewhere);
  ipsec::Requirement any = required;
  any.headers[0].source = any.headers[0].destination = {};
  any.any_tunnel_ends = true;  // V7
  EXPECT_EQ(match(any, stack("esp*", "198.51.100.1", "198.51.100.2")).form, Form::kSatisfied);
}

}  // namespace
}  // namespace espy::verify
