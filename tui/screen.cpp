#include "tui/screen.h"

#include <fmt/format.h>

#include <algorithm>

namespace espy::tui {
namespace {

constexpr std::size_t kLongestStep = 40;  // cells of one step in the breadcrumb

bool tells_verdict(ViewId view) { return view == ViewId::kOverview || view == ViewId::kTimeline || view == ViewId::kCapture; }

std::string_view verdict_word(State state) {
  switch (state) {
    case State::kLeak: return "VIOLATED";
    case State::kOk: return "PROTECTED";
    default: return "INCONCLUSIVE";
  }
}

std::string so_far(const verdict::Picture& picture) {
  if (picture.complete || picture.live) return "";
  return picture.progress ? fmt::format("so far ({:.0f}% read): ", *picture.progress * 100) : "so far: ";
}

// "10.0.0.0/8 > 192.0.2.1/32 tcp/23"
std::string ends_of(const verdict::RequirementSummary& requirement) {
  std::string text = fmt::format("{} > {}", requirement.from, requirement.to);
  if (requirement.protocol) text += " " + *requirement.protocol;
  if (requirement.to_port) text += "/" + *requirement.to_port;
  return text;
}

}  // namespace

Screen::Screen(Feed& feed, ScreenOptions options) : feed_(feed), options_(std::move(options)) {
  levels_.push_back({.step = {ViewId::kOverview, ""}, .focus = Pane::kRequirements});
  moment_ = feed_.look(std::nullopt);
  health_ = meter_.measure(*moment_.whole);
  if (options_.first.view != ViewId::kOverview) open_step(options_.first);
}

void Screen::look(base::Time wall, base::Time steady) {
  if (steady_.known()) player_.advance(steady - steady_);
  wall_ = wall;
  steady_ = steady;
  moment_ = feed_.look(player_.cursor());
  health_ = meter_.measure(*moment_.whole);
  if (auto news = feed_.take_news()) tell(std::move(*news));
  if (feed_.live()) return;
  player_.set_bounds(whole_period().begin, moment_.whole->now);
  if (level().step.view == ViewId::kTimeline) feed_.look_closely(looked_at());
  before_ = player_.cursor() ? feed_.at({player_.cursor()->nanoseconds - window().nanoseconds}) : nullptr;
}

// A part of what is in sight, until a person says how long.
base::Duration Screen::window() const {
  constexpr std::int64_t kPart = 8;
  if (window_.nanoseconds > 0) return window_;
  return round_length({in_sight(whole_period(), player_.cursor(), level().zoom).length().nanoseconds / kPart});
}

// What is to be shown at fine steps: the part in sight or, where that is all of the file, the window that was asked for.
Period Screen::looked_at() const {
  const Period whole = whole_period();
  if (level().zoom > 0 || window_.nanoseconds == 0 || !player_.cursor()) return in_sight(whole, player_.cursor(), level().zoom);
  return around(whole, *player_.cursor(), window_);
}

bool Screen::started() const { return !feed_.live() || moment_.whole->summary.packets.total > 0 || moment_.whole->complete; }

const verdict::Picture& Screen::shown() const {
  const auto& newest = frozen_ ? frozen_->moment.picture : moment_.picture;
  return !options_.settings.display.names && addressed_.of == newest ? *addressed_.picture : *newest;
}

// With names off, rows are told by their addresses: a copy of the picture, made when there is another one.
void Screen::address() {
  const auto& newest = frozen_ ? frozen_->moment.picture : moment_.picture;
  if (options_.settings.display.names) {
    addressed_ = {};
  } else if (addressed_.of != newest) {
    verdict::Picture copy = *newest;
    for (verdict::RequirementSummary& requirement : copy.summary.requirements) requirement.name = ends_of(requirement);
    addressed_ = {.of = newest, .picture = std::make_shared<const verdict::Picture>(std::move(copy))};
  }
}

const Theme& Screen::theme() const {
  const Theme* found = find_theme(options_.settings.themes, options_.settings.theme);
  return found == nullptr ? built_in_themes().front() : *found;
}

// A file that plays or is still read is drawn four times a second, the most that T18 allows.
base::Duration Screen::interval() const {
  const bool reading = !feed_.live() && (!moment_.whole->complete || !feed_.work().empty());
  return player_.playing() || reading ? kShortestInterval : options_.settings.interval;
}

Effects Screen::take_effects() { return std::exchange(effects_, {}); }

// The row of the overview's first pane that is selected, or its first.
std::string Screen::requirement(const Scene& scene) const {
  const auto& selected = levels_.front().selected;
  const auto found = selected.find(Pane::kRequirements);
  if (found != selected.end()) return found->second;
  if (levels_.size() > 1) return "";
  const std::vector<Item> rows = view(ViewId::kOverview).items(scene, Pane::kRequirements);
  return rows.empty() ? "" : rows.front().key;
}

Scene Screen::scene() const {
  Scene scene{.picture = shown(),
              .whole = frozen_ ? *frozen_->moment.whole : *moment_.whole,
              .chronicle = frozen_ ? frozen_->chronicle : *moment_.chronicle,
              .display = options_.settings.display,
              .filter = level().filter,
              .sort = level().sort,
              .subject = level().step.key,
              .requirement = "",
              .cursor = player_.cursor(),
              .closeup = frozen_ ? nullptr : moment_.closeup,
              .window = feed_.live() ? base::Duration{} : window(),
              .before = before_.get(),
              .selected = level().selected,
              .focus = level().focus,
              .maximised = level().maximised,
              .columns_skipped = level().columns_skipped,
              .scroll = level().scroll,
              .offset = level().offset,
              .number = level().number,
              .keymap = &options_.settings.keymap,
              .held_order = level().held_order,
              .unfolded = level().unfolded,
              .list_only = level().list_only,
              .size = size_,
              .marked = level().marked,
              .hidden_columns = level().hidden_columns};
  scene.display.zoom = level().zoom;
  scene.requirement = requirement(scene);
  return scene;
}

std::vector<std::string> Screen::path() const {
  std::vector<std::string> steps;
  for (std::size_t i = 1; i < levels_.size(); ++i) {
    const Step& step = levels_[i].step;
    const bool named = step.key.empty() || step.view == ViewId::kHelp;
    const std::string text = named ? std::string(name(step.view)) : fmt::format("{} {}", name(step.view), step.key);
    steps.push_back(shorten(text, kLongestStep));
  }
  return steps;
}

std::string Screen::word_of(State state, const Scene& scene) const {
  if (!tells_verdict(level().step.view)) return std::string(current().headline_word(scene));
  const bool lowered_now = scene.whole.summary.verdict == verdict::Verdict::kProtected && state == State::kWarn;
  return std::string(lowered_now ? "WARN" : verdict_word(state));
}

FrameFacts Screen::frame_facts(const Scene& scene) const {
  FrameFacts facts{.live = feed_.live(),
                   .feed = feed_.name(),
                   .playing = player_.words(),
                   .path = path(),
                   .filter = level().filter.text(),
                   .bpf = scene.whole.summary.filter.value_or(""),
                   .clock = feed_.live() ? wall_ : player_.cursor().value_or(moment_.whole->now),
                   .interval = options_.settings.interval,
                   .picture = moment_.whole.get(),
                   .health = &health_,
                   .display = &options_.settings.display,
                   .view = level().step.view,
                   .keymap = &options_.settings.keymap};
  auto [state, sentence] = current().headline(scene);
  if (tells_verdict(facts.view)) state = lowered(state, health_);
  facts.state = state;
  facts.word = word_of(state, scene);
  facts.sentence = so_far(*moment_.whole) + sentence;
  if (frozen_) {
    facts.frozen = steady_ - frozen_->since;
    const verdict::Verdict now = moment_.whole->summary.verdict;
    if (now > scene.whole.summary.verdict) facts.sentence = fmt::format("now {}; when frozen: {}", verdict::name(now), facts.sentence);
  }
  return facts;
}

void Screen::draw_message(Canvas& canvas, Area area) const {
  const std::string message = message_.empty() ? feed_.work() : message_;
  if (message.empty()) return;
  const int row = area.height > 0 ? area.row + area.height - 1 : canvas.height() - 1;
  canvas.put(row, 0, std::string(static_cast<std::size_t>(canvas.width()), ' '), {.reverse = true});
  canvas.put(row, 1, shorten(message, canvas.width() - 2), {.role = Role::kTitle, .reverse = true});
}

const Screen::Picture& Screen::draw() {
  address();
  settle_selection();
  Canvas canvas(size_.width, size_.height);
  const Area area = body_area({canvas.width(), canvas.height()}, display().layout);
  const Scene drawn_from = scene();
  draw_frame(canvas, frame_facts(drawn_from));
  drawn_ = area.height > 0 ? current().draw(drawn_from, canvas, area) : Drawn{};
  int row = drawn_.cursor_row, column = 0;
  if (menu_) row = menu_->draw(canvas, area, drawn_from.display);
  draw_message(canvas, area);
  if (prompt_) {
    row = area.height > 0 ? area.row : canvas.height() - 1;
    column = prompt_->draw(canvas, row);
  }
  picture_ = Picture{std::move(canvas), row, column};
  return *picture_;
}

}  // namespace espy::tui
