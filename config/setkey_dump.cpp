// The listings of `setkey -D` and `setkey -DP`. One file may hold both: an SA's header has two words, a policy's three or more.
#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "config/algorithm_names.h"
#include "config/setkey_policy.h"
#include "config/words.h"

namespace espy::config {

namespace {

using Line = std::vector<Word>;

constexpr std::uint16_t kNatPort = 4500;

// "4096(0x00001000)"
std::optional<std::uint32_t> read_twofold(std::string_view text) { return read_number32(text.substr(0, text.find('('))); }

std::optional<std::string_view> value_of(const Line& line, std::string_view name) {
  for (const Word& word : line) {
    if (word.text.starts_with(name) && word.text.substr(name.size()).starts_with('=')) return word.text.substr(name.size() + 1);
  }
  return std::nullopt;
}

struct DumpedAssociation {
  ipsec::Association association;
  SetkeyAddress source, destination;
  Word place;
  bool usable = true;
  bool mature = true;
  bool has_algorithm = false;
};

struct DumpedPolicy {
  ipsec::Policy policy;
  Word place;
  bool usable = true;
  bool decided = false;  // the line with direction and action was seen
  std::uint32_t spid = 0;
};

ipsec::Mode mode_named(std::string_view text) {
  if (text == "transport") return ipsec::Mode::kTransport;
  if (text == "tunnel") return ipsec::Mode::kTunnel;
  if (text == "beet") return ipsec::Mode::kBeet;
  return ipsec::Mode::kAny;
}

bool is_rule(std::string_view text) { return text.starts_with("esp/") || text.starts_with("ah/") || text.starts_with("ipcomp/"); }

class SetkeyDump {
 public:
  explicit SetkeyDump(Document& document) : document_(document) {}

  void read() {
    Lines lines(document_.text);
    while (const auto line = lines.next()) {
      const Line words = words_of(*line);
      if (words.empty() || words.front().text.starts_with('#')) continue;
      take(words, line->text.front() == ' ' || line->text.front() == '\t');
    }
    close();
    add_policies();
  }

 private:
  void take(const Line& words, bool indented) {
    if (!indented) return open(words);
    if (association_) return take_association_line(words);
    if (policy_) return take_policy_line(words);
    if (skipping_) return;
    error_at(document_, words.front(), "this line belongs to no entry of setkey -D",
             "an entry begins with two addresses at the start of a line");
    skipping_ = true;
  }

  void open(const Line& words) {
    close();
    skipping_ = true;
    const std::string_view first = words.front().text;
    if (first == "No" || first.starts_with("Invalid")) return;
    if (first == "(per-socket" || first == "tagged") return open_unseen(words);
    if (words.size() == 2) return open_association(words);
    if (words.size() > 2) return open_policy(words);
    error_at(document_, words.front(), fmt::format("{} begins no entry of setkey -D", quoted(first)), "an entry begins with two addresses");
  }

  void open_association(const Line& words) {
    const auto source = read_setkey_address(document_, words[0], Ranges::kHostOnly);
    const auto destination = source ? read_setkey_address(document_, words[1], Ranges::kHostOnly) : std::nullopt;
    if (!destination) return;
    association_ = DumpedAssociation{.association = {}, .source = *source, .destination = *destination, .place = words.front()};
    association_->association.source = source->prefix;
    association_->association.destination = destination->prefix;
    association_->association.origin = document_.origin(words.front().line);
  }

  // Policies of a socket or a packet filter's tag have no selector to match from outside.
  void open_unseen(const Line& words) {
    policy_ = DumpedPolicy{.policy = {}, .place = words.front()};
    policy_->policy.origin = document_.origin(words.front().line);
    policy_->policy.socket = words.front().text == "(per-socket";
    policy_->policy.marked = !policy_->policy.socket;
  }

  void open_policy(const Line& words) {
    const auto source = read_setkey_address(document_, words[0], Ranges::kPrefixAllowed);
    const auto destination = source ? read_setkey_address(document_, words[1], Ranges::kPrefixAllowed) : std::nullopt;
    if (!destination) return;
    DumpedPolicy dumped{.policy = {}, .place = words.front()};
    dumped.policy.origin = document_.origin(words.front().line);
    dumped.policy.selector = {.source = source->prefix,
                              .destination = destination->prefix,
                              .protocol = 0,
                              .source_port = source->port,
                              .destination_port = destination->port};
    SetkeyStatement upper;
    for (std::size_t index = 2; index < words.size(); ++index) upper.words.push_back({words[index], false});
    SetkeyCursor cursor(upper);
    if (read_setkey_upper(document_, cursor, dumped.policy.selector)) policy_ = std::move(dumped);
  }

  void take_association_line(const Line& words) {
    const std::string_view first = words.front().text;
    if (value_of(words, "mode") && value_of(words, "spi")) return take_identity(words);
    if (first == "E:") return take_encryption(words);
    if (first == "A:") return take_integrity(words);
    if (first == "C:") association_->has_algorithm = true;
    if (const auto state = value_of(words, "state")) association_->mature = *state != "larval" && *state != "dead";
    if (const auto replay = value_of(words, "replay")) association_->association.replay_window = read_number32(*replay).value_or(0);
  }

  void take_identity(const Line& words) {
    ipsec::Association& association = association_->association;
    const std::string_view name = words.front().text;
    const bool udp = name.starts_with("esp-udp") || name.starts_with("natt");
    association_->usable = name.starts_with("esp") || name.starts_with("ah") || name.starts_with("ipcomp") || udp;
    association.protocol = name.starts_with("ah")       ? ipsec::Protocol::kAh
                           : name.starts_with("ipcomp") ? ipsec::Protocol::kIpcomp
                                                        : ipsec::Protocol::kEsp;
    association.old_header = name.ends_with("-old");
    association.mode = mode_named(*value_of(words, "mode"));
    const auto spi = read_twofold(*value_of(words, "spi"));
    if (!spi) return refuse(words.front(), "the SPI of this entry cannot be read");
    association.spi = base::Spi{*spi};
    association.reqid = read_twofold(value_of(words, "reqid").value_or("0")).value_or(0);
    if (udp) encapsulate(association);
  }

  void encapsulate(ipsec::Association& association) {
    const auto port_of = [](const SetkeyAddress& address) { return address.port.any() ? kNatPort : address.port.first; };
    association.encapsulation = ipsec::Encapsulation::kUdp;
    association.encapsulation_source_port = port_of(association_->source);
    association.encapsulation_destination_port = port_of(association_->destination);
  }

  void refuse(const Word& place, std::string message) {
    error_at(document_, place, std::move(message), "give the output of setkey -D as it was printed");
    association_->usable = false;
  }

  // The key is printed in groups of four octets.
  ipsec::Key take_key(const Line& words) {
    ipsec::SecretText digits;
    for (std::size_t index = 2; index < words.size(); ++index) digits += words[index].text;
    auto key = read_hex_key(digits.view());
    if (key) return std::move(*key);
    error_at(document_, words.front(), key.error());
    association_->usable = false;
    return {};
  }

  void take_encryption(const Line& words) {
    ipsec::Association& association = association_->association;
    association_->has_algorithm = true;
    if (words.size() < 2) return;
    const auto named = find_encryption(Dialect::kSetkey, words[1].text);
    association.encryption = named ? named->id : ipsec::Encryption::kUnknown;
    association.icv_bits = named ? named->icv_bits : association.icv_bits;
    association.encryption_name = words[1].text;
    association.encryption_key = take_key(words);
  }

  void take_integrity(const Line& words) {
    ipsec::Association& association = association_->association;
    association_->has_algorithm = true;
    if (words.size() < 2) return;
    const auto named = find_integrity(Dialect::kSetkey, words[1].text);
    association.integrity = named ? named->id : ipsec::Integrity::kUnknown;
    association.integrity_name = words[1].text;
    association.integrity_key = take_key(words);
  }

  void take_policy_line(const Line& words) {
    const std::string_view first = words.front().text;
    if (const auto spid = value_of(words, "spid")) policy_->spid = read_number32(*spid).value_or(0);
    if (policy_->policy.socket) return;
    if (is_rule(first)) return take_rule(words.front());
    if (!policy_->decided) take_decision(words);
  }

  // "out prio def + 5 ipsec", "in none"; the rules stand on lines of their own.
  void take_decision(const Line& words) {
    policy_->decided = true;
    SetkeyStatement statement;
    for (const Word& word : words) statement.words.push_back({word, false});
    statement.end = words.back();
    const bool protect = words.back().text == "ipsec";
    // A stand-in for the rules that follow, taken away again.
    if (protect)
      statement.words.push_back({Word{.text = "esp/transport//use", .line = statement.end.line, .column = statement.end.column}, false});
    SetkeyCursor cursor(statement);
    policy_->usable = read_setkey_policy(document_, cursor, policy_->policy);
    if (protect) policy_->policy.templates.clear();
  }

  void take_rule(const Word& word) {
    const auto rule = read_setkey_rule(document_, word);
    policy_->usable = policy_->usable && rule;
    if (rule) policy_->policy.templates.push_back(*rule);
  }

  void close() {
    if (association_) close_association();
    if (policy_) close_policy();
    association_.reset();
    policy_.reset();
  }

  void close_association() {
    DumpedAssociation& dumped = *association_;
    ipsec::Association& association = dumped.association;
    if (!dumped.usable) return;
    const bool complete = association.spi && dumped.has_algorithm;
    if (!complete || !dumped.mature) {
      ++document_.configuration.ignored.larval;
      return;
    }
    if (association.protocol == ipsec::Protocol::kEsp && association.encryption == ipsec::Encryption::kNone)
      association.encryption = ipsec::Encryption::kUnknown;
    if (check_key_sizes(document_, dumped.place, association)) document_.configuration.associations.push_back(std::move(association));
  }

  void close_policy() {
    if (!policy_->usable) return;
    if (!policy_->decided && !policy_->policy.socket) {
      return error_at(document_, policy_->place, "this policy has neither direction nor action",
                      "its second line reads like 'out ipsec' or 'in none'");
    }
    policies_.push_back(std::move(*policy_));
  }

  // Systems list policies in different orders, but all of them number them as they come.
  void add_policies() {
    auto position = static_cast<std::uint32_t>(policies_.size());
    for (DumpedPolicy& dumped : policies_) dumped.policy.age = --position;
    std::ranges::sort(policies_, {}, [](const DumpedPolicy& dumped) { return std::pair(dumped.spid, dumped.policy.age); });
    std::vector<ipsec::Policy> policies;
    for (DumpedPolicy& dumped : policies_) {
      dumped.policy.age = static_cast<std::uint32_t>(policies.size());
      policies.push_back(std::move(dumped.policy));
    }
    add_spd(document_, std::move(policies));
  }

  Document& document_;
  std::optional<DumpedAssociation> association_;
  std::optional<DumpedPolicy> policy_;
  std::vector<DumpedPolicy> policies_;
  bool skipping_ = false;  // in an entry of which nothing is kept
};

}  // namespace

void read_setkey_dump(Document& document) { SetkeyDump(document).read(); }

void read_setkey_policy_dump(Document& document) { SetkeyDump(document).read(); }

}  // namespace espy::config
