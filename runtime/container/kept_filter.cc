// Runs in: runtime.
#include "runtime/container/kept_filter.h"

#include <cstdint>
#include <cstring>

namespace brig::container {
namespace {

struct Header {
  std::uint32_t version;
  std::uint32_t flags;  // SECCOMP_FILTER_FLAG_*
  std::uint32_t size;   // instructions
};
constexpr std::uint32_t kVersion = 1;

}  // namespace

std::string encode_filter(const seccomp::Filter& filter) {
  const Header header = {
      .version = kVersion, .flags = filter.flags, .size = static_cast<std::uint32_t>(filter.program.size())};
  std::string bytes(reinterpret_cast<const char*>(&header), sizeof header);
  return bytes.append(reinterpret_cast<const char*>(filter.program.data()),
                      filter.program.size() * sizeof(sock_filter));
}

Result<seccomp::Filter> decode_filter(std::string_view bytes) {
  const auto broken = [] { return Error::make(Error::Kind::kState, "the container's seccomp filter is damaged"); };
  Header header;
  if (bytes.size() < sizeof header) return broken();
  std::memcpy(&header, bytes.data(), sizeof header);
  bytes.remove_prefix(sizeof header);
  // A program without instructions confines nobody.
  const bool whole = header.version == kVersion && header.size > 0 && header.size <= BPF_MAXINSNS &&
                     bytes.size() == header.size * sizeof(sock_filter);
  if (!whole) return broken();
  seccomp::Filter filter = {.program = std::vector<sock_filter>(header.size), .flags = header.flags};
  std::memcpy(filter.program.data(), bytes.data(), bytes.size());
  return filter;
}

}  // namespace brig::container
