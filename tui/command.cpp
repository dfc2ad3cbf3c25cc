#include "tui/command.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <span>

namespace espy::tui {
namespace {

struct Name {
  std::string_view word;
  CommandKind kind;
  std::string_view usage;  // of its argument; empty: it has none
};

constexpr auto kNames = std::to_array<Name>({
    {"goto", CommandKind::kGotoTime, "14:07:31, 2026-11-21T14:07:31Z or seq 871204"},
    {"filter", CommandKind::kFilter, "a filter, as after /"},
    {"view", CommandKind::kView, "overview, events, timeline or capture"},
    {"theme", CommandKind::kTheme, "a theme's name"},
    {"sort", CommandKind::kSort, "a column's name"},
    {"set", CommandKind::kSet, "units bits, clock local, names off, payload off or interval 2"},
    {"save", CommandKind::kSave, ""},
    {"packets", CommandKind::kPackets, ""},
    {"report", CommandKind::kReport, ""},
    {"help", CommandKind::kHelp, ""},
    {"quit", CommandKind::kQuit, ""},
    {"q", CommandKind::kQuit, ""},
});

constexpr std::array<std::string_view, 10> kSettings = {"units bits", "units octets", "clock utc",   "clock local", "names on",
                                                        "names off",  "payload on",   "payload off", "mouse on",    "mouse off"};

std::string_view take_word(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  const std::size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(end);
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  return word;
}

std::optional<std::uint64_t> read_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, trouble] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (trouble != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return number;
}

// "31" or "31.250" seconds as nanoseconds.
std::optional<std::int64_t> read_seconds(std::string_view text) {
  const std::size_t dot = std::min(text.find('.'), text.size());
  const auto whole = read_number(text.substr(0, dot));
  if (!whole || *whole > 60) return std::nullopt;
  std::string fraction(dot < text.size() ? text.substr(dot + 1) : "0");
  fraction.resize(9, '0');
  const auto part = read_number(fraction);
  if (!part) return std::nullopt;
  return static_cast<std::int64_t>(*whole) * 1'000'000'000 + static_cast<std::int64_t>(*part);
}

// "14:07" or "14:07:31.5".
std::optional<base::Duration> read_time_of_day(std::string_view text) {
  const std::size_t first = text.find(':');
  if (first == std::string_view::npos) return std::nullopt;
  const std::size_t second = std::min(text.find(':', first + 1), text.size());
  const auto hours = read_number(text.substr(0, first)), minutes = read_number(text.substr(first + 1, second - first - 1));
  const auto nanoseconds = second < text.size() ? read_seconds(text.substr(second + 1)) : std::optional<std::int64_t>(0);
  if (!hours || !minutes || !nanoseconds || *hours > 24 || *minutes > 59) return std::nullopt;
  return base::Duration{static_cast<std::int64_t>(*hours * 3600 + *minutes * 60) * 1'000'000'000 + *nanoseconds};
}

// "2026-11-21T14:07:31Z", "2026-11-21 14:07".
std::optional<base::Time> read_moment(std::string_view text) {
  if (text.size() < 16 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = read_number(text.substr(0, 4)), month = read_number(text.substr(5, 2)), day = read_number(text.substr(8, 2));
  if (text.ends_with('Z')) text.remove_suffix(1);
  const auto time = read_time_of_day(text.substr(11));
  if (!year || !month || !day || !time) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)), std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  // Nanoseconds in 64 bits end in 2262.
  if (!date.ok() || *year < 1970 || *year > 2200) return std::nullopt;
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  return base::Time{days * 86'400 * 1'000'000'000 + time->nanoseconds};
}

base::Result<Command> read_goto(std::string_view text, Command command) {
  std::string_view rest = text;
  if (take_word(rest) == "seq") {
    const auto number = read_number(rest);
    if (!number) return base::fail("goto seq needs a number");
    command.kind = CommandKind::kGotoSequence;
    command.number = *number;
    return command;
  }
  if (const auto moment = read_moment(text)) {
    command.time = *moment;
    return command;
  }
  const auto time = read_time_of_day(text);
  if (!time) return base::fail(fmt::format("goto: \"{}\" is no time; write {}", text, kNames[0].usage));
  command.time_of_day = *time;
  return command;
}

const Name* find_name(std::string_view word) {
  const auto found = std::ranges::find(kNames, word, &Name::word);
  return found == kNames.end() ? nullptr : &*found;
}

void offer(std::string_view head, std::string_view begun, std::string_view word, std::vector<std::string>& offered) {
  if (word.starts_with(begun)) offered.push_back(std::string(head) + std::string(word));
}

}  // namespace

base::Result<Command> read_command(std::string_view text) {
  const std::string_view word = take_word(text);
  const Name* name = find_name(word);
  if (name == nullptr) return base::fail(fmt::format("no command \"{}\"; Tab lists them", word));
  Command command{.kind = name->kind, .argument = std::string(text), .value = {}, .time_of_day = {}, .time = {}};
  if (name->kind == CommandKind::kGotoTime) return read_goto(text, command);
  if (name->kind == CommandKind::kFilter) return command;
  if (name->usage.empty() != text.empty()) {
    return base::fail(name->usage.empty() ? fmt::format("{} takes nothing after it", word) : fmt::format("{} needs {}", word, name->usage));
  }
  if (name->kind == CommandKind::kSet) {
    std::string_view rest = text;
    command.argument = take_word(rest);
    command.value = rest;
  }
  return command;
}

std::vector<std::string> complete_command(std::string_view text, const CommandWords& words) {
  std::vector<std::string> offered;
  const std::size_t blank = text.find(' ');
  if (blank == std::string_view::npos) {
    for (const Name& name : kNames) {
      if (name.word.size() > 1) offer("", text, fmt::format("{}{}", name.word, name.usage.empty() ? "" : " "), offered);
    }
    return offered;
  }
  const std::string_view head = text.substr(0, blank + 1), begun = text.substr(blank + 1);
  const auto offer_all = [&](const auto& from) {
    for (const auto& word : from) offer(head, begun, word, offered);
  };
  if (head == "view ") offer_all(words.views);
  if (head == "theme ") offer_all(words.themes);
  if (head == "sort ") offer_all(words.columns);
  if (head == "set ") offer_all(kSettings);
  if (head == "goto ") offer(head, begun, "seq ", offered);
  return offered;
}

}  // namespace espy::tui
