#include "encoders/der/tlv.h"

namespace lictor::der {
namespace {

constexpr uint8_t kHighTagNumber = 0x1f;
constexpr int kTagOctetsMax = 4;
constexpr size_t kLengthOctetsMax = 8;

// X.690 8.1.2.4: seven bits an octet, the last one without its top bit.
void read_high_tag(ByteReader& in, TlvHeader& header) {
  for (int octet = 0; octet < kTagOctetsMax; ++octet) {
    const uint8_t part = in.u8();
    if (octet == 0 && part == 0x80) header.minimal = false;
    header.tag_number = header.tag_number << 7 | (part & 0x7f);
    if (part < 0x80) {
      if (header.tag_number < kHighTagNumber) header.minimal = false;
      header.status = in.ok() ? TlvStatus::kOk : TlvStatus::kCut;
      return;
    }
  }
  header.status = TlvStatus::kTooLong;
}

// X.690 8.1.3.5: a count of octets, then the length in them.
void read_long_length(ByteReader& in, size_t octets, TlvHeader& header) {
  if (octets == 0) {
    header.status = TlvStatus::kIndefinite;
    return;
  }
  if (octets > kLengthOctetsMax) {
    header.status = TlvStatus::kTooLong;
    return;
  }
  const Bytes length = in.take(octets);
  if (!in.ok()) {
    header.status = TlvStatus::kCut;
    return;
  }
  for (const uint8_t octet : length) header.length = header.length << 8 | octet;
  if (length.front() == 0 || header.length < 0x80) header.minimal = false;
}

}  // namespace

TlvHeader read_tlv_header(ByteReader& in) {
  TlvHeader header;
  if (in.remaining() < 2) return header;
  header.status = TlvStatus::kOk;
  header.identifier = in.u8();
  header.tag_number = header.identifier & kHighTagNumber;
  if (header.tag_number == kHighTagNumber) {
    header.tag_number = 0;
    read_high_tag(in, header);
    if (header.status != TlvStatus::kOk) return header;
  }
  const uint8_t length = in.u8();
  if (!in.ok()) {
    header.status = TlvStatus::kCut;
  } else if (length < 0x80) {
    header.length = length;
  } else {
    read_long_length(in, length & 0x7f, header);
  }
  return header;
}

}  // namespace lictor::der
