#include "encoders/mask/sip_mask.h"

#include <algorithm>
#include <optional>
#include <string>

#include "dataplane/base/octet_text.h"
#include "encoders/mask/sip_body.h"
#include "encoders/mask/sip_head.h"

namespace lictor {
namespace {

using mask::append;
using mask::HeadLine;
using mask::Octets;

constexpr std::string_view kVersion = "sip/2.0";

// Methods that people talk by (RFC 3428, RFC 6086).
bool is_talk(Bytes method) { return is_word(method, "message") || is_word(method, "info"); }

bool is_between_messages(uint8_t octet) { return octet == '\r' || octet == '\n' || octet == 0; }

bool is_length(Bytes name) { return is_word(name, "content-length") || is_word(name, "l"); }

struct StartLine {
  Octets before;
  Bytes uri;  // of a request
  Octets behind;
  bool is_talk = false;
};

// With a bare CR between its words: without what somebody may read as a line of its own.
bool take_odd_start_line(Bytes text, bool is_status, StartLine& start) {
  constexpr uint32_t kStatusMax = 699;
  const Bytes first = take_word(text);
  const Bytes second = take_word(text);
  append(start.before, first);
  append(start.before, " ");
  if (is_status) {
    append(start.before, second);
    append(start.before, "\r\n");
    return first.size() == kVersion.size() && read_decimal(second, kStatusMax);
  }
  const Bytes third = take_word(text);
  start.is_talk = is_talk(first);
  start.uri = second;
  append(start.behind, " ");
  append(start.behind, third);
  append(start.behind, "\r\n");
  return is_word(third, kVersion) && trimmed(text).empty();
}

// As liberal as the tracker's reader: what that takes for a message is masked as one.
bool take_start_line(Bytes& rest, StartLine& start) {
  const size_t end = find_octet(rest, '\n');
  if (end == kNoOctet) return false;
  const Bytes whole = rest.first(end + 1);
  rest = rest.subspan(end + 1);
  const Bytes text = trimmed(whole);
  if (text.size() < kVersion.size()) return false;
  const bool is_status = is_word(text.first(kVersion.size()), kVersion);
  if (!is_status && !is_word(text.last(kVersion.size()), kVersion)) return false;
  if (find_octet(text, '\r') != kNoOctet) return take_odd_start_line(text, is_status, start);
  if (is_status) {
    append(start.before, whole);
    return true;
  }
  Bytes words = text.first(text.size() - kVersion.size());
  start.is_talk = is_talk(take_word(words));
  start.uri = trimmed(words);
  const auto behind = static_cast<size_t>(start.uri.data() + start.uri.size() - whole.data());
  append(start.before, whole.first(behind - start.uri.size()));
  append(start.behind, whole.subspan(behind));
  return true;
}

struct Head {
  std::vector<HeadLine> lines;  // that stay
  HeadLine end;                 // the empty one; nothing where the head is cut off
  mask::BodyHead body;
  std::optional<uint32_t> length;  // of its body, where its head says it and does not contradict itself
  size_t lengths = 0;
};

void note_length(Head& head, Bytes value, bool& contradicts) {
  const std::optional<uint32_t> length = read_decimal(value, UINT32_MAX);
  contradicts = contradicts || !length || (head.lengths > 0 && head.length != length);
  head.length = contradicts ? std::nullopt : length;
  ++head.lengths;
}

// Takes the lines up to the empty one off the front of `rest`.
Head take_head(Bytes& rest, const SipMaskPolicy& policy) {
  Head head;
  HeadLine line;
  bool contradicts = false;
  while (mask::take_line(rest, line)) {
    if (line.ends_head) {
      head.end = line;
      break;
    }
    if (mask::has_to_go(line, policy)) continue;
    head.body.note(line);
    if (is_length(line.name)) note_length(head, line.value, contradicts);
    if (is_word(line.name, "cseq"))
      for (Bytes words = line.value; !words.empty();)
        if (is_talk(take_word(words))) head.body.is_talk = true;
    head.lines.push_back(line);
  }
  return head;
}

void append_length(Octets& out, size_t octets) { append(out, "Content-Length: " + std::to_string(octets) + "\r\n"); }

void append_head(Octets& out, const Head& head, size_t body_octets, bool tells_length, const SipMaskPolicy& policy) {
  for (const HeadLine& line : head.lines) {
    if (!is_length(line.name)) {
      mask::append_filtered(out, line, policy);
    } else if (tells_length && head.lengths == 1 && head.length == body_octets) {
      append(out, line.whole);
      tells_length = false;
    } else if (tells_length) {
      append_length(out, body_octets);
      tells_length = false;
    }
  }
  if (tells_length) append_length(out, body_octets);
  append(out, head.end.ends_head ? head.end.whole : as_bytes(std::string_view("\r\n")));
}

// Whatever it is: of its head what opens something goes.
Octets without_keys(Bytes rest) {
  Octets out;
  out.reserve(rest.size() + kMaskGrowth);
  size_t begin = 0;
  while (begin < rest.size() && is_between_messages(rest[begin])) ++begin;
  append(out, rest.first(begin));
  rest = rest.subspan(begin);
  HeadLine line;
  while (mask::take_line(rest, line, true) && !line.ends_head) mask::append_keyless(out, line);
  append(out, line.whole);
  append(out, rest);
  return out;
}

}  // namespace

std::vector<uint8_t> mask_sip(Bytes octets, const SipMaskPolicy& policy) {
  if (policy.content && policy.location) return without_keys(octets);
  Bytes rest = octets;
  while (!rest.empty() && is_between_messages(rest[0])) rest = rest.subspan(1);
  StartLine start;
  if (!take_start_line(rest, start)) return {};
  Head head = take_head(rest, policy);
  head.body.is_talk = head.body.is_talk || start.is_talk;
  if (!head.end.ends_head) rest = {};
  const Bytes body = rest.first(std::min<size_t>(head.length.value_or(UINT32_MAX), rest.size()));
  Octets masked;
  mask::append_masked_body(masked, head.body, body, policy);

  Octets out;
  out.reserve(octets.size() + kMaskGrowth);
  append(out, start.before);
  const size_t before_uri = out.size();
  mask::append_filtered_uri(out, start.uri, policy);
  if (!start.uri.empty() && out.size() == before_uri) out.push_back('-');  // all of it went, and a request has one
  append(out, start.behind);
  append_head(out, head, masked.size(), head.lengths > 0 || masked.size() != body.size(), policy);
  append(out, masked);
  return out;
}

}  // namespace lictor
