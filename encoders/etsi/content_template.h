// IPCC records at memcpy's speed (TS 102 232-1 clauses 5 and 6.2, TS 102 232-3 IPCC). asn1c encodes one record of the
// task when it starts; what never changes is cut out of that, and for each packet only the numbers, times and lengths
// between those pieces are written anew. The result is byte-equal to what asn1c would have written, which tests assert
// for every width. Used by one encoder lcore.
//
//   30 L { A1 L { identity | 84 number | [85 generalized time] | [86 point] | [A7 microsecond time] | 88 01 01 }
//          A2 L { A1 L { 30 L { 80 01 direction | A2 L { A2 L { object | A1 L { 80 L packet } } } } } } }
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "encoders/encoder.h"
#include "encoders/etsi/asn1_codec.h"
#include "encoders/etsi/task_parameters.h"

namespace lictor {

// One IPCC record for asn1c: what the template is made from, and what tests compare it with.
asn1::PsPduPtr make_content_pdu(const EtsiTaskParameters& parameters, const ContentRecord& record, uint32_t number);

class ContentTemplate {
 public:
  // Parameters are within their bounds.
  explicit ContentTemplate(const EtsiTaskParameters& parameters);

  // All that a record adds to its packet, with every field at its widest.
  static constexpr size_t kOverheadMax = 256;

  // Writes the record into room for kOverheadMax more than the packet; answers its length.
  size_t write(const ContentRecord& record, uint32_t number, uint8_t* room) const noexcept;

 private:
  std::vector<uint8_t> identity_;  // li-psDomainId to communicationIdentifier
  std::vector<uint8_t> point_;     // interceptionPointID, or nothing
  std::vector<uint8_t> object_;    // iPCCObjId
  TimestampForm timestamp_form_;
  bool marks_truncation_;
};

}  // namespace lictor
