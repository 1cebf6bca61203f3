#include "dataplane/session/neighbour/tracker.h"

#include <algorithm>

#include "dataplane/base/check.h"

namespace lictor {
namespace {

// Places that are looked at for one that is free: a full table costs a message no more.
constexpr uint32_t kPlacesLookedAt = 16;

// Prefixes that are handed out whole, to hosts and to the networks behind them (RFC 6177).
constexpr std::array<uint8_t, 4> kDelegatedBits = {64, 60, 56, 48};

constexpr uint32_t kSecondsMask = 0x7fffffff;

bool is_host(const MacOctets& mac) { return (mac[0] & 1) == 0 && mac != MacOctets{}; }

bool is_switched_on(uint32_t ports, uint16_t port) { return port < kPortsMax && (ports >> port & 1) != 0; }

uint32_t seconds_of(PacketTime time) {
  return static_cast<uint32_t>(time.unix_ns / kNanosecondsPerSecond) & kSecondsMask;
}

IpPrefix host(const Ipv4Octets& address) {
  IpPrefix prefix{.ipv6 = false, .bits = 32};
  std::ranges::copy(address, prefix.octets.begin());
  return prefix;
}

IpPrefix host(const Ipv6Octets& address) { return {.ipv6 = true, .bits = 128, .octets = address}; }

// The network of `bits` that an address is in.
IpPrefix network_of(const IpPrefix& address, uint8_t bits) {
  IpPrefix network = address;
  network.bits = bits;
  for (size_t i = 0; i < network.octets.size(); ++i) {
    const size_t kept = std::clamp<size_t>(bits, 8 * i, 8 * i + 8) - 8 * i;
    network.octets[i] = static_cast<uint8_t>(network.octets[i] & (0xff00 >> kept));
  }
  return network;
}

NeighbourPlan checked(NeighbourPlan plan) {
  LICTOR_CHECK(plan.bindings_max > 0 && plan.idle_s > 0);
  return plan;
}

}  // namespace

NeighbourTracker::NeighbourTracker(NeighbourPlan plan, SessionBook& book)
    : plan_(checked(std::move(plan))), book_(book), slots_(plan_.bindings_max) {}

uint64_t NeighbourTracker::State::pack() const {
  return uint64_t{slot} << 32 | (is_tentative ? ~kSecondsMask : 0U) | heard_s;
}

NeighbourTracker::State NeighbourTracker::State::unpack(uint64_t data) {
  const auto low = static_cast<uint32_t>(data);
  return {.slot = static_cast<uint32_t>(data >> 32),
          .heard_s = low & kSecondsMask,
          .is_tentative = (low & ~kSecondsMask) != 0};
}

void NeighbourTracker::on_message(const SignalRecord& record, SessionSink& sink) noexcept {
  const bool is_arp = record.header.kind == SignalKind::kArp;
  if (!is_arp && record.header.kind != SignalKind::kNeighbour) return;
  if (record.header.source_set >= plan_.sets.size()) return counters_.unknown_set.add(1);
  const NeighbourSet& set = plan_.sets[record.header.source_set];
  if (!is_switched_on(is_arp ? set.arp_ports : set.nd_ports, record.header.port)) return counters_.switched_off.add(1);
  if (is_arp) return on_arp(record, set, sink);
  on_nd(record, set, sink);
}

void NeighbourTracker::on_arp(const SignalRecord& record, const NeighbourSet& set, SessionSink& sink) noexcept {
  ArpMessage message;
  const NeighbourReading reading = parse_arp(record.message, message);
  counters_.readings.add(reading);
  if (reading != NeighbourReading::kRead) return;
  if (message.sender_mac != record.header.source_mac) return counters_.other_sender.add(1);
  // An announcement follows, where the address is free (RFC 5227, 2.3).
  if (message.kind == ArpKind::kProbe) return counters_.probes.add(1);
  on_claim({.record = record, .sink = sink, .set = set, .now = record.header.arrival, .address = host(message.sender)});
}

void NeighbourTracker::on_nd(const SignalRecord& record, const NeighbourSet& set, SessionSink& sink) noexcept {
  NdMessage message;
  const NdEnvelope envelope = {.source = record.header.source.address,
                               .destination = record.header.destination.address,
                               .hop_limit = record.header.hop_limit};
  const NeighbourReading reading = parse_nd(record.message, envelope, message);
  counters_.readings.add(reading);
  if (reading != NeighbourReading::kRead) return;
  const bool advertises = message.kind == NdKind::kAdvertisement;
  if (!advertises && message.kind != NdKind::kSolicitation) return;
  const std::optional<MacOctets>& link = advertises ? message.target_link : message.source_link;
  if (link.value_or(record.header.source_mac) != record.header.source_mac) return counters_.other_sender.add(1);
  const bool asks = message.detects_duplicate;
  on_claim({.record = record,
            .sink = sink,
            .set = set,
            .now = record.header.arrival,
            .address = host(advertises || asks ? message.target : message.source),
            .claim = asks ? Claim::kAsks : Claim::kSays});
}

void NeighbourTracker::on_claim(const Case& at) noexcept {
  if (!is_host(at.record.header.source_mac)) return counters_.other_sender.add(1);
  if (!is_claimable(at)) return counters_.outside.add(1);
  const SessionKey key = key_of(at);
  const SessionId session = book_.find(key);
  if (session != kNoSession) return hear(at, session);
  const Holder holder = holder_of(at);
  if (holder.elsewhere || is_within_delegated(at)) return counters_.held_elsewhere.add(1);
  if (holder.session != kNoSession && !may_move(at, holder)) return;
  bind(at, key);
}

// Whose binding it is says so again. What another protocol has given since is no claimer's any more; the book sees that
// by itself where both are of one source set.
void NeighbourTracker::hear(const Case& at, SessionId session) noexcept {
  if (holder_of(at).elsewhere) {
    counters_.held_elsewhere.add(1);
    book_.close(session, {.received = at.now, .effective = at.now, .end = SessionEnd::kReplaced}, at.sink);
    return;
  }
  counters_.heard.add(1);
  State state = State::unpack(book_.tracker_data(session));
  state.heard_s = seconds_of(at.now);
  if (at.claim == Claim::kSays) state.is_tentative = false;
  book_.tracker_data(session) = state.pack();
  // Every event is a record of a target's: four in the time of a binding are enough.
  const int64_t apart_ns = at.now.unix_ns - book_.updated(session).unix_ns;
  if (apart_ns < int64_t{plan_.idle_s} * kNanosecondsPerSecond / 4) return;
  counters_.extended.add(1);
  apply(at, session, AccessEvent::kUpdate);
}

// Another has it.
bool NeighbourTracker::may_move(const Case& at, const Holder& holder) noexcept {
  if (at.now < holder.since) {
    counters_.late.add(1);
    return false;
  }
  const State state = State::unpack(book_.tracker_data(holder.session));
  const bool was_asked = state.is_tentative && at.now.unix_ns - holder.since.unix_ns <= plan_.tentative_ns;
  if (was_asked && at.claim == Claim::kSays) {
    counters_.defended.add(1);
    return true;
  }
  const uint32_t silent_s = (seconds_of(at.now) - state.heard_s) & kSecondsMask;
  const bool is_silent = silent_s >= plan_.silence_s && silent_s <= kSecondsMask / 2;
  const bool moves = at.claim == Claim::kSays && (at.set.move == NeighbourMove::kAtOnce ||
                                                  (at.set.move == NeighbourMove::kWhenSilent && is_silent));
  (moves ? counters_.moved : counters_.move_refused).add(1);
  return moves;
}

void NeighbourTracker::bind(const Case& at, const SessionKey& key) noexcept {
  if (bindings_of(at) >= plan_.bindings_per_mac_max) return counters_.mac_full.add(1);
  const uint32_t slot = take_slot(key);
  if (slot == 0) return counters_.full.add(1);
  const SessionId session =
      book_.open(key, SessionSource::kNeighbour, at.record.header.source_set, SessionGroup(), at.now);
  if (session == kNoSession) return;  // the book is full, and has counted it
  book_.tracker_data(session) =
      State{.slot = slot, .heard_s = seconds_of(at.now), .is_tentative = at.claim == Claim::kAsks}.pack();
  counters_.bound.add(1);
  apply(at, session, AccessEvent::kAccept);
}

void NeighbourTracker::apply(const Case& at, SessionId session, AccessEvent kind) noexcept {
  const std::array<ShownIdentity, 1> shown = {ShownIdentity{IdentityKind::kMac, at.record.header.source_mac}};
  const std::array<SessionAddress, 1> addresses = {SessionAddress{.prefix = at.address}};
  book_.apply(session,
              {.kind = kind,
               .received = at.now,
               .effective = at.now,
               .shown = shown,
               .addresses = addresses,
               .deadline = PacketTime{at.now.unix_ns + int64_t{plan_.idle_s} * kNanosecondsPerSecond},
               .at_deadline = SessionEnd::kTimeout,
               .message = &at.record,
               .shown_as = &kWholeMessage},
              at.sink);
}

bool NeighbourTracker::is_claimable(const Case& at) const noexcept {
  const IpPrefix& address = at.address;
  if (address.ipv6 && (is_link_local(address.octets) || is_unspecified(address.octets))) return false;
  if (at.set.any_address) return true;
  return std::ranges::any_of(at.set.prefixes, [&address](const IpPrefix& allowed) {
    return allowed.ipv6 == address.ipv6 && network_of(address, allowed.bits).octets == allowed.octets;
  });
}

NeighbourTracker::Holder NeighbourTracker::holder_of(const Case& at) const noexcept {
  Holder holder;
  const uint16_t own = at.record.header.source_set;
  const auto ask = [this, &at, &holder, own](uint16_t source_set) {
    book_.for_each_holder(source_set, at.address, [&](SessionId session, const SessionAddress&, PacketTime since) {
      if (book_.source(session) != SessionSource::kNeighbour) {
        holder.elsewhere = true;
      } else if (source_set == own && holder.session == kNoSession) {
        holder.session = session;
        holder.since = since;
      }
    });
  };
  ask(own);
  for (const uint16_t source_set : at.set.other_sets) ask(source_set);
  return holder;
}

// Whether a network around the address was given to somebody.
bool NeighbourTracker::is_within_delegated(const Case& at) const noexcept {
  if (!at.address.ipv6) return false;
  bool is_within = false;
  const auto given = [&is_within](SessionId, const SessionAddress&, PacketTime) { is_within = true; };
  for (const uint8_t bits : kDelegatedBits) {
    const IpPrefix network = network_of(at.address, bits);
    book_.for_each_holder(at.record.header.source_set, network, given);
    for (const uint16_t source_set : at.set.other_sets) book_.for_each_holder(source_set, network, given);
  }
  return is_within;
}

uint32_t NeighbourTracker::bindings_of(const Case& at) const noexcept {
  uint32_t bindings = 0;
  book_.for_each_of(IdentityKind::kMac, at.record.header.source_mac, [this, &at, &bindings](SessionId session) {
    const bool counts =
        book_.source(session) == SessionSource::kNeighbour && book_.source_set(session) == at.record.header.source_set;
    if (counts) ++bindings;
  });
  return bindings;
}

// A place, + 1, or 0 where none was found.
uint32_t NeighbourTracker::take_slot(const SessionKey& key) noexcept {
  for (uint32_t looked_at = 0; looked_at < kPlacesLookedAt; ++looked_at) {
    const uint32_t place = hand_;
    hand_ = hand_ + 1 == slots_.size() ? 0 : hand_ + 1;
    const SessionId session = book_.find(slots_[place]);
    const bool taken = session != kNoSession && State::unpack(book_.tracker_data(session)).slot == place + 1;
    if (taken) continue;
    slots_[place] = key;
    return place + 1;
  }
  return 0;
}

SessionKey NeighbourTracker::key_of(const Case& at) const noexcept {
  const SignalRecordHeader& header = at.record.header;
  std::array<uint8_t, 6 + 16 + 2 + 2 * 4> octets{};
  auto end = std::ranges::copy(header.source_mac, octets.begin()).out;
  end = std::ranges::copy(at.address.octets, end).out;
  *end++ = at.address.ipv6 ? 1 : 0;
  *end++ = header.vlan_count;
  for (const uint16_t vlan : header.vlans) {
    *end++ = static_cast<uint8_t>(vlan >> 8);
    *end++ = static_cast<uint8_t>(vlan);
  }
  return book_.key(SessionSource::kNeighbour, header.source_set, octets);
}

}  // namespace lictor
