// recognise(): which format a text has, or which other tool printed it. Line by line until one line decides.
#include <algorithm>
#include <array>
#include <string>

#include "config/algorithm_names.h"
#include "config/reader.h"
#include "config/scanner.h"
#include "config/words.h"

namespace espy::config {

namespace {

// Comments and `include` may come first; a text without a decisive line among so many others is unknown.
constexpr std::size_t kMostLines = 2000;

using Lookup = std::optional<Recognition>;

Lookup is(Format format) { return Recognition{.format = format, .message = {}, .advice = {}}; }

Lookup mistaken(std::string message, std::string advice) {
  return Recognition{.format = std::nullopt, .message = std::move(message), .advice = std::move(advice)};
}

struct Seen {
  Word line;
  std::vector<Word> words;
  std::vector<Word> next;  // the words of the next line that has any
};

template <std::size_t kSize>
bool one_of(std::string_view word, const std::array<std::string_view, kSize>& words) {
  return std::ranges::find(words, word) != words.end();
}

Lookup binary(std::string_view text) {
  constexpr std::array<std::string_view, 4> kPcap{"\xa1\xb2\xc3\xd4", "\xd4\xc3\xb2\xa1", "\xa1\xb2\x3c\x4d", "\x4d\x3c\xb2\xa1"};
  const bool pcapng = text.starts_with("\n\r\r\n") &&
                      (text.substr(0, 12).ends_with("\x1a\x2b\x3c\x4d") || text.substr(0, 12).ends_with("\x4d\x3c\x2b\x1a"));
  if (pcapng || one_of(text.substr(0, 4), kPcap)) return mistaken("this is a capture", "give it without -c");
  if (text.starts_with("\x1f\x8b") || text.starts_with("\x28\xb5\x2f\xfd")) {
    return mistaken("this is a compressed file", "a capture is given without -c; unpack a configuration first");
  }
  if (text.find('\0') != std::string_view::npos)
    return mistaken("this is no text", "give a configuration file or the output of a tool as text");
  return std::nullopt;
}

bool is_header(const std::vector<Word>& words) { return words.size() >= 4 && words[0].text == "src" && words[2].text == "dst"; }

Lookup xfrm(const Seen& seen) {
  if (!is_header(seen.words)) return std::nullopt;
  // With -o the entry stands on one line.
  const std::size_t joint = seen.line.text.find('\\');
  const std::vector<Word> second = joint == std::string_view::npos ? seen.next : words_of(part(seen.line, joint + 1));
  const std::string_view first = second.empty() ? std::string_view() : second.front().text;
  if (first == "proto") return is(Format::kXfrmState);
  if (first == "dir" || first == "socket") return is(Format::kXfrmPolicy);
  return mistaken("this begins like the output of ip xfrm, but its second line does not",
                  "give the output of 'ip xfrm state' or 'ip xfrm policy'");
}

Lookup xfrm_relatives(const Seen& seen) {
  const std::string_view line = trim(seen.line.text);
  const std::string_view first = seen.words.front().text;
  constexpr std::array<std::string_view, 4> kEvents{"Deleted", "Updated", "Expired", "[nsid"};
  constexpr std::array<std::string_view, 7> kLines{"Timestamp: ",    "Flushed ",     "acquire proto", "Async event",
                                                   "Mapping change", "report proto", "expire proto"};
  const bool event = one_of(first, kEvents) && seen.words.size() > 1;
  if (event || std::ranges::any_of(kLines, [&](std::string_view start) { return line.starts_with(start); })) {
    return mistaken("this is the output of 'ip xfrm monitor'", "give the output of 'ip xfrm state' and of 'ip xfrm policy'");
  }
  if (line.starts_with("Default policies:")) {
    return mistaken("this is the output of 'ip xfrm policy getdefault'", "give the output of 'ip xfrm policy'");
  }
  if (first.starts_with("Xfrm") && seen.words.size() == 2) {
    return mistaken("this is /proc/net/xfrm_stat", "give the output of 'ip xfrm state' and of 'ip xfrm policy'");
  }
  const auto command = std::ranges::find(seen.words, "xfrm", &Word::text);
  constexpr std::array<std::string_view, 2> kObjects{"state", "policy"};
  const bool batch = command == seen.words.begin() && seen.words.size() > 2 && one_of(seen.words[1].text, kObjects);
  const bool script = command != seen.words.end() && std::ranges::find(seen.words, "ip", &Word::text) < command;
  if (batch || script) return is(Format::kXfrmCommands);
  return std::nullopt;
}

bool is_address(std::string_view text) { return base::read_prefix(text.substr(0, text.find('['))).has_value(); }

Lookup setkey_dumps(const Seen& seen) {
  constexpr std::array<std::string_view, 3> kDirections{"in", "out", "fwd"};
  const std::string_view line = trim(seen.line.text);
  if (line.starts_with("No SAD entries")) return is(Format::kSetkeyDump);
  if (line.starts_with("No SPD entries") || line.starts_with("(per-socket policy)")) return is(Format::kSetkeyPolicyDump);
  if (seen.words.size() < 2 || !is_address(seen.words[0].text) || !is_address(seen.words[1].text) || seen.next.empty()) return std::nullopt;
  const std::string_view second = seen.next.front().text;
  if (seen.words.size() == 2 && seen.next.size() > 1 && seen.next[1].text.starts_with("mode=")) return is(Format::kSetkeyDump);
  if (one_of(second.substr(0, second.find('(')), kDirections)) return is(Format::kSetkeyPolicyDump);
  return std::nullopt;
}

Lookup setkey(const Seen& seen) {
  constexpr std::array<std::string_view, 16> kStatements{"add",     "update", "delete", "deleteall", "get",       "getspi",
                                                         "flush",   "dump",   "spdadd", "spdupdate", "spddelete", "spdflush",
                                                         "spddump", "exit",   "quit",   "bye"};
  const std::string_view first = seen.words.front().text;
  if (one_of(first.substr(0, first.find(';')), kStatements)) return is(Format::kSetkey);
  return std::nullopt;
}

bool quoted_fields(std::string_view line) { return line.starts_with('"') && std::ranges::count(line, '"') >= 16; }

bool hex_fields(std::string_view line, std::size_t& fields) {
  const std::string_view first = line.substr(0, line.find(','));
  fields = static_cast<std::size_t>(std::ranges::count(line, ',')) + 1;
  return fields > 1 && first.size() == 16 && first.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

Lookup wireshark(const Seen& seen) {
  const std::string_view line = trim(seen.line.text);
  if (quoted_fields(line)) return is(Format::kEspSa);
  std::size_t fields = 0;
  if (!hex_fields(line, fields)) return std::nullopt;
  return mistaken(fields == 2 ? "this is Wireshark's ikev1_decryption_table" : "this is Wireshark's ikev2_decryption_table",
                  "espy does not decrypt IKE; give Wireshark's esp_sa");
}

Lookup tcpdump(const Seen& seen) {
  const std::string_view first = seen.words.front().text;
  if (starts_with_0x(first) && first.find('@') != std::string_view::npos) return is(Format::kTcpdump);
  const bool initiator = seen.words.size() > 2 && (seen.words[1].text == "I" || seen.words[1].text == "R");
  if (first == "ikev2" && initiator) return is(Format::kTcpdump);
  if (first == "file" && seen.words.size() == 2) return is(Format::kTcpdump);
  const std::size_t colon = first.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == first.size()) return std::nullopt;
  std::string algorithm = lower(first.substr(0, colon));
  if (algorithm.ends_with("-hmac96")) algorithm.resize(algorithm.size() - 7);
  if (algorithm.ends_with("-cbc")) algorithm.resize(algorithm.size() - 4);
  return find_encryption(Dialect::kTcpdump, algorithm) ? is(Format::kTcpdump) : std::nullopt;
}

Lookup ike_status(const Seen& seen) {
  const std::string_view line = trim(seen.line.text);
  constexpr std::array<std::string_view, 6> kStrongswan{"Security Associations (", "Status of IKE charon", "Shunted Connections:",
                                                        "Routed Connections:",     "Connections:",         "Listening IP addresses:"};
  const bool status = std::ranges::any_of(kStrongswan, [&](std::string_view start) { return line.starts_with(start); });
  if (status || seen.line.text.starts_with("000 ")) {
    return mistaken("this is the output of 'ipsec status'", "give ipsec.conf or the output of 'ip xfrm state' and 'ip xfrm policy'");
  }
  if (line.starts_with("list-sa event")) {
    return mistaken("this is the output of 'swanctl --list-sas --raw'", "give swanctl.conf, and 'ip xfrm state' for the keys");
  }
  if (line.starts_with("list-conn event"))
    return mistaken("this is the output of 'swanctl --list-conns --raw'", "give swanctl.conf itself");
  const std::string_view second = seen.words.size() > 1 ? seen.words[1].text : std::string_view();
  if (!seen.words.front().text.ends_with(':')) return std::nullopt;
  if (second.starts_with('#'))
    return mistaken("this is the output of 'swanctl --list-sas'", "give swanctl.conf, and 'ip xfrm state' for the keys");
  if (second.starts_with("IKEv")) return mistaken("this is the output of 'swanctl --list-conns'", "give swanctl.conf itself");
  return std::nullopt;
}

Lookup other_files(const Seen& seen) {
  const std::string_view first = seen.words.front().text;
  constexpr std::array<std::string_view, 5> kRacoon{"remote", "sainfo", "path", "listen", "padding"};
  if (trim(seen.line.text).starts_with("-----BEGIN"))
    return mistaken("this is a private key or a certificate", "espy reads configurations, not certificates");
  if (first.starts_with("charon") && trim(seen.line.text).ends_with('{'))
    return mistaken("this is strongswan.conf", "give swanctl.conf or ipsec.conf");
  if (one_of(first, kRacoon) && seen.words.size() > 1 && seen.words[1].text != "=") {
    return mistaken("this looks like racoon.conf", "give the setkey.conf that holds the policies, or the output of 'setkey -DP'");
  }
  if (first.starts_with('{') || first.starts_with("[{")) {
    return mistaken("this looks like JSON", "give the text that the tool prints without its JSON option");
  }
  return std::nullopt;
}

Lookup ipsec_conf(const Seen& seen) {
  const std::string_view first = seen.words.front().text;
  const std::size_t count = seen.words.size();
  if (first == "version" && count == 2) return is(Format::kIpsecConf);
  if (first == "config" && count >= 2 && seen.words[1].text == "setup") return is(Format::kIpsecConf);
  if ((first == "conn" || first == "ca") && count >= 2 && seen.words[1].text != "=" && seen.words[1].text != "{")
    return is(Format::kIpsecConf);
  return std::nullopt;
}

Lookup ipsec_secrets(const Seen& seen) {
  constexpr std::array<std::string_view, 14> kKinds{"psk", "rsa",   "ecdsa", "eap",  "xauth", "pin", "pkcs12",
                                                    "p12", "pkcs8", "pkcs1", "ntlm", "bliss", "ppk", "ppks"};
  for (std::size_t index = 0; index < seen.words.size(); ++index) {
    const std::string_view word = seen.words[index].text;
    if (!word.ends_with(':') && !word.starts_with(':')) continue;
    const std::string_view glued = word.starts_with(':') ? word.substr(1) : std::string_view();
    const std::string_view kind = !glued.empty() ? glued : index + 1 < seen.words.size() ? seen.words[index + 1].text : std::string_view();
    if (one_of(lower(kind), kKinds)) return is(Format::kIpsecSecrets);
  }
  return std::nullopt;
}

Lookup sections(const Seen& seen) {
  const std::string_view line = trim(seen.line.text.substr(0, seen.line.text.find('#')));
  if (line.starts_with('[')) return is(Format::kToml);
  const std::size_t brace = line.find('{');
  const std::size_t equals = line.find('=');
  if (brace != std::string_view::npos && brace < equals) return is(Format::kSwanctl);
  const bool brace_below = !seen.next.empty() && seen.next.front().text.starts_with('{');
  if (equals == std::string_view::npos && seen.words.size() == 1 && brace_below) return is(Format::kSwanctl);
  if (equals != std::string_view::npos && equals > 0 && seen.words.front().column == 1) return is(Format::kToml);
  return std::nullopt;
}

// In this order: what another tool printed is told before the loose shapes of sections and secrets.
Lookup decide(const Seen& seen) {
  for (const auto rule :
       {xfrm, xfrm_relatives, setkey_dumps, setkey, wireshark, ike_status, ipsec_conf, tcpdump, ipsec_secrets, other_files, sections}) {
    if (Lookup found = rule(seen)) return found;
  }
  return std::nullopt;
}

Lookup comment_decides(const Word& line) {
  if (line.line == 1 && line.text.starts_with("#!") && line.text.find("setkey") != std::string_view::npos) return is(Format::kSetkey);
  return std::nullopt;
}

Format of_includes(std::string_view text) {
  if (text.find("secrets") != std::string_view::npos) return Format::kIpsecSecrets;
  return text.find("swanctl") != std::string_view::npos ? Format::kSwanctl : Format::kIpsecConf;
}

class Search {
 public:
  explicit Search(std::string_view text) : text_(text) {}

  Recognition run() {
    Lines lines(text_);
    for (auto line = lines.next(); line && judged_ < kMostLines; line = lines.next()) {
      if (auto found = take(*line)) return *found;
    }
    if (auto found = settle({})) return *found;
    return nothing();
  }

 private:
  // A line is judged when the next one is known, because listings are told by their second line.
  Lookup take(const Word& line) {
    const std::string_view text = trim(line.text);
    if (text.starts_with('#')) return comment_decides(line);
    if (text.empty()) return std::nullopt;
    std::vector<Word> words = words_of(line);
    Lookup found = settle(words);
    held_ = Seen{.line = line, .words = std::move(words), .next = {}};
    return found;
  }

  Lookup settle(const std::vector<Word>& next) {
    if (!held_) return std::nullopt;
    held_->next = next;
    ++judged_;
    includes_ = includes_ || held_->words.front().text == "include";
    return held_->words.front().text == "include" ? std::nullopt : decide(*held_);
  }

  Recognition nothing() const {
    if (includes_) return {.format = of_includes(text_), .message = {}, .advice = {}};
    constexpr std::string_view kAdvice =
        "give FORMAT:FILE, where FORMAT is one of setkey, setkey-dump, setkey-policy-dump, xfrm-state, xfrm-policy, xfrm-commands, ipsec, "
        "secrets, swanctl, esp-sa, tcpdump and toml";
    // Wireshark's table before anything was put into it.
    const bool table =
        text_.find("esp_sa") != std::string_view::npos || text_.find("automatically generated, DO NOT MODIFY") != std::string_view::npos;
    if (judged_ == 0 && table) return {.format = Format::kEspSa, .message = {}, .advice = {}};
    if (judged_ > 0) return {.format = std::nullopt, .message = "the format of this file cannot be told", .advice = std::string(kAdvice)};
    return {
        .format = std::nullopt,
        .message = "the file is empty or holds only comments",
        .advice = "if a tool printed it, it may need root to show anything; if there is truly nothing, say the format: xfrm-state:FILE"};
  }

  std::string_view text_;
  std::optional<Seen> held_;
  std::size_t judged_ = 0;
  bool includes_ = false;
};

}  // namespace

Recognition recognise(std::string_view text) {
  if (Lookup found = binary(text)) return *found;
  return Search(text).run();
}

}  // namespace espy::config
