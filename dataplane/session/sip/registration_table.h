// Under which contacts people are registered (RFC 3261 section 10), and under which names who has authenticated is
// known: who is meant by a request that goes to one of them. What several have at a time is nobody's. Bounded, taken
// once; the oldest makes room. One session lcore.
#pragma once

#include <array>
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
  bool is_anybodys = false;  // a name that several may have, each of whom is meant: it is whose it was last
};

// Who registers, as keyed hashes.
struct Registrant {
  Hash128 owner;  // the address of record
  Hash128
      person;  // of all addresses that are one subscriber's (P-Associated-URI, RFC 7315): one of them, always the same
};

// Whose a key is.
struct RegisteredTo {
  const KeptIdentities* names = nullptr;  // null: nobody's, or of somebody that nobody asks for. Valid until replace()
  bool is_shared = false;                 // it is nobody's since somebody whose names are kept is not the only one
};

class RegistrationTable {
 public:
  // Of one key: a further one takes the place of whose names are not kept, or of who would have it no longer first.
  static constexpr uint32_t kHoldersMax = 8;

  // `registrations_max`, keys of whose names are kept, is 1 to kRegistrationsMax; each has half a KB. `others_max`, to
  // 4 * kRegistrationsMax, is of others: 80 octets. ResourceExhausted where the kernel has not so much memory.
  static Result<std::unique_ptr<RegistrationTable>> make(uint32_t registrations_max, uint32_t others_max);

  // From now on `who.owner` has these keys and no others. Null `names`: nobody asks for him, and what he has is known
  // so that it is not taken for somebody else's.
  void replace(const Registrant& who, std::span<const RegisteredKey> keys, const KeptIdentities* names) noexcept;
  [[nodiscard]] RegisteredTo find(const Hash128& key, PacketTime now) const noexcept;

  // Keys of whose names are kept.
  [[nodiscard]] uint32_t size() const { return pools_[kNamed].size; }
  [[nodiscard]] const Counter& evicted() const { return pools_[kNamed].evicted; }
  [[nodiscard]] const Counter& others_evicted() const { return pools_[kNameless].evicted; }

 private:
  // Numbers are an entry's index + 1; 0: none. The first registrations_max are those with names.
  struct Entry {
    Hash128 key;
    Registrant who;
    PacketTime until;
    uint32_t next = 0;           // with its key's bucket, or of the free ones
    uint32_t next_of_owner = 0;  // in its owner's bucket
    uint32_t older = 0;
    uint32_t newer = 0;
  };
  enum PoolIndex : uint8_t { kNamed, kNameless };
  struct Pool {
    uint32_t free = 0;
    uint32_t oldest = 0;
    uint32_t newest = 0;
    uint32_t size = 0;
    Counter evicted;  // that others took the place of before their time
  };
  RegistrationTable(PrivateArray<Entry> entries, PrivateArray<KeptIdentities> names);
  [[nodiscard]] bool is_named(uint32_t number) const { return number <= names_.size(); }
  [[nodiscard]] Pool& pool_of(uint32_t number) { return pools_[is_named(number) ? kNamed : kNameless]; }
  void fill_pool(Pool& pool, uint32_t first, uint32_t last) noexcept;
  [[nodiscard]] bool make_room_beside(const Registrant& who, const Hash128& key, bool has_names) noexcept;
  void put(const Registrant& who, const RegisteredKey& key, const KeptIdentities* names) noexcept;
  void remove(uint32_t number) noexcept;

  PrivateArray<Entry> entries_;
  PrivateArray<KeptIdentities> names_;
  std::vector<uint32_t> by_key_;
  std::vector<uint32_t> by_owner_;
  std::array<Pool, 2> pools_;
};

}  // namespace lictor::sip
