#include "config/toml_association.h"

#include <array>
#include <optional>

#include <fmt/format.h>

#include "config/algorithm_names.h"
#include "config/scanner.h"
#include "config/toml_choices.h"
#include "config/words.h"

namespace espy::config {
namespace {

constexpr std::int64_t kLargest32 = 0xffffffff;

constexpr Choices<ipsec::Encapsulation, 3> kEncapsulations{
    {{{"none", ipsec::Encapsulation::kNone}, {"udp", ipsec::Encapsulation::kUdp}, {"tcp", ipsec::Encapsulation::kTcp}}}};

constexpr std::array kDialects = {Dialect::kSetkey, Dialect::kKernel, Dialect::kWireshark};

// espy's own name first, then what the other formats call it.
std::optional<NamedEncryption> find_encryption_name(std::string_view name) {
  for (std::uint8_t id = 0; id <= static_cast<std::uint8_t>(ipsec::Encryption::kChaCha20Poly1305Iiv); ++id) {
    if (facts(static_cast<ipsec::Encryption>(id)).name == name) return NamedEncryption{.id = static_cast<ipsec::Encryption>(id)};
  }
  for (const Dialect dialect : kDialects) {
    if (auto found = find_encryption(dialect, name)) return found;
  }
  return std::nullopt;
}

std::optional<NamedIntegrity> find_integrity_name(std::string_view name) {
  for (std::uint8_t id = 0; id <= static_cast<std::uint8_t>(ipsec::Integrity::kTcpMd5); ++id) {
    if (facts(static_cast<ipsec::Integrity>(id)).name == name) return NamedIntegrity{.id = static_cast<ipsec::Integrity>(id)};
  }
  for (const Dialect dialect : kDialects) {
    if (auto found = find_integrity(dialect, name)) return found;
  }
  return std::nullopt;
}

// What TomlHosts::side() takes, or `any`: an SA may leave its ends open, as Wireshark's do.
std::optional<base::Prefix> open_side(const TomlHosts& hosts, TomlEntry& entry, std::string_view key) {
  return entry.text(key) == "any" ? base::Prefix{} : hosts.side(entry, key);
}

void read_spi(TomlEntry& entry, ipsec::Association& association) {
  if (!entry.has("spi")) return entry.error("spi", "[[sa]] has no spi", "add spi = 0x…");
  association.spi_mask = static_cast<std::uint32_t>(entry.number("spi_mask", 0, kLargest32).value_or(kLargest32));
  if (entry.is_text("spi") && entry.text("spi") == "any") return;
  if (const auto spi = entry.number("spi", 0, kLargest32)) association.spi = base::Spi{static_cast<std::uint32_t>(*spi)};
}

void read_rare_traits(TomlEntry& entry, ipsec::Association& association) {
  association.old_header = entry.flag("old_header").value_or(false);
  association.keys_hidden = entry.flag("keys_hidden").value_or(false);
  association.key_from_text = entry.flag("key_from_text").value_or(false);
  association.tfc_padding = static_cast<std::uint32_t>(entry.number("tfc_padding", 0, kLargest32).value_or(0));
  association.align4 = entry.flag("align4").value_or(false);
  const std::string marked = entry.text("marked").value_or("0");
  const auto mark = read_number(marked, ~std::uint64_t{0});
  if (!mark) entry.error("marked", fmt::format("{} is no mark", quoted(marked)), "give a number in quotes, like \"0x10\"");
  association.marked = mark.value_or(0);
}

void read_numbers(TomlEntry& entry, ipsec::Association& association) {
  association.icv_bits = static_cast<std::uint16_t>(entry.number("icv_bits", 0, 512).value_or(0));
  association.replay_window = static_cast<std::uint32_t>(entry.number("replay_window", 0, kLargest32).value_or(0));
  association.reqid = static_cast<std::uint32_t>(entry.number("reqid", 0, kLargest32).value_or(0));
  association.esn = entry.flag("esn").value_or(false);
  if (const auto high = entry.number("esn_high", 0, kLargest32)) association.esn_high = static_cast<std::uint32_t>(*high);
  association.encapsulation = kEncapsulations.read(entry, "encapsulation", ipsec::Encapsulation::kNone);
  association.encapsulation_source_port = static_cast<std::uint16_t>(entry.number("source_port", 0, 0xffff).value_or(0));
  association.encapsulation_destination_port = static_cast<std::uint16_t>(entry.number("destination_port", 0, 0xffff).value_or(0));
}

bool read_digits(TomlEntry& entry, std::string_view place, std::string_view digits, ipsec::Key& key) {
  if (starts_with_0x(digits)) digits.remove_prefix(2);
  auto read = read_hex_key(digits);
  if (!read) {
    entry.error(place, fmt::format("{}: {}", place, read.error().message), read.error().advice);
    return false;
  }
  key = std::move(*read);
  return true;
}

}  // namespace

void TomlAssociations::read(TomlEntry& entry) {
  ipsec::Association association;
  const std::size_t errors = document_.errors.size();
  const auto source = open_side(hosts_, entry, "source");
  const auto destination = open_side(hosts_, entry, "destination");
  association.protocol = kProtocols.read(entry, "protocol", ipsec::Protocol::kEsp);
  association.mode = kModes.read(entry, "mode", ipsec::Mode::kAny);
  association.origin = entry.origin();
  read_spi(entry, association);
  read_numbers(entry, association);
  read_rare_traits(entry, association);
  const bool good = read_encryption(entry, association) && read_integrity(entry, association);
  if (!good || !source || !destination || document_.errors.size() != errors) return;
  association.source = *source;
  association.destination = *destination;
  const std::string place = fmt::format("{}", entry.what());
  if (check_key_sizes(document_, {place, association.origin.line, 1}, association))
    document_.configuration.associations.push_back(std::move(association));
}

bool TomlAssociations::read_encryption(TomlEntry& entry, ipsec::Association& association) {
  const auto word = entry.text("encryption");
  association.encryption = association.protocol == ipsec::Protocol::kEsp ? ipsec::Encryption::kUnknown : ipsec::Encryption::kNone;
  association.encryption_name = entry.text("encryption_name").value_or("");
  const bool key = read_key(entry, "encryption", association.encryption_key);
  if (!word) return key;
  const auto found = find_encryption_name(lower(*word));
  if (!found) {
    entry.error("encryption", fmt::format("'{}' is no cipher that espy knows", word->substr(0, 40)),
                suggestion(*word, encryption_names(Dialect::kSetkey)));
    return false;
  }
  association.encryption = found->id;
  if (association.encryption_name.empty()) association.encryption_name = *word;
  if (entry.has("icv_bits")) return key;
  association.icv_bits = found->icv_bits;
  if (association.icv_bits == 0 && facts(found->id).aead) association.icv_bits = 128;
  return key;
}

bool TomlAssociations::read_integrity(TomlEntry& entry, ipsec::Association& association) {
  const auto word = entry.text("integrity");
  association.integrity_name = entry.text("integrity_name").value_or("");
  const bool key = read_key(entry, "integrity", association.integrity_key);
  if (!word) return key;
  const auto found = find_integrity_name(lower(*word));
  if (!found) {
    entry.error("integrity", fmt::format("'{}' is no integrity algorithm that espy knows", word->substr(0, 40)),
                suggestion(*word, integrity_names(Dialect::kSetkey)));
    return false;
  }
  association.integrity = found->id;
  if (association.integrity_name.empty()) association.integrity_name = *word;
  if (association.icv_bits == 0 && !entry.has("icv_bits")) association.icv_bits = found->icv_bits;
  return key;
}

// KIND_key with hexadecimal digits, or KIND_key_file with the name of a file that holds them.
bool TomlAssociations::read_key(TomlEntry& entry, std::string_view kind, ipsec::Key& key) {
  const std::string in_place = fmt::format("{}_key", kind), in_file = fmt::format("{}_key_file", kind);
  const auto& [name, file] = names_.emplace_back(in_place, in_file);  // TomlEntry keeps views of the keys that were asked for
  WipedText text(entry.text(name).value_or(""));
  const auto path = entry.text(file);
  if (!text.view().empty() && path) {
    entry.error(file, fmt::format("{} and {} exclude each other", name, file), "remove one");
    return false;
  }
  if (path && !files_.read_optional(beside(*path, document_.name), text)) {
    entry.error(file, fmt::format("the key file '{}' cannot be read", path->substr(0, 80)),
                "give a regular file with one key in hexadecimal digits");
    return false;
  }
  return path || !text.view().empty() ? read_digits(entry, path ? std::string_view(file) : std::string_view(name), trim(text.view()), key)
                                      : true;
}

}  // namespace espy::config
