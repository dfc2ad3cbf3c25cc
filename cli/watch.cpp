// watch: the dashboard, on interfaces or on capture files.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <thread>
#include <utility>

#include "capture/clock.h"
#include "cli/commands.h"
#include "cli/demo.h"
#include "cli/file_feed.h"
#include "cli/live_feed.h"
#include "cli/options.h"
#include "cli/session.h"
#include "config/screen_settings.h"
#include "tui/plain.h"
#include "tui/saving.h"
#include "tui/screen.h"

namespace espy::cli {
namespace {

constexpr const char* kExamples = R"(Keys: ? help, Enter opens, Esc goes back, e next bad thing, / filter, Space freezes, q quits.

Examples:
  espy watch --demo
  espy watch -c swanctl.conf -i eth0
  espy watch -c sad.txt -c spd.txt trace.pcapng
  espy watch --once --view sequence --size 120x40 -c esp_sa trace.pcapng
)";

struct WatchOptions {
  Inputs inputs;
  ColorChoice color = ColorChoice::kAuto;
  bool demo = false, once = false, plain = false, ascii = false, utf8 = false, screen_reader = false, redact = false, save = false;
  std::string view, theme;
  tui::Size size;
  std::optional<base::Duration> refresh;
};

constexpr std::chrono::milliseconds kLookEvery{20};

constexpr std::array kViews = {std::pair{"overview", tui::ViewId::kOverview}, std::pair{"requirement", tui::ViewId::kRequirement},
                               std::pair{"sa", tui::ViewId::kAssociation},    std::pair{"leak", tui::ViewId::kLeak},
                               std::pair{"sequence", tui::ViewId::kSequence}, std::pair{"packet", tui::ViewId::kPacket},
                               std::pair{"events", tui::ViewId::kEvents},     std::pair{"timeline", tui::ViewId::kTimeline},
                               std::pair{"capture", tui::ViewId::kCapture},   std::pair{"help", tui::ViewId::kHelp}};

base::Time steady_clock() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::nanoseconds>(since).count()};
}

int fail(const std::vector<base::Error>& errors) {
  for (const base::Error& error : errors) complain(error);
  return kCouldNotRunStatus;
}

std::unique_ptr<tui::Feed> make_feed(const WatchOptions& options, std::unique_ptr<Session> session) {
  if (options.inputs.interfaces.empty()) return std::make_unique<FileFeed>(options.inputs, std::move(session));
  return std::make_unique<LiveFeed>(options.inputs, std::move(session));
}

int run_screen(const WatchOptions& options, tui::Feed& feed, tui::ScreenOptions screen) {
  auto terminal =
      tui::open_terminal({.input = STDIN_FILENO,
                          .output = STDOUT_FILENO,
                          .colour = color(options.color) == report::Color::kNever ? tui::ColourChoice::kNever : tui::ColourChoice::kAuto,
                          .force_utf8 = options.utf8 || screen.settings.glyphs.value_or(tui::Tier::kAscii) != tui::Tier::kAscii});
  if (!terminal) return fail({terminal.error()});
  const auto outcome = tui::run(feed, **terminal, std::move(screen), {.wall = capture::wall_clock, .steady = steady_clock});
  if (!outcome) return fail({outcome.error()});
  terminal->reset();
  if (outcome->signal != 0) {
    std::signal(outcome->signal, SIG_DFL);
    std::raise(outcome->signal);
  }
  return kProtectedStatus;
}

// What is drawn once: of a file all of it, of an interface the first picture, or that of the end of --for.
tui::Moment wait_for_picture(const WatchOptions& options, tui::Feed& feed) {
  for (;;) {
    const tui::Moment moment = feed.look(std::nullopt);
    const bool enough = feed.live() && !options.inputs.duration && moment.whole->now.known();
    if (moment.whole->complete || enough) return moment;
    std::this_thread::sleep_for(kLookEvery);
  }
}

int draw_once(const WatchOptions& options, tui::Feed& feed, tui::ScreenOptions screen) {
  const tui::Moment moment = wait_for_picture(options, feed);
  tui::Screen drawn(feed, std::move(screen));
  drawn.resize(options.size);
  drawn.look(feed.live() ? capture::wall_clock() : moment.whole->now, steady_clock());
  fmt::print("{}", drawn.draw().canvas.text());
  return std::fflush(stdout) == 0 ? kProtectedStatus : kCouldNotRunStatus;
}

// What the command line asks for, or tui.toml; nullopt: what the terminal can show.
std::optional<tui::Tier> glyphs_of(const WatchOptions& options, const tui::Settings& settings) {
  if (options.ascii) return tui::Tier::kAscii;
  return options.utf8 ? tui::Tier::kBraille : settings.glyphs;
}

tui::Tier terminals_tier() {
  const char* terminal = std::getenv("TERM");
  return tui::choose_tier(tui::terminal_codeset(), terminal == nullptr ? "" : terminal);
}

base::Result<tui::Settings> load_settings(const std::string& path) {
  const auto loaded = config::load_screen_settings(path);
  if (!loaded) return std::unexpected(loaded.error());
  std::vector<tui::SettingEntry> entries;
  for (const config::ScreenSetting& one : *loaded) entries.push_back({one.table, one.name, one.values, one.line});
  auto settings = tui::read_settings(entries);
  if (!settings) settings.error().file = path;
  return settings;
}

// What the command line says, over what the file said.
base::Result<void> apply(const WatchOptions& options, tui::Settings& settings) {
  settings.glyphs = glyphs_of(options, settings);
  settings.display.tier = settings.glyphs.value_or(terminals_tier());
  if (options.screen_reader) settings.display.plain = true;
  if (options.redact) settings.display.payload = false;
  if (options.redact) settings.display.redacted_by = "--redact-payload";
  if (options.refresh) settings.interval = *options.refresh;
  if (options.theme.empty()) return {};
  if (tui::find_theme(settings.themes, options.theme) == nullptr)
    return base::fail(fmt::format("--theme {}: there is no such theme", options.theme), "see docs/keys.md");
  settings.theme = options.theme;
  return {};
}

base::Result<std::string> save_settings(const tui::ScreenOptions& screen) {
  if (screen.settings_path.empty()) return base::fail("--save: there is no place for settings: HOME is not set");
  const auto saved = tui::replace_file(screen.settings_path, tui::to_toml(screen.settings));
  if (!saved) return std::unexpected(saved.error());
  return fmt::format("saved {}", screen.settings_path);
}

base::Result<tui::ScreenOptions> screen_options(const WatchOptions& options, const Session& session) {
  tui::ScreenOptions screen;
  screen.settings_path = config::screen_settings_path();
  auto settings = load_settings(screen.settings_path);
  if (!settings) return std::unexpected(settings.error());
  screen.settings = std::move(*settings);
  if (const auto applied = apply(options, screen.settings); !applied) return std::unexpected(applied.error());
  if (const auto& origin = session.redact_payload())
    screen.settings.display.redacted_by = fmt::format("redact-payload in {}", ipsec::to_string(*origin));
  for (const auto& [name, id] : kViews) {
    if (options.view == name) screen.first.view = id;
  }
  if (!options.save) return screen;
  const auto saved = save_settings(screen);
  if (!saved) return std::unexpected(saved.error());
  screen.message = *saved;
  return screen;
}

// A line for each thing that happens, until the capture ends or nobody listens.
int print_plainly(tui::Feed& feed, const tui::Settings& settings) {
  feed.set_interval(settings.interval);
  tui::Plain plain(settings.display.utc);
  for (bool over = false; !over;) {
    const tui::Moment moment = feed.look(std::nullopt);
    over = moment.whole->complete;
    const bool begun = over || moment.whole->now.known();
    if (begun) {
      for (const std::string& line : plain.news(moment)) fmt::print("{}\n", line);
    }
    if (std::fflush(stdout) != 0) return kCouldNotRunStatus;
    if (!over) std::this_thread::sleep_for(kLookEvery);
  }
  return kProtectedStatus;
}

// T19: where no screen can be, there are lines.
bool is_plain(const WatchOptions& options) {
  const char* terminal = std::getenv("TERM");
  const bool dumb = terminal == nullptr || std::string_view(terminal) == "dumb";
  return options.plain || isatty(STDOUT_FILENO) == 0 || dumb;
}

int watch(WatchOptions& options, const Invocation& invocation) {
  const auto checked = options.demo ? base::Result<void>{} : check(options.inputs, invocation.filter);
  if (!checked) return fail({checked.error()});
  auto session = options.demo ? create_demo(options.inputs) : Session::create(options.inputs, Details::kKept);
  if (!session) return fail(session.error());
  auto screen = screen_options(options, **session);
  if (!screen) return fail({screen.error()});
  const bool on_screen = !options.once && !is_plain(options);
  if (!on_screen && !screen->message.empty()) complain(std::exchange(screen->message, {}));
  const std::unique_ptr<tui::Feed> feed = make_feed(options, std::move(*session));
  if (options.once) return draw_once(options, *feed, std::move(*screen));
  if (!on_screen) return print_plainly(*feed, screen->settings);
  return run_screen(options, *feed, std::move(*screen));
}

tui::Size read_size(const std::string& text) {
  int width = 0, height = 0, end = 0;
  const bool read = std::sscanf(text.c_str(), "%dx%d%n", &width, &height, &end) == 2 && static_cast<std::size_t>(end) == text.size();
  if (!read || width < 24 || height < 3 || width > 1'000 || height > 1'000)
    throw CLI::ParseError(fmt::format("--size {}: expected columns and rows such as 80x24, at least 24x3", text), kCouldNotRunStatus);
  return {.width = width, .height = height};
}

void add_looks(CLI::App& command, WatchOptions& options) {
  constexpr const char* kGroup = "Screen";
  std::vector<std::string> names;
  for (const auto& [name, id] : kViews) names.emplace_back(name);
  command.add_option("--view", options.view, fmt::format("The first view: {}", fmt::join(names, ", ")))
      ->check(CLI::IsMember(names))
      ->type_name("VIEW")
      ->group(kGroup);
  command.add_flag("--demo", options.demo, "Show a capture that espy brings along")->group(kGroup);
  command.add_flag("--once", options.once, "Print one screen and end")->group(kGroup);
  command
      .add_option_function<std::string>(
          "--size", [&options](const std::string& text) { options.size = read_size(text); },
          "With --once: columns and rows, 80x24 if not said")
      ->type_name("WxH")
      ->group(kGroup);
  command
      .add_flag("--plain", options.plain, "No screen: a line for each thing that happens; so it is where standard output is no terminal")
      ->group(kGroup);
  command.add_flag("--screen-reader", options.screen_reader, "Neither boxes nor graphs")->group(kGroup);
  command.add_flag("--ascii", options.ascii, "No characters outside ASCII")->group(kGroup);
  command.add_flag("--utf8", options.utf8, "Blocks and braille, whatever the locale says")->group(kGroup);
  command.add_option("--theme", options.theme, "default, deuteranopia, tritanopia, high-contrast, light, mono, or one of tui.toml")
      ->type_name("NAME")
      ->group(kGroup);
  command
      .add_option_function<std::string>(
          "--refresh",
          [&options](const std::string& text) {
            const auto read = read_duration(text);
            if (!read) throw CLI::ParseError(fmt::format("--refresh {}", base::to_string(read.error())), kCouldNotRunStatus);
            if (*read < tui::kShortestInterval || *read > tui::kLongestInterval)
              throw CLI::ParseError(fmt::format("--refresh {}: from 250ms to 60s", text), kCouldNotRunStatus);
            options.refresh = *read;
          },
          "How often the screen is drawn, 250ms to 60s; 1s if not said")
      ->type_name("TIME")
      ->group(kGroup);
  command.add_flag("--save", options.save, "Keep these looks: write them to tui.toml, as the key C does")->group(kGroup);
  command.add_flag("--redact-payload", options.redact, "Never show octets of packets")->group(kGroup);
  add_color(command, options.color);
}

}  // namespace

void add_watch(CLI::App& program, Invocation& invocation) {
  CLI::App* command = program.add_subcommand("watch", "Show it all on a dashboard, while it happens or from capture files");
  command->footer(kExamples);
  auto options = std::make_shared<WatchOptions>();
  add_inputs(*command, options->inputs);
  add_looks(*command, *options);
  command->callback([options, &invocation] { invocation.exit_status = watch(*options, invocation); });
}

}  // namespace espy::cli
