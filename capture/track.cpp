#include "capture/track.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>

namespace espy::capture {

Track::Track(Cutter cutter, std::string name, std::string format, Filter& filter, Quota& quota)
    : cutter_(std::move(cutter)), filter_(filter), quota_(quota) {
  facts_.name = std::move(name);
  facts_.format = std::move(format);
}

void Track::cut(Batch& batch) {
  batch.frames.clear();
  batch.told.clear();
  batch.now = now_;
  if (!alive_) return;
  const base::Bytes fresh = base::Bytes(batch.buffer).subspan(batch.begin, batch.end - batch.begin);
  if (carry_.size() + fresh.size() < needed_) {
    carry_.insert(carry_.end(), fresh.begin(), fresh.end());
    return;
  }
  put_carry_in_front(batch);
  const base::Bytes bytes = base::Bytes(batch.buffer).subspan(batch.begin, batch.end - batch.begin);
  const Progress progress = cutter_.cut(bytes, batch.frames);
  const base::Bytes rest = bytes.subspan(progress.consumed);
  carry_.assign(rest.begin(), rest.end());
  needed_ = progress.needed;
  place_told(batch);
  select(batch);
  batch.now = now_;
  if (!cutter_.position().damage.empty()) spoil(cutter_.position().damage);
}

void Track::put_carry_in_front(Batch& batch) {
  if (carry_.empty()) return;
  if (carry_.size() > batch.begin) {
    const std::size_t missing = carry_.size() - batch.begin;
    batch.buffer.insert(batch.buffer.begin(), missing, 0);
    batch.begin += missing;
    batch.end += missing;
  }
  batch.begin -= carry_.size();
  batch.offset -= carry_.size();
  std::memcpy(batch.buffer.data() + batch.begin, carry_.data(), carry_.size());
}

void Track::learn_link_types() {
  for (; compiled_ < cutter_.interfaces().size() && refusal_.empty(); ++compiled_) {
    const auto compiled = filter_.compile(cutter_.interfaces()[compiled_].link_type);
    if (!compiled) refusal_ = compiled.error().message;
  }
}

// The next frame says how late the losses told ahead of it can be.
void Track::place_told(Batch& batch) {
  constexpr std::size_t kMostWaiting = 256;
  for (DropsTold& told : waiting_) told.before = 0;
  cutter_.take_told(waiting_);
  auto next = waiting_.begin();
  for (; next != waiting_.end() && next->before < batch.frames.size(); ++next) {
    next->time = std::min(next->time, batch.frames[next->before].time);
    batch.told.push_back(*next);
  }
  waiting_.erase(waiting_.begin(), next);
  // The newest has all that the others have.
  if (waiting_.size() > kMostWaiting) waiting_.erase(waiting_.begin() + kMostWaiting - 1, waiting_.end() - 1);
}

// What the quota shuts out was never read, as far as the facts are concerned.
void Track::select(Batch& batch) {
  Frames& frames = batch.frames;
  learn_link_types();
  if (filter_.empty() && frames.size() <= quota_.left()) {
    count(frames);
    quota_.use(frames.size());
  } else {
    filter(batch);
  }
  if (quota_.left() == 0) alive_ = false;
}

void Track::filter(Batch& batch) {
  Frames& frames = batch.frames;
  auto told = batch.told.begin();
  std::size_t kept = 0;
  for (Frame& frame : frames) {
    if (kept == quota_.left()) break;
    for (; told != batch.told.end() && &frames[told->before] <= &frame; ++told) told->before = kept;
    if (!refusal_.empty() && !filter_.compiled(frame.link_type)) {
      spoil(fmt::format("from frame {} on: {}", frame.number, refusal_));
      break;
    }
    count({&frame, 1});
    if (!filter_.matches(frame)) continue;
    if (&frames[kept] != &frame) frames[kept] = frame;
    ++kept;
  }
  frames.resize(kept);
  // Those ahead of frames that do not match wait for one that does; those behind the quota were never read.
  const auto placed = std::find_if(batch.told.begin(), told, [kept](const DropsTold& one) { return one.before == kept; });
  if (quota_.left() > kept) waiting_.insert(waiting_.begin(), placed, told);
  batch.told.erase(placed, batch.told.end());
  quota_.use(kept);
}

void Track::count(std::span<const Frame> frames) {
  if (frames.empty()) return;
  if (facts_.packets == 0) facts_.first = facts_.last = frames.front().time;
  facts_.packets += frames.size();
  base::Time first = facts_.first;
  base::Time last = facts_.last;
  for (const Frame& frame : frames) {
    facts_.bytes += frame.original_size;
    facts_.truncated += frame.data.size() < frame.original_size ? 1 : 0;
    first = std::min(first, frame.time);
    last = std::max(last, frame.time);
  }
  facts_.first = first;
  facts_.last = last;
  now_ = frames.back().time;
}

void Track::spoil(std::string damage) {
  if (!alive_) return;
  alive_ = false;
  facts_.damaged = true;
  facts_.damage = std::move(damage);
  carry_.clear();
}

SourceFacts Track::facts() const {
  SourceFacts facts = facts_;
  facts.interfaces = cutter_.interfaces();
  const Drops drops = cutter_.drops();
  facts.dropped_by_kernel = drops.by_kernel;
  facts.dropped_by_interface = drops.by_interface;
  FileSecrets secrets = cutter_.secrets();
  facts.secrets = std::move(secrets.blocks);
  facts.secrets_left_out = secrets.left_out;
  return facts;
}

SourceFacts Track::final_facts(const std::string& trouble) const {
  SourceFacts known = facts();
  if (!alive_) return known;
  known.damaged = !trouble.empty() || !carry_.empty() || cutter_.inside();
  if (known.damaged) {
    known.damage =
        !trouble.empty() ? trouble : fmt::format("the file ends inside a record, at offset {}", cutter_.position().offset + carry_.size());
  }
  return known;
}

void prepare(Batch& batch) {
  constexpr std::size_t kUsualSize = kHeadroom + kBlockSize;
  constexpr std::size_t kUsualFrames = kBlockSize / 128;
  // A buffer that grew for a giant frame is not kept.
  if (batch.buffer.size() > 4 * kUsualSize) batch.buffer = {};
  batch.buffer.resize(kUsualSize);
  batch.frames.reserve(kUsualFrames);  // or they are copied while they become more
  batch.frames.clear();
  batch.told.clear();
  batch.begin = batch.end = kHeadroom;
}

bool append(Batch& batch, const Frame& frame) {
  constexpr std::size_t kMaxFrames = 16'384;
  const std::size_t size = frame.data.size();
  const bool fits = size <= batch.buffer.size() - batch.end && batch.frames.size() < kMaxFrames;
  if (!fits && !batch.frames.empty()) return false;
  if (!fits) batch.buffer.resize(batch.end + size);
  std::uint8_t* copy = batch.buffer.data() + batch.end;
  if (size != 0) std::memcpy(copy, frame.data.data(), size);
  batch.frames.push_back(frame);
  batch.frames.back().data = base::Bytes(copy, size);
  batch.end += size;
  return true;
}

void fill(Batch& batch, Input& input, std::size_t size) {
  while (batch.end - batch.begin < size) {
    const std::size_t count = input.read(std::span(batch.buffer).subspan(batch.end, batch.begin + size - batch.end));
    batch.end += count;
    if (count == 0 || input.would_wait()) return;
  }
}

}  // namespace espy::capture
