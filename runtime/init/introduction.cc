// Runs in: init.
#include "runtime/init/introduction.h"

#include <array>

namespace brig::init {

Result<Introduction> Introduction::prepare() { return Introduction(TRY(sys::seqpacket_pair())); }

void Introduction::await() {
  pair_.b.reset();
  std::array<std::byte, 1> word;
  auto heard = sys::receive_message(pair_.a, word);
  if (!heard.ok() || heard.value().size == 0) sys::exit_now(1);
  pair_.a.reset();
}

Result<void> Introduction::make(const process::Channel& runtime, const sys::Cloned& cloned) const {
  TRY(runtime.send_init(cloned.pid, cloned.pidfd));
  return sys::send_message(pair_.b, std::array<std::byte, 1>{});
}

}  // namespace brig::init
