#include "tui/event_log.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "tui/words.h"

namespace espy::tui {
namespace {

using verdict::Severity;

constexpr std::size_t kOdditiesInOnePicture = 8;  // of one SA; the others are told as a number
constexpr std::size_t kPartEvicted = 8;           // at once, of all

std::string flow_text(const verdict::Leak& leak) {
  return fmt::format("{} > {} {}", end_words(leak.source, leak.source_port), end_words(leak.destination, leak.destination_port),
                     leak.protocol);
}

std::string sequence_text(const verdict::SequenceEvent& event) {
  using Kind = verdict::SequenceEventKind;
  switch (event.kind) {
    case Kind::kGap:
      if (event.count == 1) return fmt::format("number {} missing", event.number);
      return fmt::format("{} numbers missing, {} to {}", event.count, event.number, event.number + event.count - 1);
    case Kind::kLate: return fmt::format("number {} late, {} behind", event.number, event.distance);
    case Kind::kDuplicate: return fmt::format("number {} twice", event.number);
    case Kind::kReplayed: return fmt::format("number {} again, a replay", event.number);
    case Kind::kReset: return fmt::format("the numbers began again, seen at {}", event.number);
  }
  return "";
}

Severity severity_of(verdict::SequenceEventKind kind) {
  const bool warns = kind == verdict::SequenceEventKind::kReplayed || kind == verdict::SequenceEventKind::kReset ||
                     kind == verdict::SequenceEventKind::kGap;
  return warns ? Severity::kWarning : Severity::kNote;
}

const verdict::CaptureState* find_capture(const verdict::Picture* picture, const std::string& name) {
  if (picture == nullptr) return nullptr;
  const auto found = std::ranges::find(picture->captures, name, &verdict::CaptureState::name);
  return found == picture->captures.end() ? nullptr : &*found;
}

const verdict::RequirementSummary* find_requirement(const verdict::Picture* picture, const std::string& id) {
  if (picture == nullptr) return nullptr;
  const auto found = std::ranges::find(picture->summary.requirements, id, &verdict::RequirementSummary::id);
  return found == picture->summary.requirements.end() ? nullptr : &*found;
}

// What other events tell, and what is true of every run at its start.
bool is_told_otherwise(const std::string& code) {
  return code.starts_with("leak.") || code == "policy.unseen" || code == "capture.drops" || code == "sa.unused" || code == "sa.gap" ||
         code == "sa.icv-bad";
}

Severity severity_of(verdict::Verdict verdict) {
  if (verdict == verdict::Verdict::kViolated) return Severity::kCritical;
  return verdict == verdict::Verdict::kInconclusive ? Severity::kWarning : Severity::kNote;
}

}  // namespace

std::string_view name(EventKind kind) {
  switch (kind) {
    case EventKind::kStart: return "START";
    case EventKind::kLeak: return "LEAK";
    case EventKind::kForged: return "FORGED";
    case EventKind::kSequence: return "SEQ";
    case EventKind::kRekey: return "SA";
    case EventKind::kDrop: return "DROP";
    case EventKind::kInterface: return "IFACE";
    case EventKind::kFinding: return "FOUND";
    case EventKind::kVerdict: return "VERDICT";
  }
  return "";
}

std::string association_key(const verdict::AssociationSummary& association) {
  const std::string spi = association.spi ? base::to_string(*association.spi) : "any";
  return fmt::format("{} {} {} > {}", association.protocol, spi, association.source, association.destination);
}

std::string leak_key(const verdict::Leak& leak) {
  return fmt::format("{} {} {}", leak.requirement, flow_text(leak), verdict::name(leak.reason));
}

void EventLog::add(const verdict::Picture* before, const verdict::Picture& picture) {
  leaks_.turn();
  findings_.turn();
  associations_.turn();
  const std::size_t old = events_.size();
  add_captures(before, picture);
  add_leaks(picture);
  add_associations(picture);
  add_findings(picture);
  add_verdicts(before, picture);
  std::ranges::stable_sort(events_.begin() + static_cast<std::ptrdiff_t>(old), events_.end(), {}, &Event::time);
  for (std::size_t index = old; index < events_.size(); ++index) events_[index].number = next_++;
  if (events_.size() <= limit_) return;
  const std::size_t gone = std::max(events_.size() - limit_, limit_ / kPartEvicted);
  events_.erase(events_.begin(), events_.begin() + static_cast<std::ptrdiff_t>(gone));
  left_out_ += gone;
}

void EventLog::push(Event event) { events_.push_back(std::move(event)); }

void EventLog::add_captures(const verdict::Picture* before, const verdict::Picture& picture) {
  for (const verdict::CaptureState& capture : picture.captures) {
    const verdict::CaptureState* old = find_capture(before, capture.name);
    if (old == nullptr) {
      push({.kind = EventKind::kStart,
            .time = picture.now,
            .text = fmt::format("{} {}", picture.live ? "listening on" : "reading", capture.name)});
      continue;
    }
    if (capture.dropped() > old->dropped()) {
      push({.kind = EventKind::kDrop,
            .severity = Severity::kWarning,
            .time = picture.now,
            .text = fmt::format("{}: {} packets were dropped before espy saw them", capture.name, capture.dropped() - old->dropped())});
    }
    if (capture.up != old->up) {
      push({.kind = EventKind::kInterface,
            .severity = capture.up ? Severity::kNote : Severity::kWarning,
            .time = picture.now,
            .text = fmt::format("{} {}", capture.name, capture.up ? "is back" : "went down: nothing is seen there")});
    }
  }
}

void EventLog::add_leaks(const verdict::Picture& picture) {
  for (const verdict::Leak& leak : picture.summary.leaks) {
    const std::string key = leak_key(leak);
    if (std::exchange(leaks_[key], true)) continue;
    const bool told = leak.application.empty() || leak.application == leak.protocol;
    const std::string application = told ? "" : " " + leak.application;
    push({.kind = EventKind::kLeak,
          .severity = Severity::kCritical,
          .time = leak.first,
          .requirement = leak.requirement,
          .text = fmt::format("{}{} in clear ({})", flow_text(leak), application, verdict::name(leak.reason)),
          .leak = key});
  }
}

void EventLog::add_associations(const verdict::Picture& picture) {
  for (std::size_t index = 0; index < picture.summary.associations.size(); ++index) {
    const verdict::AssociationSummary& association = picture.summary.associations[index];
    if (association.packets == 0) continue;
    const std::string key = association_key(association);
    Told& told = associations_[key];
    const std::string requirement = association.requirements.empty() ? "" : association.requirements.front();
    if (!told.seen) {
      const std::string start = association.sequence.first ? fmt::format(", number {}", *association.sequence.first) : std::string();
      push({.kind = EventKind::kRekey,
            .time = association.first,
            .requirement = requirement,
            .association = key,
            .text = "first packet of " + key + start});
      told.seen = true;
    }
    if (association.integrity_checks.bad > 0 && !told.forged) {
      push({.kind = EventKind::kForged,
            .severity = association.integrity_checks.good > 0 ? Severity::kCritical : Severity::kWarning,
            .time = association.last,
            .requirement = requirement,
            .association = key,
            .text = fmt::format("{} of {} ICVs are wrong in {}", association.integrity_checks.bad, association.packets, key)});
      told.forged = true;
    }
    if (index < picture.sequences.size() && picture.sequences[index]) add_sequence(*picture.sequences[index], association, told);
  }
}

void EventLog::add_sequence(const verdict::SequenceDetail& detail, const verdict::AssociationSummary& association, Told& told) {
  const std::string key = association_key(association);
  const auto fresh = std::ranges::find_if(detail.events, [&](const auto& event) { return event.time > told.sequence; });
  const auto count = static_cast<std::size_t>(std::distance(fresh, detail.events.end()));
  for (auto event = fresh; event != detail.events.end(); ++event) {
    told.sequence = std::max(told.sequence, event->time);
    const auto position = static_cast<std::size_t>(std::distance(fresh, event));
    if (position >= kOdditiesInOnePicture) continue;
    const bool last = position + 1 == kOdditiesInOnePicture && count > kOdditiesInOnePicture;
    push({.kind = EventKind::kSequence,
          .severity = severity_of(event->kind),
          .time = event->time,
          .requirement = association.requirements.empty() ? "" : association.requirements.front(),
          .association = key,
          .text = last ? fmt::format("and {} more like these in {}", count - position, key)
                       : fmt::format("{} in {}", sequence_text(*event), key)});
  }
}

void EventLog::add_findings(const verdict::Picture& picture) {
  for (const verdict::Finding& finding : picture.summary.findings) {
    if (is_told_otherwise(finding.code)) continue;
    const std::string key = finding.code + ' ' + finding.requirement.value_or("") + ' ' + finding.association.value_or("");
    if (std::exchange(findings_[key], true)) continue;
    push({.kind = EventKind::kFinding,
          .severity = finding.severity,
          .time = picture.now,  // when it was found; what it is of began earlier
          .code = finding.code,
          .requirement = finding.requirement.value_or(""),
          .association = finding.association.value_or(""),
          .text = finding.message});
  }
}

void EventLog::add_verdicts(const verdict::Picture* before, const verdict::Picture& picture) {
  for (const verdict::RequirementSummary& requirement : picture.summary.requirements) {
    const verdict::RequirementSummary* old = find_requirement(before, requirement.id);
    if (old == nullptr || old->verdict == requirement.verdict) continue;
    push({.kind = EventKind::kVerdict,
          .severity = severity_of(requirement.verdict),
          .time = picture.now,
          .requirement = requirement.id,
          .text = fmt::format("now {}, was {}: {}", verdict::name(requirement.verdict), verdict::name(old->verdict),
                              requirement_words(requirement))});
  }
}

}  // namespace espy::tui
