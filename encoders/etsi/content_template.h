// IPCC, L2CC and IPMMCC records at memcpy's speed (TS 102 232-1 clauses 5 and 6.2, TS 102 232-3, -4, -5). asn1c encodes
// one record of the task when it starts; what never changes is cut out of that, and for each packet only the CIN,
// numbers, times and lengths between those pieces are written anew. The result is byte-equal to what asn1c would have
// written, which tests assert for every width, or to that with wide lengths. Used by one encoder lcore.
//
//   30 L { A1 L { identity | 84 number | [85 generalized time] | [86 point] | [A7 microsecond time] | 88 01 01 }
//          A2 L { A1 L { 30 L { 80 01 direction | A2 L { A2 L { object | A1 L { 80 L packet } } } } } } }
//
// Of a frame the alternative is A6 L { object | A1 L { 85 L frame } }; of a call's media
// AC L { object | 81 L packet | 82 01 frame type | [83 L stream] | 84 01 protocol }.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "encoders/encoder.h"
#include "encoders/etsi/asn1_codec.h"
#include "encoders/etsi/der_write.h"
#include "encoders/etsi/task_parameters.h"

namespace lictor {

// One content record for asn1c: what the template is made from, and what tests compare it with.
asn1::PsPduPtr make_content_pdu(const EtsiTaskParameters& parameters, const ContentRecord& record, uint32_t number);
// The same of several packets in one record.
asn1::PsPduPtr make_aggregate_pdu(const EtsiTaskParameters& parameters, std::span<const ContentRecord> records,
                                  uint32_t number);

class ContentTemplate {
 public:
  // Parameters are within their bounds.
  explicit ContentTemplate(const EtsiTaskParameters& parameters);

  // All that a record adds to its octets (ContentRecord::octets()), with every field at its widest.
  static constexpr size_t kOverheadMax = 256;

  // All that a payload of an aggregate adds to its octets.
  static constexpr size_t kPayloadOverheadMax = 96;

  // Writes one packet as a payload of an aggregate, with a time stamp of its own (TS 102 232-1 clause 6.2.3); answers
  // its length.
  size_t write_payload(const ContentRecord& record, uint8_t* room) const noexcept;
  // Writes the record around such payloads, into room for kOverheadMax more; answers its length. Its own time is that
  // of the aggregation, and its qualifier says so. `cin`: 0, the task's own.
  size_t write_aggregate(Bytes payloads, PacketTime time, uint32_t cin, uint32_t number, uint8_t* room) const noexcept;

  // Writes the record into room for kOverheadMax more than its octets; answers its length.
  size_t write(const ContentRecord& record, uint32_t number, uint8_t* room) const noexcept;

 private:
  // What the levels of a packet's payload contain, from the inside out.
  struct Sizes;
  template <Lengths kLengths>
  [[nodiscard]] Sizes sizes_of(const ContentRecord& record) const noexcept;
  // CCContents, with the packet.
  template <Lengths kLengths>
  void write_contents(const ContentRecord& record, const Sizes& sizes, der::BasicWriter<kLengths>& out) const noexcept;
  template <Lengths kLengths>
  size_t write_payload_as(const ContentRecord& record, uint8_t* room) const noexcept;
  template <Lengths kLengths>
  size_t write_aggregate_as(Bytes payloads, PacketTime time, uint32_t cin, uint32_t number,
                            uint8_t* room) const noexcept;
  template <Lengths kLengths>
  size_t write_as(const ContentRecord& record, uint32_t number, uint8_t* room) const noexcept;

  // li-psDomainId to communicationIdentifier, whose lengths depend on the CIN's: of a session's record the octets of
  // its CIN are written into what all CINs of this width share.
  struct Identity {
    std::vector<uint8_t> octets;
    size_t cin_at = 0;  // of the CIN's content
  };
  static constexpr size_t kCinOctetsMax = 5;

  // `identity` with room for a CIN of so many octets.
  template <Lengths kLengths>
  static Identity resized(Bytes identity, size_t cin_octets);
  [[nodiscard]] const std::vector<uint8_t>& identity(uint32_t cin) const noexcept {
    return cin == 0 ? identity_ : identities_[der::integer_octets(cin) - 1].octets;
  }
  template <Lengths kLengths>
  void write_identity(der::BasicWriter<kLengths>& out, uint32_t cin) const noexcept;

  std::vector<uint8_t> identity_;                   // of the task's own CIN
  std::array<Identity, kCinOctetsMax> identities_;  // by octets of the CIN
  std::vector<uint8_t> point_;                      // interceptionPointID, or nothing
  // How CCContents says a packet, a frame, and a packet of media.
  struct Shape {
    uint8_t contents_tag = 0;
    uint8_t packet_tag = 0;
    bool marks_truncation = false;
    std::vector<uint8_t> object;  // iPCCObjId, l2CCObjId, iPMMCCObjId
  };
  [[nodiscard]] const Shape& shape_of(const ContentRecord& record) const noexcept {
    if (record.media) return shapes_[2];
    return shapes_[record.is_frame ? 1 : 0];
  }
  std::array<Shape, 3> shapes_;
  TimestampForm timestamp_form_;
  mutable LocalOffset local_;  // of generalized time; what it remembers is this lcore's
  Lengths lengths_;
};

}  // namespace lictor
