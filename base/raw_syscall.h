// System calls without a C library: for the two pieces of code that run before there is one (early_start.cc,
// loader.cc) and nobody else. x86_64.
#pragma once

namespace brig::raw {

inline long call(long number, long a, long b = 0, long c = 0, long d = 0, long e = 0, long f = 0) {
  long result;
  register long r10 asm("r10") = d;
  register long r8 asm("r8") = e;
  register long r9 asm("r9") = f;
  asm volatile("syscall"
               : "=a"(result)
               : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
               : "rcx", "r11", "memory");
  return result;
}

inline long address(const void* p) { return reinterpret_cast<long>(p); }

}  // namespace brig::raw
