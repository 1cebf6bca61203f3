#include "encoders/der/der_walker.h"

#include <algorithm>
#include <optional>

#include "encoders/der/time_stamp.h"
#include "encoders/der/tlv.h"
#include "encoders/der/types.h"
#include "encoders/der/values.h"
#include "encoders/der/view_filler.h"

namespace lictor::der {
namespace {

// Universal tags (X.680 8.4) as whole identifier octets.
constexpr uint8_t kBoolean = 0x01;
constexpr uint8_t kInteger = 0x02;
constexpr uint8_t kNull = 0x05;
constexpr uint8_t kObjectIdentifier = 0x06;
constexpr uint8_t kEnumerated = 0x0a;
constexpr uint8_t kSequence = 0x30;

struct Element {
  TlvHeader header;
  Bytes content;
};

// One pass over one record. A method that is given a place names it in what it has to complain about.
class Walker {
 public:
  Walker(Bytes record, RecordView& view) : record_(record), view_(view), filler_(view) {}

  void walk();

 private:
  void complain(Deviation deviation, const uint8_t* at, std::string_view place);
  void complain(Deviation deviation, Bytes at, std::string_view place) { complain(deviation, at.data(), place); }
  std::optional<Element> take(ByteReader& in, std::string_view place);

  void value(const Type& type, Bytes content, std::string_view place, Field field);
  void number(const Type& type, Bytes content, std::string_view place, Field field);
  void octets(const Type& type, Bytes content, std::string_view place, Field field);
  void time(Bytes content, std::string_view place, Field field);
  void sequence(const Type& type, Bytes content, std::string_view place);
  void sequence_of(const Type& type, Bytes content, std::string_view place);
  void choice(const Type& type, Bytes content, std::string_view place);
  void alternative(const Type& type, const Element& element, const uint8_t* at, std::string_view place);
  void member(const Member& member, const Element& element, const uint8_t* at);
  void unknown(const Element& element, const uint8_t* at, std::string_view place);
  void anything(Bytes content, std::string_view place, size_t depth);
  void universal(const Element& element, std::string_view place);

  const Bytes record_;
  RecordView& view_;
  ViewFiller filler_;
  Deviation missing_ = Deviation::kMissingHeader;  // what a missing member is where the walk is now
};

void Walker::complain(Deviation deviation, const uint8_t* at, std::string_view place) {
  view_.deviations.add(deviation);
  if (view_.worst.has_value() && (!tolerable(*view_.worst) || tolerable(deviation))) return;
  view_.worst = deviation;
  view_.worst_offset = static_cast<size_t>(at - record_.data());
  view_.worst_place = place;
}

// The next TLV, or nothing where the octets are none: what follows it cannot be found then.
std::optional<Element> Walker::take(ByteReader& in, std::string_view place) {
  const uint8_t* const at = in.rest().data();
  Element element{.header = read_tlv_header(in), .content = {}};
  if (element.header.status != TlvStatus::kOk || element.header.length > in.remaining()) {
    complain(Deviation::kBroken, at, place);
    return std::nullopt;
  }
  element.content = in.take(element.header.length);
  if (!element.header.minimal) complain(Deviation::kLongLength, at, place);
  return element;
}

void Walker::walk() {
  ByteReader in(record_);
  const std::optional<Element> outer = take(in, "PS-PDU");
  if (!outer) return;
  if (outer->header.identifier != kSequence || in.remaining() != 0) {
    complain(Deviation::kNotARecord, record_, "PS-PDU");
    return;
  }
  sequence(ps_pdu_type(), outer->content, "PS-PDU");
}

void Walker::value(const Type& type, Bytes content, std::string_view place, Field field) {
  switch (type.form) {
    case Form::kUnsigned:
    case Form::kEnumerated:
      return number(type, content, place, field);
    case Form::kOctets:
    case Form::kMessage:
    case Form::kText:
      return octets(type, content, place, field);
    case Form::kTime:
      return time(content, place, field);
    case Form::kObjectIdentifier:
    case Form::kRelativeIdentifier:
      if (!is_identifier(content)) complain(Deviation::kBadIdentifier, content, place);
      if (field == Field::kDomain && !is_ps_domain(content)) complain(Deviation::kForeignDomain, content, place);
      return filler_.octets(field, content);
    case Form::kNull:
      if (!content.empty()) complain(Deviation::kBadValue, content, place);
      return;
    case Form::kSequence:
      return sequence(type, content, place);
    case Form::kSequenceOf:
      return sequence_of(type, content, place);
    case Form::kChoice:
      return choice(type, content, place);
    case Form::kAny:
      return;
  }
}

void Walker::number(const Type& type, Bytes content, std::string_view place, Field field) {
  const std::optional<uint64_t> value = read_unsigned(content);
  if (!value) {
    complain(Deviation::kBadInteger, content, place);
  } else if (*value < type.min || *value > type.max) {
    complain(Deviation::kOutOfRange, content, place);
    // Microseconds beyond a second still say when; other values that do not fit their type say nothing.
    if (field == Field::kMicroseconds || field == Field::kPayloadMicroseconds) filler_.number(field, *value);
  } else {
    filler_.number(field, *value);
  }
}

void Walker::octets(const Type& type, Bytes content, std::string_view place, Field field) {
  if (content.size() < type.min || content.size() > type.max) complain(Deviation::kOutOfRange, content, place);
  if (type.form == Form::kText && !is_utf8(content)) complain(Deviation::kBadValue, content, place);
  filler_.octets(field, content);
}

void Walker::time(Bytes content, std::string_view place, Field field) {
  const std::optional<ParsedTime> parsed = parse_generalized_time(as_text(content));
  if (!parsed) {
    complain(Deviation::kBadValue, content, place);
    return;
  }
  if (!parsed->distinguished) complain(Deviation::kTimeForm, content, place);
  if (parsed->local) complain(Deviation::kLocalTime, content, place);
  filler_.time(field, content, parsed->unix_us);
}

void Walker::sequence(const Type& type, Bytes content, std::string_view place) {
  ByteReader in(content);
  size_t next = 0;    // the first member that may still come
  uint64_t seen = 0;  // members by their place in the type
  while (in.remaining() > 0) {
    const uint8_t* const at = in.rest().data();
    const std::optional<Element> element = take(in, place);
    if (!element) return;
    size_t index = next;
    while (index < type.members.size() && type.members[index].tag < element->header.tag_number) ++index;
    if (index == type.members.size() || type.members[index].tag != element->header.tag_number) {
      const Member* const earlier = find_member(type, element->header.tag_number);
      index = earlier == nullptr ? type.members.size() : static_cast<size_t>(earlier - type.members.data());
    }
    if (index == type.members.size() || !element->header.context()) {
      unknown(*element, at, place);
      continue;
    }
    if (index < next) complain(Deviation::kOutOfOrder, at, type.members[index].name);
    // Of a member that is repeated the first counts.
    if ((seen >> index & 1) == 0) member(type.members[index], *element, at);
    seen |= uint64_t{1} << index;
    next = std::max(next, index + 1);
  }
  for (size_t index = 0; index < type.members.size(); ++index)
    if (!type.members[index].optional && (seen >> index & 1) == 0)
      complain(missing_, content, type.members[index].name);
}

void Walker::sequence_of(const Type& type, Bytes content, std::string_view place) {
  ByteReader in(content);
  const Type& of = *type.element;
  const uint8_t wanted = of.form == Form::kSequence ? kSequence : kInteger;
  while (in.remaining() > 0) {
    const uint8_t* const at = in.rest().data();
    const std::optional<Element> element = take(in, place);
    if (!element) return;
    if (of.form == Form::kChoice) {
      alternative(of, *element, at, place);
    } else if (element->header.identifier != wanted) {
      unknown(*element, at, place);
    } else if (type.element_field != Field::kPayload || filler_.begin_payload()) {
      value(of, element->content, place, type.element_field);
    } else {
      complain(Deviation::kTooMany, at, place);
      return;
    }
  }
}

void Walker::choice(const Type& type, Bytes content, std::string_view place) {
  ByteReader in(content);
  if (content.empty()) {
    complain(missing_, content, place);
    return;
  }
  const uint8_t* const at = in.rest().data();
  const std::optional<Element> element = take(in, place);
  if (!element) return;
  alternative(type, *element, at, place);
  if (in.remaining() > 0) complain(Deviation::kTrailing, in.rest(), place);
}

void Walker::alternative(const Type& type, const Element& element, const uint8_t* at, std::string_view place) {
  const Member* const found = element.header.context() ? find_member(type, element.header.tag_number) : nullptr;
  if (found == nullptr)
    unknown(element, at, place);
  else
    member(*found, element, at);
}

void Walker::member(const Member& member, const Element& element, const uint8_t* at) {
  if (member.field == Field::kKind) missing_ = Deviation::kMissingMember;
  filler_.tag(member.field, member.tag);
  if (member.type->form == Form::kAny) {
    if (element.header.constructed()) anything(element.content, member.name, 0);
  } else if (element.header.constructed() != is_constructed(member.type->form)) {
    complain(Deviation::kWrongForm, at, member.name);
  } else {
    value(*member.type, element.content, member.name, member.field);
  }
}

void Walker::unknown(const Element& element, const uint8_t* at, std::string_view place) {
  complain(Deviation::kUnknownMember, at, place);
  if (element.header.constructed()) anything(element.content, place, 0);
}

void Walker::anything(Bytes content, std::string_view place, size_t depth) {
  if (depth == kDepthMax) {
    complain(Deviation::kTooDeep, content, place);
    return;
  }
  ByteReader in(content);
  while (in.remaining() > 0) {
    const std::optional<Element> element = take(in, place);
    if (!element) return;
    if (element->header.constructed())
      anything(element->content, place, depth + 1);
    else
      universal(*element, place);
  }
}

// Universal tags tell their type, so that DER can be asked of it.
void Walker::universal(const Element& element, std::string_view place) {
  const Bytes content = element.content;
  switch (element.header.identifier) {
    case kBoolean:
      if (content.size() != 1 || (content[0] != 0 && content[0] != 0xff))
        complain(Deviation::kBadValue, content, place);
      return;
    case kInteger:
    case kEnumerated:
      if (content.empty() || (content.size() > 1 &&
                              ((content[0] == 0 && content[1] < 0x80) || (content[0] == 0xff && content[1] >= 0x80))))
        complain(Deviation::kBadInteger, content, place);
      return;
    case kNull:
      if (!content.empty()) complain(Deviation::kBadValue, content, place);
      return;
    case kObjectIdentifier:
      if (!is_identifier(content)) complain(Deviation::kBadIdentifier, content, place);
      return;
    default:
      return;
  }
}

}  // namespace

void walk_record(Bytes record, RecordView& view) {
  reset(record, view);
  Walker(record, view).walk();
}

}  // namespace lictor::der
