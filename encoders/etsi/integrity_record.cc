#include "encoders/etsi/integrity_record.h"

#include <array>

#include "dataplane/base/check.h"
#include "encoders/etsi/asn1_codec.h"
#include "encoders/etsi/der_write.h"
#include "encoders/etsi/ps_header.h"
#include "encoders/etsi/tlv.h"
#include "encoders/etsi/wide_lengths.h"

namespace lictor {
namespace {

using der::tlv_octets;

constexpr size_t kHeaderBytesMax = 224;
constexpr size_t kNumberBytesMax = 7;
constexpr size_t kEnumerated = 3;  // octets of one whose value is below 128

bool is_signature(const IntegrityCheck& check) { return check.kind == IntegrityCheck::Kind::kSignature; }
bool names_hash(const IntegrityCheck& check) { return !is_signature(check) || check.names_hash; }

size_t numbers_octets(const IntegrityCheck& check) {
  size_t octets = 0;
  for (const uint32_t number : check.numbers) octets += 2 + der::integer_octets(number);
  return octets;
}

size_t members_octets(const IntegrityCheck& check, size_t value_bytes) {
  return tlv_octets(numbers_octets(check)) + 2 * kEnumerated + tlv_octets(value_bytes) +
         (names_hash(check) ? kEnumerated : 0) + (is_signature(check) ? kEnumerated : 0);
}

void write_members(der::Writer& out, const IntegrityCheck& check, Bytes value) {
  out.header(0xa0, numbers_octets(check));
  for (const uint32_t number : check.numbers) out.integer(0x02, number);
  out.integer(0x81, static_cast<uint64_t>(check.kind));
  out.integer(0x82, static_cast<uint64_t>(check.of));
  out.header(0x83, value.size());
  out.bytes(value);
  if (names_hash(check)) out.integer(0x84, static_cast<uint64_t>(check.hash));
  if (is_signature(check)) out.integer(0x85, static_cast<uint64_t>(check.signature));
}

// The PSHeader, tag and length too, of a record of this task.
std::vector<uint8_t> header_of(const EtsiTaskParameters& parameters, uint32_t cin, uint32_t number, PacketTime time) {
  const asn1::PsPduPtr pdu = asn1::make_pdu();
  set_ps_header(*pdu, parameters, cin, number, time);
  pdu->payload.present = Payload_PR_tri;
  pdu->payload.choice.tri.present = TriPayload_PR_testPdu;
  std::array<uint8_t, kHeaderBytesMax + 16> buffer;
  const size_t length = asn1::encode_der(*pdu, buffer);
  LICTOR_CHECK(length > 0);
  const std::optional<Tlv> record = first_tlv(Bytes(buffer).first(length));
  const std::optional<Tlv> header = find_child(record->content, 0xa1);
  return {header->whole.begin(), header->whole.end()};
}

size_t write_der(const EtsiTaskParameters& parameters, const IntegrityCheck& check, uint32_t number, PacketTime time,
                 MutableBytes room) {
  const std::vector<uint8_t> header = header_of(parameters, check.cin, number, time);
  const size_t members = members_octets(check, check.value.size());
  const size_t payload = tlv_octets(tlv_octets(members));
  const size_t whole = header.size() + tlv_octets(payload);
  if (tlv_octets(whole) > room.size()) return 0;
  der::Writer out(room.data());
  out.header(0x30, whole);
  out.bytes(header);
  out.header(0xa2, payload);
  out.header(0xa2, tlv_octets(members));
  out.header(0xa0, members);
  write_members(out, check, check.value);
  return static_cast<size_t>(out.at() - room.data());
}

}  // namespace

size_t integrity_bytes_max(const IntegrityCheck& check) {
  return kHeaderBytesMax + check.numbers.size() * kNumberBytesMax + check.value.size() + 64;
}

size_t write_integrity_pdu(const EtsiTaskParameters& parameters, const IntegrityCheck& check, uint32_t number,
                           PacketTime time, MutableBytes room) {
  if (parameters.lengths == Lengths::kShortest) return write_der(parameters, check, number, time, room);
  std::vector<uint8_t> der(integrity_bytes_max(check));
  const size_t bytes = write_der(parameters, check, number, time, der);
  return bytes == 0 ? 0 : write_wide(Bytes(der).first(bytes), room);
}

std::vector<uint8_t> integrity_list(const IntegrityCheck& check) {
  const size_t members = members_octets(check, 0);
  std::vector<uint8_t> list(tlv_octets(members));
  der::Writer out(list.data());
  out.header(0xa0, members);
  write_members(out, check, {});
  return list;
}

}  // namespace lictor
