#include "base/run_program.h"

#include <fcntl.h>
#include <sys/prctl.h>

#include <array>

#include "base/text.h"

namespace brig {
namespace {

// What a pipe holds (pipe(7)): how much of the output there can be when the program has ended. What it left running may
// write for ever.
constexpr std::size_t kPipeHolds = 64 * 1024;

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> out;
  out.reserve(strings.size() + 1);
  for (const std::string& s : strings) out.push_back(const_cast<char*>(s.c_str()));
  out.push_back(nullptr);
  return out;
}

// startContainer hooks start under the container's seccomp filter, which may be older than these calls: clone3 is of
// Linux 5.3, close_range of 5.9, and docker's profile answers clone3 with ENOSYS to this day.
Result<sys::Cloned> start_child() {
  auto cloned = sys::clone3(0, std::nullopt);
  if (cloned.ok() || !sys::may_be_filtered(cloned.error())) return cloned;
  return sys::fork_with_pidfd();
}

Result<void> leave_descriptors() {
  auto closed = sys::close_range(3, ~0U, 0);
  if (closed.ok() || !sys::may_be_filtered(closed.error())) return closed;
  return sys::mark_close_on_exec_one_by_one(3);
}

// The child, up to execve(2). Says on its stderr why it failed.
Error become(const Program& program, FdRef input, FdRef output) {
  // stderr first: what fails from then on is told as the program's.
  TRY(sys::dup_onto(output, 2));
  TRY(sys::dup_onto(output, 1));
  TRY(sys::dup_onto(input, 0));
  TRY(sys::prctl(PR_SET_PDEATHSIG, SIGKILL));
  TRY(sys::setpgid_self());
  sys::reset_signals();
  // Ignored: it may be gone, or closed to the ids of a user namespace.
  if (!program.directory.empty()) (void)sys::chdir(program.directory);
  TRY(leave_descriptors());
  const std::vector<std::string> own_name = {program.path};
  return sys::execve(program.path, pointers(program.args.empty() ? own_name : program.args), pointers(program.env));
}

[[noreturn]] void child_main(const Program& program, FdRef input, FdRef output) noexcept {
  const Error error = become(program, input, output);
  (void)sys::write(FdRef::number(2), error.to_string());  // Ignored: the status says it too.
  sys::exit_now(127);
}

// Reads what there is, and says how much; 0 at the end of file.
std::size_t keep_tail(FdRef from, std::size_t most, std::string& tail) {
  std::array<char, 4096> buffer;
  auto n = sys::read(from, buffer);
  if (!n.ok()) return 0;
  tail.append(buffer.data(), n.value());
  if (tail.size() > most) tail.erase(0, tail.size() - most);
  return n.value();
}

// What the program wrote last. Its end was seen first, so all of it is there.
Result<void> keep_rest(FdRef from, std::size_t most, std::string& tail) {
  TRY(sys::fcntl_set_status_flags(from, O_RDONLY | O_NONBLOCK));
  for (std::size_t all = 0; all < kPipeHolds;) {
    const std::size_t n = keep_tail(from, most, tail);
    if (n == 0) break;
    all += n;
  }
  return {};
}

int remaining_ms(const std::optional<int>& timeout_ms, std::uint64_t started) {
  if (!timeout_ms) return -1;
  const auto passed = static_cast<std::int64_t>((sys::monotonic_ns() - started) / 1'000'000);
  return passed >= *timeout_ms ? 0 : static_cast<int>(*timeout_ms - passed);
}

// Feeds stdin and collects output until the process ends or its time is over.
Result<void> attend(const Program& program, FdRef pidfd, UniqueFd input, FdRef output, std::uint64_t started,
                    ProgramEnd& end) {
  std::string_view unwritten = program.input;
  TRY(sys::fcntl_set_status_flags(input, O_WRONLY | O_NONBLOCK));
  bool output_open = true;
  for (;;) {
    std::array<pollfd, 3> fds = {sys::poll_entry(pidfd, POLLIN), sys::poll_entry(output, POLLIN),
                                 sys::poll_entry(input, POLLOUT)};
    if (!output_open) fds[1].fd = -1;
    if (!input) fds[2].fd = -1;
    const int ready = TRY(sys::poll(fds, remaining_ms(program.timeout_ms, started)));
    if (ready == 0) {
      end.timed_out = true;
      return {};
    }
    if (fds[1].revents != 0) output_open = keep_tail(output, program.keep_output, end.output) != 0;
    if (fds[2].revents != 0) {
      // A pipe takes what fits; EPIPE is a program that doesn't care for its input.
      auto written = sys::write_some(input, unwritten);
      if (written.ok()) unwritten.remove_prefix(written.value());
      const bool again = !written.ok() && written.error().code() == EAGAIN;
      if (unwritten.empty() || (!written.ok() && !again)) input.reset();
    }
    if (fds[0].revents != 0) return {};
  }
}

// On one line, as an error is: lines are told apart by " | ", and empty ones left out.
std::string on_one_line(std::string_view output) {
  std::string line;
  for (const std::string& part : text::split(output, '\n')) {
    const std::string_view words = text::trim(part);
    if (!words.empty()) line += text::cat(line.empty() ? "" : " | ", words);
  }
  return line;
}

}  // namespace

std::string ProgramEnd::describe() const {
  std::string text;
  const std::uint64_t duration_ms = duration_ns / 1'000'000;
  if (timed_out) {
    text = text::cat("no end after ", duration_ms, " ms, killed");
  } else {
    text = text::cat(exit.exited ? "exit status " : "signal ", exit.status, " after ", duration_ms, " ms");
  }
  const std::string said = on_one_line(output);
  return said.empty() ? text : text::cat(text, ": ", said);
}

Result<ProgramEnd> run_program(const Program& program) {
  sys::SocketPair input = TRY(sys::pipe());
  sys::SocketPair output = TRY(sys::pipe());
  const std::uint64_t started = sys::monotonic_ns();
  sys::Cloned child = TRY(start_child(), "start", program.path);
  if (child.pid == 0) child_main(program, input.a, output.b);
  input.a.reset();
  output.b.reset();
  ProgramEnd end;
  const sys::IgnoredSigpipe ignored;
  auto attended = attend(program, child.pidfd, std::move(input.b), output.a, started, end);
  if (end.timed_out || !attended.ok()) {
    // The group first: what the program started ends with it. Ignored: ESRCH if it just ended. By its number, which
    // nobody else can have before it is reaped: a filter may forbid pidfd_send_signal.
    (void)sys::kill(-child.pid, SIGKILL);
    (void)sys::kill(child.pid, SIGKILL);
  }
  end.exit = TRY(sys::wait_pidfd(child.pidfd));
  end.duration_ns = sys::monotonic_ns() - started;
  TRY(std::move(attended));
  TRY(keep_rest(output.a, program.keep_output, end.output));
  return end;
}

}  // namespace brig
