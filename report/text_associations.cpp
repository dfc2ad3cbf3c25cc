#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "report/text_sections.h"
#include "report/words.h"

namespace espy::report {

namespace {

constexpr std::size_t kIndent = 2;
constexpr std::size_t kDetail = 13;
constexpr std::size_t kNameWidth = 40;

using Words = std::vector<std::string>;

std::string join(const Words& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

void add(std::uint64_t number, std::string_view text, Words& words) {
  if (number > 0) words.push_back(fmt::format("{} {}", count(number), text));
}

std::string algorithm_words(const verdict::AssociationSummary& association, const Page& page) {
  Words words;
  if (association.encryption) words.push_back(page.safe(*association.encryption, kNameWidth));
  if (association.integrity) words.push_back(page.safe(*association.integrity, kNameWidth));
  if (association.icv_bits) words.push_back(fmt::format("{}-bit ICV", *association.icv_bits));
  if (association.esn.value_or(false)) words.emplace_back("ESN");
  if (association.mode) words.push_back(page.safe(*association.mode, kNameWidth));
  if (association.encapsulation != "none") words.push_back("in " + page.safe(association.encapsulation, kNameWidth));
  if (!association.configured) words.emplace_back("not in the configuration");
  return join(words);
}

std::string sequence_words(const verdict::AssociationSummary& association) {
  const auto& sequence = association.sequence;
  Words words{count(association.packets, "packet"), size_words(association.bytes)};
  if (sequence.first && sequence.highest)
    words.push_back(fmt::format("sequence {} to {}", count(*sequence.first), count(*sequence.highest)));
  if (sequence.esn_high) words.push_back(fmt::format("ESN high {}", *sequence.esn_high));
  add(sequence.wraps, "wrapped", words);
  add(sequence.lost, "lost", words);
  add(sequence.reordered, "reordered", words);
  add(sequence.duplicates, "duplicate", words);
  add(sequence.replayed, "replayed", words);
  add(sequence.resets, "started again", words);
  if (sequence.window_configured && sequence.window_needed > *sequence.window_configured) {
    words.push_back(fmt::format("window {}, needed {}", *sequence.window_configured, sequence.window_needed));
  }
  return join(words);
}

std::string check_words(const verdict::AssociationSummary& association, const Page& page) {
  const auto& checks = association.integrity_checks;
  Words words;
  add(checks.good, "ICVs good", words);
  add(checks.bad, "ICVs bad", words);
  add(checks.no_key, "ICVs unchecked (no key)", words);
  add(checks.no_algorithm, "ICVs unchecked (no back-end computes them)", words);
  add(checks.cut_short, "ICVs unchecked (cut short)", words);
  add(checks.fragment, "ICVs unchecked (fragment missing)", words);
  if (association.opened != checks.good) add(association.opened, "decrypted", words);
  add(association.failed, "decrypted to nothing that makes sense", words);
  add(association.dummies, "dummy", words);
  add(association.flow_padded, "with flow padding", words);
  if (association.diagnosis) words.push_back("diagnosis: " + page.safe(*association.diagnosis, kNameWidth));
  return join(words);
}

void write_association(const verdict::AssociationSummary& association, Page& page) {
  const std::string spi = association.spi ? base::to_string(*association.spi) : "any SPI";
  page.write(kIndent, kDetail,
             fmt::format("{}{} {} > {}", column(styled(Style::kStrong, spi), kDetail - kIndent),
                         page.safe(association.protocol, kNameWidth), page.safe(association.source), page.safe(association.destination)));
  if (const std::string words = algorithm_words(association, page); !words.empty()) page.write(kDetail, kDetail, words);
  page.write(kDetail, kDetail, association.packets == 0 ? styled(Style::kFaint, "no packet seen") : sequence_words(association));
  if (const std::string words = check_words(association, page); !words.empty()) page.write(kDetail, kDetail, words);
}

}  // namespace

void write_associations(const verdict::Summary& summary, Page& page) {
  if (summary.associations.empty()) return;
  page.heading(fmt::format("Security associations ({})", count(summary.associations.size())));
  const std::size_t shown = page.shown(summary.associations.size());
  for (std::size_t index = 0; index < shown; ++index) write_association(summary.associations[index], page);
  page.more(kIndent, summary.associations.size() - shown, "association");
}

}  // namespace espy::report
