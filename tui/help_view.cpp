#include "tui/help_view.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "tui/detail_view.h"
#include "tui/keys.h"
#include "tui/text.h"

namespace espy::tui {
namespace {

constexpr int kKeyWidth = 14;
constexpr int kNarrowest = 8;    // of an explanation
constexpr int kEntryWidth = 60;  // of keys and what they do, where two stand side by side

// A pair of what is explained and its explanation.
struct Entry {
  std::string name;
  std::string text;
};

bool wanted(const Scene& scene, const Entry& entry) {
  return scene.filter.empty() || scene.filter.matches({{"name", entry.name}, {"text", entry.text}});
}

ViewId subject_of(const Scene& scene) { return find_view(scene.subject).value_or(ViewId::kOverview); }

// Keys that go together, in one line: the first says what both do.
constexpr std::array kPairs{std::pair{Action::kUp, Action::kDown},
                            std::pair{Action::kPageUp, Action::kPageDown},
                            std::pair{Action::kHalfUp, Action::kHalfDown},
                            std::pair{Action::kFirst, Action::kLast},
                            std::pair{Action::kNextPane, Action::kPreviousPane},
                            std::pair{Action::kNextBad, Action::kPreviousBad},
                            std::pair{Action::kNextMatch, Action::kPreviousMatch},
                            std::pair{Action::kSlower, Action::kFaster},
                            std::pair{Action::kNarrower, Action::kWider},
                            std::pair{Action::kSort, Action::kReverse}};

const Action* partner(Action action) {
  const auto found = std::ranges::find(kPairs, action, &std::pair<Action, Action>::first);
  return found == kPairs.end() ? nullptr : &found->second;
}

bool is_second(Action action) { return std::ranges::find(kPairs, action, &std::pair<Action, Action>::second) != kPairs.end(); }

std::vector<Entry> key_entries(const Scene& scene, KeyGroup group) {
  static const Keymap kDefaults;
  const Keymap& keymap = scene.keymap == nullptr ? kDefaults : *scene.keymap;
  std::vector<Entry> entries;
  for (const ActionFacts& fact : actions()) {
    if (fact.group != group || is_second(fact.action) || (fact.views & only(subject_of(scene))) == 0) continue;
    Entry entry{keymap.shown_all(fact.action), std::string(fact.help)};
    if (const Action* other = partner(fact.action)) {
      entry.name += " " + keymap.shown_all(*other);
      entry.text += fmt::format("; {}", facts(*other).help);
    }
    entries.push_back(std::move(entry));
  }
  return entries;
}

// An entry in as many lines as its text takes in `width` cells.
std::vector<Entry> lines_of(const Entry& entry, int width) {
  std::vector<Entry> lines;
  for (std::string& part : wrap(entry.text, std::max(width - kKeyWidth, kNarrowest)))
    lines.push_back({lines.empty() ? entry.name : "", std::move(part)});
  return lines;
}

void add_entry(Line& line, int column, int end, const Entry& entry) {
  line.spans.push_back({column, column + kKeyWidth - 1, entry.name, {.role = Role::kKey, .bold = true}});
  line.spans.push_back({column + kKeyWidth, end, entry.text, {}});
}

// Side by side where there is room, down the columns; an entry stays in one column.
std::vector<std::vector<Entry>> in_columns(const std::vector<Entry>& entries, std::size_t columns, int width) {
  std::size_t total = 0;
  for (const Entry& entry : entries) total += lines_of(entry, width).size();
  std::vector<std::vector<Entry>> made(columns);
  std::size_t column = 0;
  for (const Entry& entry : entries) {
    if (made[column].size() >= (total + columns - 1) / columns && column + 1 < columns) ++column;
    std::ranges::move(lines_of(entry, width), std::back_inserter(made[column]));
  }
  return made;
}

void write_entries(const Scene& scene, std::string_view title, std::vector<Entry> entries, Writer& writer) {
  std::erase_if(entries, [&](const Entry& entry) { return !wanted(scene, entry); });
  if (entries.empty()) return;
  writer.title(title);
  const int columns = std::max(writer.width() / kEntryWidth, 1);
  const int each = writer.width() / columns - 2;
  const auto made = in_columns(entries, static_cast<std::size_t>(columns), each);
  const std::size_t rows = std::ranges::max(made, {}, &std::vector<Entry>::size).size();
  for (std::size_t row = 0; row < rows; ++row) {
    Line line;
    for (std::size_t column = 0; column < made.size(); ++column) {
      const int begin = 1 + static_cast<int>(column) * (each + 2);
      if (row < made[column].size()) add_entry(line, begin, begin + each, made[column][row]);
    }
    writer.add(std::move(line));
  }
}

// A name, and an explanation that may take several lines.
void write_glossary(const Scene& scene, std::string_view title, const std::vector<Entry>& entries, Writer& writer) {
  bool titled = false;
  for (const Entry& entry : entries) {
    if (!wanted(scene, entry)) continue;
    if (!titled) writer.title(title);
    titled = true;
    bool named = false;
    for (const std::string& part : wrap(entry.text, std::max(writer.width() - kKeyWidth - 1, 8))) {
      Line line;
      if (!named) line.spans.push_back({1, kKeyWidth, entry.name, {.role = Role::kKey, .bold = true}});
      line.spans.push_back({1 + kKeyWidth, writer.width(), part, {}});
      writer.add(std::move(line));
      named = true;
    }
  }
}

std::vector<Entry> signs(Tier tier) {
  const auto entry = [&](State state, std::string text) {
    return Entry{fmt::format("{} {}", sign(state, tier), word(state)), std::move(text)};
  };
  return {entry(State::kLeak, "packets went without the protection that a policy demands"),
          {fmt::format("{} FAIL", sign(State::kLeak, tier)), "nothing leaked, but ICVs were wrong or a policy was broken otherwise"},
          entry(State::kWarn, "look: packets lost, a gap, an unknown SPI, nothing that could be checked"),
          entry(State::kNone, "no evidence: no packet of it was seen, or the capture was blind"),
          entry(State::kOk, "traffic was seen, all of it had what the policy demands, and no capture loss hides a leak"),
          {std::string(sign(State::kNote, tier)), "to know: a rekey, a start, an end"}};
}

std::vector<Entry> numbers(ViewId view) {
  std::vector<Entry> entries{
      {"COVER%", "packets under AH or ESP, of all that the requirement speaks of; never rounded up to 100"},
      {"ENC/s", "packets under AH or ESP a second: over the last 5 s, before a file's cursor, or over the whole file"},
      {"CLEAR", "packets that went without the protection that the requirement demands; CLR/s the same a second"},
      {"LOST", "sequence numbers never seen although later ones were"},
      {"REPLAY", "packets with a number that was seen before, later or with other octets than a mere copy"},
      {"LATE", "packets that came after one with a higher number"},
      {"ICV", "ok: every one that could be checked is right; no key: none could be"},
      {"APP", "the application: from its content, or with a ? where only the port says so"}};
  if (view == ViewId::kTimeline || view == ViewId::kOverview)
    entries.push_back({"R ? !", "on graphs: an SA seen for the first time, the capture lost packets, something was in clear"});
  return entries;
}

std::vector<Entry> filters() {
  return {{"word", "rows that hold it in some column"},
          {"key:value", "in one column: state:leak spi:0x201 port:5432 app:telnet; * and ? stand for anything, := is exactly"},
          {"key:a..b", "a number in a range, an end may be missing: lost:1.. packets:..10"},
          {"/re/", "a regular expression"},
          {"!term", "rows that the term does not match"}};
}

class HelpView final : public DetailView {
 public:
  std::pair<State, std::string> headline(const Scene& scene) const override {
    if (scene.filter.empty()) return {State::kNote, fmt::format("Help: {} view; / searches, Esc closes", name(subject_of(scene)))};
    return {State::kNote, fmt::format("Help: {} view, lines that match \"{}\"", name(subject_of(scene)), scene.filter.text())};
  }

  std::vector<std::string> columns() const override { return {"name", "text"}; }

 protected:
  std::vector<Line> body(const Scene& scene, int width) const override {
    Writer writer(scene.display, width);
    for (const KeyGroup group : {KeyGroup::kMove, KeyGroup::kLook, KeyGroup::kAct}) {
      write_entries(scene, name(group), key_entries(scene, group), writer);
    }
    write_glossary(scene, "Signs, never by colour alone", signs(scene.display.tier), writer);
    write_glossary(scene, "What the numbers mean", numbers(subject_of(scene)), writer);
    write_glossary(scene, "Filter: all terms must hold", filters(), writer);
    write_glossary(
        scene, "More",
        {{"espy explain", "says what a finding's code means and what to do"}, {"man espy", "the manual; keys can be changed in tui.toml"}},
        writer);
    return writer.take();
  }
};

}  // namespace

const View& help_view() {
  static const HelpView made;
  return made;
}

}  // namespace espy::tui
