#include "oci/read_config.h"

#include <algorithm>

#include "base/log.h"
#include "oci/documents.h"
#include "oci/json.h"
#include "oci/read_parts.h"

namespace brig::oci {
namespace {

// ---- config.md#specification-version

bool is_number(std::string_view part) {
  const bool digits = std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
  return digits && !part.empty() && (part.size() == 1 || part.front() != '0');
}

// Semantic Versioning 2.0.0: MAJOR.MINOR.PATCH, then "-pre-release" and "+build" of letters, digits, "-" and ".".
bool is_version(std::string_view version) {
  const std::size_t end = std::min(version.find_first_of("-+"), version.size());
  const std::vector<std::string> numbers = text::split(version.substr(0, end), '.');
  if (numbers.size() != 3 || !std::all_of(numbers.begin(), numbers.end(), is_number)) return false;
  const std::string_view rest = version.substr(end);
  return rest.size() != 1 && std::all_of(rest.begin(), rest.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.' ||
                  c == '+';
         });
}

// Any 1.x: "retains forward and backward compatibility within major versions".
Result<std::string> read_version(const Node& node) {
  std::string version = TRY(read_string(node));
  if (!is_version(version))
    return node.error(text::cat("must be a version such as 1.3.0, is ", text::json_quote(version)));
  if (!version.starts_with("1.")) return node.error(text::cat("version ", version, " is not supported, 1.x is"));
  const auto minor = [](std::string_view v) { return text::parse_int<std::uint64_t>(text::split(v, '.')[1]); };
  if (minor(version) > minor(kSpecVersion))
    log::warn(text::cat("config.json: ", node.pointer(), ": ", version, " is newer than ", kSpecVersion,
                        "; what it has beyond that is ignored"));
  return version;
}

// ---- config.md#root, #posix-platform-hooks, #annotations

Result<std::string> read_root_path(const Node& node) {
  std::string path = TRY(read_string(node));
  if (path.empty()) return node.error("must not be empty");
  return path;
}

constexpr Field<Root> kRootFields[] = {
    field<&Root::path, read_root_path>("path", Presence::kRequired),
    field<&Root::readonly, read_bool>("readonly"),
};

Result<Root> read_root(const Node& node) {
  Root root;
  TRY(read_object(node, kRootFields, root));
  return root;
}

constexpr Field<Hook> kHookFields[] = {
    field<&Hook::path, read_absolute_path>("path", Presence::kRequired),
    field<&Hook::args, read_array<&read_string>>("args"),
    field<&Hook::env, read_env>("env"),
    field<&Hook::timeout, read_number<int, 1>>("timeout"),
};

Result<Hook> read_hook(const Node& node) {
  Hook hook;
  TRY(read_object(node, kHookFields, hook));
  return hook;
}

constexpr Field<Hooks> kHooksFields[] = {
    field<&Hooks::prestart, read_array<&read_hook>>("prestart"),
    field<&Hooks::create_runtime, read_array<&read_hook>>("createRuntime"),
    field<&Hooks::create_container, read_array<&read_hook>>("createContainer"),
    field<&Hooks::start_container, read_array<&read_hook>>("startContainer"),
    field<&Hooks::poststart, read_array<&read_hook>>("poststart"),
    field<&Hooks::poststop, read_array<&read_hook>>("poststop"),
};

Result<Hooks> read_hooks(const Node& node) {
  Hooks hooks;
  TRY(read_object(node, kHooksFields, hooks));
  return hooks;
}

Result<Annotations> read_annotations(const Node& node) {
  TRY(expect_object(node));
  Annotations annotations;
  for (auto& [key, value] : node.value().object) {
    const Node child(node, key, value);
    if (key.empty()) return child.error("the key must not be empty");
    annotations.emplace(key, TRY(read_string(child)));
  }
  return annotations;
}

// sethostname(2): HOST_NAME_MAX. setdomainname(2) has the same limit.
Result<std::string> read_host_name(const Node& node) {
  constexpr std::size_t kLongest = 64;
  std::string name = TRY(read_string(node));
  if (name.size() > kLongest) return node.error(text::cat("longer than ", kLongest, " bytes"));
  return name;
}

constexpr Field<Config> kConfigFields[] = {
    ignored<Config>("ociVersion"),  // the first to be read: read_config()
    field<&Config::process, read_process>("process"),
    field<&Config::root, read_root>("root", Presence::kRequired),
    field<&Config::hostname, read_host_name>("hostname"),
    field<&Config::domainname, read_host_name>("domainname"),
    field<&Config::mounts, read_array<&read_mount>>("mounts"),
    field<&Config::hooks, read_hooks>("hooks"),
    field<&Config::annotations, read_annotations>("annotations"),
    field<&Config::linux_, read_linux>("linux"),
    // Other platforms.
    ignored<Config>("freebsd"),
    ignored<Config>("solaris"),
    ignored<Config>("vm"),
    ignored<Config>("windows"),
    ignored<Config>("zos"),
};

}  // namespace

Result<Config> read_config(std::string_view text) {
  json::Value document = TRY(json::parse(text));
  const Node root(document);
  TRY(expect_object(root));
  // First, as all the rest is read by its rules.
  json::Value* version = document.find("ociVersion");
  if (version == nullptr) return root.member_error("ociVersion", "required, but missing");
  Config config;
  config.oci_version = TRY(read_version(Node(root, "ociVersion", *version)));
  TRY(read_object(root, kConfigFields, config));
  TRY(read_idmap_options(config));
  return config;
}

Result<Process> read_process_document(std::string_view text, const Process& container) {
  json::Value document = TRY(json::parse(text));
  return read_process_in(Node(document), container);
}

Result<Resources> read_resources_document(std::string_view text) {
  json::Value document = TRY(json::parse(text));
  return read_resources(Node(document));
}

}  // namespace brig::oci
