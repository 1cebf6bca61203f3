#include "encoders/etsi/call_iri.h"

#include <AdditionalLine.h>
#include <AdditionalLines.h>
#include <IpAssignment.h>
#include <PayloadDirection.h>

#include <algorithm>
#include <array>

#include "encoders/etsi/iri_parts.h"
#include "encoders/mask/sip_mask.h"

namespace lictor {
namespace {

IriKind kind_of(CallStep step) {
  switch (step) {
    case CallStep::kBegin:
      return IriKind::kBegin;
    case CallStep::kContinue:
      return IriKind::kContinue;
    case CallStep::kEnd:
      return IriKind::kEnd;
    case CallStep::kReport:
      break;
  }
  return IriKind::kReport;
}

// As a header line (RFC 3326), of a protocol that nobody sends: no message said so.
std::string_view line_of(CallEndReason reason) {
  switch (reason) {
    case CallEndReason::kNone:
      break;
    case CallEndReason::kByeUnanswered:
      return "Reason: LI;text=\"BYE was not answered\"";
    case CallEndReason::kRefused:
      return "Reason: LI;text=\"refused, and not tried again\"";
    case CallEndReason::kUnanswered:
      return "Reason: LI;text=\"nothing was heard of the invitation any more\"";
    case CallEndReason::kSessionTimer:
      return "Reason: LI;text=\"session was not refreshed\"";
    case CallEndReason::kSilent:
      return "Reason: LI;text=\"neither messages nor media were seen\"";
    case CallEndReason::kNotFollowed:
      return "Reason: LI;text=\"not followed any longer\"";
  }
  return {};
}

void set_sip_message(SipMessage_t& sip, const CallTelling& telling, Bytes message) {
  fill_address(sip.source, telling.source, IpAssignment_notKnown);
  fill_address(sip.destination, telling.destination, IpAssignment_notKnown);
  asn1::set_octets(sip.content, message);
}

bool ends_with(Bytes packet, Bytes message) {
  return !message.empty() && packet.size() > message.size() && std::ranges::equal(packet.last(message.size()), message);
}

void set_contents(IpMmIriContents_t& contents, const EtsiTaskParameters& parameters, const CallTelling& telling) {
  const std::vector<uint8_t> message =
      mask_sip(telling.message, {.content = parameters.call_content, .location = parameters.session_iri.location});
  if (!parameters.call_content) {
    contents.present = IpMmIriContents_PR_iriOnlySipMessage;
    return set_sip_message(contents.choice.iriOnlySipMessage, telling, message);
  }
  // A packet out of which something went would be none that was sent.
  if (parameters.call_packets && ends_with(telling.packet, telling.message) && message == telling.message) {
    contents.present = IpMmIriContents_PR_originalPacket;
    return asn1::set_octets(contents.choice.originalPacket, telling.packet);
  }
  contents.present = IpMmIriContents_PR_sipMessage;
  set_sip_message(contents.choice.sipMessage, telling, message);
}

void add_line(IpMmIri_t& iri, std::string_view text) {
  if (text.empty()) return;
  iri.additional = asn1::make<AdditionalLines_t>();
  auto* const line = asn1::make<AdditionalLine_t>();
  line->present = AdditionalLine_PR_sipHeaderLine;
  asn1::set_octets(line->choice.sipHeaderLine, text);
  asn_sequence_add(&iri.additional->list, line);
}

}  // namespace

IriKind iri_kind(const CallTelling& telling) {
  const IriKind kind = kind_of(telling.step);
  if (telling.ended) return IriKind::kReport;
  if (kind == IriKind::kBegin && telling.begun) return IriKind::kContinue;
  return kind;
}

void set_call_iri(PsPdu_t& pdu, const EtsiTaskParameters& parameters, const CallTelling& telling) {
  auto* const payload = asn1::make<IriPayload_t>();
  set_optional(payload->iriType, static_cast<long>(iri_kind(telling)));
  payload->contents.present = IriContents_PR_ipMmIri;
  IpMmIri_t& iri = payload->contents.choice.ipMmIri;
  asn1::set_oid(iri.object, std::array<uint8_t, 4>{0x05, 0x05, parameters.ip_multimedia_version, 0x01});
  set_contents(iri.contents, parameters, telling);
  if (telling.message.empty()) add_line(iri, line_of(telling.reason));
  if (!telling.message.empty()) set_optional(payload->payloadDirection, static_cast<long>(telling.direction));
  pdu.payload.present = Payload_PR_iri;
  asn_sequence_add(&pdu.payload.choice.iri.list, payload);
}

size_t call_iri_octets(const CallTelling& telling) {
  return std::max(telling.message.size() + kMaskGrowth, telling.packet.size());
}

}  // namespace lictor
