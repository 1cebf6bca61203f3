// What a REPLY gives and takes, lease by lease, and what ends by its own time.

#include <algorithm>

#include "dataplane/session/dhcp6/tracker.h"

namespace lictor::dhcp6 {
namespace {

constexpr uint32_t kForeverSeconds = UINT32_MAX;
// Nobody is delegated more: registries give providers a /20 at most.
constexpr uint8_t kPrefixBitsMin = 20;

bool is_nobodys(const Ipv6Octets& address) {
  const bool is_low = std::all_of(address.begin(), address.begin() + 8, [](uint8_t octet) { return octet == 0; });
  const bool is_link_local = address[0] == 0xfe && (address[1] & 0xc0) == 0x80;
  return is_low || is_link_local || address[0] == 0xff;  // ::/64 holds ::, ::1 and IPv4 in disguise
}

uint32_t end_s(PacketTime now, uint32_t valid_s) {
  if (valid_s == UINT32_MAX) return kForeverSeconds;
  const int64_t seconds = (now.unix_ns + kNanosecondsPerSecond - 1) / kNanosecondsPerSecond + valid_s;
  return static_cast<uint32_t>(std::clamp<int64_t>(seconds, 1, UINT32_MAX - 1));
}

PacketTime time_of(uint32_t seconds) { return {int64_t{seconds} * kNanosecondsPerSecond}; }

bool succeeded(const std::optional<uint16_t>& status) {
  return status.value_or(0) == static_cast<uint16_t>(StatusCode::kSuccess);
}

bool has_no_binding(const std::optional<uint16_t>& status) {
  return status == static_cast<uint16_t>(StatusCode::kNoBinding);
}

}  // namespace

std::optional<SessionAddress> address_of(const Lease& lease, AssociationKind kind) noexcept {
  const bool delegated = kind == AssociationKind::kPrefixes;
  if (is_nobodys(lease.prefix) || lease.bits < kPrefixBitsMin) return std::nullopt;
  SessionAddress address{.prefix = {.ipv6 = true, .bits = lease.bits, .octets = lease.prefix},
                         .use = delegated ? SessionAddress::Use::kDelegated : SessionAddress::Use::kAddress};
  for (size_t bit = lease.bits; bit < 128; ++bit)
    address.prefix.octets[bit / 8] &= static_cast<uint8_t>(~(0x80U >> bit % 8));
  return address;
}

// What there is no room for is not bound; kMax is more than one message and one session have.
void LeaseTracker::Bindings::put(const Binding& binding) {
  for (size_t i = 0; i < count; ++i) {
    if (list[i].address.prefix != binding.address.prefix) continue;
    LeaseEntry* const entry = list[i].address == binding.address ? list[i].entry : nullptr;
    list[i] = binding;
    list[i].entry = entry;
    return;
  }
  if (count < kMax) list[count++] = binding;
}

void LeaseTracker::Bindings::remove(const SessionAddress& address) {
  const auto end = std::remove_if(list.begin(), list.begin() + count, [&address](const Binding& binding) {
    return binding.address.prefix == address.prefix;
  });
  count = static_cast<size_t>(end - list.begin());
}

void LeaseTracker::Bindings::remove(AssociationKind kind, uint32_t association) {
  const auto end = std::remove_if(list.begin(), list.begin() + count, [kind, association](const Binding& binding) {
    return binding.expires_s != 0 && binding.kind == kind && binding.association == association;
  });
  count = static_cast<size_t>(end - list.begin());
}

uint32_t LeaseTracker::Bindings::last_end_s() const {
  uint32_t last = 0;
  for (const Binding& binding : all()) last = std::max(last, binding.expires_s);
  return last;
}

uint32_t LeaseTracker::address_hash(const SessionAddress& address) const noexcept {
  const std::array<uint64_t, 1> words = {address.prefix.bits};
  return static_cast<uint32_t>(sip_hash(plan_.key, words, address.prefix.octets).low);
}

// Until it is called again.
LeaseTracker::Bindings& LeaseTracker::bindings_of(SessionId session) noexcept {
  Bindings& bindings = bindings_;
  bindings.count = 0;
  book_.for_each_address(session, [&](const SessionAddress& address, PacketTime /*since*/) {
    Binding binding{.address = address};
    LeaseEntry* const entry = leases_.find(session, address_hash(address));
    if (entry != nullptr) {
      binding.kind = entry->kind;
      binding.association = entry->association;
      binding.expires_s = entry->expires_s;
      binding.entry = entry;
    }
    if (bindings.count < Bindings::kMax) bindings.list[bindings.count++] = binding;
  });
  return bindings;
}

// How many leases a REPLY gives.
size_t LeaseTracker::granted(const Message& message) noexcept {
  size_t count = 0;
  for (const Lease& lease : message.leases) {
    const bool given = lease.valid_s != 0 && succeeded(lease.status);
    const bool sound = address_of(lease, message.associations[lease.association].kind).has_value();
    if (given && !sound) counters_.bad_lease.add(1);
    if (given && sound) ++count;
  }
  return count;
}

// An association that is asked for anew (REQUEST, SOLICIT) is what the REPLY says and nothing else. Of one that is
// renewed, what the REPLY does not mention goes on to its end (RFC 8415 section 18.2.10.1).
void LeaseTracker::take_answer(const Case& at, const Exchange& exchange, Bindings& bindings) noexcept {
  if (has_no_binding(at.message.status)) bindings.count = 0;
  for (const Association& association : at.message.associations) {
    const bool begins_anew = !exchange.renews && succeeded(association.status);
    if (begins_anew || has_no_binding(association.status)) bindings.remove(association.kind, association.id);
  }
  for (const Lease& lease : at.message.leases) {
    const Association& association = at.message.associations[lease.association];
    const auto address = address_of(lease, association.kind);
    if (!address) continue;
    if (lease.valid_s == 0 || !succeeded(lease.status)) {
      bindings.remove(*address);
    } else if (was_given_since(at, *address)) {
      counters_.after_end.add(1);
    } else {
      bindings.put({*address, association.kind, association.id, end_s(at.now, lease.valid_s)});
    }
  }
}

// Whether an address is another's by now, or was ended, by what is newer than this message.
bool LeaseTracker::was_given_since(const Case& at, const SessionAddress& address) noexcept {
  const SessionId holder = holder_of(at, address.prefix);
  if (holder != kNoSession && is_client_of(at, holder)) return false;
  return book_.was_given_since(SessionSource::kDhcp6, at.source_set, address,
                               {.received = at.now, .effective = at.now});
}

bool LeaseTracker::are_all_older(const Case& at) noexcept {
  return std::ranges::all_of(at.message.leases, [this, &at](const Lease& lease) {
    const auto address = address_of(lease, at.message.associations[lease.association].kind);
    return !address || lease.valid_s == 0 || !succeeded(lease.status) || was_given_since(at, *address);
  });
}

void LeaseTracker::give(const Case& at, Exchange& exchange, const Line& line) noexcept {
  const Found found = session_for(at, line);
  if (found.session == kNoSession) {  // the book is full, and has counted it
    bindings_.count = 0;
    take_answer(at, exchange, bindings_);
    for (size_t i = 0; i < bindings_.count; ++i) addresses_[i] = bindings_.list[i].address;
    const Names names = names_of(at, exchange, line);
    return book_.take_away(SessionSource::kDhcp6, at.source_set,
                           {.received = at.now,
                            .effective = at.now,
                            .shown = names.shown(),
                            .addresses = std::span<const SessionAddress>(addresses_).first(bindings_.count)},
                           at.sink);
  }
  exchange.bound_with_line = line.has_ids();
  Bindings& bindings = bindings_of(found.session);
  take_answer(at, exchange, bindings);
  apply(at, found, bindings, names_of(at, exchange, line));
}

// A REPLY without a lease: who asked for one is rejected, who renewed one may have lost it.
void LeaseTracker::refuse(const Case& at, const Exchange& exchange, const Line& line) noexcept {
  const SessionId session = exchange.renews ? session_of(at, exchange, line) : kNoSession;
  const Names names = names_of(at, exchange, line);
  vacate_asked(at, exchange);
  if (session == kNoSession) {
    counters_.rejected.add(1);
    return tell(at, AccessEvent::kReject, names);
  }
  if (line.known && !agrees(session, line)) return counters_.foreign_end.add(1);
  if (at.now < book_.updated(session)) return counters_.repeated.add(1);  // it was given something again since
  Bindings& bindings = bindings_of(session);
  const size_t before = bindings.count;
  take_answer(at, exchange, bindings);
  if (bindings.count == 0) counters_.unbound.add(1);
  if (bindings.count != before) let_go(at, session, bindings, names, SessionEnd::kOther);
}

// What a client asks to keep and does not get, where the REPLY that gave it may be on its way from another port.
void LeaseTracker::vacate_asked(const Case& at, const Exchange& exchange) noexcept {
  if (!exchange.renews) return;
  for (size_t i = 0; i < exchange.asked_count; ++i) {
    const SessionId holder = holder_of(at, exchange.asked_for[i].prefix);
    if (holder == kNoSession || is_client_of(at, holder)) book_.vacate(at.source_set, exchange.asked_for[i], at.now);
  }
}

void LeaseTracker::apply(const Case& at, Found found, const Bindings& bindings, const Names& names) noexcept {
  size_t count = 0;
  const bool is_late = at.now < book_.updated(found.session);
  for (const Binding& binding : bindings.all()) {
    addresses_[count++] = binding.address;
    if (binding.expires_s == 0 || is_late) continue;  // an older end is none any more
    const LeaseEntry entry{.session = found.session,
                           .address = binding.entry != nullptr ? binding.entry->address : address_hash(binding.address),
                           .client = static_cast<uint32_t>(book_.tracker_data(found.session) >> 32),
                           .expires_s = binding.expires_s,
                           .association = binding.association,
                           .kind = binding.kind};
    if (binding.entry != nullptr) *binding.entry = entry;
    const bool kept = binding.entry != nullptr || leases_.set(entry);
    if (!kept) counters_.leases_full.add(1);
  }
  const uint32_t last_s = bindings.last_end_s();
  SessionDetails details = names.details;
  if (last_s != kForeverSeconds && last_s != 0) details.expected_end = time_of(last_s);
  (found.kind == AccessEvent::kAccept ? counters_.begun : counters_.renewed).add(1);
  book_.apply(found.session,
              {.kind = found.kind,
               .received = at.now,
               .effective = at.now,
               .shown = names.shown(),
               .addresses = std::span<const SessionAddress>(addresses_).first(count),
               .deadline = last_s == 0 ? std::nullopt : std::optional(time_of(last_s)),
               .at_deadline = SessionEnd::kLeaseExpired,
               .details = &details,
               .message = &at.record,
               .shown_as = &kWholeMessage},
              at.sink);
}

// The session goes on with `rest`, or ends where that is nothing.
void LeaseTracker::let_go(const Case& at, SessionId session, const Bindings& rest, const Names& names,
                          SessionEnd end) noexcept {
  if (rest.count > 0) return apply(at, {session, AccessEvent::kUpdate}, rest, names);
  book_.close(session,
              {.received = at.now,
               .effective = at.now,
               .end = end,
               .shown = names.shown(),
               .details = &names.details,
               .message = &at.record,
               .shown_as = &kWholeMessage},
              at.sink);
}

// Whether the entry stays: its session may be another by now, or have let go of the address.
bool LeaseTracker::expire(const LeaseEntry& entry, PacketTime now, SessionSink& sink) noexcept {
  const bool is_there =
      book_.source(entry.session) == SessionSource::kDhcp6 && book_.tracker_data(entry.session) >> 32 == entry.client;
  if (!is_there) return false;
  std::array<SessionAddress, Bindings::kMax>& rest = addresses_;
  size_t count = 0;
  bool is_held = false;
  book_.for_each_address(entry.session, [&](const SessionAddress& address, PacketTime /*since*/) {
    const bool is_it = address_hash(address) == entry.address;
    is_held = is_held || is_it;
    if (!is_it && count < rest.size()) rest[count++] = address;
  });
  if (!is_held) return false;
  const PacketTime ended = time_of(entry.expires_s);
  if (entry.expires_s == kForeverSeconds || now < ended) return true;
  counters_.expired.add(1);
  if (count == 0) {
    book_.close(entry.session, {.received = now, .effective = ended, .end = SessionEnd::kLeaseExpired}, sink);
    return false;
  }
  const PacketTime effective = std::max(ended, book_.updated(entry.session));
  book_.apply(
      entry.session,
      {.received = now, .effective = effective, .addresses = std::span<const SessionAddress>(rest).first(count)}, sink);
  return false;
}

}  // namespace lictor::dhcp6
