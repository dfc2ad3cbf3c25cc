#include "cli/file_feed.h"

#include <filesystem>

#include <fmt/format.h>

#include "cli/saving.h"

namespace espy::cli {

FileFeed::FileFeed(const Inputs& inputs, std::unique_ptr<Session> session)
    : inputs_(inputs),
      session_(std::move(session)),
      index_([this] { return session_->picture(rows_); }),
      chronicle_(std::make_unique<tui::Chronicle>(base::Time{0}, base::milliseconds(1))),
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
  return shown_;
}

std::string FileFeed::name() const {
  if (inputs_.captures.size() != 1) return fmt::format("{} files", inputs_.captures.size());
  return std::filesystem::path(inputs_.captures.front()).filename().string();
}

base::Result<std::string> FileFeed::save_packets(const std::string& key) { return save_samples(*shown_.whole, key); }

base::Result<std::string> FileFeed::save_report() { return save_json(*shown_.whole); }

}  // namespace espy::cli
