// A capture of any frames through inspection, ledger and summary. The first octet chooses the configuration; then frame by frame: link type
// and source, interface and direction, time, cut, length (2), octets. Every frame must get exactly one class and be shown once, in order.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "verify/ledger.h"
#include "verify/summary.h"

namespace {

using namespace espy;

constexpr std::array kLinkTypes = {base::LinkType::kEthernet,  base::LinkType::kRaw,  base::LinkType::kLinuxSll,
                                   base::LinkType::kLinuxSll2, base::LinkType::kNull, base::LinkType::kPppWithDirection,
                                   base::LinkType::kNflog,     base::LinkType{99'999}};
constexpr std::size_t kHeadSize = 6;
constexpr decode::Ports kPorts{.encapsulation = {10'000}, .ike = {5500}};

void require(bool invariant) {
  if (!invariant) std::abort();
}

base::Address address(const char* text) { return base::read_address(text).value(); }

ipsec::Policy policy(ipsec::PolicyDirection direction, const char* from, const char* to, ipsec::Action action = ipsec::Action::kProtect) {
  ipsec::Policy made;
  made.direction = direction;
  made.action = action;
  made.selector.source = base::read_prefix(from).value();
  made.selector.destination = base::read_prefix(to).value();
  if (action == ipsec::Action::kProtect) made.templates.push_back({});
  return made;
}

ipsec::Policy tunnel(ipsec::PolicyDirection direction, const char* from, const char* to, const char* source, const char* destination,
                     ipsec::Mode mode) {
  ipsec::Policy made = policy(direction, from, to);
  made.templates[0].mode = mode;
  made.templates[0].source = address(source);
  made.templates[0].destination = address(destination);
  return made;
}

ipsec::Policy ports(ipsec::Policy made, std::uint8_t protocol, std::uint16_t port) {
  made.selector.protocol = protocol;
  made.selector.destination_port = {port, port};
  return made;
}

ipsec::Association association(std::uint32_t spi, const char* from, const char* to, ipsec::Mode mode, ipsec::Encryption encryption) {
  ipsec::Association made;
  made.spi = base::Spi{spi};
  made.source = base::read_prefix(from).value();
  made.destination = base::read_prefix(to).value();
  made.mode = mode;
  made.encryption = encryption;
  made.replay_window = 32;
  return made;
}

// Host to host in every form, gateways in tunnel and BEET mode, level use, discard, ports, IPv6, and an IKE peer that may be anyone.
ipsec::Configuration policies() {
  using enum ipsec::PolicyDirection;
  ipsec::Spd spd{.name = "fuzz", .command_line = false, .policies = {}};
  const auto add = [&](ipsec::Policy made) { spd.policies.push_back(std::move(made)); };
  add(ports(policy(kOut, "10.0.0.1", "10.0.0.2", ipsec::Action::kBypass), 6, 5901));
  add(ports(policy(kOut, "10.0.0.1", "10.0.0.2", ipsec::Action::kDiscard), 17, 53));
  add(ports(policy(kOut, "10.0.0.1", "10.0.0.2"), 6, 23));
  ipsec::Policy both = policy(kOut, "10.0.0.1", "10.0.0.2");
  both.templates.push_back({.protocol = ipsec::Protocol::kAh, .mode = ipsec::Mode::kTransport, .source = {}, .destination = {}});
  add(both);
  add(policy(kIn, "10.0.0.2", "10.0.0.1"));
  add(tunnel(kOut, "10.1.0.0/16", "10.2.0.0/16", "192.0.2.1", "192.0.2.2", ipsec::Mode::kTunnel));
  add(tunnel(kIn, "10.2.0.0/16", "10.1.0.0/16", "192.0.2.2", "192.0.2.1", ipsec::Mode::kBeet));
  add(tunnel(kIn, "0.0.0.0/0", "10.9.0.0/16", "10.0.0.2", "10.0.0.1", ipsec::Mode::kTunnel));
  ipsec::Policy use = policy(kOut, "fd00::/16", "fd00::/16");
  use.templates[0].level = ipsec::PolicyLevel::kUse;
  add(use);
  ipsec::Policy open = policy(kIn, "0.0.0.0/0", "198.51.100.1");
  open.from_ike = open.source_dynamic = true;
  open.open_source = ipsec::OpenEnd{"%any"};
  add(open);
  ipsec::Configuration configuration;
  configuration.spds.push_back(std::move(spd));
  return configuration;
}

void add_associations(ipsec::Configuration& configuration) {
  using ipsec::Encryption;
  using ipsec::Mode;
  configuration.associations.push_back(association(0x200, "10.0.0.1", "10.0.0.2", Mode::kTransport, Encryption::kAesCbc));
  configuration.associations.push_back(association(0x201, "10.0.0.2", "10.0.0.1", Mode::kTransport, Encryption::kNull));
  configuration.associations.push_back(association(0x301, "192.0.2.1", "192.0.2.2", Mode::kTunnel, Encryption::kAesGcm));
  configuration.associations.push_back(association(0, "fd00::/16", "fd00::/16", Mode::kAny, Encryption::kUnknown));
  configuration.associations.back().spi = std::nullopt;
}

// Every frame once, in the order of the capture.
class Checker : public verify::Tap {
 public:
  void settled(const verify::SettledFrame& frame) override {
    require(frame.facts.number == ++shown_ && frame.packet != nullptr && frame.outcome != nullptr);
  }
  std::uint64_t shown() const { return shown_; }

 private:
  std::uint64_t shown_ = 0;
};

std::uint64_t feed(base::Bytes data, const ipsec::World& world, verify::Ledger& ledger) {
  verify::Inspector inspector(world, kPorts, ledger.keys(), &ledger.hints());
  verify::Inspection inspection;
  verify::Arena arena;
  std::uint64_t number = 0;
  base::Time now{0};
  while (data.size() >= kHeadSize) {
    const std::size_t wanted = static_cast<std::size_t>(data[4]) << 8 | data[5];
    const std::size_t size = std::min(wanted, data.size() - kHeadSize);
    now.nanoseconds += data[2] == 0xff ? -base::seconds(2).nanoseconds : base::milliseconds(data[2] * 8).nanoseconds;
    const verify::Frame frame{.data = data.subspan(kHeadSize, size),
                              .original_size = static_cast<std::uint32_t>(size) + data[3],
                              .time = now,
                              .number = ++number,
                              .source = data[0] >> 6 & 1U,
                              .interface = data[1] & 3U,
                              .link_type = kLinkTypes[data[0] % kLinkTypes.size()],
                              .direction = static_cast<base::Direction>((data[1] >> 2 & 3U) % 3)};
    data = data.subspan(kHeadSize + size);
    arena.reset();
    inspector.inspect({&frame, 1}, {&inspection, 1}, arena);
    ledger.commit(frame, inspection);
  }
  ledger.finish();
  return number;
}

void check(const verdict::Summary& summary, std::uint64_t frames) {
  std::uint64_t sum = 0;
  for (const std::uint64_t packets : summary.packets.by_class) sum += packets;
  require(summary.packets.total == frames && sum == frames);
  const auto known = [&](const std::string& id) {
    return std::ranges::any_of(summary.requirements, [&](const verdict::RequirementSummary& row) { return row.id == id; });
  };
  for (const verdict::Leak& leak : summary.leaks) require(known(leak.requirement) && leak.packets > 0);
  for (const verdict::Finding& finding : summary.findings) require(!finding.requirement || known(*finding.requirement));
  bool violated = false;
  for (const verdict::RequirementSummary& row : summary.requirements) {
    violated = violated || row.verdict == verdict::Verdict::kViolated;
    require(row.packets.leaked <= frames && row.packets.unverified <= frames && row.packets.exempt <= frames);
  }
  require(violated == (summary.verdict == verdict::Verdict::kViolated));
  require(summary.exit_status == (violated ? 1 : summary.verdict == verdict::Verdict::kProtected ? 0 : 3));
  require(!summary.verdict_line.empty() && summary.verdict_line.size() <= 200);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::uint8_t choice = data[0];
  ipsec::Configuration configuration = (choice & 1) != 0 ? policies() : ipsec::Configuration{};
  if ((choice & 2) != 0) add_associations(configuration);
  const ipsec::World world(configuration);
  const verify::Keyring keys(world, crypto::Library());
  verify::Ledger ledger(world, {.ports = kPorts, .keys = (choice & 32) != 0 ? &keys : nullptr});
  Checker checker;
  if ((choice & 4) != 0) ledger.set_tap(&checker);
  if ((choice & 8) != 0) ledger.clear_interface(0, 3);
  const std::uint64_t frames = feed(base::Bytes(data, size).subspan(1), world, ledger);
  require((choice & 4) == 0 || checker.shown() == frames);
  verify::RunFacts facts;
  facts.classic_capture = (choice & 16) != 0;
  check(verify::summarize(ledger, facts), frames);
  return 0;
}
