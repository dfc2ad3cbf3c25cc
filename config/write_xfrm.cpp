// Writes commands for `ip -batch FILE`: what the kernel would be given, with the keys in a file instead of arguments that `ps` shows.
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "config/algorithm_names.h"
#include "config/upper_layer.h"
#include "config/writing.h"

namespace espy::config {

namespace {

constexpr std::uint8_t kGre = 47;

class XfrmStateAdd {
 public:
  XfrmStateAdd(Writing& writing, const ipsec::Association& association) : writing_(writing), association_(association) {}

  void write() {
    if (!sayable() || !keys_at_hand(writing_, association_)) return;
    note_lost_traits(writing_, association_,
                     {Trait::kMode, Trait::kReqid, Trait::kUdp, Trait::kTcp, Trait::kReplayWindow, Trait::kEsn, Trait::kEsnHigh,
                      Trait::kTfcPadding, Trait::kAlign4});
    writing_.text += "xfrm state add";
    if (association_.source.address.known()) writing_.text += fmt::format(" src {}", base::to_string(association_.source));
    writing_.text += fmt::format(" dst {} proto {} spi 0x{:08x}", base::to_string(association_.destination),
                                 association_.protocol == ipsec::Protocol::kIpcomp ? "comp" : ipsec::name(association_.protocol),
                                 association_.spi->value);
    write_mode();
    write_window();
    write_algorithms();
    write_encapsulation();
    if (association_.tfc_padding != 0) writing_.text += fmt::format(" tfcpad {}", association_.tfc_padding);
    writing_.text += "\n";
  }

 private:
  bool sayable() {
    if (!association_.spi || association_.spi_mask != 0xffffffff) return writing_.left_out(association_, "cannot leave an SPI open");
    const bool source = !association_.source.address.known() || association_.source.is_host();
    if (!source || !association_.destination.address.known() || !association_.destination.is_host())
      return writing_.left_out(association_, "needs two addresses");
    if (association_.old_header) return writing_.left_out(association_, "cannot say ESP and AH of RFC 1826 and 1827");
    if (association_.protocol == ipsec::Protocol::kIpcomp) return true;
    encryption_ = encryption_name(Dialect::kKernel, association_.encryption, association_.icv_bits);
    integrity_ = integrity_name(Dialect::kKernel, association_.integrity, association_.icv_bits);
    const bool esp = association_.protocol == ipsec::Protocol::kEsp;
    if (esp && encryption_.empty())
      return writing_.left_out(association_, fmt::format("has no name for {}", facts(association_.encryption).name));
    const bool known = !integrity_.empty() || (esp && association_.integrity == ipsec::Integrity::kNone);
    return known ||
           writing_.left_out(association_, fmt::format("has no name for the integrity algorithm {}", facts(association_.integrity).name));
  }

  void write_mode() {
    if (association_.mode != ipsec::Mode::kAny) {
      writing_.text += fmt::format(" mode {}", ipsec::name(association_.mode));
    } else {
      writing_.notes.add(association_.origin,
                         "the mode is not said, and the kernel takes transport mode then; add `mode tunnel` where it is not");
    }
    if (association_.reqid != 0) writing_.text += fmt::format(" reqid {}", association_.reqid);
  }

  void write_window() {
    constexpr std::uint32_t kLeastWindow = 32;
    if (association_.esn && association_.replay_window == 0) {
      writing_.notes.add(association_.origin, "the kernel takes extended sequence numbers only with a replay window; written with 32");
    }
    const std::uint32_t window = association_.esn && association_.replay_window == 0 ? kLeastWindow : association_.replay_window;
    if (window != 0) writing_.text += fmt::format(" replay-window {}", window);
    if (association_.esn && association_.esn_high) {
      writing_.text += fmt::format(" replay-seq-hi 0x{0:x} replay-oseq-hi 0x{0:x}", *association_.esn_high);
    }
    if (association_.esn) writing_.text += " flag esn";
    if (association_.align4) writing_.text += association_.esn ? " align4" : " flag align4";
  }

  void write_algorithms() {
    if (association_.protocol == ipsec::Protocol::kIpcomp) {
      const std::string_view word = association_.encryption_name;
      writing_.text += fmt::format(" comp {}", word == "lzs" || word == "lzjh" ? word : "deflate");
      return;
    }
    if (association_.protocol == ipsec::Protocol::kEsp) write_encryption();
    if (association_.integrity != ipsec::Integrity::kNone) write_integrity();
  }

  void write_encryption() {
    const bool aead = facts(association_.encryption).aead;
    write_algorithm(aead ? "aead" : "enc", encryption_, association_.encryption_key);
    if (aead) writing_.text += fmt::format(" {}", icv_bits_of(association_));
  }

  // Without a size the kernel takes its own, which for hmac(sha256) is 96 bits, as with setkey.
  void write_integrity() {
    const bool sized = association_.icv_bits != 0 && !facts(association_.encryption).aead;
    write_algorithm(sized ? "auth-trunc" : "auth", integrity_, association_.integrity_key);
    if (sized) writing_.text += fmt::format(" {}", association_.icv_bits);
  }

  void write_algorithm(std::string_view kind, std::string_view name, const ipsec::Key& key) {
    writing_.text += fmt::format(" {} {} ", kind, name);
    if (key.empty()) {
      writing_.text += "\"\"";
    } else {
      append_hex(writing_.text, key);
    }
  }

  void write_encapsulation() {
    if (association_.encapsulation == ipsec::Encapsulation::kNone) return;
    constexpr std::uint16_t kNatPort = 4500;
    const auto port = [](std::uint16_t number) { return number == 0 ? kNatPort : number; };
    writing_.text += fmt::format(" encap {} {} {} {}", association_.encapsulation == ipsec::Encapsulation::kTcp ? "espintcp" : "espinudp",
                                 port(association_.encapsulation_source_port), port(association_.encapsulation_destination_port),
                                 association_.destination.address.family == base::Family::kIpv6 ? "::" : "0.0.0.0");
  }

  Writing& writing_;
  const ipsec::Association& association_;
  std::string_view encryption_;
  std::string_view integrity_;
};

bool takes_ports(std::uint8_t protocol) { return protocol == 6 || protocol == 17 || protocol == 33 || protocol == 132; }

std::string_view unsayable(const ipsec::Policy& policy) {
  if (const std::string_view why = unlike_kernel(policy); !why.empty()) return why;
  const ipsec::Selector& selector = policy.selector;
  if (!any_or_one(selector.source_port) || !any_or_one(selector.destination_port)) return "cannot say a range of ports";
  const bool narrow = !selector.source_port.any() || !selector.destination_port.any();
  const bool numbered = takes_ports(selector.protocol) || is_icmp(selector.protocol) || selector.protocol == kGre;
  if (narrow && !numbered) return "cannot say ports of this protocol";
  return {};
}

std::string upper(const ipsec::Selector& selector) {
  if (selector.protocol == 0) return {};
  std::string text = fmt::format(" proto {}", selector.protocol);
  const ipsec::PortRange& first = selector.source_port;
  const ipsec::PortRange& second = selector.destination_port;
  if (selector.protocol == kGre && !first.any())
    return text + fmt::format(" key {}", first.first * 65536U + (second.any() ? 0U : second.first));
  const bool icmp = is_icmp(selector.protocol);
  if (!first.any()) text += fmt::format(" {} {}", icmp ? "type" : "sport", first.first);
  if (!second.any()) text += fmt::format(" {} {}", icmp ? "code" : "dport", second.first);
  return text;
}

std::string whole(const base::Prefix& prefix) { return fmt::format("{}/{}", base::to_string(prefix.address), prefix.length); }

std::string_view direction(ipsec::PolicyDirection direction) {
  if (direction == ipsec::PolicyDirection::kIn) return "in";
  return direction == ipsec::PolicyDirection::kOut ? "out" : "fwd";
}

std::string tmpl(const ipsec::Template& step) {
  std::string text = " tmpl";
  if (step.mode != ipsec::Mode::kTransport)
    text += fmt::format(" src {} dst {}", base::to_string(step.source), base::to_string(step.destination));
  text += fmt::format(" proto {}", step.protocol == ipsec::Protocol::kIpcomp ? "comp" : ipsec::name(step.protocol));
  if (step.reqid != 0) text += fmt::format(" reqid {}", step.reqid);
  text += fmt::format(" mode {}", ipsec::name(step.mode));
  return step.level == ipsec::PolicyLevel::kUse ? text + " level use" : text;
}

std::string policy_add(const ipsec::Policy& policy) {
  const ipsec::Selector& selector = policy.selector;
  std::string text = fmt::format("xfrm policy add src {} dst {}{} dir {}", whole(selector.source), whole(selector.destination),
                                 upper(selector), direction(policy.direction));
  if (policy.action == ipsec::Action::kDiscard) text += " action block";
  if (policy.priority != 0) text += fmt::format(" priority {}", policy.priority);
  for (const ipsec::Template& step : policy.templates) text += tmpl(step);
  return text + "\n";
}

void write_policies(Writing& writing) {
  std::set<std::string> selectors;
  for (const ipsec::Policy& policy : policies_of_one_host(writing)) {
    if (const std::string_view why = unsayable(policy); !why.empty()) {
      writing.left_out(policy, why);
      continue;
    }
    const std::string key = fmt::format("{} {}{} {}", whole(policy.selector.source), whole(policy.selector.destination),
                                        upper(policy.selector), direction(policy.direction));
    if (!selectors.insert(key).second) {
      writing.left_out(policy, "cannot say two policies of one selector and direction");
    } else {
      writing.text += policy_add(policy);
    }
  }
}

}  // namespace

void write_xfrm(Writing& writing) {
  for (const ipsec::Association& association : writing.configuration.associations) XfrmStateAdd(writing, association).write();
  write_policies(writing);
}

}  // namespace espy::config
