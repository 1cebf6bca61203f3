// A session description as a plain view (RFC 8866), with what says where media go: connection addresses, ports, RTCP
// (RFC 3605, RFC 5761), ICE candidates (RFC 8839), directions (RFC 3264), MSRP's paths (RFC 4975), and
// what payload types mean. Views, any thread, no allocation.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "dataplane/base/bytes.h"
#include "dataplane/packet/payload_types.h"
#include "dataplane/session/up_to.h"

namespace lictor::sip {

// IPv4 takes the first four octets.
struct MediaAddress {
  bool ipv6 = false;
  std::array<uint8_t, 16> octets{};

  // 0.0.0.0 or ::, how RFC 2543 put somebody on hold.
  [[nodiscard]] bool is_unspecified() const { return octets == std::array<uint8_t, 16>{}; }
  friend bool operator==(const MediaAddress&, const MediaAddress&) = default;
};

// nullopt where `text` is no address, such as a name: names are not resolved. An interface behind "%" and a TTL behind
// "/" are left out. Numbers of IPv4 are decimal, with zeros before them too, and IPv6 that stands for IPv4 is that.
[[nodiscard]] std::optional<MediaAddress> read_media_address(Bytes text) noexcept;

enum class MediaKind : uint8_t { kAudio, kVideo, kText, kApplication, kMessage, kImage, kOther };

enum class MediaProtocol : uint8_t {
  kRtp,       // RTP/AVP, RTP/AVPF, RTP/SAVP, RTP/SAVPF, UDP/TLS/RTP/SAVP, UDP/TLS/RTP/SAVPF
  kRtpTcp,    // the same behind TCP/
  kUdptl,     // udptl, UDP/TLS/UDPTL (RFC 7345)
  kMsrp,      // TCP/MSRP, TCP/TLS/MSRP
  kOtherUdp,  // UDP/BFCP, UDP/DTLS/SCTP, udp
  kOtherTcp,  // TCP/BFCP, TCPTL, tcp
  kOther,
};

enum class MediaDirection : uint8_t { kSendReceive, kSendOnly, kReceiveOnly, kInactive };

// RFC 8839 section 5.1.
struct IceCandidate {
  MediaAddress address;
  uint16_t port = 0;
  uint8_t component = 0;  // 1: media, 2: RTCP
  bool tcp = false;
};

// Of a stream: further candidates are passed over, and counted.
constexpr size_t kCandidatesMax = 16;
// "m=" sections of a description, and its lines: those behind are passed over, and counted.
constexpr size_t kStreamsMax = 24;
constexpr uint32_t kSdpLinesMax = 2048;

// An "m=" section.
struct MediaStream {
  MediaKind kind = MediaKind::kOther;
  MediaProtocol protocol = MediaProtocol::kOther;
  MediaDirection direction = MediaDirection::kSendReceive;
  bool rtcp_mux = false;                     // offered or accepted; what holds is what both say
  bool rtcp_mux_only = false;                // RFC 8858: there is no other port
  bool keys = false;                         // a=crypto, a=fingerprint or a=key-mgmt: content is encrypted
  bool named_address = false;                // the address is a name, which nobody resolves
  uint16_t port = 0;                         // 0: refused or ended
  uint16_t ports = 1;                        // how many pairs in a row (RFC 8866 section 5.14)
  uint16_t rtcp_port = 0;                    // 0: not said
  std::optional<MediaAddress> address;       // of this section's "c=", else of the session's
  std::optional<MediaAddress> rtcp_address;  // of "a=rtcp:"
  Bytes protocol_text;                       // as it stands
  Bytes formats;                             // payload types of RTP, with blanks between
  PayloadTypes mapped;                       // that "a=rtpmap:" lines name (RFC 8866 section 6.6)
  Bytes path;                                // of MSRP: URIs with blanks between
  UpTo<IceCandidate, kCandidatesMax> candidates;
};

struct SessionDescription {
  Bytes origin;  // RFC 8866 section 5.2, whole
  std::optional<MediaAddress> address;
  MediaDirection direction = MediaDirection::kSendReceive;
  UpTo<MediaStream, kStreamsMax> streams;
  uint16_t odd_lines = 0;  // no "x=", or a value that is none
  uint16_t named_addresses = 0;
  uint16_t lines_beyond = 0;
};

enum class SdpError : uint8_t {
  kNone,
  kNotSdp,  // it does not begin with "v=0"
  kCount,
};

// Reads `text` into `description`, which is overwritten. A description that is cut gives the lines that are there; the
// last line may lack its end. A bare CR ends a line, too, where another one follows.
[[nodiscard]] SdpError parse_sdp(Bytes text, SessionDescription& description) noexcept;

// "o=" (RFC 8866 section 5.2), without the types of network and address. All but the version stays the same for the
// descriptions of one session, and differs from others'.
struct SdpOrigin {
  Bytes user;
  Bytes session_id;
  Bytes version;  // goes up with each description
  Bytes address;
};
// Of the line's value; nullopt where it has not six words. What is behind the sixth is passed over.
[[nodiscard]] std::optional<SdpOrigin> read_origin(Bytes origin) noexcept;

}  // namespace lictor::sip
