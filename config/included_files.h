// IncludedFiles: the files that a configuration pulls in with `include`, and policy group files. Bounded in number, size and depth;
// only regular files are opened. The texts may hold secrets: they are wiped when they go.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/document.h"

namespace espy::config {

// A text that is wiped at the end of its life.
class WipedText {
 public:
  WipedText() = default;
  explicit WipedText(std::string text) : text_(std::move(text)) {}
  WipedText(const WipedText&) = delete;
  WipedText& operator=(const WipedText&) = delete;
  WipedText(WipedText&&) = delete;
  WipedText& operator=(WipedText&&) = delete;
  ~WipedText() { ipsec::wipe(text_.data(), text_.size()); }
  std::string& text() { return text_; }
  // Makes room by hand, because a string that grows leaves a copy behind.
  void append(std::string_view more);
  std::string_view view() const { return text_; }

 private:
  std::string text_;
};

class IncludedFiles {
 public:
  // `document` takes the errors and the finding config.include-missing.
  explicit IncludedFiles(Document& document) : document_(document), open_{document.name} {}

  // Calls `read(name, text)` for each file that `pattern`, taken relative to the file `from`, matches, in the order of their names.
  template <class Read>
  void each(std::string_view pattern, const ipsec::Origin& from, Read read) {
    for (const std::string& name : match(pattern, from)) {
      WipedText text;
      if (!open(name, from, text)) continue;
      read(name, text.view());
      open_.pop_back();
    }
  }

  // The text of a file that may be missing; false when it is, or cannot be read.
  bool read_optional(const std::string& name, WipedText& text);

 private:
  std::vector<std::string> match(std::string_view pattern, const ipsec::Origin& from);
  bool open(const std::string& name, const ipsec::Origin& from, WipedText& text);
  void missing(std::string_view pattern, const ipsec::Origin& from);

  Document& document_;
  std::vector<std::string> open_;  // the files being read, outermost first
  std::size_t files_ = 0;
  std::size_t bytes_ = 0;
};

// Adds an error that speaks of `origin`, which may lie in an included file.
void error_at(Document& document, const ipsec::Origin& origin, std::string message, std::string advice = {}, std::uint32_t column = 0);

// `name` as seen from the folder of the file `from`.
std::string beside(std::string_view name, std::string_view from);

// True when others than its owner may read the file `name`; false for standard input and for what is not there.
bool readable_by_others(const std::string& name);

}  // namespace espy::config
