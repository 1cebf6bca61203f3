// Whom to believe, and which exchange and session a message is of.
//
// A session's tracker_data holds 32 bits of a keyed hash of the client's hardware address and 32 of its line, 0 where
// the line is not known. They are asked only of the holder of one address, so no crowd of clients can find two that
// agree.

#include <algorithm>

#include "dataplane/session/dhcp4/host_prefix.h"
#include "dataplane/session/dhcp4/tracker.h"
#include "dataplane/session/domain_name.h"
#include "dataplane/session/key_octets.h"

namespace lictor::dhcp4 {
namespace {

constexpr uint8_t kEthernet = 1;
constexpr size_t kMacBytes = 6;

bool is_among(uint32_t address, const std::vector<uint32_t>& sorted) {
  return std::ranges::binary_search(sorted, address);
}

}  // namespace

Hash128 LeaseTracker::exchange_key(const Case& at) const noexcept {
  const std::array<uint64_t, 1> words = {uint64_t{at.message.xid} << 32 | uint64_t{at.source_set} << 8 |
                                         at.message.hardware_type};
  return sip_hash(plan_.key, words, at.message.chaddr);
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
    const bool waits = oldest.has_request && oldest.answer == Answer::kNone && !is_old(oldest, at.now);
    if (waits) counters_.exchanges_lost.add(1);
  });
}

// Of an answer; null where nobody asked. By rapid commit (RFC 4039) a DISCOVER is a REQUEST, where both say so.
LeaseTracker::Exchange* LeaseTracker::asked_exchange(const Case& at) noexcept {
  Exchange* const found = exchanges_.find(exchange_key(at));
  if (found == nullptr || is_old(*found, at.now)) return nullptr;
  return found->has_request || (found->is_rapid && at.message.rapid_commit) ? found : nullptr;
}

// A server's word (RFC 6842) goes before the client's.
void LeaseTracker::note_client(const Case& at, Exchange& exchange) noexcept {
  const bool from_server = at.message.op == Op::kReply;
  if (!at.message.client_id.empty() && (exchange.client_id.empty() || from_server))
    if (!exchange.client_id.set(at.message.client_id)) counters_.name_too_long.add(1);
  if (!exchange.host_name.empty() || from_server) return;
  std::array<char, kDomainTextBytesMax> room;
  const FullName& full = at.message.full_name;
  std::string_view name = write_host(at.message.host_name, room);
  if (name.empty()) name = full.is_wire ? write_domain(full.name, room) : write_host(full.name, room);
  exchange.host_name.set(as_bytes(name));
}

// The first line with identifiers stays.
void LeaseTracker::note_line(const Line& line, Exchange& exchange) noexcept {
  if (!line.known() || line_of(exchange).has_ids()) return;
  exchange.giaddr = line.giaddr;
  const bool kept = exchange.circuit_id.set(line.circuit_id);
  if (!exchange.remote_id.set(line.remote_id) || !kept) counters_.name_too_long.add(1);
}

bool LeaseTracker::is_trusted(const Case& at) noexcept {
  const bool from_server = is_among(at.source, at.set.servers);
  if (!from_server && !is_among(at.source, at.set.relays)) return false;
  if (!at.message.server_id) return from_server;
  return is_among(*at.message.server_id, at.set.servers) || is_among(*at.message.server_id, at.set.relays);
}

// Of a client's message. A giaddr from somebody who is no relay, and option 82 from a client, say nothing.
LeaseTracker::Line LeaseTracker::asked_from(const Case& at) noexcept {
  const RelayInformation& relay = at.message.relay;
  const bool relayed = at.message.giaddr != 0;
  const bool by_relay = relayed && is_among(at.message.giaddr, at.set.relays) &&
                        (is_among(at.source, at.set.relays) || is_among(at.source, at.set.servers));
  const bool by_access_node = !relayed && at.set.trusts_access_nodes;
  if (by_relay || by_access_node) return {at.message.giaddr, relay.circuit_id, relay.remote_id};
  if (relayed || relay.present) counters_.forged_relay.add(1);
  return {};
}

LeaseTracker::Line LeaseTracker::line_of(const Exchange& exchange) noexcept {
  return {exchange.giaddr, exchange.circuit_id.view(), exchange.remote_id.view()};
}

// Of a server's message: servers echo option 82, also one that a client forged, so its giaddr has to be a relay's, and
// the REQUEST must not have come from somebody who played relay.
LeaseTracker::Line LeaseTracker::answered_to(const Case& at, const Exchange& exchange) noexcept {
  const bool relayed = at.message.giaddr != 0;
  const bool believed =
      relayed ? is_among(at.message.giaddr, at.set.relays) && !exchange.has_forged_line : at.set.trusts_access_nodes;
  const Line own = believed ? Line{at.message.giaddr, at.message.relay.circuit_id, at.message.relay.remote_id} : Line{};
  const Line asked = line_of(exchange);
  return own.has_ids() || !asked.known() ? own : asked;
}

void LeaseTracker::Names::add(IdentityKind kind, Bytes shown) {
  if (!shown.empty()) identities[count++] = {kind, shown};
}

LeaseTracker::Names LeaseTracker::names_of(const Case& at, const Exchange& exchange, const Line& line) noexcept {
  Names names;
  const bool has_mac = at.message.hardware_type == kEthernet && at.message.chaddr.size() == kMacBytes;
  if (has_mac) names.add(IdentityKind::kMac, at.message.chaddr);
  names.add(IdentityKind::kDhcpClientId, exchange.client_id.empty() ? at.message.client_id : exchange.client_id.view());
  names.add(IdentityKind::kCircuitId, line.circuit_id);
  names.add(IdentityKind::kRemoteId, line.remote_id);
  names.details.host_name = exchange.host_name.view();
  names.details.circuit_id = line.circuit_id;
  names.details.remote_id = line.remote_id;
  if (line.giaddr != 0) names.details.nas_address = host_prefix(line.giaddr);
  return names;
}

// Of the DHCPv4 session that has the address.
SessionId LeaseTracker::holder_of(const Case& at, uint32_t address) const noexcept {
  SessionId holder = kNoSession;
  book_.for_each_holder(at.source_set, host_prefix(address),
                        [&](SessionId session, const SessionAddress& /*held*/, PacketTime /*since*/) {
                          if (book_.source(session) == SessionSource::kDhcp4) holder = session;
                        });
  return holder;
}

bool LeaseTracker::is_client_of(const Case& at, SessionId session) noexcept {
  return book_.tracker_data(session) >> 32 == at.client;
}

// By hardware address or by identifier. A server that acknowledges an address to somebody else has taken it from the
// holder, whose end or whose successor's first exchange was lost: at which line he is nobody knows.
bool LeaseTracker::is_same_client(const Case& at, const Exchange& exchange, SessionId session) noexcept {
  bool is_same = is_client_of(at, session);
  book_.for_each_identity(session, [&is_same, &exchange](IdentityKind kind, Bytes shown) {
    is_same = is_same || (kind == IdentityKind::kDhcpClientId && std::ranges::equal(shown, exchange.client_id.view()));
  });
  return is_same;
}

LeaseTracker::Found LeaseTracker::session_for(const Case& at, const Exchange& exchange, const Line& line) noexcept {
  const SessionId holder = holder_of(at, at.message.yiaddr);
  const bool same_lease = holder != kNoSession && is_same_client(at, exchange, holder);
  const bool is_late = same_lease && at.now < book_.updated(holder);
  if (is_late || (same_lease && moves_on(at, holder, line))) return {holder, AccessEvent::kUpdate};
  const SessionKey key = session_key(at, exchange, line);
  const SessionId known = book_.find(key);
  if (known != kNoSession) return {known, AccessEvent::kUpdate};
  const SessionId opened = book_.open(key, SessionSource::kDhcp4, at.source_set, SessionGroup(), at.now);
  return {opened, AccessEvent::kAccept};
}

// False where the lease is at a line now that lacks a name of the one before: a session cannot lose a name, so it ends,
// and another begins.
bool LeaseTracker::moves_on(const Case& at, SessionId session, const Line& line) noexcept {
  const auto bound_line = static_cast<uint32_t>(book_.tracker_data(session));
  if (!line.known() || bound_line == 0 || bound_line == line.hash) return true;
  counters_.moved.add(1);
  bool lacks_name = false;
  book_.for_each_identity(session, [&](IdentityKind kind, Bytes /*shown*/) {
    lacks_name = lacks_name || (kind == IdentityKind::kCircuitId && line.circuit_id.empty()) ||
                 (kind == IdentityKind::kRemoteId && line.remote_id.empty());
  });
  if (lacks_name) book_.close(session, {.received = at.now, .effective = at.now}, at.sink);
  return !lacks_name;
}

SessionKey LeaseTracker::session_key(const Case& at, const Exchange& exchange, const Line& line) const noexcept {
  KeyOctets<5> octets;
  octets.add(host_prefix(line.giaddr).octets);
  octets.add(at.message.chaddr);
  octets.add(exchange.client_id.view());
  octets.add(line.circuit_id);
  octets.add(line.remote_id);
  return book_.key(SessionSource::kDhcp4, at.source_set, octets.all());
}

// Never 0. A client without hardware address is known by its identifier.
uint32_t LeaseTracker::client_hash(const Message& message) const noexcept {
  const std::array<uint64_t, 1> words = {uint64_t{message.hardware_type} << 8 | (message.chaddr.empty() ? 1U : 0U)};
  const Hash128 hash = sip_hash(plan_.key, words, message.chaddr.empty() ? message.client_id : message.chaddr);
  return static_cast<uint32_t>(hash.low >> 32) | 1U;
}

// With its hash, which is never 0 where the line is known.
LeaseTracker::Line LeaseTracker::hashed(Line line) const noexcept {
  if (!line.known()) return line;
  KeyOctets<2> octets;
  octets.add(line.circuit_id);
  octets.add(line.remote_id);
  const std::array<uint64_t, 1> words = {line.giaddr};
  line.hash = static_cast<uint32_t>(sip_hash(plan_.key, words, octets.all()).low >> 32) | 1U;
  return line;
}

// What is not known of the line stays as it was.
void LeaseTracker::mark(const Case& at, SessionId session, const Line& line) noexcept {
  uint64_t& data = book_.tracker_data(session);
  data = uint64_t{at.client} << 32 | (line.known() ? line.hash : static_cast<uint32_t>(data));
}

}  // namespace lictor::dhcp4
