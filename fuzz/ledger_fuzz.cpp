// A capture of any frames through inspection, ledger and summary. The first octet chooses the configuration; then frame by frame: link type
// and source, interface and direction, time, cut, length (2), octets. Every frame must get exactly one class and be shown once, in order.
// The keys are those of cases in tests/pcaps, whose frames make_ledger_seeds.py turns into seeds; SAs without ICV open anything.
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

struct KeyedAssociation {
  std::uint32_t spi;
  const char* from;
  const char* to;
  ipsec::Encryption encryption;
  std::string_view encryption_key;
  ipsec::Integrity integrity;
  std::string_view integrity_key;
  std::uint16_t icv_bits;
  bool esn = false;
};

constexpr const char* kA = "10.0.0.1";
constexpr const char* kB = "10.0.0.2";

// Several share an SPI on purpose: every key must be tried (V13).
constexpr auto kKeyed = std::to_array<KeyedAssociation>({
    // algorithm-aes-cbc
    {0x200, kA, kB, ipsec::Encryption::kAesCbc, "1d5c6f971fe4d35e78048a3dfecaa43b", ipsec::Integrity::kHmacSha1,
     "24f5413ad5922e181fb15de79a3255357475e2ed", 96},
    {0x201, kB, kA, ipsec::Encryption::kAesCbc, "1e77cab0c6992730ab584662ec85d826", ipsec::Integrity::kHmacSha1,
     "799d1d48e0205715a96e5eab9c39365f99851dec", 96},
    // algorithm-ipcomp
    {0x200, kA, kB, ipsec::Encryption::kAesCbc, "9040a1c3c3199443d8e778efd0933952", ipsec::Integrity::kHmacSha1,
     "0a9092981b4b2faf8cd8e96fc796c54cd4093a43", 96},
    {0x300, kB, kA, ipsec::Encryption::kAesCbc, "fa5f7fd2ecbf65ab2070d9f11e1382de", ipsec::Integrity::kHmacSha1,
     "a66c489c6042035ae518dc3c7bee1fbf5c314936", 96},
    // algorithm-ah-outside-esp
    {0x200, kA, kB, ipsec::Encryption::kNone, "", ipsec::Integrity::kHmacSha256,
     "bf05f045a7c5fdee767b89d993cf4e2a91637c86cfd71991664e50d34968e7a1", 128},
    {0x201, kA, kB, ipsec::Encryption::kAesCbc, "2d4d3a0498aec93d517bc0bb9ca6b6f3", ipsec::Integrity::kNone, "", 0},
    // algorithm-ah-hmac-md5
    {0x2000, "10.0.1.1", "10.0.1.2", ipsec::Encryption::kNone, "", ipsec::Integrity::kHmacMd5, "dc0117d0fb35a99e291dd70e1970cc69", 96},
    // algorithm-nested and algorithm-tcp
    {0x1000, kA, kB, ipsec::Encryption::kAesGcm, "b214e574a9fc3e1d553fe259e25f2b5c405e5459", ipsec::Integrity::kNone, "", 128},
    {0x1100, "10.1.0.10", "10.2.0.10", ipsec::Encryption::kAesCbc, "5ecd8c10a8a58e1c201fb00955b80bb1541078d003db911ebf8a61df07487595",
     ipsec::Integrity::kHmacSha256, "6c819ffbf348038651679802a701c7558b07849fc154a6557a1c862d4d949d19", 128},
    // Content that a mutation reaches: as it stands, and behind a cipher that decrypts anything
    {0x400, kA, kB, ipsec::Encryption::kNull, "", ipsec::Integrity::kNone, "", 0},
    {0x400, kB, kA, ipsec::Encryption::kNull, "", ipsec::Integrity::kNone, "", 0},
    {0x401, "192.0.2.1", "192.0.2.2", ipsec::Encryption::kNull, "", ipsec::Integrity::kNone, "", 0},
    {0x402, kA, kB, ipsec::Encryption::kAesCbc, "000102030405060708090a0b0c0d0e0f", ipsec::Integrity::kNone, "", 0},
});

// algorithm-esn-wrap-gcm, and AH: a search for the high half costs time, so these stand apart.
constexpr auto kExtended = std::to_array<KeyedAssociation>({
    {0x200, kA, kB, ipsec::Encryption::kAesGcm, "aebd45dca44ece8109573f1900c2b52ab0526c82", ipsec::Integrity::kNone, "", 128, true},
    {0x201, kB, kA, ipsec::Encryption::kAesGcm, "b7662a7722e28fcb7e1ede9764af175bff483db2", ipsec::Integrity::kNone, "", 128, true},
    {0x2000, "10.0.1.1", "10.0.1.2", ipsec::Encryption::kNone, "", ipsec::Integrity::kHmacMd5, "dc0117d0fb35a99e291dd70e1970cc69", 96,
     true},
});

ipsec::Key key(std::string_view digits) {
  const auto value = [](char digit) { return digit <= '9' ? digit - '0' : digit - 'a' + 10; };
  std::vector<std::uint8_t> octets;
  for (std::size_t index = 0; index + 1 < digits.size(); index += 2) {
    octets.push_back(static_cast<std::uint8_t>(value(digits[index]) << 4 | value(digits[index + 1])));
  }
  return ipsec::Key(std::move(octets));
}

void add_keyed(std::span<const KeyedAssociation> keyed, ipsec::Configuration& configuration) {
  for (const KeyedAssociation& one : keyed) {
    ipsec::Association made = association(one.spi, one.from, one.to, ipsec::Mode::kAny, one.encryption);
    if (one.encryption == ipsec::Encryption::kNone) made.protocol = ipsec::Protocol::kAh;
    made.encryption_key = key(one.encryption_key);
    made.integrity = one.integrity;
    made.integrity_key = key(one.integrity_key);
    made.icv_bits = one.icv_bits;
    made.esn = one.esn;
    configuration.associations.push_back(std::move(made));
  }
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

// What the keys told of an SA cannot be more than was seen of it, and without an authentic packet none is forged (V16).
void check_associations(const verdict::Summary& summary) {
  std::uint64_t good = 0;
  for (const verdict::AssociationSummary& row : summary.associations) {
    const verdict::IntegrityChecks& checks = row.integrity_checks;
    require(checks.good + checks.bad + checks.unchecked == row.packets);
    require(checks.no_key + checks.no_algorithm + checks.cut_short + checks.fragment <= checks.unchecked);
    require(row.opened + row.failed <= row.packets && row.dummies <= row.opened && row.flow_padded <= row.opened);
    require(row.configured || checks.good + checks.bad + row.opened == 0);
    good += checks.good;
  }
  require(good > 0 || summary.packets.by_class[static_cast<std::size_t>(verdict::Class::kForged)] == 0);
}

void check(const verdict::Summary& summary, std::uint64_t frames) {
  check_associations(summary);
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
  if ((choice & 64) != 0) add_keyed(kKeyed, configuration);
  if ((choice & 128) != 0) add_keyed(kExtended, configuration);
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
