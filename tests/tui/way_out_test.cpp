// T16: whatever ends the program, the terminal is as it was. The program is a child on a pseudo-terminal of its own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <termios.h>

#include <cassert>
#include <csignal>
#include <cstdlib>
#include <stdexcept>

#include "tests/tui/fake_terminal.h"
#include "tests/tui/vterm_screen.h"
#include "tui/screen.h"

namespace espy::tui {
namespace {

using testing::FakeFeed;
using ::testing::HasSubstr;

enum class Mishap : std::uint8_t { kNone, kAbort, kAssert, kThrow, kThrowUncaught, kFault };

// A feed whose third look goes wrong.
class FaultyFeed final : public Feed {
 public:
  explicit FaultyFeed(Mishap mishap) : mishap_(mishap) { picture_->live = true; }
  Moment look(std::optional<base::Time>) override {
    if (++looks_ > 2) go_wrong();
    return {.picture = picture_, .whole = picture_, .chronicle = &chronicle_};
  }
  bool live() const override { return true; }
  std::string name() const override { return "eth0"; }
  void set_interval(base::Duration) override {}
  base::Result<std::string> save_packets(const std::string&) override { return base::fail("none"); }
  base::Result<std::string> save_report() override { return base::fail("none"); }

 private:
  void go_wrong() const {
    switch (mishap_) {
      case Mishap::kNone: return;
      case Mishap::kAbort: std::abort();
      case Mishap::kAssert: assert(false && "the sky is blue"); return;
      case Mishap::kThrow:
      case Mishap::kThrowUncaught: throw std::runtime_error("what was thrown");
      case Mishap::kFault: ::raise(SIGSEGV);
    }
  }

  Mishap mishap_;
  int looks_ = 0;
  std::shared_ptr<verdict::Picture> picture_ = std::make_shared<verdict::Picture>(make_picture());
  Chronicle chronicle_;

  static verdict::Picture make_picture() {
    verdict::Picture picture;
    picture.summary.packets.total = 1;
    return picture;
  }
};

void use_terminal(int slave) {
  ::setsid();
  ::ioctl(slave, TIOCSCTTY, 0);
  for (const int standard : {0, 1, 2}) ::dup2(slave, standard);
  const rlimit none{.rlim_cur = 0, .rlim_max = 0};
  ::setrlimit(RLIMIT_CORE, &none);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGABRT, SIGSEGV}) ::signal(signal, SIG_DFL);
}

base::Time steady() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return {std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec};
}

// What the cli does, in short.
int run_screen(Mishap mishap) {
  FaultyFeed feed(mishap);
  auto terminal = open_terminal({});
  if (!terminal) return 9;
  ScreenOptions options;
  options.settings.interval = base::milliseconds(250);
  const auto outcome = run(feed, **terminal, std::move(options), {.wall = steady, .steady = steady});
  if (outcome && outcome->signal != 0) {
    terminal->reset();
    ::signal(outcome->signal, SIG_DFL);
    ::raise(outcome->signal);
  }
  return 0;
}

int run_and_catch(Mishap mishap) {
  try {
    return run_screen(mishap);
  } catch (const std::exception& error) {
    ::dprintf(STDERR_FILENO, "caught: %s\n", error.what());
    return 7;
  }
}

// Nobody above catches: not even the test's own frame.
int run_uncaught(Mishap mishap) noexcept { return run_screen(mishap); }

class WayOut : public ::testing::Test {
 protected:
  void SetUp() override {
    ::setenv("TERM", "xterm-256color", 1);
    ::setenv("LC_ALL", "C.UTF-8", 1);
    ::tcgetattr(screen.slave(), &before);
  }

  void begin(Mishap mishap) {
    screen.stop_listening();
    child = ::fork();
    if (child != 0) return screen.listen();
    ::close(screen.master());
    use_terminal(screen.slave());
    ::_exit(mishap == Mishap::kThrowUncaught ? run_uncaught(mishap) : run_and_catch(mishap));
  }

  void wait_for_picture() { ASSERT_NE(screen.wait_for("LIVE eth0"), std::string::npos); }

  int end() {
    int status = 0;
    ::waitpid(child, &status, 0);
    return status;
  }

  void expect_sane_terminal() {
    termios after{};
    ::tcgetattr(screen.slave(), &after);
    EXPECT_EQ(after.c_lflag, before.c_lflag);
    EXPECT_EQ(after.c_iflag, before.c_iflag);
    EXPECT_EQ(after.c_oflag, before.c_oflag);
    screen.settle();
    EXPECT_FALSE(screen.alternate_screen());
    EXPECT_TRUE(screen.cursor_visible());
    EXPECT_THAT(screen.raw(), HasSubstr("\x1b[?1049l"));
    EXPECT_THAT(screen.raw().substr(screen.raw().rfind("\x1b[?1049h")), ::testing::ContainsRegex("\x1b\\[(0?;?10|0|)?m"))
        << "colours are reset";
  }

  VtermScreen screen{{.width = 80, .height = 24}, VtermScreen::Listens::kLater};
  termios before{};
  pid_t child = -1;
};

TEST_F(WayOut, EndsOrderlyAtQ) {
  begin(Mishap::kNone);
  wait_for_picture();
  screen.type("q");
  EXPECT_EQ(end(), 0);
  expect_sane_terminal();
}

TEST_F(WayOut, KeepsThePictureAtCapitalQ) {
  begin(Mishap::kNone);
  wait_for_picture();
  screen.type("Q");
  EXPECT_EQ(end(), 0);
  expect_sane_terminal();
  EXPECT_THAT(screen.text(), HasSubstr("? Help  q Quit"));
}

// As a shell runs it: a job of its own, that stops at ^z and goes on at `fg`.
int run_job(int go_on) {
  ::signal(SIGTTOU, SIG_IGN);
  const pid_t job = ::fork();
  const pid_t group = job == 0 ? ::getpid() : job;
  ::setpgid(group, group);
  ::tcsetpgrp(STDIN_FILENO, group);
  if (job == 0) {
    ::signal(SIGTTOU, SIG_DFL);
    ::_exit(run_and_catch(Mishap::kNone));
  }
  int status = 0;
  ::waitpid(job, &status, WUNTRACED);
  if (!WIFSTOPPED(status)) return 8;
  ::tcsetpgrp(STDIN_FILENO, ::getpgrp());
  ::dprintf(STDOUT_FILENO, "the job stopped");
  char octet = 0;
  if (::read(go_on, &octet, 1) != 1) return 9;
  ::tcsetpgrp(STDIN_FILENO, job);
  ::kill(-job, SIGCONT);
  ::waitpid(job, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 10;
}

TEST_F(WayOut, StopsAndGoesOn) {
  int go_on[2];
  ASSERT_EQ(::pipe(go_on), 0);
  child = ::fork();
  if (child == 0) {
    ::close(screen.master());
    use_terminal(screen.slave());
    ::_exit(run_job(go_on[0]));
  }
  screen.listen();
  wait_for_picture();
  screen.type("\x1a");
  const std::size_t stopped = screen.wait_for("the job stopped");
  ASSERT_NE(stopped, std::string::npos);
  expect_sane_terminal();
  ASSERT_EQ(::write(go_on[1], "x", 1), 1);
  ASSERT_NE(screen.wait_for("LIVE eth0", stopped), std::string::npos);
  screen.settle();
  EXPECT_TRUE(screen.alternate_screen());
  screen.type("q");
  EXPECT_EQ(end(), 0);
  expect_sane_terminal();
  for (const int each : go_on) ::close(each);
}

TEST_F(WayOut, EndsBySignalsAndDiesOfThem) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
    const std::size_t so_far = screen.raw().size();
    begin(Mishap::kNone);
    ASSERT_NE(screen.wait_for("LIVE eth0", so_far), std::string::npos);
    ::kill(child, signal);
    const int status = end();
    EXPECT_TRUE(WIFSIGNALED(status)) << signal;
    EXPECT_EQ(WTERMSIG(status), signal);
    expect_sane_terminal();
  }
}

TEST_F(WayOut, EndsAtControlC) {
  begin(Mishap::kNone);
  wait_for_picture();
  screen.type("\x03");
  const int status = end();
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGINT);
  expect_sane_terminal();
}

TEST_F(WayOut, SurvivesAbort) {
  begin(Mishap::kAbort);
  const int status = end();
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGABRT);
  expect_sane_terminal();
}

TEST_F(WayOut, ShowsWhatAnAssertionSaidAfterTheScreen) {
  begin(Mishap::kAssert);
#ifdef NDEBUG
  ::kill(child, SIGKILL);
  end();
  GTEST_SKIP() << "assertions are off in this build";
#endif
  end();
  expect_sane_terminal();
  const std::string raw = screen.raw();
  EXPECT_GT(raw.rfind("the sky is blue"), raw.rfind("\x1b[?1049l"));
  EXPECT_NE(raw.rfind("the sky is blue"), std::string::npos);
}

TEST_F(WayOut, ShowsACaughtExceptionAfterTheScreen) {
  begin(Mishap::kThrow);
  const int status = end();
  EXPECT_EQ(WEXITSTATUS(status), 7);
  expect_sane_terminal();
  EXPECT_THAT(screen.text(), HasSubstr("caught: what was thrown"));
}

TEST_F(WayOut, SurvivesAnUncaughtException) {
  begin(Mishap::kThrowUncaught);
  const int status = end();
  EXPECT_TRUE(WIFSIGNALED(status));
  expect_sane_terminal();
  const std::string raw = screen.raw();
  ASSERT_NE(raw.rfind("what was thrown"), std::string::npos);
  EXPECT_GT(raw.rfind("what was thrown"), raw.rfind("\x1b[?1049l"));
}

TEST_F(WayOut, SurvivesAFault) {
  begin(Mishap::kFault);
  const int status = end();
  EXPECT_FALSE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  expect_sane_terminal();
}

}  // namespace
}  // namespace espy::tui
