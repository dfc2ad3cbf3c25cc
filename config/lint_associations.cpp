// What is weak in the algorithms of a single SA.
#include <fmt/format.h>

#include "config/lint_parts.h"

namespace espy::config {
namespace {

using ipsec::Association;
using ipsec::Encryption;
using ipsec::Integrity;
using ipsec::Level;

class AssociationLint {
 public:
  AssociationLint(const Association& association, std::vector<LintFinding>& findings) : association_(association), findings_(findings) {}

  void run() {
    check_encryption_key();
    check_integrity_key();
    check_level(facts(association_.encryption).name, facts(association_.encryption).level, facts(association_.encryption).level_reason, 5);
    check_level(facts(association_.integrity).name, facts(association_.integrity).level, facts(association_.integrity).level_reason, 6);
    check_integrity();
    check_icv();
    if (association_.spi && association_.spi->reserved() && association_.spi_mask == 0xffffffff) {
      add("config.reserved-spi", fmt::format("uses an SPI that RFC 4303 section 2.1 reserves (0 to 255)"));
    }
    if (association_.key_from_text) add("config.textual-key", "has a key written as text, which holds far fewer bits than its size says");
  }

 private:
  void add(std::string code, std::string_view what) {
    findings_.push_back({std::move(code), fmt::format("{} {}", describe(association_), what), association_.origin});
  }

  void check_encryption_key() {
    const auto& known = facts(association_.encryption);
    const std::size_t size = association_.encryption_key.size();
    const bool judged = association_.encryption != Encryption::kUnknown && association_.encryption != Encryption::kNone &&
                        association_.encryption != Encryption::kNull;
    if (!judged || association_.keys_hidden || ipsec::key_size_fits(association_.encryption, size)) return;
    add("config.key-length", fmt::format("has an encryption key of {} octets, which {} does not take", size, known.name));
  }

  void check_integrity_key() {
    const auto& known = facts(association_.integrity);
    const std::size_t size = association_.integrity_key.size();
    if (known.key_size == 0 || association_.keys_hidden || association_.integrity == Integrity::kAesGmac || size == known.key_size) return;
    add("config.key-length", fmt::format("has an integrity key of {} octets; {} needs {}", size, known.name, known.key_size));
  }

  void check_level(std::string_view algorithm, Level level, std::string_view reason, int section) {
    if (level != Level::kShouldNot && level != Level::kMustNot) return;
    add("config.weak-algorithm", fmt::format("uses {}, which RFC 8221 section {} says {} be used{}{}", algorithm, section, name(level),
                                             reason.empty() ? "" : ": ", reason));
  }

  // Encryption without integrity lets an attacker change, and sometimes read, what is sent.
  void check_integrity() {
    const auto& known = facts(association_.encryption);
    const bool esp = association_.protocol == ipsec::Protocol::kEsp && association_.encryption != Encryption::kUnknown;
    if (!esp || known.aead || association_.integrity != Integrity::kNone) return;
    add("config.integrity-missing", fmt::format("uses {} without authentication, which RFC 8221 section 4 forbids", known.name));
  }

  void check_icv() {
    constexpr std::uint16_t kLeastBits = 96, kSha256Bits = 128;
    const bool sha2 = association_.integrity == Integrity::kHmacSha256 || association_.integrity == Integrity::kHmacSha384 ||
                      association_.integrity == Integrity::kHmacSha512;
    if (association_.icv_bits != 0 && association_.icv_bits < kLeastBits) {
      add("config.short-icv",
          fmt::format("has an ICV of {} bits; fewer than {} can be forged by trying", association_.icv_bits, kLeastBits));
    } else if (sha2 && association_.icv_bits == 0) {
      add("config.truncation",
          fmt::format("uses {} and does not say the ICV's size, which differs between systems", facts(association_.integrity).name));
    } else if (sha2 && association_.icv_bits < kSha256Bits) {
      add("config.truncation", fmt::format("cuts {} to {} bits; RFC 4868 says {}", facts(association_.integrity).name,
                                           association_.icv_bits, facts(association_.integrity).icv_size * 8));
    }
  }

  const Association& association_;
  std::vector<LintFinding>& findings_;
};

}  // namespace

void lint_associations(const ipsec::Configuration& configuration, std::vector<LintFinding>& findings) {
  for (const Association& association : configuration.associations) AssociationLint(association, findings).run();
}

}  // namespace espy::config
