// Whom to believe, and which exchange and session a message is of.
//
// A session's tracker_data holds 32 bits of a keyed hash of the client's DUID and 32 of its line, 0 where the line is
// not known. They are asked only of the holder of one address, so no crowd of clients can find two that agree.

#include <algorithm>

#include "dataplane/session/dhcp6/tracker.h"
#include "dataplane/session/domain_name.h"
#include "dataplane/session/key_octets.h"

namespace lictor::dhcp6 {
namespace {

constexpr uint16_t kEthernet = 1;

bool is_among(const Ipv6Octets& address, const std::vector<Ipv6Octets>& sorted) {
  return std::ranges::binary_search(sorted, address);
}

// Names that are longer than one may be are none.
Bytes name_of(Bytes octets) { return octets.size() <= kIdentityBytesMax ? octets : Bytes{}; }

}  // namespace

Hash128 LeaseTracker::exchange_key(const Case& at) const noexcept {
  const std::array<uint64_t, 1> words = {uint64_t{at.message.transaction} << 16 | at.source_set};
  return sip_hash(plan_.key, words, at.message.client_duid);
}

bool LeaseTracker::is_old(const Exchange& exchange, PacketTime now) const noexcept {
  return apart(now, exchange.asked) > plan_.exchange_ns;
}

LeaseTracker::Exchange& LeaseTracker::exchange_of(const Case& at) noexcept {
  const Hash128 key = exchange_key(at);
  Exchange* const found = exchanges_.find(key);
  if (found != nullptr) {
    if (is_old(*found, at.now)) *found = Exchange{};
    return *found;
  }
  return exchanges_.add(key, [this, &at](const Exchange& oldest) {
    if (oldest.has_request && !oldest.is_answered && !is_old(oldest, at.now)) counters_.exchanges_lost.add(1);
  });
}

// Of a REPLY; null where nobody asked for a lease.
LeaseTracker::Exchange* LeaseTracker::asked_exchange(const Case& at) noexcept {
  Exchange* const found = exchanges_.find(exchange_key(at));
  if (found == nullptr || is_old(*found, at.now)) return nullptr;
  return found->has_request || (found->is_rapid && at.message.rapid_commit) ? found : nullptr;
}

void LeaseTracker::note_client(const Case& at, Exchange& exchange) noexcept {
  if (!exchange.host_name.empty() || at.message.full_name.empty()) return;
  std::array<char, kDomainTextBytesMax> room;
  exchange.host_name.set(as_bytes(write_domain(at.message.full_name, room)));
}

// The first line with identifiers stays.
void LeaseTracker::note_line(const Line& line, Exchange& exchange) noexcept {
  if (!line.known || line_of(exchange).has_ids()) return;
  exchange.has_line = true;
  exchange.link = line.link;
  exchange.mac.set(line.mac);
  exchange.interface_id.set(line.interface_id);
  exchange.remote_id.set(line.remote_id);
}

bool LeaseTracker::is_trusted(const Case& at) const noexcept {
  const Ipv6Octets& source = at.record.header.source.address;
  if (!is_among(source, at.set.servers) && !is_among(source, at.set.relays)) return false;
  if (at.set.server_duids.empty()) return true;
  const Bytes duid = at.message.server_duid;
  return std::ranges::any_of(at.set.server_duids,
                             [duid](const std::vector<uint8_t>& known) { return std::ranges::equal(known, duid); });
}

// From the outside in, as long as each relay was sent by one that is believed: a client may send a relay's message
// itself, and the next relay takes it for one. The innermost that names a line is the client's neighbour.
LeaseTracker::Line LeaseTracker::line_in(const Case& at) noexcept {
  Line line;
  const Ipv6Octets* sender = &at.record.header.source.address;
  for (const Relay& relay : at.message.relays) {
    const bool is_access_node = at.set.trusts_access_nodes && line.known && relay.link == Ipv6Octets{};
    if (!is_access_node && !is_among(*sender, at.set.relays) && !is_among(*sender, at.set.servers)) {
      counters_.forged_relay.add(1);
      break;
    }
    const Bytes interface_id = name_of(relay.interface_id);
    const Bytes remote_id = name_of(relay.remote_id.id);
    const bool names_line = !interface_id.empty() || !remote_id.empty();
    if (interface_id.size() != relay.interface_id.size() || remote_id.size() != relay.remote_id.id.size())
      counters_.name_too_long.add(1);
    if (names_line || !line.has_ids()) line = {true, relay.link, interface_id, remote_id, line.mac};
    const bool has_mac = relay.hardware_type == kEthernet && relay.client_hardware.size() == kMacBytes;
    if (has_mac) line.mac = relay.client_hardware;
    sender = &relay.peer;
  }
  return line;
}

LeaseTracker::Line LeaseTracker::line_of(const Exchange& exchange) noexcept {
  return {exchange.has_line, exchange.link, exchange.interface_id.view(), exchange.remote_id.view(),
          exchange.mac.view()};
}

void LeaseTracker::Names::add(IdentityKind kind, Bytes shown) {
  if (!shown.empty()) identities[count++] = {kind, shown};
}

LeaseTracker::Names LeaseTracker::names_of(const Case& at, const Exchange& exchange, const Line& line) noexcept {
  Names names;
  names.add(IdentityKind::kMac, line.mac.empty() ? mac_of_duid(at.message.client_duid) : line.mac);
  names.add(IdentityKind::kDuid, at.message.client_duid);
  names.add(IdentityKind::kCircuitId, line.interface_id);
  names.add(IdentityKind::kRemoteId, line.remote_id);
  names.details.host_name = exchange.host_name.view();
  names.details.circuit_id = line.interface_id;
  names.details.remote_id = line.remote_id;
  if (line.known && line.link != Ipv6Octets{})
    names.details.nas_address = IpPrefix{.ipv6 = true, .bits = 128, .octets = line.link};
  return names;
}

// The DHCPv6 session that has the address.
SessionId LeaseTracker::holder_of(const Case& at, const IpPrefix& prefix) const noexcept {
  SessionId holder = kNoSession;
  book_.for_each_holder(at.source_set, prefix,
                        [&](SessionId session, const SessionAddress& /*held*/, PacketTime /*since*/) {
                          if (book_.source(session) == SessionSource::kDhcp6) holder = session;
                        });
  return holder;
}

bool LeaseTracker::is_client_of(const Case& at, SessionId session) noexcept {
  return book_.tracker_data(session) >> 32 == at.client;
}

// Whether the session may be at `line`.
bool LeaseTracker::agrees(SessionId session, const Line& line) noexcept {
  const auto bound_line = static_cast<uint32_t>(book_.tracker_data(session));
  return bound_line == 0 || bound_line == line.hash;
}

// Whose leases a REPLY without new ones is about, or that has come before.
SessionId LeaseTracker::session_of(const Case& at, const Exchange& exchange, const Line& line) noexcept {
  const SessionId known = book_.find(session_key(at, line));
  if (known != kNoSession) return known;
  for (const Lease& lease : at.message.leases) {
    const auto address = address_of(lease, at.message.associations[lease.association].kind);
    const SessionId holder = address ? holder_of(at, address->prefix) : kNoSession;
    if (holder != kNoSession && is_client_of(at, holder)) return holder;
  }
  const bool asks = exchange.renews && exchange.asked_count > 0;
  const SessionId holder = asks ? holder_of(at, exchange.asked_for[0].prefix) : kNoSession;
  return holder != kNoSession && is_client_of(at, holder) ? holder : kNoSession;
}

// By the client's DUID, as servers know it (RFC 8415 section 12): who is given what another had has taken it from him.
LeaseTracker::Found LeaseTracker::session_for(const Case& at, const Line& line) noexcept {
  for (const Lease& lease : at.message.leases) {
    const auto address = address_of(lease, at.message.associations[lease.association].kind);
    if (!address || lease.valid_s == 0) continue;
    const SessionId holder = holder_of(at, address->prefix);
    if (holder == kNoSession || !is_client_of(at, holder)) continue;
    const bool is_late = at.now < book_.updated(holder);
    if (!is_late && !moves_on(at, holder, line)) continue;
    if (!is_late) mark(at, holder, line);
    return {holder, AccessEvent::kUpdate};
  }
  const SessionKey key = session_key(at, line);
  Found found{book_.find(key), AccessEvent::kUpdate};
  if (found.session == kNoSession)
    found = {book_.open(key, SessionSource::kDhcp6, at.source_set, SessionGroup(), at.now), AccessEvent::kAccept};
  if (found.session != kNoSession && at.now >= book_.updated(found.session)) mark(at, found.session, line);
  return found;
}

// False where the lease is at a line now that lacks a name of the one before: a session cannot lose a name, so it ends,
// and another begins.
bool LeaseTracker::moves_on(const Case& at, SessionId session, const Line& line) noexcept {
  if (!line.known || agrees(session, line)) return true;
  counters_.moved.add(1);
  bool lacks_name = false;
  book_.for_each_identity(session, [&](IdentityKind kind, Bytes /*shown*/) {
    lacks_name = lacks_name || (kind == IdentityKind::kCircuitId && line.interface_id.empty()) ||
                 (kind == IdentityKind::kRemoteId && line.remote_id.empty());
  });
  if (lacks_name) book_.close(session, {.received = at.now, .effective = at.now}, at.sink);
  return !lacks_name;
}

SessionKey LeaseTracker::session_key(const Case& at, const Line& line) const noexcept {
  KeyOctets<4> octets;
  octets.add(at.message.client_duid);
  octets.add(line.link);
  octets.add(line.interface_id);
  octets.add(line.remote_id);
  return book_.key(SessionSource::kDhcp6, at.source_set, octets.all());
}

// Never 0.
uint32_t LeaseTracker::client_hash(const Message& message) const noexcept {
  return static_cast<uint32_t>(sip_hash(plan_.key, {}, message.client_duid).low >> 32) | 1U;
}

// With its hash, which is never 0 where the line is known.
LeaseTracker::Line LeaseTracker::hashed(Line line) const noexcept {
  if (!line.known) return line;
  KeyOctets<3> octets;
  octets.add(line.link);
  octets.add(line.interface_id);
  octets.add(line.remote_id);
  line.hash = static_cast<uint32_t>(sip_hash(plan_.key, {}, octets.all()).low >> 32) | 1U;
  return line;
}

// What is not known of the line stays as it was.
void LeaseTracker::mark(const Case& at, SessionId session, const Line& line) noexcept {
  uint64_t& data = book_.tracker_data(session);
  data = uint64_t{at.client} << 32 | (line.known ? line.hash : static_cast<uint32_t>(data));
}

}  // namespace lictor::dhcp6
