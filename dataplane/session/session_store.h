// Where the sessions of a SessionBook are kept, and how they are found: by a protocol's key, by a name, by an address.
// It knows no rules. 240 octets hold a session with a user's name of 24, a MAC address, an IPv4 address, an IPv6
// address and a delegated prefix, all indexes counted; longer names take more, and none is cut. One session lcore;
// allocates only in make().
#pragma once

#include <array>
#include <cstring>
#include <optional>

#include "dataplane/base/clock.h"
#include "dataplane/base/identity.h"
#include "dataplane/base/result.h"
#include "dataplane/packet/sip_hash.h"
#include "dataplane/session/cell_arena.h"
#include "dataplane/session/session_event.h"

namespace lictor {

// A moment in 6 octets, to 65,536 ns: until the year 2554.
class CompactTime {
 public:
  CompactTime() = default;
  explicit CompactTime(PacketTime time) {
    const uint64_t units = time.unix_ns <= 0 ? 0 : static_cast<uint64_t>(time.unix_ns) >> kShift;
    std::memcpy(octets_.data(), &units, octets_.size());
  }
  [[nodiscard]] PacketTime time() const { return {static_cast<int64_t>(units() << kShift)}; }
  // In the same unit both are as old as each other.
  friend bool operator<(CompactTime a, CompactTime b) { return a.units() < b.units(); }

 private:
  static constexpr int kShift = 16;
  [[nodiscard]] uint64_t units() const {
    uint64_t units = 0;
    std::memcpy(&units, octets_.data(), octets_.size());
    return units;
  }
  std::array<uint8_t, 6> octets_{};
};

// Of sessions that end together: 48 bits of a keyed hash, which nobody chooses. In a million groups two are the same
// once in 500 starts.
class SessionGroup {
 public:
  SessionGroup() = default;  // none
  explicit SessionGroup(uint64_t hash) {
    const uint64_t low = hash & kMask;
    const uint64_t stored = low == 0 ? 1 : low;
    std::memcpy(octets_.data(), &stored, octets_.size());
  }
  // As a number; 0: none.
  [[nodiscard]] uint64_t number() const {
    uint64_t number = 0;
    std::memcpy(&number, octets_.data(), octets_.size());
    return number;
  }
  // What number() gave.
  static SessionGroup from_number(uint64_t number) { return number == 0 ? SessionGroup() : SessionGroup(number); }
  friend bool operator==(const SessionGroup&, const SessionGroup&) = default;

 private:
  static constexpr uint64_t kMask = (uint64_t{1} << 48) - 1;
  std::array<uint8_t, 6> octets_{};
};

// A keyed hash of what a protocol knows a session by: 96 bits, which nobody finds two of.
struct SessionKey {
  uint64_t low = 0;
  uint32_t high = 0;
  friend bool operator==(const SessionKey&, const SessionKey&) = default;
};

struct SessionStorePlan {
  uint32_t sessions_max = 0;
  uint64_t cells_bytes_max = 0;
  IdentityForm form;
  HashKey key;
};

class SessionStore {
 public:
  struct Session {
    uint64_t tracker_data = 0;
    uint64_t key_low = 0;
    uint32_t key_high = 0;
    uint32_t next = 0;  // in its bucket, or of the free ones; 0: none, else the session's number + 1
    CellHandle names = 0;
    CellHandle addresses = 0;
    SessionGroup group;
    CompactTime started;
    CompactTime updated;
    uint16_t source_set = 0;
    SessionSource source = SessionSource::kRadius;
    SessionEnd at_deadline = SessionEnd::kNone;
    bool open = false;
    bool marked = false;
  };
  static_assert(sizeof(Session) == 56);

  // InvalidArgument, or ResourceExhausted where the memory cannot be had.
  static Result<SessionStore> make(const SessionStorePlan& plan);

  [[nodiscard]] SessionId find(const SessionKey& key) const noexcept;
  // find() will be asked for this key soon.
  void prefetch(const SessionKey& key) const noexcept { __builtin_prefetch(&key_buckets()[key_bucket(key)]); }
  // Its names, addresses and deadline will be asked for soon.
  void prefetch(SessionId session) const noexcept {
    __builtin_prefetch(cells_.at(at(session).names));
    __builtin_prefetch(cells_.at(at(session).addresses));
    __builtin_prefetch(&deadlines()[index_of(session)]);
  }
  // kNoSession where the store is full.
  SessionId insert(const SessionKey& key) noexcept;
  // With its names and addresses.
  void erase(SessionId session) noexcept;

  [[nodiscard]] Session& at(SessionId session) noexcept { return sessions()[index_of(session)]; }
  [[nodiscard]] const Session& at(SessionId session) const noexcept { return sessions()[index_of(session)]; }
  [[nodiscard]] uint32_t sessions_max() const { return plan_.sessions_max; }
  [[nodiscard]] uint32_t count() const { return count_; }
  // Sessions from here on were never used.
  [[nodiscard]] uint32_t used() const { return fresh_; }

  // --- deadlines, in whole seconds since the epoch; 0: none ---
  [[nodiscard]] uint32_t deadline(SessionId session) const noexcept { return deadlines()[index_of(session)]; }
  void set_deadline(SessionId session, uint32_t seconds) noexcept { deadlines()[index_of(session)] = seconds; }

  // --- names ---
  enum class Stored : uint8_t {
    kSame,
    kChanged,   // there was none of its kind
    kReplaced,  // the one that was there is gone
    kFull,
  };
  // Takes the place of the name of this kind. Where there is no room the session is left without one, rather than with
  // an old one.
  Stored set_name(SessionId session, IdentityKind kind, Bytes shown) noexcept;
  [[nodiscard]] bool share_name(SessionId one, SessionId other) const noexcept;
  template <typename Visit>
  void for_each_identity(SessionId session, Visit visit) const {
    for (CellHandle cell = at(session).names; cell != 0;) {
      const NameHead name = head<NameHead>(cell);
      visit(name.kind, shown_of(cell, name));
      cell = name.next_of_session;
    }
  }
  template <typename Visit>
  void for_each_of(IdentityKind kind, Bytes shown, Visit visit) const {
    NormalRoom wanted_room;
    const Bytes wanted = normal(kind, shown, wanted_room);
    if (wanted.empty()) return;
    for (CellHandle cell = name_buckets()[name_bucket(kind, wanted)]; cell != 0;) {
      const NameHead name = head<NameHead>(cell);
      NormalRoom room;
      if (name.kind == kind && same(normal(kind, shown_of(cell, name), room), wanted)) visit(SessionId{name.session});
      cell = name.next_in_bucket;
    }
  }

  // --- addresses ---
  // False where there is no room. The session must not have it yet.
  bool add_address(SessionId session, const SessionAddress& address, PacketTime since) noexcept;
  void remove_address(SessionId session, const SessionAddress& address) noexcept;
  template <typename Visit>
  void for_each_address(SessionId session, Visit visit) const {
    for (CellHandle cell = at(session).addresses; cell != 0;) {
      const AddressHead address = head<AddressHead>(cell);
      visit(address_of(cell, address), address.since.time());
      cell = address.next_of_session;
    }
  }
  template <typename Visit>
  void for_each_holder(uint16_t source_set, const IpPrefix& prefix, Visit visit) const {
    for (CellHandle cell = address_buckets()[address_bucket(source_set, prefix)]; cell != 0;) {
      const AddressHead address = head<AddressHead>(cell);
      const SessionAddress held = address_of(cell, address);
      if (held.prefix == prefix && at(SessionId{address.session}).source_set == source_set) {
        visit(SessionId{address.session}, held, address.since.time());
      }
      cell = address.next_in_bucket;
    }
  }

  [[nodiscard]] uint64_t bytes_max() const { return fixed_.bytes() + cells_.bytes_max(); }
  // What is taken at the start, but for names and addresses.
  [[nodiscard]] uint64_t fixed_bytes() const { return fixed_.bytes(); }
  [[nodiscard]] uint64_t cells_bytes() const { return cells_.bytes_out(); }

 private:
  // What a cell begins with; its octets follow.
  struct NameHead {
    CellHandle next_of_session = 0;
    CellHandle next_in_bucket = 0;
    uint32_t session = 0;
    IdentityKind kind{};
    uint8_t bytes = 0;
  };
  static constexpr size_t kNameHeadBytes = 14;
  struct AddressHead {
    CellHandle next_of_session = 0;
    CellHandle next_in_bucket = 0;
    uint32_t session = 0;
    CompactTime since;
    uint8_t bits = 0;
    uint8_t form = 0;  // use, family, whether ports follow
  };
  static constexpr size_t kAddressHeadBytes = 20;
  static_assert(sizeof(NameHead) == 16 && sizeof(AddressHead) == kAddressHeadBytes);
  using NormalRoom = std::array<uint8_t, kIdentityBytesMax>;

  SessionStore(const SessionStorePlan& plan, MappedMemory fixed, CellArena cells);

  static uint32_t index_of(SessionId session) { return static_cast<uint32_t>(session); }
  static bool same(Bytes one, Bytes other) { return as_text(one) == as_text(other); }
  static size_t head_bytes(const NameHead* /*of*/) { return kNameHeadBytes; }
  static size_t head_bytes(const AddressHead* /*of*/) { return kAddressHeadBytes; }
  template <typename Head>
  [[nodiscard]] Head head(CellHandle cell) const {
    Head found;
    std::memcpy(&found, cells_.at(cell), head_bytes(&found));
    return found;
  }
  template <typename Head>
  void set_head(CellHandle cell, const Head& now) {
    std::memcpy(cells_.at(cell), &now, head_bytes(&now));
  }
  [[nodiscard]] Bytes shown_of(CellHandle cell, const NameHead& name) const {
    return {cells_.at(cell) + kNameHeadBytes, name.bytes};
  }
  [[nodiscard]] Bytes normal(IdentityKind kind, Bytes shown, NormalRoom& room) const {
    return Bytes(room).first(normal_form(kind, shown, plan_.form, room));
  }
  [[nodiscard]] SessionAddress address_of(CellHandle cell, const AddressHead& address) const;
  static size_t address_bytes(const AddressHead& address);
  [[nodiscard]] size_t name_bucket(IdentityKind kind, Bytes normal_name) const noexcept;
  [[nodiscard]] size_t address_bucket(uint16_t source_set, const IpPrefix& prefix) const noexcept;
  [[nodiscard]] size_t key_bucket(const SessionKey& key) const noexcept;
  void drop_name(SessionId session, CellHandle cell) noexcept;
  void drop_address(SessionId session, CellHandle cell) noexcept;
  template <typename Head>
  void unlink(CellHandle& first, CellHandle cell, CellHandle Head::*next) noexcept;

  // All in one piece of memory, one behind the other.
  [[nodiscard]] Session* sessions() const { return reinterpret_cast<Session*>(fixed_.data()); }
  [[nodiscard]] uint32_t* deadlines() const {
    return reinterpret_cast<uint32_t*>(fixed_.data() + plan_.sessions_max * sizeof(Session));
  }
  [[nodiscard]] uint32_t* key_buckets() const { return deadlines() + plan_.sessions_max; }
  [[nodiscard]] CellHandle* name_buckets() const { return key_buckets() + plan_.sessions_max; }
  [[nodiscard]] CellHandle* address_buckets() const { return name_buckets() + names_buckets(); }
  // As many as there are keys, names and addresses in a full store: chains of one or two.
  [[nodiscard]] size_t names_buckets() const { return size_t{plan_.sessions_max} * 2; }
  [[nodiscard]] size_t addresses_buckets() const { return size_t{plan_.sessions_max} * 2; }

  SessionStorePlan plan_;
  MappedMemory fixed_;
  CellArena cells_;
  uint32_t free_ = 0;   // as Session::next
  uint32_t fresh_ = 0;  // sessions from here on were never used
  uint32_t count_ = 0;
};

}  // namespace lictor
