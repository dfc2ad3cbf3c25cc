// Result: a value or an Error, for the cold path. Trouble inside a packet is a field of the packet, never an Error.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <utility>
#include <vector>

namespace espy::base {

// One sentence for a human, and the place in a text it speaks of. `line` and `column` count from 1; 0: the error has no such place.
struct Error {
  std::string message;  // what is wrong; never holds a key
  std::string advice;   // what would be right, or empty
  std::string file;     // or empty
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

// "file:line:column: message; advice", leaving out what is unknown.
std::string to_string(const Error& error);

// std::expected that the compiler does not let us drop.
template <class T, class E = Error>
class [[nodiscard]] Result : public std::expected<T, E> {
 public:
  using std::expected<T, E>::expected;
};

// Makes the unexpected half of a Result from a sentence.
inline std::unexpected<Error> fail(std::string message, std::string advice = {}) {
  return std::unexpected(Error{.message = std::move(message), .advice = std::move(advice), .file = {}});
}

}  // namespace espy::base
