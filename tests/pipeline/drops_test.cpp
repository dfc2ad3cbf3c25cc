// A picture of a file's moment has the losses that the file told of up to then, and no others.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "pipeline/picture_index.h"
#include "pipeline/picture_window.h"
#include "pipeline/pipeline.h"
#include "tests/capture/writers.h"
#include "verify/portrait.h"

namespace espy::pipeline {
namespace {

using namespace capture::testing;

constexpr Order kOrder = Order::kLittle;
constexpr std::uint64_t kMillisecond = 1'000;  // ticks

constexpr base::Time at(std::int64_t milliseconds) { return {milliseconds * 1'000'000}; }

// Frames 100 ms apart from `begin` to before `end`, with `more` ahead of the first one at or after its time.
Octets frames(std::uint64_t begin, std::uint64_t end, std::map<std::uint64_t, Octets> more = {}) {
  Octets made;
  for (std::uint64_t now = begin; now < end; now += 100) {
    for (; !more.empty() && more.begin()->first <= now; more.erase(more.begin())) append(made, more.begin()->second);
    append(made, enhanced(kOrder, 0, now * kMillisecond, payload(1'400, 0)));
  }
  return made;
}

Octets told(std::uint64_t milliseconds, std::uint64_t by_kernel, std::uint64_t by_interface = 0) {
  return statistics(kOrder, 0, milliseconds * kMillisecond, by_interface, by_kernel);
}

struct Seen {
  base::Time now;
  std::uint64_t dropped = 0;
  bool operator==(const Seen&) const = default;
};

class Watching {
 public:
  explicit Watching(std::vector<std::string> files) : source_(*capture::open(from_files(std::move(files)))) {}

  std::vector<Seen> index(unsigned jobs) {
    PictureIndex index([this] { return portray(); });
    watch(index, jobs);
    index.finish(true);
    for (const auto& picture : index.take_news().pictures) see(*picture);
    return std::move(seen_);
  }

  std::vector<Seen> part(unsigned jobs, const Part& part) {
    PictureWindow window(
        part, [this] { return portray(); }, [this] { source_->stop(); });
    watch(window, jobs);
    window.finish();
    for (const auto& picture : window.take_pictures()) see(*picture);
    return std::move(seen_);
  }

 private:
  void watch(Stops& stops, unsigned jobs) {
    const auto hear = [this](const capture::DropsTold& told) { drops_[told.source] = told.drops; };
    run(*source_, world_, ledger_, {.jobs = jobs, .ports = {}, .stops = &stops, .told = hear, .committed = {}});
  }

  verdict::Picture portray() {
    ledger_.carry_over();
    verdict::Picture picture = verify::portray(ledger_, {});
    for (const auto& [file, drops] : drops_) {
      picture.captures.push_back(
          {.name = "", .note = "", .dropped_by_kernel = *drops.by_kernel, .dropped_by_interface = *drops.by_interface});
    }
    return picture;
  }

  void see(const verdict::Picture& picture) { seen_.push_back({picture.now, picture.dropped()}); }

  const ipsec::World world_{{}};
  verify::Ledger ledger_{world_, {.ports = {}}};
  std::unique_ptr<capture::Source> source_;
  std::map<std::uint32_t, capture::Drops> drops_;
  std::vector<Seen> seen_;
};

// The first picture that has so many, and the last one before it.
void expect_rise(const std::vector<Seen>& seen, std::uint64_t dropped, base::Time time) {
  const auto first = std::ranges::find_if(seen, [&](const Seen& one) { return one.dropped >= dropped; });
  ASSERT_NE(first, seen.end()) << dropped;
  ASSERT_NE(first, seen.begin()) << dropped;
  EXPECT_EQ(first->dropped, dropped);
  EXPECT_GT(first->now, time) << dropped;
  EXPECT_LE((first - 1)->now, time) << dropped;
}

// 60 s in 600 frames, which are four batches.
Octets lossy_file() {
  return section(kOrder) + interface(kOrder, 1) +
         frames(1'000, 61'000,
                {{20'530, told(20'530, 5)}, {45'000, told(30'000, 6)}, {45'001, told(45'050, 7)}, {61'000, told(70'000, 8)}}) +
         enhanced(kOrder, 0, 61'000 * kMillisecond, payload(60, 0), drop_count(kOrder, 20)) + told(99'000, 25);
}

TEST(DropsOfAFile, ArriveInThePictureOfTheirMoment) {
  const Folder folder;
  const std::string path = folder.write("a.pcapng", lossy_file());
  std::vector<Seen> before;
  for (const unsigned jobs : {1U, 3U}) {
    const std::vector<Seen> seen = Watching({path}).index(jobs);
    EXPECT_EQ(seen.front().dropped, 0U);
    EXPECT_TRUE(std::ranges::is_sorted(seen, {}, &Seen::now));
    expect_rise(seen, 5, at(20'530));
    expect_rise(seen, 6, at(44'900));  // late: it counts behind the last frame
    expect_rise(seen, 7, at(45'050));
    expect_rise(seen, 20, at(61'000));
    EXPECT_EQ(seen.back().dropped, 20U) << "the end is told by facts()";
    EXPECT_TRUE(jobs == 1 || seen == before);
    before = seen;
  }
}

TEST(DropsOfAFile, ArriveInPicturesOfAPart) {
  const Folder folder;
  const std::string path = folder.write("a.pcapng", lossy_file());
  for (const unsigned jobs : {1U, 3U}) {
    const std::vector<Seen> early = Watching({path}).part(jobs, PictureWindow::part_of(at(20'000), at(21'000)));
    EXPECT_EQ(early.front(), (Seen{at(20'000), 0}));
    expect_rise(early, 5, at(20'530));
    const std::vector<Seen> late = Watching({path}).part(jobs, PictureWindow::part_of(at(40'000), at(50'000)));
    EXPECT_EQ(late.front(), (Seen{at(40'000), 5}));
    expect_rise(late, 7, at(45'050));
    const Part none = PictureWindow::part_of(at(21'000), at(22'000));
    for (const Seen& one : Watching({path}).part(jobs, none)) EXPECT_EQ(one.dropped, 5U);
  }
}

// Each file counts for itself; the end of the first is in the middle of all.
TEST(DropsOfAFile, AreThoseOfEachOfSeveral) {
  const Folder folder;
  const Octets begin = section(kOrder) + interface(kOrder, 1);
  const std::string first = folder.write("a", begin + frames(1'000, 30'000, {{10'000, told(9'950, 3)}}) + told(31'000, 4, 2));
  const std::string second = folder.write("b", begin + frames(30'050, 60'000, {{50'000, told(49'970, 10)}}));
  std::vector<Seen> before;
  for (const unsigned jobs : {1U, 3U}) {
    const std::vector<Seen> seen = Watching({second, first}).index(jobs);
    expect_rise(seen, 3, at(9'950));
    expect_rise(seen, 6, at(29'900));  // the first file's last frame
    expect_rise(seen, 16, at(49'970));
    EXPECT_TRUE(jobs == 1 || seen == before);
    before = seen;
  }
}

}  // namespace
}  // namespace espy::pipeline
