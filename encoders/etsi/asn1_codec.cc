#include "encoders/etsi/asn1_codec.h"

#include <cstdlib>
#include <cstring>
#include <set>

#include "dataplane/base/check.h"

namespace lictor::asn1 {
namespace {

// asn1c wants its strings from malloc.
uint8_t* copy_of(Bytes octets) {
  auto* const copy = static_cast<uint8_t*>(std::malloc(octets.size() + 1));
  LICTOR_CHECK(copy != nullptr);
  if (!octets.empty()) std::memcpy(copy, octets.data(), octets.size());
  copy[octets.size()] = 0;
  return copy;
}

void prime(asn_TYPE_descriptor_t& type, std::set<const asn_TYPE_descriptor_t*>& seen) {
  if (!seen.insert(&type).second) return;
  type.free_struct(&type, nullptr, 0);  // inherits what it lacks, frees nothing
  for (int i = 0; i < type.elements_count; ++i) prime(*type.elements[i].type, seen);
}

struct Room {
  uint8_t* at;
  size_t left;
};

int append(const void* bytes, size_t size, void* key) {
  auto* const room = static_cast<Room*>(key);
  if (size > room->left) return -1;
  std::memcpy(room->at, bytes, size);
  room->at += size;
  room->left -= size;
  return 0;
}

}  // namespace

void prime_asn1_types() {
  std::set<const asn_TYPE_descriptor_t*> seen;
  prime(asn_DEF_PsPdu, seen);
}

void PsPduDeleter::operator()(PsPdu_t* pdu) const noexcept { asn_DEF_PsPdu.free_struct(&asn_DEF_PsPdu, pdu, 0); }

void* zeroed(size_t bytes) {
  void* const memory = std::calloc(1, bytes);
  LICTOR_CHECK(memory != nullptr);
  return memory;
}

PsPduPtr make_pdu() { return PsPduPtr(make<PsPdu_t>()); }

void set_octets(OCTET_STRING_t& field, Bytes octets) {
  field.buf = copy_of(octets);
  field.size = static_cast<int>(octets.size());
}

void set_octets(OCTET_STRING_t*& field, Bytes octets) {
  field = make<OCTET_STRING_t>();
  set_octets(*field, octets);
}

void set_octets(OCTET_STRING_t& field, std::string_view text) { set_octets(field, as_bytes(text)); }
void set_octets(OCTET_STRING_t*& field, std::string_view text) { set_octets(field, as_bytes(text)); }

void set_oid(ASN__PRIMITIVE_TYPE_t& field, Bytes content) {
  field.buf = copy_of(content);
  field.size = static_cast<int>(content.size());
}

void set_integer(INTEGER_t& field, uint64_t value) {
  uint8_t octets[9] = {};  // a leading zero keeps it positive; asn1c strips what is not needed
  for (int i = 8; i > 0; --i, value >>= 8) octets[i] = static_cast<uint8_t>(value);
  field.buf = copy_of(octets);
  field.size = sizeof octets;
}

size_t encode_der(const PsPdu_t& pdu, MutableBytes room) noexcept {
  Room out{room.data(), room.size()};
  const asn_enc_rval_t encoded = der_encode(&asn_DEF_PsPdu, const_cast<PsPdu_t*>(&pdu), append, &out);
  return encoded.encoded > 0 ? static_cast<size_t>(encoded.encoded) : 0;
}

}  // namespace lictor::asn1
