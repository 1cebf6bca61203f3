#include "dataplane/session/sip/message.h"

#include <algorithm>
#include <limits>
#include <string_view>

#include "dataplane/base/octet_text.h"

namespace lictor::sip {
namespace {

constexpr std::string_view kVersion = "sip/2.0";
constexpr size_t kMethodBytesMax = 32;

// Lines of a head, each with its folds (RFC 3261 section 7.3.1).
class LineReader {
 public:
  explicit LineReader(Bytes octets) : in_(octets) {}

  // False where the octets end before a line does.
  bool next(Bytes& line) {
    const size_t end = find_octet(in_.rest(), '\n');
    if (end == kNoOctet) return false;
    line = without_return(in_.take(end));
    in_.take(1);
    return true;
  }
  // False, too, where the next line's first octet is not there: it may be a fold.
  bool next_folded(Bytes& line) {
    const Bytes from = in_.rest();
    size_t end = 0;
    do {
      end = find_octet(from, '\n', end);
      if (end == kNoOctet || end + 1 == from.size()) return false;
      ++end;
    } while (from[end] == ' ' || from[end] == '\t');
    line = without_return(in_.take(end).first(end - 1));
    return true;
  }
  [[nodiscard]] Bytes rest() const { return in_.rest(); }

 private:
  static Bytes without_return(Bytes line) {
    return !line.empty() && line.back() == '\r' ? line.first(line.size() - 1) : line;
  }
  ByteReader in_;
};

bool is_token_octet(uint8_t octet) {
  constexpr std::string_view kMarks = "-.!%*_+`'~";
  const uint8_t folded = lower_octet(octet);
  return is_digit_octet(octet) || (folded >= 'a' && folded <= 'z') ||
         kMarks.find(static_cast<char>(octet)) < kMarks.size();
}

struct StartLine {
  bool is_request = false;
  uint16_t status = 0;
  Bytes method_name;
  Bytes request_uri;
};

bool read_status_line(Bytes line, StartLine& start) {
  Bytes rest = line.subspan(kVersion.size());
  const Bytes code = take_word(rest);
  const std::optional<uint32_t> status = read_decimal(code, 699);
  if (code.size() != 3 || !status || *status < 100) return false;
  start.status = static_cast<uint16_t>(*status);
  return true;
}

// Blanks may be too many, as RFC 4475 section 3.1.1.1 shows: a phone may take what the grammar does not.
bool read_request_line(Bytes line, StartLine& start) {
  line = trimmed(line);
  Bytes rest = line;
  const Bytes name = take_word(rest);
  if (name.empty() || name.size() > kMethodBytesMax || !std::ranges::all_of(name, is_token_octet)) return false;
  if (rest.size() < kVersion.size() || !is_word(rest.last(kVersion.size()), kVersion)) return false;
  const Bytes uri = rest.first(rest.size() - kVersion.size());
  if (uri.empty() || !is_blank_octet(uri.back()) || trimmed(uri).empty()) return false;
  // Behind a bare CR somebody may read another line: nobody reads more than three words there.
  if (find_octet(line, '\r') != kNoOctet && std::ranges::any_of(trimmed(uri), is_blank_octet)) return false;
  start.is_request = true;
  start.method_name = name;
  start.request_uri = trimmed(uri);
  return true;
}

bool read_start_line(Bytes line, StartLine& start) {
  if (line.size() > kLineBytesMax) return false;
  const bool is_status = line.size() > kVersion.size() && is_word(line.first(kVersion.size()), kVersion) &&
                         is_blank_octet(line[kVersion.size()]);
  return is_status ? read_status_line(line, start) : read_request_line(line, start);
}

void read_length(Bytes value, Message& message) {
  const std::optional<uint32_t> length = read_decimal(value, std::numeric_limits<uint32_t>::max());
  const bool first = !message.has(Header::kContentLength);
  if (!length || (!first && message.content_length != length)) message.length_contradicts = true;
  message.least_length = first ? length.value_or(0) : std::min(message.least_length, length.value_or(0));
  if (first) message.content_length = length;
  if (message.length_contradicts) message.content_length.reset();
}

void keep(Header header, Bytes value, Message& message) {
  if (header == Header::kContentLength) read_length(value, message);
  if (!message.has(header)) {
    message.present |= uint64_t{1} << static_cast<size_t>(header);
    message.first[static_cast<size_t>(header)] = value;
  } else if (may_repeat(header)) {
    uint8_t& lines = message.further[static_cast<size_t>(header)];
    if (lines == kFieldLinesMax) return count_up(message.repeated.beyond);
    ++lines;
    message.repeated.add({header, value});
  } else if (header < Header::kVia) {
    count_up(message.repeated_lines);
  }
}

void read_header_line(Bytes line, Message& message) {
  if (message.header_lines == kHeaderLinesMax) {
    count_up(message.lines_beyond);
    return;
  }
  ++message.header_lines;
  const size_t colon = line.size() > kLineBytesMax ? kNoOctet : find_octet(line, ':');
  const Bytes name = colon == kNoOctet ? Bytes() : trimmed(line.first(colon));
  if (name.empty()) {
    count_up(message.odd_lines);
    return;
  }
  const Header header = header_named(name);
  if (header != Header::kOther) keep(header, trimmed(line.subspan(colon + 1)), message);
}

void reset(Message& message, const StartLine& start) {
  message.is_request = start.is_request;
  message.status = start.status;
  message.method_name = start.method_name;
  message.request_uri = start.request_uri;
  message.method = start.is_request ? method_named(start.method_name) : Method::kOther;
  message.octets = message.body = {};
  message.content_length.reset();
  message.length_contradicts = message.body_cut = false;
  message.least_length = 0;
  message.header_lines = 0;
  message.odd_lines = message.lines_beyond = message.repeated_lines = 0;
  message.first = {};
  message.further = {};
  message.present = 0;
  message.repeated.clear();
}

}  // namespace

MessageError parse_head(Bytes octets, Message& message, size_t& head_bytes) noexcept {
  reset(message, {});
  head_bytes = 0;
  size_t begin = 0;
  while (begin < octets.size() && (octets[begin] == '\r' || octets[begin] == '\n' || octets[begin] == 0)) ++begin;
  const Bytes from = octets.subspan(begin);
  if (from.empty()) return MessageError::kEmpty;
  LineReader lines(from);
  StartLine start;
  Bytes line;
  if (!lines.next(line) || !read_start_line(line, start)) return MessageError::kNotSip;
  reset(message, start);
  message.octets = from;
  while (true) {
    const Bytes rest = lines.rest();
    if (rest.empty()) return MessageError::kHeadersCut;
    if (rest[0] == '\n' || rest[0] == '\r') {
      if (!lines.next(line)) return MessageError::kHeadersCut;
      if (line.empty()) break;
      count_up(message.odd_lines);
      continue;
    }
    if (!lines.next_folded(line)) return MessageError::kHeadersCut;
    read_header_line(line, message);
  }
  head_bytes = octets.size() - lines.rest().size();
  return MessageError::kNone;
}

MessageError parse_message(Bytes datagram, Message& message) noexcept {
  size_t head_bytes = 0;
  if (const MessageError error = parse_head(datagram, message, head_bytes); error != MessageError::kNone) return error;
  const Bytes rest = datagram.subspan(head_bytes);
  const size_t claimed = message.content_length.value_or(static_cast<uint32_t>(rest.size()));
  message.body = rest.first(std::min(claimed, rest.size()));
  message.body_cut = claimed > rest.size();
  message.octets = message.octets.first(message.octets.size() - (rest.size() - message.body.size()));
  return MessageError::kNone;
}

bool is_start_line(Bytes line) noexcept {
  StartLine start;
  return read_start_line(line, start);
}

Method method_named(Bytes name) noexcept {
  struct Name {
    std::string_view text;
    Method method;
  };
  constexpr std::array kMethods = {
      Name{"INVITE", Method::kInvite},
      Name{"ACK", Method::kAck},
      Name{"BYE", Method::kBye},
      Name{"CANCEL", Method::kCancel},
      Name{"REGISTER", Method::kRegister},
      Name{"OPTIONS", Method::kOptions},
      Name{"PRACK", Method::kPrack},
      Name{"UPDATE", Method::kUpdate},
      Name{"REFER", Method::kRefer},
      Name{"MESSAGE", Method::kMessage},
      Name{"SUBSCRIBE", Method::kSubscribe},
      Name{"NOTIFY", Method::kNotify},
      Name{"INFO", Method::kInfo},
      Name{"PUBLISH", Method::kPublish},
  };
  const auto* const found = std::ranges::find(kMethods, as_text(name), &Name::text);
  return found == kMethods.end() ? Method::kOther : found->method;
}

std::optional<CSeq> read_cseq(Bytes value) noexcept {
  const std::optional<uint32_t> number = read_decimal(take_word(value), std::numeric_limits<uint32_t>::max());
  const Bytes name = take_word(value);
  if (!number || name.empty()) return std::nullopt;
  return CSeq{.number = *number, .method = method_named(name), .method_name = name};
}

}  // namespace lictor::sip
