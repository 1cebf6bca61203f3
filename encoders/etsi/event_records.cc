#include "encoders/etsi/event_records.h"

#include <Hi1Communication.h>
#include <Hi1Network.h>
#include <MessagePriority.h>

#include "encoders/etsi/call_iri.h"
#include "encoders/etsi/l2_iri.h"
#include "encoders/etsi/ps_header.h"
#include "encoders/etsi/time_text.h"

namespace lictor {
namespace {

// hi1OperationId 0.4.0.2.2.0.1.6 as content octets.
constexpr std::array<uint8_t, 7> kHi1Domain = {0x04, 0x00, 0x02, 0x02, 0x00, 0x01, 0x06};

constexpr size_t kAlarmTextMax = 256;
constexpr size_t kMessageTextMax = 255;

void set_hi1_domain(OBJECT_IDENTIFIER_t*& field) {
  field = asn1::make<OBJECT_IDENTIFIER_t>();
  asn1::set_oid(*field, kHi1Domain);
}

void set_hi1_communication(Hi1Communication*& field, const EtsiTaskParameters& parameters) {
  if (parameters.hi1_operator_id.empty()) return;
  field = asn1::make<Hi1Communication_t>();
  field->network = asn1::make<Hi1Network_t>();
  asn1::set_octets(field->network->operatorId, parameters.hi1_operator_id);
}

void set_hi1_time(Hi1Time_t& field, PacketTime time) {
  field.present = Hi1Time_PR_utc;
  asn1::set_octets(field.choice.utc, utc_time_text(time));
}

void fill_notification(Hi1Notification_t& notification, const EtsiTaskParameters& parameters, PacketTime time) {
  set_hi1_domain(notification.domain);
  asn1::set_octets(notification.liid, parameters.liid);
  set_hi1_communication(notification.communication, parameters);
  set_hi1_time(notification.time, time);
  if (!parameters.target_information.empty()) {
    asn1::set_octets(notification.targetInformation, parameters.target_information);
  }
}

void set_notification(PsPdu_t& pdu, Hi1Operation_PR which, const EtsiTaskParameters& parameters, PacketTime time) {
  pdu.payload.present = Payload_PR_hi1;
  Hi1Operation_t& operation = pdu.payload.choice.hi1;
  operation.present = which;
  // The alternatives are one type, so one member of the union stands for all three.
  fill_notification(operation.choice.activated, parameters, time);
}

void set_alarm(PsPdu_t& pdu, const EtsiTaskParameters& parameters, const EventRecord& event) {
  pdu.payload.present = Payload_PR_hi1;
  pdu.payload.choice.hi1.present = Hi1Operation_PR_alarm;
  Hi1Alarm_t& alarm = pdu.payload.choice.hi1.choice.alarm;
  set_hi1_domain(alarm.domain);
  set_hi1_communication(alarm.communication, parameters);
  set_hi1_time(alarm.time, event.time);
  asn1::set_octets(alarm.information, event.text);
  asn1::set_octets(alarm.liid, parameters.liid);
}

void set_static_iri(PsPdu_t& pdu, const EtsiTaskParameters& parameters, EventKind kind) {
  const StaticAccessEvent event = kind == EventKind::kSessionActiveAtStart ? StaticAccessEvent::kInterceptionStarts
                                                                           : StaticAccessEvent::kInterceptionEnds;
  if (is_l2_iri(parameters, kind)) return set_l2_iri(pdu, parameters, event);
  set_ip_iri(pdu, parameters, event);
}

void set_transport_information(PsPdu_t& pdu, TriPayload_PR which) {
  pdu.payload.present = Payload_PR_tri;
  pdu.payload.choice.tri.present = which;
}

void set_operator_message(PsPdu_t& pdu, const EventRecord& event) {
  set_transport_information(pdu, TriPayload_PR_operatorMessage);
  OperatorMessage_t& message = pdu.payload.choice.tri.choice.operatorMessage;
  message.priority = event.kind == EventKind::kOperatorError ? MessagePriority_error : MessagePriority_informational;
  asn1::set_octets(message.message, event.text);
}

}  // namespace

asn1::PsPduPtr make_event_pdu(const EtsiTaskParameters& parameters, const EventRecord& event, uint32_t number,
                              SessionIriExtent extent) {
  asn1::PsPduPtr pdu = asn1::make_pdu();
  set_ps_header(*pdu, parameters, event.cin, number, event.time);
  switch (event.kind) {
    case EventKind::kCinReset:
      set_transport_information(*pdu, TriPayload_PR_cinReset);
      break;
    case EventKind::kActivated:
      set_notification(*pdu, Hi1Operation_PR_activated, parameters, event.time);
      break;
    case EventKind::kModified:
      set_notification(*pdu, Hi1Operation_PR_modified, parameters, event.time);
      break;
    case EventKind::kDeactivated:
      set_notification(*pdu, Hi1Operation_PR_deactivated, parameters, event.time);
      break;
    case EventKind::kAlarm:
      if (event.text.empty() || event.text.size() > kAlarmTextMax) return nullptr;
      set_alarm(*pdu, parameters, event);
      break;
    case EventKind::kSessionActiveAtStart:
    case EventKind::kSessionActiveAtEnd:
      set_static_iri(*pdu, parameters, event.kind);
      break;
    case EventKind::kTestPdu:
      set_transport_information(*pdu, TriPayload_PR_testPdu);
      break;
    case EventKind::kOperatorError:
    case EventKind::kOperatorNote:
      if (event.text.empty() || event.text.size() > kMessageTextMax) return nullptr;
      set_operator_message(*pdu, event);
      break;
    case EventKind::kSession:
      if (!event.session) return nullptr;
      set_session_iri(*pdu, parameters, *event.session, extent);
      break;
    case EventKind::kCall:
      if (!event.call) return nullptr;
      set_call_iri(*pdu, parameters, *event.call);
      break;
  }
  return pdu;
}

}  // namespace lictor
