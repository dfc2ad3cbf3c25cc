// Writes Wireshark's esp_sa, with the names that Wireshark itself knows: one that it does not know would cost the whole table.
#include <algorithm>

#include <fmt/format.h>

#include "config/algorithm_names.h"
#include "config/writing.h"

namespace espy::config {

namespace {

using E = ipsec::Encryption;
using I = ipsec::Integrity;

constexpr E kCiphers[] = {E::kNull,        E::kTripleDesCbc, E::kAesCbc, E::kAesCtr,    E::kDesCbc,           E::kCast128Cbc,
                          E::kBlowfishCbc, E::kTwofishCbc,   E::kAesGcm, E::kAesGcmIiv, E::kChaCha20Poly1305, E::kChaCha20Poly1305Iiv};
constexpr I kChecked[] = {I::kNone, I::kHmacMd5, I::kHmacSha1, I::kHmacSha256, I::kHmacSha384, I::kHmacSha512, I::kHmacRipemd160};

std::string_view cipher_name(const ipsec::Association& association) {
  if (std::ranges::find(kCiphers, association.encryption) == std::end(kCiphers)) return {};
  const std::string_view name = encryption_name(Dialect::kWireshark, association.encryption, icv_bits_of(association));
  // Another size of a tag than those with a name of their own.
  return name == "AES-GCM [RFC4106]" ? std::string_view() : name;
}

class EspSaRow {
 public:
  EspSaRow(Writing& writing, const ipsec::Association& association, bool old_columns)
      : writing_(writing), association_(association), old_columns_(old_columns) {}

  void write() {
    if (!sayable() || !keys_at_hand(writing_, association_)) return;
    note();
    writing_.text += fmt::format(R"("{}","{}","{}","{}","{}",")", family(), address(association_.source), address(association_.destination),
                                 spi(), cipher_);
    append_key(association_.encryption_key);
    writing_.text += fmt::format(R"(","{}",")", integrity_);
    if (checked_) append_key(association_.integrity_key);
    writing_.text += "\"";
    if (!old_columns_) {
      writing_.text += association_.esn ? fmt::format(R"(,"64-bit","{:x}")", association_.esn_high.value_or(0)) : R"(,"32-bit","0")";
    }
    writing_.text += "\n";
  }

 private:
  bool sayable() {
    if (association_.protocol == ipsec::Protocol::kAh) return writing_.left_out(association_, "cannot say AH");
    if (association_.protocol == ipsec::Protocol::kIpcomp) return writing_.left_out(association_, "cannot say IPComp");
    if (association_.old_header) return writing_.left_out(association_, "cannot say ESP of RFC 1827");
    cipher_ = cipher_name(association_);
    if (cipher_.empty()) return writing_.left_out(association_, fmt::format("has no name for {}", facts(association_.encryption).name));
    find_integrity_name();
    if (integrity_.empty()) return writing_.left_out(association_, "has no name for this integrity algorithm with this size of the ICV");
    return true;
  }

  void find_integrity_name() {
    const bool aead = facts(association_.encryption).aead;
    const std::uint16_t bits = icv_bits_of(association_);
    checked_ = !aead && std::ranges::find(kChecked, association_.integrity) != std::end(kChecked);
    if (aead) {
      integrity_ = "NULL";
    } else if (checked_) {
      integrity_ = integrity_name(Dialect::kWireshark, association_.integrity, bits);
    }
    if (!integrity_.empty() || bits == 0) return;
    checked_ = false;
    integrity_ = integrity_name(Dialect::kWireshark, I::kAny, bits);
  }

  void note() {
    if (old_columns_) {
      note_lost_traits(writing_, association_, {});
    } else {
      note_lost_traits(writing_, association_, {Trait::kEsn, Trait::kEsnHigh});
    }
    if (facts(association_.encryption).aead) return;
    note_guessed_icv(writing_, association_, icv_bits_of(association_));
    if (checked_ || association_.integrity == I::kAny) return;
    writing_.notes.add(association_.origin, fmt::format("Wireshark cannot check {}; written as an ICV of {} bits that is not checked",
                                                        facts(association_.integrity).name, icv_bits_of(association_)));
  }

  std::string_view family() const {
    const base::Family source = association_.source.address.family;
    const base::Family known = source == base::Family::kNone ? association_.destination.address.family : source;
    if (known == base::Family::kNone) return "Any";
    return known == base::Family::kIpv4 ? "IPv4" : "IPv6";
  }

  static std::string address(const base::Prefix& prefix) { return prefix.is_everything() ? "*" : base::to_string(prefix); }

  std::string spi() const {
    if (!association_.spi) return "*";
    std::string text = fmt::format("0x{:08x}", association_.spi->value);
    for (std::size_t index = 2; index < text.size(); ++index) {
      const std::uint32_t nibble = association_.spi_mask >> (4 * (9 - index)) & 0xf;
      if (nibble == 0) text[index] = '*';
    }
    return text;
  }

  void append_key(const ipsec::Key& key) {
    if (!key.empty()) append_hex(writing_.text, key);
  }

  Writing& writing_;
  const ipsec::Association& association_;
  bool old_columns_;
  std::string_view cipher_;
  std::string_view integrity_;
  bool checked_ = true;
};

}  // namespace

void write_esp_sa(Writing& writing, bool old_columns) {
  for (const ipsec::Association& association : writing.configuration.associations) EspSaRow(writing, association, old_columns).write();
  for (const ipsec::Spd& spd : writing.configuration.spds) {
    if (!writing.text.empty()) writing.notes.add({.file = spd.name, .line = 0}, "esp_sa cannot say policies; left out");
  }
}

}  // namespace espy::config
