#include <algorithm>

#include <fmt/format.h>

#include "report/sentence.h"
#include "report/text_sections.h"
#include "report/words.h"

namespace espy::report {

namespace {

constexpr std::size_t kIndent = 2;
constexpr std::size_t kClassWidth = 14;
constexpr std::size_t kCountWidth = 12;
constexpr std::size_t kShareWidth = 10;
constexpr std::size_t kNameWidth = 40;

using verdict::Class;

std::string_view meaning(Class packet_class) {
  switch (packet_class) {
    case Class::kProtected: return "AH or ESP as required, checked and good";
    case Class::kUnverified: return "AH or ESP as required, not verified";
    case Class::kLeaked: return "should have been protected";
    case Class::kForged: return "wrong ICV on a working SA";
    case Class::kExempt: return "allowed in clear, by name below";
    case Class::kDecapsulated: return "decrypted copies seen here too";
    case Class::kControl: return "IKE and NAT keep-alives";
    case Class::kUnrelated: return "no policy speaks of them";
    case Class::kUndecodable: return "malformed or of an unknown kind";
  }
  return "";
}

Style style_of_class(Class packet_class) {
  switch (packet_class) {
    case Class::kProtected: return Style::kGood;
    case Class::kLeaked:
    case Class::kForged: return Style::kBad;
    default: return Style::kPlain;
  }
}

void write_class(const verdict::Summary& summary, Class packet_class, Page& page) {
  const std::uint64_t packets = packets_of(summary, packet_class);
  if (packets == 0) return;
  const std::string label = column(styled(style_of_class(packet_class), name(packet_class)), kClassWidth);
  page.write(kIndent, kIndent + kClassWidth,
             fmt::format("{}{}{}  {}", label, right_column(count(packets), kCountWidth),
                         right_column(share(packets, summary.packets.total), kShareWidth), styled(Style::kFaint, meaning(packet_class))));
}

// "1,024 AH, 1,024 ESP, 12 fragments": what was in the frames, beside their classes.
std::string content_words(const verdict::PacketCounts& packets) {
  std::string words;
  const auto add = [&words](std::uint64_t number, std::string_view text) {
    if (number > 0) words += fmt::format("{}{} {}", words.empty() ? "" : ", ", count(number), text);
  };
  add(packets.ah, "AH");
  add(packets.esp, "ESP");
  add(packets.esp_in_udp, "ESP in UDP");
  add(packets.esp_in_tcp, "ESP in TCP");
  add(packets.ipcomp, "IPComp");
  add(packets.ike, "IKE");
  add(packets.keepalive, "NAT keep-alive");
  add(packets.fragments, "fragments");
  add(packets.dummy, "dummy");
  add(packets.non_ip, "not IP");
  return words;
}

void write_exemptions(const verdict::Summary& summary, Page& page) {
  const std::size_t shown = page.shown(summary.exemptions.size());
  for (std::size_t index = 0; index < shown; ++index) {
    const auto& exemption = summary.exemptions[index];
    page.write(kIndent, kIndent + 4,
               fmt::format("exempt as {}: {} ({})", page.safe(exemption.name, kNameWidth), count(exemption.packets, "packet"),
                           size_words(exemption.bytes)));
  }
  page.more(kIndent, summary.exemptions.size() - shown, "exemption");
}

}  // namespace

void write_packets(const verdict::Summary& summary, Page& page) {
  if (summary.packets.total == 0) return;
  page.heading(fmt::format("Packets ({})", count(summary.packets.total)));
  for (std::size_t index = 0; index < verdict::kClassCount; ++index) write_class(summary, static_cast<Class>(index), page);
  if (const std::string words = content_words(summary.packets); !words.empty()) page.write(kIndent, kIndent + 4, "in them: " + words);
  write_exemptions(summary, page);
}

}  // namespace espy::report
