// Errors of the IKE daemons' files name line and column of the bad value, and one bad value does not hide the next.
#include <gtest/gtest.h>

#include "config/document.h"

namespace espy::config {
namespace {

struct Place {
  std::uint32_t line;
  std::uint32_t column;
};

void expect_places(const Document& document, std::initializer_list<Place> places) {
  ASSERT_EQ(document.errors.size(), places.size());
  std::size_t index = 0;
  for (const Place& place : places) {
    EXPECT_EQ(document.errors[index].line, place.line) << document.errors[index].message;
    EXPECT_EQ(document.errors[index].column, place.column) << document.errors[index].message;
    ++index;
  }
}

TEST(IpsecConfColumns, EveryBadValueOfAConnIsToldWithItsColumn) {
  Document document;
  document.name = "ipsec.conf";
  document.text = "conn a\n  left=10.0.0.1\n  right=10.0.0.2\n  type= tunel\n\tleftprotoport=6/999999\n  auto=add\n";
  read_ipsec_conf(document);
  expect_places(document, {{4, 9}, {5, 16}});
}

TEST(SwanctlColumns, EveryBadValueOfAChildIsToldWithItsColumn) {
  Document document;
  document.name = "swanctl.conf";
  document.text =
      "connections {\n a {\n  local_addrs = 10.0.0.1\n  remote_addrs = 10.0.0.2\n  children {\n   c {\n    mode = tunel\n"
      "    local_ts =  10.0.0.999/24\n   }\n  }\n }\n}\n  }\n";
  read_swanctl(document);
  expect_places(document, {{13, 3}, {7, 12}, {8, 17}});
}

}  // namespace
}  // namespace espy::config
