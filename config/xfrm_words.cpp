#include "config/xfrm_words.h"

namespace espy::config {

const Word* value_of(const XfrmLine& line, std::string_view name) {
  for (std::size_t index = 0; index + 1 < line.size(); ++index) {
    if (line[index].text == name) return &line[index + 1];
  }
  return nullptr;
}

std::uint32_t number_of(const XfrmLine& line, std::string_view name) {
  const Word* value = value_of(line, name);
  if (value == nullptr) return 0;
  return read_number32(value->text.substr(0, value->text.find_first_of("(,"))).value_or(0);
}

std::optional<base::Prefix> prefix_of(Document& document, const XfrmLine& line, std::string_view name) {
  const Word* value = value_of(line, name);
  if (value == nullptr) {
    error_at(document, line.front(), "the addresses of this entry are incomplete", "an entry begins with 'src ADDRESS dst ADDRESS'");
    return std::nullopt;
  }
  const auto prefix = base::read_prefix(value->text);
  if (prefix) return *prefix;
  error_at(document, *value, prefix.error());
  return std::nullopt;
}

std::optional<ipsec::Protocol> xfrm_protocol(std::string_view name) {
  if (name == "esp" || name == "50") return ipsec::Protocol::kEsp;
  if (name == "ah" || name == "51") return ipsec::Protocol::kAh;
  if (name == "comp" || name == "108") return ipsec::Protocol::kIpcomp;
  return std::nullopt;
}

ipsec::Mode xfrm_mode(const XfrmLine& line) {
  const Word* value = value_of(line, "mode");
  if (value == nullptr) return ipsec::Mode::kAny;
  if (value->text == "transport") return ipsec::Mode::kTransport;
  if (value->text == "tunnel") return ipsec::Mode::kTunnel;
  if (value->text == "beet") return ipsec::Mode::kBeet;
  if (value->text == "iptfs" || value->text == "5") return ipsec::Mode::kIptfs;
  return ipsec::Mode::kAny;
}

std::uint64_t xfrm_mark(const XfrmLine& line) {
  constexpr std::uint64_t kMarkOfZero = std::uint64_t{1} << 63;
  if (line.size() < 2) return 0;
  const std::string_view value = line[1].text;
  const std::uint64_t number = read_number32(value.substr(0, value.find('/'))).value_or(0);
  if (line[0].text == "if_id") return number << 32;
  const bool masked = value.find('/') != std::string_view::npos && !value.ends_with("/0") && !value.ends_with("/0x0");
  return number == 0 && masked ? kMarkOfZero : number;
}

}  // namespace espy::config
