// Runs in: runtime.
#include "runtime/cli/commands.h"

#include "base/log.h"
#include "base/text.h"
#include "oci/container_id.h"
#include "oci/documents.h"
#include "oci/names.h"
#include "runtime/cli/completion.h"
#include "runtime/cli/environment.h"
#include "runtime/cli/findings.h"
#include "runtime/cli/help.h"
#include "runtime/cli/output.h"
#include "runtime/cli/process_table.h"
#include "runtime/cli/version.h"
#include "runtime/cli/write_spec.h"
#include "runtime/container/check.h"
#include "runtime/container/operations.h"

namespace brig::cli {
namespace {

Error usage(std::string_view text) { return Error::make(Error::Kind::kUsage, text); }

// ---- what the operations are given

Result<std::string> container_id(const Arguments& arguments) {
  std::string id(arguments.positionals.front());
  if (!oci::valid_container_id(id))
    return usage(text::cat("invalid container ID format `", id, '`'))
        .with_hint("letters, digits, _ + - and ., but neither - nor . first");
  return id;
}

cgroups::Manager manager(const Arguments& arguments) {
  switch (arguments.cgroup_manager) {
    case CgroupManager::kCgroupfs: return cgroups::Manager::kCgroupfs;
    case CgroupManager::kSystemd: return cgroups::Manager::kSystemd;
    case CgroupManager::kDisabled: return cgroups::Manager::kDisabled;
  }
  return cgroups::Manager::kCgroupfs;
}

Result<container::Globals> globals(const Arguments& arguments) {
  container::Globals globals;
  globals.root_given = !arguments.root.empty();
  globals.root = TRY(globals.root_given ? absolute_root(arguments.root) : default_root());
  globals.manager = manager(arguments);
  return globals;
}

// For the commands that make containers; the others take the manager from the container's state.
Result<void> complete(container::CreateRequest& request, const Arguments& arguments) {
  request.id = TRY(container_id(arguments));
  request.globals = TRY(globals(arguments));
  if (request.bundle.empty()) request.bundle = ".";
  return container::run_from_sealed_copy(arguments.argv, request.globals);
}

// ---- the commands

Result<int> create(Arguments& arguments) {
  container::CreateRequest& request = arguments.run.create;
  TRY(complete(request, arguments));
  TRY(container::create(request));
  return 0;
}

Result<int> run(Arguments& arguments) {
  TRY(complete(arguments.run.create, arguments));
  return container::run(arguments.run);
}

Result<int> start(const Arguments& arguments) {
  const std::string id = TRY(container_id(arguments));
  const container::Globals where = TRY(globals(arguments));
  TRY(container::start(where, id));
  return 0;
}

Result<int> exec(Arguments& arguments) {
  container::ExecRequest& request = arguments.exec;
  request.id = TRY(container_id(arguments));
  request.globals = TRY(globals(arguments));
  request.command.assign(arguments.positionals.begin() + 1, arguments.positionals.end());
  if (request.command.empty() == request.process_file.empty())
    return usage("what is to be run: takes either COMMAND or --process FILE, and not both");
  TRY(container::run_from_sealed_copy(arguments.argv, request.globals));
  return container::exec(request);
}

Result<int> state(const Arguments& arguments) {
  const std::string id = TRY(container_id(arguments));
  const container::Globals where = TRY(globals(arguments));
  const oci::ListEntry entry = TRY(container::state(where, id));
  TRY(print(text::cat(text::trim(oci::state_for_users(entry.state, entry.extra, 2)), '\n')));
  return 0;
}

Result<int> kill(const Arguments& arguments) {
  const std::string id = TRY(container_id(arguments));
  const std::string_view name = arguments.positionals.size() > 1 ? arguments.positionals[1] : "SIGTERM";
  const std::optional<int> signal = oci::signal_number(name);
  if (!signal)
    return usage(text::cat("unknown signal `", name, '`')).with_hint("a name such as TERM, or a number: signal(7)");
  const container::Globals where = TRY(globals(arguments));
  TRY(container::kill(where, id, *signal, arguments.all));
  return 0;
}

Result<int> remove(const Arguments& arguments) {
  const std::string id = TRY(container_id(arguments));
  const container::Globals where = TRY(globals(arguments));
  TRY(container::remove(where, id, arguments.force));
  return 0;
}

Result<int> update(const Arguments& arguments) {
  const std::string id = TRY(container_id(arguments));
  const container::Globals where = TRY(globals(arguments));
  TRY(container::update(where, id, arguments.update));
  return 0;
}

Result<int> pause(const Arguments& arguments) {
  const std::string id = TRY(container_id(arguments));
  const container::Globals where = TRY(globals(arguments));
  TRY(container::pause(where, id));
  return 0;
}

Result<int> resume(const Arguments& arguments) {
  const std::string id = TRY(container_id(arguments));
  const container::Globals where = TRY(globals(arguments));
  TRY(container::resume(where, id));
  return 0;
}

Result<int> ps(const Arguments& arguments) {
  const std::string id = TRY(container_id(arguments));
  const container::Globals where = TRY(globals(arguments));
  const std::vector<pid_t> pids = TRY(container::processes(where, id));
  if (arguments.list_format == ListFormat::kJson) {
    TRY(print(pids_json(pids)));
  } else {
    const std::string table = TRY(process_table(pids, std::span(arguments.positionals).subspan(1)));
    TRY(print(table));
  }
  return 0;
}

Result<int> events(const Arguments& arguments) {
  const std::string id = TRY(container_id(arguments));
  const container::Globals where = TRY(globals(arguments));
  TRY(container::events(where, id, arguments.events, FdRef::number(1)));
  return 0;
}

Result<int> list(const Arguments& arguments) {
  const container::Globals where = TRY(globals(arguments));
  container::Listing listing = TRY(container::list(where));
  if (arguments.quiet) {
    TRY(print(list_ids(listing.containers)));
  } else if (arguments.list_format == ListFormat::kJson) {
    TRY(print(text::cat(text::trim(oci::list_for_users(listing.containers)), '\n')));
  } else {
    TRY(print(list_table(listing.containers)));
  }
  for (Error& unreadable : listing.unreadable) {
    unreadable.add_frame("list");
    log::error(unreadable);
  }
  return 0;
}

Result<int> spec(const Arguments& arguments) {
  TRY(write_spec(arguments.run.create.bundle, arguments.rootless_spec ? SpecKind::kRootless : SpecKind::kRoot));
  return 0;
}

Result<int> features() {
  TRY(print(container::features({.version = BRIG_VERSION, .commit = commit()})));
  return 0;
}

Result<int> check(const Arguments& arguments) {
  container::CheckRequest request;
  request.bundle = arguments.run.create.bundle.empty() ? "." : arguments.run.create.bundle;
  request.manager = manager(arguments);
  const std::vector<container::Finding> findings = container::check(request);
  TRY(print(arguments.json ? findings_json(findings) : findings_text(findings)));
  return exit_status_of(findings);
}

Result<int> trace(const Arguments& arguments) {
  const std::string id = TRY(container_id(arguments));
  const container::Globals where = TRY(globals(arguments));
  const std::vector<container::TraceStep> steps = TRY(container::trace(where, id));
  TRY(print(arguments.json ? trace_json(steps) : trace_table(steps)));
  return 0;
}

Error not_implemented() { return Error::make(Error::Kind::kUnsupported, "not implemented yet"); }

Result<int> help(const Arguments& arguments) {
  if (arguments.positionals.empty()) {
    TRY(print(program_help()));
    return 0;
  }
  const Command* command = find_command(arguments.positionals.front());
  if (command == nullptr) return unknown_command(arguments.positionals.front());
  if (command->verb == Verb::kPlanned) return not_implemented();
  TRY(print(command_help(*command)));
  return 0;
}

Result<int> completion(const Arguments& arguments) {
  const std::optional<std::string> script = completion_script(arguments.positionals.front());
  if (!script) return usage(text::cat("unknown shell `", arguments.positionals.front(), "`: bash, zsh or fish"));
  TRY(print(*script));
  return 0;
}

Result<int> perform(Verb verb, Arguments& arguments) {
  switch (verb) {
    case Verb::kCreate: return create(arguments);
    case Verb::kStart: return start(arguments);
    case Verb::kExec: return exec(arguments);
    case Verb::kRun: return run(arguments);
    case Verb::kState: return state(arguments);
    case Verb::kKill: return kill(arguments);
    case Verb::kDelete: return remove(arguments);
    case Verb::kPause: return pause(arguments);
    case Verb::kResume: return resume(arguments);
    case Verb::kPs: return ps(arguments);
    case Verb::kEvents: return events(arguments);
    case Verb::kUpdate: return update(arguments);
    case Verb::kList: return list(arguments);
    case Verb::kSpec: return spec(arguments);
    case Verb::kFeatures: return features();
    case Verb::kCheck: return check(arguments);
    case Verb::kTrace: return trace(arguments);
    case Verb::kHelp: return help(arguments);
    case Verb::kCompletion: return completion(arguments);
    case Verb::kPlanned: return not_implemented();
  }
  __builtin_unreachable();
}

// A command that brig does not have yet fails whatever follows it, --help too: podman takes success of `checkpoint
// --help` for support. Of its options it knows those that somebody asks for without their value.
Error refuse_planned(const Command& command, std::span<const std::string_view> words) {
  if (words.empty() || !words.back().starts_with("--")) return not_implemented();
  const Option* last = find_option(command.options, words.back().substr(2));
  return last != nullptr && !last->value.empty() ? missing_value(words.back()) : not_implemented();
}

Result<void> check_count(const Command& command, std::size_t given) {
  if (given >= command.fewest && given <= command.most) return {};
  const std::string takes = command.most == 0 ? "none" : text::cat('`', command.arguments, '`');
  return usage(text::cat("wrong number of arguments: takes ", takes, ", was given ", given));
}

}  // namespace

Error unknown_command(std::string_view name) {
  return usage(text::cat("unknown command `", name, '`')).with_hint("see brig --help");
}

Result<int> run_command(const Command& command, std::span<const std::string_view> words, Arguments& arguments) {
  if (command.verb == Verb::kPlanned) return refuse_planned(command, words);
  const std::string hint = text::cat("see brig ", command.name, " --help");
  Result<std::vector<std::string_view>> positionals = parse(command.options, command.order, words, arguments);
  if (arguments.help) {
    TRY(print(command_help(command)));
    return 0;
  }
  if (!positionals.ok()) return std::move(positionals).error().with_hint(hint);
  arguments.positionals = std::move(positionals).value();
  Result<void> counted = check_count(command, arguments.positionals.size());
  if (!counted.ok()) return std::move(counted).error().with_hint(hint);
  return perform(command.verb, arguments);
}

}  // namespace brig::cli
