#include "encoders/etsi/keepalive.h"

#include <array>

#include "dataplane/base/check.h"
#include "encoders/etsi/asn1_codec.h"
#include "encoders/etsi/ps_header.h"
#include "encoders/etsi/tlv.h"
#include "encoders/etsi/wide_lengths.h"

namespace lictor {
namespace {

// Alternatives of TRIPayload, and what they are made of.
constexpr uint8_t kKeepAliveResponse = 0x84;
constexpr uint8_t kOptionResponse = 0xaa;
constexpr uint8_t kAcknowledgementResponse = 0x8d;
constexpr uint8_t kAcceptedOptions = 0xa0;
constexpr uint8_t kDeclinedOptions = 0xa1;
constexpr uint8_t kPduAcknowledgement = 0x80;

// An INTEGER's content as a sequence number, or nothing where it is none.
std::optional<uint32_t> sequence_number_of(Bytes content) {
  if (content.empty() || content.size() > 5) return std::nullopt;
  uint64_t value = 0;
  for (const uint8_t octet : content) value = value << 8 | octet;
  if (value > UINT32_MAX) return std::nullopt;
  return static_cast<uint32_t>(value);
}

bool lists_acknowledgement(Bytes response, uint8_t list) {
  const std::optional<Tlv> options = find_child(response, list);
  return options && find_child(options->content, kPduAcknowledgement);
}

// What the content of a PDU answers.
void read_answer(Bytes content, PeerPdu& pdu) {
  const std::optional<Tlv> header = find_child(content, 0xa1);
  const std::optional<Tlv> payload = find_child(content, 0xa2);
  const std::optional<Tlv> tri = payload ? find_child(payload->content, 0xa2) : std::nullopt;
  if (!header || !tri) return;
  if (const std::optional<Tlv> options = find_child(tri->content, kOptionResponse)) {
    const bool accepts = lists_acknowledgement(options->content, kAcceptedOptions) &&
                         !lists_acknowledgement(options->content, kDeclinedOptions);
    pdu.answer = accepts ? PeerAnswer::kOptionAccepted : PeerAnswer::kOptionDeclined;
    return;
  }
  const bool acknowledges = find_child(tri->content, kAcknowledgementResponse).has_value();
  if (!acknowledges && !find_child(tri->content, kKeepAliveResponse)) return;
  const std::optional<Tlv> field = find_child(header->content, 0x84);
  const std::optional<uint32_t> number = field ? sequence_number_of(field->content) : std::nullopt;
  if (!number) return;
  pdu.answer = acknowledges ? PeerAnswer::kAcknowledgement : PeerAnswer::kKeepalive;
  pdu.number = *number;
}

// Whether more octets could make `received` the start of a PDU that is short enough.
bool may_continue(Bytes received) {
  if (received[0] != 0x30 || received.size() >= kPeerPduBytesMax) return false;
  if (received.size() < 2) return true;
  const size_t octets = received[1] < 0x80 ? 0 : received[1] & 0x7f;
  if (received[1] == 0x80 || octets > 4) return false;
  if (received.size() < 2 + octets) return true;
  size_t length = received[1] < 0x80 ? received[1] : 0;
  for (const uint8_t octet : received.subspan(2, octets)) length = length << 8 | octet;
  return 2 + octets + length <= kPeerPduBytesMax;
}

void set_payload(ConnectionPdu kind, TriPayload_t& tri) {
  switch (kind) {
    case ConnectionPdu::kKeepalive:
      tri.present = TriPayload_PR_keepAlive;
      return;
    case ConnectionPdu::kOptionComplete:
      tri.present = TriPayload_PR_optionComplete;
      return;
    case ConnectionPdu::kAcknowledgementRequest:
      tri.present = TriPayload_PR_acknowledgementRequest;
      return;
    case ConnectionPdu::kOptionRequest:
      break;
  }
  tri.present = TriPayload_PR_optionRequest;
  auto* const option = asn1::make<Option_t>();
  option->present = Option_PR_pduAcknowledgement;
  LICTOR_CHECK(ASN_SEQUENCE_ADD(&tri.choice.optionRequest.options.list, option) == 0);
}

}  // namespace

std::vector<uint8_t> encode_connection_pdu(const KeepaliveParameters& parameters, ConnectionPdu kind, uint32_t number,
                                           LegalTime time) {
  asn1::PsPduPtr pdu = asn1::make_pdu();
  PsHeader_t& header = pdu->header;
  asn1::set_oid(header.domain, li_ps_domain(parameters.li_ps_version));
  asn1::set_octets(header.liid, std::string_view(parameters.liid));
  if (!parameters.authorization_country.empty()) {
    asn1::set_octets(header.authorizationCountry, parameters.authorization_country);
    header.communication.cin = asn1::make<unsigned long>();
    asn1::set_octets(header.communication.deliveryCountry, parameters.delivery_country);
  }
  asn1::set_octets(header.communication.network.operatorId, parameters.operator_id);
  asn1::set_octets(header.communication.network.networkElement, parameters.network_element_id);
  header.sequenceNumber = number;
  set_ps_time(header, parameters.timestamp_form, parameters.local_time, {time.unix_ns});
  pdu->payload.present = Payload_PR_tri;
  set_payload(kind, pdu->payload.choice.tri);
  std::array<uint8_t, 256> buffer;
  const size_t length = encode_pdu(*pdu, parameters.lengths, buffer);
  LICTOR_CHECK(length > 0);
  return {buffer.begin(), buffer.begin() + static_cast<ptrdiff_t>(length)};
}

PeerRead read_peer_pdu(Bytes received, PeerPdu& pdu) {
  if (received.empty()) return PeerRead::kIncomplete;
  const std::optional<Tlv> whole = first_tlv(received);
  if (!whole || whole->whole.size() > kPeerPduBytesMax) {
    return may_continue(received) ? PeerRead::kIncomplete : PeerRead::kMalformed;
  }
  if (whole->tag != 0x30) return PeerRead::kMalformed;
  pdu = {.bytes = whole->whole.size()};
  read_answer(whole->content, pdu);
  return PeerRead::kPdu;
}

}  // namespace lictor
