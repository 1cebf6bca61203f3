#include "encoders/der/view_filler.h"

namespace lictor::der {
namespace {

constexpr int64_t kMicrosecondsPerSecond = 1'000'000;

Kind kind_of_payload(uint8_t tag) {
  switch (tag) {
    case 0:
      return Kind::kIri;
    case 1:
      return Kind::kCc;
    case 2:
      return Kind::kNone;  // TRI: its own alternative says more
    case 3:
      return Kind::kHi1;
    case 4:
      return Kind::kEncrypted;
    default:
      return Kind::kOther;
  }
}

}  // namespace

void reset(Bytes record, RecordView& view) {
  std::vector<PayloadView> payloads = std::move(view.payloads);
  payloads.clear();
  view = RecordView{};
  view.payloads = std::move(payloads);
  view.record = record;
}

void ViewFiller::tag(Field field, uint8_t tag) {
  if (field == Field::kKind)
    view_.kind = kind_of_payload(tag);
  else if (field == Field::kTriKind)
    view_.kind = static_cast<Kind>(static_cast<uint8_t>(Kind::kIntegrityCheck) + tag);
  else if (field == Field::kHi1Kind)
    view_.hi1_tag = tag;
  else if (field == Field::kContentKind && !view_.payloads.empty())
    view_.payloads.back().content_tag = tag;
}

bool ViewFiller::begin_payload() {
  if (view_.payloads.size() == kPayloadsMax) return false;
  view_.payloads.emplace_back();
  return true;
}

void ViewFiller::number(Field field, uint64_t value) {
  const auto small = static_cast<uint32_t>(value);
  PayloadView* const payload = view_.payloads.empty() ? nullptr : &view_.payloads.back();
  if (field == Field::kCin)
    view_.cin = small;
  else if (field == Field::kNumber)
    view_.number = small;
  else if (field == Field::kSeconds || field == Field::kPayloadSeconds)
    seconds_ = static_cast<int64_t>(value);
  else if (field == Field::kMicroseconds && value <= UINT32_MAX)
    view_.time_us = seconds_ * kMicrosecondsPerSecond + small;
  else if (field == Field::kTimeQualifier)
    view_.time_qualifier = small;
  else if (payload == nullptr)
    return;
  else if (field == Field::kPayloadMicroseconds && value <= UINT32_MAX)
    payload->time_us = seconds_ * kMicrosecondsPerSecond + small;
  else if (field == Field::kIriType)
    payload->iri_type = small;
  else if (field == Field::kDirection)
    payload->direction = small;
  else if (field == Field::kAccessEvent)
    payload->access_event = small;
  else if (field == Field::kOriginalLength)
    payload->original_bytes = small;
  else if (field == Field::kFrameType)
    payload->frame_type = small;
  else if (field == Field::kMediaProtocol)
    payload->media_protocol = small;
}

void ViewFiller::octets(Field field, Bytes content) {
  switch (field) {
    case Field::kDomain:
      view_.domain = content;
      return;
    case Field::kLiid:
      view_.liid = content;
      return;
    case Field::kAuthorizationCountry:
      view_.authorization_country = content;
      return;
    case Field::kOperator:
      view_.operator_id = content;
      return;
    case Field::kNetworkElement:
      view_.network_element = content;
      return;
    case Field::kDeliveryCountry:
      view_.delivery_country = content;
      return;
    case Field::kInterceptionPoint:
      view_.interception_point = content;
      return;
    case Field::kPacket:
    case Field::kTruncatedPacket:
      if (view_.payloads.empty()) return;
      view_.payloads.back().packet = content;
      view_.payloads.back().truncated = field == Field::kTruncatedPacket;
      return;
    case Field::kStream:
      if (!view_.payloads.empty()) view_.payloads.back().stream = content;
      return;
    default:
      return;
  }
}

void ViewFiller::time(Field field, Bytes text, int64_t unix_us) {
  if (field == Field::kPayloadTimeText && !view_.payloads.empty()) view_.payloads.back().time_us = unix_us;
  if (field != Field::kTimeText) return;
  view_.time_text = text;
  view_.time_us = unix_us;
}

}  // namespace lictor::der
