#include "bench/limit_line.h"

#include <sys/stat.h>
#include <unistd.h>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <thread>

namespace espy::bench {

namespace {

constexpr std::size_t kFileHeaderSize = 24;
constexpr std::size_t kRecordHeaderSize = 16;
constexpr std::size_t kCapturedLength = 8;

std::uint64_t file_size(int descriptor) {
  struct stat facts {};
  if (::fstat(descriptor, &facts) == 0 && S_ISREG(facts.st_mode)) return static_cast<std::uint64_t>(facts.st_size);
  std::fputs("the capture must be a regular file\n", stderr);
  std::exit(2);
}

}  // namespace

Batch::Batch()
    : octets_(static_cast<std::uint8_t*>(::operator new (kCarried + kSize, std::align_val_t{4096}))),
      frames_(kMostFrames),
      observations_(kMostFrames) {}

Line::Line(int descriptor, unsigned jobs, Work& work)
    : descriptor_(descriptor),
      jobs_(jobs),
      work_(work),
      slots_(2 * jobs + 1),
      tickets_((file_size(descriptor) + Batch::kSize - 1) / Batch::kSize) {
  for (std::size_t index = 0; index < slots_.size(); ++index) spare_.push_back(std::make_unique<Batch>());
}

void Line::run() {
  std::vector<std::jthread> workers;
  for (unsigned worker = 1; worker < jobs_; ++worker) workers.emplace_back([this, worker] { work_as(worker); });
  work_as(0);
}

void Line::work_as(unsigned worker) {
  std::unique_lock lock(mutex_);
  for (;;) {
    const Task task = next_task();
    if (task.step == Step::kEnd) return;
    if (task.step == Step::kWait) {
      ++waiting_;
      changed_.wait(lock);
      --waiting_;
      continue;
    }
    lock.unlock();
    perform(task, worker);
    lock.lock();
    settle(task);
    if (waiting_ > 0) changed_.notify_all();
  }
}

// What is furthest comes first, so that few batches are under way and these are in the cache.
Line::Task Line::next_task() {
  if (next_commit_ == tickets_) return {Step::kEnd};
  if (!committing_ && slot(next_commit_).state == State::kInspected) {
    committing_ = true;
    return {Step::kCommit, next_commit_};
  }
  if (const std::uint64_t ticket = find_cut(); ticket != tickets_) {
    slot(ticket).state = State::kInspecting;
    return {Step::kInspect, ticket};
  }
  if (next_cut_ < tickets_ && slot(next_cut_).state == State::kRead) {
    slot(next_cut_).state = State::kCutting;
    return {Step::kCut, next_cut_};
  }
  if (next_read_ < tickets_ && !spare_.empty()) {
    Slot& taken = slot(next_read_);
    taken.batch = std::move(spare_.back());
    spare_.pop_back();
    taken.state = State::kReading;
    return {Step::kRead, next_read_++};
  }
  return {Step::kWait};
}

std::uint64_t Line::find_cut() const {
  for (std::uint64_t ticket = next_cut_; ticket-- > next_commit_;)
    if (slot(ticket).state == State::kCut) return ticket;
  return tickets_;
}

void Line::perform(const Task& task, unsigned worker) {
  Batch& batch = *slot(task.ticket).batch;
  switch (task.step) {
    case Step::kRead: read(task.ticket); break;
    case Step::kCut: cut(batch); break;
    case Step::kInspect: work_.inspect(batch, worker); break;
    default: work_.commit(batch); break;
  }
}

void Line::settle(const Task& task) {
  Slot& done = slot(task.ticket);
  switch (task.step) {
    case Step::kRead: done.state = State::kRead; break;
    case Step::kCut:
      done.state = State::kCut;
      ++next_cut_;
      break;
    case Step::kInspect: done.state = State::kInspected; break;
    default:
      spare_.push_back(std::move(done.batch));
      done.state = State::kNone;
      committing_ = false;
      ++next_commit_;
      break;
  }
}

void Line::read(std::uint64_t ticket) {
  Batch& batch = *slot(ticket).batch;
  const ssize_t size = ::pread(descriptor_, batch.octets() + Batch::kCarried, Batch::kSize, static_cast<off_t>(ticket * Batch::kSize));
  if (size < 0) {
    std::perror("pread");
    std::exit(2);
  }
  batch.end_ = Batch::kCarried + static_cast<std::size_t>(size);
}

void Line::cut(Batch& batch) {
  const std::uint8_t* const octets = batch.octets();
  std::size_t place = Batch::kCarried - carried_.size();
  if (!carried_.empty()) std::memcpy(batch.octets() + place, carried_.data(), carried_.size());
  if (next_cut_ == 0) place += kFileHeaderSize;
  std::uint32_t* frame = batch.frames_.data();
  while (place + kRecordHeaderSize <= batch.end_) {
    std::uint32_t size;
    std::memcpy(&size, octets + place + kCapturedLength, sizeof size);
    const std::size_t next = place + kRecordHeaderSize + size;
    if (next > batch.end_) break;
    *frame++ = static_cast<std::uint32_t>(place + kRecordHeaderSize);
    place = next;
  }
  batch.frame_count_ = static_cast<std::size_t>(frame - batch.frames_.data());
  if (batch.end_ - place > Batch::kCarried) {
    std::fputs("a record is larger than a batch can carry over\n", stderr);
    std::exit(2);
  }
  carried_.assign(octets + place, octets + batch.end_);
}

}  // namespace espy::bench
