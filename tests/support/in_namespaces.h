// For kernel tests: runs a body in a forked child in namespaces of its own, and brings back what it found wrong.
#pragma once

#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <functional>
#include <string>

namespace brig::testing {

// `body` returns "" if all is well, otherwise what is wrong; so does this function. With CLONE_NEWNS all mounts are
// made private first, so nothing reaches the machine's. CLONE_NEWPID takes a second fork: the body is then pid 1.
// A body that dies by a signal is reported as such.
inline std::string in_namespaces(int flags, const std::function<std::string()>& body) {
  int ends[2];
  if (pipe(ends) == -1) return "pipe failed";
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    const auto answer = [&](const std::string& text) {
      (void)!write(ends[1], text.data(), text.size());
      _exit(text.empty() ? 0 : 1);
    };
    if (unshare(flags) == -1) answer(std::string("unshare: ") + std::strerror(errno));
    if ((flags & CLONE_NEWNS) != 0 && mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == -1)
      answer(std::string("mount private: ") + std::strerror(errno));
    if ((flags & CLONE_NEWPID) != 0) {
      const pid_t inner = fork();
      if (inner != 0) {
        int status = 0;
        waitpid(inner, &status, 0);
        if (WIFSIGNALED(status)) answer("killed by signal " + std::to_string(WTERMSIG(status)));
        _exit(WEXITSTATUS(status));
      }
    }
    answer(body());
  }
  close(ends[1]);
  std::string text;
  char buffer[4096];
  for (ssize_t n; (n = read(ends[0], buffer, sizeof buffer)) > 0;) text.append(buffer, static_cast<std::size_t>(n));
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) return text + "killed by signal " + std::to_string(WTERMSIG(status));
  if (WEXITSTATUS(status) != 0 && text.empty()) return "failed without a word";
  return text;
}

}  // namespace brig::testing
