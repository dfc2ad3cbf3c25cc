// Writes a sample summary in a format to standard output, for checks that a C++ test cannot make: report_samples NAME FORMAT.
#include <iostream>
#include <string>

#include "report/dump.h"
#include "report/report.h"
#include "tests/report/samples.h"

namespace {

using namespace espy;

verdict::Summary sample(const std::string& name) {
  if (name == "good") return report::samples::good();
  if (name == "bad") return report::samples::bad();
  if (name == "hostile") return report::samples::hostile("\x1b[31m<&\"'\xff\u202e\n");
  return report::samples::empty();
}

// Of which nothing is known but the packet.
void append_bare(const decode::Packet& packet, std::uint64_t number, std::string& out) {
  report::append_dump_json({.frame = {.source = 0, .frame = number},
                            .time = {},
                            .interface = {},
                            .packet = &packet,
                            .data = {},
                            .requirement = {},
                            .requirement_name = {},
                            .association = {},
                            .detail = {}},
                           out += '\n');
}

// A frame of each kind: ESP, a clear TCP packet, none that could be read.
void write_packets() {
  decode::Packet packet;
  packet.layer_count = packet.security_count = 1;
  packet.layers[0].protocol = 50;
  packet.security[0].spi = base::Spi{0x201};
  std::string out;
  const report::DumpFrame esp{.frame = {.source = 0, .frame = 1},
                              .time = report::samples::moment(0),
                              .interface = "eth0",
                              .packet = &packet,
                              .data = {},
                              .original_size = 150,
                              .packet_class = verdict::Class::kUnverified,
                              .requirement = "r1",
                              .requirement_name = {},
                              .association = "esp 0x00000201",
                              .detail = {}};
  report::append_dump_json(esp, out);
  packet.layers[0].protocol = 6;
  packet.layers[0].ports_known = true;
  packet.security_count = 0;
  append_bare(packet, 2, out);
  packet.layer_count = 0;
  packet.trouble = decode::Trouble::kMalformed;
  append_bare(packet, 3, out);
  std::cout << out << '\n';
}

void write(const verdict::Summary& summary, const std::string& format) {
  if (format == "packets") return write_packets();
  if (format == "json") return report::write_json(summary, "0.1.0", std::cout);
  if (format == "junit") return report::write_junit(summary, std::cout);
  if (format == "sarif") return report::write_sarif(summary, "0.1.0", std::cout);
  if (format == "line") return report::write_line(summary, std::cout);
  if (format == "errors") {
    const base::Error error{.message = "key is 15 bytes", .advice = "16 would fit", .file = "setkey.conf", .line = 12, .column = 3};
    return report::write_json_errors({error, {.message = "no such file", .advice = {}, .file = {}}}, "0.1.0", std::cout);
  }
  const auto color = format == "color" ? report::Color::kAlways : report::Color::kNever;
  report::write_text(summary, {.color = color, .ascii = format == "ascii"}, std::cout);
}

}  // namespace

int main(int count, char** words) {
  if (count != 3) return 2;
  write(sample(words[1]), words[2]);
  return std::cout.good() ? 0 : 1;
}
