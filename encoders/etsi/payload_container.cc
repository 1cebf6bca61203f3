#include "encoders/etsi/payload_container.h"

#include <algorithm>
#include <cstring>

#include "dataplane/base/check.h"
#include "encoders/etsi/der_write.h"
#include "encoders/etsi/tlv.h"

namespace lictor {
namespace {

constexpr size_t kBlockBytes = 16;
constexpr size_t kCounterOctets = 10;  // 80 08 and eight octets: always, so that records do not change their length
constexpr uint8_t kNone = 1;

uint8_t type_of(PayloadEncryption method) {
  switch (method) {
    case PayloadEncryption::kAes192Cbc:
      return 3;
    case PayloadEncryption::kAes256Cbc:
      return 4;
    default:
      return kNone;
  }
}

// The content of a TLV of our own making with this tag, at the front of `octets`.
Bytes content_of(Bytes octets, uint8_t tag) {
  const std::optional<Tlv> tlv = first_tlv(octets);
  LICTOR_CHECK(tlv.has_value() && tlv->tag == tag);
  return tlv->content;
}

template <typename Writer>
void write_counter(Writer& out, uint64_t counter) {
  std::array<uint8_t, kCounterOctets> octets = {0x80, 8};
  for (size_t i = octets.size(); i-- > 2; counter >>= 8) octets[i] = static_cast<uint8_t>(counter);
  out.bytes(octets);
}

}  // namespace

PayloadContainer::PayloadContainer(PayloadEncryption method, LegalTime started, Lengths lengths)
    : method_(method), lengths_(lengths) {
  counters_.fill(static_cast<uint64_t>(std::max<int64_t>(started.unix_ns, 0) / kNanosecondsPerSecond) << 32);
}

Result<std::unique_ptr<PayloadContainer>> PayloadContainer::make(PayloadEncryption method, const SharedPayloadKey& key,
                                                                 LegalTime started, Lengths lengths) {
  std::unique_ptr<PayloadContainer> made(new PayloadContainer(method, started, lengths));
  if (!made->encrypts()) return made;
  const bool is_256 = method == PayloadEncryption::kAes256Cbc;
  const size_t bytes = is_256 ? PayloadKey::kAes256Bytes : PayloadKey::kAes192Bytes;
  if (key == nullptr || key->octets().size() != bytes) {
    return absl::InvalidArgumentError("encryption: the key is not of the method's length");
  }
  made->context_.reset(EVP_CIPHER_CTX_new());
  const EVP_CIPHER* const cipher = is_256 ? EVP_aes_256_cbc() : EVP_aes_192_cbc();
  const std::array<uint8_t, kBlockBytes> iv{};
  if (made->context_ == nullptr ||
      EVP_EncryptInit_ex(made->context_.get(), cipher, nullptr, key->octets().data(), iv.data()) != 1 ||
      EVP_CIPHER_CTX_set_padding(made->context_.get(), 0) != 1) {
    return absl::ResourceExhaustedError("encryption: OpenSSL has no cipher");
  }
  return made;
}

template <Lengths kLengths>
size_t PayloadContainer::wrap_as(MutableBytes room, size_t bytes, PayloadPart part, bool is_cc) noexcept {
  using der::group_octets;
  using Writer = der::BasicWriter<kLengths>;
  const Bytes pdu = room.subspan(kOverheadMax, bytes);
  const Bytes members = content_of(pdu, 0x30);
  const std::optional<Tlv> header = first_tlv(members);
  LICTOR_CHECK(header.has_value() && header->tag == 0xa1);
  const Bytes payload = content_of(members.subspan(header->whole.size()), 0xa2);

  // From the inside out.
  const size_t inner = kCounterOctets + group_octets<kLengths>(payload.size());
  const size_t plain = group_octets<kLengths>(inner);
  const size_t padded = (plain + kBlockBytes - 1) / kBlockBytes * kBlockBytes;
  const size_t container = 3 + der::tlv_octets<kLengths>(padded) + 3;
  const size_t outer = group_octets<kLengths>(container);
  const size_t whole = header->whole.size() + group_octets<kLengths>(outer);

  // Everything moves towards the front, so each piece is read before anything is written over it: the header first,
  // behind the outermost length.
  uint8_t* const header_at = room.data() + group_octets<kLengths>(whole) - whole;
  LICTOR_CHECK(header_at < header->whole.data());
  const size_t header_bytes = header->whole.size();
  std::memmove(header_at, header->whole.data(), header_bytes);
  Writer(room.data()).header(0x30, whole);
  Writer out(header_at + header_bytes);
  out.header(0xa2, outer);
  out.header(0xa4, container);
  type_at_ = static_cast<size_t>(out.at() - room.data()) + 2;
  out.integer(0x80, kNone);
  out.header(0x81, padded);
  octets_at_ = static_cast<size_t>(out.at() - room.data());
  octets_ = padded;
  out.header(0x30, inner);
  write_counter(out, counters_[is_cc ? 1 : 0]);
  out.header(0xa1, payload.size());
  LICTOR_CHECK(out.at() <= payload.data());
  uint8_t* at = out.at();
  std::memmove(at, payload.data(), payload.size());
  at += payload.size();
  std::memset(at, 0, padded - plain);
  at += padded - plain;
  Writer tail(at);
  tail.integer(0x82, static_cast<uint64_t>(part));
  const auto length = static_cast<size_t>(tail.at() - room.data());
  counters_[is_cc ? 1 : 0] += length;
  return length;
}

size_t PayloadContainer::wrap(MutableBytes room, size_t bytes, PayloadPart part, bool is_cc) noexcept {
  if (lengths_ == Lengths::kWide) return wrap_as<Lengths::kWide>(room, bytes, part, is_cc);
  return wrap_as<Lengths::kShortest>(room, bytes, part, is_cc);
}

void PayloadContainer::encrypt(MutableBytes record, uint32_t number) noexcept {
  const size_t octets = std::exchange(octets_, 0);
  if (!encrypts() || octets == 0) return;
  std::array<uint8_t, kBlockBytes> iv;
  for (size_t i = 0; i < iv.size(); ++i) iv[i] = static_cast<uint8_t>(number >> (24 - 8 * (i % 4)));
  uint8_t* const at = record.subspan(octets_at_, octets).data();
  int written = 0;
  LICTOR_CHECK(EVP_EncryptInit_ex(context_.get(), nullptr, nullptr, nullptr, iv.data()) == 1);
  LICTOR_CHECK(EVP_EncryptUpdate(context_.get(), at, &written, at, static_cast<int>(octets)) == 1);
  LICTOR_CHECK(static_cast<size_t>(written) == octets);
  record[type_at_] = type_of(method_);
}

}  // namespace lictor
