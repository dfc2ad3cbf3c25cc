// Reads ipsec.secrets to tell what is weak in it. No secret is kept, shown or handed on.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "config/document.h"
#include "config/included_files.h"
#include "config/secret_strength.h"
#include "config/words.h"

namespace espy::config {
namespace {

constexpr std::array<std::string_view, 13> kKinds = {"PSK", "RSA", "ECDSA", "EDDSA", "BLISS", "PRIV", "PKCS8",
                                                     "P12", "PIN", "EAP",   "XAUTH", "NTLM",  "PPK"};

class SecretsReader {
 public:
  explicit SecretsReader(Document& document) : document_(document), files_(document), check_(document) {}

  void read_text(const std::string& name, std::string_view text) {
    WipedText entry;
    ipsec::Origin origin{name, 0};
    std::uint32_t number = 0;
    while (!text.empty()) {
      const std::string_view line = cut_line(text);
      ++number;
      const std::string_view content = trim(line);
      if (content.empty() || content.starts_with('#')) continue;
      if (!kBlanks.contains(line.front()) && line.front() != '}') {
        finish(entry, origin);
        origin.line = number;
      }
      entry.append(content);
      entry.append(" ");
    }
    finish(entry, origin);
  }

 private:
  static std::string_view cut_line(std::string_view& text) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return line;
  }

  void finish(WipedText& entry, const ipsec::Origin& origin) {
    if (!entry.view().empty()) read_entry(trim(entry.view()), origin);
    ipsec::wipe(entry.text().data(), entry.text().size());
    entry.text().clear();
  }

  // "selectors : KIND secret"; the colon stands alone, because IPv6 addresses hold colons too.
  void read_entry(std::string_view entry, const ipsec::Origin& origin) {
    if (entry.starts_with("include ")) {
      const auto read = [this](const std::string& name, std::string_view text) { read_text(name, text); };
      return files_.each(trim(entry.substr(sizeof "include" - 1)), origin, read);
    }
    const std::size_t colon = find_colon(entry);
    if (colon == std::string_view::npos) {
      return error_at(document_, origin, "this entry has no ':' between its hosts and its secret", "write: HOSTS : PSK \"SECRET\"");
    }
    read_secret_part(trim(entry.substr(0, colon)), trim(entry.substr(colon + 1)), origin);
  }

  // The first ':' that is a word; else one at the end of a word, as the manuals of FreeS/WAN and its heirs write it ("10.0.0.1: PSK").
  static std::size_t find_colon(std::string_view entry) {
    const auto blank = [&](std::size_t index) { return index >= entry.size() || kBlanks.contains(entry[index]); };
    std::size_t attached = std::string_view::npos;
    bool quoted = false;
    for (std::size_t index = 0; index < entry.size(); ++index) {
      if (entry[index] == '"') quoted = !quoted;
      if (quoted || entry[index] != ':') continue;
      const bool ends = blank(index + 1) || entry.substr(index + 1).starts_with("PSK");
      if (ends && (index == 0 || blank(index - 1))) return index;
      if (ends && attached == std::string_view::npos) attached = index;
    }
    return attached;
  }

  void read_secret_part(std::string_view hosts, std::string_view rest, const ipsec::Origin& origin) {
    const std::string_view kind = rest.substr(0, rest.find_first_of(" \t\"'{"));
    std::string upper(kind);
    for (char& letter : upper) letter = static_cast<char>(letter >= 'a' && letter <= 'z' ? letter - 'a' + 'A' : letter);
    const bool bare = rest.starts_with('"') || rest.starts_with("0x") || rest.starts_with("0s");
    if (!bare && std::ranges::find(kKinds, upper) == kKinds.end()) {
      return error_at(document_, origin, "the kind of this secret is not known", "use PSK, RSA, ECDSA, EAP or XAUTH behind the ':'");
    }
    if (!bare && upper != "PSK") return;
    read_psk(hosts, bare ? rest : trim(rest.substr(kind.size())), origin);
  }

  void read_psk(std::string_view hosts, std::string_view secret, const ipsec::Origin& origin) {
    const char quote = secret.empty() ? '\0' : secret.front();
    if (quote == '"' || quote == '\'') {
      const std::size_t end = secret.find(quote, 1);
      if (end == std::string_view::npos)
        return error_at(document_, origin, "the quotes of this secret are not closed", "end it with a quote on its line");
      secret = secret.substr(1, end - 1);
    } else {
      secret = secret.substr(0, std::min(secret.find_first_of(kBlanks), secret.size()));
    }
    check_.add(secret, hosts.empty() ? std::string_view("any host") : hosts.substr(0, 80), origin);
  }

  Document& document_;
  IncludedFiles files_;
  SecretCheck check_;
};

}  // namespace

void read_ipsec_secrets(Document& document) { SecretsReader(document).read_text(document.name, document.text); }

}  // namespace espy::config
