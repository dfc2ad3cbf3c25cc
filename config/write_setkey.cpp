// Writes setkey.conf: add and spdadd statements.
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "config/algorithm_names.h"
#include "config/setkey_policy.h"
#include "config/upper_layer.h"
#include "config/writing.h"

namespace espy::config {

namespace {

constexpr std::uint8_t kGre = 47;
constexpr std::uint32_t kMostUniqueId = 32767;

std::string_view protocol_word(const ipsec::Association& association) {
  if (association.protocol == ipsec::Protocol::kIpcomp) return "ipcomp";
  if (association.protocol == ipsec::Protocol::kAh) return association.old_header ? "ah-old" : "ah";
  if (association.old_header) return "esp-old";
  return association.encapsulation == ipsec::Encapsulation::kUdp ? "esp-udp" : "esp";
}

class SetkeyAdd {
 public:
  SetkeyAdd(Writing& writing, const ipsec::Association& association) : writing_(writing), association_(association) {}

  void write() {
    if (!sayable() || !keys_at_hand(writing_, association_)) return;
    note_lost_traits(writing_, association_, {Trait::kMode, Trait::kReqid, Trait::kUdp, Trait::kReplayWindow, Trait::kEsn});
    const bool udp = association_.encapsulation == ipsec::Encapsulation::kUdp;
    writing_.text +=
        fmt::format("add {}{} {}{} {} 0x{:x}", base::to_string(association_.source),
                    udp ? port(association_.encapsulation_source_port) : "", base::to_string(association_.destination),
                    udp ? port(association_.encapsulation_destination_port) : "", protocol_word(association_), association_.spi->value);
    write_options();
    write_algorithms();
    writing_.text += ";\n";
  }

 private:
  bool sayable() {
    if (!association_.spi || association_.spi_mask != 0xffffffff) return writing_.left_out(association_, "cannot leave an SPI open");
    const bool hosts = association_.source.is_host() && association_.destination.is_host();
    if (!hosts || !association_.source.address.known() || !association_.destination.address.known())
      return writing_.left_out(association_, "needs two addresses");
    if (association_.protocol == ipsec::Protocol::kIpcomp) return true;
    const bool esp = association_.protocol == ipsec::Protocol::kEsp;
    encryption_ = encryption_name(Dialect::kSetkey, association_.encryption, association_.icv_bits);
    integrity_ = integrity_name(Dialect::kSetkey, association_.integrity, association_.icv_bits);
    if (esp && encryption_.empty()) {
      return writing_.left_out(association_, fmt::format("has no name for {}", facts(association_.encryption).name));
    }
    const bool without = association_.integrity == ipsec::Integrity::kNone && esp;
    if (integrity_.empty() && !without)
      return writing_.left_out(association_, fmt::format("has no name for the integrity algorithm {}", facts(association_.integrity).name));
    return true;
  }

  static std::string port(std::uint16_t number) { return fmt::format("[{}]", number == 0 ? 4500 : number); }

  void write_options() {
    if (association_.mode == ipsec::Mode::kTransport || association_.mode == ipsec::Mode::kTunnel) {
      writing_.text += fmt::format(" -m {}", ipsec::name(association_.mode));
    } else if (association_.mode != ipsec::Mode::kAny) {
      writing_.notes.add(association_.origin,
                         fmt::format("setkey cannot say mode {}; written as any mode", ipsec::name(association_.mode)));
    }
    if (association_.reqid != 0) writing_.text += fmt::format(" -u {}", association_.reqid);
    write_window();
    if (!association_.esn) return;
    writing_.notes.add(association_.origin, "extended sequence numbers are said with -esn, which FreeBSD's setkey alone understands");
    writing_.text += " -esn";
  }

  void write_window() {
    if (association_.replay_window == 0) return;
    if (association_.old_header) {
      writing_.notes.add(association_.origin, "setkey refuses a replay window with esp-old and ah-old; written without");
      return;
    }
    writing_.text += fmt::format(" -r {}", association_.replay_window);
  }

  void write_algorithms() {
    if (association_.protocol == ipsec::Protocol::kIpcomp) {
      const std::string_view word = association_.encryption_name;
      writing_.text += fmt::format(" -C {}", word == "lzs" || word == "oui" ? word : "deflate");
      return;
    }
    if (association_.protocol == ipsec::Protocol::kEsp) write_algorithm(" -E ", encryption_, association_.encryption_key);
    if (association_.integrity == ipsec::Integrity::kNone) return;
    write_algorithm(" -A ", integrity_, association_.integrity_key);
    note_icv();
  }

  void write_algorithm(std::string_view option, std::string_view name, const ipsec::Key& key) {
    writing_.text += option;
    writing_.text += name;
    // ipsec-tools takes no key for null.
    if (key.empty()) return;
    writing_.text += " ";
    append_hex(writing_.text, key);
  }

  // The digests of RFC 1828 come whole, and AEAD names hold their size; every other size is the system's choice.
  void note_icv() {
    const bool sha2 = association_.integrity >= ipsec::Integrity::kHmacSha256 && association_.integrity <= ipsec::Integrity::kHmacSha512;
    const bool usual = association_.icv_bits == 0 || association_.icv_bits == facts(association_.integrity).icv_size * 8;
    if (association_.icv_bits == 0 || association_.old_header || (usual && !sha2)) return;
    writing_.notes.add(association_.origin, fmt::format("setkey cannot say the {} bits of the ICV of {}: Linux takes 96 for hmac-sha256, "
                                                        "FreeBSD 128",
                                                        association_.icv_bits, facts(association_.integrity).name));
  }

  Writing& writing_;
  const ipsec::Association& association_;
  std::string_view encryption_;
  std::string_view integrity_;
};

std::string_view upper_name(std::uint8_t protocol) {
  switch (protocol) {
    case 0: return "any";
    case kIcmp: return "icmp";
    case 6: return "tcp";
    case 17: return "udp";
    case kGre: return "gre";
    case kIcmpv6: return "icmp6";
    default: return {};
  }
}

// One statement for a policy, or the reason why there is none.
class SetkeySpdAdd {
 public:
  SetkeySpdAdd(Writing& writing, const ipsec::Policy& policy) : writing_(writing), policy_(policy), selector_(policy.selector) {}

  std::string_view unsayable() const {
    if (const std::string_view why = unlike_kernel(policy_); !why.empty()) return why;
    if (!any_or_one(selector_.source_port) || !any_or_one(selector_.destination_port)) return "cannot say a range of ports";
    const bool zero = (selector_.source_port.last == 0) || (selector_.destination_port.last == 0);
    if (zero && selector_.protocol != kGre) return "takes the number 0 of a port, type or code for any";
    if (is_icmp(selector_.protocol) && selector_.source_port.any() && !selector_.destination_port.any())
      return "needs the type before a code";
    for (const ipsec::Template& step : policy_.templates) {
      if (step.mode != ipsec::Mode::kTransport && step.mode != ipsec::Mode::kTunnel) return "cannot say this mode";
    }
    return {};
  }

  void write(std::string_view statement) {
    writing_.text +=
        fmt::format("{} {}{} {}{} {} -P {}{} {}", statement, base::to_string(selector_.source), port(selector_.source_port),
                    base::to_string(selector_.destination), port(selector_.destination_port), upper(), direction(), priority(), action());
    for (const ipsec::Template& step : policy_.templates) writing_.text += fmt::format("\n  {}", rule(step));
    writing_.text += ";\n";
  }

 private:
  bool has_ports() const { return !is_icmp(selector_.protocol) && selector_.protocol != kGre; }

  std::string port(const ipsec::PortRange& range) const {
    return range.any() || !has_ports() ? std::string() : fmt::format("[{}]", range.first);
  }

  std::string upper() const {
    const std::string_view name = upper_name(selector_.protocol);
    std::string text = name.empty() ? fmt::format("{}", selector_.protocol) : std::string(name);
    const ipsec::PortRange& first = selector_.source_port;
    const ipsec::PortRange& second = selector_.destination_port;
    if (is_icmp(selector_.protocol) && !first.any()) text += fmt::format(" {},{}", first.first, second.any() ? 0 : second.first);
    if (selector_.protocol == kGre && !first.any()) text += fmt::format(" {}", first.first * 65536U + (second.any() ? 0U : second.first));
    return text;
  }

  std::string_view direction() const {
    if (policy_.direction == ipsec::PolicyDirection::kIn) return "in";
    return policy_.direction == ipsec::PolicyDirection::kOut ? "out" : "fwd";
  }

  // setkey's larger number is the kernel's smaller one.
  std::string priority() const {
    const std::int64_t offset = static_cast<std::int64_t>(kSetkeyDefaultPriority) - policy_.priority;
    return offset == 0 ? std::string() : fmt::format(" prio {}", offset);
  }

  std::string_view action() const {
    if (policy_.action == ipsec::Action::kProtect) return "ipsec";
    return policy_.action == ipsec::Action::kBypass ? "none" : "discard";
  }

  std::string rule(const ipsec::Template& step) {
    const bool tunnel = step.mode == ipsec::Mode::kTunnel;
    const std::string ends = tunnel ? fmt::format("{}-{}", base::to_string(step.source), base::to_string(step.destination)) : "";
    return fmt::format("{}/{}/{}/{}", ipsec::name(step.protocol), ipsec::name(step.mode), ends, level(step));
  }

  std::string level(const ipsec::Template& step) {
    const bool use = step.level == ipsec::PolicyLevel::kUse;
    if (step.reqid != 0 && !use && step.reqid <= kMostUniqueId) return fmt::format("unique:{}", step.reqid);
    if (step.reqid != 0) {
      writing_.notes.add(policy_.origin, use ? "setkey cannot say a reqid together with level use; written without the reqid"
                                             : "setkey cannot say a reqid above 32767 in a policy; written without");
    }
    return use ? "use" : "require";
  }

  Writing& writing_;
  const ipsec::Policy& policy_;
  const ipsec::Selector& selector_;
};

bool same_demand(const ipsec::Policy& left, const ipsec::Policy& right) {
  return left.action == right.action && left.priority == right.priority && left.templates == right.templates;
}

class SetkeyPolicies {
 public:
  explicit SetkeyPolicies(Writing& writing) : writing_(writing), policies_(policies_of_one_host(writing)) {}

  void write() {
    for (const ipsec::Policy& policy : policies_) {
      if (policy.direction == ipsec::PolicyDirection::kIn) inwards_.emplace(policy.selector, &policy);
    }
    for (const ipsec::Policy& policy : policies_) write(policy);
    note_forward();
  }

 private:
  void write(const ipsec::Policy& policy) {
    SetkeySpdAdd statement(writing_, policy);
    if (const std::string_view why = statement.unsayable(); !why.empty()) return writing_.left_out(policy, why);
    if (!written_.insert({policy.direction, policy.selector}).second) {
      return writing_.left_out(policy, "cannot say two policies of one selector and direction");
    }
    if (policy.direction != ipsec::PolicyDirection::kForward) return statement.write("spdadd");
    const auto inward = inwards_.find(policy.selector);
    if (inward == inwards_.end()) return statement.write("spdadd");
    // Linux's setkey adds the forward policy together with the `in` policy.
    if (!same_demand(*inward->second, policy)) forwards_.push_back(&policy);
  }

  // Those that differ from what the `in` policy brings, once that stands.
  void note_forward() {
    for (const ipsec::Policy* policy : forwards_) SetkeySpdAdd(writing_, *policy).write("spdupdate");
    for (const ipsec::Policy& policy : policies_) {
      if (policy.direction != ipsec::PolicyDirection::kIn || written_.contains({ipsec::PolicyDirection::kForward, policy.selector}))
        continue;
      writing_.notes.add(policy.origin, "on Linux setkey adds a forward policy to each policy of direction in; this host has none");
    }
  }

  Writing& writing_;
  const std::vector<ipsec::Policy>& policies_;
  std::map<ipsec::Selector, const ipsec::Policy*> inwards_;
  std::set<std::pair<ipsec::PolicyDirection, ipsec::Selector>> written_;
  std::vector<const ipsec::Policy*> forwards_;
};

}  // namespace

void write_setkey(Writing& writing) {
  for (const ipsec::Association& association : writing.configuration.associations) SetkeyAdd(writing, association).write();
  SetkeyPolicies(writing).write();
}

}  // namespace espy::config
