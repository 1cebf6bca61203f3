#include "dataplane/session/sip/body.h"

#include <algorithm>
#include <string_view>

#include "dataplane/base/octet_text.h"
#include "dataplane/session/sip/address_list.h"

namespace lictor::sip {
namespace {

// Content-Type and Content-Encoding of a message, or of a part.
struct BodyHeader {
  Bytes type;
  Bytes encoding;
};

bool is_encoded(Bytes encoding) {
  return !encoding.empty() && !is_word(encoding, "identity") && !is_word(encoding, "7bit") &&
         !is_word(encoding, "8bit") && !is_word(encoding, "binary");
}

// Reads the header lines at the front of a part, and answers its body. A part without header has an empty line first.
Bytes read_part(Bytes part, BodyHeader& header) {
  while (!part.empty()) {
    Bytes line = take_until(part, '\n');
    while (!part.empty() && (part[0] == ' ' || part[0] == '\t')) {
      const Bytes fold = take_until(part, '\n');
      line = Bytes(line.data(), static_cast<size_t>(fold.data() + fold.size() - line.data()));
    }
    line = trimmed(line);
    if (line.empty()) return part;
    const Bytes name = trimmed(take_until(line, ':'));
    const Bytes value = trimmed(line);
    if (header_named(name) == Header::kContentType) header.type = value;
    if (header_named(name) == Header::kContentEncoding) header.encoding = value;
    if (is_word(name, "content-transfer-encoding")) header.encoding = value;
  }
  return {};
}

class DescriptionFinder {
 public:
  explicit DescriptionFinder(BodyDescriptions& found) : found_(found) {}

  void look_at(const BodyHeader& header, Bytes body, uint32_t depth) {
    const BodyKind kind = body_kind(header.type, body);
    if (kind != BodyKind::kSdp && kind != BodyKind::kMultipart) return;
    if (is_encoded(header.encoding)) {
      count_up(found_.encoded);
    } else if (kind == BodyKind::kSdp) {
      found_.sdp.add(body);
    } else {
      look_at_parts(header.type, body, depth);
    }
  }

 private:
  void look_at_parts(Bytes type, Bytes body, uint32_t depth) {
    const Bytes quoted = find_param(type, "boundary").value_or(Bytes());
    std::array<uint8_t, kBoundaryBytesMax + 4> delimiter{'-', '-'};
    if (depth == kNestingMax) return count_up(found_.parts_beyond);
    if (quoted.empty() || quoted.size() > kBoundaryBytesMax) return count_up(found_.odd_parts);
    const size_t bytes = write_unquoted(quoted, MutableBytes(delimiter).subspan(2));
    const Bytes dashed = Bytes(delimiter).first(bytes + 2);
    bool last = false;
    Bytes rest = behind_delimiter(body, dashed, last);
    if (rest.data() == nullptr) return count_up(found_.odd_parts);
    while (!last) {
      const Bytes from = rest;
      rest = behind_delimiter(rest, dashed, last);
      const Bytes part = rest.data() == nullptr ? from : from.first(part_bytes_);
      if (found_.parts == kPartsMax) return count_up(found_.parts_beyond);
      ++found_.parts;
      BodyHeader header;
      const Bytes inside = read_part(part, header);
      look_at(header, inside, depth + 1);
      if (rest.data() == nullptr) return;
    }
  }

  // What follows the line of the next delimiter, with the octets before it in `part_bytes_`; without data where there
  // is none. `last`: it is the one behind which nothing counts.
  Bytes behind_delimiter(Bytes text, Bytes dashed, bool& last) {
    for (size_t at = 0; at < text.size();) {
      if (text.size() - at >= dashed.size() && same_octets(text.subspan(at, dashed.size()), dashed)) {
        const size_t end = find_octet(text, '\n', at);
        const Bytes behind = text.subspan(at + dashed.size(), std::min(end, text.size()) - at - dashed.size());
        const Bytes mark = trimmed(behind);
        last = mark.size() >= 2 && mark[0] == '-' && mark[1] == '-';
        if (mark.empty() || last) {
          part_bytes_ = before_line_end(text, at);
          return text.subspan(end == kNoOctet ? text.size() : end + 1);
        }
      }
      const size_t end = find_octet(text, '\n', at);
      if (end == kNoOctet) break;
      at = end + 1;
    }
    last = false;
    return {};
  }

  // The line end before a delimiter is the delimiter's (RFC 2046 section 5.1.1).
  static size_t before_line_end(Bytes text, size_t at) {
    if (at > 0 && text[at - 1] == '\n') --at;
    if (at > 0 && text[at - 1] == '\r') --at;
    return at;
  }

  BodyDescriptions& found_;
  size_t part_bytes_ = 0;
};

}  // namespace

BodyKind body_kind(Bytes content_type, Bytes body) noexcept {
  constexpr std::string_view kMultipart = "multipart/";
  if (body.empty()) return BodyKind::kNone;
  const Bytes type = trimmed(take_until(content_type, ';'));
  if (type.empty()) return as_text(body).starts_with("v=0") ? BodyKind::kSdp : BodyKind::kOther;
  if (is_word(type, "application/sdp")) return BodyKind::kSdp;
  if (is_word(type, "message/sipfrag") || is_word(type, "message/sip")) return BodyKind::kSipFragment;
  const bool multipart = type.size() > kMultipart.size() && is_word(type.first(kMultipart.size()), kMultipart);
  return multipart ? BodyKind::kMultipart : BodyKind::kOther;
}

void find_descriptions(const Message& message, BodyDescriptions& found) noexcept {
  found.sdp.clear();
  found.parts = 0;
  found.parts_beyond = found.odd_parts = found.encoded = 0;
  const BodyHeader header{.type = message.field(Header::kContentType),
                          .encoding = message.field(Header::kContentEncoding)};
  DescriptionFinder(found).look_at(header, message.body, 0);
}

}  // namespace lictor::sip
