// prefetch: asks the processor for memory that is needed soon.
#pragma once

namespace espy::base {

// Any address will do. The empty statement is there because GCC takes a function that does nothing but prefetch for one without effect,
// and leaves out calls of it.
inline void prefetch(const void* address) {
  __builtin_prefetch(address);
  asm volatile("");
}

}  // namespace espy::base
