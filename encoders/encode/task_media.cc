// Which media at a call's endpoints are the call's: what goes between two ends that it describes, and of others what
// comes from ends that take part (RFC 4961, symmetric RTP). A target's packet that is lost is worse than a stranger's
// that is copied: what nobody can tell apart counts.
#include <algorithm>

#include "encoders/encode/task_sessions.h"

namespace lictor {
namespace {

// Where an IP header has its addresses: the source's, and behind it the destination's (RFC 791 section 3.1, RFC 8200
// section 3).
constexpr size_t kIpv4SourceAt = 12;
constexpr size_t kIpv6SourceAt = 8;

// Of a packet whose IP header is whole, as every one is that was looked at as media.
RemoteEnd end_of(Bytes packet, bool is_source, uint16_t port) {
  RemoteEnd end{.ipv6 = packet[0] >> 4 == 6, .port = port};
  const size_t octets = end.ipv6 ? 16 : 4;
  const size_t source = end.ipv6 ? kIpv6SourceAt : kIpv4SourceAt;
  const Bytes address = packet.subspan(is_source ? source : source + octets, octets);
  std::ranges::copy(address, end.address.begin());
  return end;
}

bool is_host_of(const AddressInterval& interval, const RemoteEnd& end) {
  return interval.prefix.ipv6 == end.ipv6 && interval.prefix.octets == end.address;
}

struct DescribedEnds {
  bool has_host = false;    // one of them is of the remote end's host
  bool has_target = false;  // some are on the target's side,
  bool has_peer = false;    // and some on the other
};

DescribedEnds look_for(const std::vector<AddressInterval>& intervals, const RemoteEnd& remote, PacketTime arrival) {
  DescribedEnds ends;
  for (const AddressInterval& interval : intervals) {
    if (!interval.holds_at(arrival)) continue;
    (interval.of_peer ? ends.has_peer : ends.has_target) = true;
    ends.has_host = ends.has_host || is_host_of(interval, remote);
  }
  return ends;
}

}  // namespace

// Null: nothing is known of then.
const DescribedSince* TaskSession::described_at(PacketTime time) const {
  const auto found = std::find_if(described.rbegin(), described.rend(),
                                  [time](const DescribedSince& one) { return one.since <= time; });
  return found == described.rend() ? nullptr : &*found;
}

bool TaskSession::takes(const ContentRecord& copy, const MediaLook& look, const HeldEnd& end) {
  if (look.kind == MediaLook::Kind::kOther || end.interval->remotes == nullptr) return true;
  const DescribedSince* const now = described_at(copy.arrival);
  if (now == nullptr || !now->narrow || payload_types.empty()) return true;
  RemoteEnds& remotes = *end.interval->remotes;
  if (now->since < remotes.since()) return true;  // it passed before what others of another ring have shown
  if (remotes.since() < now->since) remotes.begin(now->since);
  const RemoteEnd source = end_of(copy.packet, true, look.source_port);
  const RemoteEnd destination = end_of(copy.packet, false, look.destination_port);
  const RemoteEnd& own = end.is_source ? source : destination;
  const RemoteEnd& remote = end.is_source ? destination : source;
  const MediaPassed passed{
      .is_rtp = look.kind == MediaLook::Kind::kRtp, .is_from_endpoint = end.is_source, .ssrc = look.ssrc};
  const RemoteEnds::Known taken = remotes.take(remote, passed);
  if (taken == RemoteEnds::Known::kAsBefore) return true;
  const DescribedEnds ends = look_for(intervals, remote, copy.arrival);
  if (taken == RemoteEnds::Known::kMore || ends.has_host || remotes.knows_stream(look.ssrc)) {
    remotes.add_sure(remote, passed);
    show_other_end(remote, own, passed, copy.arrival, now->since);
    return true;
  }
  if (!ends.has_target || !ends.has_peer) return true;
  if (!passed.is_rtp) return takes_rtcp_of(remote, *end.interval);
  if (remotes.is_settled() || !payload_types.has(look.payload_type)) return false;
  remotes.latch(remote, passed);
  return true;
}

// RTCP has ports of its own, where no RTP shows who takes part: that of an end's host counts, and everybody's until
// some end of this side has shown itself.
bool TaskSession::takes_rtcp_of(const RemoteEnd& remote, const AddressInterval& own) const {
  bool is_settled = false;
  for (const AddressInterval& one : intervals) {
    if (one.remotes == nullptr) continue;
    if (one.remotes->knows_host(remote)) return true;
    is_settled = is_settled || (one.of_peer == own.of_peer && one.remotes->is_settled());
  }
  return !is_settled;
}

// What two described ends send each other says of both who takes part.
void TaskSession::show_other_end(const RemoteEnd& remote, const RemoteEnd& own, const MediaPassed& passed,
                                 PacketTime arrival, PacketTime since) {
  for (AddressInterval& other : intervals) {
    if (other.remotes == nullptr || !other.holds_at(arrival) || other.ports.first != remote.port ||
        !is_host_of(other, remote) || since < other.remotes->since())
      continue;
    if (other.remotes->since() < since) other.remotes->begin(since);
    other.remotes->add_sure(
        own, {.is_rtp = passed.is_rtp, .is_from_endpoint = !passed.is_from_endpoint, .ssrc = passed.ssrc});
  }
}

}  // namespace lictor
