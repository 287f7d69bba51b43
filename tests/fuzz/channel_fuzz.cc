// Any bytes as a message of the other process: refused, or a message that is written the same again.
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "runtime/process/channel.h"

namespace {

void require(bool holds) {
  if (!holds) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const brig::Result<brig::process::Message> message =
      brig::process::decode({reinterpret_cast<const std::byte*>(data), size});
  if (!message.ok()) {
    require(message.error().kind() == brig::Error::Kind::kUnsafe);
    return 0;
  }
  const std::string bytes = brig::process::encode(message.value());
  const std::size_t same = size < brig::process::kMostMessageBytes ? size : brig::process::kMostMessageBytes;
  require(bytes.size() == same);
  // A longer text is cut, and then the length before it is another one.
  if (same == size) require(std::memcmp(bytes.data(), data, size) == 0);
  return 0;
}
