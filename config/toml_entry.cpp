#include "config/toml_entry.h"

#include <algorithm>

#include <fmt/format.h>

#include "config/words.h"

namespace espy::config {

using Kind = TomlNode::Kind;

const TomlNode* TomlEntry::find(std::string_view key) {
  if (std::ranges::find(asked_, key) == asked_.end()) asked_.push_back(key);
  const auto found = table_.table.find(key);
  return found == table_.table.end() ? nullptr : &found->second;
}

bool TomlEntry::has(std::string_view key) { return find(key) != nullptr; }

bool TomlEntry::is_text(std::string_view key) {
  const TomlNode* node = find(key);
  return node != nullptr && node->kind == Kind::kText;
}

void TomlEntry::error(std::string_view key, std::string message, std::string advice) {
  const auto found = table_.table.find(key);
  const TomlPlace place = found == table_.table.end() ? table_.place : found->second.place;
  document_.error(place.line, place.column, std::move(message), std::move(advice));
}

void TomlEntry::wrong_type(std::string_view key, std::string_view expected) {
  error(key, fmt::format("{} of {} is not {}", key, what_, expected), fmt::format("give {}", expected));
}

std::optional<std::string> TomlEntry::text(std::string_view key) {
  const TomlNode* node = find(key);
  if (node == nullptr) return std::nullopt;
  if (node->kind == Kind::kText) return node->text;
  wrong_type(key, "a string");
  return std::nullopt;
}

std::optional<std::int64_t> TomlEntry::number(std::string_view key, std::int64_t least, std::int64_t largest) {
  const TomlNode* node = find(key);
  if (node == nullptr) return std::nullopt;
  if (node->kind == Kind::kNumber && node->number >= least && node->number <= largest) return node->number;
  wrong_type(key, fmt::format("a number from {} to {}", least, largest));
  return std::nullopt;
}

std::vector<std::int64_t> TomlEntry::numbers(std::string_view key, std::int64_t least, std::int64_t largest) {
  const TomlNode* node = find(key);
  if (node == nullptr) return {};
  if (node->kind != Kind::kList) {
    const auto one = number(key, least, largest);
    return one ? std::vector{*one} : std::vector<std::int64_t>();
  }
  std::vector<std::int64_t> values;
  for (const TomlNode& element : node->list) {
    if (element.kind == Kind::kNumber && element.number >= least && element.number <= largest) values.push_back(element.number);
  }
  if (values.size() == node->list.size()) return values;
  wrong_type(key, fmt::format("a list of numbers from {} to {}", least, largest));
  return {};
}

std::optional<bool> TomlEntry::flag(std::string_view key) {
  const TomlNode* node = find(key);
  if (node == nullptr) return std::nullopt;
  if (node->kind == Kind::kFlag) return node->flag;
  wrong_type(key, "true or false");
  return std::nullopt;
}

std::vector<std::string> TomlEntry::texts(std::string_view key) {
  const TomlNode* node = find(key);
  if (node == nullptr) return {};
  if (node->kind == Kind::kText) return {node->text};
  std::vector<std::string> values;
  for (const TomlNode& element : node->list) {
    if (element.kind == Kind::kText) values.push_back(element.text);
  }
  if (node->kind == Kind::kList && values.size() == node->list.size()) return values;
  wrong_type(key, "a list of strings");
  return {};
}

std::string TomlEntry::required(std::string_view key) {
  if (!has(key)) error(key, fmt::format("{} has no {}", what_, key), fmt::format("add {} = …", key));
  return text(key).value_or("");
}

void TomlEntry::refuse_unknown() {
  for (const auto& [key, node] : table_.table) {
    if (std::ranges::find(asked_, key) != asked_.end()) continue;
    const std::string_view near = nearest(key, asked_);
    const TomlPlace place = node.key_place;
    document_.error(place.line, place.column, fmt::format("{} has no key '{}'", what_, key.substr(0, 40)),
                    near.empty() ? fmt::format("it has {}", fmt::join(asked_, ", ")) : fmt::format("did you mean '{}'?", near));
  }
}

}  // namespace espy::config
