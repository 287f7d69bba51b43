// brig_bench_filter CONFIG FILE: writes the seccomp program that brig makes of a config.json, as an array of
// sock_filter, for the floor to load.
#include <cstdio>
#include <string>

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

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: brig_bench_filter CONFIG FILE\n", stderr);
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
