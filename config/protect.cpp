// Reads what --protect and its companions say into the Spd of the command line.
#include <fmt/format.h>

#include "config/protect_policies.h"
#include "config/reader.h"
#include "config/words.h"

namespace espy::config {
namespace {

// Reads the parts of one --protect; every bad word leaves an error.
class ProtectReader {
 public:
  explicit ProtectReader(std::vector<base::Error>& errors) : errors_(errors) {}

  ProtectTerms read(const Protect& protect) {
    ProtectTerms terms;
    terms.origin = {"command line", 0};
    take_side(protect.from, terms.from);
    take_side(protect.to, terms.to);
    if (terms.from.address.known() && terms.to.address.known()) check(check_sides(terms.from, terms.to), "--protect");
    for (const std::string& port : protect.ports) {
      UpperLayer service;
      if (take(read_service(port), "--port", service)) terms.services.push_back(service);
    }
    take(read_require(protect.require), "--require", terms.require);
    read_path(protect, terms);
    return terms;
  }

 private:
  template <class T>
  bool check(const base::Result<T>& result, std::string_view option) {
    if (result) return true;
    base::Error error = result.error();
    error.message = fmt::format("{}: {}", option, error.message);
    errors_.push_back(std::move(error));
    return false;
  }

  template <class T>
  bool take(const base::Result<T>& result, std::string_view option, T& into) {
    if (!check(result, option)) return false;
    into = *result;
    return true;
  }

  void take_side(std::string_view text, base::Prefix& into) {
    if (base::read_address(trim(text.substr(0, text.find('/'))))) {
      take(base::read_prefix(trim(text)), "--protect", into);
    } else {
      errors_.push_back({.message = fmt::format("--protect: '{}' is no address or prefix", text),
                         .advice = "write it like 10.0.0.1, 10.1.0.0/16 or fd00::/64",
                         .file = {}});
    }
  }

  void read_path(const Protect& protect, ProtectTerms& terms) {
    if (!protect.via_from && !protect.via_to) return;
    if (!protect.via_from || !protect.via_to) {
      errors_.push_back({.message = "--via: one gateway is missing", .advice = "give two: the gateway of A, then that of B", .file = {}});
      return;
    }
    TunnelPath path;
    if (take(read_via(*protect.via_from, *protect.via_to), "--via", path)) terms.via = path;
  }

  std::vector<base::Error>& errors_;
};

}  // namespace

base::Result<ipsec::Spd, std::vector<base::Error>> read_protect(std::span<const Protect> protects) {
  ipsec::Spd spd{.name = "command line", .command_line = true, .policies = {}};
  std::vector<base::Error> errors;
  ProtectReader reader(errors);
  for (const Protect& protect : protects) add_policies(reader.read(protect), spd.policies);
  if (!errors.empty()) return std::unexpected(std::move(errors));
  return spd;
}

}  // namespace espy::config
