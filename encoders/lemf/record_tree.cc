#include "encoders/lemf/record_tree.h"

#include <fmt/format.h>

#include <optional>
#include <string>

#include "encoders/der/tlv.h"
#include "encoders/der/values.h"

namespace lictor::lemf {
namespace {

using der::Form;
using der::Member;
using der::Type;

constexpr uint8_t kPayloadTag = 2;

struct Element {
  der::TlvHeader header;
  Bytes content;
};

// The next TLV; nothing where the octets are none.
std::optional<Element> take(ByteReader& in) {
  Element element{.header = der::read_tlv_header(in), .content = {}};
  if (element.header.status != der::TlvStatus::kOk || element.header.length > in.remaining()) return std::nullopt;
  element.content = in.take(element.header.length);
  return element;
}

// "0.4.0.2.2.5.1.18"; of a RELATIVE-OID all arcs are as they stand.
std::string dotted(Bytes content, Form form) {
  std::string text;
  uint64_t arc = 0;
  for (const uint8_t octet : content) {
    arc = arc << 7 | (octet & 0x7f);
    if (octet >= 0x80) continue;
    if (text.empty() && form == Form::kObjectIdentifier) {
      const uint64_t root = std::min<uint64_t>(arc / 40, 2);
      text = fmt::format("{}.{}", root, arc - 40 * root);
    } else {
      text += fmt::format("{}{}", text.empty() ? "" : ".", arc);
    }
    arc = 0;
  }
  return text;
}

void write_value(const Type& type, Bytes content, JsonWriter& json);

void write_number(const Type& type, Bytes content, JsonWriter& json) {
  const std::optional<uint64_t> value = der::read_unsigned(content);
  if (!value)
    json.octets(content);
  else if (*value < type.names.size() && !type.names[*value].empty())
    json.text(type.names[*value]);
  else
    json.number(*value);
}

// "name": value, for a TLV that `type` has as member or alternative.
void write_member(const Type& type, const Element& element, JsonWriter& json) {
  const Member* const member = element.header.context() ? der::find_member(type, element.header.tag_number) : nullptr;
  const bool follows = member != nullptr && member->type->form != Form::kAny &&
                       der::is_constructed(member->type->form) == element.header.constructed();
  if (member != nullptr)
    json.key(member->name);
  else
    json.key(fmt::format("[{}]", element.header.tag_number));
  if (follows)
    write_value(*member->type, element.content, json);
  else
    json.octets(element.content);
}

void write_members(const Type& type, Bytes content, JsonWriter& json) {
  json.open_object();
  ByteReader in(content);
  while (in.remaining() > 0) {
    const std::optional<Element> element = take(in);
    if (!element) break;
    write_member(type, *element, json);
  }
  json.close_object();
}

void write_elements(const Type& type, Bytes content, JsonWriter& json) {
  json.open_list();
  ByteReader in(content);
  while (in.remaining() > 0) {
    const std::optional<Element> element = take(in);
    if (!element) break;
    if (type.element->form == Form::kChoice) {
      json.open_object();
      write_member(*type.element, *element, json);
      json.close_object();
    } else if (der::is_constructed(type.element->form) == element->header.constructed()) {
      write_value(*type.element, element->content, json);
    } else {
      json.octets(element->content);
    }
  }
  json.close_list();
}

void write_value(const Type& type, Bytes content, JsonWriter& json) {
  switch (type.form) {
    case Form::kUnsigned:
    case Form::kEnumerated:
      return write_number(type, content, json);
    case Form::kMessage:
    case Form::kText:
    case Form::kTime:
      if (der::is_utf8(content)) return json.text(as_text(content));
      return json.octets(content);
    case Form::kObjectIdentifier:
    case Form::kRelativeIdentifier:
      return json.text(dotted(content, type.form));
    case Form::kNull:
      return json.null();
    case Form::kSequence:
    case Form::kChoice:
      return write_members(type, content, json);
    case Form::kSequenceOf:
      return write_elements(type, content, json);
    case Form::kOctets:
    case Form::kAny:
      return json.octets(content);
  }
}

// What stands inside the outer SEQUENCE; empty where there is none.
Bytes inside(Bytes record) {
  ByteReader in(record);
  const std::optional<Element> outer = take(in);
  return outer ? outer->content : Bytes();
}

}  // namespace

void write_record_tree(Bytes record, JsonWriter& json) { write_members(der::ps_pdu_type(), inside(record), json); }

void write_payload_tree(Bytes record, JsonWriter& json) {
  ByteReader in(inside(record));
  while (in.remaining() > 0) {
    const std::optional<Element> element = take(in);
    if (!element) break;
    if (!element->header.context() || element->header.tag_number != kPayloadTag || !element->header.constructed())
      continue;
    return write_members(*der::find_member(der::ps_pdu_type(), kPayloadTag)->type, element->content, json);
  }
  json.null();
}

}  // namespace lictor::lemf
