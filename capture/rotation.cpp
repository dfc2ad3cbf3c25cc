#include "capture/rotation.h"

#include <array>
#include <ctime>

#include <fmt/format.h>

namespace espy::capture {

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::size_t kMaxName = 4096;

// strftime in local time, as tcpdump does. A name that becomes too long stays as it is.
std::string expand(const std::string& path, base::Time time) {
  const std::time_t seconds = time.nanoseconds / kSecond;
  std::tm parts{};
  localtime_r(&seconds, &parts);
  std::array<char, kMaxName> name{};
  const std::size_t size = std::strftime(name.data(), name.size(), path.c_str(), &parts);
  return size == 0 ? path : std::string(name.data(), size);
}

// Of the highest number of a ring of files.
std::size_t digits_of(std::uint64_t files) { return files <= 1 ? 0 : fmt::formatted_size("{}", files - 1); }

}  // namespace

std::string Rotation::name() const {
  std::string name = options_.seconds && began_.known() ? expand(path_, began_) : path_;
  if (!options_.size) return name;
  const std::size_t digits = options_.files ? digits_of(*options_.files) : 0;
  if (number_ == 0 && digits == 0) return name;
  return fmt::format("{}{:0{}}", name, number_, digits);
}

bool Rotation::next_period(base::Time time) {
  if (!options_.seconds || !began_.known()) return false;
  return (time - began_).nanoseconds / kSecond >= static_cast<std::int64_t>(*options_.seconds);
}

bool Rotation::advance(std::uint64_t size, base::Time time) {
  if (next_period(time)) {
    began_ = time;
    ++periods_;
    number_ = 0;
    return true;
  }
  if (!options_.size || size <= *options_.size) return false;
  ++number_;
  if (options_.files && number_ >= *options_.files) number_ = 0;
  return true;
}

}  // namespace espy::capture
