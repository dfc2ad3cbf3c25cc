// decrypt: the packets that IPsec carried, as a capture file for any other tool.
#include <fmt/format.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "capture/pcapng_writer.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/session.h"
#include "config/writer.h"
#include "decode/inner_frame.h"
#include "verify/removable.h"

namespace espy::cli {
namespace {

constexpr const char* kExamples =
    R"(Each packet whose ESP, AH and IPComp could be opened is written as it was before it was secured, with its time and link type and a comment on
its ICV. What was never secured, and what could not be opened, is written as it was captured, the latter with the reason as its comment.

Examples:
  espy decrypt -c /etc/ipsec-tools.conf trace.pcap -w inner.pcapng
  espy decrypt -c state.txt --only good trace.pcap -w - | tshark -r -
  espy decrypt -c state.txt --embed-keys trace.pcap -w with-keys.pcapng
)";

constexpr std::uint32_t kEspSecrets = 0x45535053;
constexpr std::uint8_t kEsp = 50;
constexpr std::uint8_t kAh = 51;
constexpr std::uint8_t kWesp = 141;

using verify::Checked;

enum class Only : std::uint8_t { kAll, kGood, kBad };

struct Decrypt {
  Inputs inputs;
  std::string output;
  std::string only = "all";
  bool embed_keys = false;
};

// What became of the frames.
struct Counts {
  std::uint64_t opened = 0, bad = 0, unopened = 0, clear = 0;
};

const char* reason(Checked checked) {
  switch (checked) {
    case Checked::kNoKey: return "no key";
    case Checked::kNoAlgorithm: return "its algorithm cannot be computed here";
    case Checked::kCutShort: return "the capture cut it short";
    case Checked::kFragment: return "a fragment";
    case Checked::kEsnDeferred:
    case Checked::kEsnUnknown: return "the upper half of its sequence number is not known";
    case Checked::kBad: return "ICV bad";
    case Checked::kGood: return "ICV good, but its content cannot be read";
    case Checked::kNoIcv: return "its content makes no sense with this key";
  }
  return "";
}

const char* name(decode::SecurityProtocol protocol) {
  switch (protocol) {
    case decode::SecurityProtocol::kAh: return "ah";
    case decode::SecurityProtocol::kEsp: return "esp";
    case decode::SecurityProtocol::kIpcomp: return "ipcomp";
  }
  return "";
}

// "hmac-sha256-128", in bits as its RFC says it; "aes-gcm-16", in octets as setkey says it.
std::string algorithm_of(const ipsec::Association& association, std::size_t icv_size) {
  using ipsec::facts;
  if (association.integrity != ipsec::Integrity::kNone) return fmt::format("{}-{}", facts(association.integrity).name, icv_size * 8);
  return fmt::format("{}-{}", facts(association.encryption).name, icv_size);
}

// What follows the first fragment of an ESP or AH packet shows none of its headers.
bool is_later_fragment(const decode::Packet& packet) {
  if (packet.layer_count == 0) return false;
  const decode::Layer& layer = packet.layers[packet.layer_count - 1];
  return layer.payload == decode::Payload::kFragment && (layer.protocol == kEsp || layer.protocol == kAh || layer.protocol == kWesp);
}

class Decrypter : public verify::Tap {
 public:
  Decrypter(const Decrypt& options, const Session& session, capture::PcapngWriter& writer)
      : options_(options), session_(session), writer_(writer), only_(only_of(options.only)) {}

  void settled(const verify::SettledFrame& frame) override {
    const std::size_t own = verify::own_headers(*frame.packet);
    const std::size_t count = verify::removable_headers(*frame.packet, frame.checks);
    tally(frame, own, count);
    if (!wanted(frame, own, count)) return;
    comment_.clear();
    for (std::size_t index = 0; index < own; ++index) describe(frame, index);
    if (own == 0 && is_later_fragment(*frame.packet)) comment_ = "not opened: a fragment";
    if (count == 0 || options_.embed_keys || !write_inner(frame, count - 1)) write_captured(frame);
  }

  const Counts& counts() const { return counts_; }

 private:
  static Only only_of(const std::string& word) { return word == "good" ? Only::kGood : word == "bad" ? Only::kBad : Only::kAll; }

  static bool is_clear(const verify::SettledFrame& frame, std::size_t own) { return own == 0 && !is_later_fragment(*frame.packet); }

  static bool has_bad(const verify::SettledFrame& frame, std::size_t own) {
    return std::ranges::any_of(frame.checks.first(own), [](const auto& check) { return check.checked == Checked::kBad; });
  }

  // What the sender of one of them vouched for, and nothing else is open to doubt: AH covers an ESP that has no ICV of its own.
  static bool all_good(const verify::SettledFrame& frame, std::size_t count) {
    return std::ranges::any_of(frame.checks.first(count), [](const auto& check) { return check.checked == Checked::kGood; });
  }

  void tally(const verify::SettledFrame& frame, std::size_t own, std::size_t count) {
    const bool clear = is_clear(frame, own);
    ++(clear ? counts_.clear : count > 0 ? counts_.opened : has_bad(frame, own) ? counts_.bad : counts_.unopened);
  }

  bool wanted(const verify::SettledFrame& frame, std::size_t own, std::size_t count) const {
    switch (only_) {
      case Only::kAll: return true;
      case Only::kGood: return is_clear(frame, own) || (count > 0 && !has_bad(frame, own) && all_good(frame, count));
      case Only::kBad: return has_bad(frame, own);
    }
    return true;
  }

  // "esp 0x00000201 seq 17 ICV good (hmac-sha256-128)", joined by semicolons from the outside in.
  void describe(const verify::SettledFrame& frame, std::size_t index) {
    const decode::SecurityHeader& header = frame.packet->security[index];
    const verify::HeaderCheck& check = frame.checks[index];
    if (!comment_.empty()) comment_ += "; ";
    if (header.protocol == decode::SecurityProtocol::kIpcomp) {
      comment_ += fmt::format("ipcomp 0x{:04x} {}", header.spi.value, header.content_offset != 0 ? "inflated" : "not inflated");
      return;
    }
    const std::uint64_t sequence = (check.esn ? std::uint64_t{check.esn_high} << 32 : 0) | header.sequence;
    comment_ += fmt::format("{} 0x{:08x} seq {} ", name(header.protocol), header.spi.value, sequence);
    if (!verify::is_opened(header, check)) {
      comment_ += fmt::format("not opened: {}", reason(check.checked));
    } else if (check.checked == Checked::kGood && check.association != ipsec::kNoAssociation) {
      comment_ += fmt::format("ICV good ({})", algorithm_of(session_.world().associations()[check.association], check.icv_size));
    } else {
      comment_ += "opened, no ICV";
    }
  }

  bool write_inner(const verify::SettledFrame& frame, std::size_t last) {
    const base::Bytes link = link_of(frame);
    room_.resize(link.size() + frame.octets.size() + decode::kInnerFrameRoom);
    const auto inner = decode::rebuild_inner(link, frame.octets, *frame.packet, last, room_);
    if (!inner) return false;
    write(frame, base::Bytes(room_).first(inner->size), static_cast<std::uint32_t>(inner->size), inner->link_type);
    return true;
  }

  // The offsets of a packet that was put together from fragments do not count in the frame.
  base::Bytes link_of(const verify::SettledFrame& frame) {
    std::size_t size = frame.packet->layers[0].offset;
    if (size == 0) {
      decode::parse_frame(frame.data, frame.facts.original_size, frame.packet->link_type, {}, parsed_);
      size = parsed_.layer_count == 0 ? 0 : parsed_.layers[0].offset;
    }
    return frame.data.first(std::min(size, frame.data.size()));
  }

  void write_captured(const verify::SettledFrame& frame) { write(frame, frame.data, frame.facts.original_size, frame.packet->link_type); }

  void write(const verify::SettledFrame& frame, base::Bytes octets, std::uint32_t original_size, base::LinkType link_type) {
    writer_.write({.data = octets,
                   .original_size = original_size,
                   .time = frame.facts.time,
                   .source = frame.facts.source,
                   .interface = frame.facts.interface,
                   .link_type = link_type,
                   .direction = frame.packet->direction,
                   .interface_name = options_.inputs.interface,
                   .comment = comment_});
  }

  const Decrypt& options_;
  const Session& session_;
  capture::PcapngWriter& writer_;
  Only only_;
  Counts counts_;
  std::string comment_;
  std::vector<std::uint8_t> room_;
  decode::Packet parsed_;
};

// The file would be emptied before it is read.
base::Result<void> check_output(const Decrypt& options) {
  if (options.output == "-" && isatty(STDOUT_FILENO) == 1) {
    return base::fail("-w - would write packets to the terminal", "name a file, or pipe them to another program");
  }
  std::error_code ignored;
  for (const std::string& input : options.inputs.captures) {
    if (!std::filesystem::equivalent(input, options.output, ignored)) continue;
    return base::fail(fmt::format("{} is what is to be read", options.output), "name another file with -w");
  }
  return {};
}

base::Result<void> embed_keys(const Decrypt& options, capture::PcapngWriter& writer) {
  const config::Outcome outcome = read_configuration(options.inputs);
  const auto written = config::write(outcome.configuration, config::Target::kEspSa, {.keys = config::Keys::kShown});
  if (!written) return std::unexpected(written.error());
  for (const std::string& note : written->notes) complain(fmt::format("note: {}", note));
  const std::string_view text = written->text.view();
  std::vector<std::uint8_t, ipsec::SecretAllocator<std::uint8_t>> octets(text.begin(), text.end());
  writer.write_secrets(kEspSecrets, octets);
  return {};
}

int fail(const base::Error& error) {
  complain(error);
  return kCouldNotRunStatus;
}

int run(const Decrypt& options, Session& session, capture::PcapngWriter& writer) {
  Decrypter decrypter(options, session, writer);
  session.run(&decrypter, Progress::kOnTerminal);
  for (const capture::SourceFacts& facts : session.facts()) {
    if (facts.damaged) complain(fmt::format("{}: {}", facts.name, facts.damage));
  }
  const std::uint64_t written = writer.frames();
  if (const auto closed = writer.close(); !closed) return fail(closed.error());
  const Counts& counts = decrypter.counts();
  complain(fmt::format("{} packets written; of those read, {} were opened, {} have a bad ICV, {} could not be opened, {} carried no IPsec",
                       written, counts.opened, counts.bad, counts.unopened, counts.clear));
  return kProtectedStatus;
}

int decrypt(Decrypt& options, const Invocation& invocation) {
  if (const auto checked = check(options.inputs, invocation.filter); !checked) return fail(checked.error());
  if (const auto checked = check_output(options); !checked) return fail(checked.error());
  auto session = Session::create(options.inputs);
  if (!session) {
    for (const base::Error& error : session.error()) complain(error);
    return kCouldNotRunStatus;
  }
  auto writer = capture::PcapngWriter::create(options.output);
  if (!writer) return fail(writer.error());
  if (options.embed_keys) {
    if (const auto embedded = embed_keys(options, *writer); !embedded) return fail(embedded.error());
  }
  return run(options, **session, *writer);
}

}  // namespace

void add_decrypt(CLI::App& program, Invocation& invocation) {
  CLI::App* command = program.add_subcommand("decrypt", "Write the packets that IPsec carried to a capture file");
  command->footer(kExamples);
  auto options = std::make_shared<Decrypt>();
  add_inputs(*command, options->inputs);
  constexpr const char* kGroup = "Output";
  command->add_option("-w,--write", options->output, "The pcapng file to write, readable by its owner alone; - is standard output")
      ->required()
      ->type_name("FILE")
      ->group(kGroup);
  command->add_option("--only", options->only, "good: what has a good ICV or was not secured; bad: what has a bad ICV; all (default)")
      ->check(CLI::IsMember({"good", "bad", "all"}))
      ->type_name("WHICH")
      ->group(kGroup);
  command
      ->add_flag("--embed-keys", options->embed_keys,
                 "Leave the packets as they were captured and put the keys of -c into the file, for Wireshark or espy to open them")
      ->group(kGroup);
  command->callback([options, &invocation] { invocation.exit_status = decrypt(*options, invocation); });
}

}  // namespace espy::cli
