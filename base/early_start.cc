// The program's entry point, before the C library is initialised.
//
// A command that makes a container's processes must not be seen there as the installed program
// (runtime/process/sealed_self.h says why). Here that costs little: the C library is not yet initialised, and what is
// executed is a loader of a few kilobytes in a sealed memfd (loader.cc), which maps this program again.
//
// This is a short cut and decides nothing: whatever fails, the program goes on as it is, and the command makes sure by
// itself. There is no C library yet, and no relocation: only system calls, locals and literals.
#include <asm/unistd.h>
#include <elf.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <signal.h>
#include <sys/types.h>

#include "base/raw_syscall.h"

extern "C" {
// Words that ask for it, each ended by a NUL, the last by two. Defined by the program.
extern const char brig_words_that_need_a_copy[] __attribute__((visibility("hidden")));
// The loader's file.
extern const unsigned char brig_loader[] __attribute__((visibility("hidden")));
extern const unsigned char brig_loader_end[] __attribute__((visibility("hidden")));
}

namespace {

using brig::raw::address;
using brig::raw::call;

constexpr int kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

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

// The loader's file, with the number of the program's descriptor in its header. False if not all of it was written.
bool write_loader(long memfd, long program) {
  const unsigned char number[] = {static_cast<unsigned char>(program), static_cast<unsigned char>(program >> 8),
                                  static_cast<unsigned char>(program >> 16)};
  const long size = address(brig_loader_end) - address(brig_loader);
  return call(__NR_write, memfd, address(brig_loader), size) == size &&
         call(__NR_pwrite64, memfd, address(number), sizeof number, EI_PAD) == sizeof number;
}

// Or the kernel would end us for writing more than RLIMIT_FSIZE allows, memfds included, where the write is to fail and
// the command to say so (sys::adopt_signals).
void survive_file_size_limit() {
  const struct {
    long handler, flags, restorer;
    unsigned long mask;
  } ignore = {.handler = 1, .flags = 0, .restorer = 0, .mask = 0};  // SIG_IGN
  call(__NR_rt_sigaction, SIGXFSZ, address(&ignore), 0, sizeof ignore.mask);
}

// Returns only if it failed; nothing is left open then.
void execute_loader(long program, char** argv, char** envp) {
  constexpr unsigned kMfdExec = 0x10;  // MFD_EXEC, Linux 6.3; before that unknown, and not needed
  long memfd = call(__NR_memfd_create, address("brig"), MFD_CLOEXEC | MFD_ALLOW_SEALING | kMfdExec);
  if (memfd < 0) memfd = call(__NR_memfd_create, address("brig"), MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (memfd < 0) return;
  survive_file_size_limit();
  if (write_loader(memfd, program) && call(__NR_fcntl, memfd, F_ADD_SEALS, kSeals) == 0)
    call(__NR_execveat, memfd, address(""), address(argv), address(envp), AT_EMPTY_PATH);
  call(__NR_close, memfd);
}

void run_from_copy(char** argv, char** envp) {
  // Kept on exec: the loader maps it and closes it.
  const long program = call(__NR_openat, AT_FDCWD, address("/proc/self/exe"), O_RDONLY);
  if (program < 0) return;
  // All seals: then this is the mapped program already. A file of a tmpfs has some, any other file none (an error).
  const long seals = call(__NR_fcntl, program, F_GET_SEALS);
  if (seals < 0 || (seals & kSeals) != kSeals) execute_loader(program, argv, envp);
  call(__NR_close, program);
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

.section .rodata
.globl brig_loader
.globl brig_loader_end
brig_loader:
  .incbin "brig_loader"
brig_loader_end:
.text
)");
