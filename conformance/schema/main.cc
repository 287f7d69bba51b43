// Compares brig with the JSON schemas of the specification, as TAP:
//
//   each property is read: a value of a wrong type is an error with exactly its JSON pointer, and so is its absence
//   where the schema requires it; each enumerated value is taken and any other one refused; what is beyond a minimum or
//   a maximum, or does not match a pattern, is refused; and the documents that brig writes are valid.
//
// A property that brig passes over gives no error for a wrong type: so nobody has to keep a list of what is read.
// What differs on purpose is in exceptions.h.
//
// Exit status: 0 if all of that holds, 1 if not.
//
// usage: conformance_schema [--schema DIR] [--brig PROGRAM]
//
// DIR has the files of the folder schema/ of the runtime-spec repository (default: ../shared/schema beside the source
// tree; exit status 77 if there is none). With PROGRAM, what its `features` and `spec` write is checked as well.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <set>
#include <sstream>

#include "conformance/schema/exceptions.h"
#include "conformance/schema/properties.h"
#include "conformance/schema/schema.h"
#include "conformance/schema/verdict.h"
#include "oci/documents.h"

namespace brig::conformance {
namespace {

constexpr int kSkipped = 77;
constexpr const char* kPlaceholder = "@value@";

// ---- TAP

class Report {
 public:
  void line(bool ok, const std::string& name, const std::string& why = "") {
    std::cout << (ok ? "ok " : "not ok ") << ++count_ << " - " << name << '\n';
    if (!ok) std::cout << "# " << why << '\n';
    failed_ = failed_ || !ok;
  }
  int finish() const {
    std::cout << "1.." << count_ << '\n';
    return failed_ ? 1 : 0;
  }

 private:
  int count_ = 0;
  bool failed_ = false;
};

// ---- exceptions

class Exceptions {
 public:
  template <std::size_t n>
  explicit Exceptions(const Exception (&list)[n]) : list_(std::begin(list), std::end(list)) {}

  bool has(const std::string& path, const std::string& value) {
    for (std::size_t i = 0; i < list_.size(); ++i)
      if (list_[i].path == path && list_[i].value == value) return used_.insert(i).second || true;
    return false;
  }
  std::vector<std::string> paths() const {
    std::vector<std::string> all;
    for (const Exception& exception : list_) all.push_back(exception.path);
    return all;
  }
  void report_unused(Report& report) const {
    for (std::size_t i = 0; i < list_.size(); ++i)
      if (!used_.contains(i)) report.line(false, list_[i].path + " " + list_[i].value, "an exception without effect");
  }

 private:
  std::vector<Exception> list_;
  std::set<std::size_t> used_;
};

// ---- examples, and what becomes of them when one value changes

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::vector<json> read_examples() {
  std::vector<json> examples;
  for (const char* name : {"full.json", "realtime.json", "deadline.json"})
    examples.push_back(
        json::parse(read_file(std::filesystem::path(BRIG_SOURCE_DIR) / "conformance/schema/examples" / name)));
  return examples;
}

// A property at a place in an example.
struct Site {
  const json* example = nullptr;
  std::string pointer;
};

Site find_site(const std::vector<json>& examples, const std::string& path) {
  for (const json& example : examples)
    if (const auto pointer = locate(example, path)) return {.example = &example, .pointer = *pointer};
  return {};
}

// `raw` is JSON text, since a number beyond 64 bits can't be a json value.
std::string with_value(const Site& site, const std::string& raw) {
  json changed = *site.example;
  changed[json::json_pointer(site.pointer)] = kPlaceholder;
  std::string text = changed.dump();
  const std::string quoted = "\"" + std::string(kPlaceholder) + "\"";
  return text.replace(text.find(quoted), quoted.size(), raw);
}

std::string without_value(const Site& site) {
  json changed = *site.example;
  const json::json_pointer pointer(site.pointer);
  changed[pointer.parent_pointer()].erase(pointer.back());
  return changed.dump();
}

// Why the value at `pointer` is refused, or "".
std::string refusal(const std::string& document, const std::string& pointer) {
  for (const Complaint& complaint : complaints(document))
    if (complaint.pointer == pointer) return complaint.text;
  return "";
}

std::string all_complaints(const std::string& document) {
  std::string all;
  for (const Complaint& complaint : complaints(document)) all += complaint.text + "; ";
  return all.empty() ? "it is taken" : all;
}

// ---- the comparison

class Comparison {
 public:
  Comparison(const Schemas& schemas, Report& report) : schemas_(schemas), report_(report), examples_(read_examples()) {}

  void run() {
    const Schema top = schemas_.top("config-schema.json");
    for (std::size_t i = 0; i < examples_.size(); ++i) {
      const std::string name = "example " + std::to_string(i + 1);
      report_.line(complaints(examples_[i].dump()).empty(), name + " is taken", all_complaints(examples_[i].dump()));
      valid(name + " is valid by the schema", top, examples_[i]);
    }
    for (const std::string& path : not_read_.paths()) check_not_read(path);
    for (const Property& property : properties(schemas_, top, not_read_.paths())) check(property);
    not_read_.report_unused(report_);
    refused_.report_unused(report_);
    taken_.report_unused(report_);
  }

  void valid(const std::string& name, const Schema& schema, const json& document) {
    std::string all;
    for (const std::string& problem : schemas_.validate(schema, document)) all += problem + "; ";
    report_.line(all.empty() && !document.is_discarded(), name, all);
  }

 private:
  // Of another platform: passed over whatever it is.
  void check_not_read(const std::string& path) {
    json changed = examples_.front();
    changed[json::json_pointer(path)] = json::array({17});
    not_read_.has(path, "");
    report_.line(complaints(changed.dump()).empty(), path + " is passed over", all_complaints(changed.dump()));
  }

  void check(const Property& property) {
    const Site site = find_site(examples_, property.path);
    if (site.example == nullptr) return report_.line(false, property.path, "no example has this property");
    check_type(property, site);
    if (property.required) check_absence(property, site);
    check_enumeration(property, site);
    check_limits(property, site);
    check_pattern(property, site);
  }

  void check_type(const Property& property, const Site& site) {
    const json* type = property.find("type");
    const std::string wrong = type != nullptr && *type == "string" ? "17" : "\"x\"";
    const std::string document = with_value(site, wrong);
    const std::string said = refusal(document, site.pointer);
    const bool read = !said.empty() && said.find("not implemented") == std::string::npos;
    report_.line(read, property.path + " is read", "for the value " + wrong + ": " + all_complaints(document));
  }

  void must_refuse(const Property& property, const Site& site, const std::string& value) {
    const std::string document = with_value(site, value);
    const bool refused = !refusal(document, site.pointer).empty();
    if (!refused && taken_.has(property.path, value)) return;
    report_.line(refused, property.path + " refuses " + value, all_complaints(document));
  }

  void must_take(const Property& property, const Site& site, const std::string& value) {
    const std::string said = refusal(with_value(site, value), site.pointer);
    if (!said.empty() && refused_.has(property.path, value)) return;
    report_.line(said.empty(), property.path + " takes " + value, said);
  }

  void check_absence(const Property& property, const Site& site) {
    const std::string document = without_value(site);
    const bool missed = !refusal(document, site.pointer).empty();
    if (!missed && taken_.has(property.path, "")) return;
    report_.line(missed, property.path + " is required", all_complaints(document));
  }

  void check_enumeration(const Property& property, const Site& site) {
    const json* values = property.find("enum");
    if (values == nullptr) return;
    for (const json& value : *values) must_take(property, site, value.dump());
    must_refuse(property, site, "\"NO_SUCH_NAME\"");
  }

  void check_limits(const Property& property, const Site& site) {
    if (const json* least = property.find("minimum")) must_refuse(property, site, next(*least, -1));
    if (const json* most = property.find("maximum")) must_refuse(property, site, next(*most, 1));
  }

  // One beyond, as text.
  static std::string next(const json& limit, int step) {
    if (limit == INT64_MIN && step < 0) return "-9223372036854775809";
    if (limit == UINT64_MAX && step > 0) return "18446744073709551616";
    if (limit.is_number_unsigned() && limit > 0)
      return std::to_string(limit.get<std::uint64_t>() + static_cast<std::uint64_t>(step));
    return std::to_string(limit.get<std::int64_t>() + step);
  }

  void check_pattern(const Property& property, const Site& site) {
    const json* pattern = property.find("pattern");
    if (pattern == nullptr) return;
    for (const std::string text : {"?", "\n", "", "1"})
      if (!matches(*pattern, text)) return must_refuse(property, site, json(text).dump());
    report_.line(false, property.path, "no text at hand that does not match " + pattern->dump());
  }

  const Schemas& schemas_;
  Report& report_;
  const std::vector<json> examples_;
  Exceptions not_read_{kNotRead}, refused_{kRefused}, taken_{kTaken};
};

// ---- what brig writes

json parse(const std::string& text) { return json::parse(text, nullptr, /*allow_exceptions=*/false); }

void check_documents(Comparison& comparison, const Schemas& schemas) {
  const Schema config = schemas.top("config-schema.json"), state = schemas.top("state-schema.json");
  comparison.valid("a new config.json is valid", config, parse(oci::new_config({})));
  comparison.valid("a new rootless config.json is valid", config,
                   parse(oci::new_config(oci::Rootless{.uid = 1000, .gid = 1000})));
  using enum oci::Status;
  for (const oci::Status status : {kCreating, kCreated, kRunning, kStopped}) {
    const oci::State example = {.id = "web", .status = status, .pid = 42, .bundle = "/b", .annotations = {{"a", "b"}}};
    const std::string name(oci::status_name(status));
    comparison.valid("the state for hooks is valid: " + name, state, parse(oci::state_for_hooks(example)));
    comparison.valid("the state for users is valid: " + name, state, parse(oci::state_for_users(example, {}, 2)));
  }
}

std::string output_of(const std::string& command) {
  std::string output;
  FILE* pipe = popen(command.c_str(), "r");
  char buffer[4096];
  while (const std::size_t count = fread(buffer, 1, sizeof buffer, pipe)) output.append(buffer, count);
  return pclose(pipe) == 0 ? output : "";
}

void check_program(Comparison& comparison, const Schemas& schemas, const std::string& brig) {
  const std::string quoted = "'" + brig + "'";
  comparison.valid("brig features", schemas.top("features-schema.json"), parse(output_of(quoted + " features 2>&1")));
  for (const std::string option : {"", " --rootless"}) {
    const std::string in_a_directory = "d=$(mktemp -d) && " + quoted + " spec" + option +
                                       " --bundle \"$d\" && cat \"$d/config.json\"; s=$?; rm -r \"$d\"; exit $s";
    comparison.valid("brig spec" + option, schemas.top("config-schema.json"), parse(output_of(in_a_directory)));
  }
}

// ---- the validator, tried on what is wrong: it must be able to say so

void check_validator(Report& report, const Schemas& schemas) {
  const std::pair<const char*, const char*> wrong[] = {
      {"no object", "[]"},
      {"a required member is missing", R"({"hostname": "x"})"},
      {"a wrong type", R"({"ociVersion": 1})"},
      {"a wrong type behind a reference to another file",
       R"({"ociVersion": "1", "hooks": {"poststop": [{"path": 1}]}})"},
      {"not in an enumeration", R"({"ociVersion": "1", "linux": {"rootfsPropagation": "x"}})"},
      {"beyond a maximum", R"({"ociVersion": "1", "process": {"cwd": "/", "user": {"uid": 4294967296}}})"},
      {"below a minimum", R"({"ociVersion": "1", "process": {"cwd": "/", "user": {"uid": -1}}})"},
      {"not of a pattern", R"({"ociVersion": "1", "process": {"cwd": "/", "execCPUAffinity": {"initial": "x"}}})"},
      {"in a map", R"({"ociVersion": "1", "annotations": {"a": 1}})"},
      {"in a part of anyOf", R"({"ociVersion": "1", "linux": {"namespaces": [{"type": "x"}]}})"},
      {"in a part of allOf",
       R"({"ociVersion": "1", "linux": {"resources": {"blockIO": {"throttleReadBpsDevice": [{"rate": 1}]}}}})"},
      {"an empty array",
       R"({"ociVersion": "1", "linux": {"seccomp": {"defaultAction": "SCMP_ACT_LOG", "syscalls": [{"names": [], "action": "SCMP_ACT_LOG"}]}}})"},
  };
  for (const auto& [what, document] : wrong)
    report.line(!schemas.validate(schemas.top("config-schema.json"), parse(document)).empty(),
                std::string("the validator sees: ") + what, "it does not");
}

int run(const std::string& directory, const std::string& brig) {
  std::string problem;
  const Schemas schemas(directory, problem);
  if (!problem.empty()) {
    std::cout << "1..0 # skip no schemas: " << problem
              << "; they are the folder schema/ of the repository opencontainers/runtime-spec: --schema DIR\n";
    return kSkipped;
  }
  Report report;
  check_validator(report, schemas);
  Comparison comparison(schemas, report);
  comparison.run();
  check_documents(comparison, schemas);
  if (!brig.empty()) check_program(comparison, schemas, brig);
  return report.finish();
}

}  // namespace
}  // namespace brig::conformance

int main(int argc, char** argv) {
  std::string schema = std::string(BRIG_SOURCE_DIR) + "/../shared/schema", brig;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string option = argv[i];
    if (option == "--schema") {
      schema = argv[i + 1];
    } else if (option == "--brig") {
      brig = argv[i + 1];
    } else {
      std::cerr << "usage: conformance_schema [--schema DIR] [--brig PROGRAM]\n";
      return 2;
    }
  }
  return brig::conformance::run(schema, brig);
}
