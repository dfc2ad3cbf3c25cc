// The catalogue is complete, sorted, and says the same codes as docs/report.md.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "verdict/catalogue.h"

namespace espy::verdict {
namespace {

std::string read_file(const std::string& path) {
  std::ifstream file(std::string(ESPY_SOURCE_DIR) + path);
  EXPECT_TRUE(file.good()) << path;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// Codes that stand as `code` at the beginning of a table's row.
std::set<std::string> documented_codes() {
  const std::string text = read_file("/docs/report.md");
  const std::regex row(R"(\n\| `((?:leak|policy|sa|crypto|ike|capture|config)\.[a-z0-9-]+)` \|)");
  std::set<std::string> codes;
  for (auto match = std::sregex_iterator(text.begin(), text.end(), row); match != std::sregex_iterator(); ++match)
    codes.insert((*match)[1]);
  return codes;
}

TEST(Catalogue, IsSortedWithoutRepetition) {
  const auto entries = catalogue();
  for (std::size_t index = 1; index < entries.size(); ++index) EXPECT_LT(entries[index - 1].code, entries[index].code);
}

TEST(Catalogue, EveryEntryIsComplete) {
  for (const auto& entry : catalogue()) {
    EXPECT_LT(entry.title.size(), 70u) << entry.code;
    EXPECT_FALSE(entry.title.empty()) << entry.code;
    EXPECT_GT(entry.meaning.size(), 60u) << entry.code;
    EXPECT_FALSE(entry.reference.empty()) << entry.code;
    EXPECT_TRUE(entry.advice.ends_with('.') || entry.advice.ends_with('!')) << entry.code;
    EXPECT_TRUE(std::isupper(static_cast<unsigned char>(entry.advice.front()))) << entry.code;
  }
}

TEST(Catalogue, HoldsTheStableCodes) {
  for (const std::string_view code : {"leak.plaintext",
                                      "leak.integrity-only",
                                      "leak.null-encryption",
                                      "leak.missing-ah",
                                      "leak.one-way",
                                      "leak.icmp-quote",
                                      "leak.before-nat",
                                      "leak.window",
                                      "policy.unseen",
                                      "policy.attribution",
                                      "policy.discard-violated",
                                      "policy.optional-clear",
                                      "policy.inner-mismatch",
                                      "policy.wrong-mode",
                                      "policy.marked",
                                      "sa.unknown",
                                      "sa.unused",
                                      "sa.icv-bad",
                                      "sa.replay",
                                      "sa.gap",
                                      "sa.beyond-window",
                                      "sa.reset",
                                      "sa.exhaustion",
                                      "sa.sequence-zero",
                                      "sa.reserved-spi",
                                      "sa.iv-reuse",
                                      "sa.iv-predictable",
                                      "sa.padding-bad",
                                      "sa.looks-unencrypted",
                                      "crypto.weak",
                                      "crypto.short-icv",
                                      "ike.weak-proposal",
                                      "ike.aggressive-psk",
                                      "ike.version-1",
                                      "ike.failed",
                                      "ike.no-esp",
                                      "capture.drops",
                                      "capture.cut-short",
                                      "capture.damaged",
                                      "capture.filtered",
                                      "capture.interrupted",
                                      "capture.limit",
                                      "capture.vantage",
                                      "capture.clear-beside-tunnel"}) {
    ASSERT_NE(find(code), nullptr) << code;
    EXPECT_EQ(find(code)->code, code);
  }
}

TEST(Catalogue, MissesWhatItDoesNotHold) {
  EXPECT_EQ(find(""), nullptr);
  EXPECT_EQ(find("leak.plain"), nullptr);
  EXPECT_EQ(find("zz"), nullptr);
}

TEST(Catalogue, IsWhatTheDocumentationLists) {
  std::set<std::string> codes;
  for (const auto& entry : catalogue()) codes.insert(std::string(entry.code));
  EXPECT_EQ(documented_codes(), codes);
}

TEST(Names, AreThoseOfTheReport) {
  EXPECT_EQ(name(Verdict::kInconclusive), "inconclusive");
  EXPECT_EQ(name(Class::kDecapsulated), "decapsulated");
  EXPECT_EQ(name(Severity::kCritical), "critical");
  EXPECT_EQ(name(PolicySource::kCommandLine), "command-line");
  EXPECT_EQ(name(Vantage::kHost), "host");
  EXPECT_EQ(name(LeakReason::kBeforeNat), "before-nat");
}

}  // namespace
}  // namespace espy::verdict
