// Closeup: a part of capture files read once more, with pictures at finer steps than those of the whole. Calls are from one thread; none
// but the destructor waits.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "cli/session.h"
#include "pipeline/picture_window.h"
#include "tui/chronicle.h"

namespace espy::cli {

class Closeup {
 public:
  static constexpr std::size_t kRows = 128;  // of a picture, at most
  static constexpr std::int64_t kWider = 4;  // times what is in sight is read, so that the cursor can move

  // Begins to read. `first` has read the whole of the files and lives on, as `inputs`, which say where they can be read once more, do.
  Closeup(const Session& first, const Inputs& inputs, const pipeline::Part& part);
  ~Closeup() { stop(); }
  Closeup(const Closeup&) = delete;
  Closeup& operator=(const Closeup&) = delete;

  // It is no longer wanted: over() soon.
  void stop();
  bool over() const { return over_; }
  // "reading again for finer steps: 42%"
  std::string words() const;
  // What no step is longer for, and what part() has of.
  bool shows(const tui::Period& period) const;

  // Once it is over. Why there are no pictures, or "".
  const std::string& trouble() const { return trouble_; }
  // Null outside of the part.
  std::shared_ptr<const verdict::Picture> at(base::Time time) const;
  std::unique_ptr<tui::Chronicle> chronicle() const;

 private:
  void read();

  const Session& first_;
  const Inputs& inputs_;
  pipeline::Part part_;
  pipeline::Pictures pictures_;
  std::string trouble_;
  std::atomic<bool> over_{false};
  mutable std::mutex mutex_;
  std::unique_ptr<Session> session_;  // guarded by mutex_
  bool left_ = false;                 // guarded by mutex_
  std::jthread thread_;
};

// Whether steps of `step` show a part so short well enough.
bool is_fine(base::Duration step, const tui::Period& period);

}  // namespace espy::cli
