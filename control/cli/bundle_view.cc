#include "control/cli/bundle_view.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <set>
#include <string_view>

namespace lictor::control::cli {
namespace {

using Json = nlohmann::ordered_json;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr size_t kWordMax = 64;

// Fields of text that are names of the operator's; what they become.
const std::map<std::string, std::string> kNames = {{"network_element_id", "element"},
                                                   {"interception_point_id", "point"},
                                                   {"destination_id", "destination"},
                                                   {"id", "destination"},
                                                   {"name", "port"},
                                                   {"tap_group", "group"},
                                                   {"leg", "leg"},
                                                   {"acknowledged_by", "person"}};
// Fields of text that are words of ours.
const std::set<std::string> kWords = {"code", "driver", "ipv4_method", "ipv6_method", "software_version"};

// A version, a code, a reason: nothing that has room for an identity's punctuation.
bool is_word(std::string_view text) {
  const bool has_letters = std::ranges::any_of(text, [](char c) { return (c >= 'a' && c <= 'z') || c == '.'; });
  return has_letters && text.size() <= kWordMax && std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
         });
}

// Null: it stays out.
Json text_view(const FieldDescriptor& field, const std::string& text, Pseudonyms& pseudonyms) {
  if (field.type() == FieldDescriptor::TYPE_BYTES || text.empty()) return nullptr;
  if (kWords.contains(field.name())) return is_word(text) ? Json(text) : nullptr;
  const auto name = kNames.find(field.name());
  return name == kNames.end() ? Json(nullptr) : Json(pseudonyms.of(name->second, text));
}

// A single value; of a repeated field the one at `index`.
Json value_view(const Message& message, const FieldDescriptor& field, int index, Pseudonyms& pseudonyms) {
  const Reflection& reflection = *message.GetReflection();
  const bool many = field.is_repeated();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return view_of(
          many ? reflection.GetRepeatedMessage(message, &field, index) : reflection.GetMessage(message, &field),
          pseudonyms);
    case FieldDescriptor::CPPTYPE_STRING:
      return text_view(
          field, many ? reflection.GetRepeatedString(message, &field, index) : reflection.GetString(message, &field),
          pseudonyms);
    case FieldDescriptor::CPPTYPE_ENUM:
      return (many ? reflection.GetRepeatedEnum(message, &field, index) : reflection.GetEnum(message, &field))->name();
    case FieldDescriptor::CPPTYPE_BOOL:
      return many ? reflection.GetRepeatedBool(message, &field, index) : reflection.GetBool(message, &field);
    case FieldDescriptor::CPPTYPE_UINT64:
      return many ? reflection.GetRepeatedUInt64(message, &field, index) : reflection.GetUInt64(message, &field);
    case FieldDescriptor::CPPTYPE_INT64:
      return many ? reflection.GetRepeatedInt64(message, &field, index) : reflection.GetInt64(message, &field);
    case FieldDescriptor::CPPTYPE_UINT32:
      return many ? reflection.GetRepeatedUInt32(message, &field, index) : reflection.GetUInt32(message, &field);
    default:
      return nullptr;  // no message of ours has other numbers
  }
}

// map<string, uint64>: reasons and their counts.
Json counts_view(const Message& message, const FieldDescriptor& field) {
  Json counts = Json::object();
  const Reflection& reflection = *message.GetReflection();
  for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
    const Message& entry = reflection.GetRepeatedMessage(message, &field, i);
    const google::protobuf::Descriptor& shape = *entry.GetDescriptor();
    if (shape.map_key()->cpp_type() != FieldDescriptor::CPPTYPE_STRING ||
        shape.map_value()->cpp_type() != FieldDescriptor::CPPTYPE_UINT64)
      return counts;
    const std::string reason = entry.GetReflection()->GetString(entry, shape.map_key());
    if (is_word(reason)) counts[reason] = entry.GetReflection()->GetUInt64(entry, shape.map_value());
  }
  return counts;
}

}  // namespace

std::string Pseudonyms::of(const std::string& kind, const std::string& name) {
  std::map<std::string, std::string>& names = known_[kind];
  const auto [known, is_new] = names.try_emplace(name);
  if (is_new) known->second = fmt::format("{}-{}", kind, names.size());
  return known->second;
}

Json view_of(const Message& message, Pseudonyms& pseudonyms) {
  Json view = Json::object();
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const FieldDescriptor* const field : fields) {
    if (field->is_map()) {
      view[field->name()] = counts_view(message, *field);
      continue;
    }
    if (!field->is_repeated()) {
      if (Json value = value_view(message, *field, 0, pseudonyms); !value.is_null())
        view[field->name()] = std::move(value);
      continue;
    }
    Json values = Json::array();
    for (int i = 0; i < message.GetReflection()->FieldSize(message, field); ++i)
      if (Json value = value_view(message, *field, i, pseudonyms); !value.is_null()) values.push_back(std::move(value));
    view[field->name()] = std::move(values);
  }
  return view;
}

}  // namespace lictor::control::cli
