#include "encoders/mask/sip_body.h"

#include <algorithm>
#include <array>
#include <optional>

#include "dataplane/base/octet_text.h"
#include "encoders/mask/sdp_mask.h"

namespace lictor::mask {
namespace {

// 70 octets (RFC 2046 section 5.1.1), each of which may be escaped, and two quotes.
constexpr size_t kBoundaryBytesMax = 142;

// Of a part's head (RFC 2045) what says how to read it.
constexpr std::array<std::string_view, 5> kPartNames = {"content-type", "content-disposition", "content-id",
                                                        "content-transfer-encoding", "content-encoding"};

enum class Kind : uint8_t { kNone, kSdp, kMultipart, kFragment, kRegistrations, kLocation, kOther };

Kind kind_of(const BodyHead& head, Bytes body) {
  constexpr std::string_view kMultipart = "multipart/";
  if (body.empty()) return Kind::kNone;
  Bytes rest = head.type;
  const Bytes type = trimmed(take_until(rest, ';'));
  if (!head.has_type || type.empty()) return as_text(body).starts_with("v=0") ? Kind::kSdp : Kind::kOther;
  if (is_word(type, "application/sdp")) return Kind::kSdp;
  if (is_word(type, "message/sipfrag") || is_word(type, "message/sip")) return Kind::kFragment;
  if (is_word(type, "application/reginfo+xml")) return Kind::kRegistrations;
  if (type.size() > kMultipart.size() && is_word(type.first(kMultipart.size()), kMultipart)) return Kind::kMultipart;
  // RFC 4119, RFC 5262, RFC 5985; TS 24.379 and others; RFC 8147 (where a car is).
  for (const std::string_view word : {"pidf", "location", "held", "emergencycalldata"})
    if (has_word(type, word)) return Kind::kLocation;
  return Kind::kOther;
}

// The boundary of a multipart's type; empty where it has none, or several.
Octets boundary_of(Bytes type) {
  Octets boundary;
  size_t found = 0;
  take_until(type, ';');
  while (!type.empty()) {
    size_t end = 0;
    for (bool quoted = false; end < type.size() && (quoted || type[end] != ';'); ++end)
      if (type[end] == '"') quoted = !quoted;
    Bytes value = type.first(end);
    type = type.subspan(std::min(end + 1, type.size()));
    if (!is_word(trimmed(take_until(value, '=')), "boundary")) continue;
    ++found;
    value = trimmed(value);
    if (value.size() > kBoundaryBytesMax) return {};
    const bool quoted = value.size() >= 2 && value.front() == '"' && value.back() == '"';
    if (quoted) value = value.subspan(1, value.size() - 2);
    for (size_t i = 0; i < value.size(); ++i) {
      if (quoted && value[i] == '\\' && i + 1 < value.size()) ++i;
      boundary.push_back(value[i]);
    }
  }
  return found == 1 ? boundary : Octets();
}

// A delimiter of a multipart body.
struct Delimiter {
  size_t before = 0;  // the line end before it is its own (RFC 2046 section 5.1.1)
  size_t at = 0;
  size_t behind = 0;
  bool is_last = false;
};

std::optional<Delimiter> find_delimiter(Bytes body, size_t from, Bytes dashed) {
  for (size_t at = from; at < body.size();) {
    const size_t found = find_octet(body, '\n', at);
    const size_t end = found == kNoOctet ? body.size() : found + 1;
    const Bytes line = body.subspan(at, end - at);
    if (line.size() >= dashed.size() && same_octets(line.first(dashed.size()), dashed)) {
      const Bytes mark = trimmed(line.subspan(dashed.size()));
      const bool is_last = as_text(mark).starts_with("--");
      size_t before = at;
      if (before > from && body[before - 1] == '\n') --before;
      if (before > from && body[before - 1] == '\r') --before;
      if (mark.empty() || is_last) return Delimiter{.before = before, .at = at, .behind = end, .is_last = is_last};
    }
    at = end;
  }
  return std::nullopt;
}

class BodyMask {
 public:
  explicit BodyMask(const SipMaskPolicy& policy) : policy_(policy) {}

  // False where all of it goes.
  bool append_body(Octets& out, const BodyHead& head, Bytes body, uint32_t depth) {
    const Kind kind = kind_of(head, body);
    if (kind == Kind::kNone) return true;
    if (head.is_odd || (!policy_.content && head.is_talk)) return false;
    if (kind == Kind::kMultipart)
      return !head.is_encoded && depth < kMaskedDepthMax && append_parts(out, head.type, body, depth);
    if (kind == Kind::kLocation) return policy_.location && append_whole(out, body);
    // GeoPriv's namespaces (RFC 4119), whatever the type says.
    if (!policy_.location && has_word(body, "geopriv")) return false;
    if (kind == Kind::kFragment) return append_fragment(out, body);
    if (policy_.content) return append_whole(out, body);
    if (head.is_encoded) return false;
    if (kind == Kind::kRegistrations) return append_whole(out, body);
    if (kind != Kind::kSdp) return false;
    append_masked_sdp(out, body);
    return true;
  }

 private:
  static bool append_whole(Octets& out, Bytes body) {
    append(out, body);
    return true;
  }

  // RFC 3420. Without content what became of a call: its status line.
  bool append_fragment(Octets& out, Bytes body) const {
    constexpr std::string_view kVersion = "SIP/2.0 ";
    HeadLine line;
    if (!policy_.content) {
      if (!as_text(body).starts_with(kVersion) || !take_line(body, line, true)) return false;
      // Not what a fold or a bare CR puts behind it.
      const auto* const end = std::find_if(line.whole.data(), line.whole.data() + line.whole.size(),
                                           [](uint8_t octet) { return octet == '\r' || octet == '\n'; });
      append(out, line.whole.first(static_cast<size_t>(end - line.whole.data())));
      append(out, "\r\n");
      return true;
    }
    while (take_line(body, line, true) && !line.ends_head)
      if (!has_to_go(line, policy_)) append_filtered(out, line, policy_);
    append(out, line.whole);
    append(out, body);
    return true;
  }

  bool append_parts(Octets& out, Bytes type, Bytes body, uint32_t depth) {
    const Octets boundary = boundary_of(type);
    if (boundary.empty()) return false;
    Octets dashed = {'-', '-'};
    append(dashed, boundary);
    std::optional<Delimiter> here = find_delimiter(body, 0, dashed);
    bool any = false;
    bool ended = false;  // behind a line end, where a delimiter may stand
    while (here && !here->is_last && parts_ < kMaskedPartsMax) {
      const std::optional<Delimiter> next = find_delimiter(body, here->behind, dashed);
      const size_t end = next ? next->before : body.size();
      ++parts_;
      Octets part;
      if (append_part(part, body.subspan(here->behind, end - here->behind), depth)) {
        append(out, body.subspan(here->at, here->behind - here->at));
        append(out, part);
        ended = next && next->at > next->before;
        if (ended) append(out, body.subspan(end, next->at - end));
        any = true;
      }
      here = next;
    }
    if (!any) return false;
    if (!ended) append(out, "\r\n");
    append(out, dashed);
    append(out, "--");
    if (here && here->is_last) append(out, line_end_of(body.first(here->behind)));
    return true;
  }

  static Bytes line_end_of(Bytes text) {
    size_t begin = text.size();
    if (begin > 0 && text[begin - 1] == '\n') --begin;
    if (begin < text.size() && begin > 0 && text[begin - 1] == '\r') --begin;
    return text.subspan(begin);
  }

  bool append_part(Octets& out, Bytes part, uint32_t depth) {
    BodyHead head;
    HeadLine line;
    while (take_line(part, line, true) && !line.ends_head) {
      const auto is = [&line](std::string_view name) { return is_word(line.name, name); };
      const bool may_stay = policy_.content ? !is("content-length") : std::ranges::any_of(kPartNames, is);
      if (!may_stay || has_to_go(line, policy_)) continue;
      head.note(line);
      append_filtered(out, line, policy_);
    }
    append(out, line.whole);
    return append_body(out, head, part, depth + 1);
  }

  const SipMaskPolicy& policy_;
  uint32_t parts_ = 0;
};

}  // namespace

void BodyHead::note(const HeadLine& line) {
  if (is_word(line.name, "content-type") || is_word(line.name, "c")) {
    is_odd = is_odd || has_type;
    has_type = true;
    type = line.value;
  } else if (is_word(line.name, "content-encoding") || is_word(line.name, "e") ||
             is_word(line.name, "content-transfer-encoding")) {
    const auto is_plain = [&line](std::string_view word) { return is_word(line.value, word); };
    is_encoded = is_encoded || !(line.value.empty() || is_plain("identity") || is_plain("7bit") || is_plain("8bit") ||
                                 is_plain("binary"));
  }
}

void append_masked_body(Octets& out, const BodyHead& head, Bytes body, const SipMaskPolicy& policy) {
  const size_t before = out.size();
  if (!BodyMask(policy).append_body(out, head, body, 0)) out.resize(before);
}

}  // namespace lictor::mask
