// The listings of `ip xfrm state` and `ip xfrm policy`. One file may hold both: an entry is told from its second line.
#include <optional>
#include <variant>

#include "config/xfrm_policy.h"
#include "config/xfrm_state.h"

namespace espy::config {

namespace {

class XfrmListing {
 public:
  explicit XfrmListing(Document& document) : document_(document) {}

  void read() {
    Lines lines(document_.text);
    while (const auto line = lines.next()) take_joined(*line);
    close();
    // The kernel lists its newest policy first and prefers the oldest among equals.
    auto age = static_cast<std::uint32_t>(policies_.size());
    for (ipsec::Policy& policy : policies_) policy.age = --age;
    add_spd(document_, std::move(policies_));
  }

 private:
  // With -o, iproute2 writes an entry on one line and a backslash for each end of line.
  void take_joined(const Word& line) {
    std::size_t start = 0;
    while (start <= line.text.size()) {
      const std::size_t end = std::min(line.text.find('\\', start), line.text.size());
      const XfrmLine words = words_of(part(line, start, end - start));
      if (!words.empty()) take(words);
      start = end + 1;
    }
  }

  void take(const XfrmLine& words) {
    const std::string_view first = words.front().text;
    if (first == "src") {
      close();
      header_ = words;
    } else if (!header_.empty()) {
      open(first);
      std::visit([&](auto& entry) { take_into(entry, words); }, entry_);
    } else if (!complained_) {
      error_at(document_, words.front(), "this line belongs to no entry of ip xfrm", "an entry begins with 'src ADDRESS dst ADDRESS'");
      complained_ = true;
    }
  }

  // The line after the header says what the entry is.
  void open(std::string_view first) {
    if (!std::holds_alternative<std::monostate>(entry_)) return;
    if (first == "proto") entry_.emplace<XfrmState>(document_, header_);
    if (first == "dir" || first == "socket") entry_.emplace<XfrmPolicy>(document_, header_);
  }

  void close() {
    if (!header_.empty() && std::holds_alternative<std::monostate>(entry_)) {
      error_at(document_, header_.front(), "this entry is neither an SA nor a policy",
               "its second line begins with 'proto', 'dir' or 'socket'");
    }
    if (auto* state = std::get_if<XfrmState>(&entry_)) state->finish();
    if (auto* policy = std::get_if<XfrmPolicy>(&entry_)) policy->finish(policies_);
    entry_.emplace<std::monostate>();
    header_.clear();
  }

  static void take_into(std::monostate&, const XfrmLine&) {}
  template <class Entry>
  static void take_into(Entry& entry, const XfrmLine& words) {
    entry.take(words);
  }

  Document& document_;
  XfrmLine header_;
  std::variant<std::monostate, XfrmState, XfrmPolicy> entry_;
  std::vector<ipsec::Policy> policies_;
  bool complained_ = false;
};

}  // namespace

void read_xfrm_state(Document& document) { XfrmListing(document).read(); }

void read_xfrm_policy(Document& document) { XfrmListing(document).read(); }

}  // namespace espy::config
