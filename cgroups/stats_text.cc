#include "cgroups/stats_text.h"

#include <algorithm>
#include <limits>

#include "base/sys.h"
#include "base/text.h"
#include "cgroups/tree.h"
#include "oci/index_list.h"

namespace brig::cgroups {
namespace {

// "8:0".
bool parse_device(std::string_view text, BlockIoEntry& entry) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return false;
  const auto major = text::parse_int<std::uint64_t>(text.substr(0, colon));
  const auto minor = text::parse_int<std::uint64_t>(text.substr(colon + 1));
  if (!major || !minor) return false;
  entry.major = *major;
  entry.minor = *minor;
  return true;
}

// "12.34", with two digits after the point (psi_show), in hundredths.
std::uint32_t parse_hundredths(std::string_view text) {
  const std::size_t point = text.find('.');
  if (point == std::string_view::npos || text.size() - point != 3) return 0;
  const auto whole = text::parse_int<std::uint32_t>(text.substr(0, point));
  const auto rest = text::parse_int<std::uint32_t>(text.substr(point + 1));
  return whole && rest ? *whole * 100 + *rest : 0;
}

void set_share(std::string_view name, std::string_view value, Pressure::Share& share) {
  if (name == "avg10") share.avg10 = parse_hundredths(value);
  if (name == "avg60") share.avg60 = parse_hundredths(value);
  if (name == "avg300") share.avg300 = parse_hundredths(value);
  if (name == "total") share.total_us = parse_counter(value);
}

}  // namespace

std::uint64_t parse_counter(std::string_view text) {
  if (text == "max") return std::numeric_limits<std::uint64_t>::max();
  return text::parse_int<std::uint64_t>(text).value_or(0);
}

Counters parse_counters(std::string_view text) {
  Counters counters;
  for (const std::string& line : text::split(text, '\n')) {
    const std::size_t blank = line.find(' ');
    if (blank == std::string::npos || blank == 0) continue;
    const std::string_view value = std::string_view(line).substr(blank + 1);
    if (value.empty() || value.find(' ') != std::string_view::npos) continue;
    counters.emplace_back(line.substr(0, blank), parse_counter(value));
  }
  return counters;
}

std::uint64_t counter(const Counters& counters, std::string_view key) {
  const auto found =
      std::find_if(counters.begin(), counters.end(), [key](const auto& each) { return each.first == key; });
  return found == counters.end() ? 0 : found->second;
}

Pressure parse_pressure(std::string_view text) {
  Pressure pressure;
  for (const std::string& line : text::split(text, '\n')) {
    const std::vector<std::string> words = text::split(line, ' ');
    if (words.front() != "some" && words.front() != "full") continue;
    Pressure::Share& share = words.front() == "some" ? pressure.some : pressure.full;
    for (const std::string& word : words)
      if (const std::size_t equals = word.find('='); equals != std::string::npos)
        set_share(word.substr(0, equals), word.substr(equals + 1), share);
  }
  return pressure;
}

std::vector<BlockIoEntry> parse_blkio(std::string_view text) {
  std::vector<BlockIoEntry> entries;
  for (const std::string& line : text::split(text, '\n')) {
    const std::vector<std::string> words = text::split(line, ' ');
    BlockIoEntry entry;
    if (words.size() < 2 || words.size() > 3 || !parse_device(words.front(), entry)) continue;
    if (words.size() == 3) entry.operation = words[1];
    entry.value = parse_counter(words.back());
    entries.push_back(std::move(entry));
  }
  return entries;
}

void parse_io_stat(std::string_view text, BlockIoStats& stats) {
  struct Kind {
    std::string_view key, operation;
    std::vector<BlockIoEntry>* entries;
  };
  const Kind kinds[] = {{"rbytes", "Read", &stats.bytes},
                        {"wbytes", "Write", &stats.bytes},
                        {"rios", "Read", &stats.operations},
                        {"wios", "Write", &stats.operations}};
  for (const std::string& line : text::split(text, '\n')) {
    const std::vector<std::string> words = text::split(line, ' ');
    BlockIoEntry entry;
    if (!parse_device(words.front(), entry)) continue;
    for (const std::string& word : words) {
      const std::size_t equals = word.find('=');
      if (equals == std::string::npos) continue;
      for (const Kind& kind : kinds) {
        if (kind.key != std::string_view(word).substr(0, equals)) continue;
        entry.operation = kind.operation;
        entry.value = parse_counter(std::string_view(word).substr(equals + 1));
        kind.entries->push_back(entry);
      }
    }
  }
}

std::vector<std::uint64_t> parse_numbers(std::string_view text) {
  std::vector<std::uint64_t> numbers;
  for (const std::string& word : text::split(text::trim(text), ' '))
    if (const auto number = text::parse_int<std::uint64_t>(word)) numbers.push_back(*number);
  return numbers;
}

void parse_usage_all(std::string_view text, CpuStats& stats) {
  for (const std::string& line : text::split(text, '\n')) {
    const std::vector<std::uint64_t> numbers = parse_numbers(line);  // none in the first line
    if (numbers.size() < 3) continue;
    stats.per_cpu_user_ns.push_back(numbers[1]);
    stats.per_cpu_kernel_ns.push_back(numbers[2]);
  }
}

std::vector<std::uint16_t> parse_index_numbers(std::string_view text) {
  constexpr std::size_t kBits = std::numeric_limits<unsigned long>::digits;
  const std::optional<oci::IndexMask> mask = oci::parse_index_list(text);
  std::vector<std::uint16_t> numbers;
  if (!mask) return numbers;
  for (std::size_t i = 0; i < mask->size() * kBits; ++i)
    if (((*mask)[i / kBits] >> (i % kBits) & 1) != 0) numbers.push_back(static_cast<std::uint16_t>(i));
  return numbers;
}

Result<std::optional<std::string>> read_optional(FdRef directory, CStr file) {
  Result<std::string> content = read_file(directory, file);
  if (content.ok()) return std::optional(std::move(content).value());
  if (gone(content.error()) || content.error().code() == EOPNOTSUPP) return std::optional<std::string>();
  return std::move(content).error();
}

Result<std::uint64_t> read_counter(FdRef directory, CStr file) {
  const std::optional<std::string> content = TRY(read_optional(directory, file));
  return content ? parse_counter(*content) : 0;
}

Result<std::vector<std::string>> hugepage_sizes(FdRef directory, std::string_view suffix) {
  constexpr std::string_view kPrefix = "hugetlb.";
  std::vector<std::string> sizes;
  // Opened anew, since reading moves the offset that a descriptor has.
  Result<UniqueFd> here = sys::openat(directory, ".", O_RDONLY | O_DIRECTORY);
  if (!here.ok() && gone(here.error())) return sizes;
  const UniqueFd list = TRY(std::move(here));
  Result<std::vector<sys::DirEntry>> files = sys::getdents(list);
  if (!files.ok() && gone(files.error())) return sizes;
  for (const sys::DirEntry& file : TRY(std::move(files))) {
    const std::string_view name = file.name;
    if (!name.starts_with(kPrefix) || !name.ends_with(suffix) || name.size() < kPrefix.size() + suffix.size()) continue;
    const std::string_view size = name.substr(kPrefix.size(), name.size() - kPrefix.size() - suffix.size());
    if (size.find('.') == std::string_view::npos) sizes.emplace_back(size);
  }
  std::sort(sizes.begin(), sizes.end());
  return sizes;
}

}  // namespace brig::cgroups
