// brig_bench_filter CONFIG FILE: writes the seccomp program that brig makes of a config.json, as an array of
// sock_filter, for the floor to load, and prints its length.
//
// brig_bench_filter --time N CONFIG: how long it takes to make it, in microseconds: the first time in a process, as a
// start has it, and the median of N more.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "base/sys.h"
#include "oci/read_config.h"
#include "seccomp/filter.h"

namespace {

brig::Result<brig::seccomp::Filter> filter_of(const std::string& text) {
  const brig::oci::Config config = TRY(brig::oci::read_config(text));
  if (!config.linux_.seccomp) return brig::seccomp::Filter{};
  return brig::seccomp::compile(*config.linux_.seccomp);
}

std::string read_file(const char* path) {
  std::string text;
  std::FILE* file = std::fopen(path, "re");
  if (file == nullptr) return text;
  char buffer[4096];
  for (std::size_t n; (n = std::fread(buffer, 1, sizeof buffer, file)) > 0;) text.append(buffer, n);
  std::fclose(file);
  return text;
}

int print_times(std::size_t count, const char* path) {
  const auto config = brig::oci::read_config(read_file(path));
  if (!config.ok() || !config.value().linux_.seccomp || count == 0) {
    std::fputs("brig_bench_filter: needs a config.json with a seccomp profile, and a number of times\n", stderr);
    return 1;
  }
  std::vector<std::uint64_t> times;
  for (std::size_t i = 0; i <= count; ++i) {
    const std::uint64_t begin = brig::sys::monotonic_ns();
    if (!brig::seccomp::compile(*config.value().linux_.seccomp).ok()) return 1;
    times.push_back((brig::sys::monotonic_ns() - begin) / 1000);
  }
  const std::uint64_t first = times[0];
  std::sort(times.begin() + 1, times.end());
  std::printf("first %llu median %llu\n", static_cast<unsigned long long>(first),
              static_cast<unsigned long long>(times[1 + count / 2]));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 4 && std::string_view(argv[1]) == "--time")
    return print_times(std::strtoul(argv[2], nullptr, 10), argv[3]);
  if (argc != 3) {
    std::fputs("usage: brig_bench_filter CONFIG FILE | --time N CONFIG\n", stderr);
    return 2;
  }
  const auto filter = filter_of(read_file(argv[1]));
  if (!filter.ok()) {
    std::fprintf(stderr, "brig_bench_filter: %s\n", filter.error().to_string().c_str());
    return 1;
  }
  std::FILE* file = std::fopen(argv[2], "we");
  if (file == nullptr) {
    std::perror(argv[2]);
    return 1;
  }
  const auto& program = filter.value().program;
  const bool written = std::fwrite(program.data(), sizeof(sock_filter), program.size(), file) == program.size();
  if (std::fclose(file) != 0 || !written) {
    std::perror(argv[2]);
    return 1;
  }
  std::printf("%zu\n", program.size());
  return 0;
}
