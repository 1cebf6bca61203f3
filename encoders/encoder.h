// The seam between the encoder loop and a handover format: a record in, the bytes of a PDU into room that the caller
// gives. One encoder serves one task on one encoder lcore; not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "dataplane/base/bytes.h"
#include "dataplane/base/clock.h"
#include "dataplane/base/match_record.h"
#include "encoders/call_telling.h"
#include "encoders/integrity/integrity_check.h"
#include "encoders/session_telling.h"

namespace lictor {

// The series that a record is numbered in, and the connection that it travels on: CC and what proves it on HI3, the
// others on HI2.
enum class RecordKind : uint8_t { kIri, kCc, kHi1, kIriHash, kCcHash, kIriSignature, kCcSignature };
constexpr size_t kRecordKinds = 7;

constexpr bool is_on_hi3(RecordKind kind) {
  return kind == RecordKind::kCc || kind == RecordKind::kCcHash || kind == RecordKind::kCcSignature;
}

constexpr RecordKind series_of(const IntegrityCheck& check) {
  const bool cc = check.of == CheckedKind::kCc;
  if (check.kind == IntegrityCheck::Kind::kHash) return cc ? RecordKind::kCcHash : RecordKind::kIriHash;
  return cc ? RecordKind::kCcSignature : RecordKind::kIriSignature;
}

// What is handed over of a call's media (TS 102 232-5, FrameType and MMCCprotocol, with their values).
enum class MediaFrame : uint8_t { kIp, kUdp, kRtp, kAudio, kTcp, kArtificialRtp, kUdptl, kMsrp };
enum class MediaProtocol : uint8_t { kRtp, kMsrp, kUdptl };

struct MediaForm {
  MediaFrame frame = MediaFrame::kIp;  // where `packet` begins
  MediaProtocol protocol = MediaProtocol::kRtp;
  Bytes stream;  // streamIdentifier, which of the call's streams it is of; at most kStreamBytesMax, empty: left out

  static constexpr size_t kStreamBytesMax = 255;
};

struct ContentRecord {
  Bytes packet;          // from the IP header on, or a whole frame
  uint32_t whole_bytes;  // what the IP header claims; more than packet.size() where the frame was truncated
  PacketTime arrival;
  Direction direction;
  uint16_t port = 0;                    // index of the receiving port in the configuration
  uint32_t cin = 0;                     // of the session; 0: the task's own
  bool is_frame = false;                // an Ethernet frame as received
  std::optional<MediaForm> media = {};  // it is of a call, and no frame

  // Octets that it brings into a record.
  [[nodiscard]] size_t octets() const { return packet.size() + (media ? media->stream.size() : 0); }
};

enum class EventKind : uint8_t {
  kCinReset,              // TRI cINReset; once for each of the series IRI and CC
  kActivated,             // HI1 liActivated
  kModified,              // HI1 liModified
  kDeactivated,           // HI1 liDeactivated
  kAlarm,                 // HI1 alarms-indicator, with `text`
  kSessionActiveAtStart,  // IPIRI or L2IRI startOfInterceptionWithSessionActive
  kSessionActiveAtEnd,    // IPIRI or L2IRI endOfInterceptionWithSessionActive
  kTestPdu,               // TRI testPDU, on the connection of `series`
  kOperatorError,         // TRI operatorLeaMessage of priority error, with `text`
  kOperatorNote,          // the same of priority informational
  kSession,               // IPIRI of what signalling tells of a session, with `session`
  kCall,                  // IPMMIRI of a call or another communication, with `call`
};

// Of IPIRI, L2IRI and IPMMIRI: what of a session or a call is told.
constexpr bool is_iri(EventKind kind) {
  return kind == EventKind::kSessionActiveAtStart || kind == EventKind::kSessionActiveAtEnd ||
         kind == EventKind::kSession || kind == EventKind::kCall;
}
constexpr bool is_operator_message(EventKind kind) {
  return kind == EventKind::kOperatorError || kind == EventKind::kOperatorNote;
}
// Test PDUs and messages have numbers of their own: in the series of records they would be a gap to whoever counts
// records alone.
constexpr bool is_of_series(EventKind kind) { return kind != EventKind::kTestPdu && !is_operator_message(kind); }
// Transport information says what a receiver has to know without a key, and proves nothing.
constexpr bool is_transport_information(EventKind kind) { return kind == EventKind::kCinReset || !is_of_series(kind); }

struct EventRecord {
  EventKind kind;
  RecordKind series;
  PacketTime time;
  // Of kAlarm: 1 to 256 octets; of operators' messages: 1 to 255. Names no target and no LIID.
  std::string text = {};
  uint32_t cin = 0;  // of the session that it is told of; 0: the task's own
  std::optional<SessionTelling> session = {};
  std::optional<CallTelling> call = {};
};

class Encoder {
 public:
  virtual ~Encoder() = default;

  // Octets that the record of a packet of `packet_bytes` can take at most; of media its stream identifier counts too.
  [[nodiscard]] virtual size_t content_bytes_max(size_t packet_bytes) const noexcept = 0;
  // Writes the record and answers its length, 0 where it cannot be encoded. `room` holds content_bytes_max(). Does not
  // allocate, block or log.
  virtual size_t encode_content(const ContentRecord& record, uint32_t number, MutableBytes room) noexcept = 0;

  // Several packets, or several frames, of one CIN in one record: each is written as a payload into room for
  // payload_bytes_max(), these are put one behind the other, and a record is made around them in room for
  // aggregate_bytes_max(). Both answer the length, 0 where it cannot be encoded. `time`: of the last of them; `cin`: 0,
  // the task's own. A format that knows no such records answers so, and is not asked for any.
  [[nodiscard]] virtual bool aggregates() const noexcept { return false; }
  [[nodiscard]] virtual size_t payload_bytes_max(size_t /*packet_bytes*/) const noexcept { return 0; }
  virtual size_t encode_payload(const ContentRecord& /*record*/, MutableBytes /*room*/) noexcept { return 0; }
  [[nodiscard]] virtual size_t aggregate_bytes_max(size_t /*payload_bytes*/) const noexcept { return 0; }
  virtual size_t encode_aggregate(Bytes /*payloads*/, PacketTime /*time*/, uint32_t /*cin*/, uint32_t /*number*/,
                                  MutableBytes /*room*/) noexcept {
    return 0;
  }

  // An event's record takes at most this, but for one that brings a message along.
  static constexpr size_t kEventBytesMax = 8192;
  [[nodiscard]] virtual size_t event_bytes_max(const EventRecord& /*event*/) const noexcept { return kEventBytesMax; }
  // Writes the record and answers its length, 0 where it cannot be encoded. `room` holds event_bytes_max(event).
  virtual size_t encode_event(const EventRecord& event, uint32_t number, MutableBytes room) noexcept = 0;

  // Makes of the IRI, CC or HI1 record that was written last, and is `record` now, what is sent: its payload is
  // encrypted where the profile says so. The length stays.
  virtual void encrypt(MutableBytes /*record*/, uint32_t /*number*/) noexcept {}

  // Octets that the PDU of a check can take at most.
  [[nodiscard]] virtual size_t check_bytes_max(const IntegrityCheck& check) const noexcept = 0;
  // Writes the integrity PDU and answers its length, 0 where it cannot be encoded. `room` holds check_bytes_max().
  virtual size_t encode_check(const IntegrityCheck& check, uint32_t number, PacketTime time,
                              MutableBytes room) noexcept = 0;
};

}  // namespace lictor
