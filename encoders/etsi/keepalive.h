// Keep-alive PDUs (TS 102 232-1, TRIPayload [3] and [4]), which belong to a connection and not to a task. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dataplane/base/bytes.h"
#include "dataplane/base/clock.h"
#include "encoders/etsi/task_parameters.h"

namespace lictor {

struct KeepaliveParameters {
  std::string operator_id;         // 1 to 16 octets
  std::string network_element_id;  // 1 to 16 octets
  uint8_t li_ps_version = 33;
  std::string liid = "-";  // 1 to 25 octets; names no warrant
  // Two letters each, and with them a CIN of 0; empty: left out.
  std::string authorization_country;
  std::string delivery_country;
  TimestampForm timestamp_form = TimestampForm::kMicrosecond;
};

// A keep-alive with this sequence number and time, strict DER.
std::vector<uint8_t> encode_keepalive(const KeepaliveParameters& parameters, uint32_t number, LegalTime time);

// What a peer sent on a connection that carries records the other way.
struct PeerPdu {
  size_t bytes = 0;                            // of the whole PDU
  std::optional<uint32_t> keepalive_response;  // its sequence number, where it is a keep-aliveResponse
};

// A PDU of a peer is at most this long: it has nothing but transport information to say.
constexpr size_t kPeerPduBytesMax = 4096;

enum class PeerRead : uint8_t { kPdu, kIncomplete, kMalformed };

// The first PDU of what a peer sent. BER lengths that are not minimal are tolerated. kMalformed: this is no PS-PDU, or
// it is longer than kPeerPduBytesMax; nothing behind it can be framed.
PeerRead read_peer_pdu(Bytes received, PeerPdu& pdu);

}  // namespace lictor
