#include "dataplane/pattern/pattern_matcher.h"

#include <hs/hs.h>

#include "dataplane/base/check.h"

namespace lictor {
namespace {

// A segment that is further behind than this is no late one: the connection is another, or somebody lies. The largest
// TCP window is a gibibyte, those in use are far below this.
constexpr int32_t kLateOctetsMax = 1 << 24;

// What a lcore may use at once of the share that it did not need before.
constexpr uint64_t kBurstsPerSecond = 50;

// Flows that are looked at for having been quiet too long, a packet. A packet adds one at most, so none piles up.
constexpr int kExpiredPerPacket = 4;

constexpr uint64_t kNanoseconds = 1'000'000'000;

bool is_idle(PacketTime seen, PacketTime now, uint32_t idle_s) {
  return now > seen && static_cast<uint64_t>(now.unix_ns) - static_cast<uint64_t>(seen.unix_ns) > idle_s * kNanoseconds;
}

const char* as_chars(Bytes octets) { return reinterpret_cast<const char*>(octets.data()); }

void check_scan(hs_error_t result) { LICTOR_CHECK(result == HS_SUCCESS || result == HS_SCAN_TERMINATED); }

}  // namespace

PatternMatcher::PatternMatcher(const PatternMatcherPlan& plan)
    : plan_(plan),
      budget_(plan.limits.budget_percent, std::max<uint64_t>(plan.cycles_per_second / kBurstsPerSecond, 1)),
      pool_(plan.limits.streams_max, plan.limits.stream_state_bytes_max),
      connections_(plan.limits.streams_max, HashKey::random()),
      selected_(plan.limits.flows_max, HashKey::random()),
      account_(*plan.account) {
  LICTOR_CHECK(plan.cycles != nullptr && plan.account != nullptr &&
               plan.limits.streams_max >= 2);  // both directions of a connection
}

PatternMatcher::~PatternMatcher() {
  for (; !connections_.empty(); connections_.remove_oldest()) close(connections_.oldest().value);
}

PatternVerdict PatternMatcher::judge(const PatternSet& set, const PatternPacket& packet) noexcept {
  expire(packet.time);
  const ConversationSight flow = conversation_of(packet.level, packet.frame, packet.tap_group, set.id());
  const std::optional<TcpSegment> segment = tcp_segment_of(packet.level, packet.frame);
  if (set.any_reaches_flow() && flow.known && continues_selected(flow, segment, packet.time))
    return PatternVerdict::kSelected;

  const uint64_t begun = plan_.cycles();
  if (!budget_.admits(begun)) {
    account_.over_budget.add(1);
    return PatternVerdict::kOverBudget;
  }
  Hits hits{.set = &set};
  scan(flow, segment, packet, hits);
  budget_.spend(plan_.cycles() - begun);
  if (hits.flow && flow.known) select(flow.key, packet.time);
  return hits.packet ? PatternVerdict::kSelected : PatternVerdict::kNotSelected;
}

// A flow ends when both directions have finished or one was reset, and the next connection begins; or in silence.
bool PatternMatcher::continues_selected(const ConversationSight& flow, const std::optional<TcpSegment>& segment,
                                        PacketTime time) noexcept {
  ConversationMap<Selected>::Entry* const entry = selected_.find(flow.key);
  if (entry == nullptr) return false;
  Selected& state = entry->value;
  const bool ended = state.reset || state.finished == 3;
  const bool begins = segment && (segment->flags & (kTcpSyn | kTcpAcknowledge | kTcpReset | kTcpFin)) == kTcpSyn;
  if ((begins && ended) || is_idle(entry->seen, time, plan_.limits.flow_idle_s)) {
    selected_.remove_newest();
    return false;
  }
  entry->seen = time;
  if (segment) {
    state.reset |= (segment->flags & kTcpReset) != 0;
    if ((segment->flags & kTcpFin) != 0) state.finished |= 1U << static_cast<unsigned>(flow.direction);
  }
  return true;
}

void PatternMatcher::select(const ConversationKey& key, PacketTime time) noexcept {
  if (ConversationMap<Connection>::Entry* const entry = connections_.find(key); entry != nullptr) {
    close(entry->value);  // it need not be followed any more
    connections_.remove_newest();
  }
  if (selected_.full()) {
    selected_.remove_oldest();
    account_.flows_evicted.add(1);
  }
  selected_.insert(key, time);
}

void PatternMatcher::expire(PacketTime now) noexcept {
  for (int i = 0; i < kExpiredPerPacket; ++i) {
    if (selected_.empty() || !is_idle(selected_.oldest().seen, now, plan_.limits.flow_idle_s)) break;
    selected_.remove_oldest();
  }
  for (int i = 0; i < kExpiredPerPacket; ++i) {
    if (connections_.empty() || !is_idle(connections_.oldest().seen, now, plan_.limits.stream_idle_s)) break;
    close(connections_.oldest().value);
    connections_.remove_oldest();
  }
}

void PatternMatcher::scan(const ConversationSight& flow, const std::optional<TcpSegment>& segment,
                          const PatternPacket& packet, Hits& hits) noexcept {
  const Bytes payload = segment ? segment->payload : payload_of(packet.level, packet.frame);
  if (segment && (segment->flags & kTcpSyn) != 0) end_lanes(flow, segment->flags);
  if (payload.empty()) {
    if (segment) end_lanes(flow, segment->flags);
    return;
  }
  account_.scanned.add(1);
  account_.scanned_bytes.add(payload.size());
  if (!segment) return scan_by_itself(payload, hits);
  scan_segment(flow, *segment, packet.time, hits);
  if ((segment->flags & kTcpSyn) == 0) end_lanes(flow, segment->flags);
}

void PatternMatcher::scan_by_itself(Bytes payload, Hits& hits) noexcept {
  check_scan(hs_scan(hits.set->packets(), as_chars(payload), static_cast<unsigned>(payload.size()), 0,
                     hits.set->scratch(plan_.lcore), on_first_match, &hits));
}

void PatternMatcher::scan_segment(const ConversationSight& flow, const TcpSegment& segment, PacketTime time,
                                  Hits& hits) noexcept {
  Lane& lane = connection_of(flow.key, time).lanes[static_cast<size_t>(flow.direction)];
  if (lane.stream == nullptr) begin_lane(lane, *hits.set, segment.sequence);
  const auto ahead = static_cast<int32_t>(segment.sequence - lane.next);
  if (ahead > 0 || ahead < -kLateOctetsMax) {
    LICTOR_CHECK(hs_reset_stream(lane.stream, 0, nullptr, nullptr, nullptr) == HS_SUCCESS);
    lane.next = segment.sequence;
    account_.streams_restarted.add(1);
  }
  const size_t old_bytes = std::min<size_t>(lane.next - segment.sequence, segment.payload.size());
  const Bytes fresh = segment.payload.subspan(old_bytes);
  if (!fresh.empty()) {
    check_scan(hs_scan_stream(lane.stream, as_chars(fresh), static_cast<unsigned>(fresh.size()), 0,
                              hits.set->scratch(plan_.lcore), on_match, &hits));
    lane.next += static_cast<uint32_t>(fresh.size());
  }
  // It came late or again, in part or whole: what lies inside of it is found all the same.
  if (old_bytes > 0 && !hits.flow) scan_by_itself(segment.payload, hits);
}

void PatternMatcher::begin_lane(Lane& lane, const PatternSet& set, uint32_t sequence) noexcept {
  // The lane's own connection is the newest, so it is not the one that is given up.
  while (pool_.empty()) give_up_oldest();
  lane = {.stream = pool_.open(set.streams()), .next = sequence};
}

PatternMatcher::Connection& PatternMatcher::connection_of(const ConversationKey& key, PacketTime time) noexcept {
  if (ConversationMap<Connection>::Entry* const entry = connections_.find(key); entry != nullptr) {
    if (is_idle(entry->seen, time, plan_.limits.stream_idle_s)) close(entry->value);
    entry->seen = time;
    return entry->value;
  }
  if (connections_.full()) give_up_oldest();
  return connections_.insert(key, time).value;
}

// A direction that begins or has sent its last octet is not followed any further; after a reset neither is.
void PatternMatcher::end_lanes(const ConversationSight& flow, uint8_t flags) noexcept {
  if ((flags & (kTcpSyn | kTcpFin | kTcpReset)) == 0) return;
  ConversationMap<Connection>::Entry* const entry = connections_.find(flow.key);
  if (entry == nullptr) return;
  if ((flags & kTcpReset) != 0) {
    close(entry->value);
  } else {
    close(entry->value.lanes[static_cast<size_t>(flow.direction)]);
  }
  if (entry->value.lanes[0].stream == nullptr && entry->value.lanes[1].stream == nullptr) connections_.remove_newest();
}

void PatternMatcher::give_up_oldest() noexcept {
  if (close(connections_.oldest().value)) account_.streams_evicted.add(1);
  connections_.remove_oldest();
}

// Whether anything was followed.
bool PatternMatcher::close(Connection& connection) noexcept {
  const bool first = close(connection.lanes[0]);
  return close(connection.lanes[1]) || first;
}

bool PatternMatcher::close(Lane& lane) noexcept {
  if (lane.stream == nullptr) return false;
  pool_.close(lane.stream);
  lane.stream = nullptr;
  return true;
}

// In a stream every match is heard to the segment's end, since Hyperscan goes on with no stream that was stopped; but a
// flow that is selected is followed no more.
int PatternMatcher::on_match(unsigned pattern, unsigned long long /*from*/, unsigned long long /*to*/,
                             unsigned /*flags*/, void* context) {
  Hits& hits = *static_cast<Hits*>(context);
  hits.packet = true;
  hits.flow |= hits.set->reaches_flow(pattern);
  return hits.flow ? 1 : 0;
}

int PatternMatcher::on_first_match(unsigned pattern, unsigned long long from, unsigned long long to, unsigned flags,
                                   void* context) {
  const bool flow = on_match(pattern, from, to, flags, context) != 0;
  return flow || !static_cast<Hits*>(context)->set->any_reaches_flow() ? 1 : 0;
}

}  // namespace lictor
