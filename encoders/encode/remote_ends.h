// Who talks to one endpoint of a call's media. Where RTP is symmetric (RFC 4961) and a NAT or a relay is in the way, an
// end that nobody described takes part: it is latched when it is heard first, and is sure when the endpoint answers it.
// From then on who comes anew is a stranger, unless he goes on with a stream that is known by its SSRC. A bounded plain
// value; one encoder lcore.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "dataplane/base/clock.h"

namespace lictor {

struct RemoteEnd {
  bool ipv6 = false;
  std::array<uint8_t, 16> address{};  // IPv4 takes the first four octets
  uint16_t port = 0;

  [[nodiscard]] bool has_host(const RemoteEnd& other) const { return ipv6 == other.ipv6 && address == other.address; }
  friend bool operator==(const RemoteEnd&, const RemoteEnd&) = default;
};

// A packet between the endpoint and an end.
struct MediaPassed {
  bool is_rtp = false;            // else RTCP
  bool is_from_endpoint = false;  // else to it
  uint32_t ssrc = 0;
};

class RemoteEnds {
 public:
  static constexpr size_t kEndsMax = 4;
  static constexpr size_t kSourcesMax = 16;

  // Signalling has described the call's media anew at this time: who takes part shows again. Streams of sure ends stay
  // known.
  void begin(PacketTime since);
  // Of the description that this is about.
  [[nodiscard]] PacketTime since() const { return since_; }

  enum class Known : uint8_t {
    kNo,
    kAsBefore,  // everything of the packet
    kMore,      // the end, which is described or has a known stream, and what passes is news of it
  };
  // The packet counts where its end is known.
  Known take(const RemoteEnd& end, const MediaPassed& passed);
  // An end that is certainly of the call: described, or with a stream that is known. It takes the place of one that is
  // less so.
  void add_sure(const RemoteEnd& end, const MediaPassed& passed);
  // One that is heard first. Nothing where there is no room.
  void latch(const RemoteEnd& end, const MediaPassed& passed);

  [[nodiscard]] bool knows_host(const RemoteEnd& end) const;
  [[nodiscard]] bool knows_stream(uint32_t ssrc) const;
  // Who comes anew is a stranger: an end that is described has sent RTP to the endpoint, or one that is not has, and
  // was sent to.
  [[nodiscard]] bool is_settled() const { return is_settled_; }

 private:
  struct End {
    RemoteEnd at;
    bool is_described_or_known = false;
    std::optional<uint32_t> sent;   // SSRC of the RTP that it sent last,
    std::optional<uint32_t> heard;  // and of what was sent to it

    [[nodiscard]] bool is_sure() const { return is_described_or_known || (sent && heard); }
  };
  [[nodiscard]] End* find(const RemoteEnd& end);
  bool note(End& end, const MediaPassed& passed);
  void judge(const End& end);
  [[nodiscard]] End& place_for(const RemoteEnd& end);
  void remember(uint32_t ssrc);
  void settle(const End& by);

  PacketTime since_{INT64_MIN};
  std::array<End, kEndsMax> ends_;  // by when they were heard first, but what took another's place
  std::array<uint32_t, kSourcesMax> sources_{};
  uint8_t ends_count_ = 0;
  uint8_t sources_count_ = 0;
  uint8_t oldest_source_ = 0;
  uint8_t oldest_end_ = 0;
  bool is_settled_ = false;
};

}  // namespace lictor
