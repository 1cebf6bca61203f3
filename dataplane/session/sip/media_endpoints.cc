#include "dataplane/session/sip/media_endpoints.h"

#include <algorithm>

#include "dataplane/base/octet_text.h"

namespace lictor::sip {
namespace {

bool is_multicast(const MediaAddress& address) {
  return address.ipv6 ? address.octets[0] == 0xff : (address.octets[0] & 0xf0) == 0xe0;
}

bool is_tcp(MediaProtocol protocol) {
  return protocol == MediaProtocol::kRtpTcp || protocol == MediaProtocol::kMsrp || protocol == MediaProtocol::kOtherTcp;
}

bool is_rtp(MediaProtocol protocol) { return protocol == MediaProtocol::kRtp || protocol == MediaProtocol::kRtpTcp; }

EndpointUse use_of(const MediaStream& stream) {
  switch (stream.protocol) {
    case MediaProtocol::kRtp:
    case MediaProtocol::kRtpTcp:
      return stream.rtcp_mux ? EndpointUse::kMediaMuxed : EndpointUse::kMedia;
    case MediaProtocol::kUdptl:
      return EndpointUse::kUdptl;
    case MediaProtocol::kMsrp:
      return EndpointUse::kMsrp;
    default:
      return EndpointUse::kOther;
  }
}

class EndpointLister {
 public:
  explicit EndpointLister(MediaEndpoints& endpoints) : endpoints_(endpoints) {}

  // Of the stream at `index`. All streams' ports come before anybody's others, and those before candidates.
  void list_port(const MediaStream& stream, uint8_t index) {
    index_ = index;
    rank_ = 0;
    if (!stream.address) return count_up(endpoints_.unusable);
    add_media(stream, stream.port);
  }

  void list_others(const MediaStream& stream, uint8_t index) {
    index_ = index;
    rank_ = 1;
    if (stream.address) list_pairs(stream);
    if (stream.protocol == MediaProtocol::kMsrp) list_path(stream);
  }

  void list_candidates(const MediaStream& stream, uint8_t index) {
    index_ = index;
    rank_ = 2;
    for (const IceCandidate& candidate : stream.candidates.all()) list_candidate(stream, candidate);
  }

 private:
  // Who opens a TCP connection announces port 9 (RFC 4145 section 4.1): nothing is sent there.
  void add(MediaEndpoint endpoint) {
    constexpr uint16_t kDiscard = 9;
    if (endpoint.address.is_unspecified() || is_multicast(endpoint.address) || endpoint.port == 0 ||
        (endpoint.tcp && endpoint.port == kDiscard))
      return count_up(endpoints_.unusable);
    const auto same = [&endpoint](const MediaEndpoint& other) {
      return other.port == endpoint.port && other.tcp == endpoint.tcp && other.address == endpoint.address;
    };
    if (std::ranges::any_of(endpoints_.all.all(), same)) return;
    endpoint.stream = index_;
    insert(endpoint);
  }

  // Behind those of its rank. Where there is no room the last one has none.
  void insert(const MediaEndpoint& endpoint) {
    UpTo<MediaEndpoint, kEndpointsMax>& all = endpoints_.all;
    auto& of_rank = endpoints_.of_rank;
    size_t at = 0;
    for (size_t rank = 0; rank <= rank_; ++rank) at += of_rank[rank];
    if (at == kEndpointsMax) return count_up(all.beyond);
    if (all.next_place() == nullptr)
      --*std::find_if(of_rank.rbegin(), of_rank.rend(), [](uint16_t n) { return n > 0; });
    MediaEndpoint* const begin = all.items.data();
    std::move_backward(begin + at, begin + all.count - 1, begin + all.count);
    all.items[at] = endpoint;
    ++of_rank[rank_];
  }

  void add_media(const MediaStream& stream, uint32_t port) {
    if (port > UINT16_MAX) return count_up(endpoints_.unusable);
    add({.address = *stream.address,
         .port = static_cast<uint16_t>(port),
         .use = use_of(stream),
         .tcp = is_tcp(stream.protocol)});
  }

  // Behind the first port: RTCP's, and further pairs'.
  void list_pairs(const MediaStream& stream) {
    const bool tcp = is_tcp(stream.protocol);
    const bool has_rtcp = is_rtp(stream.protocol) && !stream.rtcp_mux_only;
    const uint32_t rtcp = stream.rtcp_port != 0 ? stream.rtcp_port : uint32_t{stream.port} + 1;
    if (has_rtcp) add_rtcp(stream.rtcp_address.value_or(*stream.address), rtcp, tcp);
    const uint16_t pairs = std::min(stream.ports, kPortPairsMax);
    if (stream.ports > pairs) count_up(endpoints_.ports_beyond);
    for (uint32_t pair = 1; pair < pairs; ++pair) {
      const uint32_t port = stream.port + pair * (is_rtp(stream.protocol) ? 2 : 1);
      add_media(stream, port);
      if (has_rtcp) add_rtcp(*stream.address, port + 1, tcp);
    }
  }

  void add_rtcp(const MediaAddress& address, uint32_t port, bool tcp) {
    if (port > UINT16_MAX) return count_up(endpoints_.unusable);
    add({.address = address, .port = static_cast<uint16_t>(port), .use = EndpointUse::kRtcp, .tcp = tcp});
  }

  void list_candidate(const MediaStream& stream, const IceCandidate& candidate) {
    const bool rtcp = is_rtp(stream.protocol) && candidate.component == 2;
    add({.address = candidate.address,
         .port = candidate.port,
         .use = rtcp ? EndpointUse::kRtcp : use_of(stream),
         .tcp = candidate.tcp,
         .candidate = true});
  }

  // "msrp://192.0.2.1:7777/iau39;tcp msrps://…": whoever sends goes to the first (RFC 4975 section 8.3), and a relay
  // to the next.
  void list_path(const MediaStream& stream) {
    for (Bytes rest = stream.path; !rest.empty();) {
      Bytes uri = take_word(rest);
      const size_t slashes = as_text(uri).find("//");
      if (slashes == std::string_view::npos) continue;
      uri = uri.subspan(slashes + 2);
      Bytes authority = take_until(uri, '/');
      if (const size_t at = find_octet(authority, '@'); at != kNoOctet) authority = authority.subspan(at + 1);
      list_authority(authority);
    }
  }

  void list_authority(Bytes authority) {
    constexpr uint16_t kMsrpPort = 2855;
    Bytes host;
    if (!authority.empty() && authority[0] == '[') {
      authority = authority.subspan(1);
      host = take_until(authority, ']');
      take_until(authority, ':');
    } else {
      host = take_until(authority, ':');
    }
    const std::optional<MediaAddress> address = read_media_address(host);
    if (!address) return count_up(endpoints_.unusable);
    const uint32_t port = authority.empty() ? kMsrpPort : read_decimal(authority, UINT16_MAX).value_or(0);
    add({.address = *address, .port = static_cast<uint16_t>(port), .use = EndpointUse::kMsrp, .tcp = true});
  }

  MediaEndpoints& endpoints_;
  uint8_t index_ = 0;
  size_t rank_ = 0;
};

}  // namespace

void MediaEndpoints::clear() {
  all.clear();
  ports_beyond = unusable = 0;
  of_rank = {};
}

void list_endpoints(const SessionDescription& description, MediaEndpoints& endpoints) noexcept {
  endpoints.clear();
  add_endpoints(description, endpoints);
}

void add_endpoints(const SessionDescription& description, MediaEndpoints& endpoints) noexcept {
  EndpointLister lister(endpoints);
  using List = void (EndpointLister::*)(const MediaStream&, uint8_t);
  const std::span<const MediaStream> streams = description.streams.all();
  for (const List list : {&EndpointLister::list_port, &EndpointLister::list_others, &EndpointLister::list_candidates}) {
    for (size_t i = 0; i < streams.size(); ++i) {
      if (streams[i].port != 0) (lister.*list)(streams[i], static_cast<uint8_t>(i));
    }
  }
}

}  // namespace lictor::sip
