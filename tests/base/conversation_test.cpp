#include "base/conversation.h"

#include <gtest/gtest.h>

namespace espy::base {
namespace {

Endpoint endpoint(std::string_view address, std::uint16_t port) { return {read_address(address).value(), port}; }

TEST(Conversation, IsTheSameWhicheverEndSends) {
  const Endpoint client = endpoint("192.0.2.1", 40000);
  const Endpoint server = endpoint("192.0.2.2", 22);
  const Conversation there = conversation_of(client, server);
  const Conversation back = conversation_of(server, client);
  EXPECT_EQ(there, back);
  EXPECT_EQ(there.hash(7), back.hash(7));
  EXPECT_NE(there.is_from_low(client), there.is_from_low(server));
  EXPECT_EQ(there.is_from_low(client), back.is_from_low(client));
}

TEST(Conversation, PortsTellTwoOfOneHostApart) {
  const Endpoint telnet = endpoint("fd00::1", 23);
  const Endpoint vnc = endpoint("fd00::1", 5900);
  const Endpoint other = endpoint("fd00::2", 40000);
  EXPECT_NE(conversation_of(telnet, other), conversation_of(vnc, other));
  EXPECT_NE(conversation_of(telnet, other).hash(7), conversation_of(vnc, other).hash(7));
  EXPECT_NE(conversation_of(telnet, vnc).is_from_low(telnet), conversation_of(telnet, vnc).is_from_low(vnc));
}

TEST(Conversation, AnEndThatTalksToItselfIsTheLowOne) {
  const Endpoint self = endpoint("127.0.0.1", 500);
  EXPECT_TRUE(conversation_of(self, self).is_from_low(self));
}

}  // namespace
}  // namespace espy::base
