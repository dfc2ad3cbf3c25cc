#include "tui/plain.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/sentence.h"
#include "tui/canvas.h"
#include "tui/text.h"

namespace espy::tui {
namespace {

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& letter : result) letter = letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 'a' + 'A') : letter;
  return result;
}

}  // namespace

std::string Plain::stamp(base::Time time) const { return clock_text(time, utc_, 3) + (utc_ ? "Z" : ""); }

void Plain::add_verdict(const verdict::Picture& picture, std::vector<std::string>& lines) {
  const std::string verdict =
      fmt::format("{}: {}", upper(verdict::name(picture.summary.verdict)), report::reason_sentence(picture.summary));
  const bool ended = picture.complete && !complete_;
  if (verdict == verdict_ && !ended) return;
  lines.push_back(fmt::format("{} {}{}", stamp(picture.now), ended ? "END " : "", escape(verdict)));
  verdict_ = verdict;
  complete_ = picture.complete;
}

void Plain::add_events(const Chronicle& chronicle, std::vector<std::string>& lines) {
  for (const Event& event : chronicle.events()) {
    // The verdict has a line of its own.
    if ((last_event_ && event.number <= *last_event_) || event.kind == EventKind::kVerdict) continue;
    const std::string whose = event.requirement.empty() ? "" : event.requirement + " ";
    lines.push_back(fmt::format("{} {} {} {}{}", stamp(event.time), verdict::name(event.severity), name(event.kind), escape(whose),
                                escape(event.text)));
  }
  if (!chronicle.events().empty()) last_event_ = chronicle.events().back().number;
}

std::vector<std::string> Plain::news(const Moment& moment) {
  std::vector<std::string> lines;
  add_events(*moment.chronicle, lines);
  add_verdict(*moment.whole, lines);
  return lines;
}

}  // namespace espy::tui
