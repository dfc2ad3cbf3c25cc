// The tuple-space search against a walk over the list: the first that matches, as RFC 4301 section 4.4.1 says.
#include "ipsec/policy_lookup.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/ipsec/policies.h"

namespace espy::ipsec {
namespace {

using namespace testing;

constexpr std::uint32_t kNone = PolicyLookup::kNone;

std::vector<OrderedSelector> in_order(const std::vector<Policy>& policies) {
  std::vector<OrderedSelector> selectors;
  for (const Policy& one : policies) selectors.push_back({one.selector, static_cast<std::uint32_t>(selectors.size())});
  return selectors;
}

TEST(PolicyLookup, FirstInOrderWinsNotTheMostSpecific) {  // V2
  const PolicyLookup lookup(in_order({out("10.0.0.0/8", "0.0.0.0/0"), out("10.0.0.1", "10.0.0.2")}));
  EXPECT_EQ(lookup.find(packet("10.0.0.1", "10.0.0.2")).certain, 0U);
  EXPECT_EQ(lookup.find(packet("11.0.0.1", "10.0.0.2")).certain, kNone);
}

TEST(PolicyLookup, AnEmptyListMatchesNothing) {
  const PolicyLookup lookup({});
  EXPECT_EQ(lookup.find(packet("10.0.0.1", "10.0.0.2")).certain, kNone);
}

TEST(PolicyLookup, ReadsPortsAndRanges) {
  const Policy base = out("10.0.0.1", "10.0.0.2");
  const PolicyLookup lookup(in_order(
      {with_ports(base, 6, kAnyPort, port(23)), with_ports(base, 6, {1000, 2000}, {80, 90}), with_ports(base, 17, kAnyPort, kAnyPort)}));
  EXPECT_EQ(lookup.find(packet("10.0.0.1", "10.0.0.2", 6, 40'000, 23)).certain, 0U);
  EXPECT_EQ(lookup.find(packet("10.0.0.1", "10.0.0.2", 6, 23, 40'000)).certain, kNone);
  EXPECT_EQ(lookup.find(packet("10.0.0.1", "10.0.0.2", 6, 1000, 90)).certain, 1U);
  EXPECT_EQ(lookup.find(packet("10.0.0.1", "10.0.0.2", 6, 2001, 90)).certain, kNone);
  EXPECT_EQ(lookup.find(packet("10.0.0.1", "10.0.0.2", 6, 2000, 79)).certain, kNone);
  EXPECT_EQ(lookup.find(packet("10.0.0.1", "10.0.0.2", 17, 1, 23)).certain, 2U);
}

TEST(PolicyLookup, IcmpTypesAreSourcePorts) {
  const PolicyLookup lookup(in_order({with_ports(out("10.0.0.1", "10.0.0.2"), 1, port(8), port(0))}));
  EXPECT_EQ(lookup.find(packet("10.0.0.1", "10.0.0.2", 1, 8, 0)).certain, 0U);
  EXPECT_EQ(lookup.find(packet("10.0.0.1", "10.0.0.2", 1, 0, 0)).certain, kNone);
}

TEST(PolicyLookup, UnknownPortsArePossibleUpToTheFirstCertainOne) {  // V12
  const Policy base = out("10.0.0.1", "10.0.0.2");
  const PolicyLookup lookup(in_order(
      {with_ports(base, 17, kAnyPort, port(53)), with_ports(base, 6, kAnyPort, port(23)), base, with_ports(base, 6, kAnyPort, port(80))}));
  const auto match = lookup.find(packet("10.0.0.1", "10.0.0.2", 6));
  EXPECT_EQ(match.possible, 1U);
  EXPECT_EQ(match.certain, 2U);
  const auto certain = lookup.find(packet("10.0.0.1", "10.0.0.2", 47));
  EXPECT_EQ(certain.possible, 2U);
  EXPECT_EQ(certain.certain, 2U);
}

TEST(PolicyLookup, AnUnknownProtocolMayBeAny) {  // V23: frames cut before the selector's fields
  const Policy base = out("10.0.0.1", "10.0.0.2");
  const PolicyLookup lookup(in_order({with_ports(base, 17, kAnyPort, kAnyPort), with_ports(base, 6, kAnyPort, port(23))}));
  PacketView view = packet("10.0.0.1", "10.0.0.2", 0);
  view.protocol_known = false;
  EXPECT_EQ(lookup.find(view).possible, 0U);
  EXPECT_EQ(lookup.find(view).certain, kNone);
}

TEST(PolicyLookup, FamiliesDoNotMix) {
  const PolicyLookup lookup(in_order({out("::/0", "::/0"), out("0.0.0.0/0", "0.0.0.0/0")}));
  EXPECT_EQ(lookup.find(packet("10.0.0.1", "10.0.0.2")).certain, 1U);
  EXPECT_EQ(lookup.find(packet("fd00::1", "fd00::2")).certain, 0U);
}

// What the walk says of one selector: no, perhaps, yes.
int linear(const Selector& selector, const PacketView& view) {
  if (!selector.source.contains(view.source) || !selector.destination.contains(view.destination)) return 0;
  int fit = 2;
  if (selector.protocol != 0) {
    if (!view.protocol_known) {
      fit = 1;
    } else if (selector.protocol != view.protocol) {
      return 0;
    }
  }
  const bool all_ports = selector.source_port.any() && selector.destination_port.any();
  if (all_ports) return fit;
  if (!view.ports_known) return 1;
  return selector.source_port.contains(view.source_port) && selector.destination_port.contains(view.destination_port) ? fit : 0;
}

TEST(PolicyLookup, AgreesWithAWalkOverTheList) {
  std::mt19937 random(7);
  const auto below = [&](std::uint32_t limit) { return static_cast<std::uint32_t>(random() % limit); };
  const auto random_address = [&](bool six) {
    base::Address made = address(six ? "fd00::" : "10.0.0.0");
    made.octets[made.size() - 1] = static_cast<std::uint8_t>(below(4));
    made.octets[made.size() - 2] = static_cast<std::uint8_t>(below(2) << 7);
    return made;
  };
  const auto random_range = [&]() -> PortRange {
    if (below(3) == 0) return {};
    const auto first = static_cast<std::uint16_t>(below(5));
    return {first, static_cast<std::uint16_t>(first + below(3))};
  };
  constexpr std::array<std::uint8_t, 4> kProtocols{0, 6, 17, 1};
  for (int round = 0; round < 150; ++round) {
    std::vector<OrderedSelector> selectors;
    for (std::uint32_t order = 0, count = below(60); order < count; ++order) {
      const bool six = below(4) == 0;
      const auto length = [&] { return static_cast<std::uint8_t>(below(3) == 0 ? 0 : (six ? 128 : 32) - below(11)); };
      Selector selector;
      selector.source = base::make_prefix(random_address(six), length());
      selector.destination = base::make_prefix(random_address(six), length());
      selector.protocol = kProtocols[below(4)];
      if (selector.protocol != 0) {
        selector.source_port = random_range();
        selector.destination_port = random_range();
      }
      selectors.push_back({selector, order, static_cast<std::uint8_t>(below(4))});
    }
    const PolicyLookup lookup(selectors);
    for (int step = 0; step < 400; ++step) {
      const bool six = below(4) == 0;
      PacketView view{.source = random_address(six), .destination = random_address(six)};
      view.protocol_known = below(8) != 0;
      view.protocol = view.protocol_known ? kProtocols[1 + below(3)] : 0;
      view.ports_known = view.protocol_known && below(3) != 0;
      view.source_port = static_cast<std::uint16_t>(below(6));
      view.destination_port = static_cast<std::uint16_t>(below(6));
      PolicyLookup::Match expected;
      for (const OrderedSelector& one : selectors) {
        const int fit = linear(one.selector, view);
        if (fit == 0) continue;
        expected.possible = std::min(expected.possible, one.order);
        std::uint32_t& of_kind = expected.possible_by_kind[one.kind];
        of_kind = std::min(of_kind, one.order);
        if (fit == 1) continue;
        expected.certain = one.order;
        break;
      }
      const PolicyLookup::Match found = lookup.find(view);
      ASSERT_EQ(found.certain, expected.certain) << round << ' ' << step;
      ASSERT_EQ(found.possible, expected.possible) << round << ' ' << step;
      for (std::size_t kind = 0; kind < kMatchKinds; ++kind) {
        // Beyond the certain one what is possible does not matter.
        const std::uint32_t of_kind = found.possible_by_kind[kind] > found.certain ? kNone : found.possible_by_kind[kind];
        ASSERT_EQ(of_kind, expected.possible_by_kind[kind]) << round << ' ' << step;
      }
    }
  }
}

}  // namespace
}  // namespace espy::ipsec
