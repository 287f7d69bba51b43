// Runs in: runtime.
#include "runtime/process/terminal.h"

#include <fcntl.h>

#include <array>

#include "base/sys.h"

namespace brig::process {
namespace {

constexpr std::size_t kAtOnce = 8192;

FdRef standard_input() { return FdRef::number(0); }
FdRef standard_output() { return FdRef::number(1); }

// Writes all of it to stdout, which may be without blocking by somebody else's choice: its file description is shared.
Result<void> show(std::string_view text) {
  while (!text.empty()) {
    auto written = sys::write_some(standard_output(), text);
    if (written.ok()) {
      text.remove_prefix(written.value());
    } else if (written.error().code() == EAGAIN) {
      std::array<pollfd, 1> fds = {sys::poll_entry(standard_output(), POLLOUT)};
      TRY(sys::poll(fds, -1));
    } else {
      return std::move(written).error();
    }
  }
  return {};
}

}  // namespace

Result<TerminalProxy> TerminalProxy::open(UniqueFd master) {
  TerminalProxy proxy(std::move(master));
  TRY(sys::fcntl_set_status_flags(proxy.master_, O_RDWR | O_NONBLOCK));
  if (sys::isatty(standard_input())) {
    proxy.saved_ = TRY(sys::make_terminal_raw(standard_input()), "set the terminal to raw mode");
    proxy.resize();
  }
  return proxy;
}

TerminalProxy::~TerminalProxy() {
  // Ignored: the terminal may be gone, and there is nobody left to tell.
  if (!saved_.empty()) (void)sys::restore_terminal(standard_input(), saved_);
}

void TerminalProxy::copy_input() {
  std::array<char, kAtOnce> buffer;
  auto n = sys::read(standard_input(), buffer);
  if (!n.ok() || n.value() == 0) {
    input_open_ = false;
    return;
  }
  unsent_.append(buffer.data(), n.value());
  send_unsent();
}

void TerminalProxy::send_unsent() {
  while (!unsent_.empty()) {
    auto sent = sys::write_some(master_, unsent_);
    if (!sent.ok() && sent.error().code() == EAGAIN) return;
    if (!sent.ok()) input_open_ = false;
    unsent_.erase(0, sent.ok() ? sent.value() : std::string::npos);
  }
}

void TerminalProxy::copy_output() {
  std::array<char, kAtOnce> buffer;
  auto n = sys::read(master_, buffer);
  if (!n.ok() && n.error().code() == EAGAIN) return;
  // EIO: every holder of the other end has closed it (pty(7)).
  if (!n.ok() || n.value() == 0) {
    output_open_ = false;
    return;
  }
  if (reader_left_) return;
  reader_left_ = !show({buffer.data(), n.value()}).ok();
}

void TerminalProxy::drain() {
  while (output_open_) {
    std::array<pollfd, 1> fds = {sys::poll_entry(master_, POLLIN)};
    auto ready = sys::poll(fds, 0);
    if (!ready.ok() || ready.value() == 0 || (fds[0].revents & POLLIN) == 0) return;
    copy_output();
  }
}

void TerminalProxy::resize() const {
  auto size = sys::window_size(standard_input());
  if (size.ok()) (void)sys::set_window_size(master_, size.value());  // Ignored: a wrong size is no failure.
}

}  // namespace brig::process
