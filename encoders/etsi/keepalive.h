// PDUs that belong to a connection and not to a task: keep-alives (TS 102 232-1, TRIPayload [3] and [4]), the
// negotiation of options ([9] to [11]) and PDU acknowledgements ([12] and [13]). Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dataplane/base/bytes.h"
#include "dataplane/base/clock.h"
#include "encoders/etsi/task_parameters.h"

namespace lictor {

// What we say on a connection.
enum class ConnectionPdu : uint8_t {
  kKeepalive,
  kOptionRequest,  // of the one option that there is: pDUAcknowledgement
  kOptionComplete,
  kAcknowledgementRequest,
};

struct KeepaliveParameters {
  std::string operator_id;         // 1 to 16 octets
  std::string network_element_id;  // 1 to 16 octets
  uint8_t li_ps_version = 33;
  std::string liid = "-";  // 1 to 25 octets; names no warrant
  // Two letters each, and with them a CIN of 0; empty: left out.
  std::string authorization_country;
  std::string delivery_country;
  TimestampForm timestamp_form = TimestampForm::kMicrosecond;
  std::optional<LocalTime> local_time = {};  // of generalized time; nothing: UTC
  Lengths lengths = Lengths::kShortest;
};

// One of them with this sequence number and time.
std::vector<uint8_t> encode_connection_pdu(const KeepaliveParameters& parameters, ConnectionPdu kind, uint32_t number,
                                           LegalTime time);

enum class PeerAnswer : uint8_t {
  kNone,             // it answers nothing
  kKeepalive,        // a keep-aliveResponse
  kOptionAccepted,   // an optionResponse that accepts pDUAcknowledgement, and does not decline it too
  kOptionDeclined,   // any other optionResponse, readable or not: whoever does not accept declines
  kAcknowledgement,  // a pDUAcknowledgementResponse
};

// What a peer sent on a connection that carries records the other way.
struct PeerPdu {
  size_t bytes = 0;  // of the whole PDU
  PeerAnswer answer = PeerAnswer::kNone;
  uint32_t number = 0;  // its sequence number, where it is a keep-alive's or an acknowledgement's answer
};

// A PDU of a peer is at most this long: it has nothing but transport information to say.
constexpr size_t kPeerPduBytesMax = 4096;

enum class PeerRead : uint8_t { kPdu, kIncomplete, kMalformed };

// The first PDU of what a peer sent. BER lengths that are not minimal are tolerated. kMalformed: this is no PS-PDU, or
// it is longer than kPeerPduBytesMax; nothing behind it can be framed.
PeerRead read_peer_pdu(Bytes received, PeerPdu& pdu);

}  // namespace lictor
