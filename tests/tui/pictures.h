// pictures: real captures of tests/pcaps, read by the real pipeline, as the pictures and the chronicle that a screen gets.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "capture/source.h"
#include "config/reader.h"
#include "pipeline/picture_index.h"
#include "pipeline/pipeline.h"
#include "tests/pcaps/case_files.h"
#include "tui/chronicle.h"
#include "verify/portrait.h"

namespace espy::tui::testing {

// A capture whose frames come `factor` times as far apart, as from an interface: a second of a laboratory becomes a minute.
class Stretched final : public capture::Source {
 public:
  Stretched(std::unique_ptr<capture::Source> source, std::int64_t factor) : source_(std::move(source)), factor_(factor) {}
  bool take(capture::Batch& batch) override { return source_->take(batch); }
  void cut(capture::Batch& batch) override {
    source_->cut(batch);
    for (capture::Frame& frame : batch.frames) {
      if (!first_.known()) first_ = frame.time;
      frame.time.nanoseconds = first_.nanoseconds + (frame.time - first_).nanoseconds * factor_;
    }
  }
  std::vector<capture::SourceFacts> facts() const override { return source_->facts(); }
  std::optional<double> progress() const override { return source_->progress(); }
  void stop() noexcept override { source_->stop(); }

 private:
  std::unique_ptr<capture::Source> source_;
  std::int64_t factor_;
  base::Time first_;
};

struct Recording {
  std::vector<std::shared_ptr<const verdict::Picture>> pictures;  // the last is of the whole
  std::unique_ptr<Chronicle> chronicle;
  const verdict::Picture& whole() const { return *pictures.back(); }
};

struct Showing {
  std::string name;         // of tests/pcaps
  bool live = false;        // shown as an interface
  std::int64_t factor = 1;  // of Stretched
};

// Reads the case in its own folder, so that no path of this machine is in the pictures.
class Reading {
 public:
  explicit Reading(const Showing& showing) : showing_(showing), before_(std::filesystem::current_path()) {
    std::filesystem::current_path(std::string(ESPY_SOURCE_DIR "/tests/pcaps/") + showing.name);
    const espy::testing::CaseFiles files = espy::testing::case_files("");
    captures_ = files.captures;
    config::Outcome outcome = config::read(files.configs, {});
    EXPECT_TRUE(outcome.errors.empty()) << showing.name;
    world_ = std::make_unique<ipsec::World>(outcome.configuration);
    keys_ = std::make_unique<verify::Keyring>(*world_, crypto::Library());
    ledger_ = std::make_unique<verify::Ledger>(*world_, verify::LedgerOptions{.ports = {}, .keys = keys_.get(), .details = true});
  }
  ~Reading() { std::filesystem::current_path(before_); }
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;

  Recording record() {
    capture::Options options;
    options.files = captures_;
    auto opened = capture::open(options);
    EXPECT_TRUE(opened.has_value());
    Stretched source(std::move(*opened), showing_.factor);
    pipeline::PictureIndex index([&] { return picture(source); });
    pipeline::run(source, *world_, *ledger_, {.jobs = 1, .ports = {}, .stops = &index, .committed = {}});
    index.finish(!showing_.live);
    return recording(index.take_news());
  }

 private:
  verdict::Picture picture(const capture::Source& source) {
    ledger_->carry_over();
    verify::RunFacts facts;
    facts.file_policies = true;
    facts.classic_capture = !showing_.live;
    for (const capture::SourceFacts& each : source.facts()) facts.sources.push_back(summary_of(each));
    verdict::Picture made = verify::portray(*ledger_, facts);
    made.live = showing_.live;
    made.progress = source.progress();
    made.memory_size = 42'000'000;
    for (const verdict::SourceSummary& each : made.summary.sources) {
      verdict::CaptureState state;
      state.name = each.name;
      state.packets = each.packets;
      state.bytes = each.bytes;
      made.captures.push_back(std::move(state));
    }
    return made;
  }

  verdict::SourceSummary summary_of(const capture::SourceFacts& facts) const {
    verdict::SourceSummary summary;
    summary.name = showing_.live ? "eth0" : facts.name;
    summary.format = facts.format;
    summary.packets = facts.packets;
    summary.bytes = facts.bytes;
    summary.first = facts.first;
    summary.last = facts.last;
    summary.truncated = facts.truncated;
    for (const capture::InterfaceFacts& interface : facts.interfaces) summary.link_types.push_back(base::to_string(interface.link_type));
    return summary;
  }

  Recording recording(pipeline::PictureIndex::News news) const {
    Recording made{.pictures = std::move(news.pictures), .chronicle = nullptr};
    made.chronicle = showing_.live ? std::make_unique<Chronicle>() : std::make_unique<Chronicle>(news.begin, base::milliseconds(1));
    for (const auto& each : made.pictures) made.chronicle->add(each);
    if (!showing_.live) made.chronicle->stretch_to(news.step);
    return made;
  }

  Showing showing_;
  std::filesystem::path before_;
  std::vector<std::string> captures_;
  std::unique_ptr<ipsec::World> world_;
  std::unique_ptr<verify::Keyring> keys_;
  std::unique_ptr<verify::Ledger> ledger_;
};

// Read once in a run of the tests.
inline const Recording& recording(const Showing& showing) {
  static std::map<std::string, Recording> kept;
  const std::string key = showing.name + (showing.live ? " live " : " ") + std::to_string(showing.factor);
  const auto found = kept.find(key);
  if (found != kept.end()) return found->second;
  return kept.emplace(key, Reading(showing).record()).first->second;
}

}  // namespace espy::tui::testing
