// Commands `ip xfrm state add` and `ip xfrm policy add`, of a shell script or of a file for `ip -batch`. Each command is put into the lines
// that `ip xfrm state` and `ip xfrm policy` would list, and read as such.
#include <algorithm>
#include <array>
#include <span>

#include <fmt/format.h>

#include "config/words.h"
#include "config/xfrm_policy.h"
#include "config/xfrm_state.h"

namespace espy::config {

namespace {

using Names = std::span<const std::string_view>;

constexpr std::array<std::string_view, 11> kFlags{"noecn",  "decap-dscp", "nopmtudisc", "wildrecv",        "icmp",         "af-unspec",
                                                  "align4", "esn",        "localok",    "dont-encap-dscp", "oseq-may-wrap"};
constexpr std::array<std::string_view, 7> kSelector{"proto", "sport", "dport", "type", "code", "key", "dev"};
constexpr std::array<std::string_view, 9> kSkipped{"coa", "ctx", "seq", "replay-seq", "replay-oseq", "index", "ptype", "share", "dev"};

bool one_of(std::string_view word, Names names) { return std::ranges::find(names, word) != names.end(); }

std::string_view any_host(std::string_view like) { return like.find(':') == std::string_view::npos ? "0.0.0.0" : "::"; }

// The words of one command from its `state` or `policy` on.
class XfrmCommand {
 public:
  XfrmCommand(Document& document, const XfrmLine& words) : document_(document), words_(words) {}

  void read_state() {
    while (!at_end()) take_state();
    // The kernel looks SAs up by their destination; the source may be left out.
    const Word* destination = value_of(header_, "dst");
    if (destination != nullptr && value_of(header_, "src") == nullptr) append(header_, {"src", any_host(destination->text)});
    if (failed_ || !has_ends()) return;
    if (value_of(line_, "mode") == nullptr) append(line_, {"mode", "transport"});
    XfrmState state(document_, header_);
    state.take(line_);
    for (const XfrmLine& line : lines_) state.take(line);
    state.finish();
  }

  void read_policy(std::vector<ipsec::Policy>& policies) {
    while (!at_end()) take_policy();
    if (failed_ || !has_ends()) return;
    XfrmPolicy policy(document_, header_);
    if (!line_.empty()) policy.take(line_);
    for (const XfrmLine& line : lines_) policy.take(line);
    policy.finish(policies);
  }

 private:
  bool at_end() const { return failed_ || index_ >= words_.size(); }
  std::string_view peek() const { return index_ < words_.size() ? words_[index_].text : std::string_view(); }

  // The next `count` words, appended to `line`.
  void take(XfrmLine& line, std::size_t count) {
    for (; count > 0 && !at_end(); --count) line.push_back(words_[index_++]);
    if (count == 0) return;
    error_at(document_, words_.back(), "this command ends too early", "a value is missing");
    failed_ = true;
  }

  // Words of a listing that no command has.
  void append(XfrmLine& line, std::initializer_list<std::string_view> texts) const {
    for (const std::string_view text : texts) line.push_back({.text = text, .line = words_.front().line, .column = words_.front().column});
  }

  void take_line(std::size_t count) {
    lines_.emplace_back();
    take(lines_.back(), count);
  }

  void skip(std::size_t count) {
    XfrmLine nowhere;
    take(nowhere, count);
  }

  void take_state() {
    const std::string_view name = peek();
    if (name == "src" || name == "dst") return take(header_, 2);
    if (name == "proto" || name == "spi" || name == "reqid" || name == "mode") return take_identity();
    if (name == "enc" || name == "auth") return take_line(3);
    if (name == "auth-trunc" || name == "aead") return take_line(4);
    if (name == "comp" || name == "tfcpad" || name == "if_id" || name == "replay-window") return take_line(2);
    if (name == "flag" || name == "extra-flag") return take_flags();
    if (name == "encap") return take_encapsulation();
    if (name == "replay-seq-hi" || name == "replay-oseq-hi") return take_sequence_high();
    take_rest(name);
  }

  // The listing's line begins with the protocol.
  void take_identity() {
    XfrmLine pair;
    take(pair, 2);
    const bool first = !pair.empty() && pair.front().text == "proto";
    line_.insert(first ? line_.begin() : line_.end(), pair.begin(), pair.end());
  }

  void take_flags() {
    XfrmLine line;
    append(line, {"replay-window", "0"});
    take(line, 1);
    line.back().text = "flag";
    while (!at_end() && one_of(peek(), kFlags)) take(line, 1);
    lines_.push_back(std::move(line));
  }

  void take_encapsulation() {
    XfrmLine words, line;
    take(words, 5);
    if (failed_) return;
    append(line, {"encap", "type", words[1].text, "sport", words[2].text, "dport", words[3].text});
    lines_.push_back(std::move(line));
  }

  void take_sequence_high() {
    take_line(2);
    if (!failed_) lines_.back()[0].text = "seq-hi";
  }

  void take_rest(std::string_view name) {
    if (name == "mark" || name == "output-mark") return take_mark(name == "mark");
    if (name == "sel") return skip_selector();
    if (name == "limit") return skip(3);
    if (name == "offload") return skip(5);
    if (one_of(name, kSkipped)) return skip(2);
    error_at(document_, words_[index_], fmt::format("{} is no word of 'ip xfrm'", quoted(name)), "look for a missing or mistyped word");
    failed_ = true;
  }

  void take_mark(bool kept) {
    XfrmLine line;
    take(line, 2);
    if (peek() == "mask") skip(2);
    if (kept) lines_.push_back(std::move(line));
  }

  void skip_selector() {
    skip(1);
    while (!at_end() && (peek() == "src" || peek() == "dst" || one_of(peek(), kSelector))) skip(2);
  }

  void take_policy() {
    const std::string_view name = peek();
    if (name == "src" || name == "dst" || one_of(name, kSelector)) return take(header_, 2);
    if (name == "tmpl") return take_template();
    if (name == "dir") return take_direction();
    if (name == "priority" || name == "action") return take(line_, 2);
    if (name == "flag") return take_flags_of_policy();
    if (name == "if_id") return take_line(2);
    take_rest(name);
  }

  void take_direction() {
    XfrmLine pair;
    take(pair, 2);
    line_.insert(line_.begin(), pair.begin(), pair.end());
  }

  void take_flags_of_policy() {
    skip(1);
    while (!at_end() && one_of(peek(), kFlags)) skip(1);
  }

  void take_template() {
    skip(1);
    XfrmLine ends, rest, level;
    while (!at_end()) {
      const std::string_view name = peek();
      if (name == "src" || name == "dst") {
        take(ends, 2);
      } else if (name == "level") {
        take(level, 2);
      } else if (name == "proto" || name == "spi" || name == "reqid" || name == "mode") {
        take(rest, 2);
      } else {
        break;
      }
    }
    add_template(std::move(ends), std::move(rest), std::move(level));
  }

  void add_template(XfrmLine ends, XfrmLine rest, XfrmLine level) {
    if (failed_) return;
    const std::string_view any = any_host(header_.size() > 1 ? header_[1].text : std::string_view());
    if (value_of(ends, "src") == nullptr) append(ends, {"src", any});
    if (value_of(ends, "dst") == nullptr) append(ends, {"dst", any});
    if (value_of(rest, "mode") == nullptr) append(rest, {"mode", "transport"});
    const auto protocol = std::ranges::find(rest, "proto", &Word::text);
    if (protocol == rest.end()) return protocol_missing();
    std::rotate(rest.begin(), protocol, protocol + 2);
    XfrmLine first;
    append(first, {"tmpl"});
    first.insert(first.end(), ends.begin(), ends.end());
    lines_.push_back(std::move(first));
    lines_.push_back(std::move(rest));
    if (!level.empty()) lines_.push_back(std::move(level));
  }

  void protocol_missing() {
    error_at(document_, words_.front(), "a tmpl has no protocol", "write tmpl … proto esp");
    failed_ = true;
  }

  bool has_ends() {
    if (value_of(header_, "dst") != nullptr && value_of(header_, "src") != nullptr) return true;
    error_at(document_, words_.front(), "the addresses of this command are incomplete", "write src ADDRESS dst ADDRESS");
    return false;
  }

  Document& document_;
  const XfrmLine& words_;
  std::size_t index_ = 0;
  bool failed_ = false;
  XfrmLine header_;
  XfrmLine line_;
  std::vector<XfrmLine> lines_;
};

// Quotes matter to the shell, not to us: no word of these commands holds a blank.
void unquote(Word& word) {
  const bool quotes =
      word.text.size() >= 2 && (word.text.front() == '"' || word.text.front() == '\'') && word.text.back() == word.text.front();
  if (quotes) word = part(word, 1, word.text.size() - 2);
}

class XfrmScript {
 public:
  explicit XfrmScript(Document& document) : document_(document) {}

  void read() {
    Lines lines(document_.text);
    while (const auto line = lines.next()) take(*line);
    run();
    for (std::size_t index = 0; index < policies_.size(); ++index) policies_[index].age = static_cast<std::uint32_t>(index);
    add_spd(document_, std::move(policies_));
  }

 private:
  // A backslash at the end joins the next line; a semicolon ends a command.
  void take(const Word& line) {
    const std::string_view text = trim(line.text);
    if (text.starts_with('#') && words_.empty()) return;
    const bool joined = text.ends_with('\\');
    for (Word word : words_of(line)) {
      const bool comment = word.text.starts_with('#');
      if (comment || (joined && word.text == "\\")) break;
      const bool ends = word.text.ends_with(';') || word.text == "&&" || word.text == "||";
      if (word.text.ends_with(';')) word.text.remove_suffix(1);
      if (word.text != "&&" && word.text != "||" && !word.text.empty()) {
        unquote(word);
        words_.push_back(word);
      }
      if (ends) run();
    }
    if (!joined) run();
  }

  void run() {
    const auto xfrm = std::ranges::find(words_, "xfrm", &Word::text);
    if (words_.end() - xfrm > 2) run(XfrmLine(xfrm + 1, words_.end()));
    words_.clear();
  }

  void run(const XfrmLine& command) {
    const std::string_view object = command[0].text, verb = command[1].text;
    if (object != "state" && object != "policy") return;
    if (verb == "add" || verb == "update") return add(object == "state", {command.begin() + 2, command.end()});
    if (verb == "flush" || verb == "list" || verb == "show" || verb == "count" || verb == "set") return;
    error_at(document_, command[1], fmt::format("espy cannot follow {} of ip xfrm {}", quoted(verb), object),
             "give the output of 'ip xfrm state' and of 'ip xfrm policy' instead");
  }

  void add(bool state, const XfrmLine& words) {
    if (words.empty()) return;
    if (state) return XfrmCommand(document_, words).read_state();
    XfrmCommand(document_, words).read_policy(policies_);
  }

  Document& document_;
  XfrmLine words_;
  std::vector<ipsec::Policy> policies_;
};

}  // namespace

void read_xfrm_commands(Document& document) { XfrmScript(document).read(); }

}  // namespace espy::config
