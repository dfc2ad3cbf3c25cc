#include "pipeline/picture_window.h"

#include <algorithm>
#include <limits>

namespace espy::pipeline {
namespace {

constexpr base::Time kEndOfTime{std::numeric_limits<std::int64_t>::max()};

}  // namespace

base::Time Part::step_end(base::Time time) const {
  const std::int64_t steps = (time - begin).nanoseconds / step.nanoseconds + 1;
  std::int64_t end_of_step = 0;
  const bool beyond =
      __builtin_mul_overflow(steps, step.nanoseconds, &end_of_step) || __builtin_add_overflow(begin.nanoseconds, end_of_step, &end_of_step);
  return beyond ? kEndOfTime : base::Time{end_of_step};
}

std::shared_ptr<const verdict::Picture> find_picture(std::span<const std::shared_ptr<const verdict::Picture>> pictures, const Part& part,
                                                     base::Time time) {
  const base::Time latest = part.step_end(time);
  const auto after = std::ranges::partition_point(pictures, [&](const auto& picture) { return picture->now <= latest; });
  return after == pictures.begin() ? nullptr : *(after - 1);
}

PictureWindow::PictureWindow(const Part& part, Portray portray, std::function<void()> over)
    : part_(part), portray_(std::move(portray)), over_(std::move(over)), next_(part.begin) {}

Part PictureWindow::part_of(base::Time begin, base::Time end) {
  const std::int64_t limit = static_cast<std::int64_t>(kLimit);
  return {.begin = begin, .end = end, .step = {std::max<std::int64_t>((end - begin).nanoseconds + limit - 1, limit) / limit}};
}

void PictureWindow::add() {
  verdict::Picture made = portray_();
  made.now = next_;
  pictures_.push_back(std::make_shared<const verdict::Picture>(std::move(made)));
}

void PictureWindow::reached(base::Time time) {
  add();
  next_ = part_.step_end(time);
  if (time < part_.end) return;
  next_ = kEndOfTime;
  over_();
}

void PictureWindow::finish() {
  if (next_ != kEndOfTime) add();
}

}  // namespace espy::pipeline
