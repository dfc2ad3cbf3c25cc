#include "tui/player.h"

#include <fmt/format.h>

#include <algorithm>

namespace espy::tui {

void Player::set_bounds(base::Time begin, base::Time end) {
  begin_ = begin;
  end_ = end;
}

void Player::go_to(std::optional<base::Time> moment) {
  cursor_ = moment;
  if (!moment || !begin_.known() || !end_.known()) return;
  cursor_ = std::max(begin_, *moment);
  if (*cursor_ >= end_) {
    cursor_.reset();
    playing_ = false;
  }
}

void Player::move(base::Duration step) {
  if (!end_.known()) return;
  const base::Time from = cursor_.value_or(end_);
  go_to(base::Time{from.nanoseconds + std::clamp(step.nanoseconds, (begin_ - from).nanoseconds, (end_ - from).nanoseconds)});
}

void Player::toggle() {
  playing_ = !playing_;
  if (playing_ && !cursor_ && begin_.known()) cursor_ = begin_;
}

void Player::faster() { speed_ = std::min(speed_ * 2, kFastest); }

void Player::slower() { speed_ = std::max(speed_ / 2, 1); }

void Player::advance(base::Duration elapsed) {
  if (!playing_ || !cursor_) return;
  // A long pause, as after ^z, is no reason to jump.
  const base::Duration counted = std::clamp(elapsed, base::Duration{0}, base::seconds(2));
  move({counted.nanoseconds * speed_});
}

std::string Player::words() const { return cursor_ ? fmt::format("{} x{}", playing_ ? ">" : "||", speed_) : ""; }

}  // namespace espy::tui
