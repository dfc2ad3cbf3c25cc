#include "ipsec/key.h"

#include <gtest/gtest.h>

#include <string>
#include <type_traits>

#include "ipsec/configuration.h"

namespace espy::ipsec {
namespace {

TEST(Key, CopiesAndMovesKeepTheOctets) {
  const Key key({1, 2, 3});
  Key copy;
  copy = key;
  EXPECT_TRUE(copy == key);
  const Key moved = std::move(copy);
  EXPECT_EQ(moved.size(), 3U);
  EXPECT_EQ(moved.secret()[2], 3);
  Key self({9});
  const Key& alias = self;
  self = alias;
  EXPECT_EQ(self.size(), 1U);
}

template <class T>
concept Streamable = requires(std::string& text, const T& value) {
  text += value;
};
static_assert(!Streamable<Key>);
static_assert(!std::is_convertible_v<Key, std::string>);

TEST(Key, WipeOverwritesText) {
  std::string secret = "secret";
  wipe(secret.data(), secret.size());
  EXPECT_EQ(secret, std::string(6, '\0'));
}

TEST(Origin, NamesTheLineWhereItIsKnown) {
  EXPECT_EQ(to_string(Origin{"setkey.conf", 12}), "setkey.conf:12");
  EXPECT_EQ(to_string(Origin{"command line", 0}), "command line");
}

}  // namespace
}  // namespace espy::ipsec
