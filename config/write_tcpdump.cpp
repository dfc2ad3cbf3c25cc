// Writes a file for tcpdump -E "file NAME": SPI@DESTINATION ALGORITHM:KEY, one a line.
#include <fmt/format.h>

#include "config/writing.h"

namespace espy::config {

namespace {

constexpr std::uint16_t kTruncatedBits = 96;

// Names that OpenSSL still knows when tcpdump has cut "-cbc" off.
std::string cipher_name(const ipsec::Association& association) {
  const std::size_t bits = association.encryption_key.size() * 8;
  switch (association.encryption) {
    case ipsec::Encryption::kNull: return "none";
    case ipsec::Encryption::kDesCbc: return "des-cbc";
    case ipsec::Encryption::kTripleDesCbc: return "3des-cbc";
    case ipsec::Encryption::kBlowfishCbc: return "blowfish-cbc";
    case ipsec::Encryption::kCast128Cbc: return "cast-cbc";
    case ipsec::Encryption::kAesCbc: return fmt::format("aes{}-cbc", bits);
    case ipsec::Encryption::kCamelliaCbc: return fmt::format("camellia{}-cbc", bits);
    default: return {};
  }
}

class TcpdumpLine {
 public:
  TcpdumpLine(Writing& writing, const ipsec::Association& association) : writing_(writing), association_(association) {}

  void write() {
    if (!sayable() || !keys_at_hand(writing_, association_)) return;
    note();
    writing_.text += fmt::format("0x{:08x}@{} {}{}:", association_.spi->value, base::to_string(association_.destination),
                                 cipher_name(association_), bits_ == 0 ? "" : "-hmac96");
    append_hex(writing_.text, association_.encryption_key);
    writing_.text += "\n";
  }

 private:
  bool sayable() {
    if (association_.protocol != ipsec::Protocol::kEsp)
      return writing_.left_out(association_, fmt::format("cannot say {}", ipsec::name(association_.protocol)));
    if (association_.old_header) return writing_.left_out(association_, "cannot say ESP of RFC 1827");
    if (!association_.spi || association_.spi_mask != 0xffffffff) return writing_.left_out(association_, "cannot leave an SPI open");
    if (!association_.destination.address.known() || !association_.destination.is_host())
      return writing_.left_out(association_, "needs the destination's address");
    if (cipher_name(association_).empty())
      return writing_.left_out(association_, fmt::format("cannot decrypt {}", facts(association_.encryption).name));
    bits_ = icv_bits_of(association_);
    // Linux cuts HMAC-SHA-256 to 96 bits where nobody says otherwise.
    if (association_.icv_bits == 0 && association_.integrity == ipsec::Integrity::kHmacSha256) bits_ = kTruncatedBits;
    const bool known = association_.integrity != ipsec::Integrity::kUnknown && association_.integrity != ipsec::Integrity::kAny;
    if ((bits_ == 0 && known) || bits_ == kTruncatedBits) return true;
    return writing_.left_out(association_, "knows ICVs of 96 bits alone");
  }

  void note() {
    note_lost_traits(writing_, association_, {});
    note_guessed_icv(writing_, association_, bits_);
    if (bits_ != 0 && association_.integrity != ipsec::Integrity::kAny) {
      writing_.notes.add(association_.origin, "tcpdump -E checks no ICV; the authentication key is left out");
    }
    if (!association_.source.is_everything())
      writing_.notes.add(association_.origin, "tcpdump -E cannot say the source of an SA; left out");
  }

  Writing& writing_;
  const ipsec::Association& association_;
  std::uint16_t bits_ = 0;
};

}  // namespace

void write_tcpdump_keys(Writing& writing) {
  for (const ipsec::Association& association : writing.configuration.associations) TcpdumpLine(writing, association).write();
  for (const ipsec::Spd& spd : writing.configuration.spds) {
    if (!writing.text.empty()) writing.notes.add({.file = spd.name, .line = 0}, "tcpdump -E cannot say policies; left out");
  }
}

}  // namespace espy::config
