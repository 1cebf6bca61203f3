#include "dataplane/session/sip/registration_table.h"

#include <fmt/format.h>

#include <utility>

namespace lictor::sip {

Result<std::unique_ptr<RegistrationTable>> RegistrationTable::make(uint32_t registrations_max, uint32_t others_max) {
  if (registrations_max == 0 || registrations_max > kRegistrationsMax)
    return absl::InvalidArgumentError(fmt::format("registrations_max: must be 1 to {}", kRegistrationsMax));
  if (others_max > 4 * kRegistrationsMax)
    return absl::InvalidArgumentError(fmt::format("others_max: must be 0 to {}", 4 * kRegistrationsMax));
  Result<PrivateArray<Entry>> entries = PrivateArray<Entry>::make(size_t{registrations_max} + others_max);
  if (!entries.ok()) return entries.status();
  Result<PrivateArray<KeptIdentities>> names = PrivateArray<KeptIdentities>::make(registrations_max);
  if (!names.ok()) return names.status();
  return std::unique_ptr<RegistrationTable>(new RegistrationTable(*std::move(entries), *std::move(names)));
}

RegistrationTable::RegistrationTable(PrivateArray<Entry> entries, PrivateArray<KeptIdentities> names)
    : entries_(std::move(entries)), names_(std::move(names)), by_key_(entries_.size()), by_owner_(entries_.size()) {
  fill_pool(pools_[kNamed], 1, static_cast<uint32_t>(names_.size()));
  fill_pool(pools_[kNameless], static_cast<uint32_t>(names_.size()) + 1, static_cast<uint32_t>(entries_.size()));
}

void RegistrationTable::fill_pool(Pool& pool, uint32_t first, uint32_t last) noexcept {
  for (uint32_t number = last; number >= first; --number) entries_[number - 1].next = std::exchange(pool.free, number);
}

RegisteredTo RegistrationTable::find(const Hash128& key, PacketTime now) const noexcept {
  const Entry* holder = nullptr;
  bool is_ones = true;
  RegisteredTo found;
  for (uint32_t number = by_key_[key.low % by_key_.size()]; number != 0; number = entries_[number - 1].next) {
    const Entry& entry = entries_[number - 1];
    if (!(entry.key == key) || entry.until <= now) continue;
    if (holder == nullptr) holder = &entry;
    is_ones = is_ones && entry.who.person == holder->who.person;
    if (found.names == nullptr && is_named(number)) found.names = &names_[number - 1];
  }
  return is_ones ? found : RegisteredTo{.is_shared = found.names != nullptr};
}

void RegistrationTable::replace(const Registrant& who, std::span<const RegisteredKey> keys,
                                const KeptIdentities* names) noexcept {
  for (uint32_t number = by_owner_[who.owner.low % by_owner_.size()]; number != 0;) {
    const Entry& entry = entries_[number - 1];
    const uint32_t next = entry.next_of_owner;
    if (entry.who.owner == who.owner) remove(number);
    number = next;
  }
  for (const RegisteredKey& key : keys) put(who, key, names);
}

// False: there are kHoldersMax with names, beside whom one without says nothing.
bool RegistrationTable::make_room_beside(const Registrant& who, const Hash128& key, bool has_names) noexcept {
  uint32_t holders = 0;
  uint32_t own = 0;
  uint32_t least = 0;
  for (uint32_t number = by_key_[key.low % by_key_.size()]; number != 0; number = entries_[number - 1].next) {
    const Entry& entry = entries_[number - 1];
    if (!(entry.key == key)) continue;
    ++holders;
    if (entry.who.owner == who.owner) own = number;
    const bool is_less =
        least == 0 || (is_named(number) == is_named(least) ? entry.until < entries_[least - 1].until : is_named(least));
    if (is_less) least = number;
  }
  if (own != 0) {
    remove(own);  // one message says it twice
  } else if (holders >= kHoldersMax) {
    if (is_named(least) && !has_names) return false;
    remove(least);
  }
  return true;
}

void RegistrationTable::put(const Registrant& who, const RegisteredKey& key, const KeptIdentities* names) noexcept {
  Pool& pool = pools_[names != nullptr ? kNamed : kNameless];
  if (!make_room_beside(who, key.key, names != nullptr)) return;
  if (pool.free == 0) {
    if (pool.oldest == 0) return;  // it has no places
    pool.evicted.add(1);
    remove(pool.oldest);
  }
  const uint32_t number = pool.free;
  Entry& entry = entries_[number - 1];
  pool.free = entry.next;
  uint32_t& first = by_key_[key.key.low % by_key_.size()];
  uint32_t& first_of_owner = by_owner_[who.owner.low % by_owner_.size()];
  entry = {.key = key.key,
           .who = {.owner = who.owner, .person = key.is_anybodys ? key.key : who.person},
           .until = key.until,
           .next = first,
           .next_of_owner = first_of_owner,
           .older = pool.newest,
           .newer = 0};
  if (names != nullptr) names_[number - 1] = *names;
  first = first_of_owner = number;
  (pool.newest != 0 ? entries_[pool.newest - 1].newer : pool.oldest) = number;
  pool.newest = number;
  ++pool.size;
}

void RegistrationTable::remove(uint32_t number) noexcept {
  Pool& pool = pool_of(number);
  Entry& entry = entries_[number - 1];
  uint32_t* place = &by_key_[entry.key.low % by_key_.size()];
  while (*place != number) place = &entries_[*place - 1].next;
  *place = entry.next;
  place = &by_owner_[entry.who.owner.low % by_owner_.size()];
  while (*place != number) place = &entries_[*place - 1].next_of_owner;
  *place = entry.next_of_owner;
  (entry.older != 0 ? entries_[entry.older - 1].newer : pool.oldest) = entry.newer;
  (entry.newer != 0 ? entries_[entry.newer - 1].older : pool.newest) = entry.older;
  entry.next = pool.free;
  pool.free = number;
  --pool.size;
}

}  // namespace lictor::sip
