#include "tui/chronicle.h"

#include <algorithm>
#include <utility>

#include "tui/blindness.h"

namespace espy::tui {
namespace {

constexpr base::Duration kSecond = base::seconds(1);
constexpr base::Duration kMinuteStep = base::seconds(60);
constexpr base::Duration kHalfHour = base::seconds(1'800);

std::uint64_t since(std::uint64_t now, std::uint64_t before) { return now > before ? now - before : 0; }

}  // namespace

Chronicle::Chronicle()
    : axes_{{.origin = {0}, .step = kSecond, .capacity = 60, .growth = Axis::Growth::kRolls},
            {.origin = {0}, .step = kMinuteStep, .capacity = 60, .growth = Axis::Growth::kRolls},
            {.origin = {0}, .step = kHalfHour, .capacity = 48, .growth = Axis::Growth::kRolls}} {}

Chronicle::Chronicle(base::Time begin, base::Duration step)
    : axes_{{.origin = begin, .step = std::max(step, base::Duration{1}), .capacity = kFileSlices, .growth = Axis::Growth::kStretches}} {}

void Chronicle::stretch() {
  axes_.front().step.nanoseconds *= 2;
  for (auto& [key, track] : tracks_) track.spans.front().stretch();
}

void Chronicle::stretch_to(base::Time time) {
  const Axis& axis = axes_.front();
  while (axis.growth == Axis::Growth::kStretches && std::cmp_greater_equal(axis.slot(time), axis.capacity)) stretch();
}

void Chronicle::stretch_to(base::Duration step) {
  while (axes_.front().growth == Axis::Growth::kStretches && axes_.front().step < step) stretch();
}

bool Chronicle::make_room() {
  if (tracks_.size() < kTrackLimit) return true;
  std::erase_if(tracks_, [&](const auto& entry) { return entry.second.touched + 1 < pictures_; });
  return tracks_.size() < kTrackLimit;
}

Chronicle::Track* Chronicle::track(const std::string& key) {
  if (const auto found = tracks_.find(key); found != tracks_.end()) return &found->second;
  if (!make_room()) return nullptr;
  return &tracks_.emplace(key, Track{.counted = {}, .touched = 0, .spans = std::vector<Slices>(axes_.size())}).first->second;
}

void Chronicle::add_to(const std::string& key, const Counted& now, Slice slice) {
  Track* one = track(key);
  if (one == nullptr) return;
  slice.encrypted = since(now.encrypted, one->counted.encrypted);
  slice.clear = since(now.clear, one->counted.clear);
  slice.forged = since(now.forged, one->counted.forged);
  one->counted = now;
  one->touched = pictures_;
  if (!counts_) return;
  for (std::size_t span = 0; span < axes_.size(); ++span) one->spans[span].add(axes_[span], now_, slice);
}

void Chronicle::add(const std::shared_ptr<const verdict::Picture>& picture) {
  if (!picture->now.known()) return;
  // What a picture counts came before its moment.
  now_ = {picture->now.nanoseconds - 1};
  ++pictures_;
  stretch_to(now_);
  count(*picture, went_blind(last_.get(), *picture));
  log_.add(last_.get(), *picture);
  last_ = picture;
}

void Chronicle::begin_after(const std::shared_ptr<const verdict::Picture>& picture) {
  counts_ = false;
  count(*picture, false);
  counts_ = true;
  last_ = picture;
}

void Chronicle::extend_to(base::Time end) {
  now_ = std::max(now_, base::Time{end.nanoseconds - 1});
  stretch_to(now_);
}

void Chronicle::count(const verdict::Picture& picture, bool blind) {
  Counted all;
  std::vector<std::string> rekeyed;
  for (const verdict::AssociationSummary& association : picture.summary.associations) {
    if (association.packets == 0) continue;
    const std::string key = "s " + association_key(association);
    const bool fresh = !tracks_.contains(key);
    if (fresh) rekeyed.insert(rekeyed.end(), association.requirements.begin(), association.requirements.end());
    const std::uint64_t bad = association.integrity_checks.bad;
    add_to(key, {.encrypted = since(association.packets, bad), .clear = 0, .forged = bad}, {.blind = blind, .rekey = fresh});
  }
  for (const verdict::RequirementSummary& requirement : picture.summary.requirements) {
    const Counted counted{.encrypted = requirement.packets.protected_ + requirement.packets.unverified,
                          .clear = requirement.packets.leaked,
                          .forged = requirement.packets.forged};
    all.encrypted += counted.encrypted;
    all.clear += counted.clear;
    all.forged += counted.forged;
    const bool rekey = std::ranges::find(rekeyed, requirement.id) != rekeyed.end();
    add_to("r " + requirement.id, counted, {.blind = blind, .rekey = rekey});
  }
  add_to("", all, {.blind = blind, .rekey = !rekeyed.empty()});
}

Series Chronicle::series(const std::string& key, Span span) const {
  const std::size_t index = std::min(static_cast<std::size_t>(span), axes_.size() - 1);
  const auto found = tracks_.find(key);
  if (!now_.known()) return {.begin = axes_[index].origin, .step = axes_[index].step, .slices = {}};
  static const Slices kNothing;
  return (found == tracks_.end() ? kNothing : found->second.spans[index]).series(axes_[index], now_);
}

}  // namespace espy::tui
