#include <signal.h>

#include <array>

#include "base/text.h"
#include "oci/names.h"

namespace brig::oci {
namespace {

struct SignalName {
  std::string_view name;
  int number;
};

// signal(7), with the synonyms that Linux has.
constexpr std::array<SignalName, 34> kSignals = {
    {{"HUP", SIGHUP},   {"INT", SIGINT},   {"QUIT", SIGQUIT}, {"ILL", SIGILL},       {"TRAP", SIGTRAP},
     {"ABRT", SIGABRT}, {"IOT", SIGIOT},   {"BUS", SIGBUS},   {"FPE", SIGFPE},       {"KILL", SIGKILL},
     {"USR1", SIGUSR1}, {"SEGV", SIGSEGV}, {"USR2", SIGUSR2}, {"PIPE", SIGPIPE},     {"ALRM", SIGALRM},
     {"TERM", SIGTERM}, {"CHLD", SIGCHLD}, {"CLD", SIGCHLD},  {"STKFLT", SIGSTKFLT}, {"CONT", SIGCONT},
     {"STOP", SIGSTOP}, {"TSTP", SIGTSTP}, {"TTIN", SIGTTIN}, {"TTOU", SIGTTOU},     {"URG", SIGURG},
     {"XCPU", SIGXCPU}, {"XFSZ", SIGXFSZ}, {"PROF", SIGPROF}, {"VTALRM", SIGVTALRM}, {"WINCH", SIGWINCH},
     {"IO", SIGIO},     {"POLL", SIGIO},   {"PWR", SIGPWR},   {"SYS", SIGSYS}}};

constexpr int kLastSignal = 64;
// What programs in containers see as SIGRTMIN: the C libraries keep the kernel's first two for themselves. A constant,
// as the container's C library counts, not the one that brig is linked with.
constexpr int kRtMin = 34;

// "RTMIN", "RTMIN+3", "RTMAX-2".
std::optional<int> realtime_signal(std::string_view name) {
  const bool from_max = name.starts_with("RTMAX");
  if (!from_max && !name.starts_with("RTMIN")) return std::nullopt;
  const int base = from_max ? kLastSignal : kRtMin;
  name.remove_prefix(5);
  if (name.empty()) return base;
  if (name.front() != (from_max ? '-' : '+')) return std::nullopt;
  const std::optional<unsigned> distance = text::parse_int<unsigned>(name.substr(1));
  if (!distance || *distance > kLastSignal - kRtMin) return std::nullopt;
  return from_max ? base - static_cast<int>(*distance) : base + static_cast<int>(*distance);
}

}  // namespace

std::optional<int> signal_number(std::string_view name) {
  if (const std::optional<unsigned> number = text::parse_int<unsigned>(name))
    return *number <= kLastSignal ? std::optional(static_cast<int>(*number)) : std::nullopt;
  std::string upper(name);
  for (char& c : upper)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  std::string_view bare = upper;
  if (bare.starts_with("SIG")) bare.remove_prefix(3);
  for (const SignalName& signal : kSignals)
    if (signal.name == bare) return signal.number;
  return realtime_signal(bare);
}

}  // namespace brig::oci
