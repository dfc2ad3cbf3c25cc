// TomlEntry: one table of espy's TOML, read key by key: a key of the wrong type or one that was never asked for is an error with its place.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/document.h"
#include "config/toml_tree.h"

namespace espy::config {

class TomlEntry {
 public:
  // `what` names the table in messages: "[[sa]]".
  TomlEntry(Document& document, const TomlNode& table, std::string_view what) : document_(document), table_(table), what_(what) {}

  // nullopt when the key is absent, or of another type (then with an error).
  std::optional<std::string> text(std::string_view key);
  std::optional<std::int64_t> number(std::string_view key, std::int64_t least, std::int64_t largest);
  // A number counts as a list of one.
  std::vector<std::int64_t> numbers(std::string_view key, std::int64_t least, std::int64_t largest);
  std::optional<bool> flag(std::string_view key);
  // A string counts as a list of one.
  std::vector<std::string> texts(std::string_view key);

  // text() of a key that must be there.
  std::string required(std::string_view key);
  // An error at the place of `key`, or of the table where the key is absent.
  void error(std::string_view key, std::string message, std::string advice = {});
  // One error for each key that nothing asked for, with the nearest one that something did.
  void refuse_unknown();

  bool has(std::string_view key);
  // Has it, as a string.
  bool is_text(std::string_view key);
  ipsec::Origin origin() const { return document_.origin(table_.place.line); }
  Document& document() { return document_; }
  std::string_view what() const { return what_; }

 private:
  const TomlNode* find(std::string_view key);
  void wrong_type(std::string_view key, std::string_view expected);

  Document& document_;
  const TomlNode& table_;
  std::string_view what_;
  std::vector<std::string_view> asked_;
};

}  // namespace espy::config
