#include "dataplane/dpdk/arrival_stamps.h"

#include <rte_mbuf.h>
#include <rte_mbuf_dyn.h>

namespace lictor {
namespace {

constexpr int64_t kNanosecondsPerMicrosecond = 1000;

}  // namespace

PacketTime ArrivalStamps::of(const rte_mbuf& frame, size_t index) noexcept {
  if (plan_.kind == StampKind::kHost || (frame.ol_flags & plan_.field.flag) == 0)
    return {now_.unix_ns + static_cast<int64_t>(index)};
  const uint64_t stamp = *RTE_MBUF_DYNFIELD(&frame, plan_.field.offset, const rte_mbuf_timestamp_t*);
  if (plan_.kind == StampKind::kCapture) return {static_cast<int64_t>(stamp) * kNanosecondsPerMicrosecond};
  if (plan_.kind == StampKind::kSpreader) return {static_cast<int64_t>(stamp)};
  if (const std::optional<PacketTime> time = mapping_.time_of(stamp, now_)) return *time;
  refused_->add(1);
  return {now_.unix_ns + static_cast<int64_t>(index)};
}

void put_arrival(rte_mbuf& frame, const StampField& field, PacketTime arrival) noexcept {
  *RTE_MBUF_DYNFIELD(&frame, field.offset, rte_mbuf_timestamp_t*) = static_cast<uint64_t>(arrival.unix_ns);
  frame.ol_flags |= field.flag;
}

}  // namespace lictor
