// Writes a sample summary in a format to standard output, for checks that a C++ test cannot make: report_samples NAME FORMAT.
#include <iostream>
#include <string>

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

void write(const verdict::Summary& summary, const std::string& format) {
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
