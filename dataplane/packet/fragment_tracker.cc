#include "dataplane/packet/fragment_tracker.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace lictor {
namespace {

constexpr FragmentPark::Ticket kNone = FragmentPark::kNone;

uint64_t pair(uint32_t high, uint32_t low) { return uint64_t{high} << 32 | low; }

}  // namespace

FragmentTracker::FragmentTracker(const FragmentLimits& limits, FragmentAccount& account, const HashKey& key)
    : limits_(limits),
      key_(key),
      places_(std::bit_ceil(std::max(limits.datagrams_max, kBucketPlaces))),
      park_(limits.parked_bytes_max),
      settled_(limits.queues),
      account_(account) {}

// What makes two fragments parts of one datagram (RFC 791, 3.2: addresses, protocol, identification; RFC 8200, 4.5:
// without the protocol), and the network in which the addresses count. Keyed: senders choose most of it.
Hash128 FragmentTracker::identity_of(Bytes frame, const IpLevel& level, uint16_t domain) const noexcept {
  const Bytes ip = frame.subspan(level.offset);
  const Bytes addresses = level.ipv6 ? ip.subspan(8, 32) : ip.subspan(12, 8);
  const uint32_t protocol = level.ipv6 ? 256U : ip[9];
  uint64_t vlans = level.vlan_count;
  for (const uint16_t vlan : level.vlans) vlans = vlans << 12 | vlan;
  const std::array<uint64_t, 4> words = {pair(level.fragment_id, protocol), pair(domain, level.label),
                                         pair(level.vni, level.teid), vlans};
  return sip_hash(key_, words, addresses);
}

bool FragmentTracker::is_old(PacketTime seen, PacketTime now) const {
  return now.unix_ns - seen.unix_ns > limits_.age_ns || seen.unix_ns - now.unix_ns > limits_.age_ns;
}

FragmentTracker::Place* FragmentTracker::find(const Hash128& identity, PacketTime now) noexcept {
  Place* const found = find_any(identity);
  return found == nullptr || is_old(found->seen, now) ? nullptr : found;
}

FragmentTracker::Place* FragmentTracker::find_any(const Hash128& identity) noexcept {
  Place* const bucket = places_.data() + (identity.low & (places_.size() - 1) & ~(kBucketPlaces - 1));
  Place* const found = std::find_if(bucket, bucket + kBucketPlaces, [&](const Place& place) {
    return place.state != State::kFree && place.identity == identity;
  });
  return found == bucket + kBucketPlaces ? nullptr : found;
}

// Where the bucket is full, the datagram that was seen longest ago is forgotten.
FragmentTracker::Place& FragmentTracker::find_or_make(const Hash128& identity, PacketTime now) noexcept {
  if (Place* const found = find(identity, now); found != nullptr) return *found;
  Place* const bucket = places_.data() + (identity.low & (places_.size() - 1) & ~(kBucketPlaces - 1));
  Place* oldest = bucket;
  for (Place* place = bucket; place != bucket + kBucketPlaces; ++place) {
    if (place->state != State::kFree && is_old(place->seen, now)) clear(*place, account_.expired);
    const bool is_free = place->state == State::kFree;
    if (oldest->state != State::kFree && (is_free || place->seen < oldest->seen)) oldest = place;
  }
  if (oldest->state != State::kFree) {
    account_.forgotten.add(1);
    clear(*oldest, account_.evicted);
  }
  oldest->identity = identity;
  oldest->seen = now;
  return *oldest;
}

FragmentPorts FragmentTracker::see(Bytes frame, ParsedFrame& parsed, uint16_t domain, PacketTime arrival) noexcept {
  for (size_t i = 0; i < parsed.level_count; ++i) {
    IpLevel& level = parsed.level[i];
    if (level.fragment == FragmentKind::kWhole) continue;
    const Hash128 identity = identity_of(frame, level, domain);
    if (level.fragment == FragmentKind::kFirst) {
      remember(identity, level, arrival);
      continue;
    }
    if (complete(level, identity, arrival) == FragmentPorts::kMissing) return FragmentPorts::kMissing;
  }
  return FragmentPorts::kComplete;
}

FragmentPorts FragmentTracker::look_again(Bytes frame, ParsedFrame& parsed, uint16_t domain,
                                          PacketTime arrival) noexcept {
  IpLevel& level = parsed.level[parsed.level_count - 1];
  return complete(level, identity_of(frame, level, domain), arrival);
}

FragmentPorts FragmentTracker::complete(IpLevel& level, const Hash128& identity, PacketTime arrival) noexcept {
  const Place* const place = find(identity, arrival);
  if (place == nullptr || place->state != State::kKnown) return FragmentPorts::kMissing;
  level.protocol = place->protocol;
  level.ports_known = place->ports_known;
  level.source_port = place->source_port;
  level.destination_port = place->destination_port;
  if (place->ports_known) account_.completed.add(1);
  return FragmentPorts::kComplete;
}

// The newest counts: identifiers are used again, and receivers that do not drop overlapping fragments differ.
void FragmentTracker::remember(const Hash128& identity, const IpLevel& level, PacketTime now) noexcept {
  Place& place = find_or_make(identity, now);
  const bool differs = place.source_port != level.source_port || place.destination_port != level.destination_port ||
                       place.protocol != level.protocol;
  if (place.state == State::kKnown && differs) account_.conflicting.add(1);
  place.seen = now;
  place.source_port = level.source_port;
  place.destination_port = level.destination_port;
  place.protocol = level.protocol;
  place.ports_known = level.ports_known;
  place.state = State::kKnown;
  release(place);
}

void FragmentTracker::release(Place& place) noexcept {
  if (place.first == kNone) return;
  for (FragmentPark::Ticket ticket = place.first; ticket != kNone; ticket = park_.at(ticket).next)
    park_.at(ticket).owner = kNowhere;
  if (released_first_ == kNone) {
    released_first_ = place.first;
  } else {
    park_.at(released_last_).next = place.first;
  }
  released_last_ = place.last;
  place.first = place.last = kNone;
}

std::optional<ReleasedFragment> FragmentTracker::next_released() noexcept {
  if (released_first_ == kNone) return std::nullopt;
  const FragmentPark::Ticket ticket = released_first_;
  const FragmentPark::Copy& copy = park_.at(ticket);
  released_first_ = copy.next;
  if (!copy.counted) --held_;
  account_.released.add(1);
  const ReleasedFragment released{park_.frame(ticket), park_.note(ticket), copy.arrival, copy.queue, copy.counted};
  park_.take_out(ticket);
  return released;
}

// In a burst of a capture that spans more than the age, the first fragment may have come after all, too late for this
// one.
bool FragmentTracker::is_too_late(const Hash128& identity, PacketTime arrival) noexcept {
  const Place* const place = find_any(identity);
  return place != nullptr && place->state == State::kKnown && arrival < place->seen && is_old(place->seen, arrival);
}

void FragmentTracker::park(Bytes frame, const ParsedFrame& parsed, uint16_t domain, PacketTime arrival, uint16_t queue,
                           const FragmentFate& fate) noexcept {
  const IpLevel& level = parsed.level[parsed.level_count - 1];
  const Hash128 identity = identity_of(frame, level, domain);
  if (is_too_late(identity, arrival)) {
    account_.parked.add(1);
    account_.expired.add(1);
    if (!fate.counted) settle(queue, frame.size());
    return;
  }
  const size_t bytes = frame.size() + fate.note.size();
  while (!park_.has_room(bytes)) {
    const FragmentPark::Ticket oldest = park_.oldest();
    if (park_.has_room(bytes)) break;
    // Nothing waits, so it is longer than the whole park; or what stands in the way has been released and not taken.
    if (oldest == kNone || park_.at(oldest).owner == kNowhere) {
      account_.refused.add(1);
      if (!fate.counted) settle(queue, frame.size());
      return;
    }
    give_up_oldest(oldest, account_.evicted);
  }
  Place& place = find_or_make(identity, arrival);
  const auto owner = static_cast<uint32_t>(&place - places_.data());
  const FragmentPark::Ticket ticket =
      park_.put({.arrival = arrival, .owner = owner, .queue = queue, .counted = fate.counted}, frame, fate.note);
  account_.parked.add(1);
  held_ += fate.counted ? 0 : 1;
  if (place.first == kNone) {
    place.first = ticket;
  } else {
    park_.at(place.last).next = ticket;
  }
  place.last = ticket;
  // The first fragment may have come since it was missed.
  if (place.state == State::kKnown) return release(place);
  place.state = State::kWaiting;
}

void FragmentTracker::give_up(FragmentPark::Ticket ticket, Counter& counter) noexcept {
  const FragmentPark::Copy& copy = park_.at(ticket);
  counter.add(1);
  if (!copy.counted) {
    --held_;
    settle(copy.queue, copy.frame_bytes);
  }
  park_.take_out(ticket);
}

// Copies of a datagram wait in the order in which they came, so the oldest of all is the first of its own.
void FragmentTracker::give_up_oldest(FragmentPark::Ticket ticket, Counter& counter) noexcept {
  Place& place = places_[park_.at(ticket).owner];
  place.first = park_.at(ticket).next;
  if (place.first == kNone) {
    place.last = kNone;
    place.state = State::kFree;
  } else {
    place.seen = park_.at(place.first).arrival;
  }
  give_up(ticket, counter);
}

void FragmentTracker::clear(Place& place, Counter& counter) noexcept {
  while (place.first != kNone) {
    const FragmentPark::Ticket ticket = place.first;
    place.first = park_.at(ticket).next;
    give_up(ticket, counter);
  }
  place = Place{};
}

void FragmentTracker::expire(PacketTime now, uint16_t queue) noexcept {
  while (park_.waiting() > 0) {
    const FragmentPark::Ticket oldest = park_.oldest();
    const FragmentPark::Copy& copy = park_.at(oldest);
    if (copy.owner == kNowhere || !is_old(copy.arrival, now)) return;
    if (limits_.clocks == QueueClocks::kOwn && copy.queue != queue) return;
    give_up_oldest(oldest, account_.expired);
  }
}

void FragmentTracker::give_up_all() noexcept {
  for (Place& place : places_) clear(place, account_.expired);
}

void FragmentTracker::settle(uint16_t queue, size_t frame_bytes) noexcept {
  ++settled_[queue].frames;
  settled_[queue].bytes += frame_bytes;
}

SettledFragments FragmentTracker::take_settled(uint16_t queue) noexcept { return std::exchange(settled_[queue], {}); }

}  // namespace lictor
