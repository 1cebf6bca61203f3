#include "encoders/etsi/wide_lengths.h"

#include <vector>

#include "dataplane/base/check.h"
#include "encoders/etsi/der_write.h"
#include "encoders/etsi/tlv.h"

namespace lictor {
namespace {

// The TLV at the front; there is one, because it is of our own making.
Tlv front(Bytes tlvs) {
  const std::optional<Tlv> tlv = first_tlv(tlvs);
  LICTOR_CHECK(tlv.has_value());
  return *tlv;
}

// What these TLVs take. As deep as our types are nested.
size_t wide_octets(Bytes tlvs) {
  size_t octets = 0;
  while (!tlvs.empty()) {
    const Tlv tlv = front(tlvs);
    octets += der::is_constructed(tlv.tag) ? der::group_octets<Lengths::kWide>(wide_octets(tlv.content))
                                           : der::tlv_octets<Lengths::kWide>(tlv.content.size());
    tlvs = tlvs.subspan(tlv.whole.size());
  }
  return octets;
}

void write_all(Bytes tlvs, der::BasicWriter<Lengths::kWide>& out) {
  while (!tlvs.empty()) {
    const Tlv tlv = front(tlvs);
    if (der::is_constructed(tlv.tag)) {
      out.header(tlv.tag, wide_octets(tlv.content));
      write_all(tlv.content, out);
    } else {
      out.header(tlv.tag, tlv.content.size());
      out.bytes(tlv.content);
    }
    tlvs = tlvs.subspan(tlv.whole.size());
  }
}

}  // namespace

size_t write_wide(Bytes der, MutableBytes room) {
  const size_t octets = wide_octets(der);
  if (octets > room.size()) return 0;
  der::BasicWriter<Lengths::kWide> out(room.data());
  write_all(der, out);
  LICTOR_CHECK(out.at() == room.data() + octets);
  return octets;
}

size_t encode_pdu(const PsPdu_t& pdu, Lengths lengths, MutableBytes room) {
  if (lengths == Lengths::kShortest) return asn1::encode_der(pdu, room);
  std::vector<uint8_t> der(room.size());  // it is no longer in DER
  const size_t bytes = asn1::encode_der(pdu, der);
  return bytes == 0 ? 0 : write_wide(Bytes(der).first(bytes), room);
}

}  // namespace lictor
