#include "pipeline/picture_index.h"

#include <algorithm>

namespace espy::pipeline {
namespace {

base::Time later(base::Time time, base::Duration span) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(time.nanoseconds, span.nanoseconds, &sum)) return {std::numeric_limits<std::int64_t>::max()};
  return {sum};
}

}  // namespace

void PictureIndex::reached(base::Time time) {
  if (!begin_.known()) {
    const std::lock_guard lock(mutex_);
    begin_ = time;
    next_ = later(time, step_);
    return;
  }
  // The picture is of the end of the last step that had frames; the steps without any have none.
  add(next_, false);
  const std::int64_t steps = (time - begin_).nanoseconds / step_.nanoseconds + 1;
  std::int64_t way = 0;
  if (__builtin_mul_overflow(steps, step_.nanoseconds, &way)) way = std::numeric_limits<std::int64_t>::max();
  next_ = later(begin_, {way});
}

void PictureIndex::add(base::Time now, bool complete) {
  verdict::Picture made = portray_();
  made.now = now;
  made.complete = complete;
  auto picture = std::make_shared<const verdict::Picture>(std::move(made));
  const std::lock_guard lock(mutex_);
  if (pictures_.size() >= kLimit) thin(*picture);
  pictures_.push_back(picture);
  news_.push_back(std::move(picture));
}

// The span so far and the part of the file that it took tell how long the whole may be.
void PictureIndex::thin(const verdict::Picture& newest) {
  const base::Duration span = newest.now - begin_;
  const double share = std::clamp(newest.progress.value_or(1.0), 0.001, 1.0);
  const double wanted = static_cast<double>(span.nanoseconds) / share / static_cast<double>(kLimit);
  do {
    if (step_.nanoseconds > std::numeric_limits<std::int64_t>::max() / 2) break;
    step_.nanoseconds *= 2;
  } while (static_cast<double>(step_.nanoseconds) < wanted);
  std::vector<std::shared_ptr<const verdict::Picture>> kept;
  std::int64_t slot = -1;
  for (auto& picture : pictures_) {
    const std::int64_t own = ((picture->now - begin_).nanoseconds - 1) / step_.nanoseconds;
    if (own == slot) kept.pop_back();  // the last one of a step knows the most
    kept.push_back(std::move(picture));
    slot = own;
  }
  pictures_ = std::move(kept);
}

void PictureIndex::finish(bool complete) { add(next_, complete); }

void PictureIndex::begin_again() {
  const std::lock_guard lock(mutex_);
  next_ = begin_ = base::kNever;
  step_ = base::milliseconds(1);
  pictures_.clear();
  news_.clear();
  again_ = true;
}

PictureIndex::News PictureIndex::take_news() {
  const std::lock_guard lock(mutex_);
  News news{.pictures = std::move(news_), .again = again_, .begin = begin_, .step = step_};
  news_.clear();
  again_ = false;
  return news;
}

std::shared_ptr<const verdict::Picture> PictureIndex::at(std::optional<base::Time> time) const {
  const std::lock_guard lock(mutex_);
  if (pictures_.empty()) return nullptr;
  if (!time) return pictures_.back();
  auto found = find_picture(pictures_, {.begin = begin_, .end = {}, .step = step_}, *time);
  return found == nullptr ? pictures_.front() : found;
}

}  // namespace espy::pipeline
