// V6, V8, V26: pairs that the traffic brings forth, and runs of clear packets.
#include "verify/requirement_states.h"

#include <gtest/gtest.h>

#include "tests/ipsec/policies.h"

namespace espy::verify {
namespace {

using namespace ipsec::testing;
using verdict::LeakReason;

ipsec::World world(std::vector<ipsec::Policy> policies) {
  ipsec::Configuration configuration;
  if (!policies.empty()) configuration.spds.push_back(spd(std::move(policies)));
  return ipsec::World(configuration);
}

base::Time at(std::int64_t seconds) { return {seconds * 1'000'000'000}; }

TEST(RequirementStates, KnowsTheOtherDirection) {
  const ipsec::World made = world({with_ports(out("10.0.0.1", "10.0.0.2"), 6, kAnyPort, port(23)),
                                   with_ports(in("10.0.0.2", "10.0.0.1"), 6, port(23), kAnyPort), out("10.0.0.1", "10.0.0.3")});
  const RequirementStates states(made);
  ASSERT_EQ(states.size(), 3U);
  EXPECT_EQ(states[0].mirror, 1U);
  EXPECT_EQ(states[1].mirror, 0U);
  EXPECT_EQ(states[2].mirror, kNoState);
}

TEST(RequirementStates, NothingIsDemandedOfAMulticastGroup) {  // V8: OSPFv3 with AH, 239.0.0.1 with ESP
  const ipsec::World made = world({});
  RequirementStates states(made);
  const auto address = [](const char* text) { return base::read_address(text).value(); };
  EXPECT_NE(states.infer(address("fe80::1"), address("ff02::5")), kNoState);
  EXPECT_EQ(states.infer(address("ff02::5"), address("fe80::1")), kNoState);
  EXPECT_EQ(states.infer(address("239.0.0.1"), address("10.0.0.1")), kNoState);
  EXPECT_EQ(states.infer(address("255.255.255.255"), address("10.0.0.1")), kNoState);
  EXPECT_NE(states.infer(address("10.0.0.1"), address("10.0.0.2")), kNoState);
  EXPECT_EQ(states.size(), 2U);
}

TEST(RequirementStates, ARunLiesBetweenProtectedPacketsOfEitherDirection) {  // V26
  const ipsec::World made = world({out("10.0.0.1", "10.0.0.2"), in("10.0.0.2", "10.0.0.1")});
  RequirementStates states(made);
  states.see_protected(0, {0x201});
  states.leak(0, LeakReason::kPlaintext, at(10), 5, 0);
  states.leak(0, LeakReason::kPlaintext, at(12), 7, 0);
  states.see_protected(1, {0x301});  // the way back ends the run
  states.leak(0, LeakReason::kPlaintext, at(20), 9, 0);
  states.close_runs();
  EXPECT_EQ(states[0].runs, 2U);
  EXPECT_EQ(states[0].longest.packets, 2U);
  EXPECT_EQ(states[0].longest.first, at(10));
  EXPECT_EQ(states[0].longest.last, at(12));
  EXPECT_EQ(states[0].longest.first_frame, 5U);
  EXPECT_EQ(states[0].longest.before, base::Spi{0x201});
  EXPECT_EQ(states[0].longest.after, base::Spi{0x301});
  EXPECT_EQ(states[1].runs, 0U);
}

TEST(RequirementStates, ClearPacketsWithNothingProtectedAroundThemAreNoWindow) {  // V26
  const ipsec::World made = world({out("10.0.0.1", "10.0.0.2")});
  RequirementStates states(made);
  states.leak(0, LeakReason::kPlaintext, at(1), 1, 0);
  states.close_runs();
  EXPECT_EQ(states[0].runs, 0U);
  EXPECT_EQ(states[0].leaks_by_reason[static_cast<std::size_t>(LeakReason::kPlaintext)], 1U);
}

TEST(RequirementStates, InfersBothDirectionsOfAPairOnce) {  // V8
  const ipsec::World made = world({});
  RequirementStates states(made);
  const StateId forth = states.infer(address("10.0.0.1"), address("10.0.0.2"));
  const StateId back = states.infer(address("10.0.0.2"), address("10.0.0.1"));
  EXPECT_NE(forth, back);
  EXPECT_EQ(states.infer(address("10.0.0.1"), address("10.0.0.2")), forth);
  EXPECT_EQ(states[forth].mirror, back);
  EXPECT_EQ(states[back].mirror, forth);
  EXPECT_TRUE(states[forth].provisional);
  EXPECT_TRUE(states[forth].requirement->inferred);
}

TEST(RequirementStates, BindsAnOpenEndToAPeer) {  // V6
  ipsec::Policy road_warrior = out("10.1.0.0/16", "0.0.0.0/0", {tunnel(ipsec::Protocol::kEsp, "192.0.2.1", "")});
  road_warrior.from_ike = true;
  road_warrior.destination_dynamic = true;
  road_warrior.open_destination = ipsec::OpenEnd{"%any"};
  const ipsec::World made = world({road_warrior});
  ASSERT_EQ(made.open_requirements().size(), 1U);
  RequirementStates states(made);
  const StateId state = states.bind(0, address("192.0.2.1"), address("198.51.100.7"));
  EXPECT_EQ(states.bind(0, address("192.0.2.1"), address("198.51.100.7")), state);
  EXPECT_EQ(base::to_string(states[state].requirement->selector.source), "10.1.0.0/16");
  EXPECT_EQ(base::to_string(states[state].requirement->selector.destination), "198.51.100.7");
  EXPECT_FALSE(states[state].requirement->open());
}

TEST(RequirementStates, CountsWhatIsBeyondTheLimit) {
  const ipsec::World made = world({});
  RequirementStates states(made);
  base::Address source = address("10.0.0.0");
  for (std::uint32_t number = 0; number < base::Limits{}.pairs + 10; ++number) {
    source.octets[1] = static_cast<std::uint8_t>(number >> 16);
    source.octets[2] = static_cast<std::uint8_t>(number >> 8);
    source.octets[3] = static_cast<std::uint8_t>(number);
    const StateId state = states.infer(source, address("192.0.2.1"));
    EXPECT_EQ(state == kNoState, number >= base::Limits{}.pairs);
  }
  EXPECT_EQ(states.overflowed(), 10U);
}

}  // namespace
}  // namespace espy::verify
