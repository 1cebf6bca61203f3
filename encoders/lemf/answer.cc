#include "encoders/lemf/answer.h"

#include <optional>
#include <string_view>

#include "encoders/der/tlv.h"

namespace lictor::lemf {
namespace {

constexpr uint8_t kSequence = 0x30;
constexpr uint8_t kHeader = 0xa1;
constexpr uint8_t kPayload = 0xa2;
constexpr uint8_t kTri = 0xa2;
constexpr uint8_t kKeepAliveResponse = 0x84;
constexpr uint8_t kOptionRequest = 0xa9;
constexpr uint8_t kOptionResponse = 0xaa;
constexpr uint8_t kAcknowledgementResponse = 0x8d;
constexpr uint8_t kRequestedOptions = 0xa0;
constexpr uint8_t kAcceptedOptions = 0xa0;
constexpr uint8_t kDeclinedOptions = 0xa1;
constexpr uint8_t kPduAcknowledgement = 0x80;

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

std::string tlv(uint8_t tag, std::string_view content) {
  std::string out(1, static_cast<char>(tag));
  append_length(content.size(), out);
  return out.append(content);
}

// The next TLV of `in`, whole, where it is one with that tag, or with any.
struct Part {
  uint8_t tag;
  Bytes whole;
  Bytes content;
};
std::optional<Part> next(ByteReader& in) {
  const Bytes before = in.rest();
  const der::TlvHeader header = der::read_tlv_header(in);
  if (header.status != der::TlvStatus::kOk || header.length > in.remaining()) return std::nullopt;
  const Bytes content = in.take(header.length);
  return Part{.tag = header.identifier, .whole = before.first(before.size() - in.remaining()), .content = content};
}

// What is inside of `parent` under `tag`, where that is the first in it.
std::optional<Bytes> inside(std::optional<Bytes> parent, uint8_t tag) {
  if (!parent) return std::nullopt;
  ByteReader in(*parent);
  const std::optional<Part> part = next(in);
  if (!part || part->tag != tag) return std::nullopt;
  return part->content;
}

// Every option that is asked for is in one of the two lists; nothing where none can be found.
std::optional<std::string> option_response(Bytes payload, OptionManners manners) {
  const std::optional<Bytes> requested = inside(inside(inside(payload, kTri), kOptionRequest), kRequestedOptions);
  if (!requested || requested->empty() || manners == OptionManners::kSilent) return std::nullopt;
  std::string accepted;
  std::string declined;
  ByteReader in(*requested);
  while (in.remaining() > 0) {
    const std::optional<Part> option = next(in);
    if (!option) return std::nullopt;
    const bool accepts = option->tag == kPduAcknowledgement && manners == OptionManners::kAccept;
    (accepts ? accepted : declined).append(as_text(option->whole));
  }
  return tlv(kOptionResponse, tlv(kAcceptedOptions, accepted) + tlv(kDeclinedOptions, declined));
}

std::optional<std::string> response_to(der::Kind kind, Bytes payload, OptionManners manners) {
  if (kind == der::Kind::kKeepAlive) return tlv(kKeepAliveResponse, "");
  if (kind == der::Kind::kAcknowledgementRequest) return tlv(kAcknowledgementResponse, "");
  return option_response(payload, manners);
}

}  // namespace

bool is_question(der::Kind kind) {
  return kind == der::Kind::kKeepAlive || kind == der::Kind::kOptionRequest ||
         kind == der::Kind::kAcknowledgementRequest;
}

bool append_answer(Bytes question, der::Kind kind, OptionManners manners, std::string& out) {
  ByteReader in(question);
  const std::optional<Part> outer = next(in);
  if (!outer || outer->tag != kSequence) return false;
  ByteReader members(outer->content);
  const std::optional<Part> header = next(members);
  const std::optional<Part> payload = next(members);
  if (!header || header->tag != kHeader || !payload || payload->tag != kPayload) return false;
  const std::optional<std::string> response = response_to(kind, payload->content, manners);
  if (!response) return false;
  out += tlv(kSequence, std::string(as_text(header->whole)) + tlv(kPayload, tlv(kTri, *response)));
  return true;
}

}  // namespace lictor::lemf
