// Runs a command and makes one of its system calls fail, or kills the process that makes it.
//
//   inject REPORT list COMMAND...
//   inject REPORT errno PROCESS CALL ERRNO COMMAND...
//   inject REPORT kill PROCESS CALL COMMAND...
//
// PROCESS 0 is the command itself; the ones that come of it are numbered as they appear. CALL counts the system calls
// of that process, from 1. Who executes a program is left alone from then on, but for the command itself: what is
// looked at is the runtime, not hooks and payloads.
//
// REPORT is a file. It gets a line "PROCESS CALL NUMBER TEXT" for every call (list) or for the one that was hit; TEXT
// is the path or word that the call was given, if it has one. Ends with the command's status (128 and the number of the
// signal that ended it), or with 125 if something is wrong here.
//
// strace injects too, but counts each call of each process by itself, so that one number stands for many faults.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef __x86_64__
#error "knows the registers of x86_64 only"
#endif

enum { kMostProcesses = 64, kWrong = 125 };
enum Mode { kList, kErrno, kKill };

struct Process {
  pid_t pid;  // 0: has ended, or is left alone
  int number;
  int calls;
  int set_result;  // the call that is being made shall end with result
  long result;
};

static struct Process processes[kMostProcesses];
static int known;
static enum Mode mode;
static int wanted_process, wanted_call, wanted_errno;
static FILE* report;
static int started;  // the command is executed: its own calls from here on

static void give_up(const char* what) {
  fprintf(stderr, "inject: %s: %s\n", what, strerror(errno));
  exit(kWrong);
}

static struct Process* process(pid_t pid) {
  for (int i = 0; i < known; ++i)
    if (processes[i].pid == pid) return &processes[i];
  if (known == kMostProcesses) give_up("too many processes");
  processes[known] = (struct Process){.pid = pid, .number = known};
  return &processes[known++];
}

// Which argument is a path or word, by the call; -1: none.
static int text_argument(long number) {
  switch (number) {
    case SYS_execve:
    case SYS_chdir:
    case SYS_memfd_create:
    case SYS_sethostname: return 0;
    case SYS_openat:
    case SYS_openat2:
    case SYS_mkdirat:
    case SYS_mknodat:
    case SYS_unlinkat:
    case SYS_renameat:
    case SYS_newfstatat:
    case SYS_statx:
    case SYS_faccessat:
    case SYS_faccessat2:
    case SYS_readlinkat:
    case SYS_fchmodat:
    case SYS_fchownat:
    case SYS_open_tree:
    case SYS_mount:
    case SYS_write: return 1;
    case SYS_fsconfig:
    case SYS_symlinkat: return 2;
    default: return -1;
  }
}

static void tell(const struct Process* who, const struct __ptrace_syscall_info* call) {
  char text[80] = "";
  const int argument = text_argument((long)call->entry.nr);
  if (argument >= 0) {
    // The remote page may end before our buffer does.
    const unsigned long from = call->entry.args[argument];
    const size_t to_page_end = 4096 - from % 4096;
    struct iovec ours = {.iov_base = text, .iov_len = sizeof text - 1};
    struct iovec theirs = {.iov_base = (void*)from, .iov_len = to_page_end < ours.iov_len ? to_page_end : ours.iov_len};
    if (process_vm_readv(who->pid, &ours, 1, &theirs, 1, 0) == -1) text[0] = '\0';
  }
  for (char* c = text; *c != '\0'; ++c)
    if (*c < ' ' || *c > '~') *c = *c == '\n' ? '\0' : '?';
  fprintf(report, "%d %d %lld %s\n", who->number, who->calls, (long long)call->entry.nr, text);
  fflush(report);
}

static void set_register(pid_t pid, size_t which, long value) {
  if (ptrace(PTRACE_POKEUSER, pid, which, value) == -1 && errno != ESRCH) give_up("ptrace poke");
}

// These do their work whatever they answer: a file that close(2) fails for is closed all the same.
static int happens_anyway(long number) { return number == SYS_close || number == SYS_close_range; }
static int never_fails(long number) {
  return number == SYS_exit || number == SYS_exit_group || number == SYS_rt_sigreturn;
}

static void enters_call(struct Process* who, const struct __ptrace_syscall_info* call) {
  const long number = (long)call->entry.nr;
  ++who->calls;
  const int hit = who->number == wanted_process && who->calls == wanted_call;
  if (mode == kList || hit) tell(who, call);
  if (!hit || mode == kList) return;
  if (mode == kKill) {
    kill(who->pid, SIGKILL);
    return;
  }
  if (never_fails(number)) return;
  who->set_result = 1;
  who->result = -wanted_errno;
  if (!happens_anyway(number)) set_register(who->pid, offsetof(struct user_regs_struct, orig_rax), -1);
}

static void leaves_call(struct Process* who) {
  if (!who->set_result) return;
  who->set_result = 0;
  set_register(who->pid, offsetof(struct user_regs_struct, rax), who->result);
}

static void look_at_call(struct Process* who) {
  struct __ptrace_syscall_info call = {0};
  if (ptrace(PTRACE_GET_SYSCALL_INFO, who->pid, sizeof call, &call) == -1) return;  // just killed
  if (call.op == PTRACE_SYSCALL_INFO_ENTRY && started) enters_call(who, &call);
  if (call.op == PTRACE_SYSCALL_INFO_EXIT) leaves_call(who);
}

// Returns whether the process is to go on under our eyes; *signal is what it is to get.
static int stopped(struct Process* who, int status, int* signal) {
  const int event = status >> 16;
  const int cause = WSTOPSIG(status);
  *signal = 0;
  if (cause == (SIGTRAP | 0x80)) {
    look_at_call(who);
  } else if (event == PTRACE_EVENT_EXEC) {
    started = 1;
    return who->number == 0;
  } else if (event == 0) {
    *signal = cause;
  }
  return 1;
}

// The child waits for the byte that says that we look.
static pid_t start(char** command) {
  int ready[2];
  if (pipe2(ready, O_CLOEXEC) == -1) give_up("pipe");
  const pid_t child = fork();
  if (child == -1) give_up("fork");
  if (child == 0) {
    char byte;
    if (read(ready[0], &byte, 1) != 1) _exit(kWrong);
    execvp(command[0], command);
    give_up(command[0]);
  }
  const long options =
      PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE;
  if (ptrace(PTRACE_SEIZE, child, 0, options) == -1) give_up("ptrace seize");
  if (ptrace(PTRACE_INTERRUPT, child, 0, 0) == -1) give_up("ptrace interrupt");
  if (waitpid(child, NULL, __WALL) != child) give_up("wait");
  process(child);
  if (ptrace(PTRACE_SYSCALL, child, 0, 0) == -1) give_up("ptrace");
  if (write(ready[1], "", 1) != 1) give_up("write");
  close(ready[0]);
  close(ready[1]);
  return child;
}

// Whether a call is on its way that was told to do nothing: who is let go of then would get ENOSYS.
static int owes_a_result(void) {
  for (int i = 0; i < known; ++i)
    if (processes[i].pid != 0 && processes[i].set_result) return 1;
  return 0;
}

// Ends when the command has: the kernel lets go of all others then.
static int attend(pid_t command) {
  int end = -1;
  while (end == -1 || owes_a_result()) {
    int status, signal;
    const pid_t pid = waitpid(-1, &status, __WALL);
    if (pid == -1) give_up("wait");
    struct Process* who = process(pid);
    if (WIFEXITED(status) || WIFSIGNALED(status)) {
      who->pid = 0;
      if (pid == command) end = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    } else if (stopped(who, status, &signal)) {
      ptrace(PTRACE_SYSCALL, pid, 0, signal);  // ESRCH: just killed
    } else {
      who->pid = 0;
      ptrace(PTRACE_DETACH, pid, 0, 0);
    }
  }
  return end;
}

int main(int argc, char** argv) {
  int words = 3;
  if (argc < 4) return kWrong;
  report = fopen(argv[1], "we");
  if (report == NULL) give_up(argv[1]);
  if (strcmp(argv[2], "list") == 0) mode = kList;
  if (strcmp(argv[2], "errno") == 0) mode = kErrno, words = 6;
  if (strcmp(argv[2], "kill") == 0) mode = kKill, words = 5;
  if (argc <= words) return kWrong;
  if (words > 3) wanted_process = atoi(argv[3]), wanted_call = atoi(argv[4]);
  if (words > 5) wanted_errno = atoi(argv[5]);
  return attend(start(argv + words));
}
