// Runs in: runtime.
#include "runtime/container/executable.h"

#include <elf.h>

#include <cstddef>
#include <optional>

#include "base/text.h"

namespace brig::container {
namespace {

constexpr std::size_t kMostSegments = 64;

// Numbers of the file's byte order, at a place that may be beyond the end.
class Reader {
 public:
  Reader(std::string_view bytes, bool little) : bytes_(bytes), little_(little) {}

  template <typename Int>
  std::optional<Int> at(std::uint64_t offset) const {
    if (offset > bytes_.size() || bytes_.size() - offset < sizeof(Int)) return std::nullopt;
    Int value = 0;
    for (std::size_t i = 0; i < sizeof(Int); ++i) {
      const std::size_t place = offset + (little_ ? sizeof(Int) - 1 - i : i);
      value = static_cast<Int>(value << 8 | static_cast<unsigned char>(bytes_[place]));
    }
    return value;
  }

  // A word of the file's class.
  std::optional<std::uint64_t> word(bool wide, std::uint64_t offset) const {
    if (wide) return at<std::uint64_t>(offset);
    const auto value = at<std::uint32_t>(offset);
    return value ? std::optional<std::uint64_t>(*value) : std::nullopt;
  }

  std::string string(std::uint64_t offset, std::uint64_t size) const {
    if (offset > bytes_.size() || bytes_.size() - offset < size) return {};
    const std::string_view whole = bytes_.substr(offset, size);
    return std::string(whole.substr(0, whole.find('\0')));
  }

 private:
  std::string_view bytes_;
  bool little_;
};

std::string elf_interpreter(const Reader& file, bool wide) {
  const auto table = file.word(wide, wide ? offsetof(Elf64_Ehdr, e_phoff) : offsetof(Elf32_Ehdr, e_phoff));
  const auto count = file.at<std::uint16_t>(wide ? offsetof(Elf64_Ehdr, e_phnum) : offsetof(Elf32_Ehdr, e_phnum));
  if (!table || !count) return {};
  const std::size_t size = wide ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
  for (std::size_t i = 0; i < *count && i < kMostSegments; ++i) {
    const std::uint64_t segment = *table + i * size;
    if (file.at<std::uint32_t>(segment) != PT_INTERP) continue;
    const auto offset =
        file.word(wide, segment + (wide ? offsetof(Elf64_Phdr, p_offset) : offsetof(Elf32_Phdr, p_offset)));
    const auto length =
        file.word(wide, segment + (wide ? offsetof(Elf64_Phdr, p_filesz) : offsetof(Elf32_Phdr, p_filesz)));
    return offset && length ? file.string(*offset, *length) : std::string();
  }
  return {};
}

Executable inspect_elf(std::string_view head) {
  Executable found{.kind = Executable::Kind::kElf};
  if (head.size() <= EI_DATA) return found;
  const Reader file(head, head[EI_DATA] != ELFDATA2MSB);
  found.machine = file.at<std::uint16_t>(offsetof(Elf64_Ehdr, e_machine)).value_or(EM_NONE);
  found.interpreter = elf_interpreter(file, head[EI_CLASS] == ELFCLASS64);
  return found;
}

Executable inspect_script(std::string_view head) {
  Executable found{.kind = Executable::Kind::kScript};
  std::string_view line = head.substr(2, head.find('\n') - 2);
  found.carriage_return = line.ends_with('\r');
  if (found.carriage_return) line.remove_suffix(1);
  line = text::trim(line);
  found.interpreter = line.substr(0, line.find_first_of(" \t"));
  return found;
}

struct Machine {
  std::uint16_t number;
  std::string_view name;
};
constexpr Machine kMachines[] = {{EM_386, "i386"},        {EM_X86_64, "x86_64"}, {EM_ARM, "arm"},
                                 {EM_AARCH64, "aarch64"}, {EM_PPC, "ppc"},       {EM_PPC64, "ppc64"},
                                 {EM_S390, "s390"},       {EM_MIPS, "mips"},     {EM_RISCV, "riscv"}};

#if defined(__x86_64__)
constexpr std::uint16_t kOwn = EM_X86_64;
#elif defined(__aarch64__)
constexpr std::uint16_t kOwn = EM_AARCH64;
#elif defined(__powerpc64__)
constexpr std::uint16_t kOwn = EM_PPC64;
#elif defined(__s390x__)
constexpr std::uint16_t kOwn = EM_S390;
#elif defined(__riscv)
constexpr std::uint16_t kOwn = EM_RISCV;
#elif defined(__i386__)
constexpr std::uint16_t kOwn = EM_386;
#elif defined(__arm__)
constexpr std::uint16_t kOwn = EM_ARM;
#else
constexpr std::uint16_t kOwn = EM_NONE;  // not told apart
#endif

}  // namespace

Executable inspect_executable(std::string_view head) {
  if (head.starts_with(ELFMAG)) return inspect_elf(head);
  if (head.starts_with("#!")) return inspect_script(head);
  return {};
}

bool runs_here(std::uint16_t machine) {
  if (kOwn == EM_NONE || machine == kOwn) return true;
  return (kOwn == EM_X86_64 && machine == EM_386) || (kOwn == EM_AARCH64 && machine == EM_ARM);
}

std::string machine_name(std::uint16_t machine) {
  for (const Machine& known : kMachines)
    if (known.number == machine) return std::string(known.name);
  return text::cat("machine ", machine);
}

}  // namespace brig::container
