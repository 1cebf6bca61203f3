#include "encoders/lemf/keepalive_answer.h"

#include <array>

#include "encoders/der/tlv.h"

namespace lictor::lemf {
namespace {

constexpr uint8_t kSequence = 0x30;
constexpr uint8_t kHeader = 0xa1;
constexpr std::array<uint8_t, 6> kResponse = {0xa2, 0x04, 0xa2, 0x02, 0x84, 0x00};

// Minimal, as DER wants it.
void append_length(size_t length, std::string& out) {
  if (length < 0x80) {
    out.push_back(static_cast<char>(length));
    return;
  }
  int octets = 1;
  while (length >> (8 * octets) != 0) ++octets;
  out.push_back(static_cast<char>(0x80 | octets));
  for (int octet = octets - 1; octet >= 0; --octet) out.push_back(static_cast<char>(length >> (8 * octet) & 0xff));
}

}  // namespace

bool append_keepalive_answer(Bytes request, std::string& out) {
  ByteReader in(request);
  const der::TlvHeader outer = der::read_tlv_header(in);
  if (outer.status != der::TlvStatus::kOk || outer.identifier != kSequence) return false;
  const Bytes members = in.rest();
  const der::TlvHeader header = der::read_tlv_header(in);
  if (header.status != der::TlvStatus::kOk || header.identifier != kHeader || header.length > in.remaining())
    return false;
  in.take(header.length);
  const Bytes whole_header = members.first(members.size() - in.remaining());
  out.push_back(static_cast<char>(kSequence));
  append_length(whole_header.size() + kResponse.size(), out);
  out.append(as_text(whole_header));
  out.append(as_text(kResponse));
  return true;
}

}  // namespace lictor::lemf
