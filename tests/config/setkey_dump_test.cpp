#include <gtest/gtest.h>

#include "tests/config/reading.h"

namespace espy::config {
namespace {

using P = ipsec::Protocol;

// As pfkey_dump.c of ipsec-tools prints it.
constexpr std::string_view kStates =
    "10.0.0.1 10.0.0.2 \n"
    "\tesp mode=transport spi=513(0x00000201) reqid=7(0x00000007)\n"
    "\tE: aes-cbc  00010203 04050607 08090a0b 0c0d0e0f\n"
    "\tA: hmac-sha256  00010203 04050607 08090a0b 0c0d0e0f 10111213 14151617 18191a1b 1c1d1e1f\n"
    "\tseq=0x00000000 replay=32 flags=0x00000000 state=mature \n"
    "\tcreated: Aug  1 12:00:00 2026\tcurrent: Aug  1 12:00:10 2026\n"
    "\tdiff: 10(s)\thard: 0(s)\tsoft: 0(s)\n"
    "\tlast: \t\t\thard: 0(s)\tsoft: 0(s)\n"
    "\tcurrent: 0(bytes)\thard: 0(bytes)\tsoft: 0(bytes)\n"
    "\tallocated: 0\thard: 0\tsoft: 0\n"
    "\tsadb_seq=1 pid=123 refcnt=0\n"
    "192.0.2.1[61234] 192.0.2.2[4500] \n"
    "\tesp-udp mode=tunnel spi=4096(0x00001000) reqid=0(0x00000000)\n"
    "\tNAT OA=10.0.0.9\n"
    "\tE: null\n"
    "\tA: hmac-sha1  00010203 04050607 08090a0b 0c0d0e0f 10111213\n"
    "\tseq=0x00000000 replay=0 flags=0x00000000 state=dying \n"
    "10.0.0.1 10.0.0.2 \n"
    "\tesp mode=transport spi=0(0x00000000) reqid=0(0x00000000)\n"
    "\tseq=0x00000000 replay=0 flags=0x00000000 state=larval \n";

constexpr std::string_view kPolicies =
    "10.0.0.2[5901] 10.0.0.1[any] tcp\n"
    "\tin prio def + 5 ipsec\n"
    "\tesp/transport//require\n"
    "\tah/transport//require\n"
    "\tcreated: Aug  1 12:00:00 2026  lastused:                     \n"
    "\tlifetime: 0(s) validtime: 0(s)\n"
    "\tspid=16 seq=2 pid=1\n"
    "\trefcnt=1\n"
    "10.1.0.0/24[any] 10.2.0.0/24[any] any\n"
    "\tout ipsec\n"
    "\tesp/tunnel/10.0.0.1-10.0.0.2/unique#16385\n"
    "\tspid=9 seq=1 pid=1\n"
    "fe80::/10[any] ::/0[any] icmp6 135,0\n"
    "\tout none\n"
    "\tspid=1 seq=0 pid=1\n"
    "(per-socket policy) \n"
    "\tin(socket) none\n"
    "\tspid=27 seq=0 pid=1\n";

TEST(SetkeyDump, ReadsAssociations) {
  const Document document = read_text(read_setkey_dump, kStates);
  EXPECT_EQ(all_errors(document), "");
  EXPECT_EQ(document.configuration.ignored.larval, 1U);
  const auto& associations = document.configuration.associations;
  ASSERT_EQ(associations.size(), 2U);
  EXPECT_EQ(associations[0].spi->value, 0x201U);
  EXPECT_EQ(associations[0].reqid, 7U);
  EXPECT_EQ(associations[0].mode, ipsec::Mode::kTransport);
  EXPECT_EQ(hex(associations[0].encryption_key), "000102030405060708090a0b0c0d0e0f");
  EXPECT_EQ(hex(associations[0].integrity_key), "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
  EXPECT_EQ(associations[0].icv_bits, 0);
  EXPECT_EQ(associations[0].replay_window, 32U);
  EXPECT_EQ(associations[1].encryption, ipsec::Encryption::kNull);
  EXPECT_EQ(associations[1].encapsulation, ipsec::Encapsulation::kUdp);
  EXPECT_EQ(associations[1].encapsulation_source_port, 61234);
  EXPECT_EQ(associations[1].encapsulation_destination_port, 4500);
}

TEST(SetkeyDump, ReadsPolicies) {
  const Document document = read_text(read_setkey_policy_dump, kPolicies);
  EXPECT_EQ(all_errors(document), "");
  ASSERT_EQ(document.configuration.spds.size(), 1U);
  const auto& policies = document.configuration.spds[0].policies;
  ASSERT_EQ(policies.size(), 4U);
  const auto in =
      std::ranges::find(policies, ipsec::PortRange{5901, 5901}, [](const ipsec::Policy& policy) { return policy.selector.source_port; });
  ASSERT_NE(in, policies.end());
  EXPECT_EQ(in->direction, ipsec::PolicyDirection::kIn);
  EXPECT_EQ(in->priority, 0x7ffffffbU);
  ASSERT_EQ(in->templates.size(), 2U);
  EXPECT_EQ(in->templates[0].protocol, P::kEsp);
  EXPECT_EQ(in->templates[1].protocol, P::kAh);
  const auto tunnel = std::ranges::find_if(
      policies, [](const ipsec::Policy& policy) { return !policy.templates.empty() && policy.templates[0].mode == ipsec::Mode::kTunnel; });
  ASSERT_NE(tunnel, policies.end());
  EXPECT_EQ(tunnel->templates[0].reqid, 16385U);
  EXPECT_EQ(base::to_string(tunnel->templates[0].destination), "10.0.0.2");
  const auto discovery = std::ranges::find(policies, 58, [](const ipsec::Policy& policy) { return policy.selector.protocol; });
  ASSERT_NE(discovery, policies.end());
  EXPECT_EQ(discovery->action, ipsec::Action::kBypass);
  EXPECT_LT(discovery->age, tunnel->age) << "the kernel numbers policies as they come";
  EXPECT_EQ(std::ranges::count(policies, true, &ipsec::Policy::socket), 1);
}

TEST(SetkeyDump, TakesBothListingsFromOneFileAndEmptyTables) {
  const std::string both = std::string(kStates) + std::string(kPolicies);
  const Document document = read_text(read_setkey_dump, both);
  EXPECT_EQ(all_errors(document), "");
  EXPECT_EQ(document.configuration.associations.size(), 2U);
  EXPECT_EQ(document.configuration.spds.at(0).policies.size(), 4U);
  const Document empty = read_text(read_setkey_dump, "No SAD entries.\nNo SPD entries.\n");
  EXPECT_EQ(all_errors(empty), "");
  EXPECT_TRUE(empty.configuration.associations.empty());
}

TEST(SetkeyDump, EveryCutEnds) {
  const std::string both = std::string(kStates) + std::string(kPolicies);
  for (std::size_t size = 0; size < both.size(); ++size) {
    const std::string cut = both.substr(0, size);
    EXPECT_LE(read_text(read_setkey_dump, cut).configuration.associations.size(), 2U);
  }
}

}  // namespace
}  // namespace espy::config
