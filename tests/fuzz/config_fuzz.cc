// Any bytes as config.json: refused with a pointer, or a config that keeps what its types promise.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/text.h"
#include "oci/read_config.h"
#include "oci/validate.h"

namespace {

void require(bool holds) {
  if (!holds) __builtin_trap();
}

bool clean(const std::string& s) { return s.find('\0') == std::string::npos && brig::text::valid_utf8(s); }
bool absolute(const std::string& path) { return path.starts_with('/') && clean(path); }

void check(const brig::oci::Config& config) {
  if (config.process) {
    require(absolute(config.process->cwd) && !config.process->args.empty());
    require(config.process->user.uid != UINT32_MAX && config.process->user.gid != UINT32_MAX);
    for (const std::string& entry : config.process->env) require(clean(entry) && entry.find('=') != std::string::npos);
  }
  for (const brig::oci::Mount& mount : config.mounts) {
    require(absolute(mount.destination) && brig::text::clean_path(mount.destination) == mount.destination);
    require((mount.options.set & mount.options.clear & ~std::uint64_t{0x70}) == 0);
  }
  for (const brig::oci::Device& device : config.linux_.devices) require(absolute(device.path));
  for (const auto& [key, value] : config.linux_.sysctl)
    require(!key.empty() && key.find("..") == std::string::npos && key.find('\n') == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  brig::Result<brig::oci::Config> config = brig::oci::read_config({reinterpret_cast<const char*>(data), size});
  if (!config.ok()) {
    require(config.error().kind() == brig::Error::Kind::kConfig);
    return 0;
  }
  check(config.value());
  const brig::Result<brig::oci::ValidConfig> valid = brig::oci::validate(std::move(config).value());
  if (!valid.ok()) require(!valid.error().subject().empty());
  return 0;
}
