// What is written and read again says the same, or a note says what it cannot: every target against every configuration at hand.
#include "config/writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <tuple>

#include "config/reader.h"
#include "tests/config/reading.h"
#include "tests/config/same_configuration.h"

namespace espy::config {
namespace {

using testing::Contains;
using testing::HasSubstr;

ipsec::Configuration read_as(Format format, std::string_view text, std::string_view what) {
  Outcome outcome;
  read_text(format, "again", text, outcome);
  std::string errors;
  for (const base::Error& error : outcome.errors) errors += base::to_string(error) + "\n";
  EXPECT_EQ(errors, "") << what << "\n" << text;
  return std::move(outcome.configuration);
}

// Every configuration file of the tests that can be read without an error.
std::vector<std::string> samples() {
  std::vector<std::string> names;
  for (const char* folder : {"/tests/config/data", "/tests/pcaps"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(std::string(ESPY_SOURCE_DIR) + folder)) {
      const std::string name = entry.path().string();
      const bool capture = name.find(".pcap") != std::string::npos && !name.ends_with(".txt");
      if (entry.is_regular_file() && !capture && !name.ends_with(".json") && !name.ends_with(".hex")) names.push_back(name);
    }
  }
  std::ranges::sort(names);
  return names;
}

ipsec::Configuration read_sample(const std::string& name) {
  const std::vector<std::string> arguments{name};
  Outcome outcome = read(arguments, {});
  return outcome.errors.empty() ? std::move(outcome.configuration) : ipsec::Configuration();
}

Written written(const ipsec::Configuration& configuration, Target target) {
  auto text = write(configuration, target, {.keys = Keys::kShown});
  return text ? std::move(*text) : Written();
}

std::size_t count_in(const std::vector<std::string>& notes, std::string_view what) {
  std::size_t count = 0;
  for (const std::string& note : notes) {
    if (note.find(what) == std::string::npos) continue;
    const std::size_t more = note.find(" (and ");
    count += 1 + (more == std::string::npos ? 0 : std::stoul(note.substr(more + 6)));
  }
  return count;
}

TEST(Writer, TomlKeepsEverything) {
  std::size_t compared = 0;
  for (const std::string& name : samples()) {
    const ipsec::Configuration first = read_sample(name);
    if (first.associations.empty() && first.spds.empty()) continue;
    const Written text = written(first, Target::kToml);
    EXPECT_THAT(text.notes, testing::IsEmpty());
    EXPECT_EQ(lines_of(first), lines_of(read_as(Format::kToml, text.text.view(), name))) << name;
    ++compared;
  }
  EXPECT_GT(compared, 60U);
}

// What setkey(8), ip-xfrm(8), Wireshark's table and tcpdump(1) have a word for; all else is set back to what a reader finds.
void forget_what_no_target_says(ipsec::Association& sa) {
  sa.key_from_text = false;
  sa.marked = 0;
  sa.encryption_name = sa.integrity_name = "";
  if (sa.spi) return;
  sa.spi_mask = 0xffffffff;
}

// RFC 3948 section 2.1: where no port is said, it is 4500.
void say_ports(ipsec::Association& sa) {
  if (sa.encapsulation == ipsec::Encapsulation::kNone) return;
  if (sa.encapsulation_source_port == 0) sa.encapsulation_source_port = 4500;
  if (sa.encapsulation_destination_port == 0) sa.encapsulation_destination_port = 4500;
}

void keep_for_setkey(ipsec::Association& sa) {
  if (sa.mode == ipsec::Mode::kBeet || sa.mode == ipsec::Mode::kIptfs) sa.mode = ipsec::Mode::kAny;
  if (sa.encapsulation != ipsec::Encapsulation::kUdp) {
    sa.encapsulation = ipsec::Encapsulation::kNone;
    sa.encapsulation_source_port = sa.encapsulation_destination_port = 0;
  }
  sa.esn_high.reset();
  sa.tfc_padding = 0;
  sa.align4 = false;
  // RFC 1828 sends digests whole, which `ah-old` says by itself.
  const bool whole = sa.old_header && sa.protocol == ipsec::Protocol::kAh && sa.icv_bits == 128;
  if (!ipsec::facts(sa.encryption).aead && !whole) sa.icv_bits = 0;
  if (sa.old_header) sa.replay_window = 0;
  if (sa.integrity == ipsec::Integrity::kAesGmac) sa.icv_bits = 128;
  say_ports(sa);
}

void keep_for_xfrm(ipsec::Association& sa) {
  if (sa.mode == ipsec::Mode::kAny) sa.mode = ipsec::Mode::kTransport;
  if (sa.esn && sa.replay_window == 0) sa.replay_window = 32;
  if (!sa.esn) sa.esn_high.reset();
  if (!sa.source.address.known()) sa.source = base::host_prefix({.octets = {}, .family = sa.destination.address.family});
  if (sa.encapsulation == ipsec::Encapsulation::kNone) sa.encapsulation_source_port = sa.encapsulation_destination_port = 0;
  say_ports(sa);
}

void keep_for_esp_sa(ipsec::Association& sa, bool old_columns) {
  ipsec::Association kept;
  kept.spi = sa.spi;
  kept.spi_mask = sa.spi_mask;
  kept.source = sa.source;
  kept.destination = sa.destination;
  if (!kept.source.address.known()) kept.source.address.family = sa.destination.address.family;
  if (!kept.destination.address.known()) kept.destination.address.family = sa.source.address.family;
  kept.encryption = sa.encryption;
  if (sa.encryption != ipsec::Encryption::kNull) kept.encryption_key = sa.encryption_key;
  const bool checked = sa.integrity >= ipsec::Integrity::kHmacMd5 && sa.integrity <= ipsec::Integrity::kHmacRipemd160;
  kept.integrity = checked || sa.integrity == ipsec::Integrity::kNone ? sa.integrity : ipsec::Integrity::kAny;
  if (checked) kept.integrity_key = sa.integrity_key;
  kept.icv_bits = sa.icv_bits != 0                   ? sa.icv_bits
                  : ipsec::facts(sa.encryption).aead ? 128
                                                     : static_cast<std::uint16_t>(ipsec::facts(sa.integrity).icv_size * 8);
  kept.esn = sa.esn && !old_columns;
  if (kept.esn) kept.esn_high = sa.esn_high.value_or(0);
  sa = kept;
}

void keep_for_tcpdump(ipsec::Association& sa) {
  ipsec::Association kept;
  kept.spi = sa.spi;
  kept.destination = sa.destination;
  kept.encryption = sa.encryption;
  kept.encryption_key = sa.encryption_key;
  if (sa.integrity != ipsec::Integrity::kNone) {
    kept.integrity = ipsec::Integrity::kAny;
    kept.icv_bits = 96;
  }
  sa = kept;
}

void keep(Target target, ipsec::Association& sa) {
  if (target == Target::kSetkey) keep_for_setkey(sa);
  if (target == Target::kXfrm) keep_for_xfrm(sa);
  if (target == Target::kEspSa || target == Target::kOldEspSa) keep_for_esp_sa(sa, target == Target::kOldEspSa);
  if (target == Target::kTcpdump) keep_for_tcpdump(sa);
  forget_what_no_target_says(sa);
}

using Identity = std::tuple<ipsec::Protocol, base::Prefix, std::uint32_t>;
Identity identity(const ipsec::Association& sa) { return {sa.protocol, sa.destination, sa.spi ? sa.spi->value : 0}; }

class KeyFormats : public testing::TestWithParam<std::pair<Target, Format>> {};

TEST_P(KeyFormats, SayEverySaOrTellThatTheyCannot) {
  const auto [target, format] = GetParam();
  std::size_t compared = 0;
  for (const std::string& name : samples()) {
    const ipsec::Configuration first = read_sample(name);
    const Written text = written(first, target);
    if (text.text.empty()) continue;
    std::multimap<Identity, std::string> again;
    for (ipsec::Association sa : read_as(format, text.text.view(), name).associations) {
      forget_what_no_target_says(sa);
      again.emplace(identity(sa), line_of(sa));
    }
    std::size_t missing = 0;
    for (ipsec::Association sa : first.associations) {
      keep(target, sa);
      const auto found = again.find(identity(sa));
      missing += found == again.end() ? 1 : 0;
      if (found == again.end()) continue;
      EXPECT_EQ(line_of(sa), found->second) << name;
      ++compared;
    }
    EXPECT_EQ(missing, count_in(text.notes, "the SA is left out")) << name;
  }
  EXPECT_GT(compared, 20U);
}

INSTANTIATE_TEST_SUITE_P(Writer, KeyFormats,
                         testing::Values(std::pair(Target::kSetkey, Format::kSetkey), std::pair(Target::kXfrm, Format::kXfrmCommands),
                                         std::pair(Target::kEspSa, Format::kEspSa), std::pair(Target::kOldEspSa, Format::kEspSa),
                                         std::pair(Target::kTcpdump, Format::kTcpdump)));

// Policies of one direction in the order of matching.
std::vector<std::string> policies_of(ipsec::Configuration configuration, ipsec::PolicyDirection direction, Target target) {
  std::vector<std::string> lines;
  if (configuration.spds.empty()) return lines;
  for (ipsec::Policy& policy : configuration.spds.front().policies) {
    if (policy.direction != direction) continue;
    policy.name = "";
    policy.from_ike = false;
    for (ipsec::Template& step : policy.templates) {
      const bool unsaid = step.reqid > 32767 || step.level == ipsec::PolicyLevel::kUse;
      if (target == Target::kSetkey && unsaid) step.reqid = 0;
    }
    lines.push_back(line_of(policy));
  }
  return lines;
}

class PolicyFormats : public testing::TestWithParam<std::pair<Target, Format>> {};

TEST_P(PolicyFormats, SayEveryPolicyInOrderOrTellThatTheyCannot) {
  const auto [target, format] = GetParam();
  std::size_t compared = 0;
  for (const std::string& name : samples()) {
    const ipsec::Configuration first = read_sample(name);
    const Written text = written(first, target);
    if (text.text.empty() || first.spds.empty() || count_in(text.notes, "the policy is left out") != 0) continue;
    const ipsec::Configuration again = read_as(format, text.text.view(), name);
    for (const auto direction : {ipsec::PolicyDirection::kIn, ipsec::PolicyDirection::kOut}) {
      EXPECT_EQ(policies_of(first, direction, target), policies_of(again, direction, target)) << name;
    }
    ++compared;
  }
  EXPECT_GT(compared, 10U);
}

INSTANTIATE_TEST_SUITE_P(Writer, PolicyFormats,
                         testing::Values(std::pair(Target::kSetkey, Format::kSetkey), std::pair(Target::kXfrm, Format::kXfrmCommands)));

constexpr std::string_view kBoth = R"(
add 10.0.0.1 10.0.0.2 ah 0x200 -m transport -A hmac-sha256 0x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f;
add 10.0.0.1 10.0.0.2 esp 0x201 -m transport -E aes-cbc 0x000102030405060708090a0b0c0d0e0f -A hmac-sha1 0x000102030405060708090a0b0c0d0e0f10111213;
spdadd 10.0.0.1 10.0.0.2[23] tcp -P out prio 10 ipsec esp/transport//require ah/transport//use;
)";

std::string text_of(const Written& text) { return std::string(text.text.view()); }

// Each line by hand from the target's own documentation.
TEST(Writer, SpeaksEachFormat) {
  const ipsec::Configuration both = read_as(Format::kSetkey, kBoth, "both");
  EXPECT_THAT(text_of(written(both, Target::kEspSa)),
              testing::Eq("\"IPv4\",\"10.0.0.1\",\"10.0.0.2\",\"0x00000201\",\"AES-CBC [RFC3602]\",\"0x000102030405060708090a0b0c0d0e0f\","
                          "\"HMAC-SHA-1-96 [RFC2404]\",\"0x000102030405060708090a0b0c0d0e0f10111213\",\"32-bit\",\"0\"\n"));
  EXPECT_EQ(text_of(written(both, Target::kTcpdump)), "0x00000201@10.0.0.2 aes128-cbc-hmac96:0x000102030405060708090a0b0c0d0e0f\n");
  const std::string xfrm = text_of(written(both, Target::kXfrm));
  EXPECT_THAT(xfrm, HasSubstr("xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x00000201 mode transport enc cbc(aes) "
                              "0x000102030405060708090a0b0c0d0e0f auth hmac(sha1) 0x000102030405060708090a0b0c0d0e0f10111213\n"));
  EXPECT_THAT(xfrm, HasSubstr("xfrm policy add src 10.0.0.1/32 dst 10.0.0.2/32 proto 6 dport 23 dir out priority 2147483638 "
                              "tmpl proto esp mode transport tmpl proto ah mode transport level use\n"));
  EXPECT_THAT(text_of(written(both, Target::kSetkey)), HasSubstr("spdadd 10.0.0.1 10.0.0.2[23] tcp -P out prio 10 ipsec\n"
                                                                 "  esp/transport//require\n  ah/transport//use;\n"));
}

TEST(Writer, TellsWhatTheTargetCannotSay) {
  const ipsec::Configuration both = read_as(Format::kSetkey, kBoth, "both");
  const Written tcpdump = written(both, Target::kTcpdump);
  EXPECT_THAT(tcpdump.notes, Contains("again:2: tcpdump -E cannot say ah; the SA is left out"));
  EXPECT_THAT(tcpdump.notes, Contains("again: tcpdump -E cannot say policies; left out"));
  EXPECT_THAT(tcpdump.notes, Contains("again:3: tcpdump -E checks no ICV; the authentication key is left out"));
}

TEST(Writer, HidesKeysUnlessTheyAreAskedFor) {
  const ipsec::Configuration both = read_as(Format::kSetkey, kBoth, "both");
  for (const Target target : {Target::kSetkey, Target::kXfrm, Target::kToml}) {
    const auto hidden = write(both, target, {});
    ASSERT_TRUE(hidden.has_value());
    EXPECT_EQ(text_of(*hidden).find("00010203"), std::string::npos) << name(target);
    EXPECT_NE(hidden->text.view().find("10.0.0.1"), std::string_view::npos) << name(target);
  }
  for (const Target target : {Target::kEspSa, Target::kOldEspSa, Target::kTcpdump}) {
    const auto hidden = write(both, target, {});
    ASSERT_FALSE(hidden.has_value());
    EXPECT_THAT(base::to_string(hidden.error()), HasSubstr("--show-keys"));
  }
}

// A listing without keys is read again as one without keys.
TEST(Writer, TomlWithoutKeysIsReadAgain) {
  const auto hidden = write(read_as(Format::kSetkey, kBoth, "both"), Target::kToml, {});
  const ipsec::Configuration again = read_as(Format::kToml, hidden->text.view(), "hidden");
  ASSERT_EQ(again.associations.size(), 2U);
  EXPECT_TRUE(again.associations[0].keys_hidden && again.associations[1].keys_hidden);
}

TEST(Writer, RefusesWhatHoldsNothingForTheTarget) {
  EXPECT_FALSE(write({}, Target::kToml, {}).has_value());
  const ipsec::Configuration ah =
      read_as(Format::kSetkey, "add 10.0.0.1 10.0.0.2 ah 0x200 -A hmac-md5 0x000102030405060708090a0b0c0d0e0f;", "ah");
  const auto nothing = write(ah, Target::kEspSa, {.keys = Keys::kShown});
  ASSERT_FALSE(nothing.has_value());
  EXPECT_THAT(nothing.error().message, HasSubstr("cannot say AH"));
}

TEST(Writer, NamesItsTargets) {
  for (const std::string_view each : target_names()) EXPECT_EQ(name(find_target(each).value()), each);
  EXPECT_EQ(find_target("pcap"), std::nullopt);
}

}  // namespace
}  // namespace espy::config
