#include "dataplane/session/session_store.h"

#include <algorithm>
#include <new>

#include "absl/status/status.h"
#include "dataplane/base/check.h"

namespace lictor {
namespace {

constexpr uint8_t kUseMask = 3;
constexpr uint8_t kIpv6 = 4;
constexpr uint8_t kPorts = 8;
constexpr uint8_t kBitsHalf = 64;  // an IPv6 prefix up to here is stored without its zeros

__extension__ using Wide = unsigned __int128;

// Where in [0, count) a well mixed hash falls.
size_t spread(uint64_t hash, size_t count) { return static_cast<size_t>(Wide{hash} * count >> 64); }

size_t octets_stored(bool ipv6, uint8_t bits) {
  if (!ipv6) return 4;
  return bits <= kBitsHalf ? 8 : 16;
}

}  // namespace

SessionStore::SessionStore(const SessionStorePlan& plan, MappedMemory fixed, CellArena cells)
    : plan_(plan), fixed_(std::move(fixed)), cells_(std::move(cells)) {
  for (uint32_t i = 0; i < plan_.sessions_max; ++i) new (&sessions()[i]) Session();
}

Result<SessionStore> SessionStore::make(const SessionStorePlan& plan) {
  constexpr uint32_t kSessionsMax = uint32_t{1} << 28;
  if (plan.sessions_max == 0 || plan.sessions_max > kSessionsMax) {
    return absl::InvalidArgumentError("sessions_max must be 1 to 268435456");
  }
  constexpr size_t kPerSession = sizeof(Session) + 6 * sizeof(uint32_t);
  Result<MappedMemory> fixed = MappedMemory::make(plan.sessions_max * kPerSession);
  if (!fixed.ok()) return fixed.status();
  Result<CellArena> cells = CellArena::make(plan.cells_bytes_max);
  if (!cells.ok()) return cells.status();
  return SessionStore(plan, *std::move(fixed), *std::move(cells));
}

size_t SessionStore::key_bucket(const SessionKey& key) const noexcept { return spread(key.low, plan_.sessions_max); }

SessionId SessionStore::find(const SessionKey& key) const noexcept {
  for (uint32_t next = key_buckets()[key_bucket(key)]; next != 0;) {
    const Session& session = sessions()[next - 1];
    if (session.key_low == key.low && session.key_high == key.high) return SessionId{next - 1};
    next = session.next;
  }
  return kNoSession;
}

SessionId SessionStore::insert(const SessionKey& key) noexcept {
  uint32_t index = fresh_;
  if (free_ != 0) {
    index = free_ - 1;
    free_ = sessions()[index].next;
  } else if (fresh_ < plan_.sessions_max) {
    ++fresh_;
  } else {
    return kNoSession;
  }
  uint32_t& first = key_buckets()[key_bucket(key)];
  Session& session = sessions()[index];
  session = {};
  session.key_low = key.low;
  session.key_high = key.high;
  session.next = first;
  session.open = true;
  first = index + 1;
  ++count_;
  return SessionId{index};
}

void SessionStore::erase(SessionId id) noexcept {
  Session& session = at(id);
  LICTOR_CHECK(session.open);
  while (session.names != 0) drop_name(id, session.names);
  while (session.addresses != 0) drop_address(id, session.addresses);
  uint32_t* link = &key_buckets()[key_bucket({session.key_low, session.key_high})];
  while (*link != index_of(id) + 1) link = &sessions()[*link - 1].next;
  *link = session.next;
  session = {};
  session.next = free_;
  free_ = index_of(id) + 1;
  deadlines()[index_of(id)] = 0;
  --count_;
}

template <typename Head>
void SessionStore::unlink(CellHandle& first, CellHandle cell, CellHandle Head::*next) noexcept {
  const CellHandle behind = head<Head>(cell).*next;
  if (first == cell) {
    first = behind;
    return;
  }
  CellHandle before = first;
  Head before_head = head<Head>(before);
  while (before_head.*next != cell) {
    before = before_head.*next;
    before_head = head<Head>(before);
  }
  before_head.*next = behind;
  set_head(before, before_head);
}

size_t SessionStore::name_bucket(IdentityKind kind, Bytes normal_name) const noexcept {
  const std::array<uint64_t, 1> words = {static_cast<uint64_t>(kind)};
  return spread(sip_hash(plan_.key, words, normal_name).low, names_buckets());
}

SessionStore::Stored SessionStore::set_name(SessionId id, IdentityKind kind, Bytes shown) noexcept {
  Session& session = at(id);
  Stored stored = Stored::kChanged;
  for (CellHandle cell = session.names; cell != 0;) {
    const NameHead name = head<NameHead>(cell);
    if (name.kind == kind) {
      if (same(shown_of(cell, name), shown)) return Stored::kSame;
      drop_name(id, cell);
      stored = Stored::kReplaced;
      break;
    }
    cell = name.next_of_session;
  }
  NormalRoom room;
  const Bytes normal_name = normal(kind, shown, room);
  if (normal_name.empty()) return stored;  // the message names nobody any more
  const CellHandle cell = cells_.take(kNameHeadBytes + shown.size());
  if (cell == 0) return Stored::kFull;
  CellHandle& first = name_buckets()[name_bucket(kind, normal_name)];
  set_head(cell, NameHead{.next_of_session = session.names,
                          .next_in_bucket = first,
                          .session = index_of(id),
                          .kind = kind,
                          .bytes = static_cast<uint8_t>(shown.size())});
  std::memcpy(cells_.at(cell) + kNameHeadBytes, shown.data(), shown.size());
  session.names = cell;
  first = cell;
  return stored;
}

void SessionStore::drop_name(SessionId id, CellHandle cell) noexcept {
  const NameHead name = head<NameHead>(cell);
  NormalRoom room;
  unlink(name_buckets()[name_bucket(name.kind, normal(name.kind, shown_of(cell, name), room))], cell,
         &NameHead::next_in_bucket);
  unlink(at(id).names, cell, &NameHead::next_of_session);
  cells_.give_back(cell, kNameHeadBytes + name.bytes);
}

bool SessionStore::share_name(SessionId one, SessionId other) const noexcept {
  bool shared = false;
  for_each_identity(one, [&](IdentityKind kind, Bytes shown) {
    NormalRoom room;
    const Bytes wanted = normal(kind, shown, room);
    for_each_identity(other, [&](IdentityKind other_kind, Bytes other_shown) {
      NormalRoom other_room;
      shared = shared || (other_kind == kind && same(normal(kind, other_shown, other_room), wanted));
    });
  });
  return shared;
}

size_t SessionStore::address_bytes(const AddressHead& address) {
  const size_t ports = (address.form & kPorts) != 0 ? sizeof(PortRange) : 0;
  return kAddressHeadBytes + octets_stored((address.form & kIpv6) != 0, address.bits) + ports;
}

SessionAddress SessionStore::address_of(CellHandle cell, const AddressHead& address) const {
  SessionAddress found;
  found.use = static_cast<SessionAddress::Use>(address.form & kUseMask);
  found.prefix.ipv6 = (address.form & kIpv6) != 0;
  found.prefix.bits = address.bits;
  const uint8_t* const octets = cells_.at(cell) + kAddressHeadBytes;
  const size_t stored = octets_stored(found.prefix.ipv6, address.bits);
  std::memcpy(found.prefix.octets.data(), octets, stored);
  if ((address.form & kPorts) != 0) std::memcpy(&found.ports, octets + stored, sizeof found.ports);
  return found;
}

size_t SessionStore::address_bucket(uint16_t source_set, const IpPrefix& prefix) const noexcept {
  const std::array<uint64_t, 1> words = {uint64_t{source_set} << 16 | static_cast<uint64_t>(prefix.ipv6) << 8 |
                                         prefix.bits};
  return spread(sip_hash(plan_.key, words, prefix.octets).high, addresses_buckets());
}

bool SessionStore::add_address(SessionId id, const SessionAddress& address, PacketTime since) noexcept {
  Session& session = at(id);
  AddressHead added{.next_of_session = session.addresses,
                    .session = index_of(id),
                    .since = CompactTime(since),
                    .bits = address.prefix.bits,
                    .form = static_cast<uint8_t>(address.use)};
  if (address.prefix.ipv6) added.form |= kIpv6;
  if (!address.ports.all()) added.form |= kPorts;
  const CellHandle cell = cells_.take(address_bytes(added));
  if (cell == 0) return false;
  CellHandle& first = address_buckets()[address_bucket(session.source_set, address.prefix)];
  added.next_in_bucket = first;
  set_head(cell, added);
  uint8_t* const octets = cells_.at(cell) + kAddressHeadBytes;
  const size_t stored = octets_stored(address.prefix.ipv6, address.prefix.bits);
  std::memcpy(octets, address.prefix.octets.data(), stored);
  if ((added.form & kPorts) != 0) std::memcpy(octets + stored, &address.ports, sizeof address.ports);
  session.addresses = cell;
  first = cell;
  return true;
}

void SessionStore::remove_address(SessionId id, const SessionAddress& address) noexcept {
  for (CellHandle cell = at(id).addresses; cell != 0;) {
    const AddressHead held = head<AddressHead>(cell);
    if (address_of(cell, held) == address) {
      drop_address(id, cell);
      return;
    }
    cell = held.next_of_session;
  }
}

void SessionStore::drop_address(SessionId id, CellHandle cell) noexcept {
  const AddressHead held = head<AddressHead>(cell);
  unlink(address_buckets()[address_bucket(at(id).source_set, address_of(cell, held).prefix)], cell,
         &AddressHead::next_in_bucket);
  unlink(at(id).addresses, cell, &AddressHead::next_of_session);
  cells_.give_back(cell, address_bytes(held));
}

}  // namespace lictor
