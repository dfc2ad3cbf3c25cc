#include "config/reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <tuple>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "config/included_files.h"
#include "config/words.h"

namespace espy::config {

namespace {

constexpr std::size_t kMostBytes = std::size_t{64} << 20;
constexpr std::size_t kChunk = std::size_t{64} << 10;

constexpr Format kFormats[] = {Format::kSetkey,     Format::kSetkeyDump,   Format::kSetkeyPolicyDump, Format::kXfrmState,
                               Format::kXfrmPolicy, Format::kXfrmCommands, Format::kIpsecConf,        Format::kIpsecSecrets,
                               Format::kSwanctl,    Format::kEspSa,        Format::kTcpdump,          Format::kToml};

void read_as(Format format, Document& document) {
  switch (format) {
    case Format::kSetkey: return read_setkey(document);
    case Format::kSetkeyDump: return read_setkey_dump(document);
    case Format::kSetkeyPolicyDump: return read_setkey_policy_dump(document);
    case Format::kXfrmState: return read_xfrm_state(document);
    case Format::kXfrmPolicy: return read_xfrm_policy(document);
    case Format::kXfrmCommands: return read_xfrm_commands(document);
    case Format::kIpsecConf: return read_ipsec_conf(document);
    case Format::kIpsecSecrets: return read_ipsec_secrets(document);
    case Format::kSwanctl: return read_swanctl(document);
    case Format::kEspSa: return read_esp_sa(document);
    case Format::kTcpdump: return read_tcpdump_keys(document);
    case Format::kToml: return read_toml(document);
  }
}

// "xfrm-state:FILE" says the format outright; what stands before any other colon is part of the file's name.
struct Argument {
  std::optional<Format> format;
  std::string file;
};

Argument parse_argument(const std::string& text) {
  const std::size_t colon = text.find(':');
  for (const Format format : kFormats) {
    if (colon != std::string::npos && text.substr(0, colon) == name(format)) return {format, text.substr(colon + 1)};
  }
  return {std::nullopt, text};
}

class Descriptor {
 public:
  explicit Descriptor(const std::string& file) : number_(file == "-" ? STDIN_FILENO : ::open(file.c_str(), O_RDONLY | O_CLOEXEC)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ > STDIN_FILENO) ::close(number_);
  }
  int number() const { return number_; }

 private:
  int number_;
};

std::unexpected<base::Error> cannot_read(std::string reason, std::string advice = {}) {
  return base::fail(fmt::format("cannot be read: {}", reason), std::move(advice));
}

struct Contents {
  WipedText text;
  bool others_may_read = false;
};

// The buffer is reserved in steps that are wiped when they are left, so that no key stays behind in freed memory.
void grow(std::string& text, std::size_t size) {
  std::string larger;
  larger.reserve(size);
  larger = text;
  ipsec::wipe(text.data(), text.size());
  text = std::move(larger);
}

base::Result<bool> append_all(int descriptor, std::string& text) {
  while (true) {
    const std::size_t used = text.size();
    if (used + kChunk > text.capacity()) grow(text, 2 * (used + kChunk));
    text.resize(used + kChunk);
    const ssize_t count = ::read(descriptor, text.data() + used, kChunk);
    text.resize(used + (count > 0 ? static_cast<std::size_t>(count) : 0));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return cannot_read(std::strerror(errno));
    if (count == 0) return true;
    if (text.size() > kMostBytes) return cannot_read("it is larger than 64 MiB", "a capture is given without -c");
  }
}

base::Result<bool> read_file(const std::string& file, Contents& contents) {
  const Descriptor descriptor(file);
  if (descriptor.number() < 0) {
    const bool missing = errno == ENOENT;
    return cannot_read(std::strerror(errno), missing ? "check the name; -c takes FILE or FORMAT:FILE" : "");
  }
  struct stat status {};
  if (::fstat(descriptor.number(), &status) == 0) {
    if (S_ISDIR(status.st_mode)) return cannot_read("it is a folder", "give the files in it, each with -c");
    contents.others_may_read = S_ISREG(status.st_mode) && (status.st_mode & S_IROTH) != 0;
  }
  return append_all(descriptor.number(), contents.text.text());
}

bool holds_keys(Format format, const Document& document) {
  if (format == Format::kIpsecSecrets) return true;
  if (format == Format::kSwanctl && document.text.find("secret") != std::string_view::npos) return true;
  for (const ipsec::Association& association : document.configuration.associations) {
    if (!association.encryption_key.empty() || !association.integrity_key.empty()) return true;
  }
  return false;
}

bool already_found(const Document& document, std::string_view code) {
  for (const LintFinding& finding : document.findings) {
    if (finding.code == code && finding.origin.file == document.name) return true;
  }
  return false;
}

void note_readable(Document& document) {
  if (already_found(document, "config.readable-keys")) return;
  document.findings.push_back({.code = "config.readable-keys",
                               .message = fmt::format("{} holds keys and can be read by every user; chmod 600 it", document.name),
                               .origin = document.origin(0)});
}

template <class Item>
void move_all(std::vector<Item>& from, std::vector<Item>& to) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

// Files stay in the order in which they were first spoken of; within one its errors follow the text.
void sort_by_place(std::vector<base::Error>& errors) {
  std::unordered_map<std::string, std::size_t> files;
  for (const base::Error& error : errors) files.emplace(error.file, files.size());
  std::ranges::stable_sort(errors, {},
                           [&](const base::Error& error) { return std::tuple(files.at(error.file), error.line, error.column); });
}

// Two files may say the same, and neither can know better.
void merge_limits(const ipsec::Configuration& from, Document& document, ipsec::Configuration& to) {
  for (const ipsec::LimitSetting& setting : from.limits) {
    const auto said = std::ranges::find(to.limits, setting.key, &ipsec::LimitSetting::key);
    if (said == to.limits.end()) {
      to.limits.push_back(setting);
    } else if (said->value != setting.value) {
      document.error(
          setting.origin.line, 0,
          fmt::format("{} of [limits] is {} here and {} in {}", setting.key, setting.value, said->value, to_string(said->origin)),
          "say it in one file");
    }
  }
}

void merge(Document& document, Outcome& outcome) {
  ipsec::Configuration& from = document.configuration;
  ipsec::Configuration& to = outcome.configuration;
  move_all(from.associations, to.associations);
  move_all(from.spds, to.spds);
  to.ignored.larval += from.ignored.larval;
  to.has_ike = to.has_ike || from.has_ike;
  merge_limits(from, document, to);
  if (!to.redact_payload) to.redact_payload = std::move(from.redact_payload);
  move_all(from.encapsulation_ports, to.encapsulation_ports);
  move_all(from.ike_ports, to.ike_ports);
  move_all(from.clear_interfaces, to.clear_interfaces);
  sort_by_place(document.errors);
  move_all(document.errors, outcome.errors);
  move_all(document.findings, outcome.findings);
}

void read_document(std::optional<Format> format, const Contents& contents, Document& document) {
  if (!format) {
    const Recognition recognition = recognise(document.text);
    if (!recognition.format) return document.error(0, 0, recognition.message, recognition.advice);
    format = recognition.format;
  }
  read_as(*format, document);
  if (contents.others_may_read && holds_keys(*format, document)) note_readable(document);
}

// "foo:FILE" where FILE is there and foo is no format; empty otherwise.
std::string unknown_format(const Argument& argument) {
  const std::size_t colon = argument.file.find(':');
  if (argument.format || colon == std::string::npos || ::access(argument.file.c_str() + colon + 1, F_OK) != 0) return {};
  std::string names;
  for (const Format format : kFormats) names += fmt::format("{}{}", names.empty() ? "" : ", ", name(format));
  return fmt::format("'{}' is no format; use one of {}", argument.file.substr(0, colon), names);
}

void read_argument(const std::string& text, Outcome& outcome) {
  const Argument argument = parse_argument(text);
  Document document{
      .name = argument.file == "-" ? "standard input" : argument.file, .text = {}, .configuration = {}, .errors = {}, .findings = {}};
  Contents contents;
  if (const auto done = read_file(argument.file, contents); !done) {
    const std::string unknown = unknown_format(argument);
    document.error(0, 0, done.error().message, unknown.empty() ? done.error().advice : unknown);
  } else {
    document.text = contents.text.view();
    read_document(argument.format, contents, document);
  }
  merge(document, outcome);
}

void bind_source(ipsec::Policy& policy, const base::Address& address) {
  policy.open_source.reset();
  if (policy.source_dynamic) policy.selector.source = base::host_prefix(address);
  for (ipsec::Template& step : policy.templates) {
    if (step.mode != ipsec::Mode::kTransport && !step.source.known()) step.source = address;
  }
}

void bind_destination(ipsec::Policy& policy, const base::Address& address) {
  policy.open_destination.reset();
  if (policy.destination_dynamic) policy.selector.destination = base::host_prefix(address);
  for (ipsec::Template& step : policy.templates) {
    if (step.mode != ipsec::Mode::kTransport && !step.destination.known()) step.destination = address;
  }
}

void bind(ipsec::Configuration& configuration, const HostBinding& host) {
  for (ipsec::Spd& spd : configuration.spds) {
    for (ipsec::Policy& policy : spd.policies) {
      if (policy.open_source && policy.open_source->text == host.name) bind_source(policy, host.address);
      if (policy.open_destination && policy.open_destination->text == host.name) bind_destination(policy, host.address);
    }
  }
}

}  // namespace

void read_text(Format format, std::string name, std::string_view text, Outcome& outcome) {
  Document document{.name = std::move(name), .text = text, .configuration = {}, .errors = {}, .findings = {}};
  read_as(format, document);
  merge(document, outcome);
}

Outcome read(std::span<const std::string> arguments, std::span<const HostBinding> hosts) {
  Outcome outcome;
  for (const std::string& argument : arguments) read_argument(argument, outcome);
  for (const HostBinding& host : hosts) bind(outcome.configuration, host);
  return outcome;
}

}  // namespace espy::config
