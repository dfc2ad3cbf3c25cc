// All that a person or a packet can put on the screen. The first octet chooses: a filter, a command, the settings of tui.toml, a paint,
// text for the canvas, or a packet to be taken apart. Nothing that comes out holds a control character, and what a filter reads it can
// apply.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "config/screen_settings.h"
#include "report/packet_view.h"
#include "tui/canvas.h"
#include "tui/command.h"
#include "tui/filter.h"
#include "tui/settings.h"
#include "tui/theme.h"

namespace {

using namespace espy;

constexpr int kWidth = 40;
constexpr std::size_t kLongest = 4'096;

void require(bool holds) {
  if (!holds) std::abort();
}

bool is_control(char letter) { return (static_cast<unsigned char>(letter) < 0x20 && letter != '\n') || letter == 0x7f; }

void draw(std::string_view text) {
  tui::Canvas canvas(kWidth, 2);
  require(canvas.put(0, 0, text) <= kWidth);
  require(canvas.put(1, 3, 20, text, {}) <= 20);
  const std::string shown = canvas.text();
  require(std::ranges::none_of(shown, is_control));
  require(std::ranges::none_of(tui::escape(text), is_control));
  require(tui::width_of(tui::shorten(text, 10)) <= 10);
}

void filter(std::string_view text) {
  const auto read = tui::Filter::read(text);
  if (!read) {
    require(!read.error().message.empty());
    return;
  }
  const tui::Fields fields{{"state", "leak"}, {"pair", "10.0.0.1 > 10.0.0.2"}, {"packets", "31"}, {"app", std::string(text.substr(0, 64))}};
  static_cast<void>(read->matches(fields));
}

void settings(std::string_view text) {
  const auto read = config::read_screen_settings(text);
  if (!read) return;
  std::vector<tui::SettingEntry> entries;
  for (const config::ScreenSetting& one : *read) entries.push_back({one.table, one.name, one.values, one.line});
  const auto meant = tui::read_settings(entries);
  if (!meant) return;
  // What is written is read back as the same.
  const std::string written = tui::to_toml(*meant);
  const auto again = config::read_screen_settings(written);
  require(again.has_value());
}

void packet(std::string_view text, std::uint8_t choice) {
  verdict::PacketSample sample;
  sample.link_type = (choice & 0x80) != 0 ? base::LinkType::kRaw : base::LinkType::kEthernet;
  sample.octets.assign(text.begin(), text.end());
  sample.original_size = static_cast<std::uint32_t>(text.size());
  if ((choice & 0x40) != 0) sample.inner = sample.octets;
  for (const report::PacketLayer& layer : report::packet_layers(sample)) {
    const std::size_t size = layer.inner ? sample.inner.size() : sample.octets.size();
    require(layer.offset + layer.size <= size);
    require(std::ranges::none_of(layer.fields, is_control) && std::ranges::none_of(layer.name, is_control));
  }
  require(std::ranges::none_of(report::packet_line(sample), is_control));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > kLongest) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 6) {
    case 0: filter(text); break;
    case 1: static_cast<void>(tui::read_command(text)); break;
    case 2: settings(text); break;
    case 3: static_cast<void>(tui::read_paint(text)); break;
    case 4: draw(text); break;
    default: packet(text, data[0]); break;
  }
  return 0;
}
