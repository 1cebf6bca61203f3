// Under which contacts people are registered (RFC 3261 section 10), and under which names who has authenticated is
// known: who is meant by a request that goes to one of them. Bounded, taken once; the oldest makes room. One session
// lcore.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "dataplane/base/clock.h"
#include "dataplane/base/counter.h"
#include "dataplane/packet/sip_hash.h"
#include "dataplane/session/private_array.h"
#include "dataplane/session/sip/kept_identities.h"

namespace lictor::sip {

constexpr uint32_t kRegistrationsMax = 1 << 22;

// A contact, or another name of whoever is registered, as a keyed hash that also says of which set of servers it is.
struct RegisteredKey {
  Hash128 key;
  PacketTime until;
};

class RegistrationTable {
 public:
  // `registrations_max` is 1 to kRegistrationsMax; each has half a KB. ResourceExhausted where the kernel has not so
  // much memory.
  static Result<std::unique_ptr<RegistrationTable>> make(uint32_t registrations_max);

  // From now on `owner`, a keyed hash of the address of record, has these keys and no others.
  void replace(const Hash128& owner, std::span<const RegisteredKey> keys, const KeptIdentities& names) noexcept;
  // Null where nobody has it, or had it until then. Valid until replace().
  [[nodiscard]] const KeptIdentities* find(const Hash128& key, PacketTime now) const noexcept;

  [[nodiscard]] uint32_t size() const { return size_; }
  [[nodiscard]] const Counter& evicted() const { return evicted_; }

 private:
  // Numbers are an entry's index + 1; 0: none.
  struct Entry {
    Hash128 key;
    Hash128 owner;
    PacketTime until;
    uint32_t next = 0;           // with its key's bucket, or of the free ones
    uint32_t next_of_owner = 0;  // in its owner's bucket
    uint32_t older = 0;
    uint32_t newer = 0;
    KeptIdentities names;
  };
  explicit RegistrationTable(PrivateArray<Entry> entries);
  [[nodiscard]] uint32_t number_of(const Hash128& key) const noexcept;
  void put(const Hash128& owner, const RegisteredKey& key, const KeptIdentities& names) noexcept;
  void remove(uint32_t number) noexcept;

  PrivateArray<Entry> entries_;
  std::vector<uint32_t> by_key_;
  std::vector<uint32_t> by_owner_;
  uint32_t free_ = 0;
  uint32_t oldest_ = 0;
  uint32_t newest_ = 0;
  uint32_t size_ = 0;
  Counter evicted_;  // that others took the place of before their time
};

}  // namespace lictor::sip
