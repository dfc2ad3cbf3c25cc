#include "cli/file_feed.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "cli/saving.h"
#include "tui/period.h"

namespace espy::cli {

FileFeed::FileFeed(const Inputs& inputs, std::unique_ptr<Session> session)
    : inputs_(inputs),
      session_(std::move(session)),
      rows_(std::min(kStepRows, session_->limits().rows)),
      index_([this] { return session_->picture(rows_); }),
      chronicle_(make_chronicle(base::Time{0})),
      again_(inputs_again(inputs)),
      thread_([this] { read(); }) {
  verdict::Picture empty;
  empty.progress = 0;
  empty.captures.push_back({});
  empty.captures.front().name = name();
  shown_.picture = shown_.whole = std::make_shared<const verdict::Picture>(std::move(empty));
}

FileFeed::~FileFeed() {
  left_ = true;
  session_->stop();
}

void FileFeed::read() {
  session_->watch({.stops = &index_, .committed = {}, .begin_again = [this] { index_.begin_again(); }});
  rows_ = session_->limits().rows;
  index_.finish(!left_);
}

std::unique_ptr<tui::Chronicle> FileFeed::make_chronicle(base::Time begin) const {
  auto made = std::make_unique<tui::Chronicle>(begin, base::milliseconds(1));
  made->keep_events(session_->limits().events);
  return made;
}

// The chronicle takes the steps of the pictures: it is begun anew when they have become longer than its own.
void FileFeed::hear() {
  const pipeline::PictureIndex::News news = index_.take_news();
  if (news.again) chronicle_ = nullptr;
  if (news.pictures.empty() && chronicle_ != nullptr) return;
  if (chronicle_ == nullptr || !begun_) {
    const base::Time begin = news.begin.known() ? news.begin : base::Time{0};
    chronicle_ = make_chronicle(begin);
    begun_ = news.begin.known();
  }
  for (const auto& picture : news.pictures) chronicle_->add(picture);
  chronicle_->stretch_to(news.step);
}

tui::Moment FileFeed::look(std::optional<base::Time> cursor) {
  hear();
  if (auto newest = index_.at(std::nullopt)) shown_.whole = std::move(newest);
  take_closeup();
  shown_.picture = cursor ? at(*cursor) : shown_.whole;
  if (shown_.picture == nullptr) shown_.picture = cursor ? index_.at(cursor) : nullptr;
  if (shown_.picture == nullptr) shown_.picture = shown_.whole;
  shown_.chronicle = chronicle_.get();
  shown_.closeup = finer_.get();
  begin_saving();
  begin_reading();
  return shown_;
}

std::shared_ptr<const verdict::Picture> FileFeed::at(base::Time time) {
  const tui::Series all = chronicle_->all(tui::Chronicle::Span::kMinute);
  if (!all.begin.known() || time < all.begin) return nullptr;
  auto finer = closeup_ == nullptr ? nullptr : closeup_->at(time);
  return finer == nullptr ? index_.at(time) : finer;
}

void FileFeed::look_closely(const tui::Period& period) {
  in_sight_.reset();
  const tui::Series all = chronicle_->all(tui::Chronicle::Span::kMinute);
  const bool shown = is_fine(all.step, period) || (closeup_ != nullptr && closeup_->shows(period));
  if (shown_.whole->complete && !shown && !hopeless_) in_sight_ = period;
  if (reading_ != nullptr && (!in_sight_ || !reading_->shows(*in_sight_))) reading_->stop();
}

// One at a time: the next begins when the last is over, though it may have been stopped.
void FileFeed::begin_reading() {
  if (reading_ != nullptr || !in_sight_) return;
  if (!can_read_again(inputs_)) return despair("standard input cannot be read again for finer steps");
  const tui::Period whole = tui::period_of(chronicle_->all(tui::Chronicle::Span::kMinute));
  const base::Time middle{in_sight_->begin.nanoseconds + in_sight_->length().nanoseconds / 2};
  const tui::Period wide = tui::around(whole, middle, {in_sight_->length().nanoseconds * Closeup::kWider});
  reading_ = std::make_unique<Closeup>(*session_, again_, pipeline::PictureWindow::part_of(wide.begin, wide.end));
}

void FileFeed::take_closeup() {
  if (reading_ == nullptr || !reading_->over()) return;
  std::unique_ptr<Closeup> over = std::move(reading_);
  if (!over->trouble().empty()) return despair(over->trouble());
  if (!in_sight_ || !over->shows(*in_sight_)) return;
  closeup_ = std::move(over);
  finer_ = closeup_->chronicle();
  in_sight_.reset();
}

void FileFeed::despair(std::string why) {
  news_ = std::move(why);
  hopeless_ = true;
  in_sight_.reset();
}

std::string FileFeed::name() const {
  if (inputs_.captures.size() != 1) return fmt::format("{} files", inputs_.captures.size());
  return std::filesystem::path(inputs_.captures.front()).filename().string();
}

base::Result<std::string> FileFeed::save_packets(const std::string& key) {
  if (saver_ != nullptr) {
    saver_->stop();
    return std::string();
  }
  if (wanted_) {
    wanted_.reset();
    return "gave up; nothing was saved";
  }
  if (!can_read_again(inputs_)) return save_samples(*shown_.whole, key, "standard input cannot be read again");
  wanted_ = PacketSelection::find(*shown_.whole, key);
  if (!wanted_) return base::fail("the picture has this no more");
  begin_saving();
  return std::string();
}

// What the first reading finds out is needed for the second.
void FileFeed::begin_saving() {
  if (!wanted_ || !shown_.whole->complete) return;
  saver_ = std::make_unique<PacketSaver>(*session_, again_, *std::exchange(wanted_, std::nullopt));
}

std::string FileFeed::work() const {
  constexpr std::string_view kWay = "; W gives up";
  if (wanted_) return fmt::format("packets are saved once the file is read{}", kWay);
  if (saver_ != nullptr) return fmt::format("{}{}", saver_->words(), kWay);
  return reading_ == nullptr ? "" : reading_->words();
}

std::optional<std::string> FileFeed::take_news() {
  const auto outcome = saver_ == nullptr ? std::nullopt : saver_->take_outcome();
  if (!outcome) return std::exchange(news_, std::nullopt);
  saver_ = nullptr;
  return *outcome ? **outcome : outcome->error().message;
}

base::Result<std::string> FileFeed::save_report() { return save_json(*shown_.whole); }

}  // namespace espy::cli
