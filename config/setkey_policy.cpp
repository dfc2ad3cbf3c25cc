#include "config/setkey_policy.h"

#include <array>

#include <fmt/format.h>

#include "config/upper_layer.h"
#include "config/words.h"

namespace espy::config {

namespace {

constexpr std::uint32_t kLowPriority = 0xc0000000;
constexpr std::uint32_t kHighPriority = 0x40000000;
constexpr std::uint32_t kMostUniqueId = 32767;

// Spellings of setkey that the shared table of protocols does not have.
std::optional<std::uint8_t> protocol_named(std::string_view text) {
  if (text == "ip") return 0;
  if (text == "esp-udp") return 50;
  if (text == "mh" || text == "mobility-header") return 135;
  if (text == "ospfigp") return 89;
  return read_protocol(text);
}

bool closed_brackets(std::string_view text, std::size_t open) {
  return text.ends_with(']') && text.find(']') == text.size() - 1 && text.find('[', open + 1) == std::string_view::npos;
}

std::optional<ipsec::PortRange> read_port(Document& document, const Word& word) {
  // setkey hands 0 to the kernel, which takes it for any.
  if (word.text.empty() || word.text == "0") return ipsec::PortRange{};
  const auto port = word.text.find('-') == std::string_view::npos ? read_ports(word.text) : std::nullopt;
  if (port) return port;
  error_at(document, word, fmt::format("{} is no port", quoted(word.text)), "give 'any' or one number from 1 to 65535");
  return std::nullopt;
}

bool looks_like_name(std::string_view text) {
  return text.find(':') == std::string_view::npos &&
         text.find_first_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != std::string_view::npos;
}

std::optional<base::Prefix> read_range(Document& document, const Word& word, Ranges ranges) {
  const std::size_t slash = word.text.find('/');
  if (looks_like_name(word.text.substr(0, slash))) {
    error_at(document, word, fmt::format("{} is not an address; names are not looked up", quoted(word.text)),
             "write the address that it stands for");
    return std::nullopt;
  }
  if (slash != std::string_view::npos && ranges == Ranges::kHostOnly) {
    error_at(document, part(word, slash), "an SA has two addresses, not prefixes", "leave out '/' and what follows");
    return std::nullopt;
  }
  const auto prefix = base::read_prefix(word.text);
  if (prefix) return *prefix;
  error_at(document, word, prefix.error());
  return std::nullopt;
}

std::optional<ipsec::PortRange> read_icmp_number(Document& document, const Word& word) {
  const auto number = read_number(word.text, 0xff);
  if (!number) {
    error_at(document, word, fmt::format("{} is no ICMP type or code", quoted(word.text)),
             "give type,code, both from 0 to 255; 0 stands for any");
    return std::nullopt;
  }
  if (*number == 0) return ipsec::PortRange{};
  const auto value = static_cast<std::uint16_t>(*number);
  return ipsec::PortRange{value, value};
}

bool read_type_and_code(Document& document, const Word& word, ipsec::Selector& selector) {
  const std::size_t comma = word.text.find(',');
  const auto type = read_icmp_number(document, part(word, 0, comma));
  if (!type) return false;
  selector.source_port = *type;
  if (comma == std::string_view::npos) {
    error_at(document, word, "the code is missing after the type", "write type,code; a code of 0 stands for any");
    return false;
  }
  const auto code = read_icmp_number(document, part(word, comma + 1));
  if (code) selector.destination_port = *code;
  return code.has_value();
}

bool read_gre_key(Document& document, const Word& word, ipsec::Selector& selector) {
  const auto key = read_number32(word.text);
  if (!key) {
    error_at(document, word, fmt::format("{} is no GRE key", quoted(word.text)), "give a number below 4294967296");
    return false;
  }
  const auto high = static_cast<std::uint16_t>(*key >> 16);
  const auto low = static_cast<std::uint16_t>(*key);
  selector.source_port = {high, high};
  selector.destination_port = {low, low};
  return true;
}

// What follows the protocol belongs to it when it begins with a digit.
bool has_extra(const SetkeyWord* word) {
  return word != nullptr && !word->text.empty() && word->text.front() >= '0' && word->text.front() <= '9';
}

std::optional<ipsec::Protocol> rule_protocol(std::string_view text) {
  if (text == "esp") return ipsec::Protocol::kEsp;
  if (text == "ah") return ipsec::Protocol::kAh;
  if (text == "ipcomp") return ipsec::Protocol::kIpcomp;
  return std::nullopt;
}

std::optional<ipsec::Mode> rule_mode(std::string_view text) {
  if (text == "transport") return ipsec::Mode::kTransport;
  if (text == "tunnel") return ipsec::Mode::kTunnel;
  if (text == "beet") return ipsec::Mode::kBeet;
  return std::nullopt;
}

bool read_level(Document& document, const Word& word, ipsec::Template& rule) {
  const std::size_t mark = word.text.find_first_of(":#");
  const std::string_view level = word.text.substr(0, mark);
  if (mark != std::string_view::npos && level == "unique") {
    const auto id = read_number(word.text.substr(mark + 1), 0xffffffff);
    if (id && *id > 0 && (*id <= kMostUniqueId || word.text[mark] == '#')) {
      rule.reqid = static_cast<std::uint32_t>(*id);
      return true;
    }
    error_at(document, part(word, mark + 1), "the number of this 'unique' is wrong", fmt::format("give 1 to {}", kMostUniqueId));
    return false;
  }
  if (level == "use") rule.level = ipsec::PolicyLevel::kUse;
  if (level.empty() || level == "use" || level == "require" || level == "default" || level == "unique") return true;
  error_at(document, word, fmt::format("{} is no level", quoted(word.text)),
           suggestion(word.text, {"default", "use", "require", "unique"}, "give 'require', 'use', 'default' or 'unique:N'"));
  return false;
}

bool read_ends(Document& document, const Word& word, ipsec::Template& rule) {
  if (word.text.empty() || word.text == "me-any" || word.text == "any-me") {
    if (rule.mode != ipsec::Mode::kTunnel || !word.text.empty()) return true;
    error_at(document, word, "the ends of this tunnel are missing", "write esp/tunnel/SOURCE-DESTINATION/require");
    return false;
  }
  const std::size_t dash = word.text.find('-');
  if (dash == std::string_view::npos) {
    error_at(document, word, fmt::format("{} is no pair of addresses", quoted(word.text)),
             "write SOURCE-DESTINATION with a '-' between them");
    return false;
  }
  const auto source = read_setkey_address(document, part(word, 0, dash), Ranges::kHostOnly);
  const auto destination = read_setkey_address(document, part(word, dash + 1), Ranges::kHostOnly);
  if (!source || !destination) return false;
  if (rule.mode == ipsec::Mode::kTransport) return true;
  rule.source = source->prefix.address;
  rule.destination = destination->prefix.address;
  return true;
}

// proto/mode/ends/level, the level optional.
std::vector<Word> rule_parts(const Word& word) {
  std::vector<Word> parts;
  std::size_t start = 0;
  while (start <= word.text.size() && parts.size() < 5) {
    const std::size_t end = std::min(word.text.find('/', start), word.text.size());
    parts.push_back(part(word, start, end - start));
    start = end + 1;
  }
  return parts;
}

struct NamedPriority {
  std::string_view name;
  std::uint32_t number;
};
constexpr std::array<NamedPriority, 4> kPriorities{
    {{"low", kLowPriority}, {"default", kSetkeyDefaultPriority}, {"def", kSetkeyDefaultPriority}, {"high", kHighPriority}}};

const NamedPriority* priority_at_start(std::string_view text) {
  for (const NamedPriority& priority : kPriorities) {
    if (!text.starts_with(priority.name)) continue;
    const std::string_view rest = text.substr(priority.name.size());
    if (rest.empty() || rest.front() == '+' || rest.front() == '-') return &priority;
  }
  return nullptr;
}

// "+5", "- 5", "5": gathers the sign and the number, which may be words of their own.
std::optional<std::int64_t> read_offset(Document& document, SetkeyCursor& cursor, Word text) {
  std::int64_t sign = 1;
  if (text.text.starts_with('+') || text.text.starts_with('-')) {
    sign = text.text.front() == '-' ? -1 : 1;
    text = part(text, 1);
    if (text.text.empty() && cursor.peek() != nullptr) text = *cursor.next();
  }
  const auto number = read_number(text.text, 0x80000000);
  if (number) return sign * static_cast<std::int64_t>(*number);
  error_at(document, text, fmt::format("{} is no priority", quoted(text.text)),
           "write a number, or 'low', 'def' or 'high' with '+ N' or '- N'");
  return std::nullopt;
}

bool begins_with_sign(const SetkeyWord* word) { return word != nullptr && (word->text.starts_with('+') || word->text.starts_with('-')); }

std::optional<std::int64_t> offset_after_name(Document& document, SetkeyCursor& cursor, const Word& rest) {
  if (!rest.text.empty()) return read_offset(document, cursor, rest);
  if (begins_with_sign(cursor.peek())) return read_offset(document, cursor, *cursor.next());
  return 0;
}

bool begins_priority(std::string_view text) { return text == "prio" || text == "priority" || priority_at_start(text) != nullptr; }

bool take_action(ipsec::Policy& policy, std::string_view action) {
  if (action == "discard") {
    policy.action = ipsec::Action::kDiscard;
  } else if (action == "none" || action == "bypass") {
    policy.action = ipsec::Action::kBypass;
  } else if (action == "entrust") {
    policy.action = ipsec::Action::kBypass;
    policy.socket = true;
  } else {
    return action == "ipsec";
  }
  return true;
}

bool read_rules(Document& document, SetkeyCursor& cursor, ipsec::Policy& policy) {
  const Word first = cursor.place();
  while (const SetkeyWord* word = cursor.next()) {
    const auto rule = read_setkey_rule(document, *word);
    if (!rule) return false;
    policy.templates.push_back(*rule);
  }
  if (!policy.templates.empty()) return true;
  error_at(document, first, "'ipsec' has no rule", "write one, like esp/transport//require");
  return false;
}

}  // namespace

std::optional<SetkeyAddress> read_setkey_address(Document& document, const Word& word, Ranges ranges) {
  const std::size_t open = word.text.find('[');
  const auto prefix = read_range(document, part(word, 0, open), ranges);
  if (!prefix) return std::nullopt;
  if (open == std::string_view::npos) return SetkeyAddress{.prefix = *prefix, .port = {}};
  if (!closed_brackets(word.text, open)) {
    error_at(document, part(word, open), "the brackets around the port do not match", "write ADDRESS[PORT]");
    return std::nullopt;
  }
  const auto port = read_port(document, part(word, open + 1, word.text.size() - open - 2));
  if (!port) return std::nullopt;
  return SetkeyAddress{.prefix = *prefix, .port = *port};
}

bool read_setkey_upper(Document& document, SetkeyCursor& cursor, ipsec::Selector& selector) {
  const Word place = cursor.place();
  const SetkeyWord* word = cursor.next();
  const auto protocol = word != nullptr ? protocol_named(word->text) : std::nullopt;
  if (!protocol) {
    error_at(
        document, place,
        word != nullptr ? fmt::format("{} is no upper-layer protocol", quoted(word->text)) : "the upper-layer protocol is missing",
        suggestion(place.text, {"any", "tcp", "udp", "icmp", "icmp6", "gre", "sctp", "ip4"}, "give 'any', a name like 'tcp', or a number"));
    return false;
  }
  selector.protocol = *protocol;
  if (!has_extra(cursor.peek())) return true;
  if (is_icmp(*protocol)) return read_type_and_code(document, *cursor.next(), selector);
  if (*protocol == 47) return read_gre_key(document, *cursor.next(), selector);
  return true;
}

std::optional<ipsec::PolicyDirection> setkey_direction(std::string_view text) {
  if (text == "in") return ipsec::PolicyDirection::kIn;
  if (text == "out") return ipsec::PolicyDirection::kOut;
  if (text == "fwd") return ipsec::PolicyDirection::kForward;
  return std::nullopt;
}

std::string no_direction(std::string_view text) {
  return text.empty() ? "the direction is missing after -P" : fmt::format("{} is no direction", quoted(text));
}

std::optional<std::uint32_t> read_setkey_priority(Document& document, SetkeyCursor& cursor) {
  if (!cursor.skip("prio")) cursor.skip("priority");
  const Word place = cursor.place();
  const SetkeyWord* word = cursor.next();
  const NamedPriority* named = word != nullptr ? priority_at_start(word->text) : nullptr;
  const auto offset =
      named != nullptr ? offset_after_name(document, cursor, part(place, named->name.size())) : read_offset(document, cursor, place);
  if (!offset) return std::nullopt;
  // In setkey's text the larger number is matched first, in the kernel the smaller.
  const std::int64_t number = static_cast<std::int64_t>(named != nullptr ? named->number : kSetkeyDefaultPriority) - *offset;
  if (number >= 0 && number <= 0xffffffff) return static_cast<std::uint32_t>(number);
  error_at(document, place, "this priority is out of range", "with 'low' or 'high' give at most 1073741823");
  return std::nullopt;
}

std::optional<ipsec::Template> read_setkey_rule(Document& document, const Word& word) {
  const std::vector<Word> parts = rule_parts(word);
  if (parts.size() < 3 || parts.size() > 4) {
    error_at(document, word, fmt::format("{} is no rule", quoted(word.text)),
             "a rule is PROTOCOL/MODE/SOURCE-DESTINATION/LEVEL, like esp/transport//require");
    return std::nullopt;
  }
  const auto protocol = rule_protocol(parts[0].text);
  if (!protocol) {
    error_at(document, parts[0], fmt::format("{} is no protocol of a rule", quoted(parts[0].text)), "give 'esp', 'ah' or 'ipcomp'");
    return std::nullopt;
  }
  const auto mode = rule_mode(parts[1].text);
  if (!mode) {
    error_at(document, parts[1], fmt::format("{} is no mode", quoted(parts[1].text)),
             suggestion(parts[1].text, {"transport", "tunnel"}, "give 'transport' or 'tunnel'"));
    return std::nullopt;
  }
  ipsec::Template rule{
      .protocol = *protocol, .mode = *mode, .source = {}, .destination = {}, .level = ipsec::PolicyLevel::kRequire, .reqid = 0};
  if (!read_ends(document, parts[2], rule)) return std::nullopt;
  if (parts.size() == 4 && !read_level(document, parts[3], rule)) return std::nullopt;
  return rule;
}

bool read_setkey_policy(Document& document, SetkeyCursor& cursor, ipsec::Policy& policy) {
  const Word place = cursor.place();
  const SetkeyWord* word = cursor.next();
  const auto direction = word != nullptr ? setkey_direction(word->text) : std::nullopt;
  if (!direction) {
    error_at(document, place, no_direction(place.text), "write -P in, -P out or -P fwd");
    return false;
  }
  policy.direction = *direction;
  policy.priority = kSetkeyDefaultPriority;
  if (cursor.peek() != nullptr && begins_priority(cursor.peek()->text)) {
    const auto priority = read_setkey_priority(document, cursor);
    if (!priority) return false;
    policy.priority = *priority;
  }
  const Word action = cursor.place();
  if (cursor.next() == nullptr || !take_action(policy, action.text)) {
    error_at(document, action,
             action.text.empty() ? std::string("the action is missing") : fmt::format("{} is no action", quoted(action.text)),
             suggestion(action.text, {"discard", "none", "ipsec"}, "give 'discard', 'none' or 'ipsec'"));
    return false;
  }
  if (policy.action == ipsec::Action::kProtect) return read_rules(document, cursor, policy);
  return true;
}

}  // namespace espy::config
