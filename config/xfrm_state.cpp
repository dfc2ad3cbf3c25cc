#include "config/xfrm_state.h"

#include <algorithm>

#include "config/algorithm_names.h"

namespace espy::config {

namespace {

// The ICV's size stands last, after the key and, with -s, the key's size in parentheses.
std::uint16_t icv_bits_of(const XfrmLine& line) {
  constexpr std::uint64_t kMostBits = 512;
  if (line.size() < 3 || starts_with_0x(line.back().text)) return 0;
  return static_cast<std::uint16_t>(read_number(line.back().text, kMostBits).value_or(0));
}

ipsec::Encapsulation encapsulation_named(std::string_view name) {
  return name == "espintcp" || name == "7" ? ipsec::Encapsulation::kTcp : ipsec::Encapsulation::kUdp;
}

}  // namespace

XfrmState::XfrmState(Document& document, const XfrmLine& header) : document_(document), place_(header.front()) {
  const auto source = prefix_of(document, header, "src");
  const auto destination = source ? prefix_of(document, header, "dst") : std::nullopt;
  usable_ = source && destination;
  if (!usable_) return;
  association_.source = *source;
  association_.destination = *destination;
  association_.origin = document.origin(place_.line);
}

void XfrmState::take(const XfrmLine& line) {
  const std::string_view first = line.front().text;
  if (first == "proto") return take_protocol(line);
  if (first == "replay-window") return take_replay_window(line);
  if (first == "enc" || first == "aead") return take_encryption(line);
  if (first == "auth-trunc" || first == "auth") return take_integrity(line);
  if (first == "comp") return take_compression(line);
  if (first == "encap") return take_encapsulation(line);
  if (first == "seq-hi") return take_sequence_high(line);
  if (first == "replay_window") association_.replay_window = number_of(line, "replay_window");
  if (first == "tfcpad") association_.tfc_padding = static_cast<std::uint32_t>(number_of(line, "tfcpad"));
  if (first == "mark" || first == "if_id") association_.marked |= xfrm_mark(line);
}

void XfrmState::take_protocol(const XfrmLine& line) {
  const auto protocol = line.size() > 1 ? xfrm_protocol(line[1].text) : std::nullopt;
  if (!protocol) {
    usable_ = false;
    return;
  }
  association_.protocol = *protocol;
  association_.spi = base::Spi{number_of(line, "spi")};
  association_.reqid = number_of(line, "reqid");
  association_.mode = xfrm_mode(line);
}

void XfrmState::take_replay_window(const XfrmLine& line) {
  association_.replay_window = std::max(association_.replay_window, number_of(line, "replay-window"));
  auto word = std::ranges::find(line, "flag", &Word::text);
  for (; word != line.end() && !word->text.starts_with('('); ++word) {
    if (word->text == "esn") association_.esn = true;
    if (word->text == "align4") association_.align4 = true;
  }
}

void XfrmState::take_compression(const XfrmLine& line) {
  has_algorithm_ = true;
  if (line.size() > 1) association_.encryption_name = line[1].text;
}

ipsec::Key XfrmState::take_key(const XfrmLine& line) {
  for (std::size_t index = 1; index < line.size(); ++index) {
    const std::string_view text = line[index].text;
    if (text == "<<Keys" || text == "(ERROR") association_.keys_hidden = true;
    if (index == 1 || !starts_with_0x(text)) continue;
    auto key = read_hex_key(text.substr(2));
    if (key) return std::move(*key);
    error_at(document_, line[index], key.error());
    usable_ = false;
    return {};
  }
  return {};
}

void XfrmState::take_encryption(const XfrmLine& line) {
  if (line.size() < 2) return;
  has_algorithm_ = true;
  const auto named = find_encryption(Dialect::kKernel, line[1].text);
  association_.encryption = named ? named->id : ipsec::Encryption::kUnknown;
  association_.encryption_name = line[1].text;
  association_.encryption_key = take_key(line);
  if (line.front().text == "aead") association_.icv_bits = icv_bits_of(line);
}

void XfrmState::take_integrity(const XfrmLine& line) {
  if (line.size() < 2) return;
  has_algorithm_ = true;
  const auto named = find_integrity(Dialect::kKernel, line[1].text);
  association_.integrity = named ? named->id : ipsec::Integrity::kUnknown;
  association_.integrity_name = line[1].text;
  association_.integrity_key = take_key(line);
  if (line.front().text == "auth-trunc") association_.icv_bits = icv_bits_of(line);
}

void XfrmState::take_encapsulation(const XfrmLine& line) {
  const Word* type = value_of(line, "type");
  if (type == nullptr) return;
  association_.encapsulation = encapsulation_named(type->text);
  association_.encapsulation_source_port = static_cast<std::uint16_t>(number_of(line, "sport"));
  association_.encapsulation_destination_port = static_cast<std::uint16_t>(number_of(line, "dport"));
}

void XfrmState::take_sequence_high(const XfrmLine& line) {
  has_esn_high_ = true;
  esn_high_ = std::max(number_of(line, "seq-hi"), number_of(line, "oseq-hi"));
}

void XfrmState::finish() {
  if (!usable_) return;
  if (!association_.spi || association_.spi->value == 0 || !has_algorithm_) {
    ++document_.configuration.ignored.larval;
    return;
  }
  if (association_.esn && has_esn_high_) association_.esn_high = esn_high_;
  if (association_.protocol == ipsec::Protocol::kEsp && association_.encryption == ipsec::Encryption::kNone) {
    association_.encryption = ipsec::Encryption::kUnknown;
  }
  if (check_key_sizes(document_, place_, association_)) document_.configuration.associations.push_back(std::move(association_));
}

}  // namespace espy::config
