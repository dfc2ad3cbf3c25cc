// setkey.conf: its statements in order, each with the effect that it has in the kernel.
#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "config/setkey_association.h"
#include "config/setkey_database.h"

namespace espy::config {

namespace {

class SetkeyFile {
 public:
  explicit SetkeyFile(Document& document) : document_(document), lexer_(document) {}

  void read() {
    while (!finished_) {
      const auto statement = lexer_.next();
      if (!statement) break;
      take(*statement);
    }
    auto associations = database_.take_associations();
    std::ranges::move(associations, std::back_inserter(document_.configuration.associations));
    add_spd(document_, database_.take_policies());
  }

 private:
  void take(const SetkeyStatement& statement) {
    if (!statement.ended) error_at(document_, statement.end, "the last statement does not end", "end it with ';'");
    if (statement.too_long) return error_at(document_, statement.words.front(), "this statement is too long", "look for a missing ';'");
    SetkeyCursor cursor(statement);
    const SetkeyWord& name = *cursor.next();
    line_ = name.line;
    if (!run(name, cursor)) return;
    if (const SetkeyWord* rest = cursor.peek()) {
      error_at(document_, *rest, fmt::format("'{}' ends before this word", name.text), "leave it out, or put ';' before it");
    }
  }

  // False after an error that makes the rest of the statement meaningless.
  bool run(const SetkeyWord& name, SetkeyCursor& cursor) {
    if (name.text == "add") return add(cursor, true);
    if (name.text == "update") return add(cursor, false);
    if (name.text == "getspi") return get_spi(cursor);
    if (name.text == "get" || name.text == "delete") return remove(cursor, name.text == "delete");
    if (name.text == "deleteall") return remove_all(cursor);
    if (name.text == "flush" || name.text == "dump") return flush(cursor, name.text == "flush");
    if (name.text == "spdadd") return add_policy(cursor, true);
    if (name.text == "spdupdate") return add_policy(cursor, false);
    if (name.text == "spddelete") return remove_policy(cursor);
    if (name.text == "spdflush") database_.flush_policies();
    if (name.text == "spdflush" || name.text == "spddump") return true;
    finished_ = name.text == "exit" || name.text == "quit" || name.text == "bye";
    return finished_ || unknown(name);
  }

  bool unknown(const SetkeyWord& name) {
    error_at(document_, name, fmt::format("{} is no statement of setkey", quoted(name.text)),
             suggestion(name.text, setkey_statements(), "statements begin with add, spdadd, flush, spdflush and the like"));
    return false;
  }

  bool add(SetkeyCursor& cursor, bool must_be_new) {
    skip_setkey_flags(cursor);
    auto ends = read_setkey_ends(document_, cursor);
    if (!ends) return false;
    const Word place = cursor.place();
    const auto spi = read_setkey_spi(document_, cursor);
    if (!spi) return false;
    ends->association.spi = spi;
    ends->association.origin = document_.origin(line_);
    if (!read_setkey_options(document_, cursor, *ends)) return false;
    if (ends->kind == SetkeyProtocol::kTcpMd5) return true;
    const std::uint32_t line = must_be_new ? database_.line_of(ends->association) : 0;
    if (line != 0) {
      error_at(document_, place, fmt::format("SPI {} to this destination was added on line {} already", short_spi(spi), line),
               "setkey would refuse it; use 'update', or 'delete' the first");
      return false;
    }
    database_.put(std::move(ends->association));
    return true;
  }

  bool get_spi(SetkeyCursor& cursor) {
    skip_setkey_flags(cursor);
    if (!read_setkey_ends(document_, cursor) || !read_setkey_spi(document_, cursor)) return false;
    ++document_.configuration.ignored.larval;
    while (cursor.next() != nullptr) continue;
    return true;
  }

  bool remove(SetkeyCursor& cursor, bool take_effect) {
    skip_setkey_flags(cursor);
    auto ends = read_setkey_ends(document_, cursor);
    if (!ends) return false;
    ends->association.spi = read_setkey_spi(document_, cursor);
    if (!ends->association.spi) return false;
    if (take_effect && ends->kind == SetkeyProtocol::kIpsec) database_.remove(ends->association);
    return true;
  }

  bool remove_all(SetkeyCursor& cursor) {
    skip_setkey_flags(cursor);
    const auto ends = read_setkey_ends(document_, cursor);
    if (!ends) return false;
    if (ends->kind == SetkeyProtocol::kIpsec) database_.remove_all(ends->association);
    return true;
  }

  bool flush(SetkeyCursor& cursor, bool take_effect) {
    const SetkeyWord* word = cursor.next();
    if (word == nullptr) {
      if (take_effect) database_.flush();
      return true;
    }
    const std::string_view name = word->text;
    if (name == "tcp") return true;
    const bool esp = name == "esp" || name == "esp-old" || name == "esp-udp";
    if (!esp && name != "ah" && name != "ah-old" && name != "ipcomp") {
      error_at(document_, *word, fmt::format("{} is no protocol of SAs", quoted(name)),
               suggestion(name, {"esp", "ah", "ipcomp"}, "give 'esp', 'ah' or 'ipcomp', or put ';' here"));
      return false;
    }
    if (take_effect) database_.flush(esp ? ipsec::Protocol::kEsp : name == "ipcomp" ? ipsec::Protocol::kIpcomp : ipsec::Protocol::kAh);
    return true;
  }

  bool read_range(SetkeyCursor& cursor, base::Prefix& prefix, ipsec::PortRange& port) {
    const Word place = cursor.place();
    cursor.next();
    const auto address = read_setkey_address(document_, place, Ranges::kPrefixAllowed);
    if (!address) return false;
    prefix = address->prefix;
    port = address->port;
    return true;
  }

  bool read_selector(SetkeyCursor& cursor, ipsec::Policy& policy) {
    skip_setkey_flags(cursor);
    policy.origin = document_.origin(line_);
    if (cursor.skip("tagged")) {
      // A tag of the packet filter cannot be seen from outside, like a mark.
      policy.marked = true;
      return cursor.next() != nullptr;
    }
    ipsec::Selector& selector = policy.selector;
    if (!read_range(cursor, selector.source, selector.source_port)) return false;
    const Word place = cursor.place();
    if (!read_range(cursor, selector.destination, selector.destination_port)) return false;
    if (selector.source.address.family != selector.destination.address.family) {
      error_at(document_, place, "source and destination are of different families", "give two IPv4 or two IPv6 prefixes");
      return false;
    }
    return read_setkey_upper(document_, cursor, selector);
  }

  bool skip_context(SetkeyCursor& cursor, ipsec::Policy& policy) {
    if (!cursor.skip("-ctx")) return true;
    policy.marked = true;
    for (int index = 0; index < 3; ++index) {
      if (cursor.next() != nullptr) continue;
      error_at(document_, cursor.place(), "a security context has three words", "write -ctx DOI ALGORITHM \"LABEL\"");
      return false;
    }
    return true;
  }

  bool read_policy_option(SetkeyCursor& cursor) {
    if (cursor.skip("-P")) return true;
    error_at(document_, cursor.place(), "-P is missing", "after the upper-layer protocol write -P in, out or fwd");
    return false;
  }

  bool add_policy(SetkeyCursor& cursor, bool must_be_new) {
    ipsec::Policy policy;
    const bool read = read_selector(cursor, policy) && skip_context(cursor, policy) && read_policy_option(cursor) &&
                      read_setkey_policy(document_, cursor, policy);
    if (!read) return false;
    const std::uint32_t line = must_be_new ? database_.line_of(policy) : 0;
    if (line != 0) {
      document_.error(line_, 1, fmt::format("line {} has a policy with the same selector and direction", line),
                      "setkey would refuse it; use 'spdupdate', or 'spddelete' the first");
      return false;
    }
    database_.put(std::move(policy));
    return true;
  }

  bool remove_policy(SetkeyCursor& cursor) {
    ipsec::Policy policy;
    if (!read_selector(cursor, policy) || !skip_context(cursor, policy) || !read_policy_option(cursor)) return false;
    const Word place = cursor.place();
    const SetkeyWord* word = cursor.next();
    const auto direction = word != nullptr ? setkey_direction(word->text) : std::nullopt;
    if (!direction) {
      error_at(document_, place, no_direction(place.text), "write -P in, -P out or -P fwd");
      return false;
    }
    policy.direction = *direction;
    database_.remove(policy);
    while (cursor.next() != nullptr) continue;
    return true;
  }

  Document& document_;
  SetkeyLexer lexer_;
  SetkeyDatabase database_;
  std::uint32_t line_ = 0;
  bool finished_ = false;
};

}  // namespace

void read_setkey(Document& document) { SetkeyFile(document).read(); }

}  // namespace espy::config
