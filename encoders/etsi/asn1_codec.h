// Lictor's way to asn1c: owners of its structures, the setters that it lacks, and one DER encoder. Any thread, after
// prime_asn1_types().
#pragma once

#include <PsPdu.h>

#include <cstdint>
#include <memory>
#include <string_view>

#include "dataplane/base/bytes.h"

namespace lictor::asn1 {

// asn1c completes its type descriptors when a type is used for the first time, without a lock. Call once, before any
// other thread encodes or decodes.
void prime_asn1_types();

struct PsPduDeleter {
  void operator()(PsPdu_t* pdu) const noexcept;
};
using PsPduPtr = std::unique_ptr<PsPdu_t, PsPduDeleter>;

// A zeroed PDU. Everything below it is allocated by make<> or set_*, and freed with it.
PsPduPtr make_pdu();

// A zeroed member, owned by the structure that it is put into.
void* zeroed(size_t bytes);
template <typename T>
T* make() {
  return static_cast<T*>(zeroed(sizeof(T)));
}

void set_octets(OCTET_STRING_t& field, Bytes octets);
void set_octets(OCTET_STRING_t*& field, Bytes octets);  // an optional member
void set_octets(OCTET_STRING_t& field, std::string_view text);
void set_octets(OCTET_STRING_t*& field, std::string_view text);
// OBJECT IDENTIFIER and RELATIVE-OID: the content octets.
void set_oid(ASN__PRIMITIVE_TYPE_t& field, Bytes content);
// INTEGERs that asn1c keeps as octets.
void set_integer(INTEGER_t& field, uint64_t value);

// The DER of `pdu` at the front of `room`; 0 where it does not fit or is not complete.
size_t encode_der(const PsPdu_t& pdu, MutableBytes room) noexcept;

}  // namespace lictor::asn1
