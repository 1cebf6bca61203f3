#include "encoders/lemf/record_line.h"

#include <array>
#include <string_view>

#include "encoders/lemf/json_writer.h"
#include "encoders/lemf/record_tree.h"

namespace lictor::lemf {
namespace {

constexpr std::array<std::string_view, 5> kIriTypes = {"", "begin", "end", "continue", "report"};
constexpr std::array<std::string_view, 5> kDirections = {"from_target", "to_target", "indeterminate", "combined",
                                                         "not_applicable"};
constexpr std::array<std::string_view, 8> kFrameTypes = {"ip",    "udp", "rtp", "audio", "tcp", "artificial_rtp",
                                                         "udptl", "msrp"};
constexpr std::array<std::string_view, 3> kMediaProtocols = {"rtp", "msrp", "udptl"};
constexpr std::array<std::string_view, 5> kHi1Kinds = {"", "liActivated", "liDeactivated", "liModified",
                                                       "alarms-indicator"};

template <size_t Size>
void write_named(JsonWriter& json, std::string_view key, const std::array<std::string_view, Size>& names,
                 uint32_t value) {
  json.key(key);
  if (value < Size)
    json.text(names[value]);
  else
    json.number(value);
}

void write_octets(JsonWriter& json, std::string_view key, Bytes value) {
  if (value.empty()) return;
  json.key(key);
  json.octets(value);
}

void write_header(JsonWriter& json, const der::RecordView& view) {
  write_octets(json, "liid", view.liid);
  write_octets(json, "operator", view.operator_id);
  write_octets(json, "ne", view.network_element);
  if (view.cin) {
    json.key("cin");
    json.number(*view.cin);
  }
  if (view.number) {
    json.key("number");
    json.number(*view.number);
  }
  if (view.time_us) {
    json.key("time");
    json.time(*view.time_us);
  }
  write_octets(json, "country", view.authorization_country);
  write_octets(json, "point", view.interception_point);
}

void write_content(JsonWriter& json, const der::PayloadView& payload) {
  if (payload.direction) write_named(json, "direction", kDirections, *payload.direction);
  json.key("content");
  json.number(payload.content_tag);
  json.key("octets");
  json.number(payload.packet.size());
  if (payload.frame_type) write_named(json, "frame", kFrameTypes, *payload.frame_type);
  if (payload.media_protocol) write_named(json, "protocol", kMediaProtocols, *payload.media_protocol);
  write_octets(json, "stream", payload.stream);
  if (!payload.truncated) return;
  json.key("original");
  json.number(payload.original_bytes.value_or(0));
}

void write_contents(JsonWriter& json, const der::RecordView& view) {
  if (view.payloads.size() == 1) return write_content(json, view.payloads.front());
  json.key("contents");
  json.open_list();
  for (const der::PayloadView& payload : view.payloads) {
    json.open_object();
    if (payload.time_us) {
      json.key("time");
      json.time(*payload.time_us);
    }
    write_content(json, payload);
    json.close_object();
  }
  json.close_list();
}

void write_kind(JsonWriter& json, const der::RecordView& view) {
  if (view.kind == der::Kind::kCc) return write_contents(json, view);
  if (view.kind == der::Kind::kKeepAlive || view.kind == der::Kind::kAcknowledgementRequest ||
      view.kind == der::Kind::kCinReset)
    return;  // NULL
  if (view.kind == der::Kind::kIri && !view.payloads.empty() && view.payloads.front().iri_type)
    write_named(json, "iri_type", kIriTypes, *view.payloads.front().iri_type);
  if (view.kind == der::Kind::kHi1) write_named(json, "hi1", kHi1Kinds, view.hi1_tag);
  json.key("payload");
  write_payload_tree(view.record, json);
}

}  // namespace

std::string_view name_of(der::Interface interface) { return interface == der::Interface::kHi2 ? "hi2" : "hi3"; }

void append_record_line(std::string& out, der::Interface interface, uint64_t offset, const der::RecordView& view) {
  JsonWriter json(out);
  json.open_object();
  json.key("interface");
  json.text(name_of(interface));
  json.key("offset");
  json.number(offset);
  json.key("kind");
  json.text(der::name_of(view.kind));
  write_header(json, view);
  write_kind(json, view);
  if (!view.deviations.none()) {
    json.key("deviation");
    json.text(view.complaint());
  }
  json.close_object();
  out.push_back('\n');
}

}  // namespace lictor::lemf
