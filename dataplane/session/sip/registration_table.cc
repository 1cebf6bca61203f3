#include "dataplane/session/sip/registration_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace lictor::sip {

Result<std::unique_ptr<RegistrationTable>> RegistrationTable::make(uint32_t registrations_max) {
  if (registrations_max == 0 || registrations_max > kRegistrationsMax)
    return absl::InvalidArgumentError(fmt::format("registrations_max: must be 1 to {}", kRegistrationsMax));
  Result<PrivateArray<Entry>> entries = PrivateArray<Entry>::make(registrations_max);
  if (!entries.ok()) return entries.status();
  return std::unique_ptr<RegistrationTable>(new RegistrationTable(*std::move(entries)));
}

RegistrationTable::RegistrationTable(PrivateArray<Entry> entries)
    : entries_(std::move(entries)), by_key_(entries_.size()), by_owner_(entries_.size()), free_(1) {
  for (uint32_t i = 0; i < entries_.size(); ++i) entries_[i].next = i + 1 == entries_.size() ? 0 : i + 2;
}

uint32_t RegistrationTable::number_of(const Hash128& key) const noexcept {
  uint32_t number = by_key_[key.low % by_key_.size()];
  while (number != 0 && !(entries_[number - 1].key == key)) number = entries_[number - 1].next;
  return number;
}

const KeptIdentities* RegistrationTable::find(const Hash128& key, PacketTime now) const noexcept {
  const uint32_t number = number_of(key);
  if (number == 0 || entries_[number - 1].until <= now) return nullptr;
  return &entries_[number - 1].names;
}

void RegistrationTable::replace(const Hash128& owner, std::span<const RegisteredKey> keys,
                                const KeptIdentities& names) noexcept {
  for (uint32_t number = by_owner_[owner.low % by_owner_.size()]; number != 0;) {
    const Entry& entry = entries_[number - 1];
    const uint32_t next = entry.next_of_owner;
    if (entry.owner == owner) remove(number);
    number = next;
  }
  for (const RegisteredKey& key : keys) put(owner, key, names);
}

// What somebody else had is whose it was last.
void RegistrationTable::put(const Hash128& owner, const RegisteredKey& key, const KeptIdentities& names) noexcept {
  if (const uint32_t known = number_of(key.key); known != 0) remove(known);
  if (free_ == 0) {
    evicted_.add(1);
    remove(oldest_);
  }
  const uint32_t number = free_;
  Entry& entry = entries_[number - 1];
  free_ = entry.next;
  uint32_t& first = by_key_[key.key.low % by_key_.size()];
  uint32_t& first_of_owner = by_owner_[owner.low % by_owner_.size()];
  entry = {.key = key.key,
           .owner = owner,
           .until = key.until,
           .next = first,
           .next_of_owner = first_of_owner,
           .older = newest_,
           .newer = 0,
           .names = names};
  first = first_of_owner = number;
  (newest_ != 0 ? entries_[newest_ - 1].newer : oldest_) = number;
  newest_ = number;
  ++size_;
}

void RegistrationTable::remove(uint32_t number) noexcept {
  Entry& entry = entries_[number - 1];
  uint32_t* place = &by_key_[entry.key.low % by_key_.size()];
  while (*place != number) place = &entries_[*place - 1].next;
  *place = entry.next;
  place = &by_owner_[entry.owner.low % by_owner_.size()];
  while (*place != number) place = &entries_[*place - 1].next_of_owner;
  *place = entry.next_of_owner;
  (entry.older != 0 ? entries_[entry.older - 1].newer : oldest_) = entry.newer;
  (entry.newer != 0 ? entries_[entry.newer - 1].older : newest_) = entry.older;
  entry.next = free_;
  free_ = number;
  --size_;
}

}  // namespace lictor::sip
