#include "seccomp/filter.h"

#include <linux/bpf_common.h>
#include <linux/seccomp.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <span>

#include "base/log.h"
#include "base/text.h"
#include "seccomp/ranges.h"
#include "seccomp/rules.h"

namespace brig::seccomp {
namespace {

// What libseccomp does with a system call of an architecture that the filter is not for, unless told otherwise; runc
// and crun tell nothing.
constexpr std::uint32_t kForeignArchitecture = SECCOMP_RET_KILL_THREAD;
// What the kernel says of a call that it does not have.
constexpr std::uint32_t kNoSuchCall = SECCOMP_RET_ERRNO | ENOSYS;

// That `rule` is about a number of an architecture.
struct Entry {
  std::uint32_t number = 0;
  std::uint32_t order = 0;  // the entries of a number in the order of the rules
  const Rule* rule = nullptr;
  std::optional<std::uint32_t> which;  // of the calls that share the number: the value of argument 0
};

// A number's node.
struct Verdict {
  std::uint32_t number = 0;
  Graph::Id node = 0;
};

// What the profile says about the numbers of one architecture.
struct Table {
  Architecture architecture;
  std::vector<Entry> entries;           // of the rules; ascending
  std::optional<std::uint32_t> newest;  // the highest ordinary number that it names, by whatever rule
  std::vector<Verdict> verdicts;        // from `entries`; ascending
};

void see(std::uint32_t number, Table& table) {
  if (number <= last_ordinary_number(table.architecture)) table.newest = std::max(table.newest.value_or(0), number);
}

void add_call(const Call& call, const Rule& rule, std::vector<Entry>& entries) {
  const auto order = [&] { return static_cast<std::uint32_t>(entries.size()); };
  if (call.multiplexed) entries.push_back({call.multiplexed->number, order(), &rule, call.multiplexed->which});
  if (call.number) entries.push_back({*call.number, order(), &rule, std::nullopt});
}

// Adds what `name` is on each architecture. A name that libseccomp has nowhere is left out: profiles name system calls
// that are newer than it.
void resolve_name(const Rule& rule, const std::string& name, std::vector<Table>& tables) {
  for (Table& table : tables) {
    const std::optional<Call> call = call_on(table.architecture, name);
    if (!call) {
      if (log::debug_enabled())
        log::debug(text::cat("/linux/seccomp/syscalls/", rule.index, ": unknown system call `", name, "` ignored"));
      return;
    }
    add_call(*call, rule, table.entries);
    if (call->number) see(*call->number, table);
  }
}

std::vector<Table> resolve(const Rules& rules) {
  std::vector<Table> tables;
  for (const Architecture& architecture : rules.architectures) tables.push_back({.architecture = architecture});
  for (const Rule& rule : rules.rules)
    for (const std::string& name : *rule.names) resolve_name(rule, name, tables);
  for (Table& table : tables) {
    for (const std::vector<std::string>* names : rules.done_anyway)
      for (const std::string& name : *names)
        if (const auto call = call_on(table.architecture, name); call && call->number) see(*call->number, table);
    std::ranges::sort(table.entries, {}, [](const Entry& e) { return std::uint64_t{e.number} << 32 | e.order; });
  }
  return tables;
}

// The conditions of a rule as `entry` has them. The call's own first argument is in memory where a number is shared,
// out of a filter's sight; its condition gives way to the one that tells the calls apart, as in libseccomp.
std::vector<Condition> conditions_of(const Entry& entry, std::span<const Condition> conditions, Width width) {
  std::vector<Condition> all;
  if (entry.which) all.push_back({.argument = 0, .op = Operator::kEqual, .value = *entry.which});
  for (const Condition& condition : conditions)
    if (!entry.which || condition.argument != 0) all.push_back(condition);
  return narrowed(all, width);
}

// One number's node. A rule without conditions wins over all others, the first of them if there are more.
Graph::Id decide(Graph& graph, std::span<const Entry> entries, Width width, Graph::Id otherwise) {
  for (const Entry& entry : entries)
    for (const std::vector<Condition>& alternative : entry.rule->alternatives)
      if (!entry.which && narrowed(alternative, width).empty()) return graph.answer(entry.rule->action);
  ConditionTree tree;
  for (const Entry& entry : entries)
    for (const std::vector<Condition>& alternative : entry.rule->alternatives)
      tree.add(conditions_of(entry, alternative, width), entry.rule->action);
  return tree.build(graph, width, otherwise);
}

std::vector<Verdict> decide_all(Graph& graph, std::span<const Entry> entries, Width width, Graph::Id otherwise) {
  std::vector<Verdict> verdicts;
  verdicts.reserve(entries.size());
  for (std::size_t begin = 0, end = 0; begin < entries.size(); begin = end) {
    while (end < entries.size() && entries[end].number == entries[begin].number) ++end;
    verdicts.push_back({.number = entries[begin].number,
                        .node = decide(graph, entries.subspan(begin, end - begin), width, otherwise)});
  }
  return verdicts;
}

// Whether calls that the profile can't know are to fail with ENOSYS, so that programs fall back on older ones: not if
// they would be let through, to the kernel or to a tracer.
bool hides_newer_calls(std::uint32_t default_action) {
  const std::uint32_t action = default_action & SECCOMP_RET_ACTION_FULL;
  return action != SECCOMP_RET_ALLOW && action != SECCOMP_RET_LOG && action != SECCOMP_RET_TRACE;
}

// One architecture's numbers, and what is above its newest.
void append(const Table& table, std::optional<Graph::Id> newer, RangeMap& map) {
  const bool gap = newer && table.newest && *table.newest < last_ordinary_number(table.architecture);
  const bool zero = gap && reports_unknown_as_zero(table.architecture);
  if (zero && (table.verdicts.empty() || table.verdicts.front().number != 0)) map.append(0, 0, *newer);
  const auto middle = std::ranges::partition_point(
      table.verdicts, [&](const Verdict& verdict) { return !gap || verdict.number <= *table.newest; });
  for (auto at = table.verdicts.begin(); at != middle; ++at) map.append(at->number, at->number, at->node);
  if (gap) map.append(*table.newest + 1, last_ordinary_number(table.architecture), *newer);
  for (auto at = middle; at != table.verdicts.end(); ++at) map.append(at->number, at->number, at->node);
}

// The search for an architecture alone on its value of seccomp_data.arch, or for x86_64 and x32 together: they share
// the value and are told apart by a bit of the number. A number of the one of them that is not listed is foreign.
Graph::Id search(Graph& graph, std::span<const Table> tables, std::uint32_t audit_arch, std::uint32_t default_action) {
  const Table* low = nullptr;
  const Table* x32 = nullptr;
  for (const Table& table : tables)
    if (table.architecture.audit_arch == audit_arch) (is_x32(table.architecture) ? x32 : low) = &table;
  const Graph::Id foreign = graph.answer(kForeignArchitecture);
  std::optional<Graph::Id> newer;
  if (hides_newer_calls(default_action)) newer = graph.answer(kNoSuchCall);
  RangeMap map(graph.answer(default_action));
  if (low == nullptr) map.append(0, kX32Bit - 1, foreign);
  if (low != nullptr) append(*low, newer, map);
  if (x32 != nullptr) append(*x32, newer, map);
  if (x32 == nullptr && has_x32_numbers(audit_arch)) map.append(kX32Bit, kSkippedCall - 1, foreign);
  return map.build(graph);
}

// A test for each value of seccomp_data.arch, the native one first.
Graph::Id dispatch(Graph& graph, std::span<const Table> tables, std::uint32_t default_action) {
  Graph::Id root = graph.answer(kForeignArchitecture);
  for (std::size_t i = tables.size(); i-- > 0;) {
    const std::uint32_t audit_arch = tables[i].architecture.audit_arch;
    // x86_64 and x32 come together, in the place of the first of them.
    if (std::ranges::any_of(tables.first(i), [&](const Table& t) { return t.architecture.audit_arch == audit_arch; }))
      continue;
    const Graph::Id found = search(graph, tables, audit_arch, default_action);
    root = graph.test(kArchitectureField, Compare::kEqual, audit_arch, found, root);
  }
  return root;
}

}  // namespace

Result<Filter> compile(const Rules& rules) {
  std::vector<Table> tables = resolve(rules);
  Graph graph;
  const Graph::Id otherwise = graph.answer(rules.default_action);
  for (Table& table : tables) table.verdicts = decide_all(graph, table.entries, table.architecture.width, otherwise);
  Filter filter = {.flags = rules.flags};
  filter.program = graph.assemble(dispatch(graph, tables, rules.default_action));
  if (filter.program.size() > BPF_MAXINSNS)
    return Error::config("/linux/seccomp", text::cat("needs ", filter.program.size(),
                                                     " instructions, more than the kernel's ", BPF_MAXINSNS));
  return filter;
}

Result<Filter> compile(const oci::Seccomp& seccomp) {
  const Rules rules = TRY(read_rules(seccomp));
  return compile(rules);
}

}  // namespace brig::seccomp
