#include "seccomp/filter.h"

#include <linux/bpf_common.h>
#include <linux/seccomp.h>

#include <algorithm>
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
// The number by which a tracer skips a system call: no architecture's (seccomp(2), SECCOMP_RET_TRACE).
constexpr std::uint32_t kSkippedCall = 0xffffffff;

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

void add_call(const Call& call, const Rule& rule, std::vector<Entry>& entries) {
  const auto order = [&] { return static_cast<std::uint32_t>(entries.size()); };
  if (call.multiplexed) entries.push_back({call.multiplexed->number, order(), &rule, call.multiplexed->which});
  if (call.number) entries.push_back({*call.number, order(), &rule, std::nullopt});
}

// Adds what `name` is on each architecture. A name that libseccomp has nowhere is left out: profiles name system calls
// that are newer than it.
void resolve_name(const Rules& rules, const Rule& rule, const std::string& name,
                  std::vector<std::vector<Entry>>& entries) {
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const std::optional<Call> call = call_on(rules.architectures[i], name);
    if (!call) {
      if (log::debug_enabled())
        log::debug(text::cat("/linux/seccomp/syscalls/", rule.index, ": unknown system call `", name, "` ignored"));
      return;
    }
    add_call(*call, rule, entries[i]);
  }
}

// For each architecture the numbers that the rules are about, ascending.
std::vector<std::vector<Entry>> resolve(const Rules& rules) {
  std::vector<std::vector<Entry>> entries(rules.architectures.size());
  for (const Rule& rule : rules.rules)
    for (const std::string& name : *rule.names) resolve_name(rules, rule, name, entries);
  for (std::vector<Entry>& list : entries)
    std::ranges::sort(list, {}, [](const Entry& e) { return std::uint64_t{e.number} << 32 | e.order; });
  return entries;
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

// The search for an architecture alone on its value of seccomp_data.arch, or for x86_64 and x32 together: they share
// the value and are told apart by a bit of the number. A number of the one of them that is not listed is foreign.
Graph::Id search(Graph& graph, std::span<const Architecture> architectures,
                 std::span<const std::vector<Verdict>> verdicts, std::uint32_t audit_arch, Graph::Id otherwise) {
  const std::vector<Verdict>* low = nullptr;
  const std::vector<Verdict>* x32 = nullptr;
  for (std::size_t i = 0; i < architectures.size(); ++i)
    if (architectures[i].audit_arch == audit_arch) (is_x32(architectures[i]) ? x32 : low) = &verdicts[i];
  const Graph::Id foreign = graph.answer(kForeignArchitecture);
  RangeMap map(otherwise);
  if (low == nullptr) map.append(0, kX32Bit - 1, foreign);
  if (low != nullptr)
    for (const Verdict& verdict : *low) map.append(verdict.number, verdict.number, verdict.node);
  if (x32 != nullptr)
    for (const Verdict& verdict : *x32) map.append(verdict.number, verdict.number, verdict.node);
  if (x32 == nullptr && has_x32_numbers(audit_arch)) map.append(kX32Bit, kSkippedCall - 1, foreign);
  return map.build(graph);
}

// A test for each value of seccomp_data.arch, the native one first.
Graph::Id dispatch(Graph& graph, std::span<const Architecture> architectures,
                   std::span<const std::vector<Verdict>> verdicts, Graph::Id otherwise) {
  Graph::Id root = graph.answer(kForeignArchitecture);
  for (std::size_t i = architectures.size(); i-- > 0;) {
    const std::uint32_t audit_arch = architectures[i].audit_arch;
    const auto earlier = architectures.first(i);
    // x86_64 and x32 come together, in the place of the first of them.
    if (std::ranges::find(earlier, audit_arch, &Architecture::audit_arch) != earlier.end()) continue;
    const Graph::Id found = search(graph, architectures, verdicts, audit_arch, otherwise);
    root = graph.test(kArchitectureField, Compare::kEqual, audit_arch, found, root);
  }
  return root;
}

}  // namespace

Result<Filter> compile(const Rules& rules) {
  const std::vector<std::vector<Entry>> entries = resolve(rules);
  Graph graph;
  const Graph::Id otherwise = graph.answer(rules.default_action);
  std::vector<std::vector<Verdict>> verdicts;
  for (std::size_t i = 0; i < entries.size(); ++i)
    verdicts.push_back(decide_all(graph, entries[i], rules.architectures[i].width, otherwise));
  Filter filter = {.flags = rules.flags};
  filter.program = graph.assemble(dispatch(graph, rules.architectures, verdicts, otherwise));
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
