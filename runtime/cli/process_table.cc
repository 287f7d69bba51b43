// Runs in: runtime.
#include "runtime/cli/process_table.h"

#include <unistd.h>

#include <algorithm>
#include <optional>

#include "base/run_program.h"
#include "base/sys.h"
#include "base/text.h"

namespace brig::cli {
namespace {

// For the rows of 2^22 processes.
constexpr std::size_t kMostOutput = std::size_t{256} << 20;

std::vector<std::string> fields_of(std::string_view line) {
  std::vector<std::string> fields = text::split(line, ' ');
  std::erase(fields, "");
  return fields;
}

std::optional<std::size_t> pid_column(std::string_view line) {
  const std::vector<std::string> names = fields_of(line);
  const auto found = std::find(names.begin(), names.end(), "PID");
  if (found == names.end()) return std::nullopt;
  return static_cast<std::size_t>(found - names.begin());
}

Result<std::string> find_ps() {
  for (const std::string& directory : text::split(sys::environment_value("PATH").value_or("/usr/bin:/bin"), ':')) {
    if (!directory.starts_with('/')) continue;  // relative: whoever owns the current directory could choose the program
    std::string program = directory + "/ps";
    if (sys::faccessat(FdRef::cwd(), program, X_OK, AT_EACCESS).ok()) return program;
  }
  return Error::make(Error::Kind::kUnsupported, "there is no program ps in $PATH")
      .with_hint("--format json needs none");
}

std::vector<std::string> own_environment() {
  std::vector<std::string> all;
  for (char** each = sys::environment(); each != nullptr && *each != nullptr; ++each) all.emplace_back(*each);
  return all;
}

}  // namespace

std::string pids_json(const std::vector<pid_t>& pids) {
  std::string out = "[";
  for (const pid_t pid : pids) out += text::cat(out.size() == 1 ? "" : ",", pid);
  return out + "]\n";
}

Result<std::string> rows_of(std::string_view output, const std::vector<pid_t>& pids) {
  std::optional<std::size_t> column;
  bool shown = false;  // the row before
  std::string rows;
  for (const std::string& line : text::split(output, '\n')) {
    if (!column) {
      column = pid_column(line);
      if (column) rows += line + '\n';
      continue;
    }
    const std::vector<std::string> fields = fields_of(line);
    if (fields.size() <= *column) continue;
    const std::string& field = fields[*column];
    const std::optional<pid_t> pid = text::parse_int<pid_t>(field);
    if (pid) shown = std::binary_search(pids.begin(), pids.end(), *pid);
    if (shown && (pid || field == "-")) rows += line + '\n';
  }
  if (!column) return Error::make(Error::Kind::kUnsupported, "couldn't find PID field in ps output");
  return rows;
}

Result<std::string> process_table(const std::vector<pid_t>& pids, std::span<const std::string_view> arguments) {
  Program ps;
  ps.path = TRY(find_ps());
  ps.args = {"ps"};
  ps.args.insert(ps.args.end(), arguments.begin(), arguments.end());
  if (arguments.empty()) ps.args.emplace_back("-ef");
  ps.env = own_environment();
  ps.keep_output = kMostOutput;
  const ProgramEnd end = TRY(run_program(ps), "run", ps.path);
  if (!end.ok()) return Error::make(Error::Kind::kUnsupported, text::cat("ps: ", end.describe()));
  return rows_of(end.output, pids);
}

}  // namespace brig::cli
