#include "config/screen_settings.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

#include "config/toml_tree.h"

namespace espy::config {
namespace {

constexpr std::streamsize kLargestFile = 65'536;

std::unexpected<base::Error> fail_at(TomlPlace place, std::string message) {
  return std::unexpected(base::Error{.message = std::move(message), .advice = {}, .file = {}, .line = place.line, .column = place.column});
}

base::Result<std::string> scalar(const TomlNode& node, std::string_view name) {
  switch (node.kind) {
    case TomlNode::Kind::kText: return node.text;
    case TomlNode::Kind::kNumber: return std::to_string(node.number);
    case TomlNode::Kind::kFlag: return std::string(node.flag ? "on" : "off");
    default: return fail_at(node.key_place, fmt::format("{} is neither text, a whole number, true nor false", name));
  }
}

base::Result<std::vector<std::string>> values_of(const TomlNode& node, std::string_view name) {
  std::vector<std::string> values;
  const auto add = [&](const TomlNode& each) -> base::Result<void> {
    auto value = scalar(each, name);
    if (!value) return std::unexpected(value.error());
    values.push_back(std::move(*value));
    return {};
  };
  if (node.kind != TomlNode::Kind::kList) {
    if (auto added = add(node); !added) return std::unexpected(added.error());
    return values;
  }
  for (const TomlNode& each : node.list) {
    if (auto added = add(each); !added) return std::unexpected(added.error());
  }
  return values;
}

base::Result<void> add_table(const std::string& table, const TomlNode& node, std::vector<ScreenSetting>& settings) {
  for (const auto& [name, value] : node.table) {
    auto values = values_of(value, name);
    if (!values) return std::unexpected(values.error());
    settings.push_back({.table = table, .name = name, .values = std::move(*values), .line = value.key_place.line});
  }
  return {};
}

}  // namespace

base::Result<std::vector<ScreenSetting>> read_screen_settings(std::string_view text) {
  const auto root = parse_toml(text);
  if (!root) return std::unexpected(root.error());
  std::vector<ScreenSetting> settings;
  for (const auto& [name, node] : root->table) {
    if (node.kind != TomlNode::Kind::kTable)
      return fail_at(node.key_place, fmt::format("{} stands in no table; [screen] is missing", name));
    if (name != "theme") {
      if (auto added = add_table(name, node, settings); !added) return std::unexpected(added.error());
      continue;
    }
    for (const auto& [theme, roles] : node.table) {
      if (roles.kind != TomlNode::Kind::kTable) return fail_at(roles.key_place, "[theme] needs a name: [theme.NAME]");
      if (auto added = add_table("theme." + theme, roles, settings); !added) return std::unexpected(added.error());
    }
  }
  return settings;
}

base::Result<std::vector<ScreenSetting>> load_screen_settings(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    if (errno == ENOENT || path.empty()) return std::vector<ScreenSetting>{};
    return base::fail(fmt::format("{}: {}", path, std::strerror(errno)));
  }
  std::string text(static_cast<std::size_t>(kLargestFile) + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.gcount() > kLargestFile) return base::fail(fmt::format("{}: larger than {} octets", path, kLargestFile));
  text.resize(static_cast<std::size_t>(file.gcount()));
  auto settings = read_screen_settings(text);
  if (settings) return settings;
  base::Error error = settings.error();
  error.file = path;
  return std::unexpected(std::move(error));
}

std::string screen_settings_path() {
  const char* folder = std::getenv("XDG_CONFIG_HOME");
  if (folder != nullptr && *folder == '/') return fmt::format("{}/espy/tui.toml", folder);
  const char* home = std::getenv("HOME");
  return home != nullptr && *home == '/' ? fmt::format("{}/.config/espy/tui.toml", home) : "";
}

}  // namespace espy::config
