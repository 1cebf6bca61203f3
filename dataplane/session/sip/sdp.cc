#include "dataplane/session/sip/sdp.h"

#include <arpa/inet.h>

#include <algorithm>
#include <string_view>

#include "dataplane/base/octet_text.h"

namespace lictor::sip {
namespace {

MediaKind kind_named(Bytes name) {
  if (is_word(name, "audio")) return MediaKind::kAudio;
  if (is_word(name, "video")) return MediaKind::kVideo;
  if (is_word(name, "text")) return MediaKind::kText;
  if (is_word(name, "application")) return MediaKind::kApplication;
  if (is_word(name, "message")) return MediaKind::kMessage;
  return is_word(name, "image") ? MediaKind::kImage : MediaKind::kOther;
}

bool begins_folded(Bytes text, std::string_view word) {
  return text.size() >= word.size() && is_word(text.first(word.size()), word);
}

bool holds_folded(Bytes text, std::string_view word) {
  for (size_t at = 0; at + word.size() <= text.size(); ++at)
    if (is_word(text.subspan(at, word.size()), word)) return true;
  return false;
}

MediaProtocol protocol_named(Bytes name) {
  constexpr size_t kNameBytesMax = 64;
  if (name.size() > kNameBytesMax) return MediaProtocol::kOther;
  const bool tcp = begins_folded(name, "tcp");
  if (holds_folded(name, "rtp/")) return tcp ? MediaProtocol::kRtpTcp : MediaProtocol::kRtp;
  if (holds_folded(name, "udptl")) return MediaProtocol::kUdptl;
  if (holds_folded(name, "msrp")) return MediaProtocol::kMsrp;
  if (tcp) return MediaProtocol::kOtherTcp;
  const bool udp = begins_folded(name, "udp") || begins_folded(name, "dtls");
  return udp ? MediaProtocol::kOtherUdp : MediaProtocol::kOther;
}

std::optional<MediaDirection> direction_named(Bytes name) {
  if (is_word(name, "sendrecv")) return MediaDirection::kSendReceive;
  if (is_word(name, "sendonly")) return MediaDirection::kSendOnly;
  if (is_word(name, "recvonly")) return MediaDirection::kReceiveOnly;
  if (is_word(name, "inactive")) return MediaDirection::kInactive;
  return std::nullopt;
}

// What stands before the next line end. A bare CR is one where another line stands behind it, else it is a blank.
Bytes take_sdp_line(Bytes& rest) {
  size_t end = 0;
  const auto ends_line = [rest](size_t at) {
    return rest[at] == '\n' || (rest[at] == '\r' && at + 2 < rest.size() && rest[at + 2] == '=');
  };
  while (end < rest.size() && !ends_line(end)) ++end;
  const Bytes line = rest.first(end);
  rest = rest.subspan(std::min(end + 1, rest.size()));
  return line;
}

// Four decimal numbers, with zeros before them if the sender likes.
std::optional<MediaAddress> read_ipv4(Bytes text) {
  MediaAddress address;
  for (size_t i = 0; i < 4; ++i) {
    if (i > 0 && text.empty()) return std::nullopt;
    const std::optional<uint32_t> number = read_decimal(i < 3 ? take_until(text, '.') : text, UINT8_MAX);
    if (!number) return std::nullopt;
    address.octets[i] = static_cast<uint8_t>(*number);
  }
  return address;
}

// RFC 4291 section 2.5.5.2: hosts send to it as to the IPv4 address in it.
bool is_mapped(const MediaAddress& address) {
  constexpr std::array<uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  return std::equal(kMapped.begin(), kMapped.end(), address.octets.begin());
}

uint16_t read_port(Bytes text) { return static_cast<uint16_t>(read_decimal(text, UINT16_MAX).value_or(0)); }

// One description, line for line.
class SdpReader {
 public:
  explicit SdpReader(SessionDescription& description) : description_(description) {}

  void read_line(uint8_t type, Bytes value) {
    switch (type) {
      case 'o':
        if (description_.origin.empty()) description_.origin = value;
        break;
      case 'c':
        read_connection(value);
        break;
      case 'm':
        read_media(value);
        break;
      case 'a':
        read_attribute(value);
        break;
      default:
        break;
    }
  }

  // What is only known once all sections are read.
  void finish() {
    for (MediaStream& stream : description_.streams.all()) {
      if (!stream.address && !stream.named_address) stream.address = description_.address;
    }
  }

 private:
  // "IN IP4 192.0.2.1": the first of a section counts, as several are a layered multicast (RFC 8866 section 5.7).
  void read_connection(Bytes value) {
    take_word(value);
    take_word(value);
    const Bytes text = take_word(value);
    const std::optional<MediaAddress> address = read_media_address(text);
    if (text.empty()) return count_up(description_.odd_lines);
    if (!address) count_up(description_.named_addresses);
    if (stream_ == nullptr && !behind_streams_) {
      if (!description_.address) description_.address = address;
    } else if (stream_ != nullptr && !stream_->address) {
      stream_->address = address;
      stream_->named_address = !address;
    }
  }

  // "audio 49170/2 RTP/AVP 0 8". A section that has no room takes its lines with it.
  void read_media(Bytes value) {
    const Bytes kind = take_word(value);
    Bytes port = take_word(value);
    const Bytes protocol = take_word(value);
    behind_streams_ = true;
    stream_ = nullptr;
    if (protocol.empty()) return count_up(description_.odd_lines);
    stream_ = description_.streams.next_place();
    if (stream_ == nullptr) return;
    *stream_ = {};
    stream_->kind = kind_named(kind);
    stream_->protocol = protocol_named(protocol);
    stream_->protocol_text = protocol;
    stream_->direction = description_.direction;
    stream_->formats = trimmed(value);
    const Bytes first = take_until(port, '/');
    stream_->port = read_port(first);
    if (!port.empty()) stream_->ports = std::max<uint16_t>(read_port(port), 1);
    if (!read_decimal(first, UINT16_MAX)) count_up(description_.odd_lines);
  }

  void read_attribute(Bytes value) {
    Bytes name = trimmed(take_until(value, ':'));
    if (const std::optional<MediaDirection> direction = direction_named(name)) {
      if (stream_ != nullptr) stream_->direction = *direction;
      if (!behind_streams_) description_.direction = *direction;
    } else if (stream_ != nullptr) {
      read_stream_attribute(name, value, *stream_);
    }
  }

  void read_stream_attribute(Bytes name, Bytes value, MediaStream& stream) {
    if (is_word(name, "candidate")) {
      read_candidate(value, stream);
    } else if (is_word(name, "rtpmap")) {
      read_rtpmap(value, stream);
    } else if (is_word(name, "rtcp")) {
      read_rtcp(value, stream);
    } else if (is_word(name, "rtcp-mux")) {
      stream.rtcp_mux = true;
    } else if (is_word(name, "rtcp-mux-only")) {
      stream.rtcp_mux = stream.rtcp_mux_only = true;
    } else if (is_word(name, "path")) {
      stream.path = trimmed(value);
    } else if (is_word(name, "crypto") || is_word(name, "fingerprint") || is_word(name, "key-mgmt")) {
      stream.keys = true;
    }
  }

  // "101 telephone-event/8000".
  void read_rtpmap(Bytes value, MediaStream& stream) {
    const std::optional<uint32_t> type = read_decimal(take_word(value), PayloadTypeSet::kTypeMax);
    Bytes encoding = take_word(value);
    const Bytes name = take_until(encoding, '/');
    if (!type || name.empty()) return count_up(description_.odd_lines);
    PayloadTypeSet& set = is_word(name, "cn")                ? stream.mapped.comfort_noise
                          : is_word(name, "telephone-event") ? stream.mapped.telephone_events
                                                             : stream.mapped.others;
    set.add(static_cast<uint8_t>(*type));
  }

  // "53020", "53020 IN IP4 192.0.2.1" (RFC 3605 section 2.1).
  void read_rtcp(Bytes value, MediaStream& stream) {
    stream.rtcp_port = read_port(take_word(value));
    take_word(value);
    take_word(value);
    if (const Bytes address = take_word(value); !address.empty()) stream.rtcp_address = read_media_address(address);
    if (stream.rtcp_port == 0) count_up(description_.odd_lines);
  }

  // "1 1 UDP 2130706431 192.0.2.1 49170 typ host".
  void read_candidate(Bytes value, MediaStream& stream) {
    take_word(value);
    const Bytes component = take_word(value);
    const Bytes transport = take_word(value);
    take_word(value);
    const Bytes text = take_word(value);
    const Bytes port = take_word(value);
    const std::optional<MediaAddress> address = read_media_address(text);
    if (port.empty()) return count_up(description_.odd_lines);
    if (!address) return count_up(description_.named_addresses);
    stream.candidates.add({.address = *address,
                           .port = read_port(port),
                           .component = static_cast<uint8_t>(read_decimal(component, UINT8_MAX).value_or(0)),
                           .tcp = is_word(transport, "tcp")});
  }

  SessionDescription& description_;
  MediaStream* stream_ = nullptr;  // null before the first section, and in one that has no room
  bool behind_streams_ = false;
};

}  // namespace

std::optional<MediaAddress> read_media_address(Bytes text) noexcept {
  const size_t end = std::min({find_octet(text, '/'), find_octet(text, '%'), text.size()});
  text = text.first(end);
  if (find_octet(text, ':') == kNoOctet) return read_ipv4(text);
  std::array<char, INET6_ADDRSTRLEN> room{};
  if (text.size() >= room.size() || find_octet(text, 0) != kNoOctet) return std::nullopt;
  std::ranges::copy(text, room.begin());
  MediaAddress address{.ipv6 = true};
  if (inet_pton(AF_INET6, room.data(), address.octets.data()) != 1) return std::nullopt;
  if (!is_mapped(address)) return address;
  MediaAddress ipv4;
  std::copy_n(address.octets.begin() + 12, 4, ipv4.octets.begin());
  return ipv4;
}

SdpError parse_sdp(Bytes text, SessionDescription& description) noexcept {
  description.origin = {};
  description.address.reset();
  description.direction = MediaDirection::kSendReceive;
  description.streams.clear();
  description.odd_lines = description.named_addresses = description.lines_beyond = 0;
  while (!text.empty() && is_blank_octet(text[0])) text = text.subspan(1);
  if (!as_text(text).starts_with("v=0")) return SdpError::kNotSdp;
  SdpReader reader(description);
  for (uint32_t lines = 0; !text.empty(); ++lines) {
    const Bytes line = trimmed(take_sdp_line(text));
    if (lines >= kSdpLinesMax) {
      count_up(description.lines_beyond);
    } else if (line.size() >= 2 && line[1] == '=') {
      reader.read_line(line[0], line.subspan(2));
    } else if (!line.empty()) {
      count_up(description.odd_lines);
    }
  }
  reader.finish();
  return SdpError::kNone;
}

std::optional<SdpOrigin> read_origin(Bytes origin) noexcept {
  SdpOrigin read;
  read.user = take_word(origin);
  read.session_id = take_word(origin);
  read.version = take_word(origin);
  take_word(origin);
  take_word(origin);
  read.address = take_word(origin);
  return read.address.empty() ? std::nullopt : std::optional(read);
}

}  // namespace lictor::sip
