// Who is meant by names that are no target's: contacts that somebody is registered under, identities of whoever has
// authenticated; and credentials, which count where they answer a server's challenge, once they were taken (RFC 3261
// section 22).
#include <algorithm>
#include <utility>

#include "dataplane/base/octet_text.h"
#include "dataplane/packet/flow_match.h"
#include "dataplane/session/sip/address_list.h"
#include "dataplane/session/sip/call_desk.h"

namespace lictor::sip {
namespace {

// Contacts of one registration, and names of one registered.
constexpr size_t kKeysOfOwnerMax = 32;
constexpr uint32_t kExpiresDefaultS = 3600;     // RFC 3261 section 10.2.1.1
constexpr uint32_t kExpiresMaxS = 30 * 86'400;  // what a registrar grants beyond it counts as so much

enum class NameKind : uint64_t { kOwner = 1, kContact, kAddress, kNumber };

Hash128 hash_name(const HashKey& key, NameKind kind, uint16_t source_set, Bytes text) {
  const std::array<uint64_t, 2> words = {static_cast<uint64_t>(kind), source_set};
  return sip_hash(key, words, text);
}

// A contact is one phone's by user, host and port.
std::optional<Hash128> hash_contact(const HashKey& key, uint16_t source_set, const CallUri& uri) {
  if (uri.scheme != UriScheme::kSip && uri.scheme != UriScheme::kSips) return std::nullopt;
  if (uri.host.empty() || uri.user.size() + uri.host.size() > kIdentityBytesMax) return std::nullopt;
  std::array<uint8_t, kIdentityBytesMax + 1> room;
  const size_t user = write_unescaped(uri.user, room);
  room[user] = '@';
  const size_t host = write_host_form(uri.host, MutableBytes(room).subspan(user + 1));
  if (host == 0) return std::nullopt;
  constexpr uint16_t kPortDefault = 5060;
  const std::array<uint64_t, 3> words = {static_cast<uint64_t>(NameKind::kContact), source_set,
                                         uri.port == 0 ? kPortDefault : uri.port};
  return sip_hash(key, words, Bytes(room).first(user + 1 + host));
}

PacketTime after_seconds(PacketTime now, uint32_t seconds) { return {now.unix_ns + seconds * kNanosecondsPerSecond}; }

// Seconds as a registrar grants them; nothing where they are no number.
std::optional<uint32_t> read_expires(Bytes text) {
  const std::optional<uint32_t> seconds = read_decimal(text, UINT32_MAX);
  return seconds ? std::optional(std::min(*seconds, kExpiresMaxS)) : std::nullopt;
}

// Addresses that are used on many links, so that a contact there is several phones' (RFC 1122, 3927, 4291), and, where
// those of private networks are not unique either, these (RFC 1918, 6598, 4193).
bool is_of_many(Bytes host, bool has_unique_private) {
  constexpr size_t kOnLinks = 3;
  static const std::array kOfMany = {*IpPrefix::parse("127.0.0.0/8"),   *IpPrefix::parse("169.254.0.0/16"),
                                     *IpPrefix::parse("fe80::/10"),     *IpPrefix::parse("10.0.0.0/8"),
                                     *IpPrefix::parse("172.16.0.0/12"), *IpPrefix::parse("192.168.0.0/16"),
                                     *IpPrefix::parse("100.64.0.0/10"), *IpPrefix::parse("fc00::/7")};
  const auto of_many = std::span(kOfMany).first(has_unique_private ? kOnLinks : kOfMany.size());
  const bool is_in_brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
  const Result<IpPrefix> address = IpPrefix::parse(as_text(is_in_brackets ? host.subspan(1, host.size() - 2) : host));
  return address.ok() && std::ranges::any_of(of_many, [&](const IpPrefix& network) {
           return network.ipv6 == address->ipv6 && network.bits <= address->bits &&
                  covers(network, address->octets.data());
         });
}

}  // namespace

// Answers count where they come from a server or a node of the trust domain.
bool CallDesk::is_sent_by_server(const SignalRecord& record) const noexcept {
  return is_trusted_ || is_sent_by(plan_.sets[record.header.source_set].servers, record.header);
}

// Whether the message at hand is a registrar's 2xx.
bool CallDesk::accepts_registration() const noexcept {
  if (message_.is_request || message_.status < 200 || message_.status >= 300) return false;
  const std::optional<CSeq> cseq = read_cseq(message_.field(Header::kCSeq));
  return cseq && cseq->method == Method::kRegister && is_sent_by_server(*record_);
}

// visit(key) of each form by which the identity may be known elsewhere.
template <typename Visit>
void CallDesk::for_each_form(const CallUri& uri, uint16_t source_set, Visit visit) noexcept {
  write_name_forms(uri, plan_.sets[source_set].numbers, forms_);
  const HashKey& key = plan_.tracker.key;
  if (forms_.address_bytes != 0) visit(hash_name(key, NameKind::kAddress, source_set, forms_.address()));
  if (forms_.number) visit(hash_name(key, NameKind::kNumber, source_set, forms_.number->all()));
}

// Tasks of who is registered under what the message names.
void CallDesk::find_registered(const SignalRecord& record) noexcept {
  registered_ = nullptr;
  if (registrations_ == nullptr || registrations_->size() == 0) return;
  const SignalRecordHeader& header = record.header;
  const CallSet& set = plan_.sets[header.source_set];
  const auto take = [&](const Hash128& key, IdentityRole role) {
    const auto [names, is_shared] = registrations_->find(key, header.arrival);
    if (is_shared) counters_.contacts_shared.add(1);
    if (names == nullptr) return;
    const CallSide side = side_in(message_, role);
    if (side == CallSide::kCalled) registered_ = names;
    if (!asks_anything()) return;
    names->read(CallSide::kCalled, others_);
    add_matches(others_, set, header.port, side, role);
  };
  for (const FoundIdentity& found : found_.all.all()) {
    if (found.role == IdentityRole::kReferrer) continue;
    if (found.role == IdentityRole::kRequestUri)
      if (const std::optional<Hash128> key = hash_contact(plan_.tracker.key, header.source_set, found.uri))
        take(*key, found.role);
    if (has_other_names_)
      for_each_form(found.uri, header.source_set, [&](const Hash128& key) { take(key, found.role); });
  }
}

// The temporary GRUU of a contact, if it has one: another name of the phone, which says nothing of whose it is (RFC
// 5627). Whether it has.
bool CallDesk::add_temporary_name(const Address& contact, uint16_t source_set, PacketTime until,
                                  std::vector<RegisteredKey>& keys) noexcept {
  const std::optional<Bytes> quoted = find_param(contact.params, "temp-gruu");
  std::array<uint8_t, kIdentityBytesMax + 2> room;
  CallUri uri;
  if (!quoted || quoted->size() > room.size()) return false;
  if (parse_call_uri(Bytes(room).first(write_unquoted(*quoted, room)), uri) != UriError::kNone) return false;
  for_each_form(uri, source_set, [&](const Hash128& form) { keys.push_back({form, until}); });
  return true;
}

// The contacts of a registrar's 2xx, and the temporary names that it gave them.
CallDesk::Contacts CallDesk::add_contacts(const SignalRecord& record, std::vector<RegisteredKey>& keys) noexcept {
  const uint16_t source_set = record.header.source_set;
  Address address;
  CallUri uri;
  const uint32_t expires = read_expires(message_.field(Header::kExpires)).value_or(kExpiresDefaultS);
  Contacts contacts;
  message_.for_each(Header::kContact, [&](Bytes value) {
    AddressList list(value);
    while (list.next(address)) {
      if (keys.size() >= kKeysOfOwnerMax) {
        counters_.identities_over.add(1);
        return;
      }
      if (parse_call_uri(address.uri, uri) != UriError::kNone) continue;
      const std::optional<Bytes> own = find_param(address.params, "expires");
      const uint32_t seconds = own ? read_expires(*own).value_or(expires) : expires;
      const std::optional<Hash128> key = hash_contact(plan_.tracker.key, source_set, uri);
      if (seconds == 0 || !key) continue;
      ++contacts.count;
      const PacketTime until = after_seconds(record.header.arrival, seconds);
      if (is_of_many(uri.host, plan_.sets[source_set].private_contacts)) {
        counters_.contacts_of_many.add(1);
      } else {
        keys.push_back({*key, until});
      }
      contacts.have_gruus |= add_temporary_name(address, source_set, until, keys);
    }
  });
  return contacts;
}

// The registrar's 2xx: all contacts that its address of record has now (RFC 3261 section 10.3).
void CallDesk::take_registration(const SignalRecord& record) noexcept {
  const uint16_t source_set = record.header.source_set;
  Address address;
  CallUri uri;
  AddressList to(message_.field(Header::kTo));
  if (registrations_ == nullptr || !to.next(address) || parse_call_uri(address.uri, uri) != UriError::kNone) return;
  std::optional<Hash128> owner;
  std::optional<Hash128> person;  // the default identity of an implicit registration set is its first one (RFC 7315)
  for_each_form(uri, source_set, [&](const Hash128& key) { owner = owner.value_or(key); });
  if (!owner) return;
  KeptIdentities names;
  std::vector<RegisteredKey> keys;
  const PacketTime longest = after_seconds(record.header.arrival, kExpiresMaxS);
  bool is_private = false;
  if (released_) is_private = names.keep_all(released_->credentials);
  const auto add_name = [&](const CallUri& name) {
    if (!names.keep({.role = IdentityRole::kTo, .uri = name}, CallSide::kCalled)) counters_.identities_over.add(1);
    if (!is_private) return;
    for_each_form(name, source_set,
                  [&](const Hash128& key) { keys.push_back({.key = key, .until = longest, .is_anybodys = true}); });
  };
  add_name(uri);
  message_.for_each(Header::kAssociatedUri, [&](Bytes value) {
    AddressList others(value);
    while (keys.size() < kKeysOfOwnerMax / 2 && others.next(address))
      if (parse_call_uri(address.uri, uri) == UriError::kNone) {
        add_name(uri);
        for_each_form(uri, source_set, [&](const Hash128& key) { person = person.value_or(key); });
      }
  });
  const Contacts contacts = add_contacts(record, keys);
  if (contacts.count == 0) keys.clear();  // nobody is registered any more
  const bool is_kept = plan_.keeps_all || is_asked_for(names, record);
  has_other_names_ |= is_kept && (is_private || contacts.have_gruus) && !keys.empty();
  registrations_->replace({.owner = *owner, .person = person.value_or(*owner)}, keys, is_kept ? &names : nullptr);
}

bool CallDesk::is_asked_for(const KeptIdentities& names, const SignalRecord& record) noexcept {
  if (!asks_anything()) return false;
  names.read(CallSide::kCalled, others_);
  match_names(others_, plan_.sets[record.header.source_set].numbers, *watch_->index, matched_);
  return matched_.count != 0;
}

// visit(FoundIdentity) of those that answer a challenge of one of the set's servers. Others nobody has checked, since
// who asks for none does not look at them (RFC 3261 section 22.1). Answers how many of those there are; what answers
// nothing, as a phone's first REGISTER does (RFC 3310), is none of them.
template <typename Visit>
uint32_t CallDesk::for_each_credential(const SignalRecordHeader& header, Visit visit) noexcept {
  uint32_t unasked = 0;
  find_identities(message_, {.authenticated = true}, others_);
  for (const FoundIdentity& found : others_.all.all()) {
    if (found.role != IdentityRole::kAuthenticated) continue;
    if (nonces_.is_issued(found.nonce, header.source_set)) {
      visit(found);
    } else if (!found.nonce.empty() && as_text(found.nonce) != "\"\"") {
      ++unasked;
    }
  }
  return unasked;
}

// A request whose credentials name somebody who is asked for: it is his where they are taken.
void CallDesk::hold(const SignalRecord& record) noexcept {
  if (!asks_anything() || !(message_.has(Header::kAuthorization) || message_.has(Header::kProxyAuthorization))) return;
  // Nobody can ask for credentials of these (RFC 3261 section 22.1).
  if (message_.method == Method::kAck || message_.method == Method::kCancel) return;
  const SignalRecordHeader& header = record.header;
  KeptIdentities credentials;
  counters_.credentials_unasked.add(for_each_credential(header, [&](const FoundIdentity& found) {
    if (!credentials.keep(found, CallSide::kCalled)) counters_.identities_over.add(1);
  }));
  if (credentials.empty() || !is_asked_for(credentials, record)) return;
  for_each_credential(
      header, [&](const FoundIdentity& found) { nonces_.keep(found.nonce, header.source_set, header.arrival); });
  if (held_.size() >= kHeldMax) {
    counters_.held_over.add(1);
    held_.erase(std::ranges::min_element(held_, {}, [](const auto& one) { return one.second.record.header.arrival; }));
  }
  Held held{.credentials = credentials, .record = record};
  const Bytes frame = header.kind == SignalKind::kSip ? record.frame : message_.octets;
  held.octets.assign(frame.begin(), frame.end());
  held.record.header.message_offset = static_cast<uint32_t>(message_.octets.data() - frame.data());
  held.record.header.message_bytes = static_cast<uint32_t>(message_.octets.size());
  held_.insert_or_assign(transaction_of(record), std::move(held));
}

// What nobody answered in time, and what no task asks for any more.
void CallDesk::sweep_held(PacketTime now) noexcept {
  std::erase_if(held_, [&](const auto& one) {
    const Held& held = one.second;
    return held.record.header.arrival.unix_ns + plan_.tracker.transaction_ns <= now.unix_ns ||
           !is_asked_for(held.credentials, held.record);
  });
}

// The answer says whether they were.
void CallDesk::release(const SignalRecord& record) noexcept {
  released_.reset();
  if (NonceMemory::is_issuing(message_) && is_sent_by_server(record))
    nonces_.hear(message_, record.header.source_set, record.header.arrival);
  if (held_.empty() || message_.status <= 100 || !is_sent_by_server(record)) return;
  const auto held = held_.find(transaction_of(record));
  if (held == held_.end()) return;
  if (message_.status < 300) {
    released_ = std::move(held->second);
    released_->credentials.read(CallSide::kCalled, others_);
    if (asks_anything())
      add_matches(others_, plan_.sets[record.header.source_set], record.header.port, CallSide::kCalling);
  }
  held_.erase(held);
}

// RFC 3261 section 17.1.3, and the Call-ID: not every phone writes a branch that no other has.
CallDesk::Transaction CallDesk::transaction_of(const SignalRecord& record) const noexcept {
  const CSeq cseq = read_cseq(message_.field(Header::kCSeq)).value_or(CSeq{});
  const std::array<uint64_t, 2> words = {record.header.source_set, cseq.number};
  Hash128 hash = sip_hash(plan_.tracker.key, words, message_.field(Header::kCallId));
  for (const Bytes part : {cseq.method_name, branch_of(message_.field(Header::kVia))}) {
    const std::array<uint64_t, 2> before = {hash.high, hash.low};
    hash = sip_hash(plan_.tracker.key, before, part);
  }
  return {hash.high, hash.low};
}

// What was held, for a task that is told of its communication for the first time.
void CallDesk::tell_released(SessionReport report, CallStep step) noexcept {
  SignalRecord record = released_->record;
  record.frame = released_->octets;
  report.event = step == CallStep::kBegin ? AccessEvent::kAccept : AccessEvent::kAttempt;
  report.call->step = step;
  report.received = report.effective = record.header.arrival;
  report.call->direction = Direction::kFromTarget;
  fill_message(report, record, record.frame.subspan(record.header.message_offset, record.header.message_bytes));
  write(report);
}

}  // namespace lictor::sip
