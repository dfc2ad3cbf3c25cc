// dump: one line for each frame, in tcpdump's notation, with the class that verify gives it.
#include <fmt/format.h>
#include <net/if.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "cli/commands.h"
#include "cli/listening.h"
#include "cli/options.h"
#include "cli/packet_writer.h"
#include "cli/session.h"
#include "report/dump.h"
#include "report/dump_hex.h"
#include "verify/removable.h"
#include "verify/summary.h"

namespace espy::cli {
namespace {

constexpr const char* kExamples = R"(Each line ends with the frame's class and the requirement that it serves or breaks.

Examples:
  espy dump -c /etc/ipsec-tools.conf trace.pcap
  espy dump --only leaked -c spd.txt trace.pcapng
  espy dump --protect 10.0.0.1 10.0.0.2 -i eth0 -- host 10.0.0.2
  espy dump -i eth0 -w day-%F.pcapng -G 86400
)";

struct Dump {
  Inputs inputs;
  WriteOptions write;
  bool print = false, json = false, hex = false, hex_ascii = false, no_time = false;
  int dates = 0;
  std::string only;  // a class by name, or empty
};

using report::Integrity;

Integrity integrity_of(verify::Checked checked) {
  switch (checked) {
    case verify::Checked::kGood: return Integrity::kGood;
    case verify::Checked::kBad: return Integrity::kBad;
    case verify::Checked::kNoIcv: return Integrity::kNone;
    default: return Integrity::kUnchecked;
  }
}

// The worst of what its headers' checks say.
Integrity integrity_of(const decode::Packet& packet, std::span<const verify::HeaderCheck> checks) {
  Integrity worst = Integrity::kNotApplicable;
  for (std::size_t index = 0; index < verify::own_headers(packet); ++index) {
    if (packet.security[index].protocol == decode::SecurityProtocol::kIpcomp) continue;
    worst = std::max(worst, integrity_of(checks[index].checked));
  }
  return worst;
}

// A frame that completes a packet is what that packet is, a fragment before it as well.
Integrity integrity_of(const verify::SettledFrame& frame) {
  Integrity worst = Integrity::kNotApplicable;
  for (const verify::Assembled& one : frame.completed) worst = std::max(worst, integrity_of(one.inspection.packet, one.inspection.checks));
  if (!frame.completed.empty()) return worst;
  if (frame.part_of == verify::PartOf::kNothing) return integrity_of(*frame.packet, frame.checks);
  if (frame.part_of == verify::PartOf::kBad) return Integrity::kBad;
  return frame.outcome->packet_class == verdict::Class::kProtected ? Integrity::kGood : Integrity::kUnchecked;
}

class Printer : public verify::Tap {
 public:
  Printer(const Dump& options, const Session& session) : options_(options), session_(session) {}

  void settled(const verify::SettledFrame& frame) override {
    if (!options_.only.empty() && verdict::name(frame.outcome->packet_class) != options_.only) return;
    const report::DumpFrame line = describe(frame);
    text_.clear();
    if (options_.json) {
      report::append_dump_json(line, text_);
    } else {
      report::append_dump_line(line, time(), text_);
    }
    text_ += '\n';
    if (!options_.json) append_octets(frame);
    std::fwrite(text_.data(), 1, text_.size(), stdout);
  }

 private:
  report::DumpTime time() const {
    if (options_.no_time) return report::DumpTime::kNone;
    return options_.dates > 0 ? report::DumpTime::kDate : report::DumpTime::kTimeOfDay;
  }

  // -x shows what was on the wire, -X what it hid, both one after the other. Without keys that is one and the same, and tcpdump's output.
  void append_octets(const verify::SettledFrame& frame) {
    const bool opened = options_.hex_ascii && append_decrypted(frame);
    if (!options_.hex && (!options_.hex_ascii || opened)) return;
    const bool both = options_.hex_ascii && !opened;
    if (session_.ledger().keys() != nullptr) text_ += "\ton the wire:\n";
    report::append_hex(report::without_link(*frame.packet, frame.data), both ? report::HexStyle::kHexAndAscii : report::HexStyle::kHex,
                       text_);
  }

  // False where there is nothing to show.
  bool append_decrypted(const verify::SettledFrame& frame) {
    if (frame.completed.empty()) return append_decrypted(*frame.packet, frame.octets, frame.checks);
    bool any = false;
    for (const auto& [inspection, octets] : frame.completed)
      any = append_decrypted(inspection.packet, inspection.octets, inspection.checks) || any;
    return any;
  }

  bool append_decrypted(const decode::Packet& packet, base::Bytes octets, std::span<const verify::HeaderCheck> checks) {
    const base::Bytes inner = verify::inner_packet(packet, octets, checks, room_);
    if (inner.empty()) return false;
    text_ += "\tdecrypted:\n";
    report::append_hex(inner, report::HexStyle::kHexAndAscii, text_);
    return true;
  }

  report::DumpFrame describe(const verify::SettledFrame& frame) {
    const verify::Outcome& outcome = *frame.outcome;
    requirement_.clear();
    requirement_name_.clear();
    association_.clear();
    const bool counts = outcome.packet_class != verdict::Class::kUnrelated && outcome.packet_class != verdict::Class::kUndecodable;
    if (counts && outcome.state() != verify::kNoState) {
      requirement_ = fmt::format("r{}", outcome.state() + 1);
      requirement_name_ = verify::describe_requirement(session_.ledger().states()[outcome.state()]);
    }
    if (outcome.association != verify::Associations::kMissing) {
      association_ = verify::describe_association(session_.ledger().associations().rows()[outcome.association].key);
    }
    const bool leaked = outcome.packet_class == verdict::Class::kLeaked;
    const bool exempt = outcome.packet_class == verdict::Class::kExempt;
    return {.frame = {frame.facts.source, frame.facts.number},
            .time = frame.facts.time,
            .interface = interface_of(frame),
            .packet = frame.packet,
            .data = frame.data,
            .octets = frame.octets,
            .original_size = frame.facts.original_size,
            .packet_class = outcome.packet_class,
            .integrity = integrity_of(frame),
            .requirement = requirement_,
            .requirement_name = requirement_name_,
            .association = association_,
            .detail = leaked   ? verdict::name(outcome.reason)
                      : exempt ? verify::name(outcome.exemption)
                               : std::string_view{}};
  }

  // A file tells its interfaces too late. A frame of `any` tells the number that this host gives to one.
  std::string_view interface_of(const verify::SettledFrame& frame) {
    const std::vector<std::string>& names = options_.inputs.interfaces;
    if (frame.facts.source >= names.size()) return {};
    if (frame.packet->interface_index == 0) return names[frame.facts.source];
    std::string& name = interface_names_[frame.packet->interface_index];
    std::array<char, IF_NAMESIZE> room{};
    if (name.empty() && if_indextoname(frame.packet->interface_index, room.data()) != nullptr) name = room.data();
    return name;
  }

  const Dump& options_;
  const Session& session_;
  std::string text_, requirement_, requirement_name_, association_;
  std::vector<std::uint8_t> room_;
  std::unordered_map<std::uint32_t, std::string> interface_names_;  // by index
};

int fail(const base::Error& error) {
  complain(error);
  return kCouldNotRunStatus;
}

base::Result<void> check(Dump& options, const Invocation& invocation) {
  if (auto checked = check(options.inputs, invocation.filter); !checked) return checked;
  if (options.print && options.write.path == "-") return base::fail("both packets and lines would go to standard output");
  return check(options.write, options.inputs);
}

// As tcpdump has it, -w without --print prints nothing.
int read(const Dump& options, Session& session, PacketWriter* writer) {
  Printer printer(options, session);
  const bool prints = writer == nullptr || options.print;
  const bool judged = prints || !writer->takes_all();
  run(session, options.inputs, {.tap = prints ? &printer : nullptr, .writer = writer, .judged = judged});
  for (const capture::SourceFacts& facts : session.facts()) {
    if (facts.damaged) complain(fmt::format("{}: {}", facts.name, facts.damage));
  }
  Listening(session).tell_counts();
  if (writer != nullptr) {
    if (const auto closed = writer->close(); !closed) return fail(closed.error());
    complain(writer->closing_line());
  }
  return std::fflush(stdout) == 0 ? kProtectedStatus : kCouldNotRunStatus;
}

base::Result<void> check_redaction(const Dump& options, const Session& session) {
  const std::optional<ipsec::Origin>& origin = session.redact_payload();
  if (!origin || (!options.hex && !options.hex_ascii)) return {};
  return std::unexpected(base::Error{.message = "redact-payload = true: the octets of packets are not shown",
                                     .advice = "leave -x and -X out",
                                     .file = origin->file,
                                     .line = origin->line});
}

int dump(Dump& options, const Invocation& invocation) {
  if (const auto checked = check(options, invocation); !checked) return fail(checked.error());
  auto session = Session::create(options.inputs);
  if (!session) {
    for (const base::Error& error : session.error()) complain(error);
    return kCouldNotRunStatus;
  }
  if (const auto shown = check_redaction(options, **session); !shown) return fail(shown.error());
  if (options.write.path.empty()) return read(options, **session, nullptr);
  const auto writer = PacketWriter::create(options.write, **session);
  return writer ? read(options, **session, writer->get()) : fail(writer.error());
}

}  // namespace

void add_dump(CLI::App& program, Invocation& invocation) {
  CLI::App* command = program.add_subcommand("dump", "Print a line for each packet, with its class");
  command->footer(kExamples);
  auto options = std::make_shared<Dump>();
  add_inputs(*command, options->inputs);
  add_write(*command, options->write);
  constexpr const char* kGroup = "Output";
  command->add_flag("--print", options->print, "Print lines although -w is given")->group(kGroup);
  command->add_flag("--json", options->json, "One JSON object a line")->group(kGroup);
  command->add_flag("-t", options->dates, "No time; -tttt: date and time in UTC")->group(kGroup);
  command->add_flag("-x", options->hex, "The packet's octets too, as they were on the wire")->group(kGroup);
  command->add_flag("-X", options->hex_ascii, "The same with ASCII; of a packet that keys opened, what was inside")->group(kGroup);
  command->add_option("--only", options->only, "Only frames of this class, such as leaked")
      ->check(
          CLI::IsMember({"protected", "unverified", "leaked", "forged", "exempt", "decapsulated", "control", "unrelated", "undecodable"}))
      ->type_name("CLASS")
      ->group(kGroup);
  command->callback([options, &invocation] {
    options->no_time = options->dates > 0 && options->dates < 4;
    if (options->dates < 4) options->dates = 0;
    invocation.exit_status = dump(*options, invocation);
  });
}

}  // namespace espy::cli
