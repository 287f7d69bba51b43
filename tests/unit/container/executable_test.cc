#include "runtime/container/executable.h"

#include <elf.h>
#include <gtest/gtest.h>

#include <cstring>

namespace brig::container {
namespace {

using Kind = Executable::Kind;

template <typename T>
std::string bytes(const T& object) {
  return {reinterpret_cast<const char*>(&object), sizeof object};
}

// A 64 bit little-endian program with one segment of no interest, then its loader.
std::string elf64(const std::string& loader, std::uint64_t offset = sizeof(Elf64_Ehdr) + 2 * sizeof(Elf64_Phdr)) {
  Elf64_Ehdr header = {};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_machine = EM_AARCH64;
  header.e_phoff = sizeof header;
  header.e_phnum = 2;
  Elf64_Phdr load = {}, interpreter = {};
  load.p_type = PT_LOAD;
  interpreter.p_type = PT_INTERP;
  interpreter.p_offset = offset;
  interpreter.p_filesz = loader.size() + 1;
  return bytes(header) + bytes(load) + bytes(interpreter) + loader + '\0';
}

TEST(Executable, ElfHasItsMachineAndLoader) {
  const Executable found = inspect_executable(elf64("/lib/ld.so"));
  EXPECT_EQ(found.kind, Kind::kElf);
  EXPECT_EQ(found.machine, EM_AARCH64);
  EXPECT_EQ(found.interpreter, "/lib/ld.so");
}

TEST(Executable, ElfOf32BitsInTheOtherByteOrder) {
  std::string file(sizeof(Elf32_Ehdr) + sizeof(Elf32_Phdr), '\0');
  file.replace(0, SELFMAG, ELFMAG);
  file[EI_CLASS] = ELFCLASS32;
  file[EI_DATA] = ELFDATA2MSB;
  file[offsetof(Elf32_Ehdr, e_machine) + 1] = EM_PPC;
  file[offsetof(Elf32_Ehdr, e_phoff) + 3] = sizeof(Elf32_Ehdr);
  file[offsetof(Elf32_Ehdr, e_phnum) + 1] = 1;
  const std::size_t segment = sizeof(Elf32_Ehdr);
  file[segment + 3] = PT_INTERP;
  file[segment + offsetof(Elf32_Phdr, p_offset) + 3] = static_cast<char>(file.size());
  file[segment + offsetof(Elf32_Phdr, p_filesz) + 3] = 5;
  const Executable found = inspect_executable(file + "/ld\0x");
  EXPECT_EQ(found.machine, EM_PPC);
  EXPECT_EQ(found.interpreter, "");  // five bytes are asked for, four are there
  EXPECT_EQ(inspect_executable(file + std::string("/ld\0x", 5)).interpreter, "/ld");
}

TEST(Executable, ADamagedElfHasNoLoader) {
  const std::string whole = elf64("/lib/ld.so");
  for (std::size_t size = SELFMAG; size < whole.size(); ++size)
    EXPECT_EQ(inspect_executable(whole.substr(0, size)).interpreter, "") << size;
  EXPECT_EQ(inspect_executable(elf64("/lib/ld.so", ~std::uint64_t{0})).interpreter, "");
}

TEST(Executable, ScriptsNameTheirInterpreter) {
  EXPECT_EQ(inspect_executable("#!/bin/sh\necho").interpreter, "/bin/sh");
  EXPECT_EQ(inspect_executable("#! /usr/bin/env python3\n").interpreter, "/usr/bin/env");
  EXPECT_EQ(inspect_executable("#!/bin/sh").interpreter, "/bin/sh");
  EXPECT_EQ(inspect_executable("#!").interpreter, "");
  EXPECT_EQ(inspect_executable("#!\n").kind, Kind::kScript);
  EXPECT_FALSE(inspect_executable("#!/bin/sh\n\r").carriage_return);
}

TEST(Executable, AScriptWithLinesAsOnWindows) {
  const Executable found = inspect_executable("#!/bin/sh\r\necho\r\n");
  EXPECT_TRUE(found.carriage_return);
  EXPECT_EQ(found.interpreter, "/bin/sh");
}

TEST(Executable, AnythingElse) {
  for (const char* head : {"", "#", "echo hello\n",
                           "\x7f"
                           "EL"})
    EXPECT_EQ(inspect_executable(head).kind, Kind::kOther);
}

TEST(Executable, Machines) {
  EXPECT_EQ(machine_name(EM_X86_64), "x86_64");
  EXPECT_EQ(machine_name(9999), "machine 9999");
  EXPECT_FALSE(runs_here(EM_S390) && runs_here(EM_MIPS));
}

}  // namespace
}  // namespace brig::container
