#include "oci/documents.h"

#include "oci/json.h"

namespace brig::oci {
namespace {

void write_annotations(json::Writer& writer, const Annotations& annotations) {
  if (annotations.empty()) return;
  writer.key("annotations").begin_object();
  for (const auto& [key, value] : annotations) writer.key(key).string(value);
  writer.end_object();
}

// runtime.md#state and no more.
void write_plain_state(json::Writer& writer, const State& state) {
  writer.begin_object();
  writer.key("ociVersion").string(state.oci_version);
  writer.key("id").string(state.id);
  writer.key("status").string(status_name(state.status));
  if (state.pid != 0) writer.key("pid").number(state.pid);
  writer.key("bundle").string(state.bundle);
  write_annotations(writer, state.annotations);
  writer.end_object();
}

void write_state(json::Writer& writer, const State& state, const Extra& extra) {
  writer.begin_object();
  writer.key("ociVersion").string(state.oci_version);
  writer.key("id").string(state.id);
  writer.key("pid").number(state.pid);
  writer.key("status").string(status_name(state.status));
  writer.key("bundle").string(state.bundle);
  writer.key("rootfs").string(extra.rootfs);
  writer.key("created").string(extra.created);
  write_annotations(writer, state.annotations);
  writer.key("owner").string(extra.owner);
  writer.end_object();
}

}  // namespace

std::string_view status_name(Status status) {
  switch (status) {
    case Status::kCreating: return "creating";
    case Status::kCreated: return "created";
    case Status::kRunning: return "running";
    case Status::kPaused: return "paused";
    case Status::kStopped: return "stopped";
  }
  return "";
}

std::string state_for_hooks(const State& state) {
  json::Writer writer;
  write_plain_state(writer, state);
  return std::move(writer).take();
}

std::string container_process_state(const State& state, std::string_view metadata, pid_t process) {
  json::Writer writer;
  writer.begin_object();
  writer.key("ociVersion").string(kSpecVersion);
  writer.key("fds").begin_array().string("seccompFd").end_array();
  writer.key("pid").number(process);
  if (!metadata.empty()) writer.key("metadata").string(metadata);
  writer.key("state");
  write_plain_state(writer, state);
  writer.end_object();
  return std::move(writer).take();
}

std::string state_for_users(const State& state, const Extra& extra, int indent) {
  json::Writer writer(indent);
  write_state(writer, state, extra);
  return std::move(writer).take();
}

std::string list_for_users(const std::vector<ListEntry>& entries) {
  json::Writer writer;
  writer.begin_array();
  for (const ListEntry& entry : entries) write_state(writer, entry.state, entry.extra);
  writer.end_array();
  return std::move(writer).take();
}

}  // namespace brig::oci
