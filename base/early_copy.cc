// The program's entry point, before the C library is initialised.
//
// A command that makes a container's processes runs from a sealed copy of the program
// (runtime/process/sealed_self.h says why). Making the copy from main() would initialise the C library twice: in a
// virtual machine that is some 40 trapping CPUID instructions, the program's relocation and its page faults, about a
// third of a millisecond. Here it costs the copy and the execve(2) alone.
//
// This is a short cut and decides nothing: whatever fails, the program goes on, and the command makes sure of its copy
// by itself. There is no C library yet, and no relocation: only system calls, locals and literals.
#include <asm/unistd.h>
#include <elf.h>
#include <fcntl.h>
#include <linux/memfd.h>

// Words that ask for the copy, each ended by a NUL, the last by two. Defined by the program.
extern "C" {
extern const char brig_words_that_need_a_copy[] __attribute__((visibility("hidden")));
}

#if defined(__x86_64__)

namespace {

long call(long number, long a, long b = 0, long c = 0, long d = 0, long e = 0) {
  long result;
  register long r10 asm("r10") = d;
  register long r8 asm("r8") = e;
  asm volatile("syscall"
               : "=a"(result)
               : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
               : "rcx", "r11", "memory");
  return result;
}

long address(const void* p) { return reinterpret_cast<long>(p); }

bool equal(const char* a, const char* b) {
  for (; *a == *b; ++a, ++b)
    if (*a == '\0') return true;
  return false;
}

bool needs_copy(const char* word) {
  for (const char* w = brig_words_that_need_a_copy; *w != '\0'; ++w) {
    if (equal(word, w)) return true;
    while (*w != '\0') ++w;
  }
  return false;
}

// Set-uid execution is main()'s to refuse.
bool secure_execution(const Elf64_auxv_t* auxiliary) {
  for (; auxiliary->a_type != AT_NULL; ++auxiliary)
    if (auxiliary->a_type == AT_SECURE) return auxiliary->a_un.a_val != 0;
  return false;
}

void run_from_copy(char** argv, char** envp) {
  constexpr int kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
  constexpr unsigned kMfdExec = 0x10;  // MFD_EXEC, Linux 6.3; before that unknown, and not needed
  const long self = call(__NR_openat, AT_FDCWD, address("/proc/self/exe"), O_RDONLY | O_CLOEXEC);
  if (self < 0) return;
  // A memfd answers with its seals, any other file with an error.
  if (call(__NR_fcntl, self, F_GET_SEALS) < 0) {
    long copy = call(__NR_memfd_create, address("brig"), MFD_CLOEXEC | MFD_ALLOW_SEALING | kMfdExec);
    if (copy < 0) copy = call(__NR_memfd_create, address("brig"), MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (copy >= 0) {
      long copied;
      while ((copied = call(__NR_sendfile, copy, self, 0, 1 << 30)) > 0) {
      }
      if (copied == 0 && call(__NR_fcntl, copy, F_ADD_SEALS, kSeals) == 0)
        call(__NR_execveat, copy, address(""), address(argv), address(envp), AT_EMPTY_PATH);
      call(__NR_close, copy);
    }
  }
  call(__NR_close, self);
}

}  // namespace

// What the kernel leaves on the stack (System V ABI): argc, argv, NULL, envp, NULL, auxv.
extern "C" [[gnu::used, gnu::visibility("hidden")]] void brig_early(long* stack) {
  const long argc = stack[0];
  char** argv = reinterpret_cast<char**>(stack + 1);
  char** envp = argv + argc + 1;
  char** end = envp;
  while (*end != nullptr) ++end;
  if (secure_execution(reinterpret_cast<const Elf64_auxv_t*>(end + 1))) return;
  for (long i = 1; i < argc; ++i)
    if (needs_copy(argv[i])) return run_from_copy(argv, envp);
}

// Gives the C library's entry point the registers and the stack as the kernel left them.
asm(R"(
.globl brig_start
.type brig_start, @function
brig_start:
  endbr64
  xor %ebp, %ebp
  mov %rsp, %rdi
  push %rdx
  push %rdi
  call brig_early
  pop %rdi
  pop %rdx
  mov %rdi, %rsp
  jmp _start
)");

#endif
