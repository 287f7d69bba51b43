// What /proc/PID/exe is of a brig that may be seen by a container: a program of a few kilobytes in a sealed memfd,
// which maps the real one from a descriptor and jumps into it.
//
// The real program is then only mapped: nothing in /proc leads to its file but map_files, which takes
// CAP_CHECKPOINT_RESTORE or CAP_SYS_ADMIN in the initial user namespace (proc(5)). So a container's process that opens
// or executes /proc/PID/exe of ours holds these few sealed pages, as it would hold a sealed copy of the whole program
// (CVE-2019-5736), at a tenth of the copy's cost.
//
// Freestanding: no C library, no relocations, no writable data. Started by early_start.cc, which puts the number of the
// descriptor into the padding of this file's ELF header (EI_PAD). Executed by anybody else it ends, or maps what that
// process has at that number, which gives nobody a right they did not have.
#include <asm/unistd.h>
#include <elf.h>
#include <sys/mman.h>

#include "base/raw_syscall.h"

extern "C" {
extern const unsigned char __ehdr_start[] __attribute__((visibility("hidden")));
}

namespace {

using brig::raw::address;
using brig::raw::call;

constexpr long kPage = 4096;
constexpr int kMostHeaders = 32;

[[noreturn]] void fail() {
  constexpr char kText[] = "brig: the program can't be mapped: cannot allocate memory, or RLIMIT_AS is too low\n";
  call(__NR_write, 2, address(kText), sizeof kText - 1);
  for (;;) call(__NR_exit_group, 1);
}

long down(long n) { return n & -kPage; }
long up(long n) { return down(n + kPage - 1); }

int protection(unsigned flags) {
  return ((flags & PF_R) != 0 ? PROT_READ : 0) | ((flags & PF_W) != 0 ? PROT_WRITE : 0) |
         ((flags & PF_X) != 0 ? PROT_EXEC : 0);
}

// One PT_LOAD, as the kernel's own loader maps it (fs/binfmt_elf.c): the file's pages, zeroes up to the memory size.
void map_segment(int fd, long base, const Elf64_Phdr& segment) {
  const long start = down(static_cast<long>(segment.p_vaddr));
  const long file_end = static_cast<long>(segment.p_vaddr + segment.p_filesz);
  const long memory_end = static_cast<long>(segment.p_vaddr + segment.p_memsz);
  const int prot = protection(segment.p_flags);
  const long mapped = call(__NR_mmap, base + start, up(file_end) - start, prot, MAP_PRIVATE | MAP_FIXED, fd,
                           down(static_cast<long>(segment.p_offset)));
  if (mapped < 0 && mapped > -kPage) fail();
  if (memory_end <= file_end) return;
  for (volatile char* c = reinterpret_cast<char*>(base + file_end); address(const_cast<char*>(c)) < base + up(file_end);
       ++c)
    *c = 0;
  if (up(memory_end) == up(file_end)) return;
  const long rest = call(__NR_mmap, base + up(file_end), up(memory_end) - up(file_end), prot,
                         MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS, -1, 0);
  if (rest < 0 && rest > -kPage) fail();
}

struct Program {
  Elf64_Ehdr header;
  Elf64_Phdr segments[kMostHeaders];
};

// Anywhere that there is room for all segments, as for any position-independent program.
long map_program(int fd, const Program& program) {
  long size = 0;
  for (int i = 0; i < program.header.e_phnum; ++i) {
    const Elf64_Phdr& s = program.segments[i];
    if (s.p_type == PT_LOAD && up(static_cast<long>(s.p_vaddr + s.p_memsz)) > size)
      size = up(static_cast<long>(s.p_vaddr + s.p_memsz));
  }
  const long base = call(__NR_mmap, 0, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (base < 0 && base > -kPage) fail();
  for (int i = 0; i < program.header.e_phnum; ++i)
    if (program.segments[i].p_type == PT_LOAD) map_segment(fd, base, program.segments[i]);
  return base;
}

// The C library finds its thread-local storage and its read-only parts by these (getauxval(3)).
void tell_program(long* stack, long base, const Elf64_Ehdr& header) {
  long* at = stack + 1 + stack[0] + 1;
  while (*at != 0) ++at;
  for (auto* aux = reinterpret_cast<Elf64_auxv_t*>(at + 1); aux->a_type != AT_NULL; ++aux) {
    if (aux->a_type == AT_PHDR) aux->a_un.a_val = static_cast<unsigned long>(base) + header.e_phoff;
    if (aux->a_type == AT_PHNUM) aux->a_un.a_val = header.e_phnum;
    if (aux->a_type == AT_ENTRY) aux->a_un.a_val = static_cast<unsigned long>(base) + header.e_entry;
  }
}

}  // namespace

// Returns where to go on.
extern "C" [[gnu::used, gnu::visibility("hidden")]] long brig_load(long* stack) {
  const int fd = __ehdr_start[EI_PAD] | __ehdr_start[EI_PAD + 1] << 8 | __ehdr_start[EI_PAD + 2] << 16;
  Program program;
  if (call(__NR_pread64, fd, address(&program), sizeof program, 0) < static_cast<long>(sizeof program)) fail();
  const Elf64_Ehdr& header = program.header;
  if (header.e_type != ET_DYN || header.e_machine != EM_X86_64 || header.e_phnum > kMostHeaders ||
      header.e_phoff != sizeof header)
    fail();
  const long base = map_program(fd, program);
  call(__NR_close, fd);
  tell_program(stack, base, header);
  return base + static_cast<long>(header.e_entry);
}

asm(R"(
.globl _start
.type _start, @function
_start:
  endbr64
  xor %ebp, %ebp
  mov %rsp, %rbx
  mov %rdx, %r12
  mov %rsp, %rdi
  and $-16, %rsp
  call brig_load
  mov %rbx, %rsp
  mov %r12, %rdx
  jmp *%rax
)");
