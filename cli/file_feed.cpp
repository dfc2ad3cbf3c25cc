#include "cli/file_feed.h"

#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "cli/saving.h"

namespace espy::cli {

FileFeed::FileFeed(const Inputs& inputs, std::unique_ptr<Session> session)
    : inputs_(inputs),
      session_(std::move(session)),
      index_([this] { return session_->picture(rows_); }),
      chronicle_(std::make_unique<tui::Chronicle>(base::Time{0}, base::milliseconds(1))),
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
  rows_ = kRows;
  index_.finish(!left_);
}

// The chronicle takes the steps of the pictures: it is begun anew when they have become longer than its own.
void FileFeed::hear() {
  const pipeline::PictureIndex::News news = index_.take_news();
  if (news.again) chronicle_ = nullptr;
  if (news.pictures.empty() && chronicle_ != nullptr) return;
  if (chronicle_ == nullptr || !begun_) {
    const base::Time begin = news.begin.known() ? news.begin : base::Time{0};
    chronicle_ = std::make_unique<tui::Chronicle>(begin, base::milliseconds(1));
    begun_ = news.begin.known();
  }
  for (const auto& picture : news.pictures) chronicle_->add(picture);
  chronicle_->stretch_to(news.step);
}

tui::Moment FileFeed::look(std::optional<base::Time> cursor) {
  hear();
  if (auto newest = index_.at(std::nullopt)) shown_.whole = std::move(newest);
  shown_.picture = cursor ? index_.at(cursor) : shown_.whole;
  if (shown_.picture == nullptr) shown_.picture = shown_.whole;
  shown_.chronicle = chronicle_.get();
  begin_saving();
  return shown_;
}

std::string FileFeed::name() const {
  if (inputs_.captures.size() != 1) return fmt::format("{} files", inputs_.captures.size());
  return std::filesystem::path(inputs_.captures.front()).filename().string();
}

base::Result<std::string> FileFeed::save_packets(const std::string& key) {
  if (wanted_ || saver_ != nullptr) {
    wanted_.reset();
    saver_ = nullptr;
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
  return saver_ == nullptr ? "" : fmt::format("{}{}", saver_->words(), kWay);
}

std::optional<std::string> FileFeed::take_news() {
  const auto outcome = saver_ == nullptr ? std::nullopt : saver_->take_outcome();
  if (!outcome) return std::nullopt;
  saver_ = nullptr;
  return *outcome ? **outcome : outcome->error().message;
}

base::Result<std::string> FileFeed::save_report() { return save_json(*shown_.whole); }

}  // namespace espy::cli
