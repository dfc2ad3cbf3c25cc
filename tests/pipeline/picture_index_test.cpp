// A screen that looks at a run must not change it, and what it sees of a moment must be what the capture held up to then.
#include "pipeline/picture_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "config/reader.h"
#include "pipeline/picture_window.h"
#include "pipeline/pipeline.h"
#include "report/report.h"
#include "tests/pcaps/case_files.h"
#include "verify/portrait.h"

namespace espy::pipeline {
namespace {

std::string json_of(const verdict::Summary& summary) {
  std::ostringstream out;
  report::write_json(summary, "0", out);
  return out.str();
}

// A case of tests/pcaps, read with the port numbers of the standard.
class Case {
 public:
  explicit Case(const std::string& name) {
    const espy::testing::CaseFiles files = espy::testing::case_files(std::string(ESPY_SOURCE_DIR "/tests/pcaps/") + name);
    captures_ = files.captures;
    config::Outcome outcome = config::read(files.configs, {});
    EXPECT_TRUE(outcome.errors.empty()) << name;
    EXPECT_FALSE(captures_.empty()) << name;
    world_ = std::make_unique<ipsec::World>(outcome.configuration);
    keys_ = std::make_unique<verify::Keyring>(*world_, crypto::Library());
  }

  std::unique_ptr<capture::Source> open() const {
    capture::Options options;
    options.files = captures_;
    auto source = capture::open(options);
    EXPECT_TRUE(source.has_value());
    return std::move(*source);
  }
  std::unique_ptr<verify::Ledger> ledger(bool details) const {
    return std::make_unique<verify::Ledger>(*world_, verify::LedgerOptions{.ports = {}, .keys = keys_.get(), .details = details});
  }
  const ipsec::World& world() const { return *world_; }
  std::vector<base::Time> times() const {
    std::vector<base::Time> times;
    const auto source = open();
    for (capture::Batch batch; source->take(batch);) {
      source->cut(batch);
      for (const capture::Frame& frame : batch.frames) times.push_back(frame.time);
    }
    return times;
  }

 private:
  std::vector<std::string> captures_;
  std::unique_ptr<ipsec::World> world_;
  std::unique_ptr<verify::Keyring> keys_;
};

struct Watched {
  std::unique_ptr<verify::Ledger> ledger;
  std::vector<std::shared_ptr<const verdict::Picture>> pictures;
};

Watched watch(const Case& one, unsigned jobs) {
  Watched watched{.ledger = one.ledger(true), .pictures = {}};
  const auto source = one.open();
  PictureIndex index([&] {
    watched.ledger->carry_over();
    verdict::Picture picture = verify::portray(*watched.ledger, {});
    picture.progress = source->progress();
    return picture;
  });
  run(*source, one.world(), *watched.ledger, {.jobs = jobs, .ports = {}, .stops = &index, .committed = {}});
  index.finish(true);
  watched.pictures = index.take_news().pictures;
  return watched;
}

constexpr const char* kCases[] = {
    "classic-ah-esp",  "leak-telnet",    "opened-flows", "rekey",          "reordered",      "replayed",      "lost",
    "tunnel-gw",       "frag-transport", "two-sides",    "esp-null-found", "late-fragments", "algorithm-tcp", "algorithm-esn-wrap-gcm",
    "twin-keyed-host", "dummy-packets"};

TEST(PictureIndex, LeavesTheReportAsItIs) {
  for (const char* name : kCases) {
    const Case one(name);
    const auto source = one.open();
    const auto plain = one.ledger(false);
    run(*source, one.world(), *plain, {.jobs = 1, .ports = {}, .committed = {}});
    const std::string expected = json_of(verify::summarize(*plain, {}));
    for (const unsigned jobs : {1U, 3U}) {
      const Watched watched = watch(one, jobs);
      EXPECT_EQ(json_of(verify::summarize(*watched.ledger, {})), expected) << name << ", " << jobs << " workers";
      EXPECT_EQ(json_of(watched.pictures.back()->summary), expected) << name;
      EXPECT_TRUE(watched.pictures.back()->complete);
    }
  }
}

TEST(PictureIndex, APictureKnowsTheFramesBeforeItsMoment) {
  for (const char* name : {"leak-telnet", "opened-flows", "rekey", "classic-ah-esp"}) {
    const Case one(name);
    const std::vector<base::Time> times = one.times();
    ASSERT_TRUE(std::ranges::is_sorted(times)) << name;
    const Watched watched = watch(one, 2);
    ASSERT_GT(watched.pictures.size(), 3U) << name;
    for (const auto& picture : watched.pictures) {
      const auto before = std::ranges::lower_bound(times, picture->now) - times.begin();
      EXPECT_EQ(picture->summary.packets.total, static_cast<std::uint64_t>(before)) << name << ' ' << base::to_rfc3339(picture->now);
    }
  }
}

std::uint64_t frames_before(const std::vector<base::Time>& times, base::Time moment) {
  return static_cast<std::uint64_t>(std::ranges::lower_bound(times, moment) - times.begin());
}

// What a cursor shows: all frames up to it, and none of a later step, however long nothing came.
TEST(PictureIndex, APictureOfAMomentHasNoLaterStep) {
  for (const char* name : {"leak-telnet", "rekey", "two-sides"}) {
    const Case one(name);
    const std::vector<base::Time> times = one.times();
    const auto ledger = one.ledger(true);
    const auto source = one.open();
    PictureIndex index([&] {
      ledger->carry_over();
      return verify::portray(*ledger, {});
    });
    run(*source, one.world(), *ledger, {.jobs = 1, .ports = {}, .stops = &index, .committed = {}});
    index.finish(true);
    const base::Duration step = index.take_news().step;
    for (int part = 0; part < 1'000; ++part) {
      const base::Time moment{times.front().nanoseconds + (times.back() - times.front()).nanoseconds / 1'000 * part};
      const std::uint64_t shown = index.at(moment)->summary.packets.total;
      EXPECT_GE(shown, frames_before(times, {moment.nanoseconds + 1})) << name << ' ' << part;
      EXPECT_LE(shown, frames_before(times, {moment.nanoseconds + step.nanoseconds})) << name << ' ' << part;
    }
  }
}

Watched watch_part(const Case& one, unsigned jobs, const Part& part) {
  Watched watched{.ledger = one.ledger(true), .pictures = {}};
  const auto source = one.open();
  const auto portray = [&] {
    watched.ledger->carry_over();
    return verify::portray(*watched.ledger, {});
  };
  PictureWindow window(part, portray, [&] { source->stop(); });
  run(*source, one.world(), *watched.ledger, {.jobs = jobs, .ports = {}, .stops = &window, .committed = {}});
  window.finish();
  watched.pictures = window.take_pictures();
  return watched;
}

TEST(PictureWindow, APictureKnowsTheFramesBeforeItsMoment) {
  for (const char* name : {"leak-telnet", "opened-flows", "rekey", "classic-ah-esp"}) {
    const Case one(name);
    const std::vector<base::Time> times = one.times();
    const std::int64_t length = (times.back() - times.front()).nanoseconds;
    for (const unsigned jobs : {1U, 3U}) {
      for (const int eighth : {0, 3, 7}) {
        const base::Time begin{times.front().nanoseconds + length / 8 * eighth};
        const Part part = PictureWindow::part_of(begin, {begin.nanoseconds + length / 8});
        const Watched watched = watch_part(one, jobs, part);
        ASSERT_FALSE(watched.pictures.empty()) << name;
        EXPECT_LE(watched.pictures.size(), PictureWindow::kLimit + 1) << name;
        EXPECT_EQ(watched.pictures.front()->now, begin) << name;
        for (const auto& picture : watched.pictures)
          EXPECT_EQ(picture->summary.packets.total, frames_before(times, picture->now)) << name << ' ' << base::to_rfc3339(picture->now);
        // Between two pictures that are shown nothing is left out.
        for (int at = 0; at < 100; ++at) {
          const base::Time moment{begin.nanoseconds + length / 800 * at};
          const auto found = find_picture(watched.pictures, part, moment);
          ASSERT_NE(found, nullptr);
          EXPECT_GE(found->summary.packets.total, frames_before(times, {moment.nanoseconds + 1}));
          EXPECT_LE(found->summary.packets.total, frames_before(times, {moment.nanoseconds + part.step.nanoseconds}));
        }
      }
    }
  }
}

// Whatever a run looks at on its way, at a moment it knows the same.
TEST(PictureWindow, ItsPicturesAreThoseOfARunOverAllOfTheFile) {
  for (const char* name : {"leak-telnet", "opened-flows", "rekey", "two-sides"}) {
    const Case one(name);
    const Watched whole = watch(one, 1);
    for (const unsigned jobs : {1U, 3U}) {
      for (const std::size_t part : {1U, 2U, 3U}) {
        const verdict::Picture& expected = *whole.pictures[whole.pictures.size() * part / 4];
        const Watched watched = watch_part(one, jobs, PictureWindow::part_of(expected.now, {expected.now.nanoseconds + 1'000'000}));
        ASSERT_FALSE(watched.pictures.empty());
        const verdict::Picture& found = *watched.pictures.front();
        EXPECT_EQ(json_of(found.summary), json_of(expected.summary)) << name << ", " << jobs << " workers, part " << part;
        EXPECT_EQ(found.leak_samples.size(), expected.leak_samples.size());
        for (std::size_t leak = 0; leak < found.leak_samples.size(); ++leak)
          EXPECT_EQ(found.leak_samples[leak].size(), expected.leak_samples[leak].size()) << name;
      }
    }
  }
}

// Frames that say nothing but when they came.
class Spread : public capture::Source {
 public:
  Spread(std::uint64_t frames, base::Duration apart) : frames_(frames), apart_(apart) {}
  bool take(capture::Batch& batch) override {
    if (next_ >= frames_) return false;
    batch.ticket = ticket_++;
    return true;
  }
  void cut(capture::Batch& batch) override {
    batch.frames.clear();
    for (int count = 0; count < 50 && next_ < frames_; ++count, ++next_) {
      batch.frames.push_back({.data = base::Bytes(kOctets),
                              .original_size = sizeof(kOctets),
                              .time = {1'700'000'000'000'000'000 + static_cast<std::int64_t>(next_) * apart_.nanoseconds},
                              .number = next_ + 1});
    }
  }
  std::vector<capture::SourceFacts> facts() const override { return {}; }
  std::optional<double> progress() const override { return static_cast<double>(next_) / static_cast<double>(frames_); }
  void stop() noexcept override {}

 private:
  static constexpr std::uint8_t kOctets[14] = {};
  std::uint64_t frames_;
  base::Duration apart_;
  std::uint64_t next_ = 0;
  std::uint64_t ticket_ = 0;
};

TEST(PictureIndex, TheirNumberIsBounded) {
  const ipsec::World world({});
  verify::Ledger ledger(world, {.ports = {}, .details = true});
  Spread source(20'000, base::seconds(60));  // a fortnight
  std::size_t made = 0;
  PictureIndex index([&] {
    ++made;
    ledger.carry_over();
    verdict::Picture picture = verify::portray(ledger, {});
    picture.progress = source.progress();
    return picture;
  });
  run(source, world, ledger, {.jobs = 1, .ports = {}, .stops = &index, .committed = {}});
  index.finish(true);
  EXPECT_LT(made, 3 * PictureIndex::kLimit);
  const base::Time middle{1'700'000'000'000'000'000 + 10'000 * 60'000'000'000};
  const auto picture = index.at(middle);
  ASSERT_NE(picture, nullptr);
  // All up to the middle, and at most one step more.
  const std::uint64_t step = 20'000 / PictureIndex::kLimit * 4;
  EXPECT_GE(picture->summary.packets.total, 10'000U);
  EXPECT_LE(picture->summary.packets.total, 10'000U + step);
  EXPECT_EQ(index.at(std::nullopt)->summary.packets.total, 20'000U);
}

TEST(PictureIndex, BeginsAgain) {
  std::uint64_t total = 1;
  PictureIndex index([&] {
    verdict::Picture picture;
    picture.summary.packets.total = total;
    return picture;
  });
  index.reached({1'000});
  index.finish(false);
  index.begin_again();
  EXPECT_EQ(index.at(std::nullopt), nullptr);
  total = 2;
  index.reached({2'000});
  index.finish(true);
  const PictureIndex::News news = index.take_news();
  EXPECT_TRUE(news.again);
  ASSERT_EQ(news.pictures.size(), 1U);
  EXPECT_EQ(news.pictures.front()->summary.packets.total, 2U);
  EXPECT_EQ(news.begin, base::Time{2'000});
}

// Frames 1 to 8 of the leaking flow, octet by octet as the file has them.
TEST(Portrait, KeepsTheFirstPacketsOfALeak) {
  const Case one("leak-telnet");
  std::vector<std::vector<std::uint8_t>> frames;
  const auto source = one.open();
  for (capture::Batch batch; source->take(batch);) {
    source->cut(batch);
    for (const capture::Frame& frame : batch.frames) frames.emplace_back(frame.data.begin(), frame.data.end());
  }
  const Watched watched = watch(one, 1);
  const verdict::Picture& picture = *watched.pictures.back();
  ASSERT_FALSE(picture.summary.leaks.empty());
  ASSERT_EQ(picture.leak_samples.size(), picture.summary.leaks.size());
  for (std::size_t leak = 0; leak < picture.summary.leaks.size(); ++leak) {
    const verdict::PacketSamples& samples = picture.leak_samples[leak];
    ASSERT_EQ(samples.size(), std::min<std::uint64_t>(picture.summary.leaks[leak].packets, verdict::kSamplesPerLeak));
    EXPECT_EQ(samples.front()->frame.frame, picture.summary.leaks[leak].first_frame.frame);
    for (const auto& sample : samples) {
      const auto& octets = frames[sample->frame.frame - 1];
      EXPECT_EQ(sample->octets,
                std::vector<std::uint8_t>(octets.begin(), octets.begin() + static_cast<std::ptrdiff_t>(sample->octets.size())));
      EXPECT_EQ(sample->octets.size(), std::min(octets.size(), verdict::kSampleOctets));
      EXPECT_EQ(sample->packet_class, verdict::Class::kLeaked);
      EXPECT_EQ(sample->rule, "leaked: plaintext where ESP is required");
    }
  }
}

// The generator of the case sends from 10.0.0.1 and 10.0.0.2 in transport mode, and 10.1.0.1 to 10.2.0.1 in the tunnel.
TEST(Portrait, ShowsWhatKeysBroughtOut) {
  const Watched watched = watch(Case("opened-flows"), 1);
  const verdict::Picture& picture = *watched.pictures.back();
  std::size_t opened = 0;
  for (std::size_t index = 0; index < picture.association_samples.size(); ++index) {
    const verdict::AssociationSummary& association = picture.summary.associations[index];
    EXPECT_LE(picture.association_samples[index].size(), verdict::kSamplesPerAssociation);
    for (const auto& sample : picture.association_samples[index]) {
      if (sample->inner.size() < 20) continue;
      ++opened;
      EXPECT_EQ(sample->inner[0] >> 4, 4);
      EXPECT_NE(sample->inner[9], 50) << "still ESP";
      // 10.0.0.x in transport mode, 10.1.0.x and 10.2.0.x in the tunnel.
      EXPECT_EQ(sample->inner[12], 10);
      EXPECT_EQ(sample->inner[13] != 0, association.mode == "tunnel");
    }
  }
  EXPECT_GE(opened, 4U);
}

TEST(Portrait, TellsOddNumbersOneByOne) {
  const Watched watched = watch(Case("opened-flows"), 1);
  const verdict::Picture& picture = *watched.pictures.back();
  std::size_t late = 0, replayed = 0;
  for (std::size_t index = 0; index < picture.sequences.size(); ++index) {
    const auto& detail = picture.sequences[index];
    const verdict::SequenceSummary& figures = picture.summary.associations[index].sequence;
    if (!detail) continue;
    EXPECT_EQ(detail->highest, *figures.highest);
    using Kind = verdict::SequenceEventKind;
    const auto count = [&](Kind kind) {
      return static_cast<std::uint64_t>(std::ranges::count(detail->events, kind, &verdict::SequenceEvent::kind));
    };
    EXPECT_EQ(count(Kind::kLate), figures.reordered);
    EXPECT_EQ(count(Kind::kReplayed), figures.replayed);
    late += figures.reordered;
    replayed += figures.replayed;
  }
  EXPECT_EQ(late, 1U);      // case.json: sequence.reordered
  EXPECT_EQ(replayed, 1U);  // case.json: sequence.replayed
}

}  // namespace
}  // namespace espy::pipeline
