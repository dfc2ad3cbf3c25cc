#include "cli/closeup.h"

#include <fmt/format.h>

namespace espy::cli {
namespace {

// That a part in sight is shown with: as many as what is read for it gets, so that it looks the same whatever was in sight before.
constexpr std::int64_t kFewestSteps = std::int64_t{pipeline::PictureWindow::kLimit} / Closeup::kWider;

}  // namespace

bool is_fine(base::Duration step, const tui::Period& period) {
  return step.nanoseconds <= (period.length().nanoseconds + kFewestSteps - 1) / kFewestSteps;
}

Closeup::Closeup(const Session& first, const Inputs& inputs, const pipeline::Part& part)
    : first_(first), inputs_(inputs), part_(part), thread_([this] {
        read();
        over_ = true;
      }) {}

void Closeup::stop() {
  const std::lock_guard lock(mutex_);
  left_ = true;
  if (session_ != nullptr) session_->stop();
}

void Closeup::read() {
  auto created = Session::again(first_, inputs_, Details::kKept);
  if (!created) {
    trouble_ = base::to_string(created.error());
    return;
  }
  Session& session = **created;
  {
    const std::lock_guard lock(mutex_);
    if (left_) return;
    session_ = std::move(*created);
  }
  pipeline::PictureWindow window(
      part_, [&session] { return session.picture(std::min(kRows, session.limits().rows)); }, [&session] { session.stop(); });
  session.watch_once({.tap = nullptr, .stops = &window, .committed = {}, .begin_again = {}});
  window.finish();
  pictures_ = window.take_pictures();
  const std::lock_guard lock(mutex_);
  session_ = nullptr;
}

std::string Closeup::words() const {
  const std::lock_guard lock(mutex_);
  const double share = session_ == nullptr ? 0 : session_->progress().value_or(0);
  return fmt::format("reading again for finer steps: {:.0f}%", share * 100);
}

bool Closeup::shows(const tui::Period& period) const {
  return tui::Period{part_.begin, part_.end}.has(period) && is_fine(part_.step, period);
}

std::shared_ptr<const verdict::Picture> Closeup::at(base::Time time) const {
  return time < part_.begin || time >= part_.end ? nullptr : pipeline::find_picture(pictures_, part_, time);
}

std::unique_ptr<tui::Chronicle> Closeup::chronicle() const {
  auto made = std::make_unique<tui::Chronicle>(part_.begin, part_.step);
  for (const auto& picture : pictures_) {
    if (picture == pictures_.front()) {
      made->begin_after(picture);
    } else {
      made->add(picture);
    }
  }
  made->extend_to(part_.end);
  return made;
}

}  // namespace espy::cli
