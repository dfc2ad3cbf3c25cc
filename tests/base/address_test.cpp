// Expected texts are those of RFC 5952; prefixes are worked out by hand.
#include "base/address.h"

#include <gtest/gtest.h>

#include <array>
#include <string_view>

namespace espy::base {
namespace {

TEST(Address, WritesAsRfc5952) {
  struct Case {
    const char* text;
    const char* written;
  };
  for (const Case& one : {Case{"10.0.0.1", "10.0.0.1"}, Case{"0.0.0.0", "0.0.0.0"}, Case{"255.255.255.255", "255.255.255.255"},
                          Case{"::", "::"}, Case{"2001:DB8:0:0:0:0:0:1", "2001:db8::1"}, Case{"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
                          Case{"fe80::0001", "fe80::1"}, Case{"::ffff:192.0.2.1", "::ffff:192.0.2.1"}}) {
    const auto address = read_address(one.text);
    ASSERT_TRUE(address.has_value()) << one.text;
    EXPECT_EQ(to_string(*address), one.written);
  }
  EXPECT_EQ(to_string(Address{}), "?");
}

TEST(Address, RefusesWhatIsNoNumericAddress) {
  for (const char* text :
       {"", "localhost", "10.0.0", "10.0.0.256", "010.0.0.1.2", "fe80::1%eth0", "10.0.0.1 ", " 10.0.0.1", "1::2::3", ":::", "12345::"}) {
    const auto address = read_address(text);
    ASSERT_FALSE(address.has_value()) << text;
    EXPECT_NE(address.error().message.find(text), std::string::npos) << address.error().message;
  }
}

TEST(Address, OfOneFamilyIsNeverOneOfTheOther) {
  const Address four = *read_address("32.1.13.184");
  const Address six = *read_address("2001:db8::");  // the same first octets
  EXPECT_NE(four, six);
  EXPECT_FALSE(make_prefix(four, 8).contains(six));
  EXPECT_FALSE(make_prefix(six, 0).contains(four));
  EXPECT_EQ(four.size(), 4U);
  EXPECT_EQ(six.size(), 16U);
  EXPECT_TRUE(read_address("::")->unspecified());
  EXPECT_FALSE(four.unspecified());
}

TEST(Address, OrderIsThatOfTheOctets) {
  // Each before the next: as octets, not as words of this machine, and not as text.
  const auto texts = std::to_array<std::string_view>({"0.0.0.2", "1.0.0.0", "2.0.0.1", "10.0.0.10", "10.0.1.9", "192.0.2.1"});
  for (std::size_t left = 0; left < texts.size(); ++left) {
    for (std::size_t right = 0; right < texts.size(); ++right) {
      EXPECT_EQ(*read_address(texts[left]) < *read_address(texts[right]), left < right) << texts[left] << " " << texts[right];
    }
  }
  EXPECT_LT(*read_address("fd00::1"), *read_address("fd00::100"));
  EXPECT_LT(*read_address("fd00::ff"), *read_address("fd00:0:0:1::"));
  EXPECT_LT(*read_address("fd00::2"), *read_address("fd01::1"));
  EXPECT_LT(*read_address("0.0.0.0"), *read_address("::"));  // of the same octets
}

TEST(Address, MaskClearsTheBitsBeyondItsLength) {
  struct Case {
    const char* address;
    std::uint8_t length;
    const char* masked;
  };
  for (const Case& one :
       {Case{"10.255.255.255", 0, "0.0.0.0"}, Case{"10.255.255.255", 9, "10.128.0.0"}, Case{"10.255.255.255", 31, "10.255.255.254"},
        Case{"10.255.255.255", 32, "10.255.255.255"}, Case{"2001:db8:ffff::1", 33, "2001:db8:8000::"},
        Case{"ffff::ffff", 127, "ffff::fffe"}, Case{"ffff::ffff", 128, "ffff::ffff"}, Case{"ffff::ffff", 0, "::"}}) {
    EXPECT_EQ(to_string(mask(*read_address(one.address), one.length)), one.masked) << one.address << '/' << int{one.length};
  }
}

TEST(Prefix, ReadsAndClearsHostBits) {
  struct Case {
    const char* text;
    const char* written;
  };
  for (const Case& one :
       {Case{"10.0.0.77/24", "10.0.0.0/24"}, Case{"10.0.0.77", "10.0.0.77"}, Case{"10.0.0.77/32", "10.0.0.77"},
        Case{"0.0.0.0/0", "0.0.0.0/0"}, Case{"fd00::1/64", "fd00::/64"}, Case{"fd00::1/128", "fd00::1"}, Case{"::/0", "::/0"}}) {
    const auto prefix = read_prefix(one.text);
    ASSERT_TRUE(prefix.has_value()) << one.text;
    EXPECT_EQ(to_string(*prefix), one.written);
  }
  for (const char* text : {"10.0.0.0/33", "fd00::/129", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/ 8", "10.0.0.0/8x", "10.0.0.0/255.0.0.0",
                           "/8", "host/8", "10.0.0.0/99999999999"}) {
    EXPECT_FALSE(read_prefix(text).has_value()) << text;
  }
}

TEST(Prefix, ContainsAddressesAndNarrowerPrefixes) {
  const Prefix net = *read_prefix("10.1.2.0/23");
  EXPECT_TRUE(net.contains(*read_address("10.1.3.255")));
  EXPECT_FALSE(net.contains(*read_address("10.1.4.0")));
  EXPECT_TRUE(net.contains(net));
  EXPECT_TRUE(net.contains(*read_prefix("10.1.3.0/24")));
  EXPECT_FALSE(net.contains(*read_prefix("10.1.0.0/22")));
  EXPECT_FALSE(net.contains(*read_prefix("10.1.4.0/24")));
  EXPECT_FALSE(net.contains(Address{}));
  EXPECT_TRUE(host_prefix(*read_address("fd00::1")).is_host());
  EXPECT_TRUE(read_prefix("::/0")->is_everything());
  EXPECT_EQ(make_prefix(*read_address("10.0.0.1"), 200).length, 32);
}

}  // namespace
}  // namespace espy::base
